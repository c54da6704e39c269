//! A share that its payee can't take never stops a settlement.

use crate::{mock::*, Claims, Error, Event};
use frame_support::{assert_noop, assert_ok, traits::fungible::Inspect};
use souk_primitives::{
    licence::{Offer, Purposes},
    SOUK,
};

/// Sells the model for so little that a referrer without an account can't take its share.
fn sold_to_a_friend_of_nobody() -> u128 {
    let cheap = Offer { price: SOUK / 100, ..offer() };
    let number = add_offer(MODEL, cheap.clone());
    let id = Order { referrer: Some(NOBODY), ..Order::default() }.by_offer(number, &cheap).done();
    honest(id).revealed();
    settle(id).unwrap();
    assert!(Licensing::is_licensed(&BUYER, MODEL, Purposes::RESEARCH));
    SOUK / 100 * 99 / 100 / 20
}

#[test]
fn what_an_account_cannot_take_should_be_kept_for_it() {
    test(|| {
        let share = sold_to_a_friend_of_nobody();
        assert!(share < ED);
        assert_eq!((Balances::total_balance(&NOBODY), Claims::<Test>::get(NOBODY)), (0, share));
        assert!(events().contains(&Event::ShareKept { owner: NOBODY, amount: share }));
        let claim = || Licensing::claim(signed(STRANGER), NOBODY);
        assert!(claim().is_err());
        assert_eq!(Claims::<Test>::get(NOBODY), share);
        // Once it has an account, it is paid.
        assert_ok!(Balances::transfer_allow_death(signed(STRANGER), NOBODY, ED));
        assert_ok!(claim());
        assert_eq!((Balances::total_balance(&NOBODY), Claims::<Test>::get(NOBODY)), (ED + share, 0));
        assert_noop!(claim(), Error::<Test>::NothingToClaim);
    });
}

#[test]
fn without_a_claim_account_such_a_share_should_be_burnt() {
    test(|| {
        let claims = Licensing::claim_account();
        assert_ok!(Balances::force_set_balance(RuntimeOrigin::root(), claims.clone(), 0));
        let issuance = Balances::total_issuance();
        let share = sold_to_a_friend_of_nobody();
        let fee = SOUK / 100 / 100;
        assert_eq!(issuance - Balances::total_issuance(), fee / 2 + share);
        assert_eq!((Claims::<Test>::get(NOBODY), Balances::total_balance(&claims)), (0, 0));
    });
}

#[test]
fn a_treasury_without_an_account_should_not_stop_a_sale() {
    test(|| {
        assert_ok!(Balances::force_set_balance(RuntimeOrigin::root(), TREASURY, 0));
        let cheap = Offer { price: SOUK / 100, ..offer() };
        let number = add_offer(MODEL, cheap.clone());
        let id = Order::default().by_offer(number, &cheap).done();
        honest(id).revealed();
        System::reset_events();
        assert_ok!(settle(id));
        let (_, amounts) = end().unwrap();
        assert_eq!((amounts.treasury, amounts.burnt), (0, SOUK / 100 / 100));
    });
}
