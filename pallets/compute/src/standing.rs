//! A provider's standing on a spec: its record while it serves, and the doubts that follow it when it does not.
//!
//! A record is earned by serving and lost by stopping, which only raises the audit rate. Doubts are different: if they
//! were lost too, a provider that is close to the bound would stop after its second and begin anew. So they stay for
//! the unbonding period, and with the provider's **validator** as well, or another account would do for the same
//! sidecar. As long, a provider with one too many can't serve the spec; to leave and come back under another
//! validator takes as long and a bond.

use crate::{
    pallet::{Config, DoubtCursor, Doubted, Error, Event, Pallet, Providers, Servings},
    types::Doubt,
};
use frame_support::{ensure, traits::Get, weights::WeightMeter};
use souk_pallet_support::{clock, rounds};
use souk_primitives::{rate::Record, AccountId, SpecId};

/// Most kept doubts that one idle block looks at.
const MAX_DOUBTS_SEEN: u32 = 8;

impl<T: Config> Pallet<T> {
    /// Record of a provider on a spec: a newcomer's when it does not serve it, but for the doubts that it left with.
    pub fn record(account: &AccountId, spec: &SpecId) -> Record {
        match Servings::<T>::get(spec, account) {
            Some(serving) => serving.record,
            None => Self::doubts_of(spec, account),
        }
    }

    /// Changes the record of a provider on a spec. One doubt too many takes the provider off the spec, unslashed. Of
    /// one that does not serve it (a channel from before may still be audited), only the doubts are kept.
    pub fn mutate_record(account: &AccountId, spec: &SpecId, change: impl FnOnce(&mut Record)) {
        let Some(mut serving) = Servings::<T>::get(spec, account) else {
            return Self::mutate_doubts(account, spec, change);
        };
        change(&mut serving.record);
        let is_out = serving.record.is_out();
        Servings::<T>::insert(spec, account, serving);
        if is_out {
            Self::take_off(account, *spec);
        }
    }

    fn mutate_doubts(account: &AccountId, spec: &SpecId, change: impl FnOnce(&mut Record)) {
        let mut record = Self::doubts_of(spec, account);
        // Out is out, however well the rest of its open channels does.
        let Some(provider) = Providers::<T>::get(account).filter(|_| !record.is_out()) else { return };
        change(&mut record);
        Doubted::<T>::remove(spec, account);
        Self::remember_doubts(account, &provider.validator, spec, &record);
        if record.is_out() {
            Self::tell_removal(account, *spec);
        }
    }

    /// Ends an offer because of its doubts.
    fn take_off(account: &AccountId, spec: SpecId) {
        let Some(mut provider) = Providers::<T>::get(account) else { return };
        provider.serving.retain(|served| *served != spec);
        Self::drop_offer(account, &provider.validator, spec);
        Providers::<T>::insert(account, provider);
        Self::tell_removal(account, spec);
    }

    fn tell_removal(account: &AccountId, spec: SpecId) {
        let until = Doubted::<T>::get(spec, account).map_or(0, |doubt| doubt.until);
        Self::deposit_event(Event::ProviderRemoved { provider: account.clone(), spec, until });
    }

    /// The record with which an offer begins: a newcomer's, with the doubts of the provider or its validator. Refused
    /// while these are too many.
    pub(crate) fn first_record(
        account: &AccountId,
        validator: &AccountId,
        spec: &SpecId,
    ) -> Result<Record, Error<T>> {
        let (own, shared) = (Self::doubts_of(spec, account), Self::doubts_of(spec, validator));
        let record = if shared.doubts() > own.doubts() { shared } else { own };
        ensure!(!record.is_out(), Error::<T>::TooManyDoubts);
        // From here on the offer carries its own; the validator's stay for the others.
        Doubted::<T>::remove(spec, account);
        Ok(record)
    }

    /// Keeps the doubts of an offer that ends, with the provider and with its validator.
    pub(crate) fn remember_doubts(
        account: &AccountId,
        validator: &AccountId,
        spec: &SpecId,
        record: &Record,
    ) {
        let record = record.only_doubts();
        if record.doubts() == 0 {
            return;
        }
        let until = clock::deadline(T::Clock::get(), T::UnbondingPeriod::get());
        for who in [account, validator] {
            // Another provider of the same validator may have left worse ones.
            if Self::doubts_of(spec, who).doubts() <= record.doubts() {
                Doubted::<T>::insert(spec, who, Doubt { record, until });
            }
        }
    }

    /// Removes kept doubts that count no more. Most of their accounts never come back to ask for them.
    pub(crate) fn forget_doubts(meter: &mut WeightMeter) {
        let weights = T::DbWeight::get();
        // The cursor, and the row that it leads to.
        if meter.try_consume(weights.reads_writes(2, 1)).is_err() {
            return;
        }
        let now = T::Clock::get();
        let last = DoubtCursor::<T>::get();
        let rows = match &last {
            Some((spec, account)) => Doubted::<T>::iter_from(Doubted::<T>::hashed_key_for(spec, account)),
            None => Doubted::<T>::iter(),
        };
        let visit = |(spec, account, doubt): (SpecId, AccountId, Doubt)| {
            if clock::is_over(now, doubt.until) {
                Doubted::<T>::remove(spec, &account);
            }
            (spec, account)
        };
        let step = weights.reads_writes(2, 1);
        let next = rounds::go_on(meter, step, MAX_DOUBTS_SEEN, last.clone(), rows, visit);
        if next != last {
            DoubtCursor::<T>::set(next);
        }
    }

    /// Doubts that are kept for an account and still count.
    fn doubts_of(spec: &SpecId, account: &AccountId) -> Record {
        Doubted::<T>::get(spec, account)
            .filter(|doubt| clock::in_time(T::Clock::get(), doubt.until))
            .map_or_else(Record::default, |doubt| doubt.record)
    }
}
