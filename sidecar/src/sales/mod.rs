//! Selling: a copy of its own for each purchase, handed to its buyer, and the calls of the chain that go with it.
//!
//! A purchase has a content key of its own ([`vault`]); the seller goes through its copy once ([`copy`]), offers it,
//! serves it to whoever signs as the buyer, and reveals the key once the buyer has accepted ([`keeper`]).

pub mod copy;
pub mod keeper;
mod pace;
pub mod plan;
pub mod till;
pub mod vault;

pub use pace::Pace;

use crate::{
    adversary::Cheat,
    api::{Full, Place, Places},
    chain::ChainError,
    config,
    store::{Store, StoreError},
};
use copy::Copier;
use souk_primitives::{Digest, PurchaseId};
use std::sync::Arc;
use vault::{Vault, VaultError};

/// Why a copy is not made or not served.
#[derive(Debug, thiserror::Error)]
pub enum SaleError {
    /// The store of contents.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault of keys.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The cipher refused.
    #[error("a chunk can't be encrypted")]
    Cipher,
    /// What would be served is not what was promised.
    #[error("chunk {0} of the content was changed since its copy was offered: bring the segment again")]
    Damaged(u32),
}

impl From<SaleError> for std::io::Error {
    fn from(error: SaleError) -> Self {
        std::io::Error::other(error)
    }
}

/// What a seller has: its store, its keys, and places for who fetches.
pub struct Shop {
    copier: Copier,
    places: Places<PurchaseId>,
    pace: Pace,
}

impl Shop {
    /// Puts it together.
    pub fn new(
        config: &config::Store,
        store: Arc<Store>,
        vault: Vault,
        genesis: Digest,
        cheat: Cheat,
    ) -> Self {
        Self {
            copier: Copier { store, vault: Arc::new(vault), genesis, cheat },
            places: Places::new(config.max_streams, config.max_streams_per_purchase),
            pace: Pace::new(config.bandwidth, config.bandwidth_per_peer),
        }
    }

    /// Contents.
    pub fn store(&self) -> &Arc<Store> {
        &self.copier.store
    }

    /// Keys.
    pub fn vault(&self) -> &Arc<Vault> {
        &self.copier.vault
    }

    /// Makes copies.
    pub fn copier(&self) -> &Copier {
        &self.copier
    }

    /// How fast they are served.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// A place for who fetches from a purchase's copy.
    pub fn place(&self, purchase: &PurchaseId) -> Result<Place<PurchaseId>, Full> {
        self.places.take(Some(purchase))
    }

    /// Copies that are being sent.
    pub fn streams(&self) -> usize {
        self.places.calls()
    }
}
