//! # Listings
//!
//! What is offered: models, datasets, services and algorithms, with their versions. This release holds listings,
//! versions, status and deposits; offers, parents and reviews come with a later one.
//!
//! ## Terms
//!
//! - **Listing**: something on offer, with a name, a summary, tags and a **card** (a longer description kept
//!   elsewhere, bound by its digest). Listings are numbered from 0; a number is never used again.
//! - **Version**: what the listing consists of at one time: root, size and chunks of its content, digest of its
//!   manifest. Versions are append-only and never change: the provenance record.
//! - **Deposit**: held at the owner's account while the listing stays: a flat part for the listing and each version,
//!   and a price for each stored byte.
//! - **Delisting**: governance takes a listing off. It bites when the appeal period is over; until then, and after
//!   governance took it back, the listing is as its owner set it.
//!
//! ## States
//!
//! ```text
//!            set_status (owner)                       delist (moderator)
//!  Active <──────────────────> Paused     any ──────────────────────────> appeal period ──> Delisted
//!     ^                          ^         ^                                    │               │
//!     └──────> Deprecated <──────┘         └──────────────── relist ────────────┴───────────────┘
//!
//!  any, with nothing that depends on it ── remove (owner) ──> gone, whole deposit returned
//! ```
//!
//! A status stops new business only. Whatever is open ends by its own rules.
//!
//! ## Who may call what
//!
//! | call | who |
//! | --- | --- |
//! | `register` | anyone who can pay the deposit |
//! | `publish_version`, `set_text`, `set_status`, `offer_transfer`, `remove` | the owner |
//! | `accept_transfer` | the account that was offered the listing; takes over the deposit |
//! | `delist`, `relist` | [`Config::ModeratorOrigin`] |
//!
//! ## Invariants
//!
//! - What is on hold at an account equals the deposits of its listings.
//! - A listing has exactly the versions `0..versions`.
//! - A transfer is only on offer for a listing that exists.
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
mod invariants;
pub mod ports;
mod reads;
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
        ports::Dependents,
        types::{Card, Listing, Name, OwnerStatus, Summary, Tags, Text, Version},
        weights::WeightInfo,
    };
    use frame_support::{pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;
    use souk_primitives::{
        views::ListingKind, AccountId, Balance, BlockNumber, Digest, ListingId, VersionId,
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
        /// Live blocks.
        type Clock: Get<BlockNumber>;
        /// Live blocks between a decision to delist and its effect.
        type AppealPeriod: Get<BlockNumber>;
        /// Flat deposit of a listing.
        type ListingDeposit: Get<Balance>;
        /// Flat deposit of a version.
        type VersionDeposit: Get<Balance>;
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
        /// Deposits of an owner's listings and versions.
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
        /// Content has 1 byte to 4 TiB.
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
        /// Errors: `NotFound`, `NotAuthorized`, `AlreadyDelisted`, `SizeOutOfRange`, `WrongChunkCount`,
        /// `TooManyVersions`, `InsufficientFree`.
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
        /// Errors: `NotFound`, `NotAuthorized`, `EmptyName`, `NotUtf8`, `InsufficientFree`.
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
        /// Errors: `NotFound`, `NotAuthorized`.
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
    }
}
