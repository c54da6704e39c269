//! What nobody claims returns to the budget.

use crate::{
    mock::*,
    types::{Pot, Role},
    Books, Error, Event, OldestEpoch, Owed, Records,
};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::SOUK;

/// Epochs without blocks: an exam would begin and not go on.
fn epochs(count: u32) {
    ExamEvery::set(&0);
    for _ in 0..count {
        end_epoch();
    }
}

#[test]
fn credits_should_be_kept_for_the_history_and_then_return() {
    test(|| {
        trade(10 * SOUK);
        epoch();
        // Epoch 0 is remembered while epoch 10 runs.
        epochs(9);
        assert_eq!(Rewards::rewards_view(&PROVIDER).expires_epoch, Some(10));
        assert_eq!(Owed::<Test>::get(Pot::Providers), 3 * SOUK);
        events();
        end_epoch();
        let forfeited = |pot, amount| Event::Forfeited { epoch: 0, pot, amount };
        let told = events();
        assert!(told.contains(&forfeited(Pot::Providers, 3 * SOUK)));
        assert!(told.contains(&forfeited(Pot::Publishers, 2 * SOUK)));
        assert_eq!(Pot::ALL.map(Owed::<Test>::get), [0, 0]);
        assert_eq!(Rewards::free(Pot::Providers), 25 * SOUK);
        assert_noop!(Rewards::claim(signed(&PROVIDER)), Error::<Test>::NothingToClaim);
        // The records are cleared by idle blocks.
        next_block();
        next_block();
        assert_eq!(Records::<Test>::iter().count(), 0);
    });
}

#[test]
fn a_claim_in_the_last_epoch_should_pay() {
    test(|| {
        trade(10 * SOUK);
        epoch();
        epochs(9);
        assert_ok!(Rewards::claim(signed(&PROVIDER)));
        assert_eq!(free(&PROVIDER), RICH + 27 * SOUK / 10);
        // What its validator got accrued now, and is kept from now.
        epochs(10);
        assert_ok!(Rewards::claim(signed(&VALIDATOR)));
    });
}

#[test]
fn what_has_accrued_should_be_kept_from_the_last_change_on() {
    test(|| {
        trade(10 * SOUK);
        epoch();
        epochs(5);
        trade(10 * SOUK);
        epochs(10);
        // The first trade's is of epoch 6 by now.
        assert_eq!(Rewards::rewards_view(&PROVIDER).accrued, 54 * SOUK / 10);
        epochs(1);
        assert_eq!(Rewards::rewards_view(&PROVIDER).accrued, 0);
        assert_noop!(Rewards::claim(signed(&PROVIDER)), Error::<Test>::NothingToClaim);
        assert_eq!(Owed::<Test>::get(Pot::Providers), 0);
    });
}

#[test]
fn whoever_comes_back_should_begin_anew() {
    test(|| {
        trade(10 * SOUK);
        epoch();
        epochs(10);
        trade(20 * SOUK);
        end_epoch();
        assert_eq!(Rewards::settle(Role::Provider, &PROVIDER).accrued, 54 * SOUK / 10);
    });
}

#[test]
fn what_returned_should_be_earned_by_others() {
    test(|| {
        trade(1_000 * SOUK);
        epoch();
        assert_eq!(Rewards::free(Pot::Providers), 0);
        epochs(10);
        assert_eq!(Rewards::free(Pot::Providers), 25 * SOUK);
        trade_of(&RIVAL, 50 * SOUK);
        end_epoch();
        assert_ok!(Rewards::claim(signed(&RIVAL)));
        assert_eq!(free(&RIVAL), RICH + 135 * SOUK / 10);
    });
}

#[test]
fn a_shorter_history_should_be_caught_up_with_in_steps_and_never_be_too_short() {
    test(|| {
        HistoryDepth::set(&40);
        epochs(30);
        assert_eq!(OldestEpoch::<Test>::get(), 0);
        HistoryDepth::set(&0);
        epochs(1);
        assert_eq!(OldestEpoch::<Test>::get(), 4);
        epochs(20);
        // At least eight are kept.
        assert_eq!(OldestEpoch::<Test>::get(), 51 - 8);
        trade(SOUK);
        assert!(Books::<Test>::get(Pot::Providers, 51).is_some());
    });
}
