//! The lock of a vote, and money on hold that is paid whatever lock there is.

use crate::{electorate::VOTE_LOCK, mock::*, tracks::ids, *};
use frame_support::{
    assert_noop, assert_ok,
    traits::{
        fungible::{Inspect, InspectHold},
        tokens::{Fortitude, Preservation},
        InspectLockableCurrency,
    },
};
use pallet_conviction_voting::Conviction::*;
use souk_pallet_support::money;
use souk_primitives::{Balance, SOUK};
use sp_runtime::TokenError;

/// What `who` may transfer.
fn free(who: u64) -> Balance {
    Balances::reducible_balance(&who, Preservation::Expendable, Fortitude::Polite)
}

fn locked(who: u64) -> Balance {
    Balances::balance_locked(VOTE_LOCK, &who)
}

fn send(from: u64, to: u64, amount: Balance) -> sp_runtime::DispatchResult {
    Balances::transfer_allow_death(signed(from), to, amount)
}

fn unlock(who: u64, class: u16) {
    assert_ok!(Voting::unlock(signed(CLERK), class, who));
    Governance::try_locks().unwrap();
}

/// ALICE, who has nothing but what she voted with, and took that out of her stake.
fn voted_with_all() -> u32 {
    warm(ALICE, ENDOWED - 1);
    let poll = poll();
    assert_ok!(vote(ALICE, poll, standard(true, Locked6x, ENDOWED - 1)));
    stake(Source::Bond, ALICE, 0);
    poll
}

#[test]
fn a_purchase_from_a_friend_should_not_shed_a_lock() {
    run(|| {
        voted_with_all();
        assert_eq!((free(ALICE), locked(ALICE)), (1, ENDOWED - 1));
        // The friend lends as much, ALICE buys from the friend, and takes the price's place under the lock.
        assert_ok!(send(BOB, ALICE, ENDOWED - 1));
        assert_ok!(hold(ALICE, ENDOWED - 1));
        assert_noop!(send(ALICE, CAROL, 2), TokenError::Frozen);
        assert_eq!(locked(ALICE), 2 * (ENDOWED - 1));
        // The friend is paid, by force; what was voted with stays.
        assert_ok!(pay(ALICE, BOB, ENDOWED - 1));
        assert_eq!((Balances::balance(&ALICE), free(ALICE)), (ENDOWED, 1));
        assert_noop!(send(ALICE, CAROL, 2), TokenError::Frozen);
    });
}

#[test]
fn a_payment_should_pass_whatever_was_voted_before_or_after_its_hold() {
    run(|| {
        warm(ALICE, 600 * SOUK);
        let poll = poll();
        assert_ok!(hold(ALICE, 300 * SOUK));
        assert_ok!(vote(ALICE, poll, standard(true, Locked1x, 600 * SOUK)));
        assert_eq!(locked(ALICE), 900 * SOUK);
        assert_ok!(hold(ALICE, 50 * SOUK));
        assert_eq!(locked(ALICE), 950 * SOUK);
        // What is free beside the stake is as free as without a vote.
        assert_eq!(free(ALICE), 50 * SOUK - 1);
        stake(Source::Bond, ALICE, 0);
        assert_eq!(free(ALICE), 50 * SOUK);
        assert_ok!(pay(ALICE, BOB, 350 * SOUK));
        assert_eq!((locked(ALICE), free(ALICE)), (600 * SOUK, 50 * SOUK));
    });
}

#[test]
fn a_refund_of_free_money_should_be_free_again() {
    run(|| {
        warm(ALICE, 600 * SOUK);
        let poll = poll();
        assert_ok!(vote(ALICE, poll, standard(true, Locked1x, 600 * SOUK)));
        stake(Source::Bond, ALICE, 0);
        let before = free(ALICE);
        assert_eq!(before, 400 * SOUK);
        // Money that a vote has locked is no deposit.
        assert_noop!(hold(ALICE, before + 1), TokenError::FundsUnavailable);
        assert_ok!(hold(ALICE, before));
        assert_eq!(free(ALICE), 0);
        assert_ok!(money::burn_held::<MarketMoney, u64>(&Reason::Market, &ALICE, SOUK));
        assert_ok!(money::release::<MarketMoney, u64>(&Reason::Market, &ALICE, before - SOUK));
        assert_eq!((free(ALICE), locked(ALICE)), (before - SOUK, 600 * SOUK));
    });
}

