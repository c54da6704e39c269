//! What the pallet tells: a section of its module, which uses what that imports.

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// Something is on offer.
        Registered {
            /// Its number.
            listing: ListingId,
            /// Who owns it.
            owner: AccountId,
            /// What it is.
            kind: ListingKind,
            /// Deposit that went on hold.
            deposit: Balance,
        },
        /// A version was published.
        VersionPublished {
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
        },
        /// The text changed.
        TextSet {
            /// The listing.
            listing: ListingId,
            /// Deposit for the text, now.
            deposit: Balance,
        },
        /// The owner changed the status.
        StatusSet {
            /// The listing.
            listing: ListingId,
            /// What the owner says.
            status: OwnerStatus,
        },
        /// Governance made an account a moderator.
        ModeratorAppointed {
            /// The account.
            moderator: AccountId,
        },
        /// Governance dismissed a moderator. Its open cases go on.
        ModeratorDismissed {
            /// The account.
            moderator: AccountId,
        },
        /// A moderator posted a bond.
        BondPosted {
            /// The moderator.
            moderator: AccountId,
            /// What went on hold.
            amount: Balance,
            /// The whole bond, now.
            bond: Balance,
        },
        /// A moderator took back what of its bond no case needs.
        BondWithdrawn {
            /// The moderator.
            moderator: AccountId,
            /// What was freed.
            amount: Balance,
            /// The whole bond, now.
            bond: Balance,
        },
        /// The listing is delisted when its notice is over, unless its owner appeals.
        CaseOpened {
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
        },
        /// The owner appealed: nothing is delisted until `until`, so that a referendum can decide.
        Appealed {
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
        },
        /// A referendum decided an appeal.
        AppealDecided {
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
        },
        /// Who opened a case took it back: the listing is as it was.
        CaseWithdrawn {
            /// The listing.
            listing: ListingId,
            /// The case.
            case: CaseId,
            /// Why it was opened.
            reason: DelistReason,
            /// What that cost, because there was an appeal: half of it to who appealed, the rest burnt.
            lost: Balance,
        },
        /// A case is closed without a decision, and what was on hold is freed. The listing stays delisted, or the
        /// moderators' track has opened a case in its place, as the next event says.
        CaseClosed {
            /// The listing.
            listing: ListingId,
            /// The case.
            case: CaseId,
            /// Why it was opened.
            reason: DelistReason,
        },
        /// Governance forgave: the listing is as its owner set it.
        Relisted {
            /// The listing.
            listing: ListingId,
            /// The case of which it was delisted.
            case: CaseId,
            /// Why it was.
            reason: DelistReason,
        },
        /// The owner offered the listing, or withdrew the offer.
        TransferOffered {
            /// The listing.
            listing: ListingId,
            /// Who may take it; none when the offer was withdrawn.
            to: Option<AccountId>,
        },
        /// The listing has a new owner, who also carries the deposit now.
        Transferred {
            /// The listing.
            listing: ListingId,
            /// The old owner.
            from: AccountId,
            /// The new owner.
            to: AccountId,
        },
        /// An offer was made.
        OfferAdded {
            /// The listing.
            listing: ListingId,
            /// Its new offer.
            offer: OfferId,
            /// What a purchase agrees to.
            digest: Digest,
            /// Deposit that went on hold.
            deposit: Balance,
        },
        /// An offer was withdrawn. What was bought by it is not touched.
        OfferWithdrawn {
            /// The listing.
            listing: ListingId,
            /// Its offer.
            offer: OfferId,
            /// Deposit that was returned.
            deposit: Balance,
        },
        /// The owner said what the listing derives from.
        ParentsSet {
            /// The listing.
            listing: ListingId,
            /// Its parents; the next version takes them over.
            parents: Parents,
        },
        /// The owner set the least royalty for what derives from the listing from now on.
        MinRoyaltySet {
            /// The listing.
            listing: ListingId,
            /// In millionths.
            royalty: u32,
        },
        /// Somebody who paid wrote a review.
        Reviewed {
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
        },
        /// The owner answered a review.
        Answered {
            /// The listing.
            listing: ListingId,
            /// Number of the review.
            review: u32,
            /// Digest of the answer.
            digest: Digest,
        },
        /// The listing is a tombstone now.
        Retired {
            /// The listing.
            listing: ListingId,
            /// Deposit for its text that was returned.
            returned: Balance,
        },
        /// The listing is gone, and its deposit was returned.
        Removed {
            /// Its number, which is never used again.
            listing: ListingId,
            /// Deposit that was returned.
            deposit: Balance,
        },
    }
}
