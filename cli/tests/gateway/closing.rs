//! A channel that its owner closes: its provider gets the last voucher first.

use crate::{
    market::{market, PRICES},
    provider::{Manner, Moment},
    support::*,
};
use parking_lot::Mutex;
use souk_cli::gateway::{closing::UNKNOWN_CHANNEL, settings::Settings};
use std::{sync::Arc, time::Duration};

/// Vouchers are handed over by nobody but the one who closes.
fn never_idle() -> Settings {
    Settings { idle: Duration::from_secs(3_600), ..settings() }
}

#[tokio::test(flavor = "multi_thread")]
async fn last_voucher_should_be_handed_over_before_the_channel_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::Honest]).await;
    let gateway = gateway_with(&market, folder.path(), never_idle()).await;
    for i in 0..3 {
        ask(&gateway, job(&format!("{i}"), true)).await.1.unwrap();
    }
    // Call 2 carried a voucher for two calls; the third is under none.
    assert_eq!(providers[0].voucher().map(|v| v.calls), Some(2));
    let seen = Arc::new(Mutex::new(None));
    let (at_closing, provider) = (seen.clone(), providers[0].clone());
    *market.on_close.lock() = Some(Box::new(move || *at_closing.lock() = provider.voucher()));
    let channel = market.channels()[0].id;
    let last = soon(gateway.close(channel, Duration::from_secs(10), false)).await.unwrap();
    assert_eq!((last.calls, last.handed, last.open.len()), (3, 3, 0));
    assert_eq!(last.value, 3 * PRICES.charge(3, 4).unwrap());
    let voucher = seen.lock().clone().expect("closed by a transaction");
    assert_eq!((voucher.calls, voucher.cumulative), (3, last.value));
    assert_eq!(*market.closed.lock(), [channel]);
    // It takes no more calls: the next one gets another channel.
    ask(&gateway, job("later", true)).await.1.unwrap();
    assert_eq!(market.channels().len(), 2);
    providers[0].check();
}

#[tokio::test(flavor = "multi_thread")]
async fn provider_that_takes_no_voucher_should_hold_the_closing_up_unless_forced() {
    let folder = tempfile::tempdir().unwrap();
    let (market, _) = market(&[Manner::NoVouchers]).await;
    let settings = Settings { look: Some(Duration::from_secs(3_600)), ..never_idle() };
    let gateway = gateway_with(&market, folder.path(), settings).await;
    ask(&gateway, job("a", true)).await.1.unwrap();
    let channel = market.channels()[0].id;
    let error = gateway.close(channel, Duration::from_secs(2), false).await.unwrap_err();
    assert_eq!(error.code, "not_handed_over");
    assert!(error.message.contains("1 calls worth 0.000000011 SOUK"), "{}", error.message);
    assert!(market.closed.lock().is_empty());
    let last = gateway.close(channel, Duration::ZERO, true).await.unwrap();
    assert_eq!((last.calls, last.handed), (1, 0));
    assert_eq!(*market.closed.lock(), [channel]);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_receipt_should_be_fetched_before_the_channel_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::Honest]).await;
    let gateway = gateway_with(&market, folder.path(), never_idle()).await;
    // The user leaves in the middle of the answer.
    *providers[0].hook.lock() = Some(Arc::new(|moment| Box::pin(async move { moment == Moment::Midstream })));
    let mut pieces = gateway.caller.start(job("a", true));
    soon(pieces.recv()).await.expect("a token");
    drop(pieces);
    until("the call is answered", || providers[0].answers.lock().len() == 1).await;
    let channel = market.channels()[0].id;
    let last = soon(gateway.close(channel, Duration::from_secs(15), false)).await.unwrap();
    assert_eq!((last.calls, last.handed, last.open.len()), (1, 1, 0));
    assert_eq!(last.value, PRICES.charge(3, 2).unwrap(), "for the two tokens that were sent");
    assert_eq!(providers[0].voucher().map(|v| v.cumulative), Some(last.value));
    providers[0].check();
}

#[tokio::test(flavor = "multi_thread")]
async fn channel_that_is_not_in_the_store_should_be_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let (market, _) = market(&[Manner::Honest]).await;
    let gateway = gateway(&market, folder.path()).await;
    let error = gateway.close([9; 32], Duration::ZERO, true).await.unwrap_err();
    assert_eq!(error.code, UNKNOWN_CHANNEL);
    assert!(market.closed.lock().is_empty());
}
