use crate::{mock::*, Error, Event, HoldReason, Purchases, UsedKeys};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{
    exchange::Secret,
    licence::{Offer, Purposes, Terms},
    moderation::DelistReason,
    purchase::Stage,
    views::ListingStatus,
};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn purchase_should_hold_price_and_deposit_and_keep_what_was_agreed() {
    test(|| {
        set_now(7);
        System::reset_events();
        assert_ok!(Order { referrer: Some(REFERRER), ..Order::default() }.call());
        let id = Purchases::<Test>::iter_keys().next().unwrap();
        let ordered = Event::Ordered {
            purchase: id,
            buyer: BUYER,
            seller: SELLER,
            listing: MODEL,
            version: 0,
            offer: 0,
            purpose: Purposes::RESEARCH,
            terms_digest: TERMS,
            price: PRICE,
            deposit: DEPOSIT,
            // The offer's thousand blocks are more than may be asked for.
            deliver_by: 7 + DELIVERY,
        };
        assert_eq!(events(), [ordered]);
        assert_eq!(held(HoldReason::Purchase, &BUYER), PRICE + DEPOSIT);
        assert_eq!(held(HoldReason::Bond, &SELLER), 0);
        let view = Licensing::purchase_view(&id).unwrap();
        assert_eq!((view.buyer, view.seller, view.referrer), (BUYER, SELLER, Some(REFERRER)));
        assert_eq!((view.content_root, view.size, view.chunks), (content().root(), SIZE, 2));
        assert_eq!((view.purpose, view.terms_digest), (Purposes::RESEARCH, TERMS));
        assert_eq!((view.stage, view.cancel_from), (Stage::Ordered { deliver_by: 47 }, 7 + CANCEL));
        assert!(Licensing::has_open_purchases(MODEL) && !Licensing::has_licences(MODEL));
        assert_eq!(Licensing::purchase_views(&SELLER, None, 10), Licensing::purchase_views(&BUYER, None, 10));
    });
}

#[test]
fn purchase_should_refuse_what_is_not_as_the_buyer_read_it() {
    test(|| {
        let order = Order::default;
        assert_noop!(Order { listing: 9, ..order() }.call(), Error::<Test>::ListingNotFound);
        assert_noop!(Order { offer: 1, ..order() }.call(), Error::<Test>::OfferNotFound);
        assert_noop!(Order { offer_digest: [0; 32], ..order() }.call(), Error::<Test>::OfferChanged);
        assert_noop!(Order { terms: [0; 32], ..order() }.call(), Error::<Test>::TermsChanged);
        assert_noop!(Order { version: 1, ..order() }.call(), Error::<Test>::VersionNotFound);
        assert_noop!(Order { root: [0; 32], ..order() }.call(), Error::<Test>::ContentChanged);
        for purpose in [Purposes::COMMERCIAL, Purposes(0), Purposes(1 << 9), Purposes::ALL] {
            assert_noop!(Order { purpose, ..order() }.call(), Error::<Test>::PurposeNotAllowed);
        }
        assert_noop!(Order { by: SELLER, ..order() }.call(), Error::<Test>::OwnListing);
        for who in [BUYER, SELLER] {
            let referrer = Some(who);
            assert_noop!(Order { referrer, ..order() }.call(), Error::<Test>::BadReferrer);
        }
        assert_noop!(
            Licensing::purchase(
                RuntimeOrigin::root(),
                MODEL,
                0,
                [0; 32],
                0,
                [0; 32],
                Purposes(1),
                TERMS,
                [0; 32],
                None
            ),
            BadOrigin
        );
    });
}

#[test]
fn an_offer_replaced_in_the_same_block_should_not_be_bought_by_mistake() {
    test(|| {
        for other in [
            Offer { price: PRICE + 1, ..offer() },
            Offer { seats: 1, ..offer() },
            Offer { terms: Terms { uri: Default::default(), digest: [9; 32] }, ..offer() },
        ] {
            put(MODEL, &SELLER, other, (content().root(), SIZE, base()));
            assert_noop!(Order::default().call(), Error::<Test>::OfferChanged);
        }
        // Another content under the same number.
        put(MODEL, &SELLER, offer(), ([5; 32], SIZE, base()));
        assert_noop!(Order::default().call(), Error::<Test>::ContentChanged);
    });
}

#[test]
fn only_an_active_listing_should_be_sold() {
    test(|| {
        for status in [
            ListingStatus::Paused,
            ListingStatus::Deprecated,
            ListingStatus::Delisted { reason: DelistReason::Fraud },
            ListingStatus::Retired,
        ] {
            set_status(MODEL, status);
            assert_noop!(Order::default().call(), Error::<Test>::NotForSale);
        }
        set_status(MODEL, ListingStatus::Active);
        assert_ok!(Order::default().call());
    });
}

#[test]
fn pausing_should_stop_future_sales_never_past_ones() {
    test(|| {
        let id = ordered();
        set_status(MODEL, ListingStatus::Delisted { reason: DelistReason::Fraud });
        honest(id).revealed();
        assert_ok!(settle(id));
        assert!(Licensing::is_licensed(&BUYER, MODEL, Purposes::RESEARCH));
    });
}

#[test]
fn weak_and_used_keys_should_be_refused() {
    test(|| {
        let mut high_bit = Order::default().key;
        high_bit[31] |= 0x80;
        let mut one = [0; 32];
        one[0] = 1;
        for key in [[0; 32], one, [0xff; 32], high_bit] {
            assert_noop!(Order { key, ..Order::default() }.call(), Error::<Test>::WeakKey);
        }
        let id = ordered();
        assert_noop!(Order::default().call(), Error::<Test>::KeyUsed);
        // Not even by somebody else, nor after it ended.
        set_now(1 + CANCEL);
        assert_ok!(Licensing::cancel(signed(BUYER), id));
        assert_noop!(Order { by: STRANGER, ..Order::default() }.call(), Error::<Test>::KeyUsed);
        run_to(200);
        assert!(UsedKeys::<Test>::contains_key(Secret::new(buyer_secret(0)).public_key()));
    });
}

#[test]
fn one_buyer_should_have_few_open_purchases_of_a_listing() {
    test(|| {
        for number in 0..3 {
            Order::number(number).done();
        }
        assert_noop!(Order::number(3).call(), Error::<Test>::TooManyOpen);
        assert_ok!(Order { by: STRANGER, ..Order::number(3) }.call());
        set_now(1 + CANCEL);
        let id = Purchases::<Test>::iter().find(|(_, purchase)| purchase.buyer == BUYER).unwrap().0;
        assert_ok!(Licensing::cancel(signed(BUYER), id));
        assert_ok!(Order::number(4).call());
    });
}

#[test]
fn only_free_money_should_buy() {
    test(|| {
        let spare = Balances::free_balance(&BUYER) - PRICE - DEPOSIT;
        assert_ok!(Balances::transfer_allow_death(signed(BUYER), STRANGER, spare));
        // The existential deposit is missing.
        assert_noop!(Order::default().call(), Error::<Test>::InsufficientFree);
        assert_ok!(Balances::transfer_allow_death(signed(STRANGER), BUYER, ED));
        assert_ok!(Order::default().call());
        assert_eq!(Balances::free_balance(&BUYER), ED);
    });
}
