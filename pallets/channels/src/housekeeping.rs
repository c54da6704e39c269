//! What idle blocks do: sweep closing channels, forget what is old, let queued increments in. All of it in bounded
//! steps from queues with a cursor; all of it but the forgetting anyone may also do by a call.

use crate::{
    pallet::*,
    types::{Lane, Memory},
    WeightInfo,
};
use frame_support::{
    storage::with_storage_layer,
    traits::Get,
    weights::{Weight, WeightMeter},
};
use souk_pallet_support::clock;
use souk_primitives::{AccountId, BlockNumber, ChannelId};

/// Most channels that one block sweeps.
const MAX_SWEEPS: u32 = 8;
/// Most things that one block forgets: as many as any block can end, and still a fraction of a second's work.
const MAX_FORGOTTEN: u32 = 512;
/// Most providers whose queues one block looks at.
const MAX_LANES: u32 = 2;

impl<T: Config> Pallet<T> {
    /// Appends to the queue of sweeps.
    pub(crate) fn remember_sweep(until: BlockNumber, id: ChannelId) {
        let (head, tail) = SweepSpan::<T>::get();
        Sweeps::<T>::insert(tail, (until, id));
        SweepSpan::<T>::put((head, tail.saturating_add(1)));
    }

    /// Lets something be forgotten once `HistoryDepth` blocks have passed.
    pub(crate) fn remember(what: Memory) {
        let due = Self::block().saturating_add(T::HistoryDepth::get());
        let (head, tail) = MemorySpan::<T>::get();
        Memories::<T>::insert(tail, (due, what));
        MemorySpan::<T>::put((head, tail.saturating_add(1)));
    }

    /// One idle block's work, as far as the weight goes. What is forgotten comes last: it may take all that is left.
    pub(crate) fn keep_house(meter: &mut WeightMeter) {
        Self::repeat(meter, T::WeightInfo::idle_sweep(), MAX_SWEEPS, Self::sweep_next);
        Self::repeat(meter, T::WeightInfo::idle_admit(), MAX_LANES, Self::admit_next_lane);
        Self::repeat(meter, T::WeightInfo::idle_forget(), MAX_FORGOTTEN, Self::forget_next);
    }

    /// Repeats a step while it finds work and the weight lasts.
    fn repeat(meter: &mut WeightMeter, weight: Weight, times: u32, step: impl Fn() -> bool) {
        for _ in 0..times {
            if meter.try_consume(weight).is_err() || !step() {
                break;
            }
        }
    }

    /// Sweeps the first of the queue if its grace period is over.
    pub(crate) fn sweep_next() -> bool {
        let (head, tail) = SweepSpan::<T>::get();
        if head >= tail {
            return false;
        }
        if let Some((until, id)) = Sweeps::<T>::get(head) {
            if !clock::is_over(T::Clock::get(), until) {
                return false;
            }
            Sweeps::<T>::remove(head);
            // An error says that it was closed meanwhile.
            let _ = with_storage_layer(|| Self::do_sweep(id));
        }
        SweepSpan::<T>::put((head.saturating_add(1), tail));
        true
    }

    /// Forgets the first of the queue if it is old enough.
    pub(crate) fn forget_next() -> bool {
        let (head, tail) = MemorySpan::<T>::get();
        if head >= tail {
            return false;
        }
        if let Some((due, what)) = Memories::<T>::get(head) {
            if !clock::is_over(Self::block(), due) {
                return false;
            }
            Memories::<T>::remove(head);
            match what {
                Memory::Batch(id) => {
                    if let Some(ended) = Ended::<T>::take(id) {
                        BatchesOf::<T>::remove(ended.batch.channel, id);
                    }
                }
                // Its batches ended before it and so were forgotten before it.
                Memory::Channel(id) => Self::forget_channel(id),
            }
        }
        MemorySpan::<T>::put((head.saturating_add(1), tail));
        true
    }

    fn forget_channel(id: ChannelId) {
        let Some(channel) = Channels::<T>::take(id) else { return };
        for party in [&channel.consumer, &channel.funder, &channel.provider] {
            ChannelsOf::<T>::remove(party, id);
        }
        DoubleReceipts::<T>::remove(id);
        Self::forget_opening(channel.opened_at);
    }

    /// Lets queued increments of the next provider in the round enter.
    pub(crate) fn admit_next_lane() -> bool {
        let next: Option<(AccountId, Lane)> = match AdmitCursor::<T>::get() {
            Some(last) => Lanes::<T>::iter_from(Lanes::<T>::hashed_key_for(last)).next(),
            None => Lanes::<T>::iter().next(),
        };
        match next {
            Some((provider, lane)) => {
                if lane.is_queued() {
                    Self::admit_queued(&provider);
                }
                AdmitCursor::<T>::put(provider);
                true
            }
            None => {
                AdmitCursor::<T>::kill();
                false
            }
        }
    }
}
