#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing
    )
)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod catalogue;
mod ending;
mod invariants;
mod lineage;
mod offers;
pub mod ports;
mod reads;
mod reviews;
pub mod types;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;

// The macro's own code expects what it has checked.
#[allow(clippy::expect_used)]
#[frame_support::pallet]
pub mod pallet {
    use crate::{
        ports::{Dependents, Payments},
        types::{
            Card, Listing, Name, OwnerStatus, Review, StoredOffer, Subject, Summary, Tags, Text, Version,
        },
        weights::WeightInfo,
    };
    use frame_support::{pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;
    use souk_primitives::{
        licence::Offer, lineage::Parents, views::ListingKind, AccountId, Balance, BlockNumber, Digest,
        ListingId, OfferId, VersionId,
    };

    /// Configuration of the pallet.
    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>> {
        /// Money.
        type Currency: fungible::MutateHold<AccountId, Balance = Balance, Reason = Self::RuntimeHoldReason>;
        /// The runtime's reasons for holds.
        type RuntimeHoldReason: From<HoldReason>;
        /// Who may delist.
        type ModeratorOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// What refers to listings.
        type Dependents: Dependents;
        /// What was paid for listings.
        type Payments: Payments;
        /// Live blocks.
        type Clock: Get<BlockNumber>;
        /// Live blocks between a decision to delist and its effect.
        type AppealPeriod: Get<BlockNumber>;
        /// Flat deposit of a listing.
        type ListingDeposit: Get<Balance>;
        /// Flat deposit of a version.
        type VersionDeposit: Get<Balance>;
        /// Flat deposit of an offer.
        type OfferDeposit: Get<Balance>;
        /// Deposit of each stored byte, beside the flat ones.
        type ByteDeposit: Get<Balance>;
        /// Most versions of a listing.
        #[pallet::constant]
        type MaxVersions: Get<u32>;
        /// Weights.
        type WeightInfo: WeightInfo;
        /// What the benchmarks need.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::ports::BenchmarkHelper<Self::RuntimeOrigin>;
    }

    /// Why this pallet holds money.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// Deposits of an owner's listings, versions and offers.
        Listing,
    }

    /// The pallet.
    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// Number of the next listing.
    #[pallet::storage]
    pub type NextListing<T> = StorageValue<_, ListingId, ValueQuery>;

    /// Listings by number.
    #[pallet::storage]
    pub type Listings<T> = StorageMap<_, Blake2_128Concat, ListingId, Listing>;

    /// Versions of listings.
    #[pallet::storage]
    pub type Versions<T> =
        StorageDoubleMap<_, Blake2_128Concat, ListingId, Blake2_128Concat, VersionId, Version>;

    /// Offers that are not withdrawn.
    #[pallet::storage]
    pub type Offers<T> =
        StorageDoubleMap<_, Blake2_128Concat, ListingId, Blake2_128Concat, OfferId, StoredOffer>;

    /// What derives from a listing: by parent and child.
    #[pallet::storage]
    pub type Children<T> = StorageDoubleMap<_, Blake2_128Concat, ListingId, Blake2_128Concat, ListingId, ()>;

    /// Reviews by listing and number.
    #[pallet::storage]
    pub type Reviews<T> = StorageDoubleMap<_, Blake2_128Concat, ListingId, Twox64Concat, u32, Review>;

    /// What was reviewed: nothing is twice.
    #[pallet::storage]
    pub type Reviewed<T> = StorageMap<_, Blake2_128Concat, Subject, ()>;

    /// What counts of each reviewer's fees, by listing.
    #[pallet::storage]
    pub type Payers<T> =
        StorageDoubleMap<_, Blake2_128Concat, ListingId, Blake2_128Concat, AccountId, Balance>;

