use crate::{mock::*, types::OwnerStatus, Error, Event};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use souk_primitives::views::ListingStatus;
use sp_runtime::DispatchError::BadOrigin;

fn retire() -> DispatchResult {
    Listings::retire(RuntimeOrigin::signed(ANNE), 0)
}

#[test]
fn retire_should_leave_roots_and_terms_and_return_the_texts_deposit() {
    run(|| {
        let text = registered();
        published(1);
        assert_ok!(Listings::add_offer(RuntimeOrigin::signed(ANNE), 0, offer()));
        let before = held(&ANNE);
        Licensed::set(vec![0]);
        assert_noop!(Listings::remove(RuntimeOrigin::signed(ANNE), 0), Error::<Test>::InUse);
        assert_ok!(retire());
        let returned = before - held(&ANNE);
        assert_last(Event::Retired { listing: 0, returned });
        // The flat deposit stays, with that of an empty text.
        assert!(returned > 0 && returned < text - 1_000);
        assert_money(&ANNE, ENDOWED - held(&ANNE), before - returned);
        let view = Listings::view(0).unwrap();
        assert_eq!(
            (view.status, view.name.as_str(), view.summary.as_str()),
            (ListingStatus::Retired, "", "")
        );
        assert_eq!((view.versions.len(), view.offers.len()), (1, 1));
        assert!(!Listings::is_active(0));
        // Once nobody depends on it, it can go altogether.
        Licensed::set(vec![]);
        assert_ok!(Listings::remove(RuntimeOrigin::signed(ANNE), 0));
        assert_money(&ANNE, ENDOWED, 0);
    });
}

#[test]
fn retire_should_wait_for_open_purchases_and_specs() {
    run(|| {
        registered();
        Purchased::set(vec![0]);
        assert_noop!(retire(), Error::<Test>::OpenPurchases);
        assert_noop!(Listings::remove(RuntimeOrigin::signed(ANNE), 0), Error::<Test>::OpenPurchases);
        Purchased::set(vec![]);
        InUse::set(vec![0]);
        assert_noop!(retire(), Error::<Test>::InUse);
        InUse::set(vec![]);
        assert_noop!(Listings::retire(RuntimeOrigin::signed(BEN), 0), Error::<Test>::NotAuthorized);
        assert_noop!(Listings::retire(RuntimeOrigin::root(), 0), BadOrigin);
        assert_ok!(retire());
    });
}

#[test]
fn a_tombstone_should_not_change_any_more() {
    run(|| {
        registered();
        published(1);
        assert_ok!(Listings::add_offer(RuntimeOrigin::signed(ANNE), 0, offer()));
        assert_ok!(retire());
        let owner = RuntimeOrigin::signed(ANNE);
        let refused = Error::<Test>::Retired;
        assert_noop!(retire(), refused);
        assert_noop!(Listings::set_status(owner.clone(), 0, OwnerStatus::Active), Error::<Test>::Retired);
        let text = Listings::set_text(owner.clone(), 0, name(b"x"), summary(b""), tags(&[]), card());
        assert_noop!(text, Error::<Test>::Retired);
        let version = Listings::publish_version(owner.clone(), 0, [0; 32], 1, 1, [0; 32]);
        assert_noop!(version, Error::<Test>::Retired);
        assert_noop!(Listings::add_offer(owner.clone(), 0, offer()), Error::<Test>::Retired);
        assert_noop!(Listings::set_parents(owner.clone(), 0, parents(&[])), Error::<Test>::Retired);
        assert_noop!(Listings::set_min_royalty(owner.clone(), 0, 0), Error::<Test>::Retired);
        // Deposits of offers return, and royalties may change hands.
        assert_ok!(Listings::withdraw_offer(owner.clone(), 0, 0));
        assert_ok!(Listings::offer_transfer(owner, 0, Some(BEN)));
        assert_ok!(Listings::accept_transfer(RuntimeOrigin::signed(BEN), 0));
        assert_money(&ANNE, ENDOWED, 0);
        assert_eq!(Listings::view(0).unwrap().status, ListingStatus::Retired);
    });
}
