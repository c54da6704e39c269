use crate::{mock::*, types::SignedVoucher, Batches, Channels, Error, Event};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{
    call::{batch_id, Signed},
    exposure::Chance,
    Balance, SOUK,
};
use sp_core::Pair;
use sp_runtime::DispatchError;

#[test]
fn settle_should_move_the_whole_increment_to_pending_and_commit_a_batch() {
    test(|| {
        let id = open_funded();
        let before = books();
        let signed_voucher = voucher(id, 10 * SOUK, 7);
        assert_ok!(settle(id, signed_voucher.clone()));

        let mut after = before;
        after.funder.1 -= 10 * SOUK;
        after.provider.1 += 10 * SOUK;
        assert_eq!(books(), after);
        let batch = batch_id(&id, 10 * SOUK, 0);
        assert_eq!(
            events(),
            [
                Event::Settled {
                    channel: id,
                    provider: PROVIDER,
                    value: 10 * SOUK,
                    settled: 10 * SOUK,
                    calls: 7
                },
                Event::BatchCommitted {
                    batch,
                    channel: id,
                    provider: PROVIDER,
                    value: 10 * SOUK,
                    chance: Chance::ONE,
                    exposure: 30 * SOUK,
                },
            ]
        );
        let stored = Souk::batch(&batch).unwrap();
        assert_eq!((stored.from, stored.value, stored.count), (0, 10 * SOUK, 7));
        assert_eq!(stored.shape(), signed_voucher.voucher.shape());
        assert_eq!((stored.consumer, stored.funder, stored.provider), (CONSUMER, FUNDER, PROVIDER));
        assert_eq!((stored.spec, stored.audited, stored.committed_at), (SPEC, true, 1));
        assert_eq!(Exposed::get(PROVIDER), 30 * SOUK);
        assert_eq!(Committed::get(), [batch]);
        let view = Souk::channel_view(&id).unwrap();
        assert_eq!((view.settled, view.settled_calls, view.open_batches), (10 * SOUK, 7, 1));
    });
}

#[test]
fn settle_should_take_only_what_lies_beyond_the_last_settlement() {
    test(|| {
        let id = open();
        assert_ok!(settle(id, voucher(id, 10 * SOUK, 7)));
        assert_ok!(settle(id, voucher(id, 25 * SOUK, 9)));
        assert_eq!(books().provider.1, 25 * SOUK);
        let second = Souk::batch(&batch_id(&id, 25 * SOUK, 0)).unwrap();
        assert_eq!((second.from, second.value, second.total), (10 * SOUK, 15 * SOUK, 25 * SOUK));
        assert_eq!(Souk::batches_of(&id).len(), 2);
    });
}

#[test]
fn settle_should_fix_chance_and_exposure_of_the_day() {
    test(|| {
        let id = open();
        Millionths::put(250_000);
        assert_ok!(settle(id, voucher(id, 10 * SOUK, 7)));
        Millionths::put(1_000_000);
        let batch = Souk::batch(&batch_id(&id, 10 * SOUK, 0)).unwrap();
        assert_eq!((batch.chance.millionths(), batch.exposure), (250_000, 120 * SOUK));
    });
}

#[test]
fn replayed_and_stale_vouchers_should_be_refused() {
    test(|| {
        let id = open();
        assert_ok!(settle(id, voucher(id, 10 * SOUK, 7)));
        for (cumulative, calls) in
            [(10 * SOUK, 7), (10 * SOUK, 8), (11 * SOUK, 7), (9 * SOUK, 9), (11 * SOUK, 6), (0, 0), (0, 9)]
        {
            assert_noop!(settle(id, voucher(id, cumulative, calls)), Error::<Test>::StaleVoucher);
        }
    });
}

#[test]
fn vouchers_of_zero_should_be_refused() {
    test(|| {
        let id = open();
        assert_noop!(settle(id, voucher(id, 0, 1)), Error::<Test>::StaleVoucher);
        assert_noop!(settle(id, voucher(id, SOUK, 0)), Error::<Test>::StaleVoucher);
        assert_noop!(settle(id, voucher(id, 0, 0)), Error::<Test>::StaleVoucher);
    });
}

#[test]
fn vouchers_over_the_deposit_should_be_refused() {
    test(|| {
        let id = open();
        for cumulative in [DEPOSIT + 1, Balance::MAX] {
            assert_noop!(settle(id, voucher(id, cumulative, 7)), Error::<Test>::OverDeposit);
        }
        assert_ok!(settle(id, voucher(id, DEPOSIT, u32::MAX)));
        assert_noop!(settle(id, voucher(id, Balance::MAX, u32::MAX)), Error::<Test>::StaleVoucher);
    });
}

#[test]
fn vouchers_of_another_chain_should_be_refused() {
    test(|| {
        let id = open();
        let mut foreign = unsigned_voucher(id, SOUK, 1);
        foreign.genesis = [0; 32];
        assert_noop!(settle(id, sign_voucher(foreign)), Error::<Test>::WrongChain);
    });
}

#[test]
fn vouchers_of_another_channel_should_be_refused() {
    test(|| {
        let (id, other) = (open(), open());
        assert_noop!(settle(id, voucher(other, SOUK, 1)), Error::<Test>::WrongChannel);
        // The same key signs for both: the id inside is what binds.
        let mut moved = voucher(other, SOUK, 1);
        moved.voucher.channel = id;
        assert_noop!(settle(id, moved), Error::<Test>::BadSignature);
        assert_noop!(settle([0; 32], voucher([0; 32], SOUK, 1)), Error::<Test>::ChannelNotFound);
    });
}

