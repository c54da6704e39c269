//! `delist`, `close_case`, `relist`: what happens when nobody appeals.

use crate::{mock::*, types::OwnerStatus, Cases, Error, Event, Failed};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use souk_primitives::{
    moderation::DelistReason,
    views::{ListingStatus, ModerationView},
    AccountId,
};
use sp_runtime::DispatchError::BadOrigin;

const FRAUD: ListingStatus = ListingStatus::Delisted { reason: DelistReason::Fraud };

fn status() -> ListingStatus {
    Listings::view(0).unwrap().status
}

fn delist(who: AccountId, reason: DelistReason) -> DispatchResult {
    Listings::delist(RuntimeOrigin::signed(who), 0, reason, EVIDENCE)
}

fn close() -> DispatchResult {
    Listings::close_case(RuntimeOrigin::signed(BEN), 0)
}

fn relist(case: u32) -> DispatchResult {
    Listings::relist(RuntimeOrigin::signed(JURY), 0, case)
}

#[test]
fn delist_should_bite_after_the_notice_without_any_call() {
    run(|| {
        let deposit = registered();
        accused_by_mod(DelistReason::Fraud);
        assert_last(Event::CaseOpened {
            listing: 0,
            case: 0,
            reason: DelistReason::Fraud,
            evidence: EVIDENCE,
            moderator: Some(MOD),
            bond: CASE_BOND,
            notice_until: 6,
        });
        let view = |is_over| ModerationView {
            listing: 0,
            case: 0,
            reason: DelistReason::Fraud,
            evidence: EVIDENCE,
            moderator: Some(MOD),
            bond: CASE_BOND,
            notice_until: 6,
            appeal: None,
            is_over,
        };
        // The owner sets it as it likes meanwhile.
        assert_ok!(Listings::set_status(RuntimeOrigin::signed(ANNE), 0, OwnerStatus::Paused));
        Now::set(6);
        assert_eq!((status(), Listings::moderation(0)), (ListingStatus::Paused, Some(view(false))));
        assert_noop!(close(), Error::<Test>::CaseOpen);
        Now::set(7);
        assert_eq!((status(), Listings::moderation(0)), (FRAUD, Some(view(true))));
        assert_eq!(Listings::moderations(None, 9), [view(true)]);
        assert_eq!(Listings::moderations(Some(0), 9), []);
        assert_money(&ANNE, ENDOWED - deposit, deposit);
    });
}

#[test]
fn close_case_should_free_the_bond_and_leave_the_listing_delisted() {
    run(|| {
        let deposit = registered();
        accused_by_mod(DelistReason::Fraud);
        let all = || Listings::withdraw_bond(RuntimeOrigin::signed(MOD), LEAST_BOND);
        Now::set(7);
        assert_noop!(all(), Error::<Test>::BondTied);
        assert_noop!(Listings::close_case(RuntimeOrigin::root(), 0), BadOrigin);
        assert_noop!(Listings::close_case(RuntimeOrigin::signed(BEN), 1), Error::<Test>::NotFound);
        assert_ok!(close());
        assert_last(Event::CaseClosed { listing: 0, case: 0, reason: DelistReason::Fraud });
        assert_eq!((status(), Listings::moderation(0)), (FRAUD, None));
        assert_noop!(close(), Error::<Test>::NoCase);
        assert_ok!(all());
        assert_eq!((staked(&MOD), free(&MOD)), ((0, 0), ENDOWED));
        assert_money(&ANNE, ENDOWED - deposit, deposit);
        // What is delisted can be retired or removed like anything else.
        assert_ok!(Listings::remove(RuntimeOrigin::signed(ANNE), 0));
        assert_money(&ANNE, ENDOWED, 0);
    });
}

