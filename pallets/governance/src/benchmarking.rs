//! A benchmark for what is ours; the voting pallet has its own.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::pallet::*;
use frame_benchmarking::v2::*;
use frame_support::traits::{EnsureOrigin, Get, Polling};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_conviction_voting::{ClassLocksFor, VotingFor};
use sp_runtime::traits::{One, Zero};

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn tick() {
        // A hold that is over is the longest way.
        HeldUntil::<T>::put(BlockNumberFor::<T>::zero());
        let before = LiveBlocks::<T>::get();
        #[block]
        {
            Pallet::<T>::tick(BlockNumberFor::<T>::one());
        }
        assert_eq!(LiveBlocks::<T>::get(), before.saturating_add(1));
    }

    #[benchmark]
    fn hold_clock() {
        let origin = T::EmergencyOrigin::try_successful_origin().unwrap();
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, T::MaxHold::get());
        assert!(HeldUntil::<T>::get().is_some());
    }

    #[benchmark]
    fn power() {
        let who: T::AccountId = account("voter", 0, 0);
        let class = <T as pallet_conviction_voting::Config>::Polls::classes().into_iter().next().unwrap();
        #[block]
        {
            Pallet::<T>::power(&who);
            ClassLocksFor::<T>::get(&who);
            VotingFor::<T>::get(&who, &class);
        }
    }
}
