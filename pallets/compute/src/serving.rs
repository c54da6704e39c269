//! What a provider serves, at which prices, and its record there.

use crate::{
    pallet::{Config, Error, Event, Pallet, Providers, Servings, Specs},
    ports::{Listings, Validators},
    types::{Provider, Serving, Status, Terms},
};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_pallet_support::clock;
use souk_primitives::{call::Prices, rate::Record, AccountId, SpecId};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_serve(who: AccountId, spec: SpecId, prices: Prices, capacity: u32) -> DispatchResult {
        let mut provider = Self::load(&who)?;
        ensure!(provider.status == Status::Active, Error::<T>::NotActive);
        ensure!(provider.bond.active >= T::MinProviderBond::get(), Error::<T>::BelowMinimumBond);
        ensure!(capacity > 0, Error::<T>::ZeroCapacity);
        let mut entry = Specs::<T>::get(spec).ok_or(Error::<T>::NotFound)?;
        let record = match Servings::<T>::get(spec, &who) {
            Some(serving) => serving.record,
            None => {
                provider.serving.try_push(spec).map_err(|_| Error::<T>::TooManyServing)?;
                entry.servers = entry.servers.saturating_add(1);
                entry.kept_until = None;
                Specs::<T>::insert(spec, entry);
                Providers::<T>::insert(&who, provider);
                Record::default()
            }
        };
        Servings::<T>::insert(spec, &who, Serving { prices, capacity, record });
        Self::deposit_event(Event::Serving { provider: who, spec, prices, capacity });
        Ok(())
    }

    pub(crate) fn do_stop_serving(who: AccountId, spec: SpecId) -> DispatchResult {
        let mut provider = Self::load(&who)?;
        ensure!(Servings::<T>::contains_key(spec, &who), Error::<T>::NotServing);
        provider.serving.retain(|served| *served != spec);
        Providers::<T>::insert(&who, provider);
        Self::drop_offer(&who, spec);
        Self::deposit_event(Event::ServingStopped { provider: who, spec });
        Ok(())
    }

    /// Drops all offers of a provider; the caller stores it.
    pub(crate) fn drop_offers(who: &AccountId, provider: &mut Provider) {
        for spec in core::mem::take(&mut provider.serving) {
            Self::drop_offer(who, spec);
        }
    }

    fn drop_offer(who: &AccountId, spec: SpecId) {
        Servings::<T>::remove(spec, who);
        Specs::<T>::mutate_extant(spec, |entry| {
            entry.servers = entry.servers.saturating_sub(1);
            if entry.servers == 0 {
                entry.kept_until = Some(clock::deadline(T::Clock::get(), T::SpecRetention::get()));
            }
        });
    }

    /// Prices of a provider on a spec, whatever its state.
    pub fn prices(account: &AccountId, spec: &SpecId) -> Option<Prices> {
        Servings::<T>::get(spec, account).map(|serving| serving.prices)
    }

    /// What a channel that is opened now gets.
    ///
    /// Errors: `NotFound`, `NotActive`, `NotServing`, `NotValidator` (its validator left the set), `ListingInactive`.
    pub fn terms(account: &AccountId, spec: &SpecId) -> Result<Terms, DispatchError> {
        let provider = Self::load(account)?;
        ensure!(provider.status == Status::Active, Error::<T>::NotActive);
        ensure!(T::Validators::is_validator(&provider.validator), Error::<T>::NotValidator);
        let entry = Specs::<T>::get(spec).ok_or(Error::<T>::NotFound)?;
        let serving = Servings::<T>::get(spec, account).ok_or(Error::<T>::NotServing)?;
        ensure!(T::Listings::is_active(entry.spec.listing), Error::<T>::ListingInactive);
        Ok(Terms {
            prices: serving.prices,
            receipt_key: provider.receipt_key,
            audited: Self::is_audited_for(account, spec),
        })
    }

    /// Record of a provider on a spec: a newcomer's when it does not serve it.
    pub fn record(account: &AccountId, spec: &SpecId) -> Record {
        Servings::<T>::get(spec, account).map(|serving| serving.record).unwrap_or_default()
    }

    /// Changes the record of a provider on a spec. Nothing is kept for one that does not serve it: its record starts
    /// again anyway.
    pub fn mutate_record(account: &AccountId, spec: &SpecId, change: impl FnOnce(&mut Record)) {
        if let Some(mut serving) = Servings::<T>::get(spec, account) {
            change(&mut serving.record);
            Servings::<T>::insert(spec, account, serving);
        }
    }
}
