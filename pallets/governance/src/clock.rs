//! The clock of deadlines.

use crate::{Config, LiveBlocks, Pallet};
use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

impl<T: Config> Pallet<T> {
    /// Counts this block if it is live. Runs before the pallets that read deadlines.
    pub(crate) fn tick() -> Weight {
        if !T::Halted::get() {
            LiveBlocks::<T>::mutate(|count| *count = count.saturating_add(1));
        }
        // `Halted` reads the brakes: two values.
        <T as frame_system::Config>::DbWeight::get().reads_writes(3, 1)
    }
}

/// The current live block.
pub struct LiveBlock<T>(PhantomData<T>);
impl<T: Config> Get<u32> for LiveBlock<T> {
    fn get() -> u32 {
        LiveBlocks::<T>::get()
    }
}
