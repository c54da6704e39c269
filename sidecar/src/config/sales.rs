//! What a seller configures: its store, and on whose behalf it delivers.

use super::{account_of, invalid, read_pair, Config, ConfigError};
use crate::{secrets::Secret, store::backend};
use serde::{Deserialize, Serialize};
use souk_primitives::{content::CHUNK, sr25519, AccountId};
use std::{collections::BTreeMap, path::PathBuf};

/// The content store. Its private API is served on `audit.listen`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// Where segments are kept: `file:///FOLDER` or `s3://BUCKET/PREFIX`. Unset: no store.
    pub url: Option<String>,
    /// Options of S3 that are no secrets: `endpoint`, `region`, `allow_http`, ….
    pub s3: BTreeMap<String, String>,
    /// File of mode 600 with S3's secrets as TOML: `access_key_id`, `secret_access_key`. Unset: the environment (`AWS_…`).
    pub secret_file: Option<PathBuf>,
    /// File of the bearer token of the private API, mode 600; made when missing.
    pub token_file: Option<PathBuf>,
    /// Bytes of all segments at most; 0: no limit.
    pub max_bytes: u64,
    /// Bytes a second of all copies together; 0: no limit.
    pub bandwidth: u64,
    /// Bytes a second to one peer; 0: no limit.
    pub bandwidth_per_peer: u64,
    /// Copies that are sent at a time; each has up to 8 MiB in memory.
    pub max_streams: usize,
    /// Of these, of one purchase.
    pub max_streams_per_purchase: usize,
    /// Of these, of one buyer.
    pub max_streams_per_buyer: usize,
    /// Of these, to one IPv4 address or IPv6 network of 48 bits.
    pub max_streams_per_peer: usize,
    /// Bytes a second that a buyer must read of a copy, on average, or its connection is closed; 0: any number.
    pub least_rate: u64,
    /// Seconds over which that is measured.
    pub least_rate_secs: u64,
    /// Bytes of the digests that are kept of copies, 32 for each 64 KiB; 0: no limit.
    pub max_digest_bytes: u64,
}

/// On whose behalf contents are sold.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seller {
    /// Signs deliveries: the seller's key or its `Seller` proxy's, named by a file of mode 600, or with `dev` by a
    /// development URI. Unset: this sidecar delivers nothing.
    pub key: Option<String>,
    /// The seller's account, when the key above is its proxy's.
    pub account: Option<String>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            url: None,
            s3: BTreeMap::new(),
            secret_file: None,
            token_file: None,
            max_bytes: 0,
            bandwidth: 0,
            bandwidth_per_peer: 0,
            max_streams: 32,
            max_streams_per_purchase: 4,
            max_streams_per_buyer: 8,
            max_streams_per_peer: 16,
            least_rate: 64 << 10,
            least_rate_secs: 60,
            max_digest_bytes: 4 << 30,
        }
    }
}

impl Config {
    pub(super) fn validate_store(&self) -> Result<(), ConfigError> {
        if self.seller.account.is_some() && self.seller.key.is_none() {
            return Err(invalid("seller.account needs seller.key: what is sold must be delivered"));
        }
        if self.store.url.is_none() {
            return match self.seller.key {
                Some(_) => Err(invalid("seller.key needs store.url: what is sold is kept there")),
                None => Ok(()),
            };
        }
        if self.audit.listen.is_none() {
            return Err(invalid(
                "store.url needs audit.listen, a loopback address: contents are brought there",
            ));
        }
        for (name, count) in [
            ("max_streams", self.store.max_streams as u64),
            ("max_streams_per_purchase", self.store.max_streams_per_purchase as u64),
            ("max_streams_per_buyer", self.store.max_streams_per_buyer as u64),
            ("max_streams_per_peer", self.store.max_streams_per_peer as u64),
            ("least_rate_secs", self.store.least_rate_secs),
        ] {
            if count == 0 {
                return Err(invalid(format!("store.{name} must be at least 1")));
            }
        }
        for (name, rate) in
            [("bandwidth", self.store.bandwidth), ("bandwidth_per_peer", self.store.bandwidth_per_peer)]
        {
            if (1..u64::from(CHUNK)).contains(&rate) {
                return Err(invalid(format!("store.{name} must be 0 or at least {CHUNK}: a chunk a second")));
            }
        }
        if self.seller.key.is_some() && self.chain.url.is_empty() {
            return Err(invalid("seller.key needs chain.url: what is sold is settled there"));
        }
        backend::check(&self.store).map_err(|error| invalid(error.to_string()))
    }

    /// The key that signs deliveries, if this sidecar has one.
    pub fn seller_pair(&self) -> Result<Option<sr25519::Pair>, ConfigError> {
        read_pair(&self.seller.key)
    }

    /// The seller's account: as configured, else the delivery key's.
    pub fn seller_account(&self) -> Result<Option<AccountId>, ConfigError> {
        account_of("seller.account", &self.seller.account, &self.seller.key)
    }

    /// Address of the store and token of its private API, if it is configured. Makes the token's file when it is missing.
    pub fn store_access(&self) -> Result<Option<(&str, Secret)>, ConfigError> {
        let Some(url) = &self.store.url else { return Ok(None) };
        Ok(Some((url, self.token(&self.store.token_file, "store-token")?)))
    }
}
