//! What trades are credited with.

use crate::{
    mock::*,
    types::{Pot, Role},
    Books, Records, Trades,
};
use souk_primitives::{close::CloseReason, AccountId, Balance, SOUK};
use sp_runtime::Permill;

fn credits(role: Role, who: &AccountId) -> Balance {
    Records::<Test>::get(role, who).map_or(0, |record| record.credits)
}

#[test]
fn a_call_should_credit_provider_and_publisher_half_of_what_it_burnt() {
    test(|| {
        trade(10 * SOUK);
        assert_eq!(credits(Role::Provider, &PROVIDER), 3 * SOUK);
        assert_eq!(credits(Role::Publisher, &OWNER), 2 * SOUK);
        assert_eq!(credits(Role::Validator, &VALIDATOR), 0);
        let book = Books::<Test>::get(Pot::Providers, 0).unwrap();
        assert_eq!((book.credits, book.unsettled, book.rate, book.owed()), (3 * SOUK, 3 * SOUK, None, 0));
    });
}

#[test]
fn only_what_an_audit_let_pass_or_could_have_caught_should_count() {
    use CloseReason::*;
    for reason in [Doubtful, Fraud, Withheld, Disputed, BadRequest, Unaudited, Superseded] {
        test(|| {
            Rewards::trade_released(&PROVIDER, &SPEC, PRICES, 100 * SOUK, SOUK, reason);
            assert_eq!((Records::<Test>::iter().count(), Trades::<Test>::iter().count()), (0, 0));
        });
    }
    for reason in [Valid, NotDrawn] {
        test(|| {
            Rewards::trade_released(&PROVIDER, &SPEC, PRICES, 100 * SOUK, SOUK, reason);
            assert_eq!(credits(Role::Provider, &PROVIDER), SOUK * 3 / 10);
        });
    }
}

#[test]
fn a_sale_should_credit_its_publisher_alone() {
    test(|| {
        Rewards::sale_settled(&OWNER, 10 * SOUK);
        assert_eq!(credits(Role::Publisher, &OWNER), 5 * SOUK);
        assert_eq!(Records::<Test>::iter().count(), 1);
        Rewards::sale_settled(&STRANGER, 1);
        assert_eq!(Records::<Test>::iter().count(), 1);
    });
}

#[test]
fn kappa_should_be_a_half_at_most() {
    test(|| {
        Kappa::set(&Permill::one());
        trade(10 * SOUK);
        assert_eq!(credits(Role::Provider, &PROVIDER) + credits(Role::Publisher, &OWNER), 5 * SOUK);
    });
}

#[test]
fn who_serves_what_it_published_should_get_no_more_than_both_would() {
    test(|| {
        souk_owner(&PROVIDER);
        trade(10 * SOUK);
        assert_eq!(credits(Role::Provider, &PROVIDER), 3 * SOUK);
        assert_eq!(credits(Role::Publisher, &PROVIDER), 2 * SOUK);
    });
}

fn souk_owner(who: &AccountId) {
    Owners::insert(SPEC, who);
}

#[test]
fn what_has_no_owner_should_credit_its_provider_alone() {
    test(|| {
        Owners::remove(SPEC);
        trade(10 * SOUK);
        assert_eq!(credits(Role::Provider, &PROVIDER), 3 * SOUK);
        assert_eq!(Records::<Test>::iter().count(), 1);
    });
}

#[test]
fn a_provider_that_is_gone_should_owe_no_commission() {
    test(|| {
        Bonds::remove(PROVIDER);
        trade(10 * SOUK);
        epoch();
        assert_eq!(Rewards::settle(Role::Provider, &PROVIDER).accrued, 3 * SOUK);
        assert_eq!(accrued(Role::Validator, &VALIDATOR), 0);
    });
}

#[test]
fn a_provider_that_left_before_its_last_release_should_owe_it() {
    test(|| {
        trade(10 * SOUK);
        Bonds::remove(PROVIDER);
        trade(10 * SOUK);
        epoch();
        assert_eq!(Rewards::settle(Role::Provider, &PROVIDER).accrued, 54 * SOUK / 10);
        assert_eq!(accrued(Role::Validator, &VALIDATOR), 6 * SOUK / 10);
    });
}

#[test]
fn commission_should_follow_the_validator_of_the_trade() {
    test(|| {
        trade(10 * SOUK);
        Bonds::insert(PROVIDER, (STRANGER, BOND, true));
        epoch();
        assert_eq!(Rewards::settle(Role::Provider, &PROVIDER).accrued, 27 * SOUK / 10);
        assert_eq!(accrued(Role::Validator, &VALIDATOR), 3 * SOUK / 10);
        assert_eq!(accrued(Role::Validator, &STRANGER), 0);
    });
}
