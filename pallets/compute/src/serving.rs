//! What a provider serves, and at which prices.

use crate::{
    pallet::{Config, Error, Event, Pallet, Providers, Servings, Specs},
    ports::{Listings, Validators},
    types::{Provider, Serving, Status, Terms},
};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_pallet_support::clock;
use souk_primitives::{call::Prices, AccountId, BlockNumber, ListingId, SpecId};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_serve(who: AccountId, spec: SpecId, prices: Prices, capacity: u32) -> DispatchResult {
        let mut provider = Self::load(&who)?;
        ensure!(provider.status == Status::Active, Error::<T>::NotActive);
        ensure!(provider.bond.active >= T::MinProviderBond::get(), Error::<T>::BelowMinimumBond);
        ensure!(capacity > 0, Error::<T>::ZeroCapacity);
        let mut entry = Specs::<T>::get(spec).ok_or(Error::<T>::NotFound)?;
        let before = Servings::<T>::get(spec, &who);
        let record = match before {
            Some(serving) => serving.record,
            None => {
                let record = Self::first_record(&who, &provider.validator, &spec)?;
                provider.serving.try_push(spec).map_err(|_| Error::<T>::TooManyServing)?;
                entry.servers = entry.servers.saturating_add(1);
                entry.kept_until = None;
                Specs::<T>::insert(spec, entry);
                Providers::<T>::insert(&who, provider);
                record
            }
        };
        // To say the same again changes nothing.
        let since = before
            .filter(|serving| (serving.prices, serving.capacity) == (prices, capacity))
            .map_or_else(T::Clock::get, |serving| serving.since);
        Servings::<T>::insert(spec, &who, Serving { prices, capacity, since, record });
        Self::deposit_event(Event::Serving { provider: who, spec, prices, capacity });
        Ok(())
    }

    pub(crate) fn do_stop_serving(who: AccountId, spec: SpecId) -> DispatchResult {
        let mut provider = Self::load(&who)?;
        ensure!(Servings::<T>::contains_key(spec, &who), Error::<T>::NotServing);
        provider.serving.retain(|served| *served != spec);
        Self::drop_offer(&who, &provider.validator, spec);
        Providers::<T>::insert(&who, provider);
        Self::deposit_event(Event::ServingStopped { provider: who, spec });
        Ok(())
    }

    /// Drops all offers of a provider; the caller stores it.
    pub(crate) fn drop_offers(who: &AccountId, provider: &mut Provider) {
        for spec in core::mem::take(&mut provider.serving) {
            Self::drop_offer(who, &provider.validator, spec);
        }
    }

    /// Drops one offer; the caller takes it from the provider's list.
    pub(crate) fn drop_offer(who: &AccountId, validator: &AccountId, spec: SpecId) {
        if let Some(serving) = Servings::<T>::take(spec, who) {
            Self::remember_doubts(who, validator, &spec, &serving.record);
        }
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
        let (provider, serving) = Self::for_hire(account, spec, T::Listings::is_active)?;
        Ok(Terms {
            prices: serving.prices,
            receipt_key: provider.receipt_key,
            audited: Self::is_audited_for(account, spec),
        })
    }

    /// Whether anybody can open a channel with the provider on the spec now, audited or not; or could if the listing's
    /// owner had not paused it after live block `since`.
    pub fn is_for_hire(account: &AccountId, spec: &SpecId, since: BlockNumber) -> bool {
        Self::for_hire(account, spec, |listing| T::Listings::was_active(listing, since)).is_ok()
    }

    fn for_hire(
        account: &AccountId,
        spec: &SpecId,
        is_open: impl FnOnce(ListingId) -> bool,
    ) -> Result<(Provider, Serving), DispatchError> {
        let provider = Self::load(account)?;
        ensure!(provider.status == Status::Active, Error::<T>::NotActive);
        ensure!(T::Validators::is_validator(&provider.validator), Error::<T>::NotValidator);
        let entry = Specs::<T>::get(spec).ok_or(Error::<T>::NotFound)?;
        let serving = Servings::<T>::get(spec, account).ok_or(Error::<T>::NotServing)?;
        ensure!(is_open(entry.spec.listing), Error::<T>::ListingInactive);
        Ok((provider, serving))
    }
}
