//! Typed reads of the market at the finalised head (runtime API `SoukApi`).

mod exams;
mod stake;

use crate::{
    chain::{prefix, Chain},
    error::{Error, Result},
};
use codec::Decode;
use souk_primitives::{
    licence::Purposes,
    views::{
        AuditTask, AuditView, BatchView, ChannelView, LicenceView, LineageView, ListingView, ProviderView,
        PurchaseView, QuoteView, ReviewView, SolvencyRow, SpecView,
    },
    AccountId, AuditId, BatchId, BlockNumber, ChannelId, LicenceId, ListingId, PurchaseId, SpecId,
};

/// Items of one page.
const PAGE: u32 = 100;

impl Chain {
    /// Listings from `start` on, at most `limit`.
    pub async fn listings(&self, start: ListingId, limit: u32) -> Result<Vec<ListingView>> {
        self.call("SoukApi_listings", (start, limit)).await
    }

    /// A listing.
    pub async fn listing(&self, id: ListingId) -> Result<Option<ListingView>> {
        self.call("SoukApi_listing", (id,)).await
    }

    /// The number that the next listing gets, unless somebody else registers one first.
    pub async fn next_listing(&self) -> Result<ListingId> {
        let at = self.finalized().await?.hash;
        let Some(bytes) = self.storage_at(&at, &prefix("Listings", "NextListing")).await? else {
            return Ok(0);
        };
        ListingId::decode(&mut bytes.as_slice())
            .map_err(|e| Error::Decode { what: "the number of listings".into(), reason: e.to_string() })
    }

    /// Whether somebody has brought the bytes of an encoded call to the chain.
    pub async fn has_preimage(&self, call: &[u8]) -> Result<bool> {
        let Ok(length) = u32::try_from(call.len()) else { return Ok(false) };
        let mut key = prefix("Preimage", "PreimageFor");
        key.extend(sp_crypto_hashing::blake2_256(call));
        key.extend(length.to_le_bytes());
        let at = self.finalized().await?.hash;
        Ok(self.storage_at(&at, &key).await?.is_some())
    }

    /// All listings, page by page.
    pub async fn all_listings(&self) -> Result<Vec<ListingView>> {
        let mut all: Vec<ListingView> = Vec::new();
        let mut start = 0;
        loop {
            let page = self.listings(start, PAGE).await?;
            let Some(last) = page.last() else { return Ok(all) };
            start = last.id.saturating_add(1);
            all.extend(page);
        }
    }

    /// What a listing derives from and what derives from it.
    pub async fn lineage(&self, id: ListingId) -> Result<LineageView> {
        self.call("SoukApi_lineage", (id,)).await
    }

    /// Reviews of a listing from number `start` on, at most `limit`.
    pub async fn reviews(&self, id: ListingId, start: u32, limit: u32) -> Result<Vec<ReviewView>> {
        self.call("SoukApi_reviews", (id, start, limit)).await
    }

    /// A purchase, until some time after it ended.
    pub async fn purchase(&self, id: PurchaseId) -> Result<Option<PurchaseView>> {
        self.call("SoukApi_purchase", (id,)).await
    }

    /// Purchases of an account, as buyer or seller, after `start` in the order of storage, at most `limit`.
    pub async fn purchases(
        &self,
        account: &AccountId,
        start: Option<PurchaseId>,
        limit: u32,
    ) -> Result<Vec<PurchaseView>> {
        self.call("SoukApi_purchases", (account, start, limit)).await
    }

