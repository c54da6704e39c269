//! What must be true after every block.

use crate::pallet::{Config, HoldReason, Listings, Pallet, Transfers, Versions};
use alloc::{collections::BTreeMap, vec, vec::Vec};
use frame_support::{ensure, traits::fungible::InspectHold};
use souk_primitives::{views::SolvencyRow, AccountId, Balance};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// What each owner's deposits add up to.
    fn owed() -> BTreeMap<AccountId, Balance> {
        let mut owed = BTreeMap::<AccountId, Balance>::new();
        for listing in Listings::<T>::iter_values() {
            let sum = owed.entry(listing.owner.clone()).or_default();
            *sum = sum.saturating_add(listing.deposit.total());
        }
        owed
    }

    fn held(who: &AccountId) -> Balance {
        T::Currency::balance_on_hold(&HoldReason::Listing.into(), who)
    }

    /// Held against owed. Walks all listings: for runtime APIs, never for a block.
    pub fn solvency() -> Vec<SolvencyRow> {
        let owed = Self::owed();
        vec![SolvencyRow {
            pallet: "Listings".into(),
            purpose: "Listing".into(),
            held: owed.keys().map(Self::held).fold(0, Balance::saturating_add),
            owed: owed.values().copied().fold(0, Balance::saturating_add),
        }]
    }

    /// Checks the invariants of the crate's documentation.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        for (who, owed) in Self::owed() {
            ensure!(Self::held(&who) == owed, "listings: an owner's hold is not the sum of its deposits");
        }
        for (id, listing) in Listings::<T>::iter() {
            let stored = Versions::<T>::iter_key_prefix(id).count();
            ensure!(usize::try_from(listing.versions) == Ok(stored), "listings: versions have gaps");
            ensure!(
                (0..listing.versions).all(|version| Versions::<T>::contains_key(id, version)),
                "listings: a version is missing"
            );
        }
        for id in Versions::<T>::iter_keys().map(|(id, _)| id).chain(Transfers::<T>::iter_keys()) {
            ensure!(Listings::<T>::contains_key(id), "listings: something refers to a listing that is gone");
        }
        Ok(())
    }
}
