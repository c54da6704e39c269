//! What is fixed when an epoch ends.

use crate::{
    mock::*,
    types::{Pot, Role},
    Books, Epoch, Event, Owed,
};
use souk_primitives::SOUK;

#[test]
fn credits_should_be_paid_in_full_while_the_budget_lasts() {
    test(|| {
        trade(10 * SOUK);
        Rewards::sale_settled(&OWNER, 2 * SOUK);
        epoch();
        let settled =
            |pot, budget, credits| Event::EpochSettled { epoch: 0, pot, budget, credits, promised: credits };
        assert_eq!(
            events(),
            [settled(Pot::Providers, 25 * SOUK, 3 * SOUK), settled(Pot::Publishers, 10 * SOUK, 3 * SOUK)]
        );
        assert_eq!((Epoch::<Test>::get(), Owed::<Test>::get(Pot::Providers)), (1, 3 * SOUK));
        // Nothing is left over for the next epoch twice.
        assert_eq!(Rewards::free(Pot::Providers), 22 * SOUK);
        assert_eq!(Rewards::settle(Role::Provider, &PROVIDER).accrued, 27 * SOUK / 10);
        assert_eq!(Rewards::settle(Role::Publisher, &OWNER).accrued, 3 * SOUK);
        assert_eq!(accrued(Role::Validator, &VALIDATOR), 3 * SOUK / 10);
        assert_eq!(Owed::<Test>::get(Pot::Providers), 3 * SOUK);
    });
}

#[test]
fn credits_beyond_the_budget_should_share_it() {
    test(|| {
        // 75 and 25 times more than the budget of 25.
        trade_of(&PROVIDER, 250 * SOUK);
        trade_of(&RIVAL, 83 * SOUK + SOUK / 3);
        epoch();
        let first = Rewards::settle(Role::Provider, &PROVIDER).accrued;
        let second = Rewards::settle(Role::Provider, &RIVAL).accrued;
        let commission = accrued(Role::Validator, &VALIDATOR);
        assert_eq!(first / SOUK, 16);
        assert!(first >= 3 * second && first <= 3 * second + 10);
        // All of it but for what the roundings left, which is free again.
        assert!(25 * SOUK - (first + second + commission) <= 2);
        assert_eq!(Owed::<Test>::get(Pot::Providers), first + second + commission);
    });
}

#[test]
fn what_is_not_spent_should_stay_in_the_pot() {
    test(|| {
        epoch();
        epoch();
        trade(10 * SOUK);
        epoch();
        assert_eq!(pot(Pot::Providers), 75 * SOUK);
        assert_eq!(Rewards::free(Pot::Providers), 72 * SOUK);
        assert!(Books::<Test>::get(Pot::Providers, 1).is_none());
    });
}

#[test]
fn credits_of_an_epoch_should_not_touch_those_of_another() {
    test(|| {
        trade(10 * SOUK);
        epoch();
        trade(20 * SOUK);
        // The trade settled the first epoch's.
        assert_eq!(accrued(Role::Provider, &PROVIDER), 27 * SOUK / 10);
        epoch();
        assert_eq!(Rewards::settle(Role::Provider, &PROVIDER).accrued, 81 * SOUK / 10);
        assert_eq!(accrued(Role::Validator, &VALIDATOR), 9 * SOUK / 10);
        Rewards::settle(Role::Publisher, &OWNER);
        assert_eq!(accrued(Role::Publisher, &OWNER), 6 * SOUK);
    });
}

#[test]
fn an_empty_pot_should_pay_nothing_and_promise_nothing() {
    test(|| {
        trade(10 * SOUK);
        end_epoch();
        assert_eq!(Owed::<Test>::get(Pot::Providers), 0);
        assert_eq!(Rewards::settle(Role::Provider, &PROVIDER).accrued, 0);
        epoch();
        assert_eq!(Rewards::settle(Role::Provider, &PROVIDER).accrued, 0);
    });
}

#[test]
fn epochs_should_only_go_forward() {
    test(|| {
        Rewards::epoch_ended(7);
        assert_eq!(Epoch::<Test>::get(), 8);
        Rewards::epoch_ended(3);
        assert_eq!(Epoch::<Test>::get(), 9);
    });
}
