use crate::{mock::*, types::StoredOffer, Error, Event, Offers};
use codec::Encode;
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{
    licence::{Grant, Offer, Purposes, Terms},
    AccountId,
};
use sp_runtime::DispatchError::BadOrigin;

fn add(who: AccountId, offer: Offer) -> frame_support::dispatch::DispatchResult {
    Listings::add_offer(RuntimeOrigin::signed(who), 0, offer)
}

fn withdraw(who: AccountId, number: u32) -> frame_support::dispatch::DispatchResult {
    Listings::withdraw_offer(RuntimeOrigin::signed(who), 0, number)
}

#[test]
fn add_offer_should_store_hold_and_tell() {
    run(|| {
        let before = registered();
        assert_ok!(add(ANNE, offer()));
        let deposit = 200 + 2 * offer().encoded_size() as u128;
        assert_last(Event::OfferAdded { listing: 0, offer: 0, digest: offer().digest(), deposit });
        assert_money(&ANNE, ENDOWED - before - deposit, before + deposit);
        assert_eq!(Offers::<Test>::get(0, 0), Some(StoredOffer { offer: offer(), deposit }));
        let view = &Listings::view(0).unwrap().offers[0];
        assert_eq!((view.offer, view.digest, view.price), (0, offer().digest(), 5_000));
        assert_eq!((view.terms_uri.as_str(), view.terms_digest), ("https://example.org/terms", [3; 32]));
    });
}

#[test]
fn withdrawn_offers_should_return_their_deposit_and_never_their_number() {
    run(|| {
        let before = registered();
        assert_ok!(add(ANNE, offer()));
        let deposit = held(&ANNE) - before;
        assert_ok!(withdraw(ANNE, 0));
        assert_last(Event::OfferWithdrawn { listing: 0, offer: 0, deposit });
        assert_money(&ANNE, ENDOWED - before, before);
        assert_noop!(withdraw(ANNE, 0), Error::<Test>::OfferNotFound);
        assert_ok!(add(ANNE, offer()));
        assert_eq!((Listings::offer(0, 0), Listings::offer(0, 1)), (None, Some(offer())));
    });
}

#[test]
fn add_offer_should_refuse_what_is_out_of_range() {
    run(|| {
        registered();
        let broken = Terms { uri: vec![0xff].try_into().unwrap(), digest: [0; 32] };
        for (bad, error) in [
            (Offer { purposes: Purposes(0), ..offer() }, Error::<Test>::BadPurposes),
            (Offer { purposes: Purposes(1 << 15), ..offer() }, Error::<Test>::BadPurposes),
            (Offer { seats: 0, ..offer() }, Error::<Test>::BadSeats),
            (Offer { seats: 65, ..offer() }, Error::<Test>::BadSeats),
            (Offer { grant: Grant::Lease { period: 0 }, ..offer() }, Error::<Test>::BadPeriod),
            (Offer { grant: Grant::Metered { share: 500_001 }, ..offer() }, Error::<Test>::BadMetered),
            (Offer { referral: 50_001, ..offer() }, Error::<Test>::ReferralTooHigh),
            (Offer { deliver_within: 0, ..offer() }, Error::<Test>::NoDelivery),
            (Offer { terms: broken, ..offer() }, Error::<Test>::NotUtf8),
        ] {
            assert_noop!(add(ANNE, bad), error);
        }
    });
}

#[test]
fn offers_should_be_the_owners_and_at_most_eight() {
    run(|| {
        registered();
        assert_noop!(add(BEN, offer()), Error::<Test>::NotAuthorized);
        assert_noop!(Listings::add_offer(RuntimeOrigin::root(), 0, offer()), BadOrigin);
        assert_noop!(Listings::add_offer(RuntimeOrigin::signed(ANNE), 1, offer()), Error::<Test>::NotFound);
        for _ in 0..8 {
            assert_ok!(add(ANNE, offer()));
        }
        assert_noop!(add(ANNE, offer()), Error::<Test>::TooManyOffers);
        assert_noop!(withdraw(BEN, 0), Error::<Test>::NotAuthorized);
        assert_ok!(withdraw(ANNE, 3));
        assert_ok!(add(ANNE, offer()));
        let numbers: Vec<u32> = Listings::offer_views(0).iter().map(|view| view.offer).collect();
        assert_eq!(numbers, [0, 1, 2, 4, 5, 6, 7, 8]);
    });
}

#[test]
fn add_offer_should_refuse_without_free_money() {
    run(|| {
        registered();
        assert_ok!(Balances::transfer_allow_death(RuntimeOrigin::signed(ANNE), BEN, free(&ANNE) - 100));
        assert_noop!(add(ANNE, offer()), Error::<Test>::InsufficientFree);
    });
}
