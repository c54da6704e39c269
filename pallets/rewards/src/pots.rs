//! The two pots: what drips in, what of it is owed.

use crate::{
    pallet::*,
    ports::Emission,
    types::{Book, Pot, RoundBook},
};
use alloc::vec::Vec;
use core::marker::PhantomData;
use frame_support::traits::{
    fungible::{Inspect, Mutate},
    Get,
};
use pallet_dap::BudgetAllocationMap;
use souk_primitives::{AccountId, Balance};
use sp_runtime::{traits::AccountIdConversion, Perbill};
use sp_staking::budget::{BudgetKey, BudgetRecipient};

/// Key of the providers' budget.
pub const PROVIDERS: &[u8] = b"providers";
/// Key of the publishers' budget.
pub const PUBLISHERS: &[u8] = b"publishers";

/// The providers' budget, for the runtime's list of recipients.
pub struct ProviderBudget<T>(PhantomData<T>);
impl<T: Config> BudgetRecipient<AccountId> for ProviderBudget<T> {
    fn budget_key() -> BudgetKey {
        BudgetKey::truncate_from(PROVIDERS.to_vec())
    }
    fn pot_account() -> AccountId {
        Pallet::<T>::pot_account(Pot::Providers)
    }
}

/// The publishers' budget.
pub struct PublisherBudget<T>(PhantomData<T>);
impl<T: Config> BudgetRecipient<AccountId> for PublisherBudget<T> {
    fn budget_key() -> BudgetKey {
        BudgetKey::truncate_from(PUBLISHERS.to_vec())
    }
    fn pot_account() -> AccountId {
        Pallet::<T>::pot_account(Pot::Publishers)
    }
}

impl<T: Config> Pallet<T> {
    /// Account of a pot.
    pub fn pot_account(pot: Pot) -> AccountId {
        // Zero would be the account of the pallet itself.
        let number: u8 = match pot {
            Pot::Providers => 1,
            Pot::Publishers => 2,
        };
        T::PalletId::get().into_sub_account_truncating(number)
    }

    /// Account that stands for the pallet where an exam has to name who asked. It owns nothing.
    pub fn account() -> AccountId {
        T::PalletId::get().into_account_truncating()
    }

    /// What a pot has beyond its existential deposit and what it owes.
    pub fn free(pot: Pot) -> Balance {
        T::Currency::balance(&Self::pot_account(pot))
            .saturating_sub(T::Currency::minimum_balance())
            .saturating_sub(Owed::<T>::get(pot))
    }

    pub(crate) fn owe(pot: Pot, amount: Balance) {
        Owed::<T>::mutate(pot, |owed| *owed = owed.saturating_add(amount));
    }

    pub(crate) fn owe_less(pot: Pot, amount: Balance) {
        if amount > 0 {
            Owed::<T>::mutate(pot, |owed| *owed = owed.saturating_sub(amount));
        }
    }

    /// Stores what is left of an epoch's book.
    pub(crate) fn put_book(pot: Pot, epoch: u32, book: Book) {
        if book.is_empty() {
            Books::<T>::remove(pot, epoch);
        } else {
            Books::<T>::insert(pot, epoch, book);
        }
    }

    pub(crate) fn put_round(round: u32, book: RoundBook) {
        if book.unsettled == 0 {
            Rounds::<T>::remove(round);
        } else {
            Rounds::<T>::insert(round, book);
        }
    }

    /// Makes every recipient of the emission exist and writes who gets which part of it.
    pub(crate) fn build_genesis(allocation: &[(Vec<u8>, Perbill)]) {
        let recipients = T::Emission::recipients();
        let least = T::Currency::minimum_balance();
        let own = Pot::ALL.map(Self::pot_account);
        for account in recipients.iter().map(|(_, account)| account).chain(&own) {
            if T::Currency::total_balance(account) < least {
                let minted = T::Currency::mint_into(account, least);
                assert!(minted.is_ok(), "a recipient of the emission can't exist");
            }
        }
        if allocation.is_empty() {
            return;
        }
        let mut map = BudgetAllocationMap::new();
        for (key, part) in allocation {
            let key = BudgetKey::truncate_from(key.clone());
            assert!(recipients.iter().any(|(known, _)| *known == key), "no such budget: {key:?}");
            assert!(matches!(map.try_insert(key, *part), Ok(None)), "budgets are named once each");
        }
        let sum = map.values().fold(0u64, |sum, part| sum.saturating_add(part.deconstruct().into()));
        assert!(sum == u64::from(Perbill::one().deconstruct()), "the budgets do not add up to one");
        T::Emission::allocate(map);
    }
}
