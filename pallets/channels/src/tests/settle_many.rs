use crate::{mock::*, types::SignedVoucher, Error, Event, WeightInfo};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult, weights::Weight};
use souk_primitives::{AccountId, SOUK};
use sp_runtime::DispatchError;

fn settle_many(vouchers: Vec<SignedVoucher>) -> DispatchResult {
    settle_by(PROVIDER, vouchers).map(drop)
}

/// Gives the weight, when it is less than was announced.
fn settle_by(provider: AccountId, vouchers: Vec<SignedVoucher>) -> Result<Option<Weight>, DispatchError> {
    let settled = Souk::settle_many(signed(provider), vouchers.try_into().unwrap());
    settled.map(|info| info.actual_weight).map_err(|error| error.error)
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

#[test]
fn audited_settlements_should_give_back_what_paying_at_once_would_weigh() {
    test(|| {
        type Weights = <Test as crate::Config>::WeightInfo;
        let unaudited = || Open { spec: UNAUDITED_SPEC, allow_unaudited: true, ..Open::default() }.done();
        let (one, two, other) = (open(), open(), unaudited());
        let many = |vouchers| settle_by(PROVIDER, vouchers).unwrap();
        assert_eq!(many(vec![voucher(one, SOUK, 1), voucher(two, SOUK, 1)]), Some(Weights::settle_many(2)));
        assert_eq!(many(vec![voucher(one, 2 * SOUK, 2), voucher(other, SOUK, 1)]), None);
        let single = |channel, total, calls| {
            let SignedVoucher { voucher, signature } = voucher(channel, total, calls);
            Souk::settle(signed(PROVIDER), channel, voucher, signature).unwrap().actual_weight
        };
        assert_eq!(single(two, 2 * SOUK, 2), Some(Weights::settle()));
        assert_eq!(single(other, 2 * SOUK, 2), None);
    });
}
