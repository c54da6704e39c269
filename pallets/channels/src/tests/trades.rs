//! What rewards are told of paid batches.

use crate::mock::*;
use frame_support::{
    assert_ok,
    traits::{
        fungible::Mutate,
        tokens::{Fortitude, Precision, Preservation},
    },
};
use souk_primitives::{call::batch_id, close::CloseReason, SOUK};

#[test]
fn a_paid_batch_should_be_told_with_what_its_protocol_fee_burnt() {
    test(|| {
        // A publisher's share and an audit fee are paid besides: they do not count.
        Licensed::put(200_000);
        let id = open();
        let batch = batch_id(&id, 10 * SOUK, 0);
        assert_ok!(settle(id, voucher(id, 10 * SOUK, 7)));
        assert_eq!(Told::get(), []);
        let before = books().issuance;
        Souk::release(&batch, CloseReason::NotDrawn);
        assert_eq!(Told::get(), [(batch, PRICES.per_1k_output, SOUK / 20, CloseReason::NotDrawn)]);
        assert_eq!(before - books().issuance, SOUK / 20);
        Souk::release(&batch, CloseReason::NotDrawn);
        assert_eq!(Told::get().len(), 1);
    });
}

#[test]
fn what_treasury_and_pot_could_not_take_should_not_count_as_burnt() {
    test(|| {
        let id = open();
        let value = SOUK / 100 * 11;
        assert_ok!(settle(id, voucher(id, value, 1)));
        assert_ok!(<Balances as Mutate<_>>::burn_from(
            &TREASURY,
            ED,
            Preservation::Expendable,
            Precision::Exact,
            Fortitude::Force,
        ));
        let before = books().issuance;
        Souk::release(&batch_id(&id, value, 0), CloseReason::Valid);
        assert_eq!(before - books().issuance, value / 100);
        let told: Vec<_> = Told::get().into_iter().map(|(_, _, burnt, reason)| (burnt, reason)).collect();
        assert_eq!(told, [(value / 200, CloseReason::Valid)]);
    });
}

#[test]
fn a_refund_should_not_be_told() {
    test(|| {
        let id = open();
        assert_ok!(settle(id, voucher(id, 10 * SOUK, 7)));
        Souk::refund_less(&batch_id(&id, 10 * SOUK, 0), CloseReason::BadRequest, SOUK).unwrap();
        assert_eq!(Told::get(), []);
    });
}

#[test]
fn an_unaudited_batch_should_be_told_as_such() {
    test(|| {
        let id = Open { spec: UNAUDITED_SPEC, allow_unaudited: true, ..Open::default() }.done();
        run_to(3);
        assert_ok!(settle(id, voucher(id, 10 * SOUK, 7)));
        let told: Vec<_> = Told::get().into_iter().map(|(_, _, burnt, reason)| (burnt, reason)).collect();
        assert_eq!(told, [(SOUK / 20, CloseReason::Unaudited)]);
    });
}
