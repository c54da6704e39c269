//! `appeal` and `decide_appeal`: who loses what.

use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use souk_primitives::{
    moderation::DelistReason,
    views::{AppealView, ListingStatus},
    AccountId, Balance,
};
use sp_runtime::DispatchError::BadOrigin;

const FRAUD: ListingStatus = ListingStatus::Delisted { reason: DelistReason::Fraud };

fn appeal(who: AccountId) -> DispatchResult {
    Listings::appeal(RuntimeOrigin::signed(who), 0, STATEMENT)
}

fn decide(case: u32, upheld: bool) -> DispatchResult {
    Listings::decide_appeal(RuntimeOrigin::signed(JURY), 0, case, upheld)
}

fn status() -> ListingStatus {
    Listings::status(0).unwrap()
}

/// Everything that an account has, on hold or not.
fn whole(who: &AccountId) -> Balance {
    let (bond, appeals) = staked(who);
    free(who) + held(who) + bond + appeals
}

#[test]
fn appeal_should_hold_back_the_delisting_for_its_window() {
    run(|| {
        registered();
        accused_by_mod(DelistReason::Fraud);
        Now::set(6);
        assert_ok!(appeal(ANNE));
        assert_last(Event::Appealed {
            listing: 0,
            case: 0,
            reason: DelistReason::Fraud,
            by: ANNE,
            statement: STATEMENT,
            deposit: APPEAL_DEPOSIT,
            until: 26,
        });
        let view = AppealView { by: ANNE, deposit: APPEAL_DEPOSIT, statement: STATEMENT, until: 26 };
        assert_eq!(Listings::moderation(0).unwrap().appeal, Some(view));
        assert_eq!((staked(&ANNE), staked(&MOD)), ((0, APPEAL_DEPOSIT), (LEAST_BOND, 0)));
        for now in [7, 26] {
            Now::set(now);
            assert_eq!(status(), ListingStatus::Active);
            assert_noop!(Listings::close_case(RuntimeOrigin::signed(BEN), 0), Error::<Test>::CaseOpen);
            assert_noop!(Listings::retire(RuntimeOrigin::signed(ANNE), 0), Error::<Test>::CaseOpen);
        }
        Now::set(27);
        assert_eq!(status(), FRAUD);
    });
}

#[test]
fn an_appeal_that_nobody_decides_should_cost_nobody_anything() {
    run(|| {
        registered();
        accused_by_mod(DelistReason::Fraud);
        appealed();
        Now::set(22);
        for upheld in [true, false] {
            assert_noop!(decide(0, upheld), Error::<Test>::CaseOver);
        }
        assert_ok!(Listings::close_case(RuntimeOrigin::signed(BEN), 0));
        assert_eq!(status(), FRAUD);
        assert_eq!((staked(&ANNE), staked(&MOD)), ((0, 0), (LEAST_BOND, 0)));
        assert_ok!(Listings::withdraw_bond(RuntimeOrigin::signed(MOD), LEAST_BOND));
        assert_eq!((whole(&ANNE), whole(&MOD)), (ENDOWED, ENDOWED));
    });
}

#[test]
fn an_overturned_delisting_should_cost_the_moderator() {
    run(|| {
        registered();
        accused_by_mod(DelistReason::Fraud);
        appealed();
        Now::set(21);
        let issuance = Balances::total_issuance();
        assert_ok!(decide(0, false));
        assert_last(Event::AppealDecided {
            listing: 0,
            case: 0,
            reason: DelistReason::Fraud,
            upheld: false,
            lost: CASE_BOND,
        });
        assert_eq!((whole(&ANNE), whole(&MOD)), (ENDOWED + 50, ENDOWED - 101));
        assert_eq!((staked(&ANNE), staked(&MOD)), ((0, 0), (LEAST_BOND - 101, 0)));
        assert_eq!(Balances::total_issuance(), issuance - 51);
        Now::set(22);
        assert_eq!((status(), Listings::moderation(0)), (ListingStatus::Active, None));
        assert_noop!(decide(0, false), Error::<Test>::NoCase);
        // Who was wrong about this listing is not asked again, and about another one not with what is left of the bond.
        let delist = |who, reason| Listings::delist(RuntimeOrigin::signed(who), 0, reason, EVIDENCE);
        assert_noop!(delist(MOD, DelistReason::Fraud), Error::<Test>::AlreadyFailed);
        assert_noop!(delist(MOD, DelistReason::Malware), Error::<Test>::AlreadyFailed);
        registered_too();
        let other = || Listings::delist(RuntimeOrigin::signed(MOD), 1, DelistReason::Malware, EVIDENCE);
        assert_noop!(other(), Error::<Test>::BondTooLow);
        assert_ok!(Listings::post_bond(RuntimeOrigin::signed(MOD), 101));
        assert_ok!(other());
        // Another moderator may see it as the first one did.
        moderating(MEG, LEAST_BOND);
        assert_ok!(delist(MEG, DelistReason::Fraud));
    });
}

