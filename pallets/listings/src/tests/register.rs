use crate::{mock::*, types::OwnerStatus, Error, Event, Listings as Stored, NextListing};
use codec::Encode;
use frame_support::{assert_noop, assert_ok};
use souk_primitives::views::ListingKind;

fn register(who: &souk_primitives::AccountId, text: &[u8]) -> frame_support::dispatch::DispatchResult {
    Listings::register(
        RuntimeOrigin::signed(who.clone()),
        ListingKind::Dataset,
        name(text),
        summary(b""),
        tags(&[b"t"]),
        card(),
    )
}

#[test]
fn register_should_store_hold_the_deposit_and_tell() {
    run(|| {
        assert_ok!(register(&ANNE, b"corpus"));
        let listing = Stored::<Test>::get(0).unwrap();
        assert_eq!((listing.owner.clone(), listing.versions), (ANNE, 0));
        assert_eq!((listing.status, listing.delisting), (OwnerStatus::Active, None));
        let deposit = 1_000 + 2 * listing.text.encoded_size() as u128;
        assert_money(&ANNE, ENDOWED - deposit, deposit);
        assert_last(Event::Registered { listing: 0, owner: ANNE, kind: ListingKind::Dataset, deposit });
        // The next one gets the next number.
        assert_ok!(register(&BEN, b"corpus"));
        assert_eq!(Listings::owner(1), Some(BEN));
        assert_money(&BEN, ENDOWED - deposit, deposit);
    });
}

#[test]
fn register_should_refuse_text_that_nobody_can_read() {
    run(|| {
        assert_noop!(register(&ANNE, b""), Error::<Test>::EmptyName);
        assert_noop!(register(&ANNE, &[0xff, 0xfe]), Error::<Test>::NotUtf8);
        for (s, t, uri) in [
            (&[0xffu8][..], &b"t"[..], &b"u"[..]),
            (&b"s"[..], &[0xff][..], &b"u"[..]),
            (&b"s"[..], &b"t"[..], &[0xff][..]),
        ] {
            let bad = crate::types::Card {
                uri: frame_support::BoundedVec::truncate_from(uri.to_vec()),
                digest: [0; 32],
            };
            assert_noop!(
                Listings::register(
                    RuntimeOrigin::signed(ANNE),
                    ListingKind::Model,
                    name(b"ok"),
                    summary(s),
                    tags(&[t]),
                    bad
                ),
                Error::<Test>::NotUtf8
            );
        }
    });
}

#[test]
fn register_should_refuse_without_free_money() {
    run(|| {
        assert_noop!(register(&POOR, b"corpus"), Error::<Test>::InsufficientFree);
        assert_money(&POOR, 20, 0);
    });
}

#[test]
fn register_should_refuse_when_numbers_ran_out() {
    run(|| {
        NextListing::<Test>::put(u64::MAX);
        assert_noop!(register(&ANNE, b"corpus"), Error::<Test>::TooManyListings);
        NextListing::<Test>::put(0);
    });
}

#[test]
fn register_should_need_a_signature() {
    run(|| {
        assert_noop!(
            Listings::register(
                RuntimeOrigin::root(),
                ListingKind::Model,
                name(b"x"),
                summary(b""),
                tags(&[]),
                card()
            ),
            sp_runtime::DispatchError::BadOrigin
        );
    });
}
