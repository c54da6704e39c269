//! What this pallet has more in the runtime of an upgrade rehearsal: two values that migrations fill from the state of
//! the real one. A storage version goes up, one migration runs in the upgrade's own block and one over several.
//!
//! Compiled with the feature `rehearsal`, which no network's runtime has, and for this crate's tests.

use crate::{pallet::ChannelsBefore, ChannelCount, Channels, Config, DepositsTo, Pallet};
use core::marker::PhantomData;
use frame_support::{
    migrations::{MigrationId, SteppedMigration, SteppedMigrationError, VersionedMigration},
    traits::{Get, UncheckedOnRuntimeUpgrade},
    weights::{Weight, WeightMeter},
};
use souk_primitives::ChannelId;
#[cfg(feature = "try-runtime")]
use {alloc::vec::Vec, codec::Encode, frame_support::ensure, sp_runtime::TryRuntimeError};

/// The storage version of the real runtime.
pub const FROM: u16 = 1;
/// The storage version of the rehearsal.
pub const TO: u16 = 2;

/// Notes in the upgrade's block how many channels there have been.
pub struct NoteCount<T>(PhantomData<T>);

impl<T: Config> UncheckedOnRuntimeUpgrade for NoteCount<T> {
    fn on_runtime_upgrade() -> Weight {
        ChannelsBefore::<T>::put(ChannelCount::<T>::get());
        T::DbWeight::get().reads_writes(1, 1)
    }

    #[cfg(feature = "try-runtime")]
    fn pre_upgrade() -> Result<Vec<u8>, TryRuntimeError> {
        Ok(ChannelCount::<T>::get().encode())
    }

    #[cfg(feature = "try-runtime")]
    fn post_upgrade(before: Vec<u8>) -> Result<(), TryRuntimeError> {
        let same =
            ChannelsBefore::<T>::get().encode() == before && ChannelCount::<T>::get().encode() == before;
        ensure!(same, "channels: the note is not the count before the upgrade");
        Ok(())
    }
}

/// [`NoteCount`], once, at the right version.
pub type Note<T> =
    VersionedMigration<FROM, TO, NoteCount<T>, Pallet<T>, <T as frame_system::Config>::DbWeight>;

/// Adds up the deposits to each provider: one channel a block, so that a rehearsal with few channels is still one of
/// several blocks.
pub struct SumDeposits<T>(PhantomData<T>);

impl<T: Config> SteppedMigration for SumDeposits<T> {
    type Cursor = ChannelId;
    type Identifier = MigrationId<18>;

    fn id() -> Self::Identifier {
        MigrationId { pallet_id: *b"channels/rehearsal", version_from: 1, version_to: 2 }
    }

    fn step(
        cursor: Option<Self::Cursor>,
        meter: &mut WeightMeter,
    ) -> Result<Option<Self::Cursor>, SteppedMigrationError> {
        let required = T::DbWeight::get().reads_writes(2, 1);
        if meter.try_consume(required).is_err() {
            return Err(SteppedMigrationError::InsufficientWeight { required });
        }
        let mut rest = match &cursor {
            None => Channels::<T>::iter(),
            Some(last) => Channels::<T>::iter_from(Channels::<T>::hashed_key_for(last)),
        };
        let Some((id, channel)) = rest.next() else { return Ok(None) };
        DepositsTo::<T>::mutate(&channel.provider, |sum| *sum = sum.saturating_add(channel.deposit));
        Ok(Some(id))
    }

    #[cfg(feature = "try-runtime")]
    fn pre_upgrade() -> Result<Vec<u8>, TryRuntimeError> {
        let none = DepositsTo::<T>::iter().next().is_none();
        ensure!(none, "channels: deposits were added up before");
        Ok(Channels::<T>::iter().collect::<Vec<_>>().encode())
    }

    /// The sums are checked against the channels as they were: none comes, goes or is topped up meanwhile.
    #[cfg(feature = "try-runtime")]
    fn post_upgrade(before: Vec<u8>) -> Result<(), TryRuntimeError> {
        let channels: Vec<_> = Channels::<T>::iter().collect();
        ensure!(channels.encode() == before, "channels: one changed while deposits were added up");
        let mut sums = alloc::collections::BTreeMap::<_, souk_primitives::Balance>::new();
        for (_, channel) in channels {
            let sum = sums.entry(channel.provider).or_default();
            *sum = sum.saturating_add(channel.deposit);
        }
        ensure!(
            sums == DepositsTo::<T>::iter().collect(),
            "channels: the sums are not those of the deposits"
        );
        Ok(())
    }
}
