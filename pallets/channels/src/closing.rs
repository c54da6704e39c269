//! How a channel ends.

use crate::{
    pallet::*,
    state::{self, Closer, Pace},
    types::{Channel, SignedVoucher},
};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_pallet_support::clock;
use souk_primitives::{views::ChannelState, AccountId, ChannelId};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_close(who: AccountId, id: ChannelId) -> DispatchResult {
        let mut channel = Self::channel(&id)?;
        let now = T::Clock::get();
        let by =
            Closer { is_consumer: who == channel.consumer, expired: clock::is_over(now, channel.expires) };
        let until = clock::deadline(now, T::CloseGrace::get());
        channel.state = state::close(channel.state, by, until).map_err(Error::<T>::from)?;
        if let ChannelState::Closing { until, reason } = channel.state {
            Self::remember_sweep(until, id);
            Self::deposit_event(Event::ChannelClosing { channel: id, until, reason });
        }
        Channels::<T>::insert(id, channel);
        Ok(())
    }

    pub(crate) fn do_close_by_provider(
        provider: AccountId,
        id: ChannelId,
        last: Option<SignedVoucher>,
    ) -> DispatchResult {
        let channel = Self::channel(&id)?;
        ensure!(channel.provider == provider, Error::<T>::NotProvider);
        let closed = state::close_by_provider(channel.state, Self::block()).map_err(Error::<T>::from)?;
        if let Some(SignedVoucher { voucher, signature }) = last {
            // A voucher is taken in time only; without one the provider may close even after the grace period.
            state::pace(channel.state, T::Clock::get()).map_err(Error::<T>::from)?;
            Self::settle_voucher(id, channel, &voucher, &signature, Pace::Final)?;
        }
        Self::finish(id, Self::channel(&id)?, closed)
    }

    pub(crate) fn do_sweep(id: ChannelId) -> DispatchResult {
        let channel = Self::channel(&id)?;
        let closed = state::sweep(channel.state, T::Clock::get(), Self::block()).map_err(Error::<T>::from)?;
        Self::finish(id, channel, closed)
    }

    /// Returns the rest to the funder and closes the channel.
    fn finish(id: ChannelId, mut channel: Channel, closed: ChannelState) -> DispatchResult {
        let returned = channel.rest();
        Self::return_rest(&channel)?;
        Self::free_limit(&channel);
        channel.state = closed;
        if let ChannelState::Closed { reason, .. } = closed {
            Self::deposit_event(Event::ChannelClosed { channel: id, reason, returned });
        }
        Channels::<T>::insert(id, &channel);
        Self::retire_if_done(&id, &channel);
        Ok(())
    }
}
