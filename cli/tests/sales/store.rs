//! A seller's store over HTTP, which serves what the fake chain's seller made, or something else.

use crate::market::{Cheat, FakeMarket, GENESIS};
use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::{header, HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
    Router,
};
use base64::{engine::general_purpose::STANDARD, Engine};
use codec::Decode;
use futures::StreamExt;
use parking_lot::Mutex;
use souk_primitives::{call::Signed, exchange::purchase_resource, fetch::Fetch, sr25519, sumtree::Leaf};
use sp_core::Pair;
use std::{
    sync::{
        atomic::{AtomicU32, AtomicU64, Ordering},
        Arc,
    },
    time::Duration,
};

/// What the store saw and did.
pub struct FakeStore {
    pub market: Arc<FakeMarket>,
    /// Bytes of copies that it sent.
    pub sent: AtomicU64,
    /// From which byte on each copy was asked for.
    pub asked: Mutex<Vec<usize>>,
    starved: AtomicU32,
}

/// Starts it and tells the chain where it is.
pub async fn start(market: &Arc<FakeMarket>) -> Arc<FakeStore> {
    let store = Arc::new(FakeStore {
        market: market.clone(),
        sent: AtomicU64::new(0),
        asked: Mutex::default(),
        starved: AtomicU32::new(0),
    });
    let router = Router::new().route("/v1/purchases/{id}/{*what}", get(serve)).with_state(store.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    *market.endpoint.lock() = Some(format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    store
}

fn is_signed(market: &FakeMarket, id: &[u8; 32], headers: &HeaderMap) -> bool {
    let bytes = STANDARD.decode(&headers["x-souk-fetch"]).unwrap();
    let (rest, key) = bytes.split_last_chunk::<32>().unwrap();
    let (fetch, signature) = rest.split_last_chunk::<64>().unwrap();
    let fetch = Fetch::decode(&mut &fetch[..]).unwrap();
    let key = sr25519::Public::from_raw(*key);
    key == market.pair.public()
        && fetch.genesis == GENESIS
        && fetch.resource == purchase_resource(id)
        && fetch.expires >= market.state.lock().now
        && fetch.verify(&sr25519::Signature::from_raw(*signature), &key)
}

fn digests(leaves: &[Leaf]) -> Vec<u8> {
    leaves.iter().flat_map(|leaf| leaf.digest).collect()
}

async fn serve(
    State(store): State<Arc<FakeStore>>,
    Path((id, what)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let market = &store.market;
    // The program that asks is killed while it waits.
    market.fuel.burn().await;
    let mut key = [0; 32];
    hex::decode_to_slice(id.trim_start_matches("0x"), &mut key).unwrap();
    if !is_signed(market, &key, &headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(copy) = market.state.lock().copies.get(&key).cloned() else {
        return StatusCode::TOO_EARLY.into_response();
    };
    let mut bytes = match what.as_str() {
        "digests/plain" => digests(&copy.plain),
        "digests/encrypted" => digests(&copy.encrypted),
        "copy" => copy.served.concat(),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    match (market.cheat, what.as_str()) {
        (Cheat::FalseList, "digests/plain") | (Cheat::FalseEncryptedList, "digests/encrypted") => {
            bytes[0] ^= 1
        }
        (Cheat::ShortList, "digests/plain") => bytes.truncate(bytes.len() - 32),
        (Cheat::FalseChunk(at), "copy") => bytes[at as usize * 65_552] ^= 1,
        _ => {}
    }
    let from = headers.get(header::RANGE).map(|range| {
        range.to_str().unwrap().trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap()
    });
    if what == "copy" {
        store.asked.lock().push(from.unwrap_or(0));
        if market.cheat == Cheat::Creeps {
            let chunk = from.unwrap_or(0) / 65_552 + 1;
            bytes[chunk * 65_552..].fill(0);
        }
    }
    let whole = bytes.len();
    let body = bytes.split_off(from.unwrap_or(0));
    let starves = matches!(market.cheat, Cheat::Starves(times) if what == "copy"
        && store.starved.fetch_add(1, Ordering::SeqCst) < times);
    let most = if starves { body.len() / 2 } else { usize::MAX };
    let (market, counted) = (market.clone(), what == "copy");
    // Odd pieces, as a network cuts them; killed anywhere between them.
    let trickles = market.cheat == Cheat::Trickles && counted;
    let pieces: Vec<Bytes> =
        body.chunks(if trickles { 500 } else { 50_001 }).map(Bytes::copy_from_slice).collect();
    let mut sent = 0;
    let stream = futures::stream::iter(pieces).then(move |piece| {
        sent += piece.len();
        let (market, store, hangs) = (market.clone(), store.clone(), sent > most);
        async move {
            if hangs {
                std::future::pending::<()>().await;
            }
            if trickles {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            market.fuel.burn().await;
            if counted {
                store.sent.fetch_add(piece.len() as u64, Ordering::SeqCst);
            }
            Ok::<_, std::io::Error>(piece)
        }
    });
    let body = Body::from_stream(stream);
    match from {
        None => body.into_response(),
        Some(from) => {
            let range = format!("bytes {from}-{}/{whole}", whole.saturating_sub(1));
            (StatusCode::PARTIAL_CONTENT, [(header::CONTENT_RANGE, range)], body).into_response()
        }
    }
}
