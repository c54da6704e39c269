//! # Compute
//!
//! Who runs what is listed: providers bonded as validators' sidecars, runnable specs, prices, and the verifiers that
//! audit them.
//!
//! ## Terms
//!
//! - **Provider**: an account that serves inference. It bonds money, names the **validator** whose sidecar it is, and
//!   that validator's stash accepts it. It publishes an endpoint, a key that signs receipts and an X25519 key.
//! - **Bond**: the provider's money that answers for its work. It is *active*, or *unbonding*: on its way out and
//!   slashable until the unbonding period has passed.
//! - **Exposure**: what could be slashed for the provider's open batches. Channels add and free it.
//! - **Spec**: makes a listed version runnable and checkable; its id is the digest of all of it, thresholds included,
//!   so governance accepts a **calibration** for exactly these thresholds.
//! - **Class**: what two honest machines may differ in, with governance's limits of how far apart that puts them. When
//!   a spec is registered, and when its calibration is accepted, its thresholds are no looser than its class's.
//! - **Verifier**: a current validator's stash with a bond of its own and a **seat** for each spec that it can audit.
//! - **Doubts**: an audited batch close to the bound is Doubtful. A third one in twenty audited batches takes the
//!   provider off the spec for an unbonding period; its bond is not touched. Doubts follow the provider and its
//!   validator when an offer ends.
//! - **Outvoted**: a verifier that alone objects where others find the answer valid. The third time in its last twenty
//!   answers on a spec, it loses the seat and is **barred** from it for the time of a notice.
//! - **Linked**: a verifier that is the provider itself, its validator, or a proxy of either. It never audits it.
//! - **Audited**: a spec with an accepted calibration, and enough unlinked verifiers with enough of the active stake.
//!
//! ## Life of a provider
//!
//! ```text
//!            accept_sidecar          drain                      withdraw, when the notice and the unbonding
//!  Pending ────────────────> Active ───────> Draining ───────>  period are over and nothing is open
//!     │                        │                │                    ^
//!     │ withdraw               └─── fraud ──────┴───> Jailed ────────┘  (what is left of the bond)
//!     v
//!   gone
//! ```
//!
//! ## Who may call what
//!
//! | call | who |
//! | --- | --- |
//! | `register_provider` | anyone who can pay the bond; the account is the provider from then on |
//! | `accept_sidecar` | the stash of the validator that the provider named |
//! | `update_provider`, `rotate_receipt_key`, `bond_extra`, `unbond_some`, `withdraw_unbonded`, `serve`, `stop_serving`, `drain`, `withdraw` | the provider |
//! | `register_spec`, `remove_spec` | the owner of the spec's listing |
//! | `register_class`, `remove_class`, `accept_calibration`, `revoke_calibration` | [`Config::CalibrationOrigin`] |
//! | `register_verifier`, `leave_verifier`, `withdraw_verifier` | the stash of a validator |
//!
//! Each may be called through a proxy. What other pallets do (exposure, slashes, jail, records) are functions of
//! [`Pallet`] that the runtime plugs into their ports.
//!
//! ## Invariants
//!
//! - What is on hold at a provider's account equals its active bond and all that is unbonding.
//! - Exposure rule: the exposure of a provider's open batches is at most its active bond, unless it is jailed.
//! - What is on hold for verifiers and specs equals their bonds and deposits.
//! - A provider lists a spec as served iff an offer for it is stored; a spec counts its servers.
//! - A spec stays while it counts open channels.
//! - The thresholds of a class are sound, and stored under what they judge.
//! - No offer has too many doubts, and doubts are kept only where there are any.
//! - A verifier lists a spec iff it has a seat there.
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
pub mod bond;
mod bonds;
mod classes;
mod earning;
mod invariants;
pub mod migrations;
pub mod ports;
mod providers;
mod reads;
mod serving;
mod specs;
mod standing;
pub mod types;
mod verifiers;
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
        bond::Refusal,
        ports::{BondWatch, Links, Listings, Validators},
        types::{Doubt, Hardware, Provider, Seats as SeatList, Serving, SpecEntry, Verifier},
        weights::WeightInfo,
    };
    use alloc::vec::Vec;
    use frame_support::{pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;
    use souk_primitives::{
        call::Prices,
        endpoint::Endpoint,
        exposure::Chance,
        spec::{NumericClass, Spec},
        verdict::{Answers, Thresholds},
        AccountId, Balance, BlockNumber, Digest, ListingId, SpecId,
    };
    use sp_runtime::Permill;

    /// Configuration of the pallet. What may change on a running chain is no constant.
    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>> {
        /// Money.
        type Currency: fungible::MutateHold<AccountId, Balance = Balance, Reason = Self::RuntimeHoldReason>;
        /// The runtime's reasons for holds.
        type RuntimeHoldReason: From<HoldReason>;
        /// Who registers classes and accepts calibrations.
        type CalibrationOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// What is listed.
        type Listings: Listings;
        /// The validators.
        type Validators: Validators;
        /// Which accounts act for each other.
        type Links: Links;
        /// Who watches the bonds of providers.
        type BondWatch: BondWatch;
        /// Live blocks.
        type Clock: Get<BlockNumber>;
        /// Least active bond of a provider.
        type MinProviderBond: Get<Balance>;
        /// Least bond of a verifier.
        type MinVerifierBond: Get<Balance>;
        /// Deposit of a spec.
        type SpecDeposit: Get<Balance>;
        /// Live blocks for which a draining provider still serves.
        type DrainNotice: Get<BlockNumber>;
        /// Live blocks for which unbonding money can be slashed: longer than any batch is open.
        type UnbondingPeriod: Get<BlockNumber>;
        /// Live blocks of notice before a verifier leaves a spec.
        type VerifierNotice: Get<BlockNumber>;
        /// Live blocks for which a spec is kept after the last provider stopped serving it: longer than a channel
        /// and its batches can last.
        type SpecRetention: Get<BlockNumber>;
        /// Unlinked verifiers that an audited spec needs.
        type MinVerifiers: Get<u32>;
        /// Share of the active stake that they need together.
        type MinVerifierStake: Get<Permill>;
        /// Audits that a verifier may let pass before it loses its seat.
        type MaxSilence: Get<u32>;
        /// By how much a slash exceeds what cheating could gain: for quotes.
        type SafetyFactor: Get<u32>;
        /// Least audit chance: for quotes.
        type QMin: Get<Chance>;
        /// Weights.
        type WeightInfo: WeightInfo;
        /// What the benchmarks need.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::ports::BenchmarkHelper<Self::RuntimeOrigin>;
    }

    /// Why this pallet holds money.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// A provider's bond, active and unbonding.
        ProviderBond,
        /// A verifier's bond.
        VerifierBond,
        /// Deposits of specs.
        SpecDeposit,
    }

    /// Raised with every change of what is stored; an upgrade migrates by it.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(2);

    /// The pallet.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Providers.
    #[pallet::storage]
    pub type Providers<T> = StorageMap<_, Blake2_128Concat, AccountId, Provider>;

    /// What is served, by spec and provider.
    #[pallet::storage]
    pub type Servings<T> =
        StorageDoubleMap<_, Blake2_128Concat, SpecId, Blake2_128Concat, AccountId, Serving>;

    /// Doubts of offers that have ended, by spec, for the provider and for its validator. They outlive the spec too, so
    /// that its owner can't wipe them away by registering it again.
    #[pallet::storage]
    pub type Doubted<T> = StorageDoubleMap<_, Blake2_128Concat, SpecId, Blake2_128Concat, AccountId, Doubt>;

    /// The last doubt that an idle block looked at.
    #[pallet::storage]
    pub type DoubtCursor<T> = StorageValue<_, (SpecId, AccountId)>;

    /// How far apart honest machines of a class may be.
    #[pallet::storage]
    pub type Classes<T> = StorageDoubleMap<_, Twox64Concat, NumericClass, Twox64Concat, Answers, Thresholds>;

    /// Specs.
    #[pallet::storage]
    pub type Specs<T> = StorageMap<_, Blake2_128Concat, SpecId, SpecEntry>;

    /// How many specs refer to a listing.
    #[pallet::storage]
    pub type SpecsOf<T> = StorageMap<_, Blake2_128Concat, ListingId, u32, ValueQuery>;

    /// Verifiers by stash.
    #[pallet::storage]
    pub type Verifiers<T> = StorageMap<_, Blake2_128Concat, AccountId, Verifier>;

    /// Who audits a spec.
    #[pallet::storage]
    pub type Seats<T> = StorageMap<_, Blake2_128Concat, SpecId, SeatList, ValueQuery>;

    /// What genesis decides: the classes.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Classes with their thresholds, one entry for each kind of answers.
        pub classes: Vec<(NumericClass, Thresholds)>,
        #[serde(skip)]
        #[allow(missing_docs)]
        pub _marker: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            for (class, thresholds) in &self.classes {
                Pallet::<T>::do_register_class(*class, *thresholds).expect("a class of genesis is sound");
            }
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    #[allow(missing_docs)]
    pub enum Event<T: Config> {
        /// A provider bonded and waits for its validator.
        ProviderRegistered { provider: AccountId, validator: AccountId, bond: Balance },
        /// The validator accepted its sidecar.
        SidecarAccepted { provider: AccountId, validator: AccountId },
        /// Endpoint, hardware or X25519 key changed.
        ProviderUpdated { provider: AccountId, endpoint: Endpoint },
        /// New channels get receipts under this key; open ones keep the old one.
        ReceiptKeyRotated { provider: AccountId, receipt_key: Digest },
        /// The active bond grew by `amount`.
        BondIncreased { provider: AccountId, amount: Balance, active: Balance },
        /// Part of the bond is on its way out, slashable up to and including live block `until`.
        BondUnbonding { provider: AccountId, amount: Balance, active: Balance, until: BlockNumber },
        /// What was unbonding is free.
        BondReleased { provider: AccountId, amount: Balance },
        /// A provider serves a spec, or changed its prices or capacity there.
        Serving { provider: AccountId, spec: SpecId, prices: Prices, capacity: u32 },
        /// A provider stopped serving a spec.
        ServingStopped { provider: AccountId, spec: SpecId },
        /// A provider leaves: no new channels, and its bond stays at least until live block `until`.
        Draining { provider: AccountId, until: BlockNumber },
        /// A provider left with what was left of its bond.
        Withdrawn { provider: AccountId, amount: Balance },
        /// A provider's bond was slashed.
        Slashed { provider: AccountId, amount: Balance, left: Balance },
        /// A provider was convicted; what is left of its bond stays at least until live block `until`.
        Jailed { provider: AccountId, until: BlockNumber },
        /// A version became runnable.
        SpecRegistered { spec: SpecId, listing: ListingId, version: u32, deposit: Balance },
        /// A spec is gone, and its deposit was returned.
        SpecRemoved { spec: SpecId, deposit: Balance },
        /// Specs of the class may be as loose as this from now on; those that are registered stay as they are.
        ClassRegistered { class: NumericClass, thresholds: Thresholds },
        /// No new specs of the class for such answers.
        ClassRemoved { class: NumericClass, answers: Answers },
        /// Governance accepted the calibration of a spec.
        CalibrationAccepted { spec: SpecId, report_fee: Balance },
        /// Governance took that back: channels that are opened from now on are not audited.
        CalibrationRevoked { spec: SpecId },
        /// A validator audits a spec; `bond` is its whole bond.
        VerifierRegistered { stash: AccountId, spec: SpecId, bond: Balance },
        /// A verifier gave notice: it is drawn up to and including live block `until`.
        VerifierLeaving { stash: AccountId, spec: SpecId, until: BlockNumber },
        /// A verifier lost its seat: it let too many audits pass, it was outvoted too often, it is no validator any more,
        /// or the spec is gone.
        VerifierRemoved { stash: AccountId, spec: SpecId },
        /// A verifier took the bond of its last seat back.
        VerifierWithdrawn { stash: AccountId, bond: Balance },
        /// Too many of a provider's audited batches were Doubtful: it was taken off the spec, unslashed, and can't serve
        /// it up to and including live block `until`. Open channels go on, each batch audited for certain.
        ProviderRemoved { provider: AccountId, spec: SpecId, until: BlockNumber },
        /// A verifier was alone with its objections too often: it lost its seat, gets none on that spec up to and
        /// including live block `until`, and its bond stays for as long.
        VerifierBarred { stash: AccountId, spec: SpecId, until: BlockNumber },
    }

    /// What the caller has to change.
    #[pallet::error]
    #[derive(PartialEq)]
    pub enum Error<T> {
        /// There is no such provider, spec, listing version or verifier.
        NotFound,
        /// Only the listing's owner or the named validator may do this.
        NotAuthorized,
        /// It exists already.
        AlreadyExists,
        /// The account is not the stash of a current validator.
        NotValidator,
        /// The provider was accepted before.
        NotPending,
        /// The provider does not serve: it waits for its validator, leaves, or was convicted.
        NotActive,
        /// The provider was convicted.
        ProviderJailed,
        /// The endpoint must be an `http` or `https` URL of visible ASCII.
        BadEndpoint,
        /// Text must be UTF-8.
        NotUtf8,
        /// The bond would be less than the minimum.
        BelowMinimumBond,
        /// Less money is free (neither held nor frozen) than the bond or deposit needs.
        InsufficientFree,
        /// The active bond does not carry that exposure.
        OverExposure,
        /// An amount must be at least one unit.
        ZeroAmount,
        /// Too many decreases of the bond are on their way; take out the old ones first.
        TooManyUnbondings,
        /// Nothing can be taken out yet.
        NothingToWithdraw,
        /// The notice or the unbonding period is not over; drain first.
        NoticeRunning,
        /// Channels or batches of the provider are still open.
        ObligationsOpen,
        /// The provider does not serve that spec.
        NotServing,
        /// The provider serves as many specs as it may.
        TooManyServing,
        /// A capacity of at least one token a second is needed.
        ZeroCapacity,
        /// The listing is paused, deprecated or delisted: nothing new starts on it.
        ListingInactive,
        /// The thresholds contradict themselves, or the context has no token.
        UnsoundSpec,
        /// Governance has registered no such class for such answers, see `Compute.classes`.
        UnknownClass,
        /// A threshold is looser than the class allows, see `Compute.classes`.
        LooserThanClass,
        /// As many specs refer to the listing as can be counted.
        TooManySpecs,
        /// The spec is served, or channels on it are open or may still be.
        SpecInUse,
        /// The spec's calibration is not accepted.
        NotCalibrated,
        /// The spec has as many verifiers as it may have.
        TooManyVerifiers,
        /// The verifier has as many seats as it may have.
        TooManyVerified,
        /// The verifier gave notice before.
        AlreadyLeaving,
        /// Too many audited batches of the provider, or of another sidecar of its validator, were Doubtful: wait until
        /// the removal is over, or serve a spec whose numeric class fits the machine.
        TooManyDoubts,
        /// The spec must name the manifest that its listing's version was published with; another manifest is another
        /// version.
        WrongManifest,
        /// The verifier was alone with its objections on that spec too often: wait until its bar is over.
        Barred,
    }

    impl<T: Config> From<Refusal> for Error<T> {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::OverExposure => Error::OverExposure,
                Refusal::BelowMinimum => Error::BelowMinimumBond,
                Refusal::TooManyUnbondings => Error::TooManyUnbondings,
            }
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_idle(_: BlockNumberFor<T>, limit: Weight) -> Weight {
            let mut meter = frame_support::weights::WeightMeter::with_limit(limit);
            Self::forget_doubts(&mut meter);
            meter.consumed()
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Makes the caller a provider that waits for `validator`'s stash to accept it. `bond` goes on hold.
        ///
        /// Errors: `AlreadyExists`, `NotValidator`, `BadEndpoint`, `NotUtf8`, `BelowMinimumBond`, `InsufficientFree`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::register_provider())]
        pub fn register_provider(
            origin: OriginFor<T>,
            validator: AccountId,
            endpoint: Endpoint,
            receipt_key: Digest,
            seal_key: Digest,
            hardware: Hardware,
            bond: Balance,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_register_provider(who, validator, endpoint, receipt_key, seal_key, hardware, bond)
        }

        /// Accepts a sidecar. The validator shares its shame from then on.
        ///
        /// Errors: `NotFound`, `NotAuthorized`, `NotPending`, `NotValidator`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::accept_sidecar())]
        pub fn accept_sidecar(origin: OriginFor<T>, provider: AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_accept_sidecar(who, provider)
        }

        /// Changes endpoint, hardware and X25519 key.
        ///
        /// Errors: `NotFound`, `BadEndpoint`, `NotUtf8`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::update_provider())]
        pub fn update_provider(
            origin: OriginFor<T>,
            endpoint: Endpoint,
            hardware: Hardware,
            seal_key: Digest,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_update_provider(who, endpoint, hardware, seal_key)
        }

        /// Changes the key that signs receipts, for channels that are opened from now on.
        ///
        /// Errors: `NotFound`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::rotate_receipt_key())]
        pub fn rotate_receipt_key(origin: OriginFor<T>, receipt_key: Digest) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_rotate_receipt_key(who, receipt_key)
        }

        /// Adds to the bond.
        ///
        /// Errors: `NotFound`, `ProviderJailed`, `ZeroAmount`, `InsufficientFree`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::bond_extra())]
        pub fn bond_extra(origin: OriginFor<T>, amount: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_bond_extra(who, amount)
        }

        /// Sends a part of the bond on its way out. What stays must be the minimum and carry the exposure.
        ///
        /// Errors: `NotFound`, `NotActive`, `ZeroAmount`, `BelowMinimumBond`, `OverExposure`, `TooManyUnbondings`.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::unbond_some())]
        pub fn unbond_some(origin: OriginFor<T>, amount: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_unbond_some(who, amount)
        }

        /// Takes out what has been unbonding for long enough.
        ///
        /// Errors: `NotFound`, `NothingToWithdraw`.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::withdraw_unbonded())]
        pub fn withdraw_unbonded(origin: OriginFor<T>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw_unbonded(who)
        }

        /// Leaves: no new channels from now on, open ones finish. The bond stays for the notice and the unbonding
        /// period after it.
        ///
        /// Errors: `NotFound`, `NotActive`.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::drain())]
        pub fn drain(origin: OriginFor<T>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_drain(who)
        }

        /// Takes out the whole bond, or what is left of it, and ends the provider.
        ///
        /// Errors: `NotFound`, `NoticeRunning`, `ObligationsOpen`.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::withdraw())]
        pub fn withdraw(origin: OriginFor<T>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw(who)
        }

        /// Makes a listed version runnable and checkable. Anyone may serve the spec from then on; it is audited once
        /// governance has accepted its calibration and enough verifiers have registered.
        ///
        /// Errors: `NotFound`, `NotAuthorized`, `WrongManifest`, `UnsoundSpec`, `UnknownClass`, `LooserThanClass`,
        /// `AlreadyExists`, `InsufficientFree`, `TooManySpecs`.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::register_spec())]
        pub fn register_spec(origin: OriginFor<T>, spec: Spec) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_register_spec(who, spec)
        }

        /// Removes a spec that nobody serves, on which no channel is open, and which none can need any more; the deposit goes back to who paid it.
        ///
        /// Errors: `NotFound`, `NotAuthorized`, `SpecInUse`.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::remove_spec())]
        pub fn remove_spec(origin: OriginFor<T>, spec: SpecId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_remove_spec(who, spec)
        }

        /// Accepts the calibration behind a spec's thresholds, and sets the flat fee per audit report, in units. May be
        /// repeated to change the fee. The thresholds must still be within the class's.
        ///
        /// Errors: bad origin, `NotFound`, `UnknownClass`, `LooserThanClass`.
        #[pallet::call_index(11)]
        #[pallet::weight(T::WeightInfo::accept_calibration())]
        pub fn accept_calibration(origin: OriginFor<T>, spec: SpecId, report_fee: Balance) -> DispatchResult {
            T::CalibrationOrigin::ensure_origin(origin)?;
            Self::do_accept_calibration(spec, report_fee)
        }

        /// Takes an acceptance back. Open channels are audited as promised when they were opened.
        ///
        /// Errors: bad origin, `NotFound`, `NotCalibrated`.
        #[pallet::call_index(12)]
        #[pallet::weight(T::WeightInfo::revoke_calibration())]
        pub fn revoke_calibration(origin: OriginFor<T>, spec: SpecId) -> DispatchResult {
            T::CalibrationOrigin::ensure_origin(origin)?;
            Self::do_revoke_calibration(spec)
        }

        /// Serves a spec at a price in units per 1,000 tokens, with a capacity in tokens a second; or changes these,
        /// for channels that are opened from now on.
        ///
        /// Errors: `NotFound`, `NotActive`, `BelowMinimumBond`, `ZeroCapacity`, `TooManyServing`, `TooManyDoubts`.
        #[pallet::call_index(13)]
        #[pallet::weight(T::WeightInfo::serve())]
        pub fn serve(
            origin: OriginFor<T>,
            spec: SpecId,
            price_per_1k_input: Balance,
            price_per_1k_output: Balance,
            capacity: u32,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            let prices = Prices { per_1k_input: price_per_1k_input, per_1k_output: price_per_1k_output };
            Self::do_serve(who, spec, prices, capacity)
        }

        /// Stops serving a spec: no new channels on it. Its record there starts again if it serves it later, but for the
        /// doubts of the last unbonding period.
        ///
        /// Errors: `NotFound`, `NotServing`.
        #[pallet::call_index(14)]
        #[pallet::weight(T::WeightInfo::stop_serving())]
        pub fn stop_serving(origin: OriginFor<T>, spec: SpecId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_stop_serving(who, spec)
        }

        /// Takes a seat as verifier of a spec, and adds `bond` to the verifier's bond (the first seat needs the
        /// minimum, later ones may add nothing). In its notice, the verifier stays by calling this again.
        ///
        /// Errors: `NotFound`, `NotValidator`, `AlreadyExists`, `BelowMinimumBond`, `InsufficientFree`,
        /// `TooManyVerified`, `TooManyVerifiers`, `Barred`.
        #[pallet::call_index(15)]
        #[pallet::weight(T::WeightInfo::register_verifier())]
        pub fn register_verifier(origin: OriginFor<T>, spec: SpecId, bond: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_register_verifier(who, spec, bond)
        }

        /// Gives notice for one spec. Until it is over, the verifier is drawn as before.
        ///
        /// Errors: `NotFound`, `AlreadyLeaving`.
        #[pallet::call_index(16)]
        #[pallet::weight(T::WeightInfo::leave_verifier())]
        pub fn leave_verifier(origin: OriginFor<T>, spec: SpecId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_leave_verifier(who, spec)
        }

        /// Gives up the seats whose notice is over; with the last one, the bond returns, if no bar keeps it.
        ///
        /// Errors: `NotFound`, `NothingToWithdraw`.
        #[pallet::call_index(17)]
        #[pallet::weight(T::WeightInfo::withdraw_verifier())]
        pub fn withdraw_verifier(origin: OriginFor<T>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw_verifier(who)
        }

        /// Registers a class, or changes its thresholds, for the answers that these judge. They bound what specs of the
        /// class ask for: registered ones stay, and those that are looser now are audited until their calibrations are
        /// revoked.
        ///
        /// Errors: bad origin, `UnsoundSpec`.
        #[pallet::call_index(18)]
        #[pallet::weight(T::WeightInfo::register_class())]
        pub fn register_class(
            origin: OriginFor<T>,
            class: NumericClass,
            thresholds: Thresholds,
        ) -> DispatchResult {
            T::CalibrationOrigin::ensure_origin(origin)?;
            Self::do_register_class(class, thresholds)
        }

        /// Takes a class back for such answers: no new specs of it, and no more calibrations are accepted.
        ///
        /// Errors: bad origin, `UnknownClass`.
        #[pallet::call_index(19)]
        #[pallet::weight(T::WeightInfo::remove_class())]
        pub fn remove_class(origin: OriginFor<T>, class: NumericClass, answers: Answers) -> DispatchResult {
            T::CalibrationOrigin::ensure_origin(origin)?;
            Self::do_remove_class(class, answers)
        }
    }
}
