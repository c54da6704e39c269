//! # Rewards
//!
//! Who earns from the emission: providers and their validators, and publishers; and stakers, whose era rewards it pays
//! out by itself ([`stakers`]). `docs/rewards.md` says why it is like this; the rules themselves are pure functions in
//! `souk_primitives::{rewards, exam}`.
//!
//! ## Terms
//!
//! - **Pot**: an account into which `pallet-dap` drips a budget ([`ProviderBudget`], [`PublisherBudget`]). What a pot has
//!   beyond its existential deposit and what it owes is **free**: the budget of the epoch that ends next.
//! - **Credit**: what one trade is worth in rewards, in units: a part κ ≤ ½ of what its protocol fee burnt. Paid at the
//!   epoch's **rate** min(1, budget / all credits). So trading with oneself always loses.
//! - **Points**: what a passed exam is worth. They are paid from what usage leaves of the providers' budget, and at most
//!   the provider's **cap**: what its bond may earn between two exams.
//! - **Record**: credits and points of an account in one role, and what has accrued from them.
//! - **Exam**: see [`exam`]. One block is drawn for all specs; who serves an audited spec at a fair price answers as many
//!   questions as its claimed capacity is worth, commits to the answers in time, and is audited for certain.
//!
//! ## How money is counted
//!
//! Nothing is paid by loops. When an epoch ends, its credits get a rate, and what they can be paid at most is *promised*:
//! taken out of the budget at once. A record is settled when it is touched in a later epoch: what it gains moves from
//! promised to *accrued*, what roundings or a cap keep from it is free again, and the last record of an epoch frees the
//! rest. A claim pays what has accrued. Each step is O(1), and `Owed` is exactly what is promised or accrued.
//!
//! Each promise belongs to the epoch of its credits, what has accrued to the epoch in which its record changed last.
//! [`Config::HistoryDepth`] epochs later both are forgotten with that epoch's book, in one step, and the money is free
//! again: **unclaimed returns**. A record that finds no book has nothing.
//!
//! The points of an exam are counted in a book of their own, whose budget is fixed at the end of the first epoch in which
//! all its audits have ended: else whoever is audited late would share another budget. No exam begins before that.
//!
//! ## Who may call what
//!
//! | call | who |
//! | --- | --- |
//! | `claim`, `set_compound` | who has earned something |
//! | `claim_for` | anyone, for someone else, whose money it stays |
//! | `commit_exam` | an active provider on a spec that it serves |
//! | `set_reference` | [`Config::ReferenceOrigin`] |
//!
//! What other pallets tell (trades, ended audits, epochs) are functions of [`Pallet`] that the runtime plugs into their
//! ports.
//!
//! ## Invariants
//!
//! - A pot has at least its existential deposit and what it owes.
//! - What a pot owes is what its books promise and what has accrued in them.
//! - A book counts the credits, the points and the accrued money of its records, and promises at least what they get.
//! - The open round counts the exams that are being audited; there is no exam without it.
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
mod claims;
mod epochs;
pub mod exam;
mod housekeeping;
mod invariants;
pub mod ports;
mod pots;
mod records;
mod sitting;
pub mod stakers;
pub mod types;
mod usage;
mod views;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use ports::Dap;
pub use pots::{ProviderBudget, PublisherBudget, PROVIDERS, PUBLISHERS};
pub use weights::WeightInfo;

// The macro's own code expects what it has checked.
#[allow(clippy::expect_used)]
#[frame_support::pallet]
pub mod pallet {
    use super::{
        exam::Round,
        ports::{Audits, Emission, Providers, Specs, Stakers},
        stakers::Progress,
        types::{Book, Exam, Pot, Record, Role, RoundBook, Traded},
        WeightInfo,
    };
    use alloc::vec::Vec;
    use frame_support::{pallet_prelude::*, traits::fungible, weights::WeightMeter, PalletId};
    use frame_system::pallet_prelude::*;
    use souk_primitives::{close::CloseReason, AccountId, Balance, BatchId, BlockNumber, Digest, SpecId};
    use sp_runtime::{Perbill, Permill};

