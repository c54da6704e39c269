use crate::{
    mock::*,
    types::{LastCalls, SignedCall},
    Channels, Error, Event,
};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use souk_primitives::{
    call::{batch_id, receipt_leaf, Finish},
    exposure::Chance,
    sumtree, ChannelId, SOUK,
};

fn settle_last(id: ChannelId, calls: Vec<SignedCall>) -> DispatchResult {
    Souk::settle_last(signed(PROVIDER), id, calls.try_into().unwrap())
}

/// A channel whose seed is known, with 7 calls for 10 SOUK settled, in grace.
fn closing() -> ChannelId {
    let id = open_funded();
    run_to(3);
    settle(id, voucher(id, 10 * SOUK, 7)).unwrap();
    Souk::close(signed(CONSUMER), id).unwrap();
    System::reset_events();
    id
}

#[test]
fn settle_last_should_pay_calls_that_no_voucher_covers() {
    test(|| {
        // A good record doesn't help: these are audited for certain.
        Millionths::put(100_000);
        let id = closing();
        let before = books();
        let calls = vec![call(id, 7, 1_000), call(id, 9, 500), call(id, 10, 250)];
        let leaves: Vec<_> = calls.iter().map(|c| receipt_leaf(&c.request, &c.receipt)).collect();
        assert_ok!(settle_last(id, calls));
        let mut after = before;
        after.funder.1 -= 7 * SOUK;
        after.provider.1 += 7 * SOUK;
        assert_eq!(books(), after);

        let batch = Souk::batch(&batch_id(&id, 17 * SOUK, 0)).unwrap();
        let tree = sumtree::shape(&leaves).unwrap();
        assert_eq!(batch.shape(), tree);
        assert_eq!((batch.from, batch.value, batch.chance), (0, 7 * SOUK, Chance::ONE));
        // Every point of the batch opens to one of its calls.
        for point in [0, 4 * SOUK - 1, 4 * SOUK, 7 * SOUK - 1] {
            let (index, _) = sumtree::leaf_at(&leaves, point).unwrap();
            let proof = sumtree::prove(&leaves, index).unwrap();
            let leaf = leaves[index as usize];
            assert_eq!(sumtree::verify_point(&batch.shape(), index, &leaf, &proof, point), Ok(()));
        }
        assert!(matches!(
            events()[..],
            [Event::Settled { calls: 10, .. }, Event::BatchCommitted { exposure, .. }] if exposure == 21 * SOUK
        ));
    });
}

#[test]
fn settle_last_should_end_all_settling() {
    test(|| {
        let id = closing();
        assert_ok!(settle_last(id, vec![call(id, 7, 1_000)]));
        assert_noop!(settle_last(id, vec![call(id, 8, 1_000)]), Error::<Test>::LastCallsSettled);
        assert_noop!(settle(id, voucher(id, 20 * SOUK, 20)), Error::<Test>::LastCallsSettled);
        assert_noop!(
            Souk::close_by_provider(signed(PROVIDER), id, Some(voucher(id, 20 * SOUK, 20))),
            Error::<Test>::LastCallsSettled
        );
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), id, None));
        assert_eq!(books().funder, (RICH - 14 * SOUK, 0));
    });
}

#[test]
fn settle_last_should_follow_the_last_voucher_in_grace() {
    test(|| {
        let id = closing();
        assert_ok!(settle(id, voucher(id, 12 * SOUK, 9)));
        assert_noop!(settle_last(id, vec![call(id, 8, 1_000)]), Error::<Test>::CallSettled);
        assert_ok!(settle_last(id, vec![call(id, 9, 1_000)]));
        assert_eq!(books().provider.1, 16 * SOUK);
    });
}

