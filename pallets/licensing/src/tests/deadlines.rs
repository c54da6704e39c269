//! Missed deadlines: who loses what, on the first block after, by anyone.

use crate::{mock::*, types::Amounts, Error, HoldReason};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{close::CloseReason, PurchaseId};

/// Nobody can end the purchase at `by`; anybody can one block later.
#[track_caller]
fn miss(id: PurchaseId, by: u32) -> (CloseReason, Amounts) {
    set_now(by);
    assert_noop!(Licensing::expire(signed(STRANGER), id), Error::<Test>::TooEarly);
    set_now(by + 1);
    System::reset_events();
    assert_ok!(Licensing::expire(signed(STRANGER), id));
    assert_nothing_held();
    end().unwrap()
}

#[test]
fn no_copy_should_refund() {
    test(|| {
        let start = books();
        let id = ordered();
        let amounts = Amounts { refunded: PRICE + DEPOSIT, ..Amounts::default() };
        assert_eq!(miss(id, 1 + DELIVERY), (CloseReason::NotDelivered, amounts));
        assert_eq!(books(), start);
        assert_noop!(honest(id).offer(), Error::<Test>::Ended);
    });
}

#[test]
fn a_late_copy_should_be_refused() {
    test(|| {
        let id = ordered();
        set_now(2 + DELIVERY);
        assert_noop!(honest(id).offer(), Error::<Test>::TooLate);
        set_now(1 + DELIVERY);
        assert_ok!(honest(id).offer());
    });
}

#[test]
fn acceptance_withheld_should_cost_both_the_same() {
    test(|| {
        let start = books();
        let id = ordered();
        assert_ok!(honest(id).offer());
        let amounts = Amounts {
            refunded: PRICE + DEPOSIT - HANDLING,
            bond_returned: BOND - HANDLING,
            burnt: 2 * HANDLING,
            ..Amounts::default()
        };
        assert_eq!(miss(id, 1 + ACCEPT), (CloseReason::NotAccepted, amounts));
        let end = books();
        assert_eq!((end.buyer, end.seller), (start.buyer - HANDLING, start.seller - HANDLING));
        assert_eq!(end.issuance, start.issuance - 2 * HANDLING);
    });
}

#[test]
fn a_listing_that_fits_no_bytes_should_earn_its_seller_nothing() {
    test(|| {
        // A root that no bytes have: no list of digests can match it, so the buyer never accepts.
        put(MODEL, &SELLER, offer(), ([66; 32], SIZE, base()));
        let start = books();
        let id = Order { root: [66; 32], ..Order::default() }.done();
        let copy = honest(id);
        assert!(!souk_primitives::content::Content::new([66; 32], SIZE)
            .unwrap()
            .matches(copy.plain.iter().map(|leaf| leaf.digest)));
        assert_ok!(copy.offer());
        assert_ok!(Licensing::reject_copy(signed(BUYER), id));
        assert_eq!(books().seller, start.seller - HANDLING);
        assert_nothing_held();
    });
}

#[test]
fn a_late_acceptance_should_be_refused() {
    test(|| {
        let copy = honest(ordered());
        assert_ok!(copy.offer());
        set_now(2 + ACCEPT);
        assert_noop!(copy.accept(), Error::<Test>::TooLate);
        assert_noop!(Licensing::reject_copy(signed(BUYER), copy.id), Error::<Test>::TooLate);
        set_now(1 + ACCEPT);
        assert_ok!(copy.accept());
    });
}

#[test]
fn no_key_should_cost_the_seller_its_bond() {
    test(|| {
        let start = books();
        let copy = honest(ordered());
        assert_ok!(copy.offer());
        assert_ok!(copy.accept());
        let amounts = Amounts { refunded: PRICE + DEPOSIT, compensation: BOND, ..Amounts::default() };
        assert_eq!(miss(copy.id, 1 + REVEAL), (CloseReason::NotRevealed, amounts));
        let end = books();
        assert_eq!((end.buyer, end.seller), (start.buyer + BOND, start.seller - BOND));
        assert_eq!(end.issuance, start.issuance);
        assert_eq!(held(HoldReason::Bond, &SELLER), 0);
    });
}

#[test]
fn a_late_key_should_be_refused() {
    test(|| {
        let copy = honest(ordered());
        assert_ok!(copy.offer());
        assert_ok!(copy.accept());
        set_now(2 + REVEAL);
        assert_noop!(copy.reveal(), Error::<Test>::TooLate);
        set_now(1 + REVEAL);
        assert_ok!(copy.reveal());
    });
}

#[test]
fn silence_after_the_key_should_pay_the_seller() {
    test(|| {
        let start = books();
        let copy = honest(ordered()).revealed();
        let (reason, amounts) = miss(copy.id, 1 + COMPLAIN);
        assert_eq!(
            (reason, amounts.refunded, amounts.bond_returned),
            (CloseReason::Delivered, DEPOSIT, BOND)
        );
        let end = books();
        assert_eq!(end.buyer, start.buyer - PRICE);
        assert_eq!(end.seller, start.seller + amounts.paid);
        assert!(Licensing::has_licences(MODEL));
    });
}
