use crate::{mock::*, Error, Event, SweepSpan, Sweeps};
use frame_support::{assert_noop, assert_ok, traits::Hooks, weights::Weight};
use souk_primitives::{close::CloseReason, views::ChannelState, SOUK};

#[test]
fn sweep_should_return_the_rest_to_the_funder_after_grace() {
    test(|| {
        let id = open_funded();
        assert_ok!(Souk::close(signed(CONSUMER), id));
        assert_ok!(settle(id, voucher(id, 30 * SOUK, 3)));
        set_now(1 + GRACE);
        assert_noop!(Souk::sweep(signed(STRANGER), id), Error::<Test>::GraceNotOver);
        set_now(2 + GRACE);
        let before = books();
        System::reset_events();
        assert_ok!(Souk::sweep(signed(STRANGER), id));
        let mut after = before;
        after.funder = (RICH - 30 * SOUK, 0);
        assert_eq!(books(), after);
        let reason = CloseReason::ByConsumer;
        assert_eq!(event(), Event::ChannelClosed { channel: id, reason, returned: 70 * SOUK });
        assert_eq!(Souk::channel_view(&id).unwrap().state, ChannelState::Closed { at: 1, reason });
        assert_noop!(Souk::sweep(signed(STRANGER), id), Error::<Test>::ChannelClosed);
    });
}

#[test]
fn sweep_should_ask_for_a_closing_channel() {
    test(|| {
        let id = open();
        assert_noop!(Souk::sweep(signed(CONSUMER), id), Error::<Test>::NotClosing);
        assert_noop!(Souk::sweep(signed(CONSUMER), [0; 32]), Error::<Test>::ChannelNotFound);
    });
}

#[test]
fn sweep_of_an_emptied_channel_should_return_nothing() {
    test(|| {
        let id = open();
        assert_ok!(Souk::close(signed(CONSUMER), id));
        assert_ok!(settle(id, voucher(id, DEPOSIT, 3)));
        set_now(2 + GRACE);
        assert_ok!(Souk::sweep(signed(STRANGER), id));
        assert_eq!(books().consumer, (RICH - DEPOSIT, 0));
    });
}

#[test]
fn idle_blocks_should_sweep_on_their_own() {
    test(|| {
        let ids = [open(), open(), open()];
        assert_ok!(Souk::close(signed(CONSUMER), ids[0]));
        assert_ok!(Souk::close(signed(CONSUMER), ids[1]));
        // One of them was closed by its provider meanwhile.
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), ids[0], None));
        run_to(1 + GRACE);
        assert_eq!(books().consumer.1, 2 * DEPOSIT);
        run_to(2 + GRACE);
        assert_eq!(books().consumer.1, DEPOSIT);
        assert_eq!((SweepSpan::<Test>::get(), Sweeps::<Test>::iter().count()), ((2, 2), 0));
    });
}

#[test]
fn one_block_should_sweep_only_so_many_and_only_within_its_weight() {
    test(|| {
        MaxChannels::set(&20);
        for _ in 0..10 {
            let id = open();
            assert_ok!(Souk::close(signed(CONSUMER), id));
        }
        set_now(2 + GRACE);
        assert_eq!(Souk::on_idle(1, Weight::zero()), Weight::zero());
        assert_eq!(SweepSpan::<Test>::get(), (0, 10));
        Souk::on_idle(1, Weight::MAX);
        assert_eq!(SweepSpan::<Test>::get(), (8, 10));
        Souk::on_idle(1, Weight::MAX);
        assert_eq!(books().consumer, (RICH, 0));
    });
}

#[test]
fn a_clock_that_stands_still_should_end_no_grace() {
    test(|| {
        let id = open();
        assert_ok!(Souk::close(signed(CONSUMER), id));
        for number in 2..100 {
            System::set_block_number(number);
            Souk::on_initialize(number);
            Souk::on_idle(number, Weight::MAX);
        }
        assert_ok!(settle(id, voucher(id, SOUK, 1)));
    });
}
