//! Where sellers' copies are fetched: off the chain, at an endpoint that the seller announces once for all it sells.

use crate::{pallet::*, types::Store};
use alloc::string::String;
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_primitives::{
    endpoint::{is_endpoint, Endpoint},
    AccountId,
};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_store(seller: AccountId, endpoint: Option<Endpoint>) -> DispatchResult {
        let before = Stores::<T>::get(&seller).map_or(0, |store| store.deposit);
        match endpoint.clone() {
            Some(endpoint) => {
                ensure!(is_endpoint(&endpoint), Error::<T>::BadEndpoint);
                let deposit = T::StoreDeposit::get();
                Self::hold(HoldReason::Store, &seller, deposit.saturating_sub(before))?;
                Self::release(HoldReason::Store, &seller, before.saturating_sub(deposit))?;
                Stores::<T>::insert(&seller, Store { endpoint, deposit });
            }
            None => {
                ensure!(Stores::<T>::take(&seller).is_some(), Error::<T>::NoStore);
                Self::release(HoldReason::Store, &seller, before)?;
            }
        }
        Self::deposit_event(Event::StoreSet { seller, endpoint });
        Ok(())
    }

    /// Where copies of what an account sells are fetched.
    pub fn store(seller: &AccountId) -> Option<String> {
        let store = Stores::<T>::get(seller)?;
        String::from_utf8(store.endpoint.into_inner()).ok()
    }
}
