//! The end of an epoch: its rates are fixed, and what is too old returns to the budgets.

use crate::{
    pallet::*,
    types::{Book, Pot, RoundBook},
};
use frame_support::traits::Get;
use souk_primitives::Balance;

/// Least depth of the history: an exam's audits have ended long before.
pub const MIN_HISTORY: u32 = 8;
/// Most epochs that are forgotten at one end of an epoch: more than one only after the depth was lowered.
const MAX_FORGOTTEN: u32 = 4;

impl<T: Config> Pallet<T> {
    /// Epoch `index` ended: what is free in the pots now is what its credits, and the points of an exam that is over, are
    /// paid from. O(1).
    pub fn epoch_ended(index: u32) {
        let ended = Epoch::<T>::get();
        for pot in Pot::ALL {
            let budget = Self::free(pot);
            let mut book = Books::<T>::get(pot, ended).unwrap_or_default();
            let promised = book.fix(budget);
            Self::owe(pot, promised);
            Self::deposit_event(Event::EpochSettled {
                epoch: ended,
                pot,
                budget,
                credits: book.credits,
                promised,
            });
            Self::put_book(pot, ended, book);
            if pot == Pot::Providers {
                // Usage comes first.
                Self::end_round(budget.saturating_sub(promised));
            }
        }
        let next = index.saturating_add(1).max(ended.saturating_add(1));
        Epoch::<T>::put(next);
        Self::forget_epochs(next);
        Self::begin_round(next);
    }

    /// Epochs after which what was not claimed returns to the budget.
    pub fn history() -> u32 {
        T::HistoryDepth::get().max(MIN_HISTORY)
    }

    fn forget_epochs(next: u32) {
        let first = OldestEpoch::<T>::get();
        let mut oldest = first;
        for _ in 0..MAX_FORGOTTEN {
            if oldest.saturating_add(Self::history()) >= next || Self::is_round_open(oldest) {
                break;
            }
            Self::forget_epoch(oldest);
            oldest = oldest.saturating_add(1);
        }
        if oldest != first {
            OldestEpoch::<T>::put(oldest);
        }
    }

    fn forget_epoch(epoch: u32) {
        let points = Rounds::<T>::take(epoch).map_or(0, |RoundBook { promised, .. }| promised);
        for pot in Pot::ALL {
            let usage = Books::<T>::take(pot, epoch).as_ref().map_or(0, Book::owed);
            let amount: Balance = usage.saturating_add(if pot == Pot::Providers { points } else { 0 });
            if amount > 0 {
                Self::owe_less(pot, amount);
                Self::deposit_event(Event::Forfeited { epoch, pot, amount });
            }
        }
    }
}
