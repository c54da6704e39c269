//! What an account has earned, settled lazily: whenever a record is touched in a later epoch than its own.

use crate::{
    pallet::*,
    types::{Record, Role, Settled},
};
use frame_support::traits::Get;
use souk_primitives::{rewards, AccountId, Balance};

impl<T: Config> Pallet<T> {
    /// Settles what of a record's credits and points has a rate by now, and moves the record into the running epoch. What
    /// belongs to an epoch that is forgotten is forfeited: its money is back in the budget already.
    pub(crate) fn settle(role: Role, who: &AccountId) -> Record {
        let now = Epoch::<T>::get();
        let mut record =
            Records::<T>::get(role, who).unwrap_or_else(|| Record { epoch: now, ..Record::default() });
        let kept = Self::leave_epoch(role, &mut record, now);
        let gained = kept.gained.saturating_add(Self::settle_points(role, &mut record));
        let validator = record.validator.clone().filter(|_| role == Role::Provider);
        let part = validator.as_ref().map_or(0, |_| T::Commission::get().deconstruct());
        let (commission, own) = rewards::commission(gained, part);
        record.accrued = kept.carried.saturating_add(own);
        let more = own.saturating_add(if kept.is_moved { kept.carried } else { 0 });
        if more > 0 {
            Books::<T>::mutate(role.pot(), now, |book| {
                let book = book.get_or_insert_default();
                book.accrued = book.accrued.saturating_add(more);
            });
        }
        Self::put_record(role, who, &record);
        if own > 0 {
            Self::deposit_event(Event::Accrued { account: who.clone(), role, amount: own });
        }
        if let Some(validator) = validator.filter(|_| commission > 0) {
            Self::accrue_commission(validator, commission);
        }
        record
    }

    /// Takes a record out of an earlier epoch's book.
    fn leave_epoch(role: Role, record: &mut Record, now: u32) -> Kept {
        if record.epoch >= now {
            return Kept { gained: 0, carried: record.accrued, is_moved: false };
        }
        let (pot, epoch) = (role.pot(), core::mem::replace(&mut record.epoch, now));
        let credits = core::mem::take(&mut record.credits);
        let accrued = core::mem::take(&mut record.accrued);
        let Some(mut book) = Books::<T>::get(pot, epoch) else { return Kept::default() };
        let Settled { gained, freed } = book.settle(credits);
        book.accrued = book.accrued.saturating_sub(accrued);
        Self::put_book(pot, epoch, book);
        Self::owe_less(pot, freed);
        Kept { gained, carried: accrued, is_moved: true }
    }

    /// Settles the points of an exam whose budget is fixed.
    fn settle_points(role: Role, record: &mut Record) -> Balance {
        let Some(passed) = record.passed else { return 0 };
        let Some(mut book) = Rounds::<T>::get(passed.round) else {
            record.passed = None;
            return 0;
        };
        if !book.is_fixed {
            return 0;
        }
        record.passed = None;
        let Settled { gained, freed } = book.settle(&passed);
        Self::put_round(passed.round, book);
        Self::owe_less(role.pot(), freed);
        gained
    }

    /// Books a validator's commission, which its provider's settlement set free.
    pub(crate) fn accrue_commission(validator: AccountId, amount: Balance) {
        // A validator's record has neither credits nor points: this goes no deeper.
        let mut record = Self::settle(Role::Validator, &validator);
        record.accrued = record.accrued.saturating_add(amount);
        Books::<T>::mutate(Role::Validator.pot(), record.epoch, |book| {
            let book = book.get_or_insert_default();
            book.accrued = book.accrued.saturating_add(amount);
        });
        Self::put_record(Role::Validator, &validator, &record);
        Self::deposit_event(Event::Accrued { account: validator, role: Role::Validator, amount });
    }

    /// Adds credits of the running epoch.
    pub(crate) fn credit(role: Role, who: &AccountId, amount: Balance, validator: Option<AccountId>) {
        if amount == 0 {
            return;
        }
        let mut record = Self::settle(role, who);
        record.credits = record.credits.saturating_add(amount);
        // Who serves for nobody any more earned the rest of it for the last one.
        record.validator = validator.or(record.validator);
        Books::<T>::mutate(role.pot(), record.epoch, |book| book.get_or_insert_default().credit(amount));
        Self::put_record(role, who, &record);
    }

    /// Takes out what has accrued, for a claim.
    pub(crate) fn take_accrued(role: Role, who: &AccountId) -> Balance {
        let mut record = Self::settle(role, who);
        let amount = core::mem::take(&mut record.accrued);
        if amount == 0 {
            return 0;
        }
        let pot = role.pot();
        if let Some(mut book) = Books::<T>::get(pot, record.epoch) {
            book.accrued = book.accrued.saturating_sub(amount);
            Self::put_book(pot, record.epoch, book);
        }
        Self::owe_less(pot, amount);
        Self::put_record(role, who, &record);
        amount
    }

    pub(crate) fn put_record(role: Role, who: &AccountId, record: &Record) {
        if record.is_empty() {
            Records::<T>::remove(role, who);
        } else {
            Records::<T>::insert(role, who, record);
        }
    }
}

/// What a record keeps when it leaves its epoch.
#[derive(Default)]
struct Kept {
    /// What its credits paid.
    gained: Balance,
    /// What had accrued before.
    carried: Balance,
    /// Whether that has to be booked in the running epoch.
    is_moved: bool,
}
