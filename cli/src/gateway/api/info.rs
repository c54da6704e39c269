//! What there is, and what happened: models, channels, calls.

use super::App;
use crate::gateway::{
    error::ApiError,
    store::{CallState, StoredCall},
    wire,
};
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    Json,
};
use serde::Deserialize;
use serde_json::{json, Value};
use souk_primitives::views::SpecView;
use std::{future::Future, time::Duration};

/// Longest that who only looks waits for each read of a chain that is away. A call waits longer: it has more to lose.
const LOOK: Duration = Duration::from_secs(5);

async fn soon<T>(read: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    tokio::time::timeout(LOOK, read).await.unwrap_or_else(|_| {
        Err(ApiError::unavailable("chain_unavailable", "the gateway's node does not answer"))
    })
}

/// `GET /v1/models`
pub async fn models(State(app): State<App>) -> Result<Json<Value>, ApiError> {
    let mut data = Vec::new();
    for spec in soon(app.catalogue().specs()).await? {
        if spec.audited || app.caller().settings.allow_unaudited {
            data.push(model_json(&app, spec).await?);
        }
    }
    Ok(Json(json!({ "object": "list", "data": data })))
}

/// `GET /v1/models/{name}`
pub async fn model(State(app): State<App>, Path(name): Path<String>) -> Result<Json<Value>, ApiError> {
    let spec = soon(app.catalogue().named(&name)).await?;
    Ok(Json(model_json(&app, spec).await?))
}

async fn model_json(app: &App, spec: SpecView) -> Result<Value, ApiError> {
    let quotes = soon(app.catalogue().quotes(spec.id)).await?;
    let cheapest = quotes.iter().min_by_key(|quote| quote.per_1k_output);
    Ok(json!({
        "id": spec.model,
        "object": "model",
        "created": 0,
        "owned_by": "souk",
        "souk": {
            "spec": hex0x(&spec.id),
            "listing": spec.listing,
            "version": spec.version,
            "audited": spec.audited,
            "max_context": spec.max_context,
            "providers": quotes.len(),
            "per_1k_input": cheapest.map(|quote| quote.per_1k_input.to_string()),
            "per_1k_output": cheapest.map(|quote| quote.per_1k_output.to_string()),
        },
    }))
}

/// `GET /health`
pub async fn health(State(app): State<App>) -> (StatusCode, Json<Value>) {
    match soon(async { Ok(app.caller().market.live_block().await?) }).await {
        Ok(block) => (StatusCode::OK, Json(json!({ "status": "ok", "live_block": block }))),
        Err(error) => {
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "no chain", "error": error.message })))
        }
    }
}

/// `GET /souk/status`: the channels of this gateway.
pub async fn status(State(app): State<App>) -> Json<Value> {
    let channels: Vec<Value> = app
        .caller()
        .pool
        .books()
        .iter()
        .map(|book| {
            json!({
                "channel": hex0x(&book.view.id),
                "provider": book.view.provider.to_string(),
                "spec": hex0x(&book.view.spec),
                "deposit": book.view.deposit.to_string(),
                "spent": book.spent().to_string(),
                "settled": book.view.settled.to_string(),
                "answered": book.covered(),
                "vouchers_handed": book.handed,
                "in_flight": book.in_flight(),
                "waiting_for_receipts": book.stuck().collect::<Vec<_>>(),
                "retired": book.retired,
            })
        })
        .collect();
    Json(json!({
        "account": app.caller().market.account().to_string(),
        "genesis": hex0x(&app.caller().market.genesis()),
        "channels": channels,
    }))
}

/// Page of calls.
#[derive(Debug, Deserialize)]
pub struct Page {
    limit: Option<u32>,
}

/// `GET /souk/calls`: the newest calls, with their receipts.
pub async fn calls(State(app): State<App>, Query(page): Query<Page>) -> Result<Json<Value>, ApiError> {
    let limit = page.limit.unwrap_or(20).min(500);
    let calls = app.caller().store.with(move |store| store.latest(limit)).await?;
    Ok(Json(json!({ "calls": calls.iter().map(call_json).collect::<Vec<_>>() })))
}

/// `GET /souk/calls/{id}`: what became of one answer, by the id that the client got.
pub async fn call(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let job = id.clone();
    let calls = app.caller().store.with(move |store| store.job(&job)).await?;
    if calls.is_empty() {
        return Err(ApiError::new(StatusCode::NOT_FOUND, "unknown_call", format!("no call {id:?}")));
    }
    Ok(Json(json!({ "calls": calls.iter().map(call_json).collect::<Vec<_>>() })))
}

fn call_json(call: &StoredCall) -> Value {
    let receipt = call.receipt.as_ref();
    json!({
        "id": call.job,
        "channel": hex0x(&call.request.channel),
        "seq": call.request.seq,
        "state": call.state,
        "max_charge": call.request.max_charge.to_string(),
        "input_tokens": receipt.map(|(receipt, _)| receipt.input_tokens),
        "output_tokens": receipt.map(|(receipt, _)| receipt.output_tokens),
        "charge": receipt.map(|(receipt, _)| receipt.charge.to_string()),
        "finish": receipt.map(|(receipt, _)| receipt.finish),
        // A receipt is only kept as the call's own after every check.
        "receipt_checked": call.state == CallState::Answered,
        "receipt": receipt.map(|(receipt, signature)| wire::encode_signed(receipt, signature)),
        "note": call.note,
        "created": call.created,
    })
}

fn hex0x(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}
