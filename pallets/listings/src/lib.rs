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
mod events;
mod invariants;
mod lineage;
mod moderation;
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

use frame_support::pallet_macros::import_section;
pub use pallet::*;

// The macro's own code expects what it has checked.
#[allow(clippy::expect_used)]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
    use crate::{
        ports::{Dependents, Payments},
        types::{
            Card, Case, Failures, Listing, Moderator, Name, OwnerStatus, Review, StoredOffer, Subject,
            Summary, Tags, Text, Version,
        },
        weights::WeightInfo,
    };
    use frame_support::{pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;
    use souk_primitives::{
        licence::Offer,
        lineage::Parents,
        moderation::{CaseId, DelistReason},
        views::ListingKind,
        AccountId, Balance, BlockNumber, Digest, ListingId, OfferId, VersionId,
    };

    /// Configuration of the pallet.
    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>> {
        /// Money.
        type Currency: fungible::MutateHold<AccountId, Balance = Balance, Reason = Self::RuntimeHoldReason>;
        /// The runtime's reasons for holds.
        type RuntimeHoldReason: From<HoldReason>;
        /// Who appoints and dismisses moderators.
        type ModeratorAdmin: EnsureOrigin<Self::RuntimeOrigin>;
        /// The moderators' track: opens cases of its own, without a bond.
        type ModeratorOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Who decides appeals, and forgives.
        type AppealOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// What refers to listings.
        type Dependents: Dependents;
        /// What was paid for listings.
        type Payments: Payments;
        /// Live blocks.
        type Clock: Get<BlockNumber>;
        /// Live blocks of a notice: between the opening of a case and its effect, if nobody appeals.
        type AppealPeriod: Get<BlockNumber>;
        /// Live blocks in which an appeal can be decided. Longer than any poll that may decide it takes.
        type AppealWindow: Get<BlockNumber>;
        /// What a case ties of its moderator's bond.
        type CaseBond: Get<Balance>;
        /// Least bond of a moderator that opens a case.
        type MinModeratorBond: Get<Balance>;
        /// Deposit of an appeal.
        type AppealDeposit: Get<Balance>;
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
        type BenchmarkHelper: crate::ports::BenchmarkHelper;
    }

    /// Why this pallet holds money.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// Deposits of an owner's listings, versions and offers.
        Listing,
        /// Bond of a moderator.
        Moderator,
        /// Deposits of appeals.
        Appeal,
    }

    /// Raised with every change of what is stored; an upgrade migrates by it.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// The pallet.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
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

    /// Live block in which its owner took a listing off the market; nothing while it is on it.
    #[pallet::storage]
    pub type OffSince<T> = StorageMap<_, Blake2_128Concat, ListingId, BlockNumber>;

    /// Who was offered a listing.
    #[pallet::storage]
    pub type Transfers<T> = StorageMap<_, Blake2_128Concat, ListingId, AccountId>;

    /// Number of the next case.
    #[pallet::storage]
    pub type NextCase<T> = StorageValue<_, CaseId, ValueQuery>;

    /// Who is a moderator, or has a bond left of having been one.
    #[pallet::storage]
    pub type Moderators<T> = StorageMap<_, Blake2_128Concat, AccountId, Moderator>;

    /// Cases that are not closed yet, by listing.
    #[pallet::storage]
    pub type Cases<T> = StorageMap<_, Blake2_128Concat, ListingId, Case>;

    /// Who failed against which listing, and with which reason.
    #[pallet::storage]
    pub type Failed<T> = StorageMap<_, Blake2_128Concat, ListingId, Failures, ValueQuery>;

    /// What the caller has to change.
    #[pallet::error]
    #[derive(PartialEq)]
    pub enum Error<T> {
        /// There is no such listing.
        NotFound,
        /// Only the owner may do this; for a transfer, only the account that was offered the listing; a case is withdrawn
        /// only by who opened it.
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
        /// The listing is not delisted, or by a case of another number.
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
        /// Nobody reviews or moderates a listing of its own.
        OwnListing,
        /// The account paid nothing for that, or not for this listing, or it is not settled yet.
        NotAPayer,
        /// That was reviewed already.
        AlreadyReviewed,
        /// There is no such review.
        ReviewNotFound,
        /// The review was answered already.
        AlreadyAnswered,
        /// The account is a moderator already.
        AlreadyModerator,
        /// Governance did not appoint the account, or dismissed it.
        NotAModerator,
        /// A moderator needs a bond of `MinModeratorBond`, with `CaseBond` of it free of other cases: post more.
        BondTooLow,
        /// Open cases need that much of the bond, or the least bond: end them first.
        BondTied,
        /// A case against the listing is not closed: it ends by a decision or its withdrawal, or by `close_case` when its
        /// time is over.
        CaseOpen,
        /// There is no open case of that number against the listing.
        NoCase,
        /// The case's time is over: the listing is delisted, `close_case` frees what is on hold, and only `relist` helps.
        CaseOver,
        /// An appeal is made within the notice, not after it.
        NoticeOver,
        /// There is one appeal in a case.
        AlreadyAppealed,
        /// Nobody appealed: there is nothing to decide.
        NotAppealed,
        /// The moderator failed against this listing before: another moderator or the moderators' track may take it up.
        AlreadyFailed,
        /// Moderators failed against this listing too often: only the moderators' track may open a case.
        TooManyFailures,
        /// No number is left for a case.
        TooManyCases,
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

        /// Opens a case: the listing is delisted when its notice is over, unless its owner appeals. `evidence` is the
        /// digest of what shows the reason. A part of the moderator's bond is tied to the case; the moderators' track
        /// needs none, and its case takes the place of a moderator's against which nobody has appealed.
        ///
        /// Errors: `NotAModerator`, `NotFound`, `Retired`, `AlreadyDelisted`, `CaseOpen`, `OwnListing`, `AlreadyFailed`,
        /// `TooManyFailures`, `BondTooLow`, `TooManyCases`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::delist())]
        pub fn delist(
            origin: OriginFor<T>,
            listing: ListingId,
            reason: DelistReason,
            evidence: Digest,
        ) -> DispatchResult {
            let by = Self::accuser(origin)?;
            Self::do_delist(by, listing, reason, evidence)
        }

        /// Forgives: a listing that was delisted by that case is as its owner set it.
        ///
        /// Errors: bad origin, `NotFound`, `NotDelisted`, `CaseOpen` (nothing is delisted yet).
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::relist())]
        pub fn relist(origin: OriginFor<T>, listing: ListingId, case: CaseId) -> DispatchResult {
            T::AppealOrigin::ensure_origin(origin)?;
            Self::do_relist(listing, case)
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
        /// Errors: `NotFound`, `NotAuthorized`, `CaseOpen`, `OpenPurchases`, `InUse`.
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
        /// Errors: `NotFound`, `NotAuthorized`, `Retired`, `CaseOpen`, `OpenPurchases`, `InUse`.
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

        /// Makes an account a moderator. It can open cases once it has posted its bond.
        ///
        /// Errors: bad origin, `AlreadyModerator`.
        #[pallet::call_index(16)]
        #[pallet::weight(T::WeightInfo::appoint_moderator())]
        pub fn appoint_moderator(origin: OriginFor<T>, who: AccountId) -> DispatchResult {
            T::ModeratorAdmin::ensure_origin(origin)?;
            Self::do_appoint_moderator(who)
        }

        /// Dismisses a moderator. Its open cases go on; what no case needs of its bond it may take back.
        ///
        /// Errors: bad origin, `NotAModerator`.
        #[pallet::call_index(17)]
        #[pallet::weight(T::WeightInfo::dismiss_moderator())]
        pub fn dismiss_moderator(origin: OriginFor<T>, who: AccountId) -> DispatchResult {
            T::ModeratorAdmin::ensure_origin(origin)?;
            Self::do_dismiss_moderator(who)
        }

        /// Adds to the signer's bond as a moderator.
        ///
        /// Errors: `NotAModerator`, `InsufficientFree`.
        #[pallet::call_index(18)]
        #[pallet::weight(T::WeightInfo::post_bond())]
        pub fn post_bond(origin: OriginFor<T>, amount: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_post_bond(who, amount)
        }

        /// Takes back what no open case needs of the signer's bond: all of it without a case, else what is beyond both
        /// the least bond and what is tied.
        ///
        /// Errors: `NotAModerator`, `BondTied`.
        #[pallet::call_index(19)]
        #[pallet::weight(T::WeightInfo::withdraw_bond())]
        pub fn withdraw_bond(origin: OriginFor<T>, amount: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw_bond(who, amount)
        }

        /// Appeals against the open case, once, within its notice. A deposit goes on hold, and nothing is delisted until
        /// the appeal is decided or its window is over. `statement` is the digest of what the owner says.
        ///
        /// Errors: `NotFound`, `NotAuthorized`, `NoCase`, `AlreadyAppealed`, `NoticeOver`, `InsufficientFree`.
        #[pallet::call_index(20)]
        #[pallet::weight(T::WeightInfo::appeal())]
        pub fn appeal(origin: OriginFor<T>, listing: ListingId, statement: Digest) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_appeal(who, listing, statement)
        }

        /// Decides the appeal in a case. Upheld, the listing is delisted at once and the owner's deposit is lost; else it
        /// is as it was and the moderator's bond for the case is lost. Half goes to the other side, the rest is burnt.
        ///
        /// Errors: bad origin, `NotFound`, `NoCase`, `NotAppealed`, `CaseOver`.
        #[pallet::call_index(21)]
        #[pallet::weight(T::WeightInfo::decide_appeal())]
        pub fn decide_appeal(
            origin: OriginFor<T>,
            listing: ListingId,
            case: CaseId,
            uphold_delisting: bool,
        ) -> DispatchResult {
            T::AppealOrigin::ensure_origin(origin)?;
            Self::do_decide_appeal(listing, case, uphold_delisting)
        }

        /// Takes a case back, by who opened it. Before an appeal it costs nothing, after it as much as an appeal that is
        /// lost; either way the moderator can't open another one against the listing.
        ///
        /// Errors: `NotFound`, `NoCase`, `NotAuthorized`, `CaseOver`.
        #[pallet::call_index(22)]
        #[pallet::weight(T::WeightInfo::withdraw_case())]
        pub fn withdraw_case(origin: OriginFor<T>, listing: ListingId) -> DispatchResult {
            let by = Self::accuser(origin)?;
            Self::do_withdraw_case(by, listing)
        }

        /// Frees what is on hold for a case whose time is over: nobody appealed, or nobody decided. Anyone may call it.
        /// The listing is delisted either way, closed or not.
        ///
        /// Errors: `NotFound`, `NoCase`, `CaseOpen`.
        #[pallet::call_index(23)]
        #[pallet::weight(T::WeightInfo::close_case())]
        pub fn close_case(origin: OriginFor<T>, listing: ListingId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_close_case(listing)
        }
    }
}
