use crate::{mock::*, types::OwnerStatus, Error, Event, Transfers};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::AccountId;
use sp_runtime::DispatchError::BadOrigin;

fn offer(who: AccountId, to: Option<AccountId>) -> frame_support::dispatch::DispatchResult {
    Listings::offer_transfer(RuntimeOrigin::signed(who), 0, to)
}

fn accept(who: AccountId) -> frame_support::dispatch::DispatchResult {
    Listings::accept_transfer(RuntimeOrigin::signed(who), 0)
}

#[test]
fn accept_transfer_should_move_listing_and_deposit() {
    run(|| {
        registered();
        published(1);
        let deposit = held(&ANNE);
        assert_ok!(offer(ANNE, Some(BEN)));
        assert_last(Event::TransferOffered { listing: 0, to: Some(BEN) });
        assert_eq!(Listings::owner(0), Some(ANNE));
        assert_ok!(accept(BEN));
        assert_last(Event::Transferred { listing: 0, from: ANNE, to: BEN });
        assert_eq!(Listings::owner(0), Some(BEN));
        assert_money(&ANNE, ENDOWED, 0);
        assert_money(&BEN, ENDOWED - deposit, deposit);
        assert!(!Transfers::<Test>::contains_key(0));
        // The old owner has no say any more.
        assert_noop!(
            Listings::set_status(RuntimeOrigin::signed(ANNE), 0, OwnerStatus::Paused),
            Error::<Test>::NotAuthorized
        );
        assert_noop!(accept(BEN), Error::<Test>::NoTransferOffered);
    });
}

#[test]
fn offer_transfer_should_be_the_owners_and_withdrawable() {
    run(|| {
        registered();
        assert_noop!(offer(BEN, Some(BEN)), Error::<Test>::NotAuthorized);
        assert_noop!(offer(ANNE, Some(ANNE)), Error::<Test>::AlreadyOwner);
        assert_noop!(offer(ANNE, None), Error::<Test>::NoTransferOffered);
        assert_noop!(Listings::offer_transfer(RuntimeOrigin::signed(ANNE), 1, None), Error::<Test>::NotFound);
        assert_noop!(Listings::offer_transfer(RuntimeOrigin::root(), 0, None), BadOrigin);
        assert_ok!(offer(ANNE, Some(BEN)));
        assert_ok!(offer(ANNE, None));
        assert_last(Event::TransferOffered { listing: 0, to: None });
        assert_noop!(accept(BEN), Error::<Test>::NoTransferOffered);
    });
}

#[test]
fn accept_transfer_should_refuse_others_and_the_penniless() {
    run(|| {
        let deposit = registered();
        assert_noop!(Listings::accept_transfer(RuntimeOrigin::signed(BEN), 1), Error::<Test>::NotFound);
        assert_ok!(offer(ANNE, Some(POOR)));
        assert_noop!(accept(BEN), Error::<Test>::NotAuthorized);
        assert_noop!(accept(POOR), Error::<Test>::InsufficientFree);
        assert_noop!(Listings::accept_transfer(RuntimeOrigin::root(), 0), BadOrigin);
        assert_money(&ANNE, ENDOWED - deposit, deposit);
        assert_money(&POOR, 20, 0);
    });
}
