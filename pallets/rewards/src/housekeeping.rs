//! What idle blocks clear away: records whose money has returned to the budget, prices that are too old, sittings of past
//! exams, and what accounts wanted that are no providers any more.

use crate::{pallet::*, ports::Providers, types::Role};
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

    /// Only the sittings of the running exam say anything.
    pub(crate) fn forget_sittings(meter: &mut WeightMeter) {
        let weights = T::DbWeight::get();
        if meter.try_consume(weights.reads_writes(3, 1)).is_err() {
            return;
        }
        let round = CurrentRound::<T>::get().epoch;
        let last = SittingCursor::<T>::get();
        let rows = match &last {
            Some((spec, who)) => Sittings::<T>::iter_from(Sittings::<T>::hashed_key_for(spec, who)),
            None => Sittings::<T>::iter(),
        };
        let visit = |(spec, who, epoch): (SpecId, AccountId, u32)| {
            if epoch < round {
                Sittings::<T>::remove(spec, &who);
            }
            (spec, who)
        };
        let next = rounds::go_on(meter, weights.reads_writes(2, 1), MAX_SEEN, last.clone(), rows, visit);
        if next != last {
            SittingCursor::<T>::set(next);
        }
    }

    /// Who withdrew has no bond that rewards could become.
    pub(crate) fn forget_wishes(meter: &mut WeightMeter) {
        let weights = T::DbWeight::get();
        if meter.try_consume(weights.reads_writes(2, 1)).is_err() {
            return;
        }
        let last = CompoundCursor::<T>::get();
        let rows = match &last {
            Some(who) => Compounding::<T>::iter_keys_from(Compounding::<T>::hashed_key_for(who)),
            None => Compounding::<T>::iter_keys(),
        };
        let visit = |who: AccountId| {
            if T::Providers::standing(&who).is_none() {
                Compounding::<T>::remove(&who);
            }
            who
        };
        let next = rounds::go_on(meter, weights.reads_writes(4, 1), MAX_SEEN, last.clone(), rows, visit);
        if next != last {
            CompoundCursor::<T>::set(next);
        }
    }
}
