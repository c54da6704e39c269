//! What the node's `souk_` RPC and every client read: [`SoukApi`], thin over the pallets.
//!
//! Everything is also reachable by plain `state_call`, for wallets.

use alloc::{string::String, vec::Vec};
use souk_primitives::{
    licence::Purposes,
    views::{
        AuditTask, AuditView, BatchView, ChannelView, EmissionView, ExamView, LicenceView, LineageView,
        ListingView, ModerationView, PoolView, ProviderView, PurchaseView, QuoteView, ReferendumView,
        ReviewView, RewardsView, SolvencyRow, SpecView, StakeView, TrackView, TrackVotesView, ValidatorView,
        VotingPowerView,
    },
    AccountId, AuditId, BatchId, BlockNumber, ChannelId, LicenceId, ListingId, PurchaseId, SpecId,
};

sp_api::decl_runtime_apis! {
    /// Reads of the market's state. Lists are paged: `start` is the first item wanted, `limit` is clamped to 200.
    pub trait SoukApi {
        /// Listings from `start` on, in order of their numbers.
        fn listings(start: ListingId, limit: u32) -> Vec<ListingView>;
        /// One listing.
        fn listing(id: ListingId) -> Option<ListingView>;
        /// What a listing derives from and what derives from it, over all generations.
        fn lineage(id: ListingId) -> LineageView;
        /// Reviews of a listing from number `start` on.
        fn reviews(id: ListingId, start: u32, limit: u32) -> Vec<ReviewView>;
        /// One purchase, open or recent.
        fn purchase(id: PurchaseId) -> Option<PurchaseView>;
        /// Purchases of an account, as buyer or seller, after `start`, in order of storage.
        fn purchases(account: AccountId, start: Option<PurchaseId>, limit: u32) -> Vec<PurchaseView>;
        /// One licence.
        fn licence(id: LicenceId) -> Option<LicenceView>;
        /// Licences that an account may use, as a holder or on a seat.
        fn licences(account: AccountId, limit: u32) -> Vec<LicenceView>;
        /// Licences of a listing after `start`, in order of storage: who may use it for what.
        fn licences_of(id: ListingId, start: Option<LicenceId>, limit: u32) -> Vec<LicenceView>;
        /// Whether an account may use a listing for a purpose now.
        fn is_licensed(who: AccountId, listing: ListingId, purpose: Purposes) -> bool;
        /// Where copies of what an account sells are fetched.
        fn store(seller: AccountId) -> Option<String>;
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
        /// What an account has at stake, on its own and in a pool.
        fn stake(account: AccountId) -> StakeView;
        /// Who stands for election as a validator, after `start`, in order of storage.
        fn validators(start: Option<AccountId>, limit: u32) -> Vec<ValidatorView>;
        /// Pools after `start`, in order of storage.
        fn pools(start: Option<u32>, limit: u32) -> Vec<PoolView>;
        /// What an account may vote with, and what of its stake does not count yet.
        fn power(account: AccountId) -> VotingPowerView;
        /// What an account votes and delegates, track by track.
        fn votes(account: AccountId) -> Vec<TrackVotesView>;
        /// On which conditions referenda pass.
        fn tracks() -> Vec<TrackView>;
        /// Referenda below the number `before` (from the newest on when `None`), the newest first; only the open ones when
        /// asked so. Looks at the 1,000 numbers below `before` at most.
        fn referenda(only_ongoing: bool, before: Option<u32>, limit: u32) -> Vec<ReferendumView>;
        /// One referendum.
        fn referendum(index: u32) -> Option<ReferendumView>;
        /// The case against a listing that is not closed yet.
        fn moderation(listing: ListingId) -> Option<ModerationView>;
        /// Cases that are not closed, after the listing `start`, in order of storage.
        fn moderations(start: Option<ListingId>, limit: u32) -> Vec<ModerationView>;
        /// What an account has earned as a provider, a provider's validator and a publisher.
        fn rewards(account: AccountId) -> RewardsView;
        /// The exam that is going on, with the papers of a provider. `None` for an account that is none.
        fn exam(provider: AccountId) -> Option<ExamView>;
        /// What is minted, and for whom.
        fn emission() -> EmissionView;
        /// Held against owed, for every pallet and purpose.
        fn solvency() -> Vec<SolvencyRow>;
        /// The counter that deadlines are counted in.
        fn live_block() -> BlockNumber;
    }
}
