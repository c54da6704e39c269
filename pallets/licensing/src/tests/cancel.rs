use crate::{mock::*, types::Amounts, Error};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::close::CloseReason;

#[test]
fn cancel_should_return_everything_after_a_while() {
    test(|| {
        let start = books();
        let id = ordered();
        let cancel = |who| Licensing::cancel(signed(who), id);
        assert_noop!(cancel(BUYER), Error::<Test>::TooEarly);
        set_now(CANCEL);
        assert_noop!(cancel(BUYER), Error::<Test>::TooEarly);
        set_now(1 + CANCEL);
        assert_noop!(cancel(SELLER), Error::<Test>::NotBuyer);
        assert_ok!(cancel(BUYER));
        let amounts = Amounts { refunded: PRICE + DEPOSIT, ..Amounts::default() };
        assert_eq!(end(), Some((CloseReason::Cancelled, amounts)));
        assert_eq!(books(), start);
        assert_nothing_held();
        assert_noop!(cancel(BUYER), Error::<Test>::Ended);
    });
}

#[test]
fn cancel_should_be_refused_once_a_copy_is_offered() {
    test(|| {
        let id = ordered();
        set_now(1 + CANCEL);
        assert_ok!(honest(id).offer());
        assert_noop!(Licensing::cancel(signed(BUYER), id), Error::<Test>::WrongStage);
    });
}

#[test]
fn reject_copy_should_cost_both_the_handling() {
    test(|| {
        let start = books();
        let id = ordered();
        let reject = |who| Licensing::reject_copy(signed(who), id);
        assert_noop!(reject(BUYER), Error::<Test>::WrongStage);
        assert_ok!(honest(id).offer());
        assert_noop!(reject(SELLER), Error::<Test>::NotBuyer);
        assert_ok!(reject(BUYER));
        let amounts = Amounts {
            refunded: PRICE + DEPOSIT - HANDLING,
            bond_returned: BOND - HANDLING,
            burnt: 2 * HANDLING,
            ..Amounts::default()
        };
        assert_eq!(end(), Some((CloseReason::Rejected, amounts)));
        let end = books();
        assert_eq!((end.buyer, end.seller), (start.buyer - HANDLING, start.seller - HANDLING));
        assert_nothing_held();
    });
}
