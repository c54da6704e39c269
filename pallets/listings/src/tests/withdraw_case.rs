use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use souk_primitives::{moderation::DelistReason, views::ListingStatus, AccountId};
use sp_runtime::DispatchError::BadOrigin;

fn withdraw(who: AccountId) -> DispatchResult {
    Listings::withdraw_case(RuntimeOrigin::signed(who), 0)
}

fn assert_withdrawn(lost: u128) {
    assert_last(Event::CaseWithdrawn { listing: 0, case: 0, reason: DelistReason::Fraud, lost });
    assert_eq!(Listings::moderation(0), None);
    Now::set(100);
    assert_eq!(Listings::status(0), Some(ListingStatus::Active));
}

#[test]
fn withdraw_case_should_be_free_before_an_appeal_but_not_repeatable() {
    run(|| {
        registered();
        accused_by_mod(DelistReason::Fraud);
        let issuance = Balances::total_issuance();
        Now::set(6);
        assert_ok!(withdraw(MOD));
        assert_withdrawn(0);
        assert_eq!((free(&MOD), staked(&MOD)), (ENDOWED - LEAST_BOND, (LEAST_BOND, 0)));
        assert_eq!(Balances::total_issuance(), issuance);
        // Not for another reason either: the listing would be shielded for as long as there are reasons.
        for reason in [DelistReason::Fraud, DelistReason::Malware, DelistReason::Other] {
            let again = Listings::delist(RuntimeOrigin::signed(MOD), 0, reason, EVIDENCE);
            assert_noop!(again, Error::<Test>::AlreadyFailed);
        }
        // Another listing is another matter.
        registered_too();
        assert_ok!(Listings::delist(RuntimeOrigin::signed(MOD), 1, DelistReason::Fraud, EVIDENCE));
        assert_ok!(Listings::withdraw_case(RuntimeOrigin::signed(MOD), 1));
        assert_ok!(Listings::withdraw_bond(RuntimeOrigin::signed(MOD), LEAST_BOND));
    });
}

#[test]
fn withdraw_case_should_cost_as_much_as_a_lost_appeal_after_one() {
    run(|| {
        let deposit = registered();
        accused_by_mod(DelistReason::Fraud);
        appealed();
        let issuance = Balances::total_issuance();
        Now::set(21);
        assert_ok!(withdraw(MOD));
        assert_withdrawn(CASE_BOND);
        assert_money(&ANNE, ENDOWED - deposit + 50, deposit);
        assert_eq!((staked(&ANNE), staked(&MOD)), ((0, 0), (LEAST_BOND - 101, 0)));
        assert_eq!(Balances::total_issuance(), issuance - 51);
    });
}

#[test]
fn withdraw_case_should_be_whose_the_case_is_and_in_time() {
    run(|| {
        registered();
        assert_noop!(withdraw(MOD), Error::<Test>::NoCase);
        accused_by_mod(DelistReason::Fraud);
        moderating(MEG, LEAST_BOND);
        for who in [ANNE, MEG] {
            assert_noop!(withdraw(who), Error::<Test>::NotAuthorized);
        }
        // Not even the track: the moderator would lose its stake by it.
        assert_noop!(Listings::withdraw_case(RuntimeOrigin::root(), 0), Error::<Test>::NotAuthorized);
        assert_noop!(Listings::withdraw_case(RuntimeOrigin::none(), 0), BadOrigin);
        assert_noop!(Listings::withdraw_case(RuntimeOrigin::signed(MOD), 1), Error::<Test>::NotFound);
        Now::set(7);
        assert_noop!(withdraw(MOD), Error::<Test>::CaseOver);
    });
}

#[test]
fn the_track_should_withdraw_its_own_case_for_nothing() {
    run(|| {
        registered();
        accused(DelistReason::Fraud);
        appealed();
        moderating(MOD, LEAST_BOND);
        assert_noop!(withdraw(MOD), Error::<Test>::NotAuthorized);
        let before = free(&ANNE);
        assert_ok!(Listings::withdraw_case(RuntimeOrigin::root(), 0));
        assert_withdrawn(0);
        assert_eq!((free(&ANNE), staked(&ANNE)), (before + APPEAL_DEPOSIT, (0, 0)));
    });
}
