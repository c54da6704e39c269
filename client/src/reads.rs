//! Typed reads of the market at the finalised head (runtime API `SoukApi`).

use crate::{chain::Chain, error::Result};
use souk_primitives::{
    views::{
        AuditTask, AuditView, BatchView, ChannelView, ListingView, ProviderView, QuoteView, SolvencyRow,
        SpecView,
    },
    AccountId, AuditId, BatchId, BlockNumber, ChannelId, ListingId, SpecId,
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

    /// The live-block counter, which deadlines count.
    pub async fn live_block(&self) -> Result<BlockNumber> {
        self.call("SoukApi_live_block", ()).await
    }
}
