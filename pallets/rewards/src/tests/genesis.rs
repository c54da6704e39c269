use crate::{mock::*, types::Pot, PROVIDERS, PUBLISHERS};
use sp_runtime::Perbill;
use sp_staking::budget::BudgetRecipient;

#[test]
fn genesis_should_make_the_recipients_exist_and_write_the_budgets() {
    genesis(allocation()).execute_with(|| {
        for pot in Pot::ALL {
            assert_eq!(free(&Rewards::pot_account(pot)), ED);
        }
        assert_eq!(free(&TREASURY), ED);
        assert_eq!(Balances::total_issuance(), 5 * RICH + 4 * ED);
        let stored = pallet_dap::BudgetAllocation::<Test>::get();
        let parts: Vec<_> = stored.into_iter().map(|(key, part)| (key.into_inner(), part)).collect();
        assert_eq!(parts, allocation());
        Rewards::do_try_state().unwrap();
    });
}

#[test]
fn no_allocation_should_leave_the_emission_off() {
    genesis(Vec::new()).execute_with(|| {
        assert!(pallet_dap::BudgetAllocation::<Test>::get().is_empty());
        assert_eq!(free(&Rewards::pot_account(Pot::Providers)), ED);
    });
}

#[test]
fn budgets_should_have_their_keys_and_accounts() {
    type Provider = crate::ProviderBudget<Test>;
    type Publisher = crate::PublisherBudget<Test>;
    assert_eq!(Provider::budget_key().into_inner(), PROVIDERS);
    assert_eq!(Publisher::budget_key().into_inner(), PUBLISHERS);
    assert_ne!(Provider::pot_account(), Publisher::pot_account());
    assert!(Pot::ALL.map(Rewards::pot_account).iter().all(|pot| *pot != Rewards::account()));
}

#[test]
#[should_panic(expected = "do not add up to one")]
fn parts_that_are_not_the_whole_should_not_build() {
    let mut allocation = allocation();
    allocation.pop();
    genesis(allocation);
}

#[test]
#[should_panic(expected = "no such budget")]
fn an_unknown_budget_should_not_build() {
    genesis(vec![(b"miners".to_vec(), Perbill::one())]);
}

#[test]
#[should_panic(expected = "named once each")]
fn a_budget_that_is_named_twice_should_not_build() {
    genesis(vec![(PROVIDERS.to_vec(), Perbill::from_percent(50)); 2]);
}

#[test]
fn the_pots_should_get_their_parts_of_what_is_minted() {
    test(|| {
        epoch();
        assert_eq!(pot(Pot::Providers), MINTED / 4);
        assert_eq!(pot(Pot::Publishers), MINTED / 10);
        assert_eq!(Rewards::free(Pot::Providers), MINTED / 4);
    });
}
