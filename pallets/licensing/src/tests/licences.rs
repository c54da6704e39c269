use crate::{mock::*, Error, Event, Licences, Seats, Usable};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{
    licence::{Offer, Purposes},
    AccountId, LicenceId,
};

fn may(who: &AccountId) -> bool {
    Licensing::is_licensed(who, MODEL, Purposes::RESEARCH)
}

fn bought_by(offer: Offer) -> LicenceId {
    let number = add_offer(MODEL, offer.clone());
    let id = Order::default().by_offer(number, &offer).done();
    honest(id).revealed();
    settle(id).unwrap();
    id
}

#[test]
fn a_licence_should_keep_purpose_and_terms_and_allow_nothing_else() {
    test(|| {
        assert!(!may(&BUYER));
        let id = bought();
        let licence = Licences::<Test>::get(id).unwrap().licence;
        assert_eq!((licence.purpose, licence.terms_digest), (Purposes::RESEARCH, TERMS));
        assert_eq!((licence.listing, licence.version, licence.expires_at), (MODEL, 0, None));
        assert!(may(&BUYER));
        for purpose in [Purposes::INFERENCE, Purposes::RESEARCH.and(Purposes::INFERENCE), Purposes(0)] {
            assert!(!Licensing::is_licensed(&BUYER, MODEL, purpose));
        }
        assert!(!Licensing::is_licensed(&BUYER, BASE, Purposes::RESEARCH));
        // Who owns it needs none.
        assert!(may(&SELLER) && !may(&STRANGER));
        let view = Licensing::licence_view(&id).unwrap();
        assert!(view.is_live);
        assert_eq!(Licensing::licence_views(&BUYER, 10), Licensing::licences_at(MODEL, None, 10));
        assert_eq!(Licensing::licences_at(MODEL, None, 10), [view]);
    });
}

#[test]
fn a_licence_should_keep_the_sealed_key_when_its_purchase_is_forgotten() {
    test(|| {
        let id = bought();
        let sealed = Licensing::purchase_view(&id).unwrap().sealed_key;
        assert!(sealed.is_some());
        run_to(2 + HISTORY);
        assert!(Licensing::purchase_view(&id).is_none());
        assert_eq!(Licensing::licence_view(&id).unwrap().sealed_key, sealed);
    });
}

#[test]
fn a_lease_should_end_and_be_forgotten_later() {
    test(|| {
        let id = bought_by(lease(PRICE, 30));
        set_now(31);
        assert!(may(&BUYER));
        set_now(32);
        assert!(!may(&BUYER));
        assert_noop!(Licensing::transfer(signed(BUYER), id, STRANGER), Error::<Test>::Lapsed);
        assert_noop!(Licensing::assign_seat(signed(BUYER), id, STRANGER), Error::<Test>::Lapsed);
        assert!(!Licensing::licence_view(&id).unwrap().is_live);
        set_now(1);
        run_to(31 + HISTORY);
        assert!(Licences::<Test>::contains_key(id));
        run_to(33 + HISTORY);
        assert!(!Licences::<Test>::contains_key(id) && !Licensing::has_licences(MODEL));
        assert_eq!(Usable::<Test>::iter_keys().count(), 0);
    });
}

#[test]
fn transfer_should_move_the_right_and_free_the_seats() {
    test(|| {
        let id = bought();
        assert_ok!(Licensing::assign_seat(signed(BUYER), id, REFERRER));
        let transfer = |from, to| Licensing::transfer(signed(from), id, to);
        assert_noop!(transfer(STRANGER, STRANGER), Error::<Test>::NotHolder);
        assert_noop!(transfer(BUYER, BUYER), Error::<Test>::AlreadyThere);
        assert_noop!(Licensing::transfer(signed(BUYER), [0; 32], STRANGER), Error::<Test>::LicenceNotFound);
        assert_ok!(transfer(BUYER, STRANGER));
        assert_eq!(events().pop(), Some(Event::Transferred { licence: id, from: BUYER, to: STRANGER }));
        assert!(may(&STRANGER) && !may(&BUYER) && !may(&REFERRER));
        assert_noop!(transfer(BUYER, PARENT), Error::<Test>::NotHolder);
        // Who paid may review it, and nobody else.
        assert!(Licensing::burnt(&BUYER, MODEL, &id).is_some_and(|burnt| burnt > 0));
        assert_eq!(Licensing::burnt(&STRANGER, MODEL, &id), None);
        assert_eq!(Licensing::burnt(&BUYER, BASE, &id), None);
    });
    test(|| {
        let id = bought_by(Offer { transferable: false, ..offer() });
        assert_noop!(Licensing::transfer(signed(BUYER), id, STRANGER), Error::<Test>::NotTransferable);
    });
}

#[test]
fn seats_should_be_as_many_as_were_sold() {
    test(|| {
        let id = bought_by(Offer { seats: 3, ..offer() });
        let assign = |who, user| Licensing::assign_seat(signed(who), id, user);
        let free = |who, user| Licensing::free_seat(signed(who), id, user);
        assert_noop!(assign(STRANGER, STRANGER), Error::<Test>::NotHolder);
        assert_noop!(assign(BUYER, BUYER), Error::<Test>::AlreadyThere);
        assert_ok!(assign(BUYER, STRANGER));
        assert_noop!(assign(BUYER, STRANGER), Error::<Test>::AlreadyThere);
        assert_ok!(assign(BUYER, REFERRER));
        assert_noop!(assign(BUYER, PARENT), Error::<Test>::NoSeatFree);
        assert!(may(&BUYER) && may(&STRANGER) && may(&REFERRER) && !may(&PARENT));
        assert_noop!(free(STRANGER, REFERRER), Error::<Test>::NotHolder);
        assert_noop!(free(BUYER, PARENT), Error::<Test>::SeatNotFound);
        // The holder frees any, a user its own.
        assert_ok!(free(BUYER, STRANGER));
        assert_ok!(free(REFERRER, REFERRER));
        assert!(!may(&STRANGER) && !may(&REFERRER) && !Seats::<Test>::contains_key(id));
        assert_ok!(assign(BUYER, PARENT));
        assert_eq!(Licensing::licence_view(&id).unwrap().users, [PARENT]);
    });
}
