//! What has nothing to deliver is paid and licensed at once.

use crate::{mock::*, types::Amounts, HoldReason};
use frame_support::assert_ok;
use souk_primitives::{close::CloseReason, licence::Purposes, SOUK};

fn service() -> Order {
    // Nothing is sealed to its key: any will do.
    Order { listing: SERVICE, root: [0; 32], key: [0; 32], ..Order::default() }
}

#[test]
fn a_service_should_settle_in_one_step() {
    test(|| {
        let start = books();
        System::reset_events();
        assert_ok!(service().call());
        let royalty = 99 * SOUK / 10;
        let amounts = Amounts {
            paid: 99 * SOUK - royalty,
            royalties: royalty,
            treasury: SOUK / 2,
            burnt: SOUK / 2,
            ..Amounts::default()
        };
        assert_eq!(end(), Some((CloseReason::Delivered, amounts)));
        let end = books();
        assert_eq!((end.buyer, end.seller), (start.buyer - PRICE, start.seller + amounts.paid));
        assert_eq!(end.parent, start.parent + royalty);
        assert_eq!(held(HoldReason::Purchase, &BUYER), 0);
        assert!(!Licensing::is_licensed(&BUYER, SERVICE, Purposes::INFERENCE));
        assert!(Licensing::is_licensed(&BUYER, SERVICE, Purposes::RESEARCH));
        assert!(!Licensing::has_open_purchases(SERVICE));
        // Again, with the same key: it guards nothing here.
        assert_ok!(service().call());
    });
}

#[test]
fn a_gift_should_be_licensed_too() {
    test(|| {
        let gift = souk_primitives::licence::Offer { price: 0, ..offer() };
        let number = add_offer(SERVICE, gift.clone());
        let start = books();
        assert_ok!(service().by_offer(number, &gift).call());
        assert_eq!(books(), start);
        assert!(Licensing::is_licensed(&BUYER, SERVICE, Purposes::RESEARCH));
    });
}
