use crate::{mock::*, Compounding, Error, Event};
use frame_support::{assert_noop, assert_ok, traits::LockableCurrency};
use souk_primitives::{Balance, SOUK};

fn bond() -> Balance {
    Bonds::get(PROVIDER).unwrap().1
}

fn earned() {
    trade(10 * SOUK);
    epoch();
    events();
}

const AMOUNT: Balance = 27 * SOUK / 10;

fn claimed(compounded: bool) -> Option<Event<Test>> {
    Some(Event::Claimed { account: PROVIDER, amount: AMOUNT, compounded })
}

#[test]
fn a_claim_should_become_bond_when_told() {
    test(|| {
        assert_ok!(Rewards::set_compound(signed(&PROVIDER), true));
        assert_eq!(events(), [Event::CompoundSet { account: PROVIDER, compound: true }]);
        earned();
        // Whoever claims for it.
        assert_ok!(Rewards::claim_for(signed(&STRANGER), PROVIDER));
        assert_eq!((free(&PROVIDER), bond()), (RICH, BOND + AMOUNT));
        assert_eq!(events().pop(), claimed(true));
    });
}

#[test]
fn a_claim_should_stay_free_once_told_so() {
    test(|| {
        assert_ok!(Rewards::set_compound(signed(&PROVIDER), true));
        assert_ok!(Rewards::set_compound(signed(&PROVIDER), false));
        assert!(!Compounding::<Test>::contains_key(PROVIDER));
        earned();
        assert_ok!(Rewards::claim(signed(&PROVIDER)));
        assert_eq!((free(&PROVIDER), bond()), (RICH + AMOUNT, BOND));
    });
}

#[test]
fn who_can_not_bond_it_should_have_the_money() {
    test(|| {
        assert_ok!(Rewards::set_compound(signed(&PROVIDER), true));
        earned();
        Bonds::insert(PROVIDER, (VALIDATOR, BOND, false));
        assert_ok!(Rewards::claim(signed(&PROVIDER)));
        assert_eq!((free(&PROVIDER), bond()), (RICH + AMOUNT, BOND));
        assert_eq!(events().pop(), claimed(false));
    });
}

#[test]
fn only_a_provider_should_have_a_wish_and_only_while_it_is_one() {
    test(|| {
        assert_noop!(Rewards::set_compound(signed(&STRANGER), true), Error::<Test>::NoProvider);
        assert_ok!(Rewards::set_compound(signed(&STRANGER), false));
        for who in [PROVIDER, RIVAL] {
            assert_ok!(Rewards::set_compound(signed(&who), true));
        }
        // It is in jail, or waits: that is a provider still.
        Bonds::insert(RIVAL, (VALIDATOR, BOND, false));
        Bonds::remove(PROVIDER);
        for _ in 0..3 {
            next_block();
        }
        assert_eq!(Compounding::<Test>::iter_keys().collect::<Vec<_>>(), [RIVAL]);
    });
}

#[test]
fn a_lock_should_stop_no_payment() {
    test(|| {
        assert_ok!(Rewards::set_compound(signed(&PROVIDER), true));
        earned();
        Balances::set_lock(*b"vote    ", &PROVIDER, 2 * RICH, frame_support::traits::WithdrawReasons::all());
        assert_ok!(Rewards::claim(signed(&PROVIDER)));
        assert_eq!(free(&PROVIDER) + (bond() - BOND), RICH + AMOUNT);
    });
}
