//! Pays the stakers of ended eras, a page a step, so that nobody has to claim.
//!
//! Anyone may still pay a page by hand (`staking.payout_stakers_by_page`); such a page is skipped here. When the last
//! page of an era was seen, what its budget did not pay (rounding, the part of a validator that left staking) returns to
//! the stakers' budget.

use crate::{ports::Stakers, Config, Event, Pallet, Payouts};
use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{
    traits::Get,
    weights::{Weight, WeightMeter},
};
use scale_info::TypeInfo;
use souk_primitives::AccountId;

/// How far the payouts have got.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Progress {
    /// The era that is being paid.
    pub era: u32,
    /// The validator whose pages are being paid; `None` before the first.
    pub validator: Option<AccountId>,
    /// Its next page.
    pub page: u32,
}

impl<T: Config> Pallet<T> {
    /// Pays as many pages as the meter carries.
    pub(crate) fn pay_stakers(meter: &mut WeightMeter) {
        let own = T::DbWeight::get().reads_writes(6, 2);
        if meter.try_consume(T::DbWeight::get().reads(2)).is_err() {
            return;
        }
        let Some(last) = T::Stakers::last_ended() else { return };
        let mut progress = Payouts::<T>::get();
        if progress.era > last {
            return;
        }
        while progress.era <= last && meter.can_consume(T::Stakers::page_weight().saturating_add(own)) {
            let weight = Self::pay_step(&mut progress);
            meter.consume(weight.min(T::Stakers::page_weight()).saturating_add(own));
        }
        Payouts::<T>::put(progress);
    }

    /// Pays the next page, or goes on to the next validator or era. Returns what the payment weighed.
    fn pay_step(progress: &mut Progress) -> Weight {
        if let Some(validator) = &progress.validator {
            if progress.page < T::Stakers::pages(progress.era, validator) {
                let weight = T::Stakers::pay(progress.era, validator, progress.page);
                progress.page = progress.page.saturating_add(1);
                return weight;
            }
        }
        match T::Stakers::next_validator(progress.era, progress.validator.as_ref()) {
            Some(next) => {
                progress.validator = Some(next);
                progress.page = 0;
            }
            None => {
                let returned = T::Stakers::close(progress.era);
                Self::deposit_event(Event::EraSettled { era: progress.era, returned });
                *progress = Progress { era: progress.era.saturating_add(1), validator: None, page: 0 };
            }
        }
        Weight::zero()
    }
}
