//! What runtime APIs show.

use crate::{
    pallet::*,
    ports::AuditSink,
    types::{Channel, EndedBatch},
};
use alloc::vec::Vec;
use souk_primitives::{
    batch::Batch,
    views::{BatchState, BatchView, ChannelState, ChannelView},
    AccountId, Balance, BatchId, BlockNumber, ChannelId, SpecId,
};

/// Most rows of any list.
const MAX_ROWS: usize = 256;

fn batch_row(batch: Batch, state: BatchState) -> BatchView {
    BatchView {
        id: batch.id,
        channel: batch.channel,
        provider: batch.provider,
        consumer: batch.consumer,
        value: batch.value,
        from: batch.from,
        committed_at: batch.committed_at,
        chance: batch.chance,
        exposure: batch.exposure,
        state,
    }
}

impl<T: Config> Pallet<T> {
    /// A channel, until it is forgotten.
    pub fn channel_view(id: &ChannelId) -> Option<ChannelView> {
        Channels::<T>::get(id).map(|channel| Self::channel_row(*id, channel))
    }

    /// Channels of an account, as consumer, funder or provider: at most `limit` and 256, in no order.
    pub fn channel_views(account: &AccountId, limit: u32) -> Vec<ChannelView> {
        ChannelsOf::<T>::iter_key_prefix(account)
            .take(rows(limit))
            .filter_map(|id| Self::channel_view(&id))
            .collect()
    }

    /// A batch, until it is forgotten.
    pub fn batch_view(id: &BatchId) -> Option<BatchView> {
        match Batches::<T>::get(id) {
            Some(batch) => Some(batch_row(batch, T::Audits::state(id))),
            None => Ended::<T>::get(id)
                .map(|EndedBatch { batch, at, reason }| batch_row(batch, BatchState::Ended { at, reason })),
        }
    }

    /// Batches of a channel, oldest first; at most 256.
    pub fn batches_of(channel: &ChannelId) -> Vec<BatchView> {
        let mut batches: Vec<BatchView> = BatchesOf::<T>::iter_key_prefix(channel)
            .take(MAX_ROWS)
            .filter_map(|id| Self::batch_view(&id))
            .collect();
        batches.sort_by_key(|batch| (batch.committed_at, batch.from));
        batches
    }

    /// Value of a provider that is pending and waits for room.
    pub fn queued(provider: &AccountId) -> Balance {
        Queue::<T>::iter_prefix_values(provider).fold(0, |sum, waiting| sum.saturating_add(waiting.left))
    }

    /// Live blocks by which the consumer delays the release of a channel's batches; 0 for an unknown channel.
    pub fn notice(id: &ChannelId) -> BlockNumber {
        Channels::<T>::get(id).map_or(0, |channel| channel.notice)
    }

    /// What was burnt of the fees of a closed channel whose batches have all ended, and what it was for; for its consumer
    /// alone, and until it is forgotten.
    pub fn burnt(consumer: &AccountId, id: &ChannelId) -> Option<(SpecId, Balance)> {
        let channel = Channels::<T>::get(id)?;
        let done = channel.open_batches == 0 && matches!(channel.state, ChannelState::Closed { .. });
        (done && channel.consumer == *consumer).then_some((channel.spec, channel.burnt))
    }

    fn channel_row(id: ChannelId, channel: Channel) -> ChannelView {
        ChannelView {
            id,
            seed: Self::seed(&id, &channel),
            consumer: channel.consumer,
            funder: channel.funder,
            provider: channel.provider,
            spec: channel.spec,
            deposit: channel.deposit,
            settled: channel.settled,
            settled_calls: channel.settled_calls,
            per_1k_input: channel.prices.per_1k_input,
            per_1k_output: channel.prices.per_1k_output,
            voucher_key: channel.voucher_key,
            receipt_key: channel.receipt_key,
            opened_at: channel.opened_at,
            expires: channel.expires,
            state: channel.state,
            audited: channel.audited,
            open_batches: channel.open_batches,
            notice: channel.notice,
        }
    }
}

fn rows(limit: u32) -> usize {
    usize::try_from(limit).map_or(MAX_ROWS, |limit| limit.min(MAX_ROWS))
}
