use crate::{mock::*, types::Amounts, Error, Event, HoldReason, Licences};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{
    licence::{Offer, Purposes, Terms},
    moderation::DelistReason,
    views::ListingStatus,
    LicenceId, SOUK,
};

/// A lease of 30 blocks from block 1 on, for 100 SOUK.
fn leased() -> LicenceId {
    let offer = lease(PRICE, 30);
    let number = add_offer(MODEL, offer.clone());
    let id = Order::default().by_offer(number, &offer).done();
    honest(id).revealed();
    settle(id).unwrap();
    id
}

fn renew(id: LicenceId, max: u128, offer: &Offer) -> frame_support::dispatch::DispatchResult {
    Licensing::renew(signed(BUYER), id, max, offer.digest())
}

fn expires(id: LicenceId) -> u32 {
    Licences::<Test>::get(id).unwrap().licence.expires_at.unwrap()
}

#[test]
fn renew_should_pay_as_a_sale_does_and_keep_what_is_left() {
    test(|| {
        let id = leased();
        let burnt = Licensing::burnt(&BUYER, MODEL, &id).unwrap();
        let start = books();
        set_now(10);
        System::reset_events();
        assert_ok!(renew(id, PRICE, &lease(PRICE, 30)));
        assert_eq!(expires(id), 61);
        let royalty = 99 * SOUK / 10;
        let amounts = Amounts {
            paid: 99 * SOUK - royalty,
            royalties: royalty,
            treasury: SOUK / 2,
            burnt: SOUK / 2,
            ..Amounts::default()
        };
        let renewed =
            Event::Renewed { licence: id, expires_at: 61, terms_digest: TERMS, seller: SELLER, amounts };
        assert_eq!(events().pop(), Some(renewed));
        let end = books();
        assert_eq!((end.buyer, end.seller), (start.buyer - PRICE, start.seller + amounts.paid));
        assert_eq!((end.parent, end.treasury), (start.parent + royalty, start.treasury + SOUK / 2));
        assert_eq!(held(HoldReason::Purchase, &BUYER), 0);
        assert_eq!(Licensing::burnt(&BUYER, MODEL, &id), Some(burnt + SOUK / 2));
    });
}

#[test]
fn a_lapsed_lease_should_start_anew() {
    test(|| {
        let id = leased();
        set_now(40);
        assert!(!Licensing::is_licensed(&BUYER, MODEL, Purposes::RESEARCH));
        assert_ok!(renew(id, PRICE, &lease(PRICE, 30)));
        assert_eq!(expires(id), 70);
        assert!(Licensing::is_licensed(&BUYER, MODEL, Purposes::RESEARCH));
    });
}

#[test]
fn renew_should_go_on_while_active_or_deprecated_only() {
    test(|| {
        let id = leased();
        let offer = lease(PRICE, 30);
        for status in [
            ListingStatus::Paused,
            ListingStatus::Delisted { reason: DelistReason::Fraud },
            ListingStatus::Retired,
        ] {
            set_status(MODEL, status);
            assert_noop!(renew(id, PRICE, &offer), Error::<Test>::NotForSale);
        }
        set_status(MODEL, ListingStatus::Deprecated);
        assert_ok!(renew(id, PRICE, &offer));
    });
}

#[test]
fn the_holder_should_agree_to_price_and_terms() {
    test(|| {
        let id = leased();
        let dearer = lease(2 * PRICE, 60);
        assert_noop!(renew(id, PRICE, &dearer), Error::<Test>::OfferNotFound);
        add_offer(MODEL, dearer.clone());
        assert_noop!(renew(id, PRICE, &dearer), Error::<Test>::PriceAboveMaximum);
        assert_noop!(renew(id, PRICE, &offer()), Error::<Test>::NotALease);
        let narrower = Offer { purposes: Purposes::INFERENCE, ..lease(1, 1) };
        add_offer(MODEL, narrower.clone());
        assert_noop!(renew(id, PRICE, &narrower), Error::<Test>::PurposeNotAllowed);
        let by_other = Licensing::renew(signed(STRANGER), id, PRICE, lease(PRICE, 30).digest());
        assert_noop!(by_other, Error::<Test>::NotHolder);
        let other_terms = Terms { uri: Default::default(), digest: [9; 32] };
        let renamed = Offer { terms: other_terms, ..lease(SOUK, 5) };
        add_offer(MODEL, renamed.clone());
        assert_ok!(renew(id, PRICE, &renamed));
        assert_eq!((expires(id), Licences::<Test>::get(id).unwrap().licence.terms_digest), (36, [9; 32]));
    });
    test(|| {
        let id = bought();
        add_offer(MODEL, lease(PRICE, 30));
        assert_noop!(renew(id, PRICE, &lease(PRICE, 30)), Error::<Test>::NotALease);
    });
}

#[test]
fn royalties_should_be_those_of_the_version_that_was_bought() {
    test(|| {
        let id = leased();
        // A later version owes more; this licence is of the first one.
        let mut item = Shelf::get(MODEL).unwrap();
        let mut parents = base();
        parents[0].royalty = 500_000;
        item.versions.push(([3; 32], 1, parents));
        Shelf::insert(MODEL, item);
        let before = books().parent;
        assert_ok!(renew(id, PRICE, &lease(PRICE, 30)));
        assert_eq!(books().parent - before, 99 * SOUK / 10);
    });
}