#[test]
fn forged_vouchers_should_be_refused() {
    test(|| {
        let id = open();
        let genuine = voucher(id, SOUK, 1);
        for forge in [
            |v: &mut SignedVoucher| v.voucher.cumulative += 1,
            |v: &mut SignedVoucher| v.voucher.calls += 1,
            |v: &mut SignedVoucher| v.voucher.receipts_root = [34; 32],
            |v: &mut SignedVoucher| v.signature.0[5] ^= 1,
            // The provider's own key, and a receipt's tag, are not the consumer's word.
            |v: &mut SignedVoucher| v.signature = v.voucher.sign(&receipt_pair()),
            |v: &mut SignedVoucher| v.signature = receipt(v.voucher.channel, 0, 1).sign(&voucher_pair()),
            |v: &mut SignedVoucher| v.signature = voucher_pair().sign(&codec::Encode::encode(&v.voucher)),
        ] {
            let mut forged = genuine.clone();
            forge(&mut forged);
            assert_noop!(settle(id, forged), Error::<Test>::BadSignature);
        }
        assert_ok!(settle(id, genuine));
    });
}

#[test]
fn settle_should_be_the_providers_alone() {
    test(|| {
        let id = open_funded();
        let SignedVoucher { voucher, signature } = voucher(id, SOUK, 1);
        for who in [CONSUMER, FUNDER, STRANGER] {
            assert_noop!(
                Souk::settle(signed(who), id, voucher.clone(), signature),
                Error::<Test>::NotProvider
            );
        }
        assert_noop!(Souk::settle(RuntimeOrigin::root(), id, voucher, signature), DispatchError::BadOrigin);
    });
}

#[test]
fn small_increments_should_wait_for_more_calls() {
    test(|| {
        let id = open();
        assert_noop!(settle(id, voucher(id, SOUK / 10 - 1, 1)), Error::<Test>::BatchBelowMinimum);
        assert_ok!(settle(id, voucher(id, SOUK / 10, 1)));
        assert_noop!(settle(id, voucher(id, SOUK / 5 - 1, 2)), Error::<Test>::BatchBelowMinimum);
        // At the end of the channel any increment is taken.
        assert_ok!(Souk::close(signed(CONSUMER), id));
        assert_ok!(settle(id, voucher(id, SOUK / 10 + 1, 2)));
        assert_eq!(books().provider.1, SOUK / 10 + 1);
    });
}

#[test]
fn settle_over_the_exposure_should_be_refused() {
    test(|| {
        Bonds::insert(PROVIDER, 60 * SOUK);
        let (id, other) = (open(), open());
        assert_noop!(settle(id, voucher(id, 20 * SOUK + 1, 1)), Error::<Test>::OverExposure);
        assert_ok!(settle(id, voucher(id, 15 * SOUK, 1)));
        // All channels share the bond.
        assert_noop!(settle(other, voucher(other, 5 * SOUK + 1, 1)), Error::<Test>::OverExposure);
        assert_ok!(settle(other, voucher(other, 5 * SOUK, 1)));
        assert_eq!(Exposed::get(PROVIDER), 60 * SOUK);
        // An ended batch makes room.
        Souk::release(&batch_id(&id, 15 * SOUK, 0), souk_primitives::close::CloseReason::Valid);
        assert_ok!(settle(id, voucher(id, 30 * SOUK, 2)));
    });
}

#[test]
fn lower_chance_should_expose_more() {
    test(|| {
        Bonds::insert(PROVIDER, 60 * SOUK);
        Millionths::put(100_000);
        let id = open();
        assert_noop!(settle(id, voucher(id, 2 * SOUK + 1, 1)), Error::<Test>::OverExposure);
        assert_ok!(settle(id, voucher(id, 2 * SOUK, 1)));
    });
}

#[test]
fn open_batches_should_be_bounded() {
    test(|| {
        let id = open();
        for i in 1..=MaxOpenBatches::get() {
            assert_ok!(settle(id, voucher(id, SOUK * Balance::from(i), i)));
        }
        assert_noop!(settle(id, voucher(id, 9 * SOUK, 9)), Error::<Test>::TooManyOpenBatches);
    });
}

#[test]
fn a_refusal_by_the_audits_should_undo_everything() {
    test(|| {
        let id = open();
        AuditsFull::put(true);
        let refused = DispatchError::Other("audits are full");
        assert_noop!(settle(id, voucher(id, SOUK, 1)), refused);
    });
}

#[test]
fn batches_on_an_unaudited_spec_should_be_paid_at_once() {
    test(|| {
        let id = Open { spec: UNAUDITED_SPEC, allow_unaudited: true, ..Open::default() }.done();
        let before = books();
        assert_ok!(settle(id, voucher(id, 10 * SOUK, 7)));
        let mut after = before;
        after.consumer.1 -= 10 * SOUK;
        // 1 % protocol fee, no audit fee.
        after.provider.0 += 99 * SOUK / 10;
        after.treasury += SOUK / 20;
        after.issuance -= SOUK / 20;
        assert_eq!(books(), after);
        assert!(Committed::get().is_empty() && Batches::<Test>::iter().next().is_none());
        assert_eq!((Exposed::get(PROVIDER), Channels::<Test>::get(id).unwrap().open_batches), (0, 0));
        let [Event::Settled { .. }, Event::BatchEnded { reason, paid, audit, .. }] = events()[..] else {
            panic!("other events")
        };
        assert_eq!((paid, audit), (99 * SOUK / 10, 0));
        assert_eq!(reason, souk_primitives::close::CloseReason::Unaudited);
    });
}