#[test]
fn settle_last_should_be_for_the_grace_period_only() {
    test(|| {
        let id = open();
        run_to(3);
        assert_noop!(settle_last(id, vec![call(id, 0, 1_000)]), Error::<Test>::NotClosing);
        assert_ok!(Souk::close(signed(CONSUMER), id));
        set_now(3 + GRACE + 1);
        assert_noop!(settle_last(id, vec![call(id, 0, 1_000)]), Error::<Test>::GraceOver);
        set_now(3 + GRACE);
        assert_ok!(settle_last(id, vec![call(id, 0, 1_000)]));
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), id, None));
        assert_noop!(settle_last(id, vec![call(id, 1, 1_000)]), Error::<Test>::ChannelClosed);
    });
}

#[test]
fn settle_last_should_be_the_providers_alone() {
    test(|| {
        let id = closing();
        let calls = LastCalls::truncate_from(vec![call(id, 7, 1_000)]);
        for who in [CONSUMER, FUNDER, STRANGER] {
            assert_noop!(Souk::settle_last(signed(who), id, calls.clone()), Error::<Test>::NotProvider);
        }
        assert_noop!(Souk::settle_last(signed(PROVIDER), [0; 32], calls), Error::<Test>::ChannelNotFound);
    });
}

#[test]
fn settle_last_should_refuse_calls_that_are_not_in_order() {
    test(|| {
        let id = closing();
        for seqs in [vec![8, 7], vec![7, 7], vec![7, 9, 8], vec![u32::MAX, u32::MAX]] {
            let calls = seqs.iter().map(|seq| call(id, *seq, 1_000)).collect();
            assert_noop!(settle_last(id, calls), Error::<Test>::CallsNotAscending);
        }
        assert_noop!(settle_last(id, vec![call(id, 6, 1_000)]), Error::<Test>::CallSettled);
    });
}

#[test]
fn settle_last_should_refuse_what_the_deposit_does_not_hold() {
    test(|| {
        let id = closing();
        // 90 SOUK are left: 22,500 tokens.
        assert_noop!(settle_last(id, vec![call(id, 7, 22_501)]), Error::<Test>::OverDeposit);
        assert_noop!(settle_last(id, vec![call(id, 7, 22_500), call(id, 8, 1)]), Error::<Test>::OverDeposit);
        assert_ok!(settle_last(id, vec![call(id, 7, 22_500)]));
        assert_eq!(books().funder.1, 0);
    });
}

#[test]
fn settle_last_should_refuse_nothing() {
    test(|| {
        let id = closing();
        assert_noop!(settle_last(id, vec![]), Error::<Test>::NothingToSettle);
        assert_noop!(settle_last(id, vec![call(id, 7, 0)]), Error::<Test>::NothingToSettle);
        let mut failed = call(id, 7, 1_000);
        failed.receipt.finish = Finish::Error;
        failed.receipt.charge = 0;
        let failed = sign_call(failed.request, failed.receipt);
        assert_noop!(settle_last(id, vec![failed]), Error::<Test>::NothingToSettle);
    });
}

#[test]
fn settle_last_should_refuse_calls_that_were_cancelled_before_their_first_token() {
    test(|| {
        let id = closing();
        let cancelled = |seq, output_tokens| {
            let mut call = call(id, seq, output_tokens);
            call.receipt.finish = Finish::Cancelled;
            // The prompt costs something all the same.
            call.receipt.input_tokens = 1_000;
            call.receipt.charge = PRICES.charge(1_000, output_tokens).unwrap();
            call.request.max_charge = call.receipt.charge;
            sign_call(call.request, call.receipt)
        };
        let calls = vec![call(id, 7, 1_000), cancelled(8, 0)];
        assert!(calls[1].receipt.charge > 0);
        assert_noop!(settle_last(id, calls), Error::<Test>::NothingAnswered);
        // With an answer it is a call like any other, and so is an end without a token.
        let mut ended = cancelled(9, 0);
        ended.receipt.finish = Finish::Stop;
        let ended = sign_call(ended.request, ended.receipt);
        assert_ok!(settle_last(id, vec![cancelled(8, 1), ended]));
    });
}

