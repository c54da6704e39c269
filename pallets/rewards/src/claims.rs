//! Claims: what has accrued is paid, or becomes bond.

use crate::{
    pallet::*,
    ports::Providers,
    types::{Pot, Role},
};
use frame_support::{
    dispatch::DispatchResult,
    ensure,
    storage::with_storage_layer,
    traits::{
        fungible::{Inspect, Mutate},
        tokens::Preservation,
    },
};
use souk_primitives::{AccountId, Balance};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_claim(who: AccountId) -> DispatchResult {
        let mut owed: [Balance; 2] = [0, 0];
        let [providers, publishers] = &mut owed;
        for role in Role::ALL {
            let sum: &mut Balance = match role.pot() {
                Pot::Providers => providers,
                Pot::Publishers => publishers,
            };
            *sum = sum.saturating_add(Self::take_accrued(role, &who));
        }
        let amount = providers.saturating_add(*publishers);
        ensure!(amount > 0, Error::<T>::NothingToClaim);
        ensure!(Self::missing(&who, amount) == 0, Error::<T>::BelowExistentialDeposit);
        let [from, other] = Pot::ALL.map(Self::pot_account);
        if *publishers > 0 {
            // One payment, so that neither half has to make the account exist.
            T::Currency::transfer(&other, &from, *publishers, Preservation::Preserve)?;
        }
        T::Currency::transfer(&from, &who, amount, Preservation::Preserve)?;
        // Who can't bond it (a vote locks it, the provider is leaving) has the money all the same.
        let compounded = Compounding::<T>::contains_key(&who)
            && with_storage_layer(|| T::Providers::compound(&who, amount)).is_ok();
        Self::deposit_event(Event::Claimed { account: who, amount, compounded });
        Ok(())
    }

    /// What an account would still lack to exist if it were paid `amount`.
    pub(crate) fn missing(who: &AccountId, amount: Balance) -> Balance {
        let has = T::Currency::total_balance(who).saturating_add(amount);
        T::Currency::minimum_balance().saturating_sub(has)
    }

    pub(crate) fn do_set_compound(who: AccountId, compound: bool) -> DispatchResult {
        if compound {
            ensure!(T::Providers::standing(&who).is_some(), Error::<T>::NoProvider);
            Compounding::<T>::insert(&who, ());
        } else {
            Compounding::<T>::remove(&who);
        }
        Self::deposit_event(Event::CompoundSet { account: who, compound });
        Ok(())
    }
}
