//! What a provider is slashed for without an audit: two receipts for one call.

use crate::{
    pallet::*,
    ports::ProviderBook,
    settlement::is_signed,
    types::{Channel, SignedReceipt},
};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_primitives::{exposure::exposure, AccountId, Balance, ChannelId};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_report_double_receipt(
        reporter: AccountId,
        first: SignedReceipt,
        second: SignedReceipt,
    ) -> DispatchResult {
        let id = first.receipt.channel;
        let seq = first.receipt.seq;
        ensure!(second.receipt.channel == id && second.receipt.seq == seq, Error::<T>::NotDouble);
        ensure!(first.receipt != second.receipt, Error::<T>::NotDouble);
        let channel = Self::channel(&id)?;
        let genesis = Self::genesis();
        for SignedReceipt { receipt, signature } in [&first, &second] {
            ensure!(receipt.genesis == genesis, Error::<T>::WrongChain);
            ensure!(is_signed(receipt, signature, &channel.receipt_key), Error::<T>::BadSignature);
        }

        // No call is worth more than its channel's deposit, whatever a provider signs for a friend to report.
        let charge = first.receipt.charge.max(second.receipt.charge).min(channel.deposit);
        let excess = Self::record_double(&id, seq, charge)?;
        let slashed = Self::slash_double(&channel, excess, &reporter);
        Self::deposit_event(Event::DoubleReceipt {
            channel: id,
            seq,
            provider: channel.provider.clone(),
            reporter,
            slashed,
        });
        // The provider is jailed: what waits enters now.
        Self::admit_queued(&channel.provider);
        Ok(())
    }

    /// The charge beyond earlier reports of the same call: a friend who reports a cheap pair first saves nothing. Nor
    /// does one who reports many of them: a pair that charges nothing is not kept, and where no slot is left, a dearer
    /// pair takes the cheapest one's.
    fn record_double(id: &ChannelId, seq: u32, charge: Balance) -> Result<Balance, Error<T>> {
        let mut doubles = DoubleReceipts::<T>::get(id);
        if charge == 0 && doubles.iter().all(|(known, _)| *known != seq) {
            return Ok(0);
        }
        let excess = match doubles.iter_mut().find(|(known, _)| *known == seq) {
            Some((_, before)) => {
                ensure!(charge > *before, Error::<T>::AlreadyReported);
                let excess = charge.saturating_sub(*before);
                *before = charge;
                excess
            }
            None => {
                if doubles.try_push((seq, charge)).is_err() {
                    let cheapest = doubles.iter_mut().min_by_key(|(_, kept)| *kept);
                    let slot =
                        cheapest.filter(|(_, kept)| charge > *kept).ok_or(Error::<T>::TooManyReports)?;
                    *slot = (seq, charge);
                }
                charge
            }
        };
        DoubleReceipts::<T>::insert(id, doubles);
        Ok(excess)
    }

    fn slash_double(channel: &Channel, charge: Balance, reporter: &AccountId) -> Balance {
        let provider = &channel.provider;
        let due = exposure(charge, T::SafetyFactor::get(), T::QMin::get()).unwrap_or(Balance::MAX);
        let amount = due.min(T::Providers::active_bond(provider));
        T::Providers::slash_double_receipt(provider, amount, charge, &channel.consumer, reporter)
    }
}
