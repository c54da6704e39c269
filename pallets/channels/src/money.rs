//! How money moves. A deposit is held on the funder, what was settled on the provider; nothing is ever in between.

use crate::{
    pallet::*,
    ports::{AuditSink, Publishers, Trades},
    types::{Channel, EndedBatch},
};
use frame_support::{
    dispatch::DispatchResult,
    ensure,
    storage::with_storage_layer,
    traits::{fungible::MutateHold, Get},
};
use souk_pallet_support::money;
use souk_primitives::{
    batch::Batch,
    close::CloseReason,
    split::{Fees, Release},
    AccountId, Balance, ChannelId,
};

impl<T: Config> Pallet<T> {
    /// Puts free money of the funder on hold for a channel.
    pub(crate) fn hold_deposit(funder: &AccountId, amount: Balance) -> DispatchResult {
        money::hold_free::<T::Currency, _>(&HoldReason::Channel.into(), funder, amount)
    }

    /// Gives the rest of a channel back to its funder.
    pub(crate) fn return_rest(channel: &Channel) -> DispatchResult {
        match channel.rest() {
            0 => Ok(()),
            rest => money::release::<T::Currency, _>(&HoldReason::Channel.into(), &channel.funder, rest),
        }
    }

    /// Moves an increment from the channel's deposit to the provider's pending hold.
    pub(crate) fn move_to_pending(channel: &Channel, amount: Balance) -> DispatchResult {
        let (funder, provider) = (&channel.funder, &channel.provider);
        money::pay_held::<T::Currency, _>(&HoldReason::Channel.into(), funder, provider, amount)?;
        // `hold`, not `hold_free`: the money came for this, whatever lock the provider has on the rest of its own.
        T::Currency::hold(&HoldReason::Pending.into(), provider, amount)
    }

    /// Pays a batch out of the provider's pending hold. Returns the split as it was paid, and the publisher's share of it:
    /// what treasury or audit pot could not take (an account that doesn't exist) is burnt, so that it never stops a
    /// payment.
    pub(crate) fn pay_batch(
        batch: &Batch,
        reason: CloseReason,
    ) -> Result<(Release, Balance), sp_runtime::DispatchError> {
        let pending = HoldReason::Pending.into();
        let provider = &batch.provider;
        let fees = Fees { report: T::Audits::report_fee(&batch.spec), ..T::Fees::get() };
        let mut split = fees.release(batch.value, batch.chance, !batch.audited);
        let burnt_fee = split.burnt;
        let pay = |to: &AccountId, amount: &mut Balance, burnt: &mut Balance| {
            let paid =
                with_storage_layer(|| money::pay_held::<T::Currency, _>(&pending, provider, to, *amount));
            if paid.is_err() {
                *burnt = burnt.saturating_add(*amount);
                *amount = 0;
            }
        };
        pay(&T::Treasury::get(), &mut split.treasury, &mut split.burnt);
        pay(&T::Audits::pot_account(), &mut split.audit, &mut split.burnt);
        if split.audit > 0 {
            T::Audits::pot_deposit(&batch.spec, split.audit);
        }
        money::burn_held::<T::Currency, _>(&pending, provider, split.burnt)?;
        let licensed = Self::pay_publisher(batch, split.provider);
        split.provider = split.provider.saturating_sub(licensed);
        if split.provider > 0 {
            money::release::<T::Currency, _>(&pending, provider, split.provider)?;
        }
        if let Some(channel) = Self::note_burnt(&batch.channel, split.burnt) {
            T::Trades::released(batch, channel.prices, burnt_fee, reason);
        }
        Ok((split, licensed))
    }

    /// Pays the publisher's share out of the `left` that the fees leave the provider. What the gathering account can't
    /// take stays with the provider.
    fn pay_publisher(batch: &Batch, left: Balance) -> Balance {
        let Batch { provider, spec, value, .. } = batch;
        let due = T::Publishers::due(provider, spec, *value, left).min(left);
        let (pending, to) = (HoldReason::Pending.into(), T::Publishers::account());
        let paid = with_storage_layer(|| money::pay_held::<T::Currency, _>(&pending, provider, &to, due));
        if due == 0 || paid.is_err() {
            return 0;
        }
        T::Publishers::paid(provider, spec, due);
        due
    }

    /// Adds to what a review of the channel weighs by.
    fn note_burnt(id: &ChannelId, amount: Balance) -> Option<Channel> {
        let mut channel = Channels::<T>::get(id)?;
        channel.burnt = channel.burnt.saturating_add(amount);
        Channels::<T>::insert(id, &channel);
        Some(channel)
    }

    /// Gives a batch's value back to the funder, less what its audits cost if the consumer bears that. What an account
    /// that ceased to exist can't take is kept for it. Returns what went to the pot, and the refund.
    pub(crate) fn pay_back(batch: &Batch, audit_fee: Balance) -> (Balance, Balance) {
        let (provider, funder) = (&batch.provider, &batch.funder);
        let pending = HoldReason::Pending.into();
        let mut audit = audit_fee.min(batch.value);
        let pot = T::Audits::pot_account();
        if with_storage_layer(|| money::pay_held::<T::Currency, _>(&pending, provider, &pot, audit)).is_err()
        {
            audit = 0;
        }
        if audit > 0 {
            T::Audits::pot_deposit(&batch.spec, audit);
        }
        let amount = batch.value.saturating_sub(audit);
        let paid =
            with_storage_layer(|| money::pay_held::<T::Currency, _>(&pending, provider, funder, amount));
        if paid.is_err() {
            Unclaimed::<T>::mutate(provider, funder, |kept| *kept = kept.saturating_add(amount));
            Self::deposit_event(Event::RefundKept {
                provider: provider.clone(),
                owner: funder.clone(),
                amount,
            });
        }
        (audit, amount)
    }

    pub(crate) fn do_claim(provider: AccountId, owner: AccountId) -> DispatchResult {
        let amount = Unclaimed::<T>::take(&provider, &owner);
        ensure!(amount > 0, Error::<T>::NothingToClaim);
        money::pay_held::<T::Currency, _>(&HoldReason::Pending.into(), &provider, &owner, amount)?;
        Self::deposit_event(Event::RefundClaimed { provider, owner, amount });
        Ok(())
    }

    /// The event of a batch's end.
    pub(crate) fn tell_end(ended: &EndedBatch, split: Release, refunded: Balance, licensed: Balance) {
        let batch = &ended.batch;
        Self::deposit_event(Event::BatchEnded {
            batch: batch.id,
            channel: batch.channel,
            provider: batch.provider.clone(),
            reason: ended.reason,
            paid: split.provider,
            refunded,
            treasury: split.treasury,
            audit: split.audit,
            burnt: split.burnt,
            licensed,
        });
    }
}
