use super::support::*;
use crate::chain::fake::Submitted;
use souk_primitives::{close::CloseReason, views::ChannelState};
use std::time::Duration;

#[tokio::test]
async fn keeper_should_settle_by_value_once() {
    let bench = Bench::start_with(Duration::ZERO, |config| {
        config.settlement.value = 20;
        config.settlement.min_value = 10;
    })
    .await;
    bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    bench.answered(&bench.order(1, &[1, 2, 3], 5)).await;
    let voucher = bench.voucher().await;
    bench.answered(&bench.order(2, &[1, 2, 3], 5).with_voucher(voucher.clone())).await;
    until("a settlement", || !bench.chain.submitted.lock().is_empty()).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(*bench.chain.submitted.lock(), [Submitted::Settle(voucher)]);
    // After a restart it is still settled, and nothing is sent again; the settled calls' content is gone.
    let bench = bench.restart().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(bench.chain.submitted.lock().len(), 1);
    let call = |seq| bench.sidecar.app().ledger().call(&bench.channel, seq).unwrap().unwrap();
    assert!(call(0).answer.is_none() && call(1).body.is_none());
    assert!(call(2).answer.is_some(), "an unsettled call may still be drawn");
    let again = bench.refused(&bench.order(0, &[1, 2, 3], 5)).await;
    assert_eq!((again.0, again.1.as_str()), (410, "answer_pruned"));
}

#[tokio::test]
async fn closing_channel_should_be_settled_with_its_last_calls() {
    let bench = Bench::start().await;
    bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    let voucher = bench.voucher().await;
    bench.answered(&bench.order(1, &[1, 2, 3], 5).with_voucher(voucher.clone())).await;
    bench.answered(&bench.order(2, &[1, 2, 3], 5)).await;
    bench.chain.with_channel(bench.channel, |view| {
        view.state = ChannelState::Closing { until: u32::MAX, reason: CloseReason::ByConsumer };
    });
    until("both settlements", || bench.chain.submitted.lock().len() >= 2).await;
    assert_eq!(
        bench.chain.submitted.lock()[..2],
        [Submitted::Settle(voucher), Submitted::SettleLast(bench.channel, vec![1, 2])]
    );
}

#[tokio::test]
async fn expired_channel_should_be_closed_with_all_that_it_owes() {
    // With a call that no voucher covers, and with none.
    for uncovered in [true, false] {
        let bench = Bench::start().await;
        bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
        let voucher = bench.voucher().await;
        if uncovered {
            bench.answered(&bench.order(1, &[1, 2, 3], 5).with_voucher(voucher.clone())).await;
        } else {
            bench.hand(&voucher).await;
        }
        bench.chain.with_channel(bench.channel, |view| view.expires = 1);
        if uncovered {
            until("the last calls", || bench.chain.submitted.lock().len() >= 3).await;
            let wanted = [
                Submitted::Expire(bench.channel),
                Submitted::Settle(voucher),
                Submitted::SettleLast(bench.channel, vec![1]),
            ];
            assert_eq!(bench.chain.submitted.lock()[..3], wanted);
        } else {
            until("the end", || !bench.chain.submitted.lock().is_empty()).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
            assert_eq!(*bench.chain.submitted.lock(), [Submitted::Close(bench.channel, Some(voucher))]);
        }
    }
}

#[tokio::test]
async fn what_the_bond_has_no_room_for_should_wait() {
    let bench = Bench::start_with(Duration::ZERO, |config| {
        config.settlement.value = 1;
        config.settlement.min_value = 1;
    })
    .await;
    bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    let room = std::mem::take(&mut bench.chain.quotes.lock()[0].room);
    let voucher = bench.voucher().await;
    bench.hand(&voucher).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(*bench.chain.submitted.lock(), []);
    bench.chain.quotes.lock()[0].room = room;
    until("a settlement", || !bench.chain.submitted.lock().is_empty()).await;
}

