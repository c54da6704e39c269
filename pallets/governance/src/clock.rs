//! The clock of deadlines.

use crate::{weights::WeightInfo, Config, Error, Event, HeldUntil, LiveBlocks, Pallet};
use core::marker::PhantomData;
use frame_support::{dispatch::DispatchResult, ensure, traits::Get, weights::Weight};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::Saturating;

impl<T: Config> Pallet<T> {
    /// Counts block `now` if it is live. Runs before the pallets that read deadlines.
    pub(crate) fn tick(now: BlockNumberFor<T>) -> Weight {
        if !T::Halted::get() && !Self::is_held(now) {
            LiveBlocks::<T>::mutate(|count| *count = count.saturating_add(1));
        }
        <T as Config>::WeightInfo::tick()
    }

    /// Whether governance holds the clock in block `now`. A hold that is over is forgotten.
    fn is_held(now: BlockNumberFor<T>) -> bool {
        match HeldUntil::<T>::get() {
            Some(until) if now <= until => true,
            Some(_) => {
                HeldUntil::<T>::kill();
                false
            }
            None => false,
        }
    }

    pub(crate) fn do_hold_clock(blocks: u32) -> DispatchResult {
        ensure!(blocks <= T::MaxHold::get(), Error::<T>::HoldTooLong);
        if blocks == 0 {
            ensure!(HeldUntil::<T>::take().is_some(), Error::<T>::NotHeld);
            Self::deposit_event(Event::ClockReleased);
        } else {
            let until = frame_system::Pallet::<T>::block_number().saturating_add(blocks.into());
            HeldUntil::<T>::put(until);
            Self::deposit_event(Event::ClockHeld { until });
        }
        Ok(())
    }
}

/// The current live block.
pub struct LiveBlock<T>(PhantomData<T>);
impl<T: Config> Get<u32> for LiveBlock<T> {
    fn get() -> u32 {
        LiveBlocks::<T>::get()
    }
}