#[test]
fn a_hold_that_moves_should_raise_the_other_lock() {
    run(|| {
        for who in [ALICE, BOB] {
            warm(who, 500 * SOUK);
        }
        let poll = poll();
        for who in [ALICE, BOB] {
            assert_ok!(vote(who, poll, standard(true, Locked1x, 500 * SOUK)));
        }
        assert_ok!(hold(ALICE, 100 * SOUK));
        assert_ok!(money::move_held::<MarketMoney, u64>(&Reason::Market, &ALICE, &BOB, 100 * SOUK));
        assert_eq!((locked(ALICE), locked(BOB)), (500 * SOUK, 600 * SOUK));
        assert_eq!(Balances::balance_on_hold(&Reason::Market, &BOB), 100 * SOUK);
    });
}

#[test]
fn the_largest_vote_of_all_classes_should_count_and_the_last_unlock_end_it() {
    run(|| {
        warm(ALICE, 600 * SOUK);
        let other = ids::PARAMETERS;
        let root = poll();
        let params = submit(Origin::ParameterAdmin, frame_system::Call::remark { remark: vec![] });
        assert_ok!(vote(ALICE, root, standard(true, Locked1x, 600 * SOUK)));
        assert_ok!(vote(ALICE, params, standard(true, Locked1x, 200 * SOUK)));
        assert_ok!(hold(ALICE, 100 * SOUK));
        assert_eq!(locked(ALICE), 700 * SOUK);
        assert_ok!(Voting::remove_vote(signed(ALICE), Some(ids::ROOT), root));
        assert_eq!(locked(ALICE), 700 * SOUK, "until it is unlocked");
        unlock(ALICE, ids::ROOT);
        assert_eq!(locked(ALICE), 300 * SOUK);
        assert_ok!(Voting::remove_vote(signed(ALICE), Some(other), params));
        unlock(ALICE, other);
        assert_eq!(locked(ALICE), 0);
        // Who has no vote left is left alone.
        assert_ok!(hold(ALICE, 100 * SOUK));
        assert_ok!(pay(ALICE, BOB, 50 * SOUK));
        assert_eq!(locked(ALICE), 0);
        assert!(pallet_balances::Locks::<Test>::get(ALICE).is_empty());
    });
}

#[test]
fn a_conviction_should_lock_under_any_hold_until_it_is_over() {
    run(|| {
        warm(ALICE, 600 * SOUK);
        assert_ok!(Voting::delegate(signed(ALICE), ids::ROOT, BOB, Locked2x, 600 * SOUK));
        assert_ok!(Voting::undelegate(signed(ALICE), ids::ROOT));
        stake(Source::Bond, ALICE, 0);
        assert_ok!(hold(ALICE, 300 * SOUK));
        unlock(ALICE, ids::ROOT);
        assert_eq!((locked(ALICE), free(ALICE)), (900 * SOUK, 100 * SOUK));
        // Two periods of an eighth of the bonding time.
        run_to(22);
        unlock(ALICE, ids::ROOT);
        assert_eq!((locked(ALICE), free(ALICE)), (0, 700 * SOUK - 1));
    });
}

#[test]
fn an_empty_vote_should_lock_nothing() {
    run(|| {
        assert_ok!(hold(ALICE, 300 * SOUK));
        assert_ok!(vote(ALICE, poll(), standard(true, Locked6x, 0)));
        assert_eq!(locked(ALICE), 0);
        assert_ok!(hold(ALICE, 100 * SOUK));
        assert_eq!((locked(ALICE), free(ALICE)), (0, 600 * SOUK - 1));
    });
}

#[test]
fn try_state_should_notice_a_lock_that_did_not_follow() {
    run(|| {
        voted_with_all();
        assert_ok!(send(BOB, ALICE, 100));
        // Past the watch.
        assert_ok!(money::hold_free::<Balances, u64>(&Reason::Market, &ALICE, 50));
        assert!(Governance::do_try_state().is_err());
        Governance::relock(&ALICE);
        assert_ok!(Governance::do_try_state());
    });
}
