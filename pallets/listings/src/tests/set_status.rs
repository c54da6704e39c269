use crate::{mock::*, types::OwnerStatus, Error, Event};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{moderation::DelistReason, views::ListingStatus};

#[test]
fn set_status_should_decide_whether_new_business_starts() {
    run(|| {
        let deposit = registered();
        assert!(Listings::is_active(0));
        for (status, shown) in [
            (OwnerStatus::Paused, ListingStatus::Paused),
            (OwnerStatus::Deprecated, ListingStatus::Deprecated),
            (OwnerStatus::Active, ListingStatus::Active),
        ] {
            assert_ok!(Listings::set_status(RuntimeOrigin::signed(ANNE), 0, status));
            assert_last(Event::StatusSet { listing: 0, status });
            assert_eq!(Listings::view(0).unwrap().status, shown);
            assert_eq!(Listings::is_active(0), status == OwnerStatus::Active);
        }
        assert_money(&ANNE, ENDOWED - deposit, deposit);
    });
}

#[test]
fn set_status_should_be_the_owners() {
    run(|| {
        registered();
        assert_noop!(
            Listings::set_status(RuntimeOrigin::signed(BEN), 0, OwnerStatus::Paused),
            Error::<Test>::NotAuthorized
        );
        assert_noop!(
            Listings::set_status(RuntimeOrigin::signed(ANNE), 1, OwnerStatus::Paused),
            Error::<Test>::NotFound
        );
        assert_noop!(
            Listings::set_status(RuntimeOrigin::root(), 0, OwnerStatus::Paused),
            sp_runtime::DispatchError::BadOrigin
        );
    });
}

#[test]
fn set_status_should_not_undo_a_delisting() {
    run(|| {
        registered();
        accused(DelistReason::Fraud);
        Now::set(7);
        assert_ok!(Listings::set_status(RuntimeOrigin::signed(ANNE), 0, OwnerStatus::Active));
        assert_eq!(
            Listings::view(0).unwrap().status,
            ListingStatus::Delisted { reason: DelistReason::Fraud }
        );
        assert!(!Listings::is_active(0));
    });
}

/// A provider's exam depends on a listing that is somebody else's.
#[test]
fn pause_should_not_count_back() {
    run(|| {
        registered();
        let set = |status| {
            assert_ok!(Listings::set_status(RuntimeOrigin::signed(ANNE), 0, status));
        };
        let was_active = |at| Listings::was_active(0, at);
        Now::set(10);
        assert!(was_active(10));
        set(OwnerStatus::Paused);
        assert!(was_active(9) && was_active(10) && !was_active(11));
        // Another way of being off does not begin anew.
        Now::set(20);
        set(OwnerStatus::Deprecated);
        assert!(!was_active(11));
        set(OwnerStatus::Active);
        assert!(was_active(20) && was_active(99));
        set(OwnerStatus::Paused);
        assert!(was_active(20) && !was_active(21));
        assert!(!Listings::was_active(1, 0), "there is none");
    });
}