#[test]
fn an_upheld_delisting_should_bite_at_once_and_cost_the_owner() {
    run(|| {
        let deposit = registered();
        accused_by_mod(DelistReason::Fraud);
        appealed();
        let issuance = Balances::total_issuance();
        Now::set(9);
        assert_ok!(decide(0, true));
        assert_last(Event::AppealDecided {
            listing: 0,
            case: 0,
            reason: DelistReason::Fraud,
            upheld: true,
            lost: APPEAL_DEPOSIT,
        });
        assert_eq!((status(), Listings::moderation(0)), (FRAUD, None));
        assert_eq!((whole(&ANNE), whole(&MOD)), (ENDOWED - 51, ENDOWED + 25));
        assert_eq!((held(&ANNE), staked(&ANNE), staked(&MOD)), (deposit, (0, 0), (LEAST_BOND, 0)));
        assert_eq!(Balances::total_issuance(), issuance - 26);
        assert_ok!(Listings::withdraw_bond(RuntimeOrigin::signed(MOD), LEAST_BOND));
        assert_noop!(appeal(ANNE), Error::<Test>::NoCase);
        // Forgiven later, without getting anything back.
        assert_ok!(Listings::relist(RuntimeOrigin::signed(JURY), 0, 0));
        assert_eq!((status(), whole(&ANNE)), (ListingStatus::Active, ENDOWED - 51));
    });
}

#[test]
fn a_case_of_the_track_should_put_only_the_owners_deposit_at_stake() {
    run(|| {
        registered();
        accused(DelistReason::Fraud);
        appealed();
        assert_ok!(decide(0, false));
        assert_eq!((whole(&ANNE), staked(&ANNE)), (ENDOWED, (0, 0)));
        // The track is bound by no earlier failure, and there is nobody to get the other half.
        accused(DelistReason::Fraud);
        appealed();
        let issuance = Balances::total_issuance();
        assert_ok!(decide(1, true));
        assert_eq!((whole(&ANNE), Balances::total_issuance()), (ENDOWED - 51, issuance - 51));
        assert_eq!(status(), FRAUD);
    });
}

#[test]
fn a_decision_about_an_earlier_case_should_not_touch_a_later_one() {
    run(|| {
        registered();
        accused_by_mod(DelistReason::Fraud);
        appealed();
        assert_ok!(Listings::withdraw_case(RuntimeOrigin::signed(MOD), 0));
        accused(DelistReason::Malware);
        appealed();
        for upheld in [true, false] {
            assert_noop!(decide(0, upheld), Error::<Test>::NoCase);
        }
        assert_ok!(decide(1, true));
    });
}

#[test]
fn appeal_should_be_the_owners_once_and_in_time() {
    run(|| {
        registered();
        assert_noop!(appeal(ANNE), Error::<Test>::NoCase);
        assert_noop!(decide(0, true), Error::<Test>::NoCase);
        accused_by_mod(DelistReason::Fraud);
        assert_noop!(appeal(MOD), Error::<Test>::NotAuthorized);
        assert_noop!(decide(0, true), Error::<Test>::NotAppealed);
        assert_noop!(Listings::decide_appeal(RuntimeOrigin::signed(ANNE), 0, 0, false), BadOrigin);
        assert_noop!(Listings::appeal(RuntimeOrigin::signed(ANNE), 1, STATEMENT), Error::<Test>::NotFound);
        Now::set(7);
        assert_noop!(appeal(ANNE), Error::<Test>::NoticeOver);
        Now::set(6);
        assert_ok!(appeal(ANNE));
        assert_noop!(appeal(ANNE), Error::<Test>::AlreadyAppealed);
    });
}

#[test]
fn appeal_should_need_free_money_and_leave_nothing_half_done() {
    run(|| {
        registered();
        accused(DelistReason::Fraud);
        let short = free(&ANNE) - 10 - (APPEAL_DEPOSIT - 1);
        assert_ok!(Balances::transfer_keep_alive(RuntimeOrigin::signed(ANNE), BEN, short));
        assert_noop!(appeal(ANNE), Error::<Test>::InsufficientFree);
        assert_eq!(staked(&ANNE), (0, 0));
        assert_ok!(Balances::transfer_keep_alive(RuntimeOrigin::signed(BEN), ANNE, 1));
        assert_ok!(appeal(ANNE));
        // What is at stake can't be carried off.
        assert!(Balances::transfer_allow_death(RuntimeOrigin::signed(ANNE), BEN, 11).is_err());
    });
}

#[test]
fn a_listing_that_changes_hands_should_leave_the_appeal_to_who_made_it() {
    run(|| {
        registered();
        accused_by_mod(DelistReason::Fraud);
        appealed();
        assert_ok!(Listings::offer_transfer(RuntimeOrigin::signed(ANNE), 0, Some(BEN)));
        assert_ok!(Listings::accept_transfer(RuntimeOrigin::signed(BEN), 0));
        assert_noop!(appeal(BEN), Error::<Test>::AlreadyAppealed);
        assert_ok!(decide(0, false));
        assert_eq!((whole(&ANNE), whole(&BEN)), (ENDOWED + 50, ENDOWED));
        assert_eq!((Listings::owner(0), status()), (Some(BEN), ListingStatus::Active));
    });
}
