use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{call::batch_id, close::CloseReason, views::ChannelState, SOUK};

#[test]
fn close_by_provider_should_settle_and_return_the_rest_at_once() {
    test(|| {
        let id = open_funded();
        let before = books();
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), id, Some(voucher(id, 30 * SOUK, 3))));
        let mut after = before;
        after.funder = (RICH - 30 * SOUK, 0);
        after.provider.1 += 30 * SOUK;
        assert_eq!(books(), after);
        let reason = CloseReason::ByProvider;
        assert!(matches!(events()[..], [
            Event::Settled { .. },
            Event::BatchCommitted { .. },
            Event::ChannelClosed { reason: told, returned, .. },
        ] if told == reason && returned == 70 * SOUK));
        assert_eq!(Souk::channel_view(&id).unwrap().state, ChannelState::Closed { at: 1, reason });
        // The bond stays until the last batch has ended.
        assert_eq!(Obligations::get(PROVIDER), 1);
        Souk::release(&batch_id(&id, 30 * SOUK, 0), CloseReason::NotDrawn);
        assert_eq!(Obligations::get(PROVIDER), 0);
    });
}

#[test]
fn close_by_provider_should_need_no_voucher() {
    test(|| {
        let id = open();
        let before = books();
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), id, None));
        let mut after = before;
        after.consumer = (RICH, 0);
        assert_eq!(books(), after);
        assert_eq!(Obligations::get(PROVIDER), 0);
    });
}

#[test]
fn close_by_provider_should_take_crumbs_and_what_is_over_the_exposure() {
    test(|| {
        Bonds::insert(PROVIDER, 30 * SOUK);
        let (small, large) = (open(), open());
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), small, Some(voucher(small, 1, 1))));
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), large, Some(voucher(large, 50 * SOUK, 1))));
        assert_eq!(books().consumer, (RICH - 50 * SOUK - 1, 0));
        assert_eq!(books().provider.1, 50 * SOUK + 1);
        assert_eq!(Souk::queued(&PROVIDER), 40 * SOUK + 1);
        assert!(matches!(events().last(), Some(Event::ChannelClosed { .. })));
    });
}

#[test]
fn close_by_provider_should_work_in_grace_and_after_it() {
    test(|| {
        let (first, second) = (open(), open());
        for id in [first, second] {
            assert_ok!(Souk::close(signed(CONSUMER), id));
        }
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), first, Some(voucher(first, SOUK, 1))));
        set_now(2 + GRACE);
        assert_noop!(
            Souk::close_by_provider(signed(PROVIDER), second, Some(voucher(second, SOUK, 1))),
            Error::<Test>::GraceOver
        );
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), second, None));
        assert_eq!(books().consumer, (RICH - SOUK, 0));
    });
}

#[test]
fn close_by_provider_should_refuse_others_bad_vouchers_and_a_second_time() {
    test(|| {
        let id = open();
        for who in [CONSUMER, STRANGER] {
            assert_noop!(Souk::close_by_provider(signed(who), id, None), Error::<Test>::NotProvider);
        }
        let close = |last| Souk::close_by_provider(signed(PROVIDER), id, last);
        let mut forged = voucher(id, SOUK, 1);
        forged.voucher.cumulative += 1;
        assert_noop!(close(Some(forged)), Error::<Test>::BadSignature);
        assert_noop!(close(Some(voucher(id, DEPOSIT + 1, 1))), Error::<Test>::OverDeposit);
        assert_noop!(close(Some(voucher(id, 0, 1))), Error::<Test>::StaleVoucher);
        assert_noop!(
            Souk::close_by_provider(signed(PROVIDER), [0; 32], None),
            Error::<Test>::ChannelNotFound
        );
        assert_ok!(close(None));
        assert_noop!(close(None), Error::<Test>::ChannelClosed);
        assert_noop!(close(Some(voucher(id, SOUK, 1))), Error::<Test>::ChannelClosed);
        assert_noop!(settle(id, voucher(id, SOUK, 1)), Error::<Test>::ChannelClosed);
    });
}