    /// All purchases of an account, as buyer or seller, open or recent, page by page.
    pub async fn all_purchases(&self, account: &AccountId) -> Result<Vec<PurchaseView>> {
        let mut all: Vec<PurchaseView> = Vec::new();
        loop {
            let page = self.purchases(account, all.last().map(|purchase| purchase.id), PAGE).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// A licence.
    pub async fn licence(&self, id: LicenceId) -> Result<Option<LicenceView>> {
        self.call("SoukApi_licence", (id,)).await
    }

    /// Licences that an account may use, as a holder or on a seat, at most `limit`.
    pub async fn licences(&self, account: &AccountId, limit: u32) -> Result<Vec<LicenceView>> {
        self.call("SoukApi_licences", (account, limit)).await
    }

    /// Licences of a listing after `start` in the order of storage, at most `limit`.
    pub async fn licences_of(
        &self,
        id: ListingId,
        start: Option<LicenceId>,
        limit: u32,
    ) -> Result<Vec<LicenceView>> {
        self.call("SoukApi_licences_of", (id, start, limit)).await
    }

    /// Whether an account may use a listing for a purpose now.
    pub async fn is_licensed(&self, who: &AccountId, listing: ListingId, purpose: Purposes) -> Result<bool> {
        self.call("SoukApi_is_licensed", (who, listing, purpose)).await
    }

    /// Where a seller's copies are fetched.
    pub async fn store(&self, account: &AccountId) -> Result<Option<String>> {
        self.call("SoukApi_store", (account,)).await
    }

    /// Specs from `start` on, at most `limit`.
    pub async fn specs(&self, start: Option<SpecId>, limit: u32) -> Result<Vec<SpecView>> {
        self.call("SoukApi_specs", (start, limit)).await
    }

    /// All specs, page by page.
    pub async fn all_specs(&self) -> Result<Vec<SpecView>> {
        let mut all: Vec<SpecView> = Vec::new();
        loop {
            let page = self.specs(all.last().map(|spec| spec.id), PAGE).await?;
            let before = all.len();
            for spec in page {
                // A page starts with the item it is asked to start from.
                if !all.iter().any(|known| known.id == spec.id) {
                    all.push(spec);
                }
            }
            if all.len() == before {
                return Ok(all);
            }
        }
    }

    /// A spec.
    pub async fn spec(&self, id: SpecId) -> Result<Option<SpecView>> {
        self.call("SoukApi_spec", (id,)).await
    }

    /// Providers from `start` on, at most `limit`.
    pub async fn providers(&self, start: Option<AccountId>, limit: u32) -> Result<Vec<ProviderView>> {
        self.call("SoukApi_providers", (start, limit)).await
    }

    /// A provider.
    pub async fn provider(&self, account: &AccountId) -> Result<Option<ProviderView>> {
        self.call("SoukApi_provider", (account,)).await
    }

    /// Who serves a spec, and for how much.
    pub async fn quote(&self, spec: SpecId) -> Result<Vec<QuoteView>> {
        self.call("SoukApi_quote", (spec,)).await
    }

    /// A channel.
    pub async fn channel(&self, id: ChannelId) -> Result<Option<ChannelView>> {
        self.call("SoukApi_channel", (id,)).await
    }

    /// Channels of a consumer, funder or provider, at most `limit`.
    pub async fn channels(&self, account: &AccountId, limit: u32) -> Result<Vec<ChannelView>> {
        self.call("SoukApi_channels", (account, limit)).await
    }

    /// A batch, also for a while after it ended.
    pub async fn batch(&self, id: BatchId) -> Result<Option<BatchView>> {
        self.call("SoukApi_batch", (id,)).await
    }

    /// Batches of a channel.
    pub async fn batches(&self, channel: ChannelId) -> Result<Vec<BatchView>> {
        self.call("SoukApi_batches", (channel,)).await
    }

    /// An audit, also for a while after it ended.
    pub async fn audit(&self, id: AuditId) -> Result<Option<AuditView>> {
        self.call("SoukApi_audit", (id,)).await
    }

    /// Audits, at most `limit`.
    pub async fn audits(&self, only_open: bool, limit: u32) -> Result<Vec<AuditView>> {
        self.call("SoukApi_audits", (only_open, limit)).await
    }

    /// Open audits with a seat of a validator.
    pub async fn audit_tasks(&self, validator: &AccountId) -> Result<Vec<AuditTask>> {
        self.call("SoukApi_audit_tasks", (validator,)).await
    }

    /// Held against owed.
    pub async fn solvency(&self) -> Result<Vec<SolvencyRow>> {
        self.call("SoukApi_solvency", ()).await
    }

    /// One page of the node's full-text search of the catalogue: `query` and the answer as the method `souk_search` has
    /// them.
    pub async fn search<Q: serde::Serialize, R: serde::de::DeserializeOwned>(&self, query: &Q) -> Result<R> {
        let query = serde_json::to_value(query)
            .map_err(|e| Error::Decode { what: "the query".into(), reason: e.to_string() })?;
        self.inner.rpc.request("souk_search", &[query]).await
    }

    /// The live-block counter, which deadlines count.
    pub async fn live_block(&self) -> Result<BlockNumber> {
        self.call("SoukApi_live_block", ()).await
    }
}
