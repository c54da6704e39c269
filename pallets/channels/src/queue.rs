//! The queue of increments that came at the end of their channels and wait for room in the provider's exposure.
//!
//! Nobody can settle such an increment later, so it is never refused: its money is pending at once, and it becomes
//! batches in slices, each with its own chance and block, in the order in which the increments came.

use crate::{
    pallet::*,
    ports::{AuditSink, ProviderBook},
    types::{Channel, Increment, Lane},
};
use frame_support::{defensive, dispatch::DispatchResult, storage::with_storage_layer, traits::Get};
use souk_primitives::{
    exposure::{exposure, value_within, Chance},
    AccountId, Balance,
};
use sp_runtime::DispatchError;

/// Most slices that enter at one occasion.
pub const MAX_ADMITTED: u32 = 4;

impl<T: Config> Pallet<T> {
    /// Puts an increment at the end of its provider's queue and lets in what fits.
    pub(crate) fn enqueue(channel: &Channel, increment: Increment) -> DispatchResult {
        let provider = &channel.provider;
        let mut lane = Lanes::<T>::get(provider);
        let place = lane.tail;
        lane.tail = place.checked_add(1).ok_or(Error::<T>::Overflow)?;
        Lanes::<T>::insert(provider, lane);
        Self::add_to_channel(&increment.channel);
        let id = increment.channel;
        Queue::<T>::insert(provider, place, increment);
        Self::admit_queued(provider);
        if let Some(waiting) = Queue::<T>::get(provider, place) {
            Self::deposit_event(Event::IncrementQueued {
                channel: id,
                provider: provider.clone(),
                value: waiting.left,
            });
        }
        Ok(())
    }

    /// Lets queued increments become batches, as far as there is room, a few slices at a time. Returns how many did.
    pub fn admit_queued(provider: &AccountId) -> u32 {
        let mut admitted: u32 = 0;
        while admitted < MAX_ADMITTED {
            match with_storage_layer(|| Self::admit_next(provider)) {
                Ok(true) => admitted = admitted.saturating_add(1),
                // A refusal (the audits' own bound, say) leaves the slice where it is.
                Ok(false) | Err(_) => break,
            }
        }
        admitted
    }

    fn admit_next(provider: &AccountId) -> Result<bool, DispatchError> {
        let lane = Lanes::<T>::get(provider);
        if !lane.is_queued() || lane.open_batches >= T::MaxOpenBatches::get() {
            return Ok(false);
        }
        let Some(mut increment) = Queue::<T>::get(provider, lane.head) else {
            defensive!("a place in the queue is empty");
            return Ok(false);
        };
        let channel = Self::channel(&increment.channel)?;
        let Some((value, chance, exposed)) = Self::next_slice(&channel, &increment) else { return Ok(false) };
        Self::commit(&channel, &mut increment, value, chance, exposed)?;
        if increment.left > 0 {
            Queue::<T>::insert(provider, lane.head, increment);
        } else {
            Queue::<T>::remove(provider, lane.head);
            Self::change_lane(provider, |lane| lane.head = lane.head.saturating_add(1));
            Self::take_from_channel(&increment.channel);
        }
        Ok(true)
    }

    /// Value, chance and exposure of the next slice; `None` when there is no room for one.
    fn next_slice(channel: &Channel, increment: &Increment) -> Option<(Balance, Chance, Balance)> {
        let provider = &channel.provider;
        let factor = T::SafetyFactor::get();
        let room = T::Providers::room(provider);
        if T::Providers::is_gone(provider) {
            // No room will ever free: all of it, audited for certain, and what is left of the bond at stake.
            let due = exposure(increment.left, factor, Chance::ONE).unwrap_or(Balance::MAX);
            return Some((increment.left, Chance::ONE, due.min(room)));
        }
        let chance = if increment.certain { Chance::ONE } else { T::Audits::chance(provider, &channel.spec) };
        let value = increment.left.min(value_within(room, factor, chance));
        let is_worth_it = value > 0 && (value == increment.left || value >= T::MinBatch::get());
        let exposed = exposure(value, factor, chance)?;
        is_worth_it.then_some((value, chance, exposed))
    }

    /// Changes what is stored of a provider's open batches and queue; forgets it when nothing is open.
    pub(crate) fn change_lane(provider: &AccountId, change: impl FnOnce(&mut Lane)) {
        let mut lane = Lanes::<T>::get(provider);
        change(&mut lane);
        if !lane.is_queued() {
            // An empty queue starts again, so that its places never run out.
            lane.head = 0;
            lane.tail = 0;
        }
        if lane.is_idle() {
            Lanes::<T>::remove(provider);
        } else {
            Lanes::<T>::insert(provider, lane);
        }
    }
}
