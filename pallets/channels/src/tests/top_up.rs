use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{Balance, SOUK};
use sp_runtime::TokenError;

#[test]
fn top_up_should_hold_more_of_the_funder() {
    test(|| {
        let id = open_funded();
        let before = books();
        assert_ok!(Souk::top_up(signed(FUNDER), id, 5 * SOUK));
        let mut after = before;
        after.funder = (RICH - DEPOSIT - 5 * SOUK, DEPOSIT + 5 * SOUK);
        assert_eq!(books(), after);
        assert_eq!(event(), Event::ToppedUp { channel: id, amount: 5 * SOUK, deposit: DEPOSIT + 5 * SOUK });
        // What was added can be settled.
        assert_noop!(settle(id, voucher(id, DEPOSIT + 5 * SOUK + 1, 9)), Error::<Test>::OverDeposit);
        assert_ok!(settle(id, voucher(id, DEPOSIT + 5 * SOUK, 9)));
    });
}

#[test]
fn top_up_should_be_the_funders_alone() {
    test(|| {
        let id = open_funded();
        for who in [CONSUMER, PROVIDER, STRANGER] {
            assert_noop!(Souk::top_up(signed(who), id, SOUK), Error::<Test>::NotFunder);
        }
        assert_noop!(Souk::top_up(signed(FUNDER), [0; 32], SOUK), Error::<Test>::ChannelNotFound);
    });
}

#[test]
fn top_up_should_refuse_bad_amounts() {
    test(|| {
        let id = open();
        assert_noop!(Souk::top_up(signed(CONSUMER), id, 0), Error::<Test>::ZeroAmount);
        assert_noop!(Souk::top_up(signed(CONSUMER), id, Balance::MAX), Error::<Test>::Overflow);
        assert_noop!(
            Souk::top_up(signed(CONSUMER), id, Balance::MAX - DEPOSIT),
            TokenError::FundsUnavailable
        );
        assert_noop!(Souk::top_up(signed(CONSUMER), id, RICH), TokenError::FundsUnavailable);
    });
}

#[test]
fn top_up_should_keep_to_the_limit() {
    test(|| {
        let id = open();
        assert_ok!(Souk::set_limit(signed(CONSUMER), PROVIDER, DEPOSIT + SOUK, 1));
        assert_noop!(Souk::top_up(signed(CONSUMER), id, SOUK + 1), Error::<Test>::OverLimit);
        assert_ok!(Souk::top_up(signed(CONSUMER), id, SOUK));
        // The number of channels doesn't matter to what is open.
        assert_ok!(Souk::set_limit(signed(CONSUMER), PROVIDER, RICH, 0));
        assert_ok!(Souk::top_up(signed(CONSUMER), id, SOUK));
    });
}

#[test]
fn top_up_should_ask_for_an_open_channel() {
    test(|| {
        let id = open();
        set_now(EXPIRES);
        assert_ok!(Souk::top_up(signed(CONSUMER), id, SOUK));
        set_now(EXPIRES + 1);
        assert_noop!(Souk::top_up(signed(CONSUMER), id, SOUK), Error::<Test>::ChannelExpired);
        assert_ok!(Souk::close(signed(CONSUMER), id));
        assert_noop!(Souk::top_up(signed(CONSUMER), id, SOUK), Error::<Test>::AlreadyClosing);
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), id, None));
        assert_noop!(Souk::top_up(signed(CONSUMER), id, SOUK), Error::<Test>::ChannelClosed);
    });
}
