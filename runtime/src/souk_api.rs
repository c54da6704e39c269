//! What the node's `souk_` RPC and every client read: [`SoukApi`], thin over the pallets.
//!
//! Everything is also reachable by plain `state_call`, for wallets.

use alloc::vec::Vec;
use souk_primitives::{
    views::{
        AuditTask, AuditView, BatchView, ChannelView, ListingView, ProviderView, QuoteView, SolvencyRow,
        SpecView,
    },
    AccountId, AuditId, BatchId, BlockNumber, ChannelId, ListingId, SpecId,
};

sp_api::decl_runtime_apis! {
    /// Reads of the market's state. Lists are paged: `start` is the first item wanted, `limit` is clamped to 200.
    pub trait SoukApi {
        /// Listings from `start` on, in order of their numbers.
        fn listings(start: ListingId, limit: u32) -> Vec<ListingView>;
        /// One listing.
        fn listing(id: ListingId) -> Option<ListingView>;
        /// Specs after `start` (from the first one when `None`), in order of storage.
        fn specs(start: Option<SpecId>, limit: u32) -> Vec<SpecView>;
        /// One spec.
        fn spec(id: SpecId) -> Option<SpecView>;
        /// Providers after `start`, in order of storage.
        fn providers(start: Option<AccountId>, limit: u32) -> Vec<ProviderView>;
        /// One provider.
        fn provider(account: AccountId) -> Option<ProviderView>;
        /// Who serves a spec, and at which prices.
        fn quote(spec: SpecId) -> Vec<QuoteView>;
        /// One channel.
        fn channel(id: ChannelId) -> Option<ChannelView>;
        /// Channels of an account, as consumer, funder or provider.
        fn channels(account: AccountId, limit: u32) -> Vec<ChannelView>;
        /// One batch.
        fn batch(id: BatchId) -> Option<BatchView>;
        /// Open and recent batches of a channel.
        fn batches(channel: ChannelId) -> Vec<BatchView>;
        /// One audit, open or recent.
        fn audit(id: AuditId) -> Option<AuditView>;
        /// Audits, newest first; only those that are open when asked so.
        fn audits(only_open: bool, limit: u32) -> Vec<AuditView>;
        /// Open audits in which a validator has a seat, with all that its sidecar needs to check them.
        fn audit_tasks(validator: AccountId) -> Vec<AuditTask>;
        /// Held against owed, for every pallet and purpose.
        fn solvency() -> Vec<SolvencyRow>;
        /// The counter that deadlines are counted in.
        fn live_block() -> BlockNumber;
    }
}
