//! # Governance
//!
//! Who decides, and on which clock: the origins and tracks of referenda, the electorate that votes with its stake, the
//! timing of consensus and the clock of deadlines. Referenda and votes themselves are the SDK's.
//!
//! ## Terms
//!
//! - **Timing**: the consensus clock of a chain: slots an epoch, sessions an era, eras of bonding and of slash
//!   deferral. Written once, at genesis. There is no call that changes it: BABE can't change its epoch length on a
//!   running chain, and bonds were made under the bonding period that was promised.
//! - **Parameters**: the values that governance may tune on a running chain. They live in `pallet-parameters`, which
//!   has no genesis configuration of its own; this pallet's [`GenesisConfig`] fills it.
//! - **Live blocks**: the counter in which every deadline of the market is counted ([`LiveBlock`]). It stands still
//!   while nobody could act ([`Config::Halted`]: safe mode, or a pause of a call that ends an obligation) and while
//!   governance holds it, so that nobody loses money for a deadline that it was not allowed to keep. The beacon counts
//!   real blocks.
//! - **Origin** ([`origins`]): what a referendum may do. **Track** ([`tracks`]): on which conditions it passes.
//! - **Power** ([`power`](Pallet::power)): what an account may vote with: its active stake in all [`Source`]s, as far
//!   as it was active since the start of the era before this one (**warm**). The [`book`] remembers that.
//! - **Electorate** ([`electorate`]): the currency of the voting pallet, in which a balance is the power.
//! - **Payable**: on hold, and paid to somebody else whatever lock there is. A vote's lock lies on top of it.
//! - **Stale**: an account whose stake fell while it had votes. Its votes are lowered ([`refresh`]) in idle blocks, or
//!   by anyone's call.
//!
//! There is one runtime for every network: a test network differs by its genesis only, so that what is tested is
//! what ships.
//!
//! ## Who may call what
//!
//! | call | who |
//! | --- | --- |
//! | `refresh_vote` | anyone; free when it lowers a vote in a poll by a tenth or more |
//! | `hold_clock` | [`Config::EmergencyOrigin`] |
//!
//! The runtime tells the book of every change of an active stake ([`Pallet::note_stake`]) and of slashes that change
//! none ([`Pallet::enqueue`]), and the electorate of every change of a payable hold ([`Pallet::relock`]).
//!
//! ## Invariants
//!
//! - The stored timing is valid ([`Timing::is_valid`]); a genesis with another one does not build.
//! - Slashes are deferred for fewer eras than stake stays bonded.
//! - Every poll ends before what voted in it at its start could be unbonded.
//! - The book has rows for active stake only, and none says that more was active all along than is now.
//! - The queue of stale accounts and the hold of the clock are bounded.
//! - The lock of who has voted is what it voted with and what is payable of its holds, together.
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
pub mod book;
pub mod clock;
pub mod electorate;
mod invariants;
pub mod origins;
pub mod ports;
mod power;
pub mod refresh;
pub mod timing;
pub mod tracks;
pub mod voting_weights;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use book::Source;
pub use clock::LiveBlock;
pub use electorate::Electorate;
pub use origins::{
    EnsureBigSpender, EnsureCanceller, EnsureEmergency, EnsureKiller, EnsureMarketplaceAdmin,
    EnsureMediumSpender, EnsureModerator, EnsureParameterAdmin, EnsureSmallSpender, EnsureStakingAdmin,
    EnsureTreasurer, EnsureWhitelisted, Spender,
};
pub use pallet::*;
pub use power::VotingPower;
pub use timing::{
    BondingBlocks, BondingEras, EpochSlots, OffenceLongevity, SessionsPerEra, SetIdSessionEntries,
    SlashDeferEras, Timing,
};
pub use tracks::{Tracks, UndecidingTimeout, VoteLockingPeriod};

// The macro's own code expects what it has checked.
#[allow(clippy::expect_used)]
#[frame_support::pallet]
pub mod pallet {
    use super::Timing;
    use crate::{
        book::{Row, Source},
        ports::{Payable, Stakes},
        weights::WeightInfo,
    };
    use alloc::vec::Vec;
    use frame_support::{
        pallet_prelude::*,
        traits::{dynamic_params::AggregatedKeyValue, InspectLockableCurrency},
        weights::WeightMeter,
    };
    use frame_system::pallet_prelude::*;
    use pallet_conviction_voting::{ClassOf, PollIndexOf};
    use serde::{de::DeserializeOwned, Serialize};
    use souk_primitives::Balance;

