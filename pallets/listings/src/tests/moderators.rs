//! Appointment, dismissal and bond of moderators.

use crate::{mock::*, types::Moderator, Error, Event, Moderators};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use souk_primitives::{moderation::DelistReason, AccountId, Balance};
use sp_runtime::DispatchError::BadOrigin;

fn appoint(who: AccountId) -> DispatchResult {
    Listings::appoint_moderator(RuntimeOrigin::signed(ADMIN), who)
}

fn dismiss(who: AccountId) -> DispatchResult {
    Listings::dismiss_moderator(RuntimeOrigin::signed(ADMIN), who)
}

fn post(amount: Balance) -> DispatchResult {
    Listings::post_bond(RuntimeOrigin::signed(MOD), amount)
}

fn withdraw(amount: Balance) -> DispatchResult {
    Listings::withdraw_bond(RuntimeOrigin::signed(MOD), amount)
}

#[test]
fn moderators_should_be_appointed_and_dismissed_by_governance() {
    run(|| {
        for who in [RuntimeOrigin::signed(MOD), RuntimeOrigin::root()] {
            assert_noop!(Listings::appoint_moderator(who.clone(), MOD), BadOrigin);
            assert_noop!(Listings::dismiss_moderator(who, MOD), BadOrigin);
        }
        assert_noop!(dismiss(MOD), Error::<Test>::NotAModerator);
        assert_ok!(appoint(MOD));
        assert_last(Event::ModeratorAppointed { moderator: MOD });
        assert_noop!(appoint(MOD), Error::<Test>::AlreadyModerator);
        assert_ok!(dismiss(MOD));
        assert_last(Event::ModeratorDismissed { moderator: MOD });
        assert_eq!(Moderators::<Test>::get(MOD), None);
        assert_noop!(dismiss(MOD), Error::<Test>::NotAModerator);
    });
}

#[test]
fn a_bond_should_be_posted_and_withdrawn() {
    run(|| {
        assert_noop!(post(1), Error::<Test>::NotAModerator);
        assert_ok!(appoint(MOD));
        assert_noop!(post(ENDOWED), Error::<Test>::InsufficientFree);
        assert_ok!(post(200));
        assert_ok!(post(150));
        assert_last(Event::BondPosted { moderator: MOD, amount: 150, bond: 350 });
        assert_eq!((free(&MOD), staked(&MOD)), (ENDOWED - 350, (350, 0)));
        assert_noop!(withdraw(351), Error::<Test>::BondTied);
        assert_ok!(withdraw(50));
        assert_last(Event::BondWithdrawn { moderator: MOD, amount: 50, bond: 300 });
        assert_eq!((free(&MOD), staked(&MOD)), (ENDOWED - 300, (300, 0)));
        assert_noop!(Listings::post_bond(RuntimeOrigin::root(), 1), BadOrigin);
        assert_noop!(Listings::withdraw_bond(RuntimeOrigin::root(), 1), BadOrigin);
        assert_noop!(Listings::withdraw_bond(RuntimeOrigin::signed(MEG), 1), Error::<Test>::NotAModerator);
    });
}

#[test]
fn a_bond_should_stay_as_far_as_open_cases_need_it() {
    run(|| {
        registered();
        accused_by_mod(DelistReason::Fraud);
        assert_ok!(post(100));
        // At least the least bond, while there is a case.
        assert_noop!(withdraw(101), Error::<Test>::BondTied);
        assert_ok!(withdraw(100));
        assert_noop!(withdraw(1), Error::<Test>::BondTied);
        assert_eq!(
            Moderators::<Test>::get(MOD),
            Some(Moderator { appointed: true, bond: LEAST_BOND, tied: CASE_BOND })
        );
        // Dismissal is no way out of a case.
        assert_ok!(dismiss(MOD));
        assert_noop!(post(1), Error::<Test>::NotAModerator);
        assert_noop!(withdraw(1), Error::<Test>::BondTied);
        appealed();
        assert_ok!(Listings::decide_appeal(RuntimeOrigin::signed(JURY), 0, 0, false));
        assert_eq!(
            Moderators::<Test>::get(MOD),
            Some(Moderator { appointed: false, bond: LEAST_BOND - CASE_BOND, tied: 0 })
        );
        assert_ok!(withdraw(LEAST_BOND - CASE_BOND));
        assert_eq!((Moderators::<Test>::get(MOD), staked(&MOD)), (None, (0, 0)));
        assert_eq!(free(&MOD), ENDOWED - CASE_BOND);
    });
}

#[test]
fn more_than_the_least_bond_should_stay_when_cases_need_more() {
    run(|| {
        for _ in 0..3 {
            registered();
        }
        moderating(MOD, 500);
        for id in 0..3 {
            assert_ok!(Listings::delist(RuntimeOrigin::signed(MOD), id, DelistReason::Fraud, EVIDENCE));
        }
        assert_noop!(withdraw(500 - 3 * CASE_BOND + 1), Error::<Test>::BondTied);
        assert_ok!(withdraw(500 - 3 * CASE_BOND));
    });
}

#[test]
fn try_state_should_notice_a_bond_that_is_not_there() {
    run(|| {
        registered();
        accused_by_mod(DelistReason::Fraud);
        let good = Moderators::<Test>::get(MOD).unwrap();
        for bad in [Moderator { bond: good.bond + 1, ..good }, Moderator { tied: 0, ..good }] {
            Moderators::<Test>::insert(MOD, bad);
            assert!(Listings::do_try_state().is_err());
        }
        Moderators::<Test>::insert(MOD, good);
    });
}
