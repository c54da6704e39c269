//! How a channel begins: limits, opening, topping up.

use crate::{
    pallet::*,
    ports::ProviderBook,
    types::{Channel, Limit, Order, Usage},
};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_pallet_support::clock;
use souk_primitives::{creation_id, views::ChannelState, AccountId, Balance, BlockNumber, ChannelId, Digest};
use sp_runtime::traits::UniqueSaturatedInto;

/// Domain tag of channel ids.
const TAG: &[u8] = b"souk/channel";

impl<T: Config> Pallet<T> {
    pub(crate) fn do_open(funder: AccountId, consumer: AccountId, order: Order) -> DispatchResult {
        let invited = funder == consumer || Limits::<T>::contains_key(&consumer, &order.provider);
        ensure!(invited, Error::<T>::NotInvited);
        ensure!(order.deposit >= T::MinBatch::get().max(1), Error::<T>::DepositBelowMinimum);
        ensure!(order.notice <= T::MaxNotice::get(), Error::<T>::NoticeTooLong);
        let now = T::Clock::get();
        let latest = clock::deadline(now, T::MaxExpiry::get());
        ensure!(order.expires > now && order.expires <= latest, Error::<T>::ExpiryOutOfRange);

        let terms = T::Providers::terms(&order.provider, &order.spec)?;
        ensure!(terms.audited || order.allow_unaudited, Error::<T>::SpecUnaudited);
        let affordable = terms.prices.per_1k_input <= order.max_prices.per_1k_input
            && terms.prices.per_1k_output <= order.max_prices.per_1k_output;
        ensure!(affordable, Error::<T>::PriceAboveMaximum);
        Self::use_limit(&consumer, &order.provider, order.deposit, 1)?;
        Self::hold_deposit(&funder, order.deposit)?;

        let id = Self::next_id(&consumer)?;
        let opened_at = Self::block();
        Self::remember_opening(opened_at)?;
        for party in [&consumer, &funder, &order.provider] {
            ChannelsOf::<T>::insert(party, id, ());
        }
        T::Providers::opened(&order.provider, &order.spec);
        Self::deposit_event(Event::ChannelOpened {
            channel: id,
            consumer: consumer.clone(),
            funder: funder.clone(),
            provider: order.provider.clone(),
            spec: order.spec,
            deposit: order.deposit,
            prices: terms.prices,
            expires: order.expires,
        });
        Channels::<T>::insert(
            id,
            Channel {
                consumer,
                funder,
                provider: order.provider,
                spec: order.spec,
                deposit: order.deposit,
                settled: 0,
                settled_calls: 0,
                prices: terms.prices,
                voucher_key: order.voucher_key,
                receipt_key: terms.receipt_key,
                opened_at,
                expires: order.expires,
                notice: order.notice,
                audited: terms.audited,
                burnt: 0,
                last_calls_settled: false,
                open_batches: 0,
                state: ChannelState::Open,
            },
        );
        Ok(())
    }

    pub(crate) fn do_top_up(funder: AccountId, id: ChannelId, amount: Balance) -> DispatchResult {
        let mut channel = Self::channel(&id)?;
        ensure!(channel.funder == funder, Error::<T>::NotFunder);
        match channel.state {
            ChannelState::Open => (),
            ChannelState::Closing { .. } => return Err(Error::<T>::AlreadyClosing.into()),
            ChannelState::Closed { .. } => return Err(Error::<T>::ChannelClosed.into()),
        }
        ensure!(clock::in_time(T::Clock::get(), channel.expires), Error::<T>::ChannelExpired);
        ensure!(amount > 0, Error::<T>::ZeroAmount);
        channel.deposit = channel.deposit.checked_add(amount).ok_or(Error::<T>::Overflow)?;
        Self::use_limit(&channel.consumer, &channel.provider, amount, 0)?;
        Self::hold_deposit(&funder, amount)?;
        Self::deposit_event(Event::ToppedUp { channel: id, amount, deposit: channel.deposit });
        Channels::<T>::insert(id, channel);
        Ok(())
    }

