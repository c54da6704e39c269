//! Settlements: what a voucher or the last calls must be like, and the increment that follows.

use crate::{
    pallet::*,
    state::{self, Pace, Refusal},
    types::{Channel, Increment, LastCalls, SignedCall, SignedVoucher},
    WeightInfo,
};
use alloc::vec::Vec;
use frame_support::{
    dispatch::DispatchResult, ensure, storage::with_storage_layer, traits::Get, weights::Weight, BoundedVec,
};
use souk_primitives::{
    call::{check_receipt, receipt_leaf, Finish, Signed, Voucher},
    sr25519::{Public, Signature},
    sumtree::{self, Leaf},
    AccountId, Balance, ChannelId, Digest,
};
use sp_runtime::DispatchError;

impl<T> From<Refusal> for Error<T> {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotConsumer => Error::NotConsumer,
            Refusal::AlreadyClosing => Error::AlreadyClosing,
            Refusal::NotClosing => Error::NotClosing,
            Refusal::Closed => Error::ChannelClosed,
            Refusal::GraceOver => Error::GraceOver,
            Refusal::GraceNotOver => Error::GraceNotOver,
        }
    }
}

/// Whether `key` signed the statement.
pub(crate) fn is_signed(statement: &impl Signed, signature: &Signature, key: &Digest) -> bool {
    sp_io::crypto::sr25519_verify(signature, &statement.signing_payload(), &Public::from_raw(*key))
}

impl<T: Config> Pallet<T> {
    /// What paying at once, with the publisher's share, weighs beyond opening a batch to audits.
    pub(crate) fn unaudited_extra() -> Weight {
        T::WeightInfo::settle_unaudited().saturating_sub(T::WeightInfo::settle())
    }

    /// Settles a voucher. Says whether the channel is audited.
    pub(crate) fn do_settle(
        provider: &AccountId,
        id: ChannelId,
        voucher: &Voucher,
        signature: &Signature,
    ) -> Result<bool, DispatchError> {
        let channel = Self::channel(&id)?;
        ensure!(channel.provider == *provider, Error::<T>::NotProvider);
        let pace = state::pace(channel.state, T::Clock::get()).map_err(Error::<T>::from)?;
        let audited = channel.audited;
        Self::settle_voucher(id, channel, voucher, signature, pace)?;
        Ok(audited)
    }

    /// Settles vouchers, each alone. Says whether all channels are audited.
    pub(crate) fn do_settle_many(
        provider: AccountId,
        vouchers: BoundedVec<SignedVoucher, T::MaxSettlements>,
    ) -> Result<bool, DispatchError> {
        let mut audited = true;
        ensure!(!vouchers.is_empty(), Error::<T>::NothingToSettle);
        for SignedVoucher { voucher, signature } in vouchers {
            let settled =
                with_storage_layer(|| Self::do_settle(&provider, voucher.channel, &voucher, &signature));
            match settled {
                Ok(this) => audited &= this,
                Err(error) => {
                    Self::deposit_event(Event::SettlementRefused { channel: voucher.channel, error });
                }
            }
        }
        Ok(audited)
    }

    /// Settles a voucher on a channel whose provider and state were checked. Stores the channel.
    pub(crate) fn settle_voucher(
        id: ChannelId,
        mut channel: Channel,
        voucher: &Voucher,
        signature: &Signature,
        pace: Pace,
    ) -> DispatchResult {
        let value = Self::check_voucher(&id, &channel, voucher, signature)?;
        if pace == Pace::Steady {
            ensure!(value >= T::MinBatch::get(), Error::<T>::BatchBelowMinimum);
        }
        let increment = Increment {
            channel: id,
            cumulative: voucher.cumulative,
            left: value,
            from: channel.settled,
            root: voucher.receipts_root,
            total: voucher.cumulative,
            count: voucher.calls,
            certain: false,
            slice: 0,
        };
        channel.settled = voucher.cumulative;
        channel.settled_calls = voucher.calls;
        Self::take(id, channel, increment, pace)
    }

