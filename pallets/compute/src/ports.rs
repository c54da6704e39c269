//! What this pallet needs from others. The runtime plugs listings, staking and proxies in.

use alloc::{string::String, vec::Vec};
use souk_primitives::{AccountId, Balance, BlockNumber, Digest, ListingId, VersionId};

/// What is listed.
pub trait Listings {
    /// Who owns a listing.
    fn owner(listing: ListingId) -> Option<AccountId>;

    /// Digest of the manifest that a version was published with; `None` when there is no such version.
    fn manifest(listing: ListingId, version: VersionId) -> Option<Digest>;

    /// Whether new business may start on a listing.
    fn is_active(listing: ListingId) -> bool;

    /// Whether new business may start on a listing, or might in live block `at` but for what its owner did since.
    fn was_active(listing: ListingId, at: BlockNumber) -> bool;

    /// Name of a listing.
    fn name(listing: ListingId) -> Option<String>;
}

/// The validators and their stake.
pub trait Validators {
    /// Stashes of the current validators.
    fn current() -> Vec<AccountId>;

    /// Whether the account is the stash of a current validator.
    fn is_validator(stash: &AccountId) -> bool {
        Self::current().contains(stash)
    }

    /// Active stake behind a validator, zero for others.
    fn active_stake(stash: &AccountId) -> Balance;

    /// Active stake behind all validators together.
    fn total_active_stake() -> Balance;
}

/// Which accounts act for each other.
pub trait Links {
    /// Whether `principal` itself named `delegate` as one that may act for it (a proxy).
    fn acts_for(delegate: &AccountId, principal: &AccountId) -> bool;
}

/// No account acts for another.
impl Links for () {
    fn acts_for(_: &AccountId, _: &AccountId) -> bool {
        false
    }
}

/// Watches the bonds of providers, whose owners vote with them.
pub trait BondWatch {
    /// The bond with which a provider serves is `active` units now: zero while it waits for its validator, leaves, is in
    /// jail or is gone.
    fn changed(provider: &AccountId, active: Balance);
}

/// Nobody watches.
impl BondWatch for () {
    fn changed(_: &AccountId, _: Balance) {}
}

/// What the benchmarks need from outside.
#[cfg(feature = "runtime-benchmarks")]
pub trait BenchmarkHelper<Origin> {
    /// Makes a listing of `owner` with version 0, on offer.
    fn listing(owner: &AccountId) -> ListingId;

    /// Makes `who` the stash of a current validator.
    fn make_validator(who: &AccountId);

    /// An origin that may accept calibrations.
    fn calibrator() -> Origin;

    /// Sets the clock of live blocks.
    fn set_clock(now: souk_primitives::BlockNumber);
}
