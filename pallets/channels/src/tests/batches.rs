//! How batches end: `release` and `refund`, which the attestation pallet calls.

use crate::{mock::*, Batches, Event, HoldReason, Unclaimed};
use frame_support::{
    assert_ok,
    traits::{
        fungible::{Inspect, Mutate},
        tokens::Preservation,
        LockableCurrency, WithdrawReasons,
    },
};
use souk_primitives::{call::batch_id, close::CloseReason, views::BatchState, BatchId, ChannelId, SOUK};

/// A funded channel with one open batch of 10 SOUK.
fn settled() -> (ChannelId, BatchId) {
    let id = open_funded();
    settle(id, voucher(id, 10 * SOUK, 7)).unwrap();
    System::reset_events();
    (id, batch_id(&id, 10 * SOUK, 0))
}

#[test]
fn release_should_split_the_batch_by_the_fees() {
    test(|| {
        let (id, batch) = settled();
        let before = books();
        Souk::release(&batch, CloseReason::Valid);
        let mut after = before;
        // Of 10 SOUK: 1 % protocol fee, half of it burnt; 2 % audit fee; the rest to the provider.
        after.provider = (after.provider.0 + 97 * SOUK / 10, 0);
        after.treasury += SOUK / 20;
        after.pot += SOUK / 5;
        after.issuance -= SOUK / 20;
        assert_eq!(books(), after);
        assert_eq!(PotBooks::get(SPEC), SOUK / 5);
        assert_eq!(
            event(),
            Event::BatchEnded {
                batch,
                channel: id,
                provider: PROVIDER,
                reason: CloseReason::Valid,
                paid: 97 * SOUK / 10,
                refunded: 0,
                treasury: SOUK / 20,
                audit: SOUK / 5,
                burnt: SOUK / 20,
                licensed: 0,
            }
        );
        assert_eq!((Exposed::get(PROVIDER), Souk::batch(&batch)), (0, None));
        assert_eq!(Souk::channel_view(&id).unwrap().open_batches, 0);
        assert_eq!(
            Souk::batch_view(&batch).unwrap().state,
            BatchState::Ended { at: 1, reason: CloseReason::Valid }
        );
    });
}

/// Three reports of 0.01 SOUK for each of the audits that a certain draw gives on average.
const FLAT_FEE: souk_primitives::Balance = 3 * 1_337_271 * SOUK / 100_000_000;

#[test]
fn small_batches_should_pay_the_flat_audit_fee() {
    test(|| {
        let id = open();
        // 2 % of 0.1 SOUK is less.
        settle(id, voucher(id, SOUK / 10, 1)).unwrap();
        let before = books();
        Souk::release(&batch_id(&id, SOUK / 10, 0), CloseReason::NotDrawn);
        assert_eq!(books().pot - before.pot, FLAT_FEE);
    });
}

#[test]
fn refund_should_give_the_whole_value_back_to_the_funder() {
    test(|| {
        let (id, batch) = settled();
        let before = books();
        let refunded = Souk::refund(&batch, CloseReason::Fraud).unwrap();
        assert_eq!((refunded.id, refunded.consumer, refunded.exposure), (batch, CONSUMER, 30 * SOUK));
        let mut after = before;
        after.funder.0 += 10 * SOUK;
        after.provider.1 = 0;
        assert_eq!(books(), after);
        assert_eq!(
            event(),
            Event::BatchEnded {
                batch,
                channel: id,
                provider: PROVIDER,
                reason: CloseReason::Fraud,
                paid: 0,
                refunded: 10 * SOUK,
                treasury: 0,
                audit: 0,
                burnt: 0,
                licensed: 0,
            }
        );
        // What was refunded stays settled: the same calls are not settled again.
        assert_eq!(Souk::channel_view(&id).unwrap().settled, 10 * SOUK);
        assert_eq!(Exposed::get(PROVIDER), 0);
    });
}

#[test]
fn a_refund_should_bear_what_the_audits_cost_when_told() {
    for (fee, paid) in [(SOUK, SOUK), (100 * SOUK, 10 * SOUK)] {
        test(|| {
            let (id, batch) = settled();
            let before = books();
            Souk::refund_less(&batch, CloseReason::BadRequest, fee).unwrap();
            let mut after = before;
            after.funder.0 += 10 * SOUK - paid;
            after.provider.1 = 0;
            after.pot += paid;
            assert_eq!(books(), after);
            assert_eq!(PotBooks::get(SPEC), paid);
            assert_eq!(
                event(),
                Event::BatchEnded {
                    batch,
                    channel: id,
                    provider: PROVIDER,
                    reason: CloseReason::BadRequest,
                    paid: 0,
                    refunded: 10 * SOUK - paid,
                    treasury: 0,
                    audit: paid,
                    burnt: 0,
                    licensed: 0,
                }
            );
        });
    }
}

#[test]
fn a_batch_should_end_once() {
    test(|| {
        let (_, batch) = settled();
        Souk::release(&batch, CloseReason::NotDrawn);
        let after = books();
        events();
        Souk::release(&batch, CloseReason::NotDrawn);
        assert_eq!(Souk::refund(&batch, CloseReason::Fraud), None);
        Souk::release(&[0; 32], CloseReason::NotDrawn);
        assert_eq!((books(), events().len()), (after, 0));
    });
}

#[test]
fn locks_of_the_provider_should_stop_no_payment() {
    test(|| {
        let (_, batch) = settled();
        Balances::set_lock(*b"vote    ", &PROVIDER, 2 * RICH, WithdrawReasons::all());
        let before = books();
        Souk::refund(&batch, CloseReason::Fraud);
        assert_eq!(books().funder.0, before.funder.0 + 10 * SOUK);
    });
}