#[tokio::test]
async fn call_left_by_a_crash_should_be_closed_at_zero_charge() {
    let bench = Bench::start_with(Duration::ZERO, |config| config.settlement.orphan_secs = 1).await;
    let order = bench.order(0, &[1, 2], 5);
    // Bound in the ledger, and the process "dies" before the answer.
    use souk_primitives::call::Signed;
    let bound = crate::ledger::Order {
        request: order.request.clone(),
        request_signature: order.request.sign(&order.signer).0,
        body: order.body.clone(),
        deposit: 10_000,
        voucher_key: sp_core::Pair::public(&order.signer).0,
        voucher: None,
    };
    bench.sidecar.app().ledger().admit(bound).unwrap().unwrap();
    let bench = bench.restart().await;
    let ledger = bench.sidecar.app().ledger().clone();
    let receipt = || ledger.call(&bench.channel, 0).unwrap().unwrap().receipt;
    until("the zero-charge receipt", || receipt().is_some()).await;
    assert_eq!(receipt().unwrap().0.charge, 0);
    let (status, code, _) = bench.refused(&order).await;
    assert_eq!((status, code.as_str()), (500, "call_failed"));
    bench.answered(&bench.order(1, &[1], 2)).await;
}

#[tokio::test]
async fn call_left_by_a_crash_should_run_again_when_its_consumer_retries() {
    let bench = Bench::start().await;
    let order = bench.order(0, &[1, 2], 5);
    use souk_primitives::call::Signed;
    let bound = crate::ledger::Order {
        request: order.request.clone(),
        request_signature: order.request.sign(&order.signer).0,
        body: order.body.clone(),
        deposit: 10_000,
        voucher_key: sp_core::Pair::public(&order.signer).0,
        voucher: None,
    };
    bench.sidecar.app().ledger().admit(bound).unwrap().unwrap();
    assert_eq!(bench.refused(&order).await.1, "call_in_progress");
    let bench = bench.restart().await;
    let (answer, receipt) = bench.answered(&order).await;
    assert_eq!((receipt.output_tokens, receipt.seq), (5, 0));
    // The tokens are the ones that the seed fixes.
    let other = Bench::start().await;
    let (elsewhere, _) = other.answered(&other.order(0, &[1, 2], 5)).await;
    assert_eq!(answer["choices"][0]["token_ids"], elsewhere["choices"][0]["token_ids"]);
}

#[tokio::test]
async fn a_thousand_calls_should_be_settled_at_once() {
    let bench = Bench::start_with(Duration::ZERO, |config| {
        config.settlement.value = 2_900;
        config.settlement.min_value = 10;
        config.limits.channel_rate = 1e6;
        config.limits.channel_burst = 10_000;
    })
    .await;
    let started = std::time::Instant::now();
    let mut pairs = Vec::new();
    let mut shape = souk_primitives::sumtree::Spine::default();
    let mut voucher = None;
    for seq in 0..1_000 {
        let mut order = bench.order(seq, &[seq], 1);
        order.voucher = voucher.take();
        let (_, receipt) = bench.answered(&order).await;
        shape.push(souk_primitives::call::receipt_leaf(&order.request, &receipt)).unwrap();
        let expected = shape.shape().unwrap();
        voucher = Some(souk_primitives::call::Voucher {
            genesis: order.request.genesis,
            channel: bench.channel,
            cumulative: expected.total,
            calls: expected.count,
            receipts_root: expected.root,
        });
        pairs.push((order.request, receipt));
    }
    println!("{:?} a call, with two commits to disk each", started.elapsed() / 1_000);
    until("the settlement", || !bench.chain.submitted.lock().is_empty()).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(bench.chain.submitted.lock().len(), 1);
    assert_eq!(leaves(&pairs).count, 1_000);
    assert_eq!(leaves(&pairs), bench.voucher().await.shape());
}
