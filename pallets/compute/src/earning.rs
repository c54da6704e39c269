//! What other pallets do with a provider that earns: its bond grows by its rewards, its capacity is what it has shown.

use crate::{
    pallet::{Config, Error, Event, Pallet, Providers, Servings},
    types::{Offered, Serving, Status},
};
use alloc::vec::Vec;
use frame_support::{dispatch::DispatchResult, ensure};
use souk_primitives::{AccountId, Balance, SpecId};

impl<T: Config> Pallet<T> {
    /// The active bond of a provider that serves; zero while it waits, leaves or is in jail.
    pub fn serving_bond(provider: &AccountId) -> Balance {
        Providers::<T>::get(provider)
            .filter(|facts| facts.status == Status::Active)
            .map_or(0, |facts| facts.bond.active)
    }

    /// What a provider offers on a spec.
    pub fn offer(provider: &AccountId, spec: &SpecId) -> Option<Offered> {
        let Serving { prices, capacity, since, .. } = Servings::<T>::get(spec, provider)?;
        Some(Offered { prices, capacity, since })
    }

    /// The specs that a provider serves.
    pub fn serving_specs(provider: &AccountId) -> Vec<SpecId> {
        Providers::<T>::get(provider).map(|facts| facts.serving.into_inner()).unwrap_or_default()
    }

    /// Makes free money of a provider that serves part of its active bond, as [`Pallet::bond_extra`] does. One that leaves
    /// gets its money: `NotActive`.
    pub fn compound(provider: &AccountId, amount: Balance) -> DispatchResult {
        let facts = Providers::<T>::get(provider).ok_or(Error::<T>::NotFound)?;
        ensure!(facts.status == Status::Active, Error::<T>::NotActive);
        Self::do_bond_extra(provider.clone(), amount)
    }

    /// Lowers the capacity of an offer to what its provider has shown, at least one token a second. It may claim more
    /// again, and has to show it again.
    pub fn lower_capacity(provider: &AccountId, spec: &SpecId, proven: u32) {
        let Some(mut serving) = Servings::<T>::get(spec, provider) else { return };
        let proven = proven.max(1);
        if proven >= serving.capacity {
            return;
        }
        serving.capacity = proven;
        let prices = serving.prices;
        Servings::<T>::insert(spec, provider, serving);
        Self::deposit_event(Event::Serving {
            provider: provider.clone(),
            spec: *spec,
            prices,
            capacity: proven,
        });
    }
}