    /// Raised with every change of what is stored; an upgrade migrates by it.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// The pallet.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Configuration of the pallet. What may change on a running chain is no constant.
    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>> {
        /// Money.
        type Currency: fungible::Mutate<AccountId, Balance = Balance>;
        /// Names the pots, and the account that asks exam questions.
        type PalletId: Get<PalletId>;
        /// What drips into the pots: [`crate::Dap`] of the runtime.
        type Emission: Emission;
        /// The providers.
        type Providers: Providers;
        /// Who audits exams.
        type Audits: Audits;
        /// Who published what is served.
        type Specs: Specs;
        /// The stakers and what ended eras owe them.
        type Stakers: Stakers;
        /// The parent block's VRF; `None` in block 1.
        type Beacon: Get<Option<Digest>>;
        /// Live blocks.
        type Clock: Get<BlockNumber>;
        /// Blocks in an epoch.
        type EpochBlocks: Get<BlockNumber>;
        /// Who sets the reference price of a spec.
        type ReferenceOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// κ: which part of what a trade burnt is credited. More than a half is a half.
        type Kappa: Get<Permill>;
        /// The provider's part of a credit for calls; the rest is the publisher's.
        type ProviderKey: Get<Permill>;
        /// The validator's part of what its providers earn.
        type Commission: Get<Permill>;
        /// Most that a bond earns by exams in a year, as a part of itself.
        type YearlyCap: Get<Permill>;
        /// Epochs from one exam to the next; zero for none. More than an exam's window and its audits last.
        type ExamEvery: Get<u32>;
        /// Seconds for which an exam takes the claimed capacity.
        type ExamSeconds: Get<u32>;
        /// Live blocks in which an exam's answers are committed.
        type ExamWindow: Get<BlockNumber>;
        /// Wrong answers cost so many times what an exam can pay.
        type SafetyFactor: Get<u32>;
        /// How far a price may be over the spec's median for the exam.
        type PriceBand: Get<Permill>;
        /// Milliseconds in an epoch.
        type MillisPerEpoch: Get<u64>;
        /// Epochs after which what was not claimed returns to the budget; at least eight are kept.
        type HistoryDepth: Get<u32>;
        /// Weights.
        type WeightInfo: WeightInfo;
        /// Sets the scene for benchmarks.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::ports::BenchmarkHelper<Self::RuntimeOrigin>;
    }

    /// The running epoch.
    #[pallet::storage]
    pub type Epoch<T> = StorageValue<_, u32, ValueQuery>;

    /// The oldest epoch that is not forgotten.
    #[pallet::storage]
    pub type OldestEpoch<T> = StorageValue<_, u32, ValueQuery>;

    /// What of a pot is promised or has accrued.
    #[pallet::storage]
    pub type Owed<T> = StorageMap<_, Twox64Concat, Pot, Balance, ValueQuery>;

    /// Credits by pot and epoch, what they pay, and what has accrued.
    #[pallet::storage]
    pub type Books<T> = StorageDoubleMap<_, Twox64Concat, Pot, Twox64Concat, u32, Book>;

    /// Points of an exam by the epoch in which it began, and what they pay.
    #[pallet::storage]
    pub type Rounds<T> = StorageMap<_, Twox64Concat, u32, RoundBook>;

    /// What accounts have earned.
    #[pallet::storage]
    pub type Records<T> = StorageDoubleMap<_, Twox64Concat, Role, Blake2_128Concat, AccountId, Record>;

    /// Who wants what it claims to become bond.
    #[pallet::storage]
    pub type Compounding<T> = StorageMap<_, Blake2_128Concat, AccountId, ()>;

    /// Reference price of a spec: most that its price index may be for the exam, and what its points are worth, in units
    /// per 1,000 tokens.
    #[pallet::storage]
    pub type References<T> = StorageMap<_, Blake2_128Concat, SpecId, Balance>;

    /// What was traded on a spec, in a ring of epochs.
    #[pallet::storage]
    pub type Trades<T> = StorageDoubleMap<_, Blake2_128Concat, SpecId, Twox64Concat, u32, Traded, ValueQuery>;

    /// The exam that is going on, or the last one.
    #[pallet::storage]
    pub type CurrentRound<T> = StorageValue<_, Round, ValueQuery>;