#[test]
fn locks_of_the_funder_should_stop_no_settlement() {
    test(|| {
        let id = open_funded();
        Balances::set_lock(*b"vote    ", &FUNDER, 2 * RICH, WithdrawReasons::all());
        assert_ok!(settle(id, voucher(id, 10 * SOUK, 7)));
        assert_eq!(books().provider.1, 10 * SOUK);
    });
}

#[test]
fn what_treasury_and_pot_cannot_take_should_be_burnt() {
    test(|| {
        let id = open();
        settle(id, voucher(id, SOUK / 100 * 11, 1)).unwrap();
        for account in [TREASURY, POT] {
            assert_ok!(<Balances as Mutate<_>>::burn_from(
                &account,
                ED,
                Preservation::Expendable,
                frame_support::traits::tokens::Precision::Exact,
                frame_support::traits::tokens::Fortitude::Force,
            ));
        }
        let before = books();
        // The treasury's half of 0.0011 SOUK is below the existential deposit; the pot's fee is not.
        Souk::release(&batch_id(&id, SOUK / 100 * 11, 0), CloseReason::NotDrawn);
        let after = books();
        assert_eq!((after.treasury, after.pot), (0, FLAT_FEE));
        assert_eq!(before.issuance - after.issuance, SOUK / 10_000 * 11);
        assert_eq!(after.provider, (RICH + SOUK / 1_000 * 110 - SOUK / 10_000 * 11 - FLAT_FEE, 0));
    });
}

#[test]
fn a_funder_that_ceased_to_exist_should_find_its_refund_kept() {
    test(|| {
        let id = Open { deposit: SOUK / 10, by: FUNDER, ..Open::default() }.done();
        assert_ok!(Souk::close(signed(FUNDER), id));
        assert_ok!(settle(id, voucher(id, ED - 1, 1)));
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), id, None));
        let all = Balances::balance(&FUNDER);
        assert_ok!(<Balances as Mutate<_>>::transfer(&FUNDER, &STRANGER, all, Preservation::Expendable));
        System::reset_events();
        Souk::refund(&batch_id(&id, ED - 1, 0), CloseReason::Fraud).unwrap();
        assert_eq!(Unclaimed::<Test>::get(PROVIDER, FUNDER), ED - 1);
        assert_eq!(held(HoldReason::Pending, &PROVIDER), ED - 1);
        assert_eq!(events()[0], Event::RefundKept { provider: PROVIDER, owner: FUNDER, amount: ED - 1 });
        assert!(Batches::<Test>::iter().next().is_none());
    });
}

#[test]
fn publisher_should_get_its_share_of_what_the_fees_leave() {
    test(|| {
        Licensed::put(200_000);
        let id = open();
        run_to(3);
        assert_ok!(settle(id, voucher(id, 10 * SOUK, 5)));
        let batch = Souk::batch(&batch_id(&id, 10 * SOUK, 0)).unwrap();
        let before = books();
        System::reset_events();
        Souk::release(&batch.id, CloseReason::Valid);
        let Event::BatchEnded { paid, licensed, treasury, audit, burnt, .. } = event() else {
            panic!("the batch did not end")
        };
        assert_eq!((licensed, paid), (2 * SOUK, 77 * SOUK / 10));
        assert_eq!(paid + licensed + treasury + audit + burnt, 10 * SOUK);
        assert_eq!(books().provider.0 - before.provider.0, paid);
        assert_eq!((Balances::balance(&PUBLISHER), ShareBooks::get()), (ED + licensed, licensed));
    });
}

#[test]
fn a_share_that_nobody_can_take_should_stay_with_the_provider() {
    test(|| {
        Licensed::put(500_000);
        assert_ok!(Balances::force_set_balance(RuntimeOrigin::root(), PUBLISHER, 0));
        let id = Open { spec: UNAUDITED_SPEC, allow_unaudited: true, ..Open::default() }.done();
        run_to(3);
        // Half of it is below the existential deposit.
        Souk::close(signed(CONSUMER), id).unwrap();
        System::reset_events();
        assert_ok!(settle(id, voucher(id, ED, 1)));
        let licensed = events().into_iter().find_map(|event| match event {
            Event::BatchEnded { licensed, paid, burnt, treasury, .. } => {
                assert_eq!(paid + burnt + treasury, ED);
                Some(licensed)
            }
            _ => None,
        });
        assert_eq!((licensed, ShareBooks::get()), (Some(0), 0));
    });
}

#[test]
fn what_was_burnt_should_be_known_once_a_channel_is_done() {
    test(|| {
        let id = open();
        run_to(3);
        assert_ok!(settle(id, voucher(id, 10 * SOUK, 5)));
        let batch = batch_id(&id, 10 * SOUK, 0);
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), id, None));
        assert_eq!(Souk::burnt(&CONSUMER, &id), None);
        Souk::release(&batch, CloseReason::Valid);
        assert_eq!(Souk::burnt(&CONSUMER, &id), Some((SPEC, SOUK / 20)));
        assert_eq!(Souk::burnt(&STRANGER, &id), None);
    });
    test(|| {
        // What was refunded burnt nothing.
        let id = open();
        run_to(3);
        assert_ok!(settle(id, voucher(id, 10 * SOUK, 5)));
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), id, None));
        Souk::refund(&batch_id(&id, 10 * SOUK, 0), CloseReason::Fraud);
        assert_eq!(Souk::burnt(&CONSUMER, &id), Some((SPEC, 0)));
    });
}
