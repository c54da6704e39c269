//! What this pallet needs from others.

use souk_primitives::ListingId;

/// Who depends on a listing.
pub trait Dependents {
    /// Whether something live (a spec, for instance) refers to the listing, so that it must stay readable.
    fn in_use(listing: ListingId) -> bool;
}

/// Nothing depends on any listing.
impl Dependents for () {
    fn in_use(_: ListingId) -> bool {
        false
    }
}

/// What the benchmarks need from outside.
#[cfg(feature = "runtime-benchmarks")]
pub trait BenchmarkHelper<Origin> {
    /// An origin that may delist.
    fn moderator() -> Origin;
}