    /// Who was offered a listing.
    #[pallet::storage]
    pub type Transfers<T> = StorageMap<_, Blake2_128Concat, ListingId, AccountId>;

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
        /// Governance takes it off when the appeal period is over.
        DelistingBegun {
            /// The listing.
            listing: ListingId,
            /// Reason code.
            reason: u8,
            /// Last live block of the appeal period.
            appeal_until: BlockNumber,
        },
        /// Governance took its decision back.
        Relisted {
            /// The listing.
            listing: ListingId,
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

    /// What the caller has to change.
    #[pallet::error]
    #[derive(PartialEq)]
    pub enum Error<T> {
        /// There is no such listing.
        NotFound,
        /// Only the owner may do this; for a transfer, only the account that was offered the listing.
        NotAuthorized,
        /// A listing needs a name.
        EmptyName,
        /// Text must be UTF-8.
        NotUtf8,
        /// Content has 1 byte to 4 TiB; only a service may have none.
        SizeOutOfRange,
        /// The number of chunks must be `ceil(size / 65536)`.
        WrongChunkCount,
        /// The listing has as many versions as it may have.
        TooManyVersions,
        /// No number is left for a listing.
        TooManyListings,
        /// Less money is free (neither held nor frozen) than the deposit needs.
        InsufficientFree,
        /// Something still refers to the listing; end that first.
        InUse,
        /// The listing was delisted; only governance can change that.
        AlreadyDelisted,
        /// There is no decision to take back.
        NotDelisted,
        /// Nobody was offered the listing.
        NoTransferOffered,
        /// The listing is the account's own already.
        AlreadyOwner,
        /// The listing is a tombstone, for good.
        Retired,
        /// A purchase is open; it ends by its own rules.
        OpenPurchases,
        /// A version without content has no root.
        RootWithoutContent,
        /// The listing has as many offers as it may have: withdraw one.
        TooManyOffers,
        /// There is no such offer, or it was withdrawn.
        OfferNotFound,
        /// The offer names no purpose, or an unknown one.
        BadPurposes,
        /// A licence has 1 to 64 seats.
        BadSeats,
        /// A lease lasts at least a block and at most a century.
        BadPeriod,
        /// A metered offer has a share of at most 50 % and one seat, and can't be transferable.
        BadMetered,
        /// A referrer's share is at most 5 %.
        ReferralTooHigh,
        /// An offer needs time to deliver.
        NoDelivery,
        /// There is no such parent, or not that version of it.
        ParentNotFound,
        /// Something delisted can't be named as a parent.
        ParentDelisted,
        /// A parent has a smaller number than its child.
        ParentNotOlder,
        /// A parent is named twice.
        ParentTwice,
        /// A parent that was named stays, at no smaller royalty and no older version.
        ParentDropped,
        /// The parent's owner asks for a higher royalty.
        RoyaltyTooLow,
        /// All royalties together are at most 50 %.
        RoyaltiesTooHigh,
        /// Stars are 1 to 5.
        BadStars,
        /// Nobody reviews a listing of its own.
        OwnListing,
        /// The account paid nothing for that, or not for this listing, or it is not settled yet.
        NotAPayer,
        /// That was reviewed already.
        AlreadyReviewed,
        /// There is no such review.
        ReviewNotFound,
        /// The review was answered already.
        AlreadyAnswered,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Offers something. Its deposit goes on hold at the caller's account.
        ///
        /// Errors: `EmptyName`, `NotUtf8`, `InsufficientFree`, `TooManyListings`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::register())]
        pub fn register(
            origin: OriginFor<T>,
            kind: ListingKind,
            name: Name,
            summary: Summary,
            tags: Tags,
            card: Card,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_register(who, kind, Text { name, summary, tags, card })
        }

        /// Publishes the next version of a listing: `content_root` is the root of the sum tree over
        /// `(blake2_256(chunk), length)`, `manifest` the digest of the manifest.
        ///
        /// Errors: `NotFound`, `NotAuthorized`, `Retired`, `AlreadyDelisted`, `SizeOutOfRange`, `WrongChunkCount`,
        /// `RootWithoutContent`, `TooManyVersions`, `InsufficientFree`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::publish_version())]
        pub fn publish_version(
            origin: OriginFor<T>,
            listing: ListingId,
            content_root: Digest,
            size: u64,
            chunks: u32,
            manifest: Digest,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_publish_version(who, listing, content_root, size, chunks, manifest)
        }

        /// Replaces the text of a listing; the deposit follows its length.
        ///
        /// Errors: `NotFound`, `NotAuthorized`, `Retired`, `EmptyName`, `NotUtf8`, `InsufficientFree`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_text())]
        pub fn set_text(
            origin: OriginFor<T>,
            listing: ListingId,
            name: Name,
            summary: Summary,
            tags: Tags,
            card: Card,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_text(who, listing, Text { name, summary, tags, card })
        }

        /// Says whether the listing is on offer. What is open ends by its own rules, whatever the status.
        ///
        /// Errors: `NotFound`, `NotAuthorized`, `Retired`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::set_status())]
        pub fn set_status(origin: OriginFor<T>, listing: ListingId, status: OwnerStatus) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_status(who, listing, status)
        }

        /// Takes a listing off, with a reason code, when the appeal period is over.
        ///
        /// Errors: bad origin, `NotFound`, `AlreadyDelisted`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::delist())]
        pub fn delist(origin: OriginFor<T>, listing: ListingId, reason: u8) -> DispatchResult {
            T::ModeratorOrigin::ensure_origin(origin)?;
            Self::do_delist(listing, reason)
        }

        /// Takes a decision to delist back, during the appeal period or after it.
        ///
        /// Errors: bad origin, `NotFound`, `NotDelisted`.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::relist())]
        pub fn relist(origin: OriginFor<T>, listing: ListingId) -> DispatchResult {
            T::ModeratorOrigin::ensure_origin(origin)?;
            Self::do_relist(listing)
        }

        /// Offers the listing to another account, or withdraws that offer (`None`).
        ///
        /// Errors: `NotFound`, `NotAuthorized`, `AlreadyOwner`, `NoTransferOffered` (nothing to withdraw).
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::offer_transfer())]
        pub fn offer_transfer(
            origin: OriginFor<T>,
            listing: ListingId,
            to: Option<AccountId>,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_offer_transfer(who, listing, to)
        }

        /// Takes a listing that was offered. The caller's deposit goes on hold, the old owner's returns.
        ///
        /// Errors: `NotFound`, `NoTransferOffered`, `NotAuthorized`, `InsufficientFree`.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::accept_transfer())]
        pub fn accept_transfer(origin: OriginFor<T>, listing: ListingId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_accept_transfer(who, listing)
        }

        /// Removes a listing with all its versions and returns the whole deposit. Possible only while nothing refers
        /// to it.
        ///
        /// Errors: `NotFound`, `NotAuthorized`, `InUse`.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::remove(T::MaxVersions::get()))]
        pub fn remove(origin: OriginFor<T>, listing: ListingId) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            let versions = Self::do_remove(who, listing)?;
            Ok(Some(T::WeightInfo::remove(versions)).into())
        }

        /// Offers a grant at a price. Its deposit goes on hold.
        ///
        /// Errors: `NotFound`, `NotAuthorized`, `Retired`, `TooManyOffers`, `InsufficientFree`, and one for each part of
        /// the offer that is out of range.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::add_offer())]
        pub fn add_offer(origin: OriginFor<T>, listing: ListingId, offer: Offer) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_add_offer(who, listing, offer)
        }

        /// Withdraws an offer and returns its deposit. Purchases and licences that came of it are not touched.
        ///
        /// Errors: `NotFound`, `NotAuthorized`, `OfferNotFound`.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::withdraw_offer())]
        pub fn withdraw_offer(origin: OriginFor<T>, listing: ListingId, offer: OfferId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw_offer(who, listing, offer)
        }

        /// Says what the listing derives from: versions of older listings, with the royalties that their owners get. The
        /// next version takes it over; what was published keeps its own parents.
        ///
        /// Errors: `NotFound`, `NotAuthorized`, `Retired`, `ParentNotFound`, `ParentDelisted`, `ParentNotOlder`,
        /// `ParentTwice`, `ParentDropped`, `RoyaltyTooLow`, `RoyaltiesTooHigh`.
        #[pallet::call_index(11)]
        #[pallet::weight(T::WeightInfo::set_parents())]
        pub fn set_parents(origin: OriginFor<T>, listing: ListingId, parents: Parents) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_parents(who, listing, parents)
        }

        /// Sets the least royalty, in millionths, for whoever names the listing as a parent from now on.
        ///
        /// Errors: `NotFound`, `NotAuthorized`, `Retired`, `RoyaltiesTooHigh`.
        #[pallet::call_index(12)]
        #[pallet::weight(T::WeightInfo::set_min_royalty())]
        pub fn set_min_royalty(origin: OriginFor<T>, listing: ListingId, royalty: u32) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_min_royalty(who, listing, royalty)
        }

        /// Makes a tombstone of a listing, for good: versions, lineage, offers and reviews stay, the text goes, and so does
        /// its part of the deposit.
        ///
        /// Errors: `NotFound`, `NotAuthorized`, `Retired`, `OpenPurchases`, `InUse`.
        #[pallet::call_index(13)]
        #[pallet::weight(T::WeightInfo::retire())]
        pub fn retire(origin: OriginFor<T>, listing: ListingId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_retire(who, listing)
        }

        /// Reviews a listing, once for each licence or closed channel that the signer paid for.
        ///
        /// Errors: `NotFound`, `BadStars`, `OwnListing`, `AlreadyReviewed`, `NotAPayer`.
        #[pallet::call_index(14)]
        #[pallet::weight(T::WeightInfo::review())]
        pub fn review(
            origin: OriginFor<T>,
            listing: ListingId,
            subject: Subject,
            stars: u8,
            digest: Digest,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_review(who, listing, subject, stars, digest)
        }

        /// Answers a review, once.
        ///
        /// Errors: `NotFound`, `NotAuthorized`, `ReviewNotFound`, `AlreadyAnswered`.
        #[pallet::call_index(15)]
        #[pallet::weight(T::WeightInfo::answer())]
        pub fn answer(
            origin: OriginFor<T>,
            listing: ListingId,
            review: u32,
            digest: Digest,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_answer(who, listing, review, digest)
        }
    }
}
