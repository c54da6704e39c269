//! What the pallet needs from others. The runtime plugs `pallet-listings` in.

use souk_primitives::{
    licence::Offer, lineage::Parents, views::ListingStatus, AccountId, Balance, Digest, ListingId, OfferId,
    VersionId,
};

/// What is known of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Root of its content.
    pub content_root: Digest,
    /// Bytes; 0 when there is nothing to deliver.
    pub size: u64,
    /// Whom its sales pay royalties.
    pub parents: Parents,
}

/// The book of listings.
pub trait Catalogue {
    /// Status of a listing; `None` when there is no such listing.
    fn status(listing: ListingId) -> Option<ListingStatus>;

    /// Who owns a listing now.
    fn owner(listing: ListingId) -> Option<AccountId>;

    /// An offer that is not withdrawn.
    fn offer(listing: ListingId, offer: OfferId) -> Option<Offer>;

    /// The offer with this digest, if one of the listing's has it.
    fn offer_with(listing: ListingId, digest: &Digest) -> Option<Offer>;

    /// A version.
    fn version(listing: ListingId, version: VersionId) -> Option<Version>;
}

/// Who learns of sales: rewards go by what they burn.
pub trait Trades {
    /// A price was paid to `owner`, for a licence or its renewal. `burnt` is the burnt half of the protocol fee, and
    /// nothing else: not what the treasury or a payee could not take.
    fn sold(owner: &AccountId, burnt: Balance);
}

/// Nobody does.
impl Trades for () {
    fn sold(_: &AccountId, _: Balance) {}
}

/// What benchmarks need from the pallets behind the ports.
#[cfg(feature = "runtime-benchmarks")]
pub trait BenchmarkHelper {
    /// Lists something of `seller` whose version 0 is `size` bytes under `root` (none for a service), with as many parents
    /// as there can be and `offer` as its last of as many offers as there can be. Returns the listing and the offer.
    fn sell(seller: &AccountId, root: Digest, size: u64, offer: Offer) -> (ListingId, OfferId);

    /// Sets the clock of live blocks.
    fn set_clock(now: souk_primitives::BlockNumber);
}
