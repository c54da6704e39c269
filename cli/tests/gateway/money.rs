//! Deposits, top-ups and the budget.

use crate::{
    market::{market, PRICES},
    provider::Manner,
    support::*,
};
use axum::{http::StatusCode, response::IntoResponse};
use souk_cli::gateway::{error::ApiError, settings::Settings};
use souk_client::souk;
use std::sync::atomic::Ordering;
use tokio::sync::Semaphore;

/// What a call of the tests may cost, and what it does.
fn prices() -> (u128, u128) {
    (PRICES.charge(3, 8).unwrap(), PRICES.charge(3, 4).unwrap())
}

fn small(deposit: u128, budget: u128) -> Settings {
    Settings { deposit, budget, ..settings() }
}

async fn told(error: ApiError) -> (StatusCode, serde_json::Value) {
    let response = error.into_response();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn channel_should_be_topped_up_before_it_is_empty_while_calls_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (max, each) = prices();
    let mut fake = market(&[Manner::Honest]).await;
    std::sync::Arc::get_mut(&mut fake.0).unwrap().gate = Semaphore::new(0);
    let (market, providers) = fake;
    let deposit = 10 * max;
    let gateway = gateway_with(&market, folder.path(), small(deposit, 100 * max)).await;
    let mut calls = 0;
    while market.top_ups.load(Ordering::SeqCst) == 0 {
        soon(ask(&gateway, job(&format!("before-{calls}"), true))).await.1.unwrap();
        calls += 1;
        assert!(calls < 18, "the deposit is nearly spent and nothing was done");
    }
    // The transaction hangs; what the deposit still holds is served meanwhile.
    for i in 0..2 {
        soon(ask(&gateway, job(&format!("meanwhile-{i}"), true))).await.1.unwrap();
    }
    assert_eq!(market.channels()[0].deposit, deposit);
    assert_eq!(market.top_ups.load(Ordering::SeqCst), 1, "one top-up at a time");
    market.gate.add_permits(1_000);
    for i in 0..40 {
        soon(ask(&gateway, job(&format!("after-{i}"), true))).await.1.unwrap();
    }
    let channels = market.channels();
    assert_eq!(channels.len(), 1, "it is the same channel");
    let spent = (calls + 42) * each;
    assert!(channels[0].deposit > spent && channels[0].deposit < spent + 3 * deposit, "{channels:?}");
    until("the voucher", || providers[0].voucher().is_some_and(|v| v.cumulative == spent)).await;
    providers[0].check();
}

#[tokio::test(flavor = "multi_thread")]
async fn budget_should_be_used_to_its_end_and_then_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let (max, each) = prices();
    let (market, providers) = market(&[Manner::Honest]).await;
    // The deposit, and half of another one.
    let budget = 15 * max;
    let gateway = gateway_with(&market, folder.path(), small(10 * max, budget)).await;
    let mut answered = 0;
    let error = loop {
        match soon(ask(&gateway, job(&format!("{answered}"), true))).await.1 {
            Ok(_) => answered += 1,
            Err(error) => break error,
        }
        assert!(answered < 100, "the budget has no end");
    };
    assert!(each * (answered + 1) + max > budget, "it ended early: after {answered} calls");
    assert!(each * answered <= budget);
    let (status, body) = told(error).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(body["error"]["code"], "budget_exhausted");
    assert_eq!(body["error"]["type"], "payment_required");
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.contains(&souk(budget)) && message.contains("--budget"), "{message}");
    let channels = market.channels();
    assert_eq!(channels.len(), 1);
    assert_eq!(channels[0].deposit, budget, "all of it and no more");
    // Nothing is lost: what was answered is paid.
    until("the voucher", || providers[0].voucher().is_some_and(|v| v.cumulative == each * answered)).await;
    providers[0].check();
}

#[tokio::test(flavor = "multi_thread")]
async fn deposits_that_are_on_their_way_should_count_against_the_budget() {
    let folder = tempfile::tempdir().unwrap();
    let (max, _) = prices();
    let (market, providers) = market(&[Manner::Busy, Manner::Honest]).await;
    let gateway = gateway_with(&market, folder.path(), small(10 * max, 20 * max)).await;
    // All at once: the first provider refuses them, and all want channels with both.
    let calls = (0..12).map(|i| {
        let gateway = gateway.clone();
        async move { ask(&gateway, job(&format!("p-{i}"), true)).await.1 }
    });
    for result in soon(futures::future::join_all(calls)).await {
        if let Err(error) = result {
            assert_eq!(error.code, "budget_exhausted");
        }
    }
    let bound: u128 = market.channels().iter().map(|channel| channel.deposit).sum();
    assert!(bound <= 20 * max, "{bound}");
    providers[1].check();
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_account_should_be_told_with_its_numbers_and_the_rest_be_spent() {
    let folder = tempfile::tempdir().unwrap();
    let (max, each) = prices();
    let (market, providers) = market(&[Manner::Honest]).await;
    let gateway = gateway_with(&market, folder.path(), small(10 * max, 1_000 * max)).await;
    ask(&gateway, job("first", true)).await.1.unwrap();
    market.poor.store(true, Ordering::SeqCst);
    let mut answered = 1;
    let error = loop {
        match soon(ask(&gateway, job(&format!("{answered}"), true))).await.1 {
            Ok(_) => answered += 1,
            Err(error) => break error,
        }
    };
    assert!(each * (answered + 1) + max > 10 * max, "what was paid in is spent first: {answered} calls");
    let (status, body) = told(error).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (StatusCode::PAYMENT_REQUIRED, &"insufficient_funds".into())
    );
    assert!(body["error"]["message"].as_str().unwrap().contains("0.1 SOUK to spend"), "{body}");
    assert!(gateway.caller.pool.books()[0].retired.is_none(), "the channel can go on when there is money");
    // Not a transaction for every call that does not fit.
    let tried = market.top_ups.load(Ordering::SeqCst);
    ask(&gateway, job("again", true)).await.1.unwrap_err();
    assert_eq!(market.top_ups.load(Ordering::SeqCst), tried);
    providers[0].check();
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_calls_at_once_should_be_a_429() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::Honest]).await;
    let settings =
        Settings { max_channels: 1, open_timeout: std::time::Duration::from_millis(500), ..settings() };
    let gateway = gateway_with(&market, folder.path(), settings).await;
    ask(&gateway, job("first", true)).await.1.unwrap();
    // Four calls hang at the provider.
    *providers[0].hook.lock() = Some(std::sync::Arc::new(|_| Box::pin(std::future::pending())));
    let hanging: Vec<_> = (0..4).map(|i| gateway.caller.start(job(&format!("hangs-{i}"), true))).collect();
    until("they hang", || gateway.caller.pool.books()[0].in_flight() == 4).await;
    let error = soon(ask(&gateway, job("fifth", true))).await.1.unwrap_err();
    let (status, body) = told(error).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(body["error"]["type"], "rate_limit_error");
    drop(hanging);
}