#[test]
fn settle_last_should_refuse_calls_that_do_not_belong_here() {
    test(|| {
        let other = Open { by: STRANGER, ..Open::default() }.done();
        let id = closing();
        let changed = |change: fn(&mut SignedCall)| {
            let mut call = call(id, 7, 1_000);
            change(&mut call);
            vec![sign_call(call.request, call.receipt)]
        };
        assert_noop!(settle_last(id, changed(|c| c.request.genesis = [0; 32])), Error::<Test>::WrongChain);
        assert_noop!(settle_last(id, changed(|c| c.request.seed = [0; 32])), Error::<Test>::WrongSeed);
        assert_noop!(settle_last(id, vec![call(other, 7, 1_000)]), Error::<Test>::WrongChannel);
        for change in [
            |c: &mut SignedCall| c.receipt.genesis = [0; 32],
            |c: &mut SignedCall| c.receipt.channel = [0; 32],
            |c: &mut SignedCall| c.receipt.seq += 1,
            |c: &mut SignedCall| c.receipt.request_digest = [9; 32],
            |c: &mut SignedCall| c.receipt.charge += 1,
            |c: &mut SignedCall| c.receipt.output_tokens += 1,
            |c: &mut SignedCall| c.request.max_charge -= 1,
        ] {
            assert_noop!(settle_last(id, changed(change)), Error::<Test>::ReceiptMismatch);
        }
    });
}

#[test]
fn settle_last_should_refuse_forged_calls() {
    test(|| {
        let id = closing();
        for forge in [
            |c: &mut SignedCall| c.request_signature.0[3] ^= 1,
            |c: &mut SignedCall| c.receipt_signature.0[3] ^= 1,
            |c: &mut SignedCall| c.request.blinding = [9; 32],
            |c: &mut SignedCall| c.receipt.response_digest = [9; 32],
            |c: &mut SignedCall| c.request_signature = c.receipt_signature,
        ] {
            let mut forged = call(id, 7, 1_000);
            forge(&mut forged);
            assert_noop!(settle_last(id, vec![forged]), Error::<Test>::BadSignature);
        }
    });
}

#[test]
fn settle_last_should_queue_what_the_bond_does_not_carry() {
    test(|| {
        Bonds::insert(PROVIDER, 36 * SOUK);
        let id = closing();
        // 30 of 36 SOUK are exposed already: room for 2 SOUK of 4.
        assert_ok!(settle_last(id, vec![call(id, 7, 1_000)]));
        assert_eq!((Souk::queued(&PROVIDER), Exposed::get(PROVIDER)), (2 * SOUK, 36 * SOUK));
        assert_eq!(books().provider.1, 14 * SOUK);
        Souk::release(&batch_id(&id, 10 * SOUK, 0), souk_primitives::close::CloseReason::Valid);
        assert_eq!((Souk::queued(&PROVIDER), Exposed::get(PROVIDER)), (0, 12 * SOUK));
        let slices = [0, 1].map(|slice| Souk::batch(&batch_id(&id, 14 * SOUK, slice)).unwrap());
        assert_eq!((slices[0].from, slices[0].value), (0, 2 * SOUK));
        assert_eq!((slices[1].from, slices[1].value), (2 * SOUK, 2 * SOUK));
        assert_eq!(slices[0].shape(), slices[1].shape());
        assert_eq!(Channels::<Test>::get(id).unwrap().open_batches, 2);
    });
}

#[test]
fn settle_last_on_an_unaudited_spec_should_be_paid_at_once() {
    test(|| {
        let id = Open { spec: UNAUDITED_SPEC, allow_unaudited: true, ..Open::default() }.done();
        run_to(3);
        assert_ok!(Souk::close(signed(CONSUMER), id));
        assert_ok!(settle_last(id, vec![call(id, 0, 2_500)]));
        assert_eq!(books().provider, (RICH + 99 * SOUK / 10, 0));
    });
}
