use crate::{mock::*, Error, Event, Listings as Stored};
use codec::Encode;
use frame_support::{assert_noop, assert_ok};

fn set(
    who: &souk_primitives::AccountId,
    listing: u64,
    text: &[u8],
) -> frame_support::dispatch::DispatchResult {
    Listings::set_text(
        RuntimeOrigin::signed(who.clone()),
        listing,
        name(text),
        summary(text),
        tags(&[]),
        card(),
    )
}

#[test]
fn set_text_should_move_the_deposit_with_the_length() {
    run(|| {
        registered();
        for text in [&[b'a'; 64][..], &b"b"[..], &[b'c'; 40][..]] {
            assert_ok!(set(&ANNE, 0, text));
            let stored = Stored::<Test>::get(0).unwrap();
            assert_eq!(stored.text.name.to_vec(), text);
            let deposit = 1_000 + 2 * stored.text.encoded_size() as u128;
            assert_money(&ANNE, ENDOWED - deposit, deposit);
            assert_last(Event::TextSet { listing: 0, deposit });
        }
    });
}

#[test]
fn set_text_should_refuse_what_register_refuses() {
    run(|| {
        registered();
        assert_noop!(set(&ANNE, 0, b""), Error::<Test>::EmptyName);
        assert_noop!(set(&ANNE, 0, &[0xc0]), Error::<Test>::NotUtf8);
        assert_noop!(set(&BEN, 0, b"mine"), Error::<Test>::NotAuthorized);
        assert_noop!(set(&ANNE, 5, b"none"), Error::<Test>::NotFound);
        assert_ok!(Balances::transfer_allow_death(RuntimeOrigin::signed(ANNE), BEN, free(&ANNE) - 12));
        assert_noop!(set(&ANNE, 0, &[b'a'; 64]), Error::<Test>::InsufficientFree);
        assert_noop!(
            Listings::set_text(RuntimeOrigin::root(), 0, name(b"x"), summary(b""), tags(&[]), card()),
            sp_runtime::DispatchError::BadOrigin
        );
    });
}
