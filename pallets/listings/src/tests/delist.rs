use crate::{mock::*, types::OwnerStatus, Error, Event};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::views::ListingStatus;
use sp_runtime::DispatchError::BadOrigin;

fn status() -> ListingStatus {
    Listings::view(0).unwrap().status
}

#[test]
fn delist_should_bite_after_the_appeal_period() {
    run(|| {
        let deposit = registered();
        assert_ok!(Listings::delist(RuntimeOrigin::root(), 0, 42));
        assert_last(Event::DelistingBegun { listing: 0, reason: 42, appeal_until: 6 });
        Now::set(6);
        assert_eq!(status(), ListingStatus::Active);
        Now::set(7);
        assert_eq!(status(), ListingStatus::Delisted { reason: 42 });
        assert_money(&ANNE, ENDOWED - deposit, deposit);
    });
}

#[test]
fn relist_should_bring_back_what_the_owner_said() {
    run(|| {
        registered();
        assert_ok!(Listings::delist(RuntimeOrigin::root(), 0, 1));
        assert_ok!(Listings::set_status(RuntimeOrigin::signed(ANNE), 0, OwnerStatus::Paused));
        Now::set(7);
        assert_ok!(Listings::relist(RuntimeOrigin::root(), 0));
        assert_last(Event::Relisted { listing: 0 });
        assert_eq!(status(), ListingStatus::Paused);
        // An appeal that is heard in time.
        assert_ok!(Listings::delist(RuntimeOrigin::root(), 0, 2));
        assert_ok!(Listings::relist(RuntimeOrigin::root(), 0));
        Now::set(100);
        assert_eq!(status(), ListingStatus::Paused);
    });
}

#[test]
fn delist_and_relist_should_be_the_moderators() {
    run(|| {
        registered();
        assert_noop!(Listings::delist(RuntimeOrigin::signed(ANNE), 0, 1), BadOrigin);
        assert_noop!(Listings::relist(RuntimeOrigin::signed(ANNE), 0), BadOrigin);
        assert_noop!(Listings::delist(RuntimeOrigin::root(), 1, 1), Error::<Test>::NotFound);
        assert_noop!(Listings::relist(RuntimeOrigin::root(), 1), Error::<Test>::NotFound);
        assert_noop!(Listings::relist(RuntimeOrigin::root(), 0), Error::<Test>::NotDelisted);
        assert_ok!(Listings::delist(RuntimeOrigin::root(), 0, 1));
        assert_noop!(Listings::delist(RuntimeOrigin::root(), 0, 2), Error::<Test>::AlreadyDelisted);
    });
}