    /// Configuration of the pallet.
    #[pallet::config]
    pub trait Config:
        frame_system::Config<RuntimeEvent: From<Event<Self>>>
        + pallet_parameters::Config
        + pallet_conviction_voting::Config<
            Currency: InspectLockableCurrency<<Self as frame_system::Config>::AccountId, Balance = Balance>,
        >
    {
        /// The parameters that a genesis may override, by name. What a genesis doesn't name keeps the default that
        /// the runtime gives it (the production value).
        type GenesisParameters: Serialize
            + DeserializeOwned
            + Default
            + Clone
            + Into<Vec<<Self as pallet_parameters::Config>::RuntimeParameters>>;

        /// Whether this block does not count as live.
        type Halted: Get<bool>;

        /// The staking era that runs. It never goes back.
        type Era: Get<u32>;

        /// What is at stake.
        type Stakes: Stakes<Self::AccountId>;

        /// What of an account's holds is payable. The runtime calls [`Pallet::relock`] whenever that changes.
        type PayableHolds: Payable<Self::AccountId>;

        /// Who may hold the clock of deadlines.
        type EmergencyOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Most blocks for which one call holds it.
        type MaxHold: Get<u32>;

        /// Most accounts that wait for a refresh of their votes.
        type MaxStale: Get<u32>;

        /// Weights.
        type WeightInfo: WeightInfo;
    }

    /// Raised with every change of what is stored; an upgrade migrates by it.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// The pallet.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Who a referendum speaks as.
    #[pallet::origin]
    pub type Origin = crate::origins::Origin;

    /// The clock of this chain. Production values where genesis wrote none.
    #[pallet::storage]
    pub type ChainTiming<T: Config> = StorageValue<_, Timing, ValueQuery>;

    /// Live blocks so far.
    #[pallet::storage]
    pub type LiveBlocks<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// The last block in which governance holds the clock.
    #[pallet::storage]
    pub type HeldUntil<T: Config> = StorageValue<_, BlockNumberFor<T>>;

    /// The voting book.
    #[pallet::storage]
    pub type Book<T: Config> =
        StorageDoubleMap<_, Twox64Concat, Source, Blake2_128Concat, T::AccountId, Row, ValueQuery>;

    /// Accounts whose votes wait for a refresh.
    #[pallet::storage]
    pub type Stale<T: Config> = CountedStorageMap<_, Blake2_128Concat, T::AccountId, ()>;

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    #[allow(missing_docs)]
    pub enum Event<T: Config> {
        /// A vote, or without a poll the delegation in a class, was larger than the voter's power and was lowered from
        /// `from` to `to` units.
        VoteLowered {
            who: T::AccountId,
            class: ClassOf<T>,
            poll: Option<PollIndexOf<T>>,
            from: Balance,
            to: Balance,
        },
        /// Too many accounts wait for a refresh: the votes of this one stay until somebody calls `refresh_vote`.
        QueueFull { who: T::AccountId },
        /// The clock of deadlines stands still up to and including block `until`.
        ClockHeld { until: BlockNumberFor<T> },
        /// The clock of deadlines is not held any more.
        ClockReleased,
    }

    /// What the caller has to change.
    #[pallet::error]
    #[derive(PartialEq)]
    pub enum Error<T> {
        /// The account has no such vote in an open referendum, no delegation in that class if none was named, or it is
        /// no larger than its power.
        NothingToLower,
        /// One call holds the clock for `MaxHold` blocks at most.
        HoldTooLong,
        /// The clock is not held.
        NotHeld,
    }

    /// What genesis decides.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// The consensus clock.
        pub timing: Timing,
        /// Overrides of the parameters' defaults.
        pub parameters: T::GenesisParameters,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            assert!(self.timing.is_valid(), "invalid timing in genesis: {:?}", self.timing);
            ChainTiming::<T>::put(self.timing);
            for parameter in self.parameters.clone().into() {
                let (key, value) = parameter.into_parts();
                if let Some(value) = value {
                    pallet_parameters::Parameters::<T>::insert(key, value);
                }
            }
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(now: BlockNumberFor<T>) -> Weight {
            Self::tick(now)
        }

        fn on_idle(_: BlockNumberFor<T>, limit: Weight) -> Weight {
            let mut meter = WeightMeter::with_limit(limit);
            Self::work_off(&mut meter);
            meter.consumed()
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Lowers a vote of `who` in an open referendum, or without a `poll` its delegation in a class, to the voting
        /// power that it has now. Anyone may call it; it is free when it lowered a vote in a poll by a tenth or more.
        ///
        /// A standard vote keeps its direction and conviction, split votes their proportions. Without power a vote is
        /// removed, unless others have delegated to its account.
        ///
        /// Errors: `NothingToLower`.
        #[pallet::call_index(0)]
        #[pallet::weight(match poll {
            Some(_) => Pallet::<T>::weight_of_vote(),
            None => Pallet::<T>::weight_of_delegation(Pallet::<T>::most_votes()),
        })]
        pub fn refresh_vote(
            origin: OriginFor<T>,
            who: T::AccountId,
            class: ClassOf<T>,
            poll: Option<PollIndexOf<T>>,
        ) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            Ok(Self::do_refresh(&who, class, poll)?)
        }

        /// Holds the clock of deadlines for so many blocks from the next one on, at most `MaxHold`. A second call
        /// replaces the first, and 0 ends the hold.
        ///
        /// Errors: `HoldTooLong`, `NotHeld`.
        #[pallet::call_index(1)]
        #[pallet::weight((<T as Config>::WeightInfo::hold_clock(), DispatchClass::Operational))]
        pub fn hold_clock(origin: OriginFor<T>, blocks: u32) -> DispatchResult {
            T::EmergencyOrigin::ensure_origin(origin)?;
            Self::do_hold_clock(blocks)
        }
    }
}
