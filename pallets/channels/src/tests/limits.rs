use crate::{mock::*, types::Limit, Error, Event, LimitCount, Limits, Usages, MAX_LIMITS};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{AccountId, Balance, SOUK};

#[test]
fn set_limit_should_bound_money_and_channels() {
    test(|| {
        let limit = Limit { max_amount: 2 * DEPOSIT - 1, max_channels: 2 };
        assert_ok!(Souk::set_limit(signed(CONSUMER), PROVIDER, limit.max_amount, limit.max_channels));
        assert_eq!(event(), Event::LimitSet { consumer: CONSUMER, provider: PROVIDER, limit });
        open();
        assert_noop!(Open::default().call(), Error::<Test>::OverLimit);
        assert_ok!(Open { deposit: DEPOSIT - 1, ..Open::default() }.call());
        assert_noop!(Open { deposit: SOUK, ..Open::default() }.call(), Error::<Test>::TooManyChannels);
        // It is this consumer's limit only.
        assert_ok!(Open { by: STRANGER, ..Open::default() }.call());
    });
}

#[test]
fn default_limit_should_bound_channels_only() {
    test(|| {
        for _ in 0..MaxChannels::get() {
            open();
        }
        assert_noop!(Open::default().call(), Error::<Test>::TooManyChannels);
        assert_eq!(Souk::limit(&CONSUMER, &PROVIDER).max_amount, Balance::MAX);
    });
}

#[test]
fn a_closed_channel_should_free_its_part_of_the_limit() {
    test(|| {
        assert_ok!(Souk::set_limit(signed(CONSUMER), PROVIDER, DEPOSIT, 1));
        let id = open();
        assert_ok!(settle(id, voucher(id, SOUK, 1)));
        // Money that was settled still counts: the deposit is what the consumer risked.
        assert_noop!(Souk::top_up(signed(CONSUMER), id, SOUK), Error::<Test>::OverLimit);
        assert_ok!(Souk::close(signed(CONSUMER), id));
        assert_noop!(Open::default().call(), Error::<Test>::TooManyChannels);
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), id, None));
        assert_eq!(Usages::<Test>::iter().count(), 0);
        open();
    });
}

#[test]
fn set_limit_should_refuse_more_channels_than_anyone_may_have() {
    test(|| {
        assert_noop!(Souk::set_limit(signed(CONSUMER), PROVIDER, SOUK, 9), Error::<Test>::LimitTooHigh);
        assert_ok!(Souk::set_limit(signed(CONSUMER), PROVIDER, Balance::MAX, 8));
        MaxChannels::set(&1);
        open();
        assert_noop!(Open::default().call(), Error::<Test>::TooManyChannels);
    });
}

#[test]
fn limits_of_one_consumer_should_be_bounded() {
    test(|| {
        let provider = |i: u32| AccountId::new([100 + i as u8; 32]);
        for i in 0..MAX_LIMITS {
            assert_ok!(Souk::set_limit(signed(CONSUMER), provider(i), SOUK, 1));
        }
        assert_noop!(Souk::set_limit(signed(CONSUMER), PROVIDER, SOUK, 1), Error::<Test>::TooManyLimits);
        // Changing one is not one more.
        assert_ok!(Souk::set_limit(signed(CONSUMER), provider(0), 2 * SOUK, 1));
        assert_eq!(LimitCount::<Test>::get(CONSUMER), MAX_LIMITS);
        assert_ok!(Souk::clear_limit(signed(CONSUMER), provider(0)));
        assert_ok!(Souk::set_limit(signed(CONSUMER), PROVIDER, SOUK, 1));
    });
}

#[test]
fn clear_limit_should_bring_the_default_back() {
    test(|| {
        assert_noop!(Souk::clear_limit(signed(CONSUMER), PROVIDER), Error::<Test>::LimitNotFound);
        assert_ok!(Souk::set_limit(signed(CONSUMER), PROVIDER, 0, 0));
        assert_noop!(Open::default().call(), Error::<Test>::TooManyChannels);
        System::reset_events();
        assert_ok!(Souk::clear_limit(signed(CONSUMER), PROVIDER));
        assert_eq!(event(), Event::LimitCleared { consumer: CONSUMER, provider: PROVIDER });
        open();
        assert_eq!((Limits::<Test>::iter().count(), LimitCount::<Test>::iter().count()), (0, 0));
    });
}
