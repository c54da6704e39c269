//! Providers that contradict themselves, and what is kept and for how long.

use crate::{
    market::{market, FakeMarket, PRICES},
    provider::Manner,
    support::*,
};
use souk_cli::gateway::{
    settings::Settings,
    store::{CallState, ChannelUse, Store},
};
use souk_primitives::{call::Signed, close::CloseReason, sr25519, views::ChannelState};
use sp_core::Pair;
use std::{sync::atomic::Ordering, time::Duration};

fn check_report(market: &FakeMarket) {
    let reports = market.reports.lock();
    assert_eq!(reports.len(), 1, "once");
    let (first, second) = (&reports[0].first, &reports[0].second);
    assert_eq!((first.0.channel, first.0.seq), (second.0.channel, second.0.seq));
    assert_ne!(first.0, second.0);
    let key = sr25519::Public::from_raw(market.channels()[0].receipt_key);
    for (receipt, signature) in [first, second] {
        assert!(receipt.verify(&sr25519::Signature::from_raw(*signature), &key));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_receipts_for_one_call_should_be_found_kept_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::TwoReceipts]).await;
    let gateway = gateway(&market, folder.path()).await;
    ask(&gateway, job("a", true)).await.1.unwrap();
    until("the report", || !market.reports.lock().is_empty()).await;
    check_report(&market);
    until("nothing is left to report", || gateway.caller.store.unreported().unwrap().is_empty()).await;
    assert!(gateway.caller.pool.books()[0].retired.is_some(), "the channel takes no more calls");
    until("the channel is closed", || market.closed.lock().len() == 1).await;
    // The first receipt is paid, and only that one.
    assert_eq!(paid(&gateway, "a"), PRICES.charge(3, 4).unwrap());
    assert_eq!(providers[0].voucher().map(|v| v.cumulative), Some(PRICES.charge(3, 4).unwrap()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    check_report(&market);
}

#[tokio::test(flavor = "multi_thread")]
async fn report_that_did_not_get_through_should_be_sent_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (market, _) = market(&[Manner::TwoReceipts]).await;
    {
        let gateway = gateway(&market, folder.path()).await;
        ask(&gateway, job("a", true)).await.1.unwrap();
        market.away.store(true, Ordering::SeqCst);
        until("the pair is kept", || gateway.caller.store.unreported().unwrap().len() == 1).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        end(gateway).await;
    }
    assert!(market.reports.lock().is_empty());
    market.away.store(false, Ordering::SeqCst);
    let gateway = gateway(&market, folder.path()).await;
    until("the report", || gateway.caller.store.unreported().unwrap().is_empty()).await;
    check_report(&market);
    assert!(gateway.caller.pool.books()[0].retired.is_some(), "and the channel stays out of use");
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_second_receipt_should_not_be_reported() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::Honest]).await;
    let gateway = gateway(&market, folder.path()).await;
    let done = ask(&gateway, job("a", true)).await.1.unwrap();
    let mut other = done.receipt.clone();
    other.0.charge += 1;
    let key = providers[0].key.clone();
    let (channel, seq) = (other.0.channel, other.0.seq);
    assert!(!gateway.caller.compare(key.public().0, channel, seq, other.clone()).await);
    // The very same, signed, is.
    other.1 = other.0.sign(&key).0;
    assert!(gateway.caller.compare(key.public().0, channel, seq, other).await);
    until("the report", || market.reports.lock().len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_channel_should_be_forgotten_after_its_batches_and_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::Honest]).await;
    let keep = |keep| Settings { keep, ..settings() };
    let gateway = gateway(&market, folder.path()).await;
    let receipt = ask(&gateway, job("old", true)).await.1.unwrap().receipt.0;
    until("the voucher", || providers[0].voucher().is_some()).await;
    market.with_channel(receipt.channel, |view| {
        view.state = ChannelState::Closed { at: 2, reason: CloseReason::ByConsumer };
        view.open_batches = 1;
    });
    until("it is out of use", || gateway.caller.pool.books().is_empty()).await;
    ask(&gateway, job("new", true)).await.1.unwrap();
    end(gateway).await;

    // Its batch may still be audited.
    let gateway = gateway_with(&market, folder.path(), keep(Duration::ZERO)).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(gateway.caller.store.job("old").unwrap().len(), 1);
    end(gateway).await;

    // The batch has ended, the time has not passed.
    market.with_channel(receipt.channel, |view| view.open_batches = 0);
    let gateway = gateway_with(&market, folder.path(), keep(Duration::from_secs(3_600))).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let kept = gateway.caller.store.job("old").unwrap();
    assert_eq!(kept[0].receipt.as_ref().map(|(kept, _)| kept), Some(&receipt));
    end(gateway).await;

    let gateway = gateway_with(&market, folder.path(), keep(Duration::ZERO)).await;
    until("it is forgotten", || gateway.caller.store.job("old").unwrap().is_empty()).await;
    let left = gateway.caller.store.channels(&crate::market::GENESIS).unwrap();
    assert_eq!(left.iter().map(|channel| channel.state).collect::<Vec<_>>(), [ChannelUse::Usable]);
    // What is open stays, whatever its age.
    assert_eq!(gateway.caller.store.job("new").unwrap()[0].state, CallState::Answered);
    providers[0].check();
}

#[test]
fn store_of_the_first_version_should_be_read_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.db");
    drop(Store::open(&path).unwrap());
    // What the second version added, taken away again.
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch(
        "ALTER TABLE channels DROP COLUMN seen; ALTER TABLE channels DROP COLUMN closed_at;
         ALTER TABLE channels DROP COLUMN voucher_calls; DROP TABLE doubles;
         ALTER TABLE evidence ADD COLUMN reported INTEGER NOT NULL DEFAULT 0;
         INSERT INTO channels (id, genesis, provider, spec, endpoint, state, handed)
             VALUES (zeroblob(32), zeroblob(32), zeroblob(32), zeroblob(32), 'http://x', 2, 7);
         PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(db);
    let store = Store::open(&path).unwrap();
    let channels = store.channels(&[0; 32]).unwrap();
    assert_eq!((channels[0].handed, channels[0].seen), (7, 0));
    assert!(channels[0].closed_at.is_some_and(|at| at > 1_600_000_000), "{channels:?}");
    assert!(store.unreported().unwrap().is_empty());
}
