//! What must be true after every block.

use crate::{Book, ChainTiming, Config, HeldUntil, Pallet, Stale};
use frame_support::{ensure, traits::Get};
use sp_runtime::{traits::Saturating, TryRuntimeError};

impl<T: Config> Pallet<T> {
    /// Checks the invariants of the crate's documentation.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        ensure!(ChainTiming::<T>::get().is_valid(), "the stored timing is invalid");
        let era = T::Era::get();
        for (_, _, row) in Book::<T>::iter() {
            ensure!(row.active > 0, "the book keeps a row without stake");
            ensure!(row.low <= row.active, "more was active all along than is at the end");
            ensure!(row.era <= era, "the book is ahead of the eras");
        }
        ensure!(Stale::<T>::count() <= T::MaxStale::get(), "the queue of stale votes is too long");
        let latest = frame_system::Pallet::<T>::block_number().saturating_add(T::MaxHold::get().into());
        ensure!(HeldUntil::<T>::get().is_none_or(|until| until <= latest), "the clock is held for too long");
        Self::try_locks()
    }
}
