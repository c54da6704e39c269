//! The voting book: what was active, and for how long.
//!
//! Stake gives power once it was active for a whole era, so the book has to know the least that was active since the
//! start of the era before the current one. Two past values do for that: the least of the era of the last change and the
//! least of the era before it. Eras without a change have nothing to tell.

use crate::{Book, Config, Pallet};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::Get;
use scale_info::TypeInfo;
use souk_primitives::Balance;
use sp_runtime::traits::Zero;

/// What stake answers for.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    MaxEncodedLen,
)]
pub enum Source {
    /// The own validation or nominations.
    Bond,
    /// What a nomination pool does with it.
    Pool,
    /// The own work as a provider.
    Provider,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Bond, Self::Pool, Self::Provider];
}

/// What the book knows of one account's stake in one source, in units.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Row {
    /// Era of the last change.
    pub era: u32,
    /// Active since that change.
    pub active: Balance,
    /// Least that was active in that era.
    pub low: Balance,
    /// Least that was active in the era before it.
    pub previous: Balance,
}

impl Row {
    /// Stake that was there before the first block.
    pub fn since_ever(era: u32, active: Balance) -> Self {
        Self { era, active, low: active, previous: active }
    }

    /// After a change in `era` to `after`.
    pub fn changed(self, era: u32, after: Balance) -> Self {
        let previous = match era.saturating_sub(self.era) {
            0 => return Self { active: after, low: self.low.min(after), ..self },
            1 => self.low,
            _ => self.active,
        };
        // Until this change, the era had what the last one left.
        Self { era, active: after, low: self.active.min(after), previous }
    }

    /// Least that was active since the start of the era before `era`.
    pub fn warm(&self, era: u32) -> Balance {
        match era.saturating_sub(self.era) {
            0 => self.previous.min(self.low),
            1 => self.low,
            _ => self.active,
        }
    }
}

impl<T: Config> Pallet<T> {
    /// Stake of `who` in a source has become `after` units. Every change has to be told: one that falls and rises again
    /// unseen would be warm at once. Where a fall can't be told, tell the rise by [`Pallet::note_change`]. In block 0
    /// (genesis) it is warm at once. A fall queues the account's votes for a refresh.
    pub fn note_stake(source: Source, who: &T::AccountId, after: Balance) {
        let era = T::Era::get();
        let old = Book::<T>::get(source, who);
        let row = match frame_system::Pallet::<T>::block_number().is_zero() {
            true => Row::since_ever(era, after),
            false => old.changed(era, after),
        };
        // Without stake, a row says no more than none.
        match after {
            0 => Book::<T>::remove(source, who),
            _ => Book::<T>::insert(source, who, row),
        }
        if after < old.active {
            Self::fell(who);
        }
    }

    /// As [`Pallet::note_stake`], for sources whose falls nobody tells: what was active `before` this change counts as
    /// the account's, if that is less than the book says.
    pub fn note_change(source: Source, who: &T::AccountId, before: Balance, after: Balance) {
        if before < Book::<T>::get(source, who).active {
            Self::note_stake(source, who, before);
        }
        Self::note_stake(source, who, after);
    }
}

#[cfg(test)]
mod unit {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a history that forgets nothing.
        #[test]
        fn warm_should_be_the_least_since_the_era_before(
            changes in prop::collection::vec((0u32..4, 0u128..100), 1..40),
            later in 0u32..4,
        ) {
            let mut row = Row::default();
            let mut era = 1;
            // Per era, every value that was active in it, the one at its start included.
            let mut history: Vec<Vec<u128>> = vec![vec![0], vec![0]];
            for (eras, after) in changes {
                for _ in 0..eras {
                    era += 1;
                    let last = *history.last().unwrap().last().unwrap();
                    history.push(vec![last]);
                }
                history.last_mut().unwrap().push(after);
                row = if after == 0 { Row::default() } else { row.changed(era, after) };
                let least = history[history.len() - 2..].iter().flatten().min().unwrap();
                prop_assert_eq!(row.warm(era), *least);
            }
            for _ in 0..later {
                era += 1;
                let last = *history.last().unwrap().last().unwrap();
                history.push(vec![last]);
            }
            let least = history[history.len() - 2..].iter().flatten().min().unwrap();
            prop_assert_eq!(row.warm(era), *least);
            // What is warm never cools by waiting.
            prop_assert!(row.warm(era + 1) >= row.warm(era));
        }
    }

    #[test]
    fn stake_should_count_from_the_era_after_its_first_whole_one() {
        let row = Row::default().changed(7, 100);
        assert_eq!([7, 8, 9, 10].map(|era| row.warm(era)), [0, 0, 100, 100]);
        // More is cold again, what was there is not.
        let more = row.changed(9, 150);
        assert_eq!([9, 10, 11].map(|era| more.warm(era)), [100, 100, 150]);
        // Down and up again within an era counts as down.
        let dip = more.changed(11, 20).changed(11, 150);
        assert_eq!([11, 12, 13].map(|era| dip.warm(era)), [20, 20, 150]);
    }
}
