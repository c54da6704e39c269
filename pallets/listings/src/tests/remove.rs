use crate::{mock::*, Error, Event, Transfers, Versions};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::views::ListingKind;

#[test]
fn remove_should_return_the_whole_deposit_and_leave_nothing() {
    run(|| {
        registered();
        published(1);
        published(2);
        let deposit = held(&ANNE);
        assert_ok!(Listings::offer_transfer(RuntimeOrigin::signed(ANNE), 0, Some(BEN)));
        assert_ok!(Listings::remove(RuntimeOrigin::signed(ANNE), 0));
        assert_last(Event::Removed { listing: 0, deposit });
        assert_money(&ANNE, ENDOWED, 0);
        assert_eq!(Listings::view(0), None);
        assert_eq!(Versions::<Test>::iter().count() + Transfers::<Test>::iter().count(), 0);
        // Its number is never used again.
        assert_ok!(Listings::register(
            RuntimeOrigin::signed(ANNE),
            ListingKind::Model,
            name(b"next"),
            summary(b""),
            tags(&[]),
            card()
        ));
        assert_eq!((Listings::owner(0), Listings::owner(1)), (None, Some(ANNE)));
    });
}

#[test]
fn remove_should_refuse_while_something_depends_on_the_listing() {
    run(|| {
        let deposit = registered();
        InUse::set(vec![0]);
        assert_noop!(Listings::remove(RuntimeOrigin::signed(ANNE), 0), Error::<Test>::InUse);
        assert_money(&ANNE, ENDOWED - deposit, deposit);
        InUse::set(vec![]);
        assert_ok!(Listings::remove(RuntimeOrigin::signed(ANNE), 0));
    });
}

#[test]
fn remove_should_be_the_owners() {
    run(|| {
        registered();
        assert_noop!(Listings::remove(RuntimeOrigin::signed(BEN), 0), Error::<Test>::NotAuthorized);
        assert_noop!(Listings::remove(RuntimeOrigin::signed(ANNE), 1), Error::<Test>::NotFound);
        assert_noop!(Listings::remove(RuntimeOrigin::root(), 0), sp_runtime::DispatchError::BadOrigin);
    });
}

#[test]
fn remove_should_weigh_what_it_removed() {
    use frame_support::dispatch::GetDispatchInfo;
    run(|| {
        registered();
        published(1);
        let call = crate::Call::<Test>::remove { listing: 0 };
        let most = call.get_dispatch_info().call_weight;
        let actual = Listings::remove(RuntimeOrigin::signed(ANNE), 0).unwrap().actual_weight.unwrap();
        assert!(actual.all_lt(most) || actual.ref_time() < most.ref_time());
    });
}
