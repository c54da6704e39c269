//! Signed requests for what not everybody may have: transcripts, and copies of what was bought.

use super::{error::ApiError, App};
use crate::payment;
use axum::http::{HeaderMap, StatusCode};
use base64::{engine::general_purpose::STANDARD, Engine};
use codec::Decode;
use souk_primitives::{call::Signed, fetch::Fetch, sr25519, Digest};

fn fetch_of(headers: &HeaderMap) -> Option<(Fetch, [u8; 64], [u8; 32])> {
    let bytes = STANDARD.decode(headers.get(payment::FETCH)?.to_str().ok()?.trim()).ok()?;
    let (rest, key) = bytes.split_last_chunk::<32>()?;
    let (fetch, signature) = rest.split_last_chunk::<64>()?;
    let mut left = fetch;
    let fetch = Fetch::decode(&mut left).ok()?;
    left.is_empty().then_some((fetch, *signature, *key))
}

/// Why a signed request is refused.
pub fn refused(message: &'static str) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "fetch_refused", message)
}

/// The key that signed the request for `resource`, which is good now. `rate` counts how often that key asks.
pub async fn signer(
    app: &App,
    headers: &HeaderMap,
    resource: Digest,
    rate: impl FnOnce(&Digest) -> Result<(), ApiError>,
) -> Result<Digest, ApiError> {
    let (fetch, signature, key) = fetch_of(headers).ok_or_else(|| {
        let message = "the header x-souk-fetch must be base64 of SCALE(Fetch), its signature and the key";
        ApiError::new(StatusCode::UNAUTHORIZED, "malformed_header", message)
    })?;
    if fetch.genesis != app.chain().genesis() {
        return Err(refused("the fetch is signed for another chain"));
    }
    if fetch.resource != resource {
        return Err(refused("the fetch is signed for something else"));
    }
    if !fetch.verify(&sr25519::Signature::from_raw(signature), &sr25519::Public::from_raw(key)) {
        return Err(refused("the fetch is not signed by the key beside it"));
    }
    // Somebody with a key may ask as often as it can.
    rate(&key)?;
    let head = app.facts().head().await?;
    // Signers may count either kind of block; live blocks are the fewer.
    if fetch.expires < head.live.min(head.number) {
        return Err(refused("the fetch has expired"));
    }
    Ok(key)
}
