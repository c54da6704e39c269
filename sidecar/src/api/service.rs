//! Models, health and metrics.

use super::{error::ApiError, App};
use axum::{
    extract::{Path, State},
    http::{header, StatusCode},
    response::IntoResponse,
    Json,
};
use serde_json::{json, Value};
use souk_primitives::call::CallKind;
use std::sync::Arc;

fn describe(runner: &Arc<dyn crate::runner::Runner>) -> Value {
    let info = runner.info();
    json!({
        "id": info.name,
        "object": "model",
        "created": 0,
        "owned_by": "souk",
        "souk": {
            "kind": match info.kind { CallKind::Generate => "generate", CallKind::Embed => "embed" },
            "manifest": crate::payment::hex0x(&info.manifest_digest),
            "max_context": info.max_context,
        },
    })
}

/// `GET /v1/models`
pub async fn models(State(app): State<App>) -> Json<Value> {
    Json(json!({ "object": "list", "data": app.models().all().map(describe).collect::<Vec<_>>() }))
}

/// `GET /v1/models/{name}`
pub async fn model(State(app): State<App>, Path(name): Path<String>) -> Result<Json<Value>, ApiError> {
    app.models()
        .named(&name)
        .map(|runner| Json(describe(runner)))
        .ok_or_else(|| ApiError::unknown_model(&name))
}

/// `GET /health`: 200 when calls can be answered.
pub async fn health(State(app): State<App>) -> impl IntoResponse {
    let chain = match app.facts().head().await {
        Ok(head) => json!({ "finalised": head.number, "live": head.live }),
        Err(error) => json!({ "error": error.to_string() }),
    };
    let paid = app.chain().provider().is_some() || app.chain().seller().is_some();
    let healthy = !paid || chain.get("error").is_none();
    let status = if healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let queue: usize = app.models().all().map(|runner| runner.load()).sum();
    let body = json!({
        "status": if healthy { "ok" } else { "degraded" },
        "models": app.models().all().map(|runner| runner.info().name.clone()).collect::<Vec<_>>(),
        "chain": chain,
        "calls": app.running(),
        "queue": queue,
        "version": env!("CARGO_PKG_VERSION"),
    });
    (status, Json(body))
}

/// `GET /metrics`
pub async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let queue = app.models().all().map(|runner| runner.load()).sum();
    let streams = app.shop().map_or(0, |shop| shop.streams());
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        app.metrics().render(app.running(), queue, streams),
    )
}
