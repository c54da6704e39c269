//! A gateway over the fake market, and what tests ask of it.

use crate::market::{spec, FakeMarket};
use souk_cli::gateway::{
    call::{Done, Job, Piece},
    error::ApiError,
    settings::Settings,
    store::CallState,
    Gateway,
};
use souk_primitives::{
    call::{CallBody, CallKind},
    sr25519,
};
use sp_core::Pair;
use std::{future::Future, path::Path, sync::Arc, time::Duration};

pub fn voucher_pair() -> sr25519::Pair {
    sr25519::Pair::from_seed(&[42; 32])
}

pub fn settings() -> Settings {
    Settings {
        private_endpoints: true,
        idle: Duration::from_millis(200),
        look: Some(Duration::from_millis(200)),
        ..Settings::default()
    }
}

pub async fn gateway(market: &Arc<FakeMarket>, folder: &Path) -> Gateway {
    gateway_with(market, folder, settings()).await
}

pub async fn gateway_with(market: &Arc<FakeMarket>, folder: &Path, settings: Settings) -> Gateway {
    Gateway::start(market.clone(), voucher_pair(), settings, folder).await.unwrap()
}

/// Ends a gateway and waits until its store can be opened again.
pub async fn end(gateway: Gateway) {
    gateway.shut_down().await;
    drop(gateway);
    tokio::time::sleep(Duration::from_millis(200)).await;
}

pub fn job(id: &str, live: bool) -> Job {
    let body = CallBody {
        kind: CallKind::Generate,
        prompt_ids: vec![1, 2, 3],
        temperature_milli: 0,
        max_tokens: 8,
        stops: vec![],
    };
    Job { id: id.into(), spec: spec(), body, live }
}

/// The answer, with the tokens that were passed on before it.
pub async fn ask(gateway: &Gateway, job: Job) -> (Vec<u32>, Result<Done, ApiError>) {
    let mut pieces = gateway.caller.start(job);
    let mut ids = Vec::new();
    loop {
        match pieces.recv().await {
            Some(Piece::Tokens(new)) => ids.extend(new),
            Some(Piece::Done(done)) => return (ids, Ok(*done)),
            Some(Piece::Failed(error)) => return (ids, Err(error)),
            None => return (ids, Err(ApiError::internal("lost"))),
        }
    }
}

/// What the calls of a job cost.
pub fn paid(gateway: &Gateway, id: &str) -> u128 {
    let calls = gateway.caller.store.job(id).unwrap();
    calls
        .iter()
        .filter(|call| call.state == CallState::Answered)
        .filter_map(|call| call.receipt.as_ref())
        .map(|(receipt, _)| receipt.charge)
        .sum()
}

pub async fn until(what: &str, mut is: impl FnMut() -> bool) {
    for _ in 0..150 {
        if is() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never: {what}");
}

/// What must not take long.
pub async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work).await.expect("it takes too long")
}
