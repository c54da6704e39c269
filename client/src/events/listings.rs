//! Events of the catalogue: pallet listings.

use crate::calls::listings::OwnerStatus;
use souk_primitives::{
    lineage::Parents, views::ListingKind, AccountId, Balance, BlockNumber, Digest, ListingId, OfferId,
    VersionId,
};

super::events! {
    /// An event of the catalogue.
    ListingEvent by listing
    /// Something is on offer.
    "Listings".Registered {
        /// Its number.
        listing: ListingId,
        /// Who owns it.
        owner: AccountId,
        /// What it is.
        kind: ListingKind,
        /// Deposit that went on hold.
        deposit: Balance,
    }
    /// A version was published.
    "Listings".VersionPublished {
        /// The listing.
        listing: ListingId,
        /// Its new version.
        version: VersionId,
        /// Root of its content.
        content_root: Digest,
        /// Digest of its manifest.
        manifest: Digest,
        /// Deposit that went on hold.
        deposit: Balance,
    }
    /// The text changed.
    "Listings".TextSet {
        /// The listing.
        listing: ListingId,
        /// Deposit for the text, now.
        deposit: Balance,
    }
    /// The owner changed the status.
    "Listings".StatusSet {
        /// The listing.
        listing: ListingId,
        /// What the owner says.
        status: OwnerStatus,
    }
    /// Governance takes it off when the appeal period is over.
    "Listings".DelistingBegun {
        /// The listing.
        listing: ListingId,
        /// Reason code.
        reason: u8,
        /// Last live block of the appeal period.
        appeal_until: BlockNumber,
    }
    /// Governance took its decision back.
    "Listings".Relisted {
        /// The listing.
        listing: ListingId,
    }
    /// The owner offered the listing, or withdrew the offer.
    "Listings".TransferOffered {
        /// The listing.
        listing: ListingId,
        /// Who may take it; none when the offer was withdrawn.
        to: Option<AccountId>,
    }
    /// The listing has a new owner, who also carries the deposit now.
    "Listings".Transferred {
        /// The listing.
        listing: ListingId,
        /// The old owner.
        from: AccountId,
        /// The new owner.
        to: AccountId,
    }
    /// An offer was made.
    "Listings".OfferAdded {
        /// The listing.
        listing: ListingId,
        /// Its new offer.
        offer: OfferId,
        /// What a purchase agrees to.
        digest: Digest,
        /// Deposit that went on hold.
        deposit: Balance,
    }
    /// An offer was withdrawn. What was bought by it is not touched.
    "Listings".OfferWithdrawn {
        /// The listing.
        listing: ListingId,
        /// Its offer.
        offer: OfferId,
        /// Deposit that was returned.
        deposit: Balance,
    }
    /// The owner said what the listing derives from.
    "Listings".ParentsSet {
        /// The listing.
        listing: ListingId,
        /// Its parents; the next version takes them over.
        parents: Parents,
    }
    /// The owner set the least royalty for what derives from the listing from now on.
    "Listings".MinRoyaltySet {
        /// The listing.
        listing: ListingId,
        /// In millionths.
        royalty: u32,
    }
    /// Somebody who paid wrote a review.
    "Listings".Reviewed {
        /// The listing.
        listing: ListingId,
        /// Number of the review.
        review: u32,
        /// Who wrote it.
        author: AccountId,
        /// 1 to 5.
        stars: u8,
        /// Digest of its text.
        digest: Digest,
        /// What counts of the fee that was burnt.
        weight: Balance,
    }
    /// The owner answered a review.
    "Listings".Answered {
        /// The listing.
        listing: ListingId,
        /// Number of the review.
        review: u32,
        /// Digest of the answer.
        digest: Digest,
    }
    /// The listing is a tombstone now.
    "Listings".Retired {
        /// The listing.
        listing: ListingId,
        /// Deposit for its text that was returned.
        returned: Balance,
    }
    /// The listing is gone, and its deposit was returned.
    "Listings".Removed {
        /// Its number, which is never used again.
        listing: ListingId,
        /// Deposit that was returned.
        deposit: Balance,
    }
}
