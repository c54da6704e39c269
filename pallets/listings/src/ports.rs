//! What this pallet needs from others.

use crate::types::Subject;
use souk_primitives::{AccountId, Balance, ListingId};

/// Who depends on a listing.
pub trait Dependents {
    /// Whether something live (a spec, for instance) refers to the listing, so that it must stay readable.
    fn in_use(listing: ListingId) -> bool;

    /// Whether a purchase of it is open.
    fn has_open_purchases(listing: ListingId) -> bool;

    /// Whether somebody has a licence for it, or a purchase of it is remembered.
    fn has_licences(listing: ListingId) -> bool;
}

/// What was paid for listings.
pub trait Payments {
    /// What was burnt of the fees that `who` paid for `subject`, if that is of the listing and settled.
    fn burnt(who: &AccountId, listing: ListingId, subject: &Subject) -> Option<Balance>;
}

/// What the benchmarks need from outside.
#[cfg(feature = "runtime-benchmarks")]
pub trait BenchmarkHelper {
    /// Something for which `who` paid and burnt this much.
    fn paid(who: &AccountId, listing: ListingId, burnt: Balance) -> Subject;

    /// Lets the clock show this live block.
    fn set_clock(now: souk_primitives::BlockNumber);
}
