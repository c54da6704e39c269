//! What must be true after every block.

use crate::{pallet::*, types::*};
use alloc::collections::BTreeMap;
use frame_support::{ensure, traits::fungible::Inspect};
use souk_primitives::Balance;
use sp_runtime::TryRuntimeError;

/// What records say of the books that they refer to.
#[derive(Default)]
struct Sums {
    unsettled: Balance,
    accrued: Balance,
    /// What the unsettled credits will be paid.
    paid: Balance,
}

impl<T: Config> Pallet<T> {
    /// Checks the invariants of the crate's documentation.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        for pot in Pot::ALL {
            let books = Books::<T>::iter_prefix(pot).map(|(_, book)| book.owed());
            let rounds =
                Rounds::<T>::iter_values().filter(|_| pot == Pot::Providers).map(|book| book.promised);
            let owed = books.chain(rounds).fold(0, Balance::saturating_add);
            ensure!(Owed::<T>::get(pot) == owed, "rewards: a pot miscounts what it owes");
            let needs = owed.saturating_add(T::Currency::minimum_balance());
            let has = T::Currency::balance(&Self::pot_account(pot));
            ensure!(has >= needs, "rewards: a pot has less than it owes");
        }
        Self::try_books()?;
        Self::try_rounds()?;
        let round = CurrentRound::<T>::get();
        let open = Exams::<T>::iter_keys().count();
        ensure!(usize::try_from(round.open) == Ok(open), "rewards: a round miscounts its exams");
        ensure!(open == 0 || Self::is_round_open(round.epoch), "rewards: an exam is of no round");
        Ok(())
    }

    fn try_books() -> Result<(), TryRuntimeError> {
        let mut sums = BTreeMap::<(u8, u32), Sums>::new();
        let number = |pot| u8::from(pot == Pot::Publishers);
        for (role, _, record) in Records::<T>::iter() {
            ensure!(!record.is_empty(), "rewards: an empty record is kept");
            ensure!(
                role != Role::Validator || (record.credits == 0 && record.passed.is_none()),
                "rewards: a validator has credits of its own"
            );
            let Some(book) = Books::<T>::get(role.pot(), record.epoch) else {
                let forgotten = record.epoch < OldestEpoch::<T>::get();
                let nothing = record.credits == 0 && record.accrued == 0;
                ensure!(forgotten || nothing, "rewards: a record is in no book");
                continue;
            };
            let sum = sums.entry((number(role.pot()), record.epoch)).or_default();
            sum.unsettled = sum.unsettled.saturating_add(record.credits);
            sum.accrued = sum.accrued.saturating_add(record.accrued);
            sum.paid = sum.paid.saturating_add(book.rate.map_or(0, |rate| rate.of(record.credits)));
        }
        for (pot, epoch, book) in Books::<T>::iter() {
            let sum = sums.remove(&(number(pot), epoch)).unwrap_or_default();
            ensure!(book.unsettled == sum.unsettled, "rewards: a book miscounts its credits");
            ensure!(book.accrued == sum.accrued, "rewards: a book miscounts what has accrued");
            ensure!(book.promised >= sum.paid, "rewards: a book promises too little");
            ensure!(book.rate.is_some() == (epoch < Epoch::<T>::get()), "rewards: a rate is not of its time");
        }
        Ok(())
    }

    fn try_rounds() -> Result<(), TryRuntimeError> {
        let mut sums = BTreeMap::<u32, (Balance, Balance)>::new();
        for passed in Records::<T>::iter_values().filter_map(|record| record.passed) {
            let Some(book) = Rounds::<T>::get(passed.round) else { continue };
            let (points, paid) = sums.entry(passed.round).or_default();
            *points = points.saturating_add(passed.points);
            let earned = book.availability.settle(passed.points, passed.cap);
            *paid = paid.saturating_add(if book.is_fixed { earned.paid } else { 0 });
        }
        for (round, book) in Rounds::<T>::iter() {
            let (points, paid) = sums.remove(&round).unwrap_or_default();
            ensure!(book.unsettled == points, "rewards: a round miscounts its points");
            ensure!(book.promised >= paid, "rewards: a round promises too little");
            ensure!(book.is_fixed != Self::is_round_open(round), "rewards: a round is not of its time");
        }
        Ok(())
    }
}