#[test]
fn relist_should_bring_back_what_the_owner_said_and_close_the_case() {
    run(|| {
        registered();
        accused_by_mod(DelistReason::Fraud);
        assert_ok!(Listings::set_status(RuntimeOrigin::signed(ANNE), 0, OwnerStatus::Paused));
        assert_noop!(relist(0), Error::<Test>::CaseOpen);
        Now::set(7);
        assert_ok!(relist(0));
        assert_last(Event::Relisted { listing: 0, case: 0, reason: DelistReason::Fraud });
        assert_eq!((status(), Listings::moderation(0)), (ListingStatus::Paused, None));
        assert_ok!(Listings::withdraw_bond(RuntimeOrigin::signed(MOD), LEAST_BOND));
        // Nobody was proven wrong: the reason may be used again, and what was decided about the first case does not
        // touch the second one.
        assert_ok!(Listings::post_bond(RuntimeOrigin::signed(MOD), LEAST_BOND));
        assert_ok!(delist(MOD, DelistReason::Fraud));
        Now::set(13);
        assert_noop!(relist(0), Error::<Test>::NotDelisted);
        assert_ok!(close());
        assert_ok!(relist(1));
        assert_noop!(relist(1), Error::<Test>::NotDelisted);
        assert_eq!(status(), ListingStatus::Paused);
    });
}

#[test]
fn relist_should_be_governances() {
    run(|| {
        registered();
        accused(DelistReason::Fraud);
        Now::set(7);
        assert_noop!(Listings::relist(RuntimeOrigin::signed(ANNE), 0, 0), BadOrigin);
        assert_noop!(Listings::relist(RuntimeOrigin::signed(JURY), 1, 0), Error::<Test>::NotFound);
        assert_ok!(relist(0));
    });
}

#[test]
fn delist_should_be_the_tracks_without_a_bond() {
    run(|| {
        registered();
        assert_noop!(Listings::delist(RuntimeOrigin::none(), 0, DelistReason::Fraud, EVIDENCE), BadOrigin);
        accused(DelistReason::CourtOrder);
        assert_last(Event::CaseOpened {
            listing: 0,
            case: 0,
            reason: DelistReason::CourtOrder,
            evidence: EVIDENCE,
            moderator: None,
            bond: 0,
            notice_until: 6,
        });
        let again = || Listings::delist(RuntimeOrigin::root(), 0, DelistReason::Fraud, EVIDENCE);
        assert_noop!(again(), Error::<Test>::CaseOpen);
        Now::set(7);
        assert_noop!(again(), Error::<Test>::AlreadyDelisted);
        assert_eq!(status(), ListingStatus::Delisted { reason: DelistReason::CourtOrder });
        let other = Listings::delist(RuntimeOrigin::root(), 1, DelistReason::Fraud, EVIDENCE);
        assert_noop!(other, Error::<Test>::NotFound);
    });
}

#[test]
fn delist_should_need_a_moderator_who_is_not_the_owner() {
    run(|| {
        registered();
        assert_noop!(delist(MOD, DelistReason::Fraud), Error::<Test>::NotAModerator);
        moderating(ANNE, LEAST_BOND);
        assert_noop!(delist(ANNE, DelistReason::Fraud), Error::<Test>::OwnListing);
        moderating(MOD, LEAST_BOND);
        assert_ok!(Listings::dismiss_moderator(RuntimeOrigin::signed(ADMIN), MOD));
        assert_noop!(delist(MOD, DelistReason::Fraud), Error::<Test>::NotAModerator);
    });
}

#[test]
fn delist_should_need_the_least_bond_and_a_case_bond_that_is_free() {
    run(|| {
        registered();
        registered_too();
        Listings::appoint_moderator(RuntimeOrigin::signed(ADMIN), MOD).unwrap();
        assert_noop!(delist(MOD, DelistReason::Fraud), Error::<Test>::BondTooLow);
        assert_ok!(Listings::post_bond(RuntimeOrigin::signed(MOD), LEAST_BOND - 1));
        assert_noop!(delist(MOD, DelistReason::Fraud), Error::<Test>::BondTooLow);
        assert_ok!(Listings::post_bond(RuntimeOrigin::signed(MOD), 1));
        let against = |id| Listings::delist(RuntimeOrigin::signed(MOD), id, DelistReason::Fraud, EVIDENCE);
        assert_ok!(against(0));
        assert_ok!(against(1));
        registered();
        assert_noop!(against(2), Error::<Test>::BondTooLow);
        assert_ok!(Listings::post_bond(RuntimeOrigin::signed(MOD), 3 * CASE_BOND - LEAST_BOND));
        assert_ok!(against(2));
    });
}

