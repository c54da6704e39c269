use crate::{
    mock::*,
    types::{Pot, Role},
    Error, Event, Owed, Records,
};
use frame_support::{assert_noop, assert_ok, traits::fungible::Mutate};
use souk_primitives::{AccountId, SOUK};

fn claim(who: &AccountId) -> frame_support::dispatch::DispatchResult {
    Rewards::claim(signed(who))
}

#[test]
fn claim_should_pay_all_roles_out_of_their_pots() {
    test(|| {
        Owners::insert(SPEC, PROVIDER);
        Bonds::insert(RIVAL, (PROVIDER, BOND, true));
        trade(10 * SOUK);
        trade_of(&RIVAL, 10 * SOUK);
        epoch();
        events();
        // 3 less a tenth as a provider, 4 as the publisher; the commission comes when RIVAL settles.
        assert_ok!(claim(&PROVIDER));
        assert_eq!(free(&PROVIDER), RICH + 67 * SOUK / 10);
        assert_eq!(
            events().pop(),
            Some(Event::Claimed { account: PROVIDER, amount: 67 * SOUK / 10, compounded: false })
        );
        assert_ok!(claim(&RIVAL));
        assert_ok!(claim(&PROVIDER));
        assert_eq!(free(&PROVIDER), RICH + 70 * SOUK / 10);
        assert_ok!(claim(&VALIDATOR));
        assert_eq!((free(&RIVAL), free(&VALIDATOR)), (RICH + 27 * SOUK / 10, RICH + 3 * SOUK / 10));
        assert_eq!(pot(Pot::Providers), 25 * SOUK - 6 * SOUK);
        assert_eq!(pot(Pot::Publishers), 10 * SOUK - 4 * SOUK);
        assert_eq!(Pot::ALL.map(Owed::<Test>::get), [0, 0]);
        assert_eq!(Records::<Test>::iter().count(), 0);
    });
}

#[test]
fn what_is_not_settled_can_not_be_claimed() {
    test(|| {
        assert_noop!(claim(&PROVIDER), Error::<Test>::NothingToClaim);
        trade(10 * SOUK);
        assert_noop!(claim(&PROVIDER), Error::<Test>::NothingToClaim);
        epoch();
        assert_ok!(claim(&PROVIDER));
        assert_noop!(claim(&PROVIDER), Error::<Test>::NothingToClaim);
    });
}

#[test]
fn anyone_should_be_able_to_claim_for_another() {
    test(|| {
        trade(10 * SOUK);
        epoch();
        let before = free(&STRANGER);
        assert_ok!(Rewards::claim_for(signed(&STRANGER), PROVIDER));
        assert_eq!((free(&STRANGER), free(&PROVIDER)), (before, RICH + 27 * SOUK / 10));
        assert_noop!(
            Rewards::claim_for(RuntimeOrigin::none(), VALIDATOR),
            sp_runtime::DispatchError::BadOrigin
        );
    });
}

#[test]
fn an_account_below_the_existential_deposit_should_lose_nothing() {
    test(|| {
        // A third and two thirds of it, from either pot: only both together make the account exist.
        Rewards::sale_settled(&NOBODY, 2 * ED / 3);
        epoch();
        assert_noop!(Rewards::claim_for(signed(&STRANGER), NOBODY), Error::<Test>::BelowExistentialDeposit);
        assert_eq!(Rewards::rewards_view(&NOBODY).missing, ED - ED / 3);
        Bonds::insert(NOBODY, (VALIDATOR, BOND, true));
        trade_of(&NOBODY, 3 * ED);
        epoch();
        assert_ok!(Rewards::claim_for(signed(&STRANGER), NOBODY));
        assert_eq!(free(&NOBODY), ED / 3 + 9 * ED / 10 * 9 / 10);
    });
}

#[test]
fn two_halves_of_the_existential_deposit_should_be_paid_as_one() {
    test(|| {
        Bonds::insert(NOBODY, (NOBODY, BOND, true));
        Rewards::sale_settled(&NOBODY, ED + 2);
        trade_of(&NOBODY, 2 * ED);
        epoch();
        assert!(Rewards::settle(Role::Publisher, &NOBODY).accrued < ED);
        assert!(Rewards::settle(Role::Provider, &NOBODY).accrued < ED);
        assert_ok!(Rewards::claim_for(signed(&STRANGER), NOBODY));
        assert!(free(&NOBODY) > ED);
    });
}

#[test]
fn gifts_to_a_pot_should_become_budget() {
    test(|| {
        let account = Rewards::pot_account(Pot::Providers);
        assert_ok!(<Balances as Mutate<_>>::transfer(
            &STRANGER,
            &account,
            SOUK,
            frame_support::traits::tokens::Preservation::Preserve
        ));
        trade(2 * SOUK);
        end_epoch();
        assert_ok!(claim(&PROVIDER));
        assert_eq!(free(&PROVIDER), RICH + 54 * SOUK / 100);
        assert_eq!(Rewards::free(Pot::Providers), 4 * SOUK / 10);
    });
}
