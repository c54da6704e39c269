//! A seller with a store, and a buyer, over HTTP.

#[cfg(feature = "adversary")]
mod cheats;
mod crashes;
mod delivery;
mod fetching;
mod money;
mod private;
mod readers;
mod waiting;

use super::support::*;
use crate::{chain::fake::GENESIS, config::Config, store::tree};
use serde_json::{json, Value};
use souk_primitives::{
    content::{Builder, Content, CHUNK},
    copy::WholeCopy,
    exchange::{purchase_resource, unseal, ContentKey, Secret},
    purchase::Stage,
    AccountId, Digest, PurchaseId,
};
use sp_core::{sr25519, Pair};
use std::time::Duration;

/// Two segments, three chunks and a little.
pub const SIZE: usize = 2 * tree::SEGMENT + 3 * CHUNK as usize + 17;

pub fn buyer() -> sr25519::Pair {
    Pair::from_seed(&[77; 32])
}

/// The buyer's one-time key.
pub fn secret() -> Secret {
    Secret::new([78; 32])
}

pub fn account_of(pair: &sr25519::Pair) -> AccountId {
    AccountId::new(pair.public().0)
}

pub fn selling(config: &mut Config) {
    config.audit.listen = Some(([127, 0, 0, 1], 0).into());
    config.store.url =
        Some(url::Url::from_directory_path(config.data_dir.join("objects")).unwrap().to_string());
    config.seller.key = Some("//Seller".into());
}

/// Bytes of which no two chunks are the same.
pub fn bytes(seed: u8, size: usize) -> Vec<u8> {
    let mut state = u64::from(seed) + 1;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    })
    .take(size)
    .collect()
}

pub fn content_of(bytes: &[u8]) -> (Content, Vec<Digest>) {
    let mut builder = Builder::default();
    let digests = bytes.chunks(CHUNK as usize).map(|chunk| builder.push(chunk).unwrap().digest).collect();
    (builder.finish().unwrap(), digests)
}

pub fn segments_of(bytes: &[u8]) -> Vec<(Digest, &[u8])> {
    bytes.chunks(tree::SEGMENT).map(|part| (tree::name_of(part).unwrap(), part)).collect()
}

impl Bench {
    pub async fn seller() -> Bench {
        Self::start_with(Duration::ZERO, selling).await
    }

    /// A request to the private API.
    pub fn private(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let token = std::fs::read_to_string(self.dir.path().join("store-token")).unwrap();
        let url = format!("http://{}/v1/store/{path}", self.sidecar.audit_address.unwrap());
        self.http.request(method.parse().unwrap(), url).bearer_auth(token)
    }

    /// Brings a file as the CLI does.
    pub async fn bring(&self, bytes: &[u8]) -> Content {
        let (content, digests) = content_of(bytes);
        let names: Vec<String> = segments_of(bytes).iter().map(|(name, _)| hex::encode(name)).collect();
        let answer =
            self.private("POST", "missing").json(&json!({ "segments": names })).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        for (name, part) in segments_of(bytes) {
            if answer["missing"].as_array().unwrap().contains(&json!(hex::encode(name))) {
                let put = self.private("PUT", &format!("segments/{}", hex::encode(name)));
                assert_eq!(put.body(part.to_vec()).send().await.unwrap().status(), 201);
            }
        }
        let path = format!("contents/{}?size={}", hex::encode(content.root()), content.size());
        let put = self.private("PUT", &path).body(digests.concat()).send().await.unwrap();
        assert!(put.status().is_success(), "{:?}", put.text().await);
        content
    }

    pub fn order_copy(&self, content: &Content) -> PurchaseId {
        self.chain.order(content, account_of(&buyer()), secret().public_key())
    }

    pub fn stage(&self, id: PurchaseId) -> Stage {
        self.chain.with_purchase(id, |view| view.stage)
    }

    pub async fn until_offered(&self, id: PurchaseId) {
        until("the offer", || matches!(self.stage(id), Stage::Offered { .. })).await;
    }

    /// The buyer accepts.
    pub fn accept(&self, id: PurchaseId) {
        let live = self.chain.head.lock().live;
        self.chain.with_purchase(id, |view| view.stage = view.stage.accept_copy(live, 1_000).unwrap());
    }

    pub fn fetch_as(&self, signer: &sr25519::Pair, id: PurchaseId, path: &str) -> reqwest::RequestBuilder {
        let header = signed_fetch(signer, purchase_resource(&id), |_| {});
        let url = self.url(&format!("/v1/purchases/{}{path}", hex::encode(id)));
        self.http.get(url).header(crate::payment::FETCH, header)
    }

    /// The buyer fetches.
    pub async fn fetch(&self, id: PurchaseId, path: &str) -> Vec<u8> {
        let response = self.fetch_as(&buyer(), id, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}: {:?}", response.text().await);
        response.bytes().await.unwrap().to_vec()
    }

    pub async fn metrics(&self) -> String {
        let url = format!("http://{}/metrics", self.sidecar.metrics_address.unwrap());
        self.http.get(url).send().await.unwrap().text().await.unwrap()
    }

    /// The key in the seller's vault.
    pub fn key(&self, id: PurchaseId) -> Option<ContentKey> {
        let shop = self.sidecar.app().shop().unwrap();
        shop.vault().copy(&id).unwrap().map(|copy| copy.key)
    }

    /// What an honest seller with the vault's key serves.
    pub fn honest(&self, id: PurchaseId, bytes: &[u8]) -> WholeCopy {
        WholeCopy::make(&GENESIS, id, self.key(id).unwrap(), bytes).unwrap()
    }

    /// The key that the buyer opens from the chain.
    pub fn opened(&self, id: PurchaseId) -> Option<ContentKey> {
        let view = self.chain.with_purchase(id, |view| view.clone());
        unseal(&view.sealed_key?, &id, &view.key_commitment?, &secret())
    }
}
