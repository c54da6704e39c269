//! Events of the catalogue: pallet listings.

use crate::calls::listings::OwnerStatus;
use souk_primitives::{
    lineage::Parents,
    moderation::{CaseId, DelistReason},
    views::ListingKind,
    AccountId, Balance, BlockNumber, Digest, ListingId, OfferId, VersionId,
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
    /// Governance made an account a moderator.
    "Listings".ModeratorAppointed {
        /// The account.
        moderator: AccountId,
    }
    /// Governance dismissed a moderator. Its open cases go on.
    "Listings".ModeratorDismissed {
        /// The account.
        moderator: AccountId,
    }
    /// A moderator posted a bond.
    "Listings".BondPosted {
        /// The moderator.
        moderator: AccountId,
        /// What went on hold.
        amount: Balance,
        /// The whole bond, now.
        bond: Balance,
    }
    /// A moderator took back what of its bond no case needs.
    "Listings".BondWithdrawn {
        /// The moderator.
        moderator: AccountId,
        /// What was freed.
        amount: Balance,
        /// The whole bond, now.
        bond: Balance,
    }
    /// The listing is delisted when its notice is over, unless its owner appeals.
    "Listings".CaseOpened {
        /// The listing.
        listing: ListingId,
        /// Number of the case: what a decision names.
        case: CaseId,
        /// Why.
        reason: DelistReason,
        /// Digest of what shows that.
        evidence: Digest,
        /// Who opened it; none when it was the moderators' track.
        moderator: Option<AccountId>,
        /// What of the moderator's bond is tied to it.
        bond: Balance,
        /// Last live block of the notice.
        notice_until: BlockNumber,
    }
    /// The owner appealed: nothing is delisted until `until`, so that a referendum can decide.
    "Listings".Appealed {
        /// The listing.
        listing: ListingId,
        /// The case.
        case: CaseId,
        /// Why it was opened.
        reason: DelistReason,
        /// Who appealed.
        by: AccountId,
        /// Digest of what the owner says.
        statement: Digest,
        /// Deposit that went on hold.
        deposit: Balance,
        /// Last live block in which it can be decided.
        until: BlockNumber,
    }
    /// A referendum decided an appeal.
    "Listings".AppealDecided {
        /// The listing.
        listing: ListingId,
        /// The case.
        case: CaseId,
        /// Why it was opened.
        reason: DelistReason,
        /// Whether the listing is delisted from this block on; else it is as it was.
        upheld: bool,
        /// What the side that was wrong lost: half of it to the other side, the rest burnt.
        lost: Balance,
    }
    /// Who opened a case took it back: the listing is as it was.
    "Listings".CaseWithdrawn {
        /// The listing.
        listing: ListingId,
        /// The case.
        case: CaseId,
        /// Why it was opened.
        reason: DelistReason,
        /// What that cost, because there was an appeal: half of it to who appealed, the rest burnt.
        lost: Balance,
    }
    /// A case is closed without a decision, and what was on hold is freed. The listing stays delisted, or the
    /// moderators' track has opened a case in its place, as the next event says.
    "Listings".CaseClosed {
        /// The listing.
        listing: ListingId,
        /// The case.
        case: CaseId,
        /// Why it was opened.
        reason: DelistReason,
    }
    /// Governance forgave: the listing is as its owner set it.
    "Listings".Relisted {
        /// The listing.
        listing: ListingId,
        /// The case of which it was delisted.
        case: CaseId,
        /// Why it was.
        reason: DelistReason,
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
