use crate::{mock::*, Claims, Error, Event, Metered, Pots};
use frame_support::{assert_noop, assert_ok};
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

fn pay_out(id: LicenceId) -> frame_support::dispatch::DispatchResult {
    Licensing::pay_out(signed(STRANGER), id)
}

#[test]
fn a_metered_licence_should_share_what_serving_earns() {
    test(|| {
        assert_eq!(served(BUYER, SOUK, SOUK), 0);
        let id = bought_by(0, metered(200_000));
        // A fifth of each batch, never more than the fees leave.
        assert_eq!(served(BUYER, 60 * SOUK, 58 * SOUK), 12 * SOUK);
        assert_eq!(served(BUYER, 60 * SOUK, 8 * SOUK), 8 * SOUK);
        assert_eq!(served(BUYER, 60 * SOUK, 0), 0);
        assert_eq!(served(STRANGER, SOUK, SOUK), 0);
        assert_eq!(Licensing::metered_due(&BUYER, BASE, SOUK, SOUK), 0);
        check();
        let start = books();
        System::reset_events();
        assert_ok!(pay_out(id));
        // A tenth of it to the parent.
        let end = books();
        assert_eq!((end.parent - start.parent, end.seller - start.seller), (2 * SOUK, 18 * SOUK));
        let (amount, royalties) = (18 * SOUK, 2 * SOUK);
        let paid = Event::PaidOut { licence: id, listing: MODEL, publisher: SELLER, amount, royalties };
        assert_eq!(events().pop(), Some(paid));
        assert_noop!(pay_out(id), Error::<Test>::NothingToClaim);
    });
}

#[test]
fn idle_blocks_should_pay_a_pot_out_after_a_while() {
    test(|| {
        let id = bought_by(0, metered(200_000));
        let start = books().seller;
        assert_eq!(served(BUYER, SOUK, SOUK), SOUK / 5);
        run_to(5);
        assert_eq!(served(BUYER, SOUK, SOUK), SOUK / 5);
        run_to(1 + PAYOUT);
        assert_eq!((books().seller, Pots::<Test>::get(id)), (start, Some((2 * SOUK / 5, 1 + PAYOUT))));
        run_to(2 + PAYOUT);
        assert_eq!((books().seller, Pots::<Test>::get(id)), (start + 2 * SOUK / 5 * 9 / 10, None));
    });
}

#[test]
fn the_latest_metered_licence_should_count_and_others_share_nothing() {
    test(|| {
        let first = bought_by(0, metered(200_000));
        assert_eq!(served(BUYER, SOUK, SOUK), SOUK / 5);
        let latest = bought_by(1, metered(100_000));
        assert_eq!(Metered::<Test>::get(BUYER, MODEL), Some(latest));
        assert_eq!(served(BUYER, SOUK, SOUK), SOUK / 10);
        check();
        for id in [first, latest] {
            assert_ok!(pay_out(id));
        }
    });
    test(|| {
        bought();
        assert_eq!(served(BUYER, SOUK, SOUK), 0);
    });
}

#[test]
fn a_pot_should_go_to_who_owns_the_listing_then() {
    test(|| {
        let id = bought_by(0, metered(200_000));
        assert_eq!(served(BUYER, 100 * SOUK, 100 * SOUK), 20 * SOUK);
        put(MODEL, &REFERRER, offer(), (content().root(), SIZE, base()));
        let start = books();
        assert_ok!(pay_out(id));
        let end = books();
        assert_eq!((end.parent - start.parent, end.referrer - start.referrer), (2 * SOUK, 18 * SOUK));
    });
}

#[test]
fn crumbs_for_nobody_should_be_kept() {
    test(|| {
        let id = bought_by(0, metered(200_000));
        assert_eq!(served(BUYER, 100, 100), 20);
        put(MODEL, &NOBODY, offer(), (content().root(), SIZE, base()));
        assert_ok!(pay_out(id));
        assert_eq!(Claims::<Test>::get(NOBODY), 18);
    });
}
