//! # Governance
//!
//! Who decides, and on which clock. This release holds the part that genesis writes; origins, tracks and the
//! electorate come with the issue on governance.
//!
//! ## Terms
//!
//! - **Timing**: the consensus clock of a chain: slots an epoch, sessions an era, eras of bonding and of slash
//!   deferral. Written once, at genesis. There is no call that changes it: BABE can't change its epoch length on a
//!   running chain, and bonds were made under the bonding period that was promised.
//! - **Parameters**: the values that governance may tune on a running chain. They live in `pallet-parameters`, which
//!   has no genesis configuration of its own; this pallet's [`GenesisConfig`] fills it.
//! - **Live blocks**: the counter in which every deadline of the market is counted ([`LiveBlock`]). It stands still
//!   while nobody could act ([`Config::Halted`]: safe mode, or a pause of a call that ends an obligation), so that
//!   nobody loses money for a deadline that it was not allowed to keep. The beacon counts real blocks.
//!
//! There is one runtime for every network: a test network differs by its genesis only, so that what is tested is
//! what ships.
//!
//! ## Invariants
//!
//! - The stored timing is valid ([`Timing::is_valid`]); a genesis with another one does not build.
//! - Slashes are deferred for fewer eras than stake stays bonded.
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

extern crate alloc;

pub mod clock;
pub mod origins;
pub mod timing;
pub mod tracks;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod mock;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
mod tests;

pub use clock::LiveBlock;
pub use origins::{
    EnsureBigSpender, EnsureCanceller, EnsureEmergency, EnsureKiller, EnsureMarketplaceAdmin,
    EnsureMediumSpender, EnsureModerator, EnsureParameterAdmin, EnsureSmallSpender, EnsureStakingAdmin,
    EnsureTreasurer, EnsureWhitelisted, Spender,
};
pub use pallet::*;
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
    use alloc::vec::Vec;
    use frame_support::{pallet_prelude::*, traits::dynamic_params::AggregatedKeyValue};
    use frame_system::pallet_prelude::BlockNumberFor;
    use serde::{de::DeserializeOwned, Serialize};

    /// Configuration of the pallet.
    #[pallet::config]
    pub trait Config: frame_system::Config + pallet_parameters::Config {
        /// The parameters that a genesis may override, by name. What a genesis doesn't name keeps the default that
        /// the runtime gives it (the production value).
        type GenesisParameters: Serialize
            + DeserializeOwned
            + Default
            + Clone
            + Into<Vec<<Self as pallet_parameters::Config>::RuntimeParameters>>;

        /// Whether this block does not count as live.
        type Halted: Get<bool>;
    }

    /// The pallet.
    #[pallet::pallet]
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
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            Self::tick()
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            ensure!(ChainTiming::<T>::get().is_valid(), "the stored timing is invalid");
            Ok(())
        }
    }
}
