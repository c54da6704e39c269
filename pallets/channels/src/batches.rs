//! Batches: how an increment becomes one, and how it ends.

use crate::{
    pallet::*,
    ports::{AuditSink, ProviderBook},
    types::{Channel, EndedBatch, Increment, Memory},
};
use frame_support::{defensive, dispatch::DispatchResult, ensure, storage::with_storage_layer, traits::Get};
use souk_primitives::{
    batch::{Batch, BatchKind},
    call::batch_id,
    close::CloseReason,
    exposure::{exposure, Chance},
    split::Release,
    views::ChannelState,
    Balance, BatchId, ChannelId,
};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
    /// The batch that the next `value` of an increment makes.
    fn next_batch(
        channel: &Channel,
        increment: &Increment,
        value: Balance,
        chance: Chance,
        exposure: Balance,
    ) -> Batch {
        Batch {
            id: batch_id(&increment.channel, increment.cumulative, increment.slice),
            channel: increment.channel,
            provider: channel.provider.clone(),
            consumer: channel.consumer.clone(),
            funder: channel.funder.clone(),
            spec: channel.spec,
            from: increment.from,
            value,
            root: increment.root,
            total: increment.total,
            count: increment.count,
            chance,
            exposure,
            audited: channel.audited,
            committed_at: Self::block(),
            kind: BatchKind::Call,
        }
    }

    /// An increment on a spec that nobody audits: paid at once, without record.
    pub(crate) fn end_unaudited(channel: &Channel, increment: Increment) -> DispatchResult {
        let batch = Self::next_batch(channel, &increment, increment.left, Chance::ONE, 0);
        BatchesOf::<T>::insert(batch.channel, batch.id, ());
        let (split, licensed) = Self::pay_batch(&batch, CloseReason::Unaudited)?;
        let ended = Self::remember_end(batch, CloseReason::Unaudited);
        Self::tell_end(&ended, split, 0, licensed);
        Ok(())
    }

    /// An increment of an open channel: it fits the exposure, or it is refused.
    pub(crate) fn enter(channel: &Channel, mut increment: Increment) -> DispatchResult {
        let provider = &channel.provider;
        let lane = Lanes::<T>::get(provider);
        ensure!(lane.open_batches < T::MaxOpenBatches::get(), Error::<T>::TooManyOpenBatches);
        // What waits goes first: it waits because there is no room.
        ensure!(!lane.is_queued(), Error::<T>::OverExposure);
        let chance = T::Audits::chance(provider, &channel.spec);
        let value = increment.left;
        let exposed = exposure(value, T::SafetyFactor::get(), chance).ok_or(Error::<T>::OverExposure)?;
        ensure!(exposed <= T::Providers::room(provider), Error::<T>::OverExposure);
        Self::commit(channel, &mut increment, value, chance, exposed)
    }

    /// Makes a batch of the next `value` of an increment and opens it to audits.
    pub(crate) fn commit(
        channel: &Channel,
        increment: &mut Increment,
        value: Balance,
        chance: Chance,
        exposed: Balance,
    ) -> DispatchResult {
        let batch = Self::next_batch(channel, increment, value, chance, exposed);
        if exposed > 0 {
            // Zero is what a provider that is gone has left: a book that is over its bond already would refuse even that.
            T::Providers::expose(&batch.provider, exposed)?;
        }
        Lanes::<T>::mutate(&batch.provider, |lane| lane.open_batches = lane.open_batches.saturating_add(1));
        Self::add_to_channel(&batch.channel);
        BatchesOf::<T>::insert(batch.channel, batch.id, ());
        Batches::<T>::insert(batch.id, &batch);
        Self::deposit_event(Event::BatchCommitted {
            batch: batch.id,
            channel: batch.channel,
            provider: batch.provider.clone(),
            value,
            chance,
            exposure: exposed,
        });
        T::Audits::committed(&batch)?;
        increment.left = increment.left.saturating_sub(value);
        increment.from = increment.from.saturating_add(value);
        increment.slice = increment.slice.saturating_add(1);
        Ok(())
    }

    /// An open batch.
    pub fn batch(id: &BatchId) -> Option<Batch> {
        Batches::<T>::get(id)
    }

    /// Pays an open batch, after fees. Does nothing when there is no such open batch.
    pub fn release(id: &BatchId, reason: CloseReason) {
        let Some(batch) = Batches::<T>::get(id) else { return };
        let provider = batch.provider.clone();
        let paid = with_storage_layer(|| {
            let (split, licensed) = Self::pay_batch(&batch, reason)?;
            let ended = Self::end(batch, reason);
            Self::tell_end(&ended, split, 0, licensed);
            Ok::<(), DispatchError>(())
        });
        if paid.is_err() {
            // Invariant 2: the pending hold carries every open batch.
            defensive!("a batch could not be paid from the pending hold");
            return;
        }
        Self::admit_queued(&provider);
    }

    /// Gives an open batch back to its funder and returns it. The bond is not touched: the caller slashes after it. So
    /// nothing that waits takes the room that a refund frees before the bond is what it will be: the queue moves in
    /// the next idle round. `None` when there is no such open batch.
    pub fn refund(id: &BatchId, reason: CloseReason) -> Option<Batch> {
        Self::refund_less(id, reason, 0)
    }

    /// Like [`Self::refund`], but up to `audit_fee` of the value goes to the spec's pot: the consumer bears what the
    /// audits of its own unusable request cost.
    pub fn refund_less(id: &BatchId, reason: CloseReason, audit_fee: Balance) -> Option<Batch> {
        let batch = Batches::<T>::get(id)?;
        let (audit, refunded) = Self::pay_back(&batch, audit_fee);
        let ended = Self::end(batch.clone(), reason);
        Self::tell_end(&ended, Release { burnt: 0, treasury: 0, audit, provider: 0 }, refunded, 0);
        Some(batch)
    }

    /// Takes a batch out of everything that counts open ones.
    fn end(batch: Batch, reason: CloseReason) -> EndedBatch {
        Batches::<T>::remove(batch.id);
        T::Providers::release_exposure(&batch.provider, batch.exposure);
        Self::change_lane(&batch.provider, |lane| lane.open_batches = lane.open_batches.saturating_sub(1));
        let channel = batch.channel;
        let ended = Self::remember_end(batch, reason);
        Self::take_from_channel(&channel);
        ended
    }

    fn remember_end(batch: Batch, reason: CloseReason) -> EndedBatch {
        let id = batch.id;
        let ended = EndedBatch { batch, at: Self::block(), reason };
        Ended::<T>::insert(id, &ended);
        Self::remember(Memory::Batch(id));
        ended
    }

    /// Counts an open batch or a queued increment of a channel.
    pub(crate) fn add_to_channel(id: &ChannelId) {
        Channels::<T>::mutate(id, |channel| {
            if let Some(channel) = channel {
                channel.open_batches = channel.open_batches.saturating_add(1);
            }
        });
    }

    /// Discounts one. A closed channel without any is done.
    pub(crate) fn take_from_channel(id: &ChannelId) {
        let Some(mut channel) = Channels::<T>::get(id) else { return };
        channel.open_batches = channel.open_batches.saturating_sub(1);
        Channels::<T>::insert(id, &channel);
        Self::retire_if_done(id, &channel);
    }

    /// Frees the provider of a closed channel without open batches, and lets the channel be forgotten.
    pub(crate) fn retire_if_done(id: &ChannelId, channel: &Channel) {
        if channel.open_batches == 0 && matches!(channel.state, ChannelState::Closed { .. }) {
            T::Providers::closed(&channel.provider, &channel.spec);
            Self::remember(Memory::Channel(*id));
        }
    }
}
