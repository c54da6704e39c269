//! What idle blocks clear away: records whose money has returned to the budget, and prices that are too old.

use crate::{pallet::*, types::Role};
use frame_support::{traits::Get, weights::WeightMeter};
use souk_pallet_support::rounds;
use souk_primitives::{rewards::PRICE_EPOCHS, AccountId, SpecId};

/// Most rows of each kind that one idle block looks at.
const MAX_SEEN: u32 = 8;

impl<T: Config> Pallet<T> {
    pub(crate) fn forget_records(meter: &mut WeightMeter) {
        let weights = T::DbWeight::get();
        // The cursor, the epochs, and the row that the cursor leads to.
        if meter.try_consume(weights.reads_writes(4, 1)).is_err() {
            return;
        }
        let oldest = OldestEpoch::<T>::get();
        let last = RecordCursor::<T>::get();
        let rows = match &last {
            Some((role, who)) => Records::<T>::iter_from(Records::<T>::hashed_key_for(role, who)),
            None => Records::<T>::iter(),
        };
        let visit = |(role, who, record): (Role, AccountId, crate::types::Record)| {
            let has_points = record.passed.is_some_and(|passed| passed.round >= oldest);
            if record.epoch < oldest && !has_points {
                Records::<T>::remove(role, &who);
            }
            (role, who)
        };
        let next = rounds::go_on(meter, weights.reads_writes(2, 1), MAX_SEEN, last.clone(), rows, visit);
        if next != last {
            RecordCursor::<T>::set(next);
        }
    }

    pub(crate) fn forget_prices(meter: &mut WeightMeter) {
        let weights = T::DbWeight::get();
        if meter.try_consume(weights.reads_writes(3, 1)).is_err() {
            return;
        }
        let now = Epoch::<T>::get();
        let last = PriceCursor::<T>::get();
        let rows = match &last {
            Some((spec, slot)) => Trades::<T>::iter_from(Trades::<T>::hashed_key_for(spec, slot)),
            None => Trades::<T>::iter(),
        };
        let visit = |(spec, slot, traded): (SpecId, u32, crate::types::Traded)| {
            if traded.epoch.saturating_add(PRICE_EPOCHS) <= now {
                Trades::<T>::remove(spec, slot);
            }
            (spec, slot)
        };
        let next = rounds::go_on(meter, weights.reads_writes(2, 1), MAX_SEEN, last, rows, visit);
        if next != last {
            PriceCursor::<T>::set(next);
        }
    }
}