    /// Exams that are being audited.
    #[pallet::storage]
    pub type Exams<T> = StorageMap<_, Blake2_128Concat, BatchId, Exam>;

    /// The last exam that a provider committed to on a spec: the epoch in which that began.
    #[pallet::storage]
    pub type Sittings<T> = StorageDoubleMap<_, Blake2_128Concat, SpecId, Blake2_128Concat, AccountId, u32>;

    /// How far the payouts to stakers have got.
    #[pallet::storage]
    pub type Payouts<T> = StorageValue<_, Progress, ValueQuery>;

    /// The last record that an idle block looked at.
    #[pallet::storage]
    pub type RecordCursor<T> = StorageValue<_, (Role, AccountId)>;

    /// The last sitting that an idle block looked at.
    #[pallet::storage]
    pub type SittingCursor<T> = StorageValue<_, (SpecId, AccountId)>;

    /// The last account of [`Compounding`] that an idle block looked at.
    #[pallet::storage]
    pub type CompoundCursor<T> = StorageValue<_, AccountId>;

    /// The last prices that an idle block looked at.
    #[pallet::storage]
    pub type PriceCursor<T> = StorageValue<_, (SpecId, u32)>;

    /// What genesis decides: which part of the emission each budget gets. Empty for none; else the parts must add up to
    /// one and name recipients of the runtime. Every recipient's account is made to exist.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Keys of budgets with their parts.
        pub allocation: Vec<(Vec<u8>, Perbill)>,
        /// The least commission that a validator takes from its nominators.
        pub min_commission: Perbill,
        #[serde(skip)]
        #[allow(missing_docs)]
        pub _marker: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            Pallet::<T>::build_genesis(&self.allocation);
            T::Stakers::genesis(self.min_commission);
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    #[allow(missing_docs)]
    pub enum Event<T: Config> {
        /// An epoch ended: its credits are paid `promised` altogether, at most the pot's budget.
        EpochSettled { epoch: u32, pot: Pot, budget: Balance, credits: Balance, promised: Balance },
        /// What an account earned can be claimed.
        Accrued { account: AccountId, role: Role, amount: Balance },
        /// A claim was paid; `compounded` says whether it became bond.
        Claimed { account: AccountId, amount: Balance, compounded: bool },
        /// From now on, what the account claims becomes bond, or does not.
        CompoundSet { account: AccountId, compound: bool },
        /// What was earned in an epoch and not claimed returned to the budget.
        Forfeited { epoch: u32, pot: Pot, amount: Balance },
        /// The papers of the exam that began in this epoch follow from `drawn`; answers are committed up to and including
        /// live block `commit_by`.
        ExamOpened { epoch: u32, drawn: Digest, commit_by: BlockNumber },
        /// A provider committed to its answers; wrong ones cost `exposure`.
        ExamCommitted {
            exam: BatchId,
            provider: AccountId,
            spec: SpecId,
            count: u32,
            total: Balance,
            exposure: Balance,
        },
        /// Its audits found the answers valid and showed that capacity. No points for who raised its price meanwhile, or
        /// stopped serving.
        ExamPassed { exam: BatchId, provider: AccountId, spec: SpecId, points: Balance, capacity: u32 },
        /// Its audits did not: nothing is earned.
        ExamFailed { exam: BatchId, provider: AccountId, spec: SpecId, reason: CloseReason },
        /// All audits of an exam have ended: its points are paid `promised` altogether, at most the budget.
        ExamSettled { epoch: u32, budget: Balance, points: Balance, promised: Balance },
        /// All stakers of an era were paid; what nobody can claim any more returned to their budget.
        EraSettled { era: u32, returned: Balance },
        /// Reference price of a spec, in units per 1,000 tokens; zero for none.
        ReferenceSet { spec: SpecId, price: Balance },
    }

