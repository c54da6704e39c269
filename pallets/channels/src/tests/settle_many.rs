use crate::{mock::*, types::SignedVoucher, Error, Event};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use souk_primitives::SOUK;

fn settle_many(vouchers: Vec<SignedVoucher>) -> DispatchResult {
    Souk::settle_many(signed(PROVIDER), vouchers.try_into().unwrap())
}

#[test]
fn each_voucher_should_succeed_or_fail_alone() {
    test(|| {
        let (first, second, closed) = (open(), open(), open());
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), closed, None));
        System::reset_events();
        let mut forged = voucher(second, 3 * SOUK, 1);
        forged.voucher.calls = 2;
        let before = books();
        assert_ok!(settle_many(vec![
            voucher(first, 2 * SOUK, 1),
            forged,
            voucher(closed, SOUK, 1),
            voucher(second, 4 * SOUK, 1),
        ]));
        let mut after = before;
        after.consumer.1 -= 6 * SOUK;
        after.provider.1 += 6 * SOUK;
        assert_eq!(books(), after);

        let refused = |channel, error: Error<Test>| Event::SettlementRefused { channel, error: error.into() };
        let events = events();
        assert!(matches!(events[0], Event::Settled { channel, .. } if channel == first));
        assert_eq!(events[2], refused(second, Error::BadSignature));
        assert_eq!(events[3], refused(closed, Error::ChannelClosed));
        assert!(matches!(events[4], Event::Settled { channel, .. } if channel == second));
        assert_eq!(events.len(), 6);
    });
}

#[test]
fn vouchers_of_one_channel_should_settle_in_their_order() {
    test(|| {
        let id = open();
        let (early, late) = (voucher(id, SOUK, 1), voucher(id, 3 * SOUK, 2));
        assert_ok!(settle_many(vec![early.clone(), late.clone(), early, late]));
        assert_eq!(books().provider.1, 3 * SOUK);
        assert_eq!(Souk::batches_of(&id).len(), 2);
        let refusals =
            events().into_iter().filter(|event| matches!(event, Event::SettlementRefused { .. })).count();
        assert_eq!(refusals, 2);
    });
}

#[test]
fn a_stranger_should_settle_nothing() {
    test(|| {
        let id = open();
        let before = books();
        assert_ok!(Souk::settle_many(signed(STRANGER), vec![voucher(id, SOUK, 1)].try_into().unwrap()));
        assert_eq!(books(), before);
        assert_eq!(
            event(),
            Event::SettlementRefused { channel: id, error: Error::<Test>::NotProvider.into() }
        );
    });
}

#[test]
fn nothing_should_be_refused() {
    test(|| {
        assert_noop!(settle_many(vec![]), Error::<Test>::NothingToSettle);
    });
}
