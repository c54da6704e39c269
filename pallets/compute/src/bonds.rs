//! A provider's bond: what goes in, what comes out, what is exposed and what is slashed.

use crate::{
    pallet::{Config, Error, Event, HoldReason, Pallet, Providers},
    ports::BondWatch,
    types::{Provider, Status},
};
use frame_support::{
    dispatch::DispatchResult,
    ensure,
    storage::with_storage_layer,
    traits::{Defensive, Get},
};
use souk_pallet_support::{clock, money};
use souk_primitives::{
    exposure::{value_within, Chance},
    AccountId, Balance,
};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_bond_extra(who: AccountId, amount: Balance) -> DispatchResult {
        let mut provider = Self::load(&who)?;
        ensure!(!provider.status.is_jailed(), Error::<T>::ProviderJailed);
        ensure!(amount > 0, Error::<T>::ZeroAmount);
        Self::hold(HoldReason::ProviderBond, &who, amount)?;
        provider.bond.active = provider.bond.active.saturating_add(amount);
        let active = provider.bond.active;
        Self::put(&who, provider);
        Self::deposit_event(Event::BondIncreased { provider: who, amount, active });
        Ok(())
    }

    pub(crate) fn do_unbond_some(who: AccountId, amount: Balance) -> DispatchResult {
        let mut provider = Self::load(&who)?;
        // One that leaves or was convicted gets its money by `withdraw`.
        ensure!(matches!(provider.status, Status::Pending | Status::Active), Error::<T>::NotActive);
        ensure!(amount > 0, Error::<T>::ZeroAmount);
        let until = clock::deadline(T::Clock::get(), T::UnbondingPeriod::get());
        provider.bond.unbond(amount, T::MinProviderBond::get(), until).map_err(Error::<T>::from)?;
        let active = provider.bond.active;
        Self::put(&who, provider);
        Self::deposit_event(Event::BondUnbonding { provider: who, amount, active, until });
        Ok(())
    }

    pub(crate) fn do_withdraw_unbonded(who: AccountId) -> DispatchResult {
        let mut provider = Self::load(&who)?;
        let amount = provider.bond.mature(T::Clock::get());
        ensure!(amount > 0, Error::<T>::NothingToWithdraw);
        Self::release(HoldReason::ProviderBond, &who, amount)?;
        Providers::<T>::insert(&who, provider);
        Self::deposit_event(Event::BondReleased { provider: who, amount });
        Ok(())
    }

    /// Active bond of a provider.
    pub fn active_bond(account: &AccountId) -> Balance {
        Providers::<T>::get(account).map_or(0, |provider| provider.bond.active)
    }

    /// Stores a provider whose bond or state has changed, and tells who watches.
    pub(crate) fn put(account: &AccountId, provider: Provider) {
        Providers::<T>::insert(account, provider);
        T::BondWatch::changed(account, Self::serving_bond(account));
    }

    /// What a slash can take: the active bond and what is unbonding, whatever the provider's state.
    pub fn slashable(account: &AccountId) -> Balance {
        Providers::<T>::get(account).map_or(0, |provider| provider.bond.total())
    }

    /// Exposure of a provider's open batches.
    pub fn exposed(account: &AccountId) -> Balance {
        Providers::<T>::get(account).map_or(0, |provider| provider.bond.exposure)
    }

    /// What more exposure the active bond carries.
    pub fn room(account: &AccountId) -> Balance {
        Providers::<T>::get(account).map_or(0, |provider| provider.bond.room())
    }

    /// Largest value of batches audited for certain that the active bond carries: what a batch is measured by when
    /// the record grows.
    pub fn cap(account: &AccountId) -> Balance {
        value_within(Self::active_bond(account), T::SafetyFactor::get(), Chance::ONE)
    }

    /// Adds exposure.
    ///
    /// Errors: `NotFound`, `OverExposure`.
    pub fn add_exposure(account: &AccountId, amount: Balance) -> DispatchResult {
        let mut provider = Self::load(account)?;
        provider.bond.expose(amount).map_err(Error::<T>::from)?;
        Providers::<T>::insert(account, provider);
        Ok(())
    }

    /// Takes exposure away.
    pub fn free_exposure(account: &AccountId, amount: Balance) {
        Providers::<T>::mutate_extant(account, |provider| provider.bond.unexpose(amount));
    }

    /// Takes up to `amount` of a provider's bond, of what is active first and then of what is unbonding, pays `payees`
    /// out of it in their order and burns the rest. Returns what was taken: zero for a provider that is gone.
    pub fn slash(account: &AccountId, amount: Balance, payees: &[(AccountId, Balance)]) -> Balance {
        with_storage_layer(|| Self::try_slash(account, amount, payees)).defensive_unwrap_or_default()
    }

    fn try_slash(
        account: &AccountId,
        amount: Balance,
        payees: &[(AccountId, Balance)],
    ) -> Result<Balance, DispatchError> {
        let Some(mut provider) = Providers::<T>::get(account) else { return Ok(0) };
        let amount = provider.bond.take(amount);
        if amount == 0 {
            return Ok(0);
        }
        let taken =
            money::slash_held::<T::Currency, _>(&HoldReason::ProviderBond.into(), account, amount, payees)?;
        // The hold is never less than the bond; if it were, state and money must not part further.
        ensure!(taken == amount, DispatchError::Corruption);
        let left = provider.bond.total();
        Self::put(account, provider);
        Self::deposit_event(Event::Slashed { provider: account.clone(), amount, left });
        Ok(amount)
    }

    /// Ends a provider's business: its offers and records are gone, and what is left of its bond can be withdrawn after
    /// the unbonding period, when nothing is open any more. Does nothing to one that is in jail, or gone.
    pub fn jail(account: &AccountId) {
        let Some(mut provider) = Providers::<T>::get(account) else { return };
        let until = clock::deadline(T::Clock::get(), T::UnbondingPeriod::get());
        let Some(status) = provider.status.jailed(until) else { return };
        provider.status = status;
        Self::drop_offers(account, &mut provider);
        Self::put(account, provider);
        Self::deposit_event(Event::Jailed { provider: account.clone(), until });
    }
}