    /// Checks a voucher against its channel and returns its increment. The signature comes last: it costs most.
    fn check_voucher(
        id: &ChannelId,
        channel: &Channel,
        voucher: &Voucher,
        signature: &Signature,
    ) -> Result<Balance, Error<T>> {
        ensure!(voucher.genesis == Self::genesis(), Error::<T>::WrongChain);
        ensure!(voucher.channel == *id, Error::<T>::WrongChannel);
        ensure!(!channel.last_calls_settled, Error::<T>::LastCallsSettled);
        let covers_more = voucher.cumulative > channel.settled && voucher.calls > channel.settled_calls;
        ensure!(covers_more, Error::<T>::StaleVoucher);
        ensure!(voucher.cumulative <= channel.deposit, Error::<T>::OverDeposit);
        ensure!(is_signed(voucher, signature, &channel.voucher_key), Error::<T>::BadSignature);
        Ok(voucher.cumulative.saturating_sub(channel.settled))
    }

    pub(crate) fn do_settle_last(provider: AccountId, id: ChannelId, calls: LastCalls) -> DispatchResult {
        let mut channel = Self::channel(&id)?;
        ensure!(channel.provider == provider, Error::<T>::NotProvider);
        match state::pace(channel.state, T::Clock::get()).map_err(Error::<T>::from)? {
            Pace::Steady => return Err(Error::<T>::NotClosing.into()),
            Pace::Final => (),
        }
        ensure!(!channel.last_calls_settled, Error::<T>::LastCallsSettled);
        let count = u32::try_from(calls.len()).map_err(|_| Error::<T>::Overflow)?;
        let leaves = Self::check_calls(&id, &channel, &calls)?;
        let tree = sumtree::shape(&leaves).ok_or(Error::<T>::OverDeposit)?;
        ensure!(tree.total > 0, Error::<T>::NothingToSettle);
        let settled = channel.settled.checked_add(tree.total).ok_or(Error::<T>::OverDeposit)?;
        ensure!(settled <= channel.deposit, Error::<T>::OverDeposit);
        let increment = Increment {
            channel: id,
            cumulative: settled,
            left: tree.total,
            // A tree of its own, which starts at zero.
            from: 0,
            root: tree.root,
            total: tree.total,
            count: tree.count,
            certain: true,
            slice: 0,
        };
        channel.settled = settled;
        channel.settled_calls = channel.settled_calls.saturating_add(count);
        channel.last_calls_settled = true;
        Self::take(id, channel, increment, Pace::Final)
    }

    /// Checks the calls that no voucher covers and returns their leaves.
    fn check_calls(id: &ChannelId, channel: &Channel, calls: &[SignedCall]) -> Result<Vec<Leaf>, Error<T>> {
        ensure!(!calls.is_empty(), Error::<T>::NothingToSettle);
        let genesis = Self::genesis();
        let seed = Self::seed(id, channel);
        let mut previous = None;
        let mut leaves = Vec::new();
        for SignedCall { request, request_signature, receipt, receipt_signature } in calls {
            ensure!(request.genesis == genesis, Error::<T>::WrongChain);
            ensure!(request.channel == *id, Error::<T>::WrongChannel);
            ensure!(request.seq >= channel.settled_calls, Error::<T>::CallSettled);
            ensure!(previous.is_none_or(|seq| seq < request.seq), Error::<T>::CallsNotAscending);
            previous = Some(request.seq);
            ensure!(Some(request.seed) == seed, Error::<T>::WrongSeed);
            check_receipt(request, receipt, &channel.prices).map_err(|_| Error::<T>::ReceiptMismatch)?;
            // No audit could tell it from a call that was never begun, and nobody signed a voucher for it.
            let is_unbegun = receipt.finish == Finish::Cancelled && receipt.output_tokens == 0;
            ensure!(!is_unbegun, Error::<T>::NothingAnswered);
            let signed = is_signed(request, request_signature, &channel.voucher_key)
                && is_signed(receipt, receipt_signature, &channel.receipt_key);
            ensure!(signed, Error::<T>::BadSignature);
            leaves.push(receipt_leaf(request, receipt));
        }
        Ok(leaves)
    }

    /// Moves an increment's money, stores the channel and lets the increment enter.
    fn take(id: ChannelId, channel: Channel, increment: Increment, pace: Pace) -> DispatchResult {
        Self::move_to_pending(&channel, increment.left)?;
        Self::deposit_event(Event::Settled {
            channel: id,
            provider: channel.provider.clone(),
            value: increment.left,
            settled: channel.settled,
            calls: channel.settled_calls,
        });
        Channels::<T>::insert(id, &channel);
        match pace {
            _ if !channel.audited => Self::end_unaudited(&channel, increment),
            Pace::Steady => Self::enter(&channel, increment),
            Pace::Final => Self::enqueue(&channel, increment),
        }
    }
}
