//! Receipts, vouchers, channels and transcripts.

use super::{
    answer::{stored_receipt, with_receipt},
    error::ApiError,
    fetch::{refused, signer},
    path_digest, App,
};
use crate::{
    adversary,
    payment::{self, channel_json, Payment},
};
use axum::{
    extract::{Path, State},
    http::{header, HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    Json,
};
use serde_json::{json, Value};
use souk_primitives::{call::Signed, fetch::transcript_resource, sr25519};

/// `GET /v1/receipts/{channel}/{seq}`: for the consumer, who shows the order that it signed for the call.
pub async fn receipt(
    State(app): State<App>,
    Path((channel, seq)): Path<(String, u32)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let channel = path_digest(&channel)?;
    let unsigned =
        |message: &'static str| ApiError::new(StatusCode::UNAUTHORIZED, "bad_request_signature", message);
    let Some(Payment { request: (request, signature), .. }) = payment::from_headers(&headers)? else {
        return Err(unsigned("show the call's signed order in x-souk-request"));
    };
    if (request.channel, request.seq) != (channel, seq) {
        return Err(unsigned("the order in x-souk-request is for another call"));
    }
    let Some(stored) = app.ledger().with(move |ledger| ledger.call(&channel, seq)).await? else {
        // Only the channel's owner is told, or anyone could count its calls.
        let view = payment::channel(&app, channel).await?;
        let key = sr25519::Public::from_raw(view.voucher_key);
        return Err(if request.verify(&sr25519::Signature::from_raw(signature), &key) {
            ApiError::not_found("unknown_call", "no such call")
        } else {
            unsigned("the order is not signed by the channel's voucher key")
        });
    };
    // Its signature was checked before it was stored, and nobody else knows its blinding.
    if stored.request != request {
        return Err(unsigned("the order in x-souk-request is not the one of this call"));
    }
    let Some(text) = stored_receipt(&app, &stored) else {
        let message = "this call is not answered yet";
        return Err(ApiError::new(StatusCode::CONFLICT, "call_in_progress", message).after(1));
    };
    let body = Json(json!({ "object": "souk.receipt", "receipt": text }));
    Ok(with_receipt(body.into_response(), Some(text)))
}

/// `POST /v1/vouchers`
pub async fn voucher(State(app): State<App>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    let (voucher, signature) = payment::voucher_of(&headers)?
        .ok_or_else(|| ApiError::bad("malformed_header", "the header x-souk-voucher is missing"))?;
    let genesis = app.chain().genesis();
    if voucher.genesis != genesis {
        return Err(crate::ledger::VoucherRefusal::WrongChain.into());
    }
    let view = payment::channel(&app, voucher.channel).await?;
    let (key, deposit, calls) = (view.voucher_key, view.deposit, voucher.calls);
    let held = app.ledger().state(&view.id).covered;
    let better = app
        .ledger()
        .with(move |ledger| ledger.accept_voucher(voucher, signature, key, genesis, deposit))
        .await??;
    if !better && calls < held {
        return Err(crate::ledger::VoucherRefusal::Stale { calls, held }.into());
    }
    Ok(Json(channel_json(&app, &view)))
}

/// `GET /v1/channels/{id}`
pub async fn channel(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let view = payment::channel(&app, path_digest(&id)?).await.map_err(|mut error| {
        // Asking costs nothing.
        if error.status == StatusCode::PAYMENT_REQUIRED {
            error.status = StatusCode::NOT_FOUND;
        }
        error
    })?;
    let mut body = channel_json(&app, &view);
    if let (Some((voucher, signature)), Some(map)) = (app.ledger().voucher(&view.id), body.as_object_mut()) {
        // Nobody but the provider can settle it: its owner may see it, to close the channel with it.
        map.insert("voucher".into(), payment::encode_signed(&voucher, &signature).into());
    }
    Ok(Json(body))
}

/// `GET /v1/transcripts/{audit}`: for members of the audit's committee, who sign with the key of their seat.
pub async fn transcript(
    State(app): State<App>,
    Path(audit): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id = path_digest(&audit)?;
    // Members ask again every few seconds.
    let key = signer(&app, &headers, transcript_resource(&id), |key| app.fetch_rate(key)).await?;
    let audit = app
        .audit(id)
        .await?
        .ok_or_else(|| ApiError::not_found("unknown_audit", "no such audit in a final block"))?;
    if audit.outcome.is_some() {
        return Err(refused("the audit is over"));
    }
    if !audit.seats.iter().any(|seat| seat.key == key) {
        return Err(refused("the key has no seat in this audit's committee"));
    }
    let gone = || ApiError::not_found("no_transcript", "this provider has no call at the drawn point");
    if adversary::withholds(app.cheat()) {
        return Err(gone());
    }
    let transcript = app.transcripts().get(app.ledger(), &audit).await?.ok_or_else(gone)?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], transcript).into_response())
}
