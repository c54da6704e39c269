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
mod delivery;
mod ending;
mod events;
mod housekeeping;
mod invariants;
mod licences;
mod metered;
mod money;
mod ordering;
pub mod ports;
mod stores;
pub mod types;
mod views;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

use frame_support::pallet_macros::import_section;
pub use pallet::*;
pub use weights::WeightInfo;

// The macros' own code expects what they have checked; `purchase` takes plain arguments, for wallets.
#[allow(clippy::expect_used, clippy::too_many_arguments)]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
    use super::{
        ports::{Catalogue, Trades},
        types::{Amounts, Offered, Order, Purchase, Store, StoredLicence, Task, Users},
        WeightInfo,
    };
    use alloc::boxed::Box;
    use frame_support::{pallet_prelude::*, traits::fungible, weights::WeightMeter, PalletId};
    use frame_system::pallet_prelude::*;
    use souk_primitives::{
        close::CloseReason,
        complaint::{Complaint, Fault},
        endpoint::Endpoint,
        exchange::SealedKey,
        licence::{Grant, Purposes},
        AccountId, Balance, BlockNumber, Digest, LicenceId, ListingId, OfferId, PurchaseId, VersionId,
    };

    /// Raised with every change of what is stored; an upgrade migrates by it.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// The pallet.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Configuration of the pallet.
    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = sp_core::H256> {
        /// Money.
        type Currency: fungible::Mutate<AccountId, Balance = Balance>
            + fungible::InspectHold<AccountId, Reason = Self::RuntimeHoldReason>
            + fungible::MutateHold<AccountId>;

        /// The runtime's hold reasons.
        type RuntimeHoldReason: From<HoldReason>;

        /// Names the account that keeps shares for who could not take them.
        type PalletId: Get<PalletId>;

        /// Listings.
        type Catalogue: Catalogue;

        /// Who learns of sales.
        type Trades: Trades;

        /// Live blocks so far.
        type Clock: Get<BlockNumber>;

        /// Gets half of the protocol fee.
        type Treasury: Get<AccountId>;

        /// Protocol fee, in millionths of the price.
        type ProtocolFee: Get<u32>;

        /// What the largest complaint costs its sender.
        type ComplaintFee: Get<Balance>;

        /// Live blocks for a copy at most, whatever the offer says.
        type MaxDelivery: Get<BlockNumber>;

        /// Live blocks to accept a copy, beside what moving its bytes takes.
        type AcceptWindow: Get<BlockNumber>;

        /// Live blocks to reveal the key.
        type RevealWindow: Get<BlockNumber>;

        /// Live blocks to complain, beside what reading the bytes takes.
        type ComplainWindow: Get<BlockNumber>;

        /// Live blocks before a buyer may give up waiting for a copy.
        type CancelAfter: Get<BlockNumber>;

        /// Most open purchases of one buyer at one listing.
        type MaxOpen: Get<u32>;

        /// Live blocks after which what serving has brought is paid out: many batches at once.
        type PayoutAfter: Get<BlockNumber>;

        /// Deposit of an announced store.
        type StoreDeposit: Get<Balance>;

        /// Live blocks for which what has ended stays readable.
        type HistoryDepth: Get<BlockNumber>;

        /// Weights.
        type WeightInfo: WeightInfo;

        /// Sets the scene for benchmarks.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::ports::BenchmarkHelper;
    }

    /// Why money is on hold.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// On the buyer: price and complaint deposit of its open purchases.
        Purchase,
        /// On the seller: bonds of the copies that it offered.
        Bond,
        /// On a seller: the deposit of its announced store.
        Store,
    }

    /// Where copies of what an account sells are fetched.
    #[pallet::storage]
    pub type Stores<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, Store>;

    /// Purchases, ended ones until they are forgotten.
    #[pallet::storage]
    pub type Purchases<T: Config> = StorageMap<_, Blake2_128Concat, PurchaseId, Purchase>;

    /// How many purchases there ever were: makes their ids distinct.
    #[pallet::storage]
    pub type PurchaseCount<T: Config> = StorageValue<_, u64, ValueQuery>;

    /// Purchases by buyer and seller.
    #[pallet::storage]
    pub type PurchasesOf<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, AccountId, Blake2_128Concat, PurchaseId, ()>;

    /// Open purchases of a listing by buyer.
    #[pallet::storage]
    pub type OpenAt<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, ListingId, Blake2_128Concat, AccountId, u32, ValueQuery>;

    /// One-time keys that were used: a second complaint with one would expose another copy.
    #[pallet::storage]
    pub type UsedKeys<T: Config> = StorageMap<_, Blake2_128Concat, Digest, ()>;

    /// Licences, by the id of their purchase.
    #[pallet::storage]
    pub type Licences<T: Config> = StorageMap<_, Blake2_128Concat, LicenceId, StoredLicence>;

    /// Licences of a listing.
    #[pallet::storage]
    pub type LicencesAt<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, ListingId, Blake2_128Concat, LicenceId, ()>;

    /// What an account may use, as a holder or on a seat: by account, listing and licence.
    #[pallet::storage]
    pub type Usable<T: Config> = StorageNMap<
        _,
        (
            NMapKey<Blake2_128Concat, AccountId>,
            NMapKey<Blake2_128Concat, ListingId>,
            NMapKey<Blake2_128Concat, LicenceId>,
        ),
        (),
    >;

    /// Who sits on a licence beside its holder.
    #[pallet::storage]
    pub type Seats<T: Config> = StorageMap<_, Blake2_128Concat, LicenceId, Users, ValueQuery>;

    /// The latest metered licence, by provider and listing.
    #[pallet::storage]
    pub type Metered<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, AccountId, Blake2_128Concat, ListingId, LicenceId>;

    /// What serving under a metered licence has brought its publisher and is not paid out yet, on the claim account; and
    /// the place on the agenda where it will be.
    #[pallet::storage]
    pub type Pots<T: Config> = StorageMap<_, Blake2_128Concat, LicenceId, (Balance, BlockNumber)>;

    /// What is due when: by the last live block before it.
    #[pallet::storage]
    pub type Agenda<T: Config> = StorageDoubleMap<_, Twox64Concat, BlockNumber, Blake2_128Concat, Task, ()>;

    /// First live block whose tasks are not all done.
    #[pallet::storage]
    pub type AgendaCursor<T: Config> = StorageValue<_, BlockNumber, ValueQuery>;

    /// Shares that are kept on the claim account, by whose they are.
    #[pallet::storage]
    pub type Claims<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, Balance, ValueQuery>;

    /// Why a call is refused, and so what to do next.
    #[pallet::error]
    #[derive(PartialEq, Eq)]
    pub enum Error<T> {
        /// There is no such listing.
        ListingNotFound,
        /// The listing is paused, deprecated, delisted or retired.
        NotForSale,
        /// There is no such offer, or it was withdrawn.
        OfferNotFound,
        /// The offer has another digest: read it again.
        OfferChanged,
        /// The offer has other terms than those agreed to.
        TermsChanged,
        /// There is no such version.
        VersionNotFound,
        /// The version has another content root.
        ContentChanged,
        /// The offer does not allow that purpose.
        PurposeNotAllowed,
        /// The owner needs no licence for what it owns.
        OwnListing,
        /// Buyer and seller can't be the referrer.
        BadReferrer,
        /// The key is not the one encoding of its point, or of small order: take a random one.
        WeakKey,
        /// The key was used before: take a new one for each purchase.
        KeyUsed,
        /// The buyer has as many open purchases of this listing as it may.
        TooManyOpen,
        /// Less money is free (neither held nor frozen) than has to go on hold.
        InsufficientFree,
        /// A number would go out of range.
        Overflow,
        /// There is no such purchase, or it was forgotten.
        PurchaseNotFound,
        /// Only the buyer may do that.
        NotBuyer,
        /// Only the seller may do that.
        NotSeller,
        /// The purchase is not at that stage.
        WrongStage,
        /// The deadline has passed.
        TooLate,
        /// It is too early: the other side has time left.
        TooEarly,
        /// The purchase ended.
        Ended,
        /// The copy on offer has another root or commitment than the one accepted.
        CopyMismatch,
        /// The complaint proves nothing: an index out of range, or a path that leads to no root.
        MalformedComplaint,
        /// The secret is not that of the buyer's key.
        WrongSecret,
        /// There is no such licence, or it lapsed.
        LicenceNotFound,
        /// Only the holder may do that.
        NotHolder,
        /// The licence has lapsed.
        Lapsed,
        /// Only a lease can be renewed, by an offer of a lease.
        NotALease,
        /// The offer costs more than the highest price named.
        PriceAboveMaximum,
        /// The licence can't change hands.
        NotTransferable,
        /// The account has it already.
        AlreadyThere,
        /// All seats are taken.
        NoSeatFree,
        /// Nobody like that sits there.
        SeatNotFound,
        /// Nothing is kept for this account, or under this licence.
        NothingToClaim,
        /// The endpoint must be an `http` or `https` URL of visible ASCII.
        BadEndpoint,
        /// No store was announced.
        NoStore,
    }

    /// Endows the claim account, so that it can keep shares of any size.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Nothing to configure.
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            use fungible::{Inspect, Mutate};
            let claims = Pallet::<T>::claim_account();
            if T::Currency::total_balance(&claims) < T::Currency::minimum_balance() {
                let _ = T::Currency::mint_into(&claims, T::Currency::minimum_balance());
            }
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_idle(_: BlockNumberFor<T>, limit: Weight) -> Weight {
            let mut meter = WeightMeter::with_limit(limit);
            Self::keep_house(&mut meter);
            meter.consumed()
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Orders `version` of a listing by one of its offers and puts the price and a complaint deposit on hold.
        ///
        /// The call names all that the buyer relies on: the digest of the offer and of its terms, the content root. For
        /// each purchase the buyer makes a new X25519 key. What has nothing to deliver is settled at once.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::purchase())]
        pub fn purchase(
            origin: OriginFor<T>,
            listing: ListingId,
            offer: OfferId,
            offer_digest: Digest,
            version: VersionId,
            content_root: Digest,
            purpose: Purposes,
            terms_digest: Digest,
            buyer_key: Digest,
            referrer: Option<AccountId>,
        ) -> DispatchResult {
            let buyer = ensure_signed(origin)?;
            let order = Order {
                listing,
                offer,
                offer_digest,
                version,
                content_root,
                purpose,
                terms_digest,
                buyer_key,
                referrer,
            };
            Self::do_purchase(buyer, order)
        }

        /// Offers the buyer a copy: the root of its encrypted chunks and the commitment to their key. The seller's bond
        /// goes on hold. Once only.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::offer_copy())]
        pub fn offer_copy(
            origin: OriginFor<T>,
            purchase: PurchaseId,
            ciphertext_root: Digest,
            key_commitment: Digest,
        ) -> DispatchResult {
            let seller = ensure_signed(origin)?;
            Self::do_offer_copy(seller, purchase, Offered { ciphertext_root, key_commitment })
        }

        /// Accepts the copy. Only for who has every chunk and the list of plaintext digests, and has checked both: without
        /// them nothing can be proven later.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::accept_copy())]
        pub fn accept_copy(
            origin: OriginFor<T>,
            purchase: PurchaseId,
            ciphertext_root: Digest,
            key_commitment: Digest,
        ) -> DispatchResult {
            let buyer = ensure_signed(origin)?;
            Self::do_accept_copy(buyer, purchase, Offered { ciphertext_root, key_commitment })
        }

        /// Reveals the content key, sealed to the buyer's key. Sent too late it publishes the key for nothing: make the
        /// transaction mortal.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::reveal_key())]
        pub fn reveal_key(
            origin: OriginFor<T>,
            purchase: PurchaseId,
            sealed_key: SealedKey,
        ) -> DispatchResult {
            let seller = ensure_signed(origin)?;
            Self::do_reveal_key(seller, purchase, sealed_key)
        }

        /// Pays the seller and issues the licence: by the buyer as soon as the key is known, by anyone after the last
        /// block for a complaint.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::settle())]
        pub fn settle(origin: OriginFor<T>, purchase: PurchaseId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_settle(who, purchase)
        }

        /// Proves that the key does not give the listed bytes. Upheld: everything back, the seller's bond on top, the fee
        /// returned. Disproved: settled at once, the complaint deposit to the seller. What proves nothing is refused.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::complain())]
        pub fn complain(
            origin: OriginFor<T>,
            purchase: PurchaseId,
            complaint: Box<Complaint>,
        ) -> DispatchResultWithPostInfo {
            let buyer = ensure_signed(origin)?;
            let upheld = Self::do_complain(buyer, purchase, &complaint)?;
            let pays_fee = if upheld { Pays::No } else { Pays::Yes };
            Ok(pays_fee.into())
        }

        /// Gives up waiting for a copy and takes everything back.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::cancel())]
        pub fn cancel(origin: OriginFor<T>, purchase: PurchaseId) -> DispatchResult {
            let buyer = ensure_signed(origin)?;
            Self::do_cancel(buyer, purchase)
        }

        /// Ends a purchase whose copy is not what was offered, or can't be fetched, as if it had not been accepted in time.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::reject_copy())]
        pub fn reject_copy(origin: OriginFor<T>, purchase: PurchaseId) -> DispatchResult {
            let buyer = ensure_signed(origin)?;
            Self::do_reject_copy(buyer, purchase)
        }

        /// Ends a purchase that missed its deadline. Anyone may; idle blocks do.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::expire())]
        pub fn expire(origin: OriginFor<T>, purchase: PurchaseId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_expire(purchase)
        }

        /// Renews a lease by the offer with this digest, at no more than `max_price`. What is left of the lease is kept.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::renew())]
        pub fn renew(
            origin: OriginFor<T>,
            licence: LicenceId,
            max_price: Balance,
            offer_digest: Digest,
        ) -> DispatchResult {
            let holder = ensure_signed(origin)?;
            Self::do_renew(holder, licence, max_price, offer_digest)
        }

        /// Gives a licence to another account. Its seats become free.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::transfer())]
        pub fn transfer(origin: OriginFor<T>, licence: LicenceId, to: AccountId) -> DispatchResult {
            let holder = ensure_signed(origin)?;
            Self::do_transfer(holder, licence, to)
        }

        /// Lets another account use a licence.
        #[pallet::call_index(11)]
        #[pallet::weight(T::WeightInfo::assign_seat())]
        pub fn assign_seat(origin: OriginFor<T>, licence: LicenceId, user: AccountId) -> DispatchResult {
            let holder = ensure_signed(origin)?;
            Self::do_assign_seat(holder, licence, user)
        }

        /// Frees a seat.
        #[pallet::call_index(12)]
        #[pallet::weight(T::WeightInfo::free_seat())]
        pub fn free_seat(origin: OriginFor<T>, licence: LicenceId, user: AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_free_seat(who, licence, user)
        }

        /// Pays what is kept for an account. Anyone may.
        #[pallet::call_index(13)]
        #[pallet::weight(T::WeightInfo::claim())]
        pub fn claim(origin: OriginFor<T>, owner: AccountId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_claim(owner)
        }

        /// Pays out what serving under a metered licence has brought its publisher. Anyone may; idle blocks do.
        #[pallet::call_index(14)]
        #[pallet::weight(T::WeightInfo::pay_out())]
        pub fn pay_out(origin: OriginFor<T>, licence: LicenceId) -> DispatchResult {
            ensure_signed(origin)?;
            ensure!(Self::do_pay_out(licence), Error::<T>::NothingToClaim);
            Ok(())
        }

        /// Announces where copies of what the account sells are fetched, for buyers to find; `None` takes that back, and its
        /// deposit returns.
        ///
        /// Errors: `BadEndpoint`, `InsufficientFree`, `NoStore`.
        #[pallet::call_index(15)]
        #[pallet::weight(T::WeightInfo::set_store())]
        pub fn set_store(origin: OriginFor<T>, endpoint: Option<Endpoint>) -> DispatchResult {
            Self::do_set_store(ensure_signed(origin)?, endpoint)
        }
    }
}
