//! What rewards are told of sales.

use crate::mock::*;
use frame_support::assert_ok;
use souk_primitives::SOUK;

/// Half of the protocol fee on [`PRICE`].
const BURNT: u128 = SOUK / 2;

#[test]
fn a_settled_sale_should_be_told_once() {
    test(|| {
        let id = ordered();
        honest(id).revealed();
        assert_eq!(Told::get(), []);
        let before = books().issuance;
        assert_ok!(settle(id));
        assert_eq!(Told::get(), [(SELLER, BURNT)]);
        assert_eq!(before - books().issuance, BURNT);
    });
}

#[test]
fn a_disproved_complaint_should_be_told_as_the_sale_it_is() {
    test(|| {
        let id = ordered();
        let copy = honest(id).revealed();
        assert_ok!(complain(id, copy.bad_chunk(buyer_secret(0), 0)));
        assert_eq!(Told::get(), [(SELLER, BURNT)]);
    });
}

#[test]
fn a_renewal_should_be_told_too() {
    test(|| {
        let offer = lease(PRICE, 30);
        let number = add_offer(MODEL, offer.clone());
        let id = Order::default().by_offer(number, &offer).done();
        honest(id).revealed();
        assert_ok!(settle(id));
        assert_ok!(Licensing::renew(signed(BUYER), id, PRICE, offer.digest()));
        assert_eq!(Told::get(), [(SELLER, BURNT), (SELLER, BURNT)]);
    });
}

#[test]
fn what_the_treasury_could_not_take_should_not_count_as_burnt() {
    test(|| {
        assert_ok!(Balances::force_set_balance(RuntimeOrigin::root(), TREASURY, 0));
        // Its half of the fee is below the existential deposit.
        let price = ED * 100;
        let offer = souk_primitives::licence::Offer { price, ..offer() };
        let number = add_offer(SERVICE, offer.clone());
        let before = books().issuance;
        let service = Order { listing: SERVICE, root: [0; 32], key: [0; 32], ..Order::default() };
        assert_ok!(service.by_offer(number, &offer).call());
        assert_eq!(before - books().issuance, price / 100);
        assert_eq!(Told::get(), [(SELLER, price / 200)]);
    });
}

#[test]
fn what_is_no_sale_should_not_be_told() {
    test(|| {
        // Handling is burnt from both when a copy is rejected, and metered use pays royalties.
        let id = ordered();
        assert_ok!(honest(id).offer());
        assert_ok!(Licensing::reject_copy(signed(BUYER), id));
        served(STRANGER, 10 * SOUK, 10 * SOUK);
        run_to(PAYOUT + 2);
        assert_eq!(Told::get(), []);
    });
}
