//! Whether they were honest: audit draws, committees, verdicts; the off-chain worker.
//!
//! # Terms
//!
//! - A **batch** is one settled increment of a channel. Its value is pending until this pallet ends it.
//! - The **window** of a batch are the `W` blocks after its commitment. Each rolls alone, from its own VRF.
//! - A **hit** opens an **audit**: a *point* in the batch's value, which picks one call in proportion to its charge,
//!   and a *committee* of validators, drawn by stake, none of them linked to the provider.
//! - A member's sidecar re-runs the call and measures; the member first **commits** to the sealed report, then
//!   **reveals** it. The rule in `souk_primitives::verdict`, not the member, says what a report means.
//!
//! # A batch
//!
//! ```text
//! committed ─► Drawing ──no hit──► Waiting ──release_at──► Ended(NotDrawn)
//!                 │                   │ provider convicted meanwhile: drawn again at q = 1
//!                 └──hit──► Audited ──┴─► Ended(Valid | Doubtful | Unaudited | Disputed | BadRequest)
//!                              └─ the first upheld fraud, at once ─► Ended(Fraud | Withheld)
//! ```
//!
//! `release_at` is `ReleaseAfter` blocks after the settlement, and later by the channel's **notice**: the consumer's time
//! to look at its answers. A verdict, or a spec that nobody audits, waits for neither.
//!
//! # An audit
//!
//! ```text
//! Open(First): commit ─► reveal ─► decide ─► Ended
//!                                    └─ withheld, or too few reports ─► Redrawing ─► Open(Second) ─► Ended
//! ```
//!
//! The second committee comes from the VRFs of a whole window after the first one's decision. When nobody is eligible at
//! the draw, the audit waits for the second one as well.
//!
//! Without a jury (it comes with the issue on attestation) a majority `Invalid`, of at least two members, convicts; a
//! single one refunds the batch and slashes nobody. As many make a batch `Doubtful`; a single `Doubtful` does nothing.
//! Evidence that is withheld from a majority costs a redraw; withheld twice, it is the same as fraud. Several audits of
//! one batch: the first upheld fraud ends it and supersedes the others, everything else waits for the last of them and
//! takes the worst outcome.
//!
//! # An exam
//!
//! An exam is a batch of [`souk_primitives::batch::BatchKind::Exam`]: a provider's answers to questions that the chain
//! drew. It goes the same way with other consequences: it keeps no record and jails nobody. Fraud burns the batch's
//! exposure from the bond and is no validator's offence, and evidence that is withheld twice costs the provider what it
//! would have earned. Its verifiers are paid from the same pot.
//!
//! # Invariants (see [`Pallet::do_try_state`])
//!
//! 1. Each committed batch has a task on the agenda or an open audit, so each reaches an end.
//! 2. Each open audit has a deadline on the agenda.
//! 3. A batch is released or refunded once, and slashed at most once.
//! 4. The pots' account holds at least the sum of the pots and its existential deposit.
//!
//! # Who may call what
//!
//! `commit_audit` and `reveal_audit` are authorized calls: free, signed inside by the key that the seat had at the draw.
//! `sweep` is for anyone, once an audit can be decided, and `sweep_batch`, once a step of a batch is due. Everything
//! else happens in `on_initialize` and `on_idle`, a bounded number of tasks a block. The off-chain worker is in
//! [`offchain`].
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

mod agenda;
mod beacon;
#[cfg(feature = "runtime-benchmarks")]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::arithmetic_side_effects, clippy::indexing_slicing)]
mod benchmarking;
pub mod crypto;
mod decide;
mod draw;
mod exams;
mod invariants;
mod keys;
#[cfg(test)]
mod mock;
pub mod offchain;
pub mod ports;
mod pots;
mod submit;
#[cfg(test)]
mod tests;
pub mod types;
mod views;
pub mod weights;

pub use crypto::sr25519;
pub use pallet::*;
#[cfg(feature = "runtime-benchmarks")]
pub use ports::BenchmarkHelper;
pub use ports::{BatchBook, Bonds, OffenceSink, Tasks, VerifierBook};
pub use submit::{Commits, Reveals};
pub use weights::WeightInfo;

