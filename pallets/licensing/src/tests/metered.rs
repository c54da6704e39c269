use crate::{mock::*, Metered};
use frame_support::assert_ok;
use souk_primitives::{
    licence::{Grant, Offer},
    LicenceId, SOUK,
};

fn metered(share: u32) -> Offer {
    Offer { grant: Grant::Metered { share }, price: 0, seats: 1, transferable: false, ..offer() }
}

fn bought_by(number: u8, offer: Offer) -> LicenceId {
    let place = add_offer(MODEL, offer.clone());
    let id = Order::number(number).by_offer(place, &offer).done();
    honest(id).revealed();
    settle(id).unwrap();
    id
}

#[test]
fn a_metered_licence_should_share_what_serving_earns() {
    test(|| {
        assert_eq!(Licensing::metered_shares(&BUYER, MODEL, SOUK, SOUK), []);
        bought_by(0, metered(200_000));
        // A fifth of the batch; a tenth of that to the parent.
        let shares = Licensing::metered_shares(&BUYER, MODEL, 100 * SOUK, 97 * SOUK);
        assert_eq!(shares, [(PARENT, 2 * SOUK), (SELLER, 18 * SOUK)]);
        // Never more than the fees leave.
        let shares = Licensing::metered_shares(&BUYER, MODEL, 100 * SOUK, 10 * SOUK);
        assert_eq!(shares, [(PARENT, SOUK), (SELLER, 9 * SOUK)]);
        assert_eq!(Licensing::metered_shares(&BUYER, MODEL, 100 * SOUK, 0), []);
        assert_eq!(Licensing::metered_shares(&BUYER, BASE, SOUK, SOUK), []);
        assert_eq!(Licensing::metered_shares(&STRANGER, MODEL, SOUK, SOUK), []);
    });
}

#[test]
fn the_latest_metered_licence_should_count_and_others_share_nothing() {
    test(|| {
        bought_by(0, metered(200_000));
        let latest = bought_by(1, metered(100_000));
        assert_eq!(Metered::<Test>::get(BUYER, MODEL), Some(latest));
        let shares = Licensing::metered_shares(&BUYER, MODEL, 100 * SOUK, 100 * SOUK);
        assert_eq!(shares, [(PARENT, SOUK), (SELLER, 9 * SOUK)]);
    });
    test(|| {
        bought();
        assert_eq!(Licensing::metered_shares(&BUYER, MODEL, SOUK, SOUK), []);
    });
}

#[test]
fn shares_should_follow_the_listing() {
    test(|| {
        bought_by(0, metered(200_000));
        put(MODEL, &STRANGER, offer(), (content().root(), SIZE, base()));
        let shares = Licensing::metered_shares(&BUYER, MODEL, 100 * SOUK, 100 * SOUK);
        assert_eq!(shares, [(PARENT, 2 * SOUK), (STRANGER, 18 * SOUK)]);
        assert_ok!(Licensing::do_try_state());
    });
}