    /// What the caller has to change.
    #[pallet::error]
    #[derive(PartialEq)]
    pub enum Error<T> {
        /// Nothing has accrued: credits of the running epoch can be claimed once it has ended, and what is older than the
        /// history has returned to the budget.
        NothingToClaim,
        /// The account does not exist, and what it has earned is less than the existential deposit. Pay it the amount that
        /// its view names as missing, or wait until it has earned more.
        BelowExistentialDeposit,
        /// No exam is open: its papers are not drawn yet.
        ExamNotOpen,
        /// The time to commit to this exam's answers is over.
        ExamOver,
        /// The caller is no active provider, or does not serve the spec.
        NotServing,
        /// The spec is not audited: its calibration is not accepted, or too few verifiers can audit this provider.
        NotAudited,
        /// Governance has set no reference price for the spec.
        NoReference,
        /// The price index (3 · input + output) / 4 is above the spec's reference: lower the price.
        PriceAboveReference,
        /// The price index is too far above the median of what was traded on the spec lately: lower the price.
        PriceAboveMedian,
        /// The answers on this spec were committed before.
        AlreadyCommitted,
        /// The paper has another number of questions: the claimed capacity for the time of an exam, by 64 tokens.
        WrongCount,
        /// Each answer has 1 to 64 tokens.
        WrongTotal,
        /// Less money is free (neither held nor frozen) than the reports of the audits cost.
        InsufficientFree,
        /// There is no such spec.
        SpecNotFound,
        /// Only a provider has a bond that rewards can become: register as one first.
        NoProvider,
        /// The caller changed its prices or its capacity on the spec after this exam had begun. They count from the next
        /// one on, if they stay.
        OfferChanged,
        /// Nobody can open a channel with the caller on this spec now: its validator left the set, or the listing is not
        /// active.
        NotForHire,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            if Self::step_round() {
                T::WeightInfo::step_round()
            } else {
                T::DbWeight::get().reads(2)
            }
        }

        fn on_idle(_: BlockNumberFor<T>, limit: Weight) -> Weight {
            let mut meter = WeightMeter::with_limit(limit);
            Self::forget_records(&mut meter);
            Self::forget_prices(&mut meter);
            Self::forget_sittings(&mut meter);
            Self::forget_wishes(&mut meter);
            Self::pay_stakers(&mut meter);
            meter.consumed()
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Pays out what the caller has earned in all its roles, up to the last epoch that has ended.
        ///
        /// Errors: `NothingToClaim`, `BelowExistentialDeposit`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::claim())]
        pub fn claim(origin: OriginFor<T>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_claim(who)
        }

        /// Pays out what `who` has earned, to it.
        ///
        /// Errors: `NothingToClaim`, `BelowExistentialDeposit`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::claim())]
        pub fn claim_for(origin: OriginFor<T>, who: AccountId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_claim(who)
        }

        /// From now on, what is claimed for the caller, a provider, becomes active bond at once; or stays free money.
        ///
        /// Errors: `NoProvider`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_compound())]
        pub fn set_compound(origin: OriginFor<T>, compound: bool) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_compound(who, compound)
        }

        /// Commits to the answers of the caller's paper on a spec: root, sum and number of leaves of the sum tree over
        /// them. They are audited for certain; the reports are paid for now. Wrong or withheld answers cost a multiple of
        /// what the exam can pay.
        ///
        /// Errors: `ExamNotOpen`, `ExamOver`, `NotServing`, `NotAudited`, `NoReference`, `PriceAboveReference`,
        /// `PriceAboveMedian`, `AlreadyCommitted`, `WrongCount`, `WrongTotal`, `InsufficientFree`, `OfferChanged`,
        /// `NotForHire`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::commit_exam())]
        pub fn commit_exam(
            origin: OriginFor<T>,
            spec: SpecId,
            root: Digest,
            total: Balance,
            count: u32,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_commit_exam(who, spec, root, total, count)
        }

        /// Sets the reference price of a spec, in units per 1,000 tokens, as the price index counts them; zero takes it
        /// away, and with it the spec's exams.
        ///
        /// Errors: bad origin, `SpecNotFound`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::set_reference())]
        pub fn set_reference(origin: OriginFor<T>, spec: SpecId, price_index: Balance) -> DispatchResult {
            T::ReferenceOrigin::ensure_origin(origin)?;
            Self::do_set_reference(spec, price_index)
        }
    }
}