    pub(crate) fn do_set_limit(consumer: AccountId, provider: AccountId, limit: Limit) -> DispatchResult {
        ensure!(limit.max_channels <= T::MaxChannels::get(), Error::<T>::LimitTooHigh);
        if !Limits::<T>::contains_key(&consumer, &provider) {
            let count = LimitCount::<T>::get(&consumer).saturating_add(1);
            ensure!(count <= MAX_LIMITS, Error::<T>::TooManyLimits);
            LimitCount::<T>::insert(&consumer, count);
        }
        Limits::<T>::insert(&consumer, &provider, limit);
        Self::deposit_event(Event::LimitSet { consumer, provider, limit });
        Ok(())
    }

    pub(crate) fn do_clear_limit(consumer: AccountId, provider: AccountId) -> DispatchResult {
        ensure!(Limits::<T>::take(&consumer, &provider).is_some(), Error::<T>::LimitNotFound);
        match LimitCount::<T>::get(&consumer).saturating_sub(1) {
            0 => LimitCount::<T>::remove(&consumer),
            count => LimitCount::<T>::insert(&consumer, count),
        }
        Self::deposit_event(Event::LimitCleared { consumer, provider });
        Ok(())
    }

    /// Limit of a consumer for a provider: what it has set, or the default.
    pub fn limit(consumer: &AccountId, provider: &AccountId) -> Limit {
        Limits::<T>::get(consumer, provider)
            .unwrap_or(Limit { max_amount: Balance::MAX, max_channels: T::MaxChannels::get() })
    }

    /// Counts more money and channels against the consumer's limit.
    fn use_limit(
        consumer: &AccountId,
        provider: &AccountId,
        amount: Balance,
        channels: u32,
    ) -> DispatchResult {
        let limit = Self::limit(consumer, provider);
        let old = Usages::<T>::get(consumer, provider);
        let usage = Usage {
            amount: old.amount.checked_add(amount).ok_or(Error::<T>::Overflow)?,
            channels: old.channels.saturating_add(channels),
        };
        // A governance that lowers the general maximum binds also those who had set more.
        let most = limit.max_channels.min(T::MaxChannels::get());
        ensure!(channels == 0 || usage.channels <= most, Error::<T>::TooManyChannels);
        ensure!(usage.amount <= limit.max_amount, Error::<T>::OverLimit);
        Usages::<T>::insert(consumer, provider, usage);
        Ok(())
    }

    /// Gives a closed channel's part of the limit back.
    pub(crate) fn free_limit(channel: &Channel) {
        let old = Usages::<T>::get(&channel.consumer, &channel.provider);
        let usage = Usage {
            amount: old.amount.saturating_sub(channel.deposit),
            channels: old.channels.saturating_sub(1),
        };
        if usage == Usage::default() {
            Usages::<T>::remove(&channel.consumer, &channel.provider);
        } else {
            Usages::<T>::insert(&channel.consumer, &channel.provider, usage);
        }
    }

    fn next_id(consumer: &AccountId) -> Result<ChannelId, Error<T>> {
        let count = ChannelCount::<T>::get();
        ChannelCount::<T>::put(count.checked_add(1).ok_or(Error::<T>::Overflow)?);
        Ok(creation_id(TAG, &frame_system::Pallet::<T>::parent_hash().0, consumer, count))
    }

    /// The channel, or the error that there is none.
    pub(crate) fn channel(id: &ChannelId) -> Result<Channel, Error<T>> {
        Channels::<T>::get(id).ok_or(Error::<T>::ChannelNotFound)
    }

    /// The chain's genesis hash, part of everything that is signed.
    pub(crate) fn genesis() -> Digest {
        frame_system::Pallet::<T>::block_hash(frame_system::pallet_prelude::BlockNumberFor::<T>::default()).0
    }

    /// Number of the current (real) block.
    pub(crate) fn block() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().unique_saturated_into()
    }
}
