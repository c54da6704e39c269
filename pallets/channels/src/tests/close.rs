use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{close::CloseReason, views::ChannelState, SOUK};

#[test]
fn close_should_start_the_grace_period_and_return_nothing() {
    test(|| {
        let id = open_funded();
        let before = books();
        assert_ok!(Souk::close(signed(CONSUMER), id));
        assert_eq!(books(), before);
        let (until, reason) = (1 + GRACE, CloseReason::ByConsumer);
        assert_eq!(event(), Event::ChannelClosing { channel: id, until, reason });
        assert_eq!(Souk::channel_view(&id).unwrap().state, ChannelState::Closing { until, reason });
    });
}

#[test]
fn close_should_be_the_consumers_until_the_channel_expires() {
    test(|| {
        let id = open_funded();
        set_now(EXPIRES);
        for who in [FUNDER, PROVIDER, STRANGER] {
            assert_noop!(Souk::close(signed(who), id), Error::<Test>::NotConsumer);
        }
        set_now(EXPIRES + 1);
        assert_ok!(Souk::close(signed(STRANGER), id));
        let (until, reason) = (EXPIRES + 1 + GRACE, CloseReason::Expired);
        assert_eq!(event(), Event::ChannelClosing { channel: id, until, reason });
    });
}

#[test]
fn close_should_happen_once() {
    test(|| {
        let id = open();
        assert_noop!(Souk::close(signed(CONSUMER), [0; 32]), Error::<Test>::ChannelNotFound);
        assert_ok!(Souk::close(signed(CONSUMER), id));
        set_now(10);
        // Nobody postpones the end by closing again.
        assert_noop!(Souk::close(signed(CONSUMER), id), Error::<Test>::AlreadyClosing);
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), id, None));
        assert_noop!(Souk::close(signed(CONSUMER), id), Error::<Test>::ChannelClosed);
    });
}

#[test]
fn provider_should_settle_until_the_last_block_of_grace() {
    test(|| {
        let id = open();
        assert_ok!(Souk::close(signed(CONSUMER), id));
        set_now(1 + GRACE);
        assert_ok!(settle(id, voucher(id, SOUK, 1)));
        set_now(2 + GRACE);
        assert_noop!(settle(id, voucher(id, 2 * SOUK, 2)), Error::<Test>::GraceOver);
    });
}