#[test]
fn a_case_should_not_be_opened_against_a_tombstone_nor_dodged_by_becoming_one() {
    run(|| {
        registered();
        accused(DelistReason::Fraud);
        let retire = || Listings::retire(RuntimeOrigin::signed(ANNE), 0);
        assert_noop!(retire(), Error::<Test>::CaseOpen);
        assert_noop!(Listings::remove(RuntimeOrigin::signed(ANNE), 0), Error::<Test>::CaseOpen);
        Now::set(7);
        assert_ok!(close());
        assert_ok!(retire());
        assert_ok!(relist(0));
        let again = Listings::delist(RuntimeOrigin::root(), 0, DelistReason::Fraud, EVIDENCE);
        assert_noop!(again, Error::<Test>::Retired);
        assert_eq!(status(), ListingStatus::Retired);
    });
}

#[test]
fn the_tracks_case_should_take_the_place_of_a_moderators() {
    run(|| {
        let deposit = registered();
        accused_by_mod(DelistReason::Misleading);
        // The last block in which a friendly moderator could have taken its case back.
        Now::set(6);
        accused(DelistReason::Malware);
        let [.., closed, opened] = &events()[..] else { panic!("no events") };
        assert_eq!(*closed, Event::CaseClosed { listing: 0, case: 0, reason: DelistReason::Misleading });
        let new = Event::CaseOpened {
            listing: 0,
            case: 1,
            reason: DelistReason::Malware,
            evidence: EVIDENCE,
            moderator: None,
            bond: 0,
            notice_until: 11,
        };
        assert_eq!(*opened, new);
        assert_eq!(Listings::moderation(0).map(|view| (view.case, view.notice_until)), Some((1, 11)));
        // The moderator has nothing more to take back, its bond is free, and it did not fail.
        let withdraw = Listings::withdraw_case(RuntimeOrigin::signed(MOD), 0);
        assert_noop!(withdraw, Error::<Test>::NotAuthorized);
        assert_ok!(Listings::withdraw_bond(RuntimeOrigin::signed(MOD), LEAST_BOND));
        assert!(Failed::<Test>::get(0).is_empty());
        // A moderator's does not replace the track's, nor another moderator's.
        moderating(MEG, LEAST_BOND);
        assert_noop!(delist(MEG, DelistReason::Fraud), Error::<Test>::CaseOpen);
        Now::set(12);
        assert_eq!(status(), ListingStatus::Delisted { reason: DelistReason::Malware });
        assert_money(&ANNE, ENDOWED - deposit, deposit);
    });
}

#[test]
fn an_appeal_should_keep_the_case_for_the_referendum_that_decides_it() {
    run(|| {
        registered();
        accused_by_mod(DelistReason::Misleading);
        moderating(MEG, LEAST_BOND);
        assert_noop!(delist(MEG, DelistReason::Fraud), Error::<Test>::CaseOpen);
        appealed();
        let track = Listings::delist(RuntimeOrigin::root(), 0, DelistReason::Malware, EVIDENCE);
        assert_noop!(track, Error::<Test>::CaseOpen);
    });
}

#[test]
fn too_many_failures_should_leave_a_listing_to_the_track() {
    run(|| {
        registered();
        let mut failures = 0;
        for moderator in 10..30 {
            let who = AccountId::new([moderator; 32]);
            Balances::force_set_balance(RuntimeOrigin::root(), who.clone(), ENDOWED).unwrap();
            moderating(who.clone(), LEAST_BOND);
            // Each counts once, so it takes as many moderators as there is room.
            for reason in 0..7 {
                let reason = codec::Decode::decode(&mut &[reason][..]).unwrap();
                if failures == 16 {
                    assert_noop!(delist(who.clone(), reason), Error::<Test>::TooManyFailures);
                } else if Failed::<Test>::get(0).iter().any(|(by, _)| *by == who) {
                    assert_noop!(delist(who.clone(), reason), Error::<Test>::AlreadyFailed);
                } else {
                    assert_ok!(delist(who.clone(), reason));
                    assert_ok!(Listings::withdraw_case(RuntimeOrigin::signed(who.clone()), 0));
                }
            }
            failures = Failed::<Test>::get(0).len();
        }
        assert_eq!(failures, 16);
        accused(DelistReason::Fraud);
        Now::set(7);
        assert_ok!(close());
        // It is forgotten with the listing.
        assert_ok!(Listings::remove(RuntimeOrigin::signed(ANNE), 0));
        assert!(!Failed::<Test>::contains_key(0) && !Cases::<Test>::contains_key(0));
    });
}