// The macro itself writes `expect`s.
#[allow(clippy::expect_used)]
#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use crate::types::{Audit, BeaconEntry, Queue, Task, Tracked};
    use alloc::vec::Vec;
    use frame_support::{pallet_prelude::*, traits::fungible, PalletId};
    use frame_system::{ensure_authorized, offchain::CreateAuthorizedTransaction, pallet_prelude::*};
    use souk_primitives::{
        audit::{Commit, Reveal, Round},
        close::CloseReason,
        verdict::{Report, Verdict},
        AccountId, AuditId, Balance, BatchId, BlockNumber, Digest, SpecId,
    };
    use sp_runtime::traits::UniqueSaturatedInto;

    /// Raised with every change of what is stored; an upgrade migrates by it.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// The pallet.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// What the runtime plugs in.
    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId = AccountId> + CreateAuthorizedTransaction<Call<Self>>
    {
        /// Holds the pots.
        type Currency: fungible::Mutate<AccountId, Balance = Balance>;
        /// Account of the pots.
        #[pallet::constant]
        type PalletId: Get<PalletId>;
        /// The batches.
        type Batches: BatchBook;
        /// The verifiers.
        type Verifiers: VerifierBook;
        /// Bonds and records.
        type Bonds: Bonds;
        /// Where upheld frauds are reported.
        type Offences: OffenceSink;
        /// Facts for the off-chain worker.
        type Tasks: Tasks;
        /// VRF of the parent block; `None` when it carried none.
        type Beacon: Get<Option<Digest>>;
        /// Author of the **current** block; it is stored beside its VRF by the next block.
        type Author: Get<Option<AccountId>>;
        /// Number of the current live block.
        type Clock: Get<BlockNumber>;
        /// Index of the current session.
        type SessionIndex: Get<u32>;
        /// Blocks of a window (W), 1 to 64.
        type Window: Get<u32>;
        /// Seats of a committee (k), at most 32.
        type Seats: Get<u32>;
        /// Live blocks that the draw needs to become final, added to the time for commits.
        type FinalitySlack: Get<u32>;
        /// Live blocks for commits.
        type CommitWindow: Get<u32>;
        /// Live blocks for reveals.
        type RevealWindow: Get<u32>;
        /// Live blocks from an audit that decided nothing to its second committee.
        type RedrawAfter: Get<u32>;
        /// Live blocks from the settlement to the release of a batch that was not drawn.
        type ReleaseAfter: Get<u32>;
        /// Live blocks for which what has ended stays readable.
        type HistoryDepth: Get<u32>;
        /// Most tasks that one block takes from each queue of the agenda, if its weight does not end it before.
        type MaxTasks: Get<u32>;
        /// Priority of commits and reveals in the pool.
        #[pallet::constant]
        type UnsignedPriority: Get<TransactionPriority>;
        /// Weights.
        type WeightInfo: WeightInfo;
        /// Set-up of the pallets behind the ports.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: BenchmarkHelper;
    }

    /// VRF and author of the last [`types::RING`] blocks, by block number modulo its length.
    #[pallet::storage]
    pub type BeaconRing<T> = StorageMap<_, Identity, u32, BeaconEntry>;

    /// Author of the last block, until its VRF is known.
    #[pallet::storage]
    pub type LastAuthor<T> = StorageValue<_, AccountId>;

    /// Attestation keys of the session's validators, by stash.
    #[pallet::storage]
    pub type Keys<T> = CountedStorageMap<_, Twox64Concat, AccountId, Digest>;

    /// Committed batches, until `HistoryDepth` blocks after their end.
    #[pallet::storage]
    pub type Batches<T> = StorageMap<_, Identity, BatchId, Tracked>;

    /// Audits, as long as their batch.
    #[pallet::storage]
    pub type Audits<T> = StorageMap<_, Identity, AuditId, Audit>;

    /// Audits that have not ended.
    #[pallet::storage]
    pub type OpenAudits<T> = StorageMap<_, Identity, AuditId, ()>;

    /// Real block of a provider's last conviction.
    #[pallet::storage]
    pub type Convicted<T> = StorageMap<_, Blake2_128Concat, AccountId, BlockNumber>;

    /// The last conviction that an idle block looked at.
    #[pallet::storage]
    pub type ConvictedCursor<T> = StorageValue<_, AccountId>;

    /// Prepaid audit fees by spec.
    #[pallet::storage]
    pub type Pots<T> = StorageMap<_, Identity, SpecId, Balance, ValueQuery>;

    /// Due tasks by queue, block and index.
    #[pallet::storage]
    pub type Agenda<T> = StorageNMap<
        _,
        (NMapKey<Twox64Concat, Queue>, NMapKey<Twox64Concat, BlockNumber>, NMapKey<Twox64Concat, u32>),
        Task,
    >;

    /// Number of tasks that a block's bucket ever had.
    #[pallet::storage]
    pub type AgendaLen<T> =
        StorageDoubleMap<_, Twox64Concat, Queue, Twox64Concat, BlockNumber, u32, ValueQuery>;

    /// Next block and index to look at.
    #[pallet::storage]
    pub type Cursor<T> = StorageMap<_, Twox64Concat, Queue, (BlockNumber, u32), ValueQuery>;

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An audit was drawn, or its second committee.
        AuditDrawn {
            /// The audit.
            audit: AuditId,
            /// Its batch.
            batch: BatchId,
            /// Who served.
            provider: AccountId,
            /// Round.
            round: Round,
            /// The drawn point.
            point: Balance,
            /// Stashes of the members.
            committee: Vec<AccountId>,
            /// Last live block for commits.
            commit_by: BlockNumber,
            /// Last live block for reveals.
            reveal_by: BlockNumber,
        },
        /// A window could not be completed before the ring forgot its start: it begins anew.
        DrawPostponed {
            /// The batch.
            batch: BatchId,
        },
        /// A member committed.
        ReportCommitted {
            /// The audit.
            audit: AuditId,
            /// The member.
            validator: AccountId,
        },
        /// A member revealed.
        ReportRevealed {
            /// The audit.
            audit: AuditId,
            /// The member.
            validator: AccountId,
            /// Its report.
            report: Report,
            /// What the rule makes of it.
            verdict: Option<Verdict>,
        },
        /// A member was paid for its report.
        ReportPaid {
            /// The audit.
            audit: AuditId,
            /// The member.
            validator: AccountId,
            /// The fee, in units.
            amount: Balance,
        },
        /// A member let an audit pass without its report.
        VerifierSilent {
            /// The audit.
            audit: AuditId,
            /// The member.
            validator: AccountId,
        },
        /// The first committee decided nothing, or nobody could sit in it.
        RedrawScheduled {
            /// The audit.
            audit: AuditId,
            /// Live block in which the second one is drawn.
            at: BlockNumber,
        },
        /// An audit ended.
        AuditEnded {
            /// The audit.
            audit: AuditId,
            /// Its batch.
            batch: BatchId,
            /// Why.
            reason: CloseReason,
        },
        /// A fraud was upheld: the batch was refunded, the provider slashed and jailed.
        FraudUpheld {
            /// The audit.
            audit: AuditId,
            /// Its batch.
            batch: BatchId,
            /// Who served.
            provider: AccountId,
            /// What was taken from its bond, in units.
            slashed: Balance,
            /// To the consumer, beyond the refund.
            compensation: Balance,
            /// To the reporters, together, beside their fees: nothing while there is no jury.
            rewards: Balance,
        },
        /// An exam was not passed: its answers were found false, or their evidence was withheld twice.
        ExamFailed {
            /// The audit.
            audit: AuditId,
            /// The exam.
            exam: BatchId,
            /// Who sat it.
            provider: AccountId,
            /// Why.
            reason: CloseReason,
            /// What was taken of its bond, in units: the fine for false answers, which is burnt, and what a second
            /// committee made necessary beyond what was prepaid, which goes to the spec's pot.
            slashed: Balance,
        },
        /// A member was alone with its objection against at least two that found the answer valid: it gets no fee, and
        /// a few of these cost the seat.
        VerifierOutvoted {
            /// The audit.
            audit: AuditId,
            /// The member.
            validator: AccountId,
        },
    }

    /// Why a call is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// The batch was committed before.
        AlreadyExists,
        /// No such audit, here or any more.
        UnknownAudit,
        /// The audit is in another round.
        WrongRound,
        /// The validator has no seat in this audit.
        NotAMember,
        /// The seat has a commit: it can't be replaced.
        AlreadyCommitted,
        /// The seat has revealed.
        AlreadyRevealed,
        /// The seat has no commit to reveal.
        NotCommitted,
        /// Commits are still open: reveal when every seat has committed, or when the time for it is over.
        TooEarly,
        /// The time for it is over.
        TooLate,
        /// The reveal does not open the seat's commit.
        WrongReveal,
        /// A submission must have at least one item.
        NothingSubmitted,
        /// An audit comes twice in one submission.
        DuplicateItem,
        /// The seats have different keys: submit them apart.
        TwoKeys,
        /// Members may still commit or reveal, or nothing of the batch is due.
        NotOver,
        /// No such batch, here or any more.
        UnknownBatch,
    }

    /// Genesis: the pots' account gets its existential deposit, so that it exists before the first fee.
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
            let pots = Pallet::<T>::pot_account();
            let missing = T::Currency::minimum_balance().saturating_sub(T::Currency::total_balance(&pots));
            if missing > 0 {
                let _ = T::Currency::mint_into(&pots, T::Currency::minimum_balance());
            }
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(now: BlockNumberFor<T>) -> Weight {
            let now: BlockNumber = now.unique_saturated_into();
            Self::note_beacon(now);
            T::WeightInfo::on_initialize().saturating_add(Self::work_agenda(now))
        }

        fn on_idle(now: BlockNumberFor<T>, limit: Weight) -> Weight {
            let mut meter = frame_support::weights::WeightMeter::with_limit(limit);
            Self::catch_up(now.unique_saturated_into(), &mut meter);
            Self::forget_convictions(&mut meter);
            meter.consumed()
        }

        fn offchain_worker(now: BlockNumberFor<T>) {
            if sp_io::offchain::is_validator() {
                offchain::run::<T>(now.unique_saturated_into());
            }
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Stores the sealed reports of one member. Authorized: free, and signed inside by the seats' key.
        #[pallet::call_index(0)]
        #[pallet::weight((T::WeightInfo::commit_audit(commits.len() as u32), DispatchClass::Operational))]
        #[pallet::weight_of_authorize(T::WeightInfo::authorize_commit(commits.len() as u32))]
        #[pallet::authorize(Self::authorize::<Commit>)]
        pub fn commit_audit(
            origin: OriginFor<T>,
            validator: AccountId,
            commits: Commits,
            _signature: sr25519::AuthoritySignature,
        ) -> DispatchResult {
            ensure_authorized(origin)?;
            Self::do_commit(&validator, &commits)
        }

        /// Opens sealed reports of one member, once every seat has committed or the time for commits is over.
        /// Authorized like `commit_audit`. The last reveal of an audit decides it.
        #[pallet::call_index(1)]
        #[pallet::weight((T::WeightInfo::reveal_audit(reveals.len() as u32), DispatchClass::Operational))]
        #[pallet::weight_of_authorize(T::WeightInfo::authorize_reveal(reveals.len() as u32))]
        #[pallet::authorize(Self::authorize::<Reveal>)]
        pub fn reveal_audit(
            origin: OriginFor<T>,
            validator: AccountId,
            reveals: Reveals,
            _signature: sr25519::AuthoritySignature,
        ) -> DispatchResult {
            ensure_authorized(origin)?;
            Self::do_reveal(&validator, &reveals)
        }

        /// Decides an audit to which nobody can add anything. Anyone may call it; the agenda does the same by itself,
        /// unless it is behind.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::sweep())]
        pub fn sweep(origin: OriginFor<T>, audit: AuditId) -> DispatchResult {
            ensure_signed(origin)?;
            ensure!(Audits::<T>::contains_key(audit), Error::<T>::UnknownAudit);
            ensure!(Self::do_decide(audit), Error::<T>::NotOver);
            Ok(())
        }

        /// Takes the step of a batch that is due: draws it, pays it, or draws the second committee of its audits. Anyone
        /// may call it; the agenda does the same by itself, unless it is behind.
        #[pallet::call_index(3)]
        #[pallet::weight(
            T::WeightInfo::sweep_batch().max(T::WeightInfo::draw().saturating_add(T::WeightInfo::sweep()))
        )]
        pub fn sweep_batch(origin: OriginFor<T>, batch: BatchId) -> DispatchResult {
            ensure_signed(origin)?;
            let tracked = Batches::<T>::get(batch).ok_or(Error::<T>::UnknownBatch)?;
            ensure!(Self::do_sweep_batch(batch, &tracked), Error::<T>::NotOver);
            Ok(())
        }
    }

    impl<T: Config> Pallet<T> {
        /// Number of the current block. The beacon counts these; deadlines count live blocks.
        pub(crate) fn real_now() -> BlockNumber {
            frame_system::Pallet::<T>::block_number().unique_saturated_into()
        }
    }
}
