//! How a store's owner brings contents and removes them: beside the audit API on the loopback listener, with a bearer
//! token of its own.
//!
//! Whoever brings a file asks which of its segments are missing, puts those, and puts the list of digests last: so it goes
//! on where it was interrupted, and what is there already is not sent again.

use super::{tree::SEGMENT, Brought, Put, Store, StoreError, NAMED};
use crate::{
    api::{error::ApiError, path_digest, App, Bearer},
    secrets::Secret,
};
use axum::{
    body::{Body, Bytes},
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
    Json, Router,
};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::{json, Value};
use souk_primitives::{content::Content, Digest};
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// Bytes of a question which segments are missing.
const QUESTION: usize = 80 * NAMED as usize + 1_024;
/// Segments in memory at a time.
const AT_ONCE: usize = 8;
/// Time that may pass without a byte of a list of digests, and in which a segment must have come.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone)]
struct StoreApp {
    app: App,
    store: Arc<Store>,
    places: Arc<Semaphore>,
}

/// The routes.
pub fn router(app: App, store: Arc<Store>, token: Secret) -> Router {
    let state = StoreApp { app, store, places: Arc::new(Semaphore::new(AT_ONCE)) };
    let routes = Router::new()
        .route("/v1/store/missing", post(missing))
        .route("/v1/store/segments/{name}", put(put_segment))
        .route("/v1/store/contents", get(contents))
        .route("/v1/store/contents/{root}", put(put_content))
        .route("/v1/store/contents/{root}", delete(delete_content))
        .with_state(state);
    Bearer::guard(routes, token)
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        match error {
            StoreError::NotTheSegment | StoreError::NotTheContent => {
                ApiError::bad("digest_mismatch", message)
            }
            StoreError::BrokeOff(_) => ApiError::bad("incomplete_body", message),
            StoreError::Missing(_) => ApiError::new(StatusCode::CONFLICT, "segments_missing", message),
            StoreError::Full { .. } => ApiError::new(StatusCode::INSUFFICIENT_STORAGE, "store_full", message),
            StoreError::Unknown => ApiError::not_found("unknown_content", message),
            StoreError::InUse => ApiError::new(StatusCode::CONFLICT, "content_in_use", message),
            StoreError::Config(_)
            | StoreError::Objects(_)
            | StoreError::Write(_)
            | StoreError::Index(_)
            | StoreError::Damaged(_) => {
                tracing::error!(%error, "the store failed");
                // Buyers get this too: paths and hosts are for the log.
                ApiError::internal("the seller's store failed; try again later")
            }
        }
    }
}

#[derive(Deserialize)]
struct Question {
    segments: Vec<String>,
}

async fn missing(State(state): State<StoreApp>, body: Body) -> Result<Json<Value>, ApiError> {
    let body = read(body, QUESTION).await?;
    let question: Question = serde_json::from_slice(&body)
        .map_err(|error| ApiError::bad("malformed_json", format!("the body: {error}")))?;
    if question.segments.len() > NAMED as usize {
        return Err(ApiError::bad("too_many_segments", format!("at most {NAMED} segments a request")));
    }
    let asked = question.segments.iter().map(|name| path_digest(name)).collect::<Result<Vec<Digest>, _>>()?;
    Ok(Json(names(&state.store.missing(asked).await?)))
}

fn names(missing: &[Digest]) -> Value {
    json!({ "missing": missing.iter().map(hex::encode).collect::<Vec<_>>() })
}

async fn read(body: Body, most: usize) -> Result<Bytes, ApiError> {
    match tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, most)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => {
            Err(ApiError::bad("incomplete_body", format!("the body broke off, or has over {most} bytes")))
        }
        Err(_) => {
            Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "slow_client", "the body did not arrive in time"))
        }
    }
}

fn answer(put: Put) -> Response {
    match put {
        Put::Made => (StatusCode::CREATED, Json(json!({ "made": true }))).into_response(),
        Put::There => (StatusCode::OK, Json(json!({ "made": false }))).into_response(),
    }
}

async fn put_segment(
    State(state): State<StoreApp>,
    Path(name): Path<String>,
    body: Body,
) -> Result<Response, ApiError> {
    let name = path_digest(&name)?;
    let _place = state.places.acquire().await.map_err(|error| ApiError::internal(error.to_string()))?;
    let put = state.store.put_segment(name, read(body, SEGMENT).await?).await?;
    state.app.metrics().stored(state.store.used());
    Ok(answer(put))
}

#[derive(Deserialize)]
struct Size {
    size: u64,
}

async fn put_content(
    State(state): State<StoreApp>,
    Path(root): Path<String>,
    Query(Size { size }): Query<Size>,
    body: Body,
) -> Result<Response, ApiError> {
    let root = path_digest(&root)?;
    let content = Content::new(root, size).ok_or_else(|| {
        ApiError::bad("bad_size", "a content has between 1 byte and 4 TiB: say how many in ?size=")
    })?;
    let digests = async_stream::stream! {
        let mut frames = body.into_data_stream();
        loop {
            let broke_off = match tokio::time::timeout(PATIENCE, frames.next()).await {
                Ok(Some(Ok(bytes))) => {
                    yield Ok(bytes);
                    continue;
                }
                Ok(None) => return,
                Ok(Some(Err(error))) => error.to_string(),
                Err(_) => "nothing came for a while".into(),
            };
            yield Err(StoreError::BrokeOff(broke_off));
            return;
        }
    };
    let digests: Brought<'static> = Box::pin(digests);
    let store = state.store.clone();
    // To its end, although nobody waits for it any more: a half-written list would stay.
    let task = tokio::spawn(async move { store.put_content(content, digests).await });
    match task.await.map_err(|error| ApiError::internal(error.to_string()))? {
        Ok(put) => Ok(answer(put)),
        Err(StoreError::Missing(missing)) => {
            let mut body = names(&missing);
            let error = ApiError::from(StoreError::Missing(missing));
            body["error"] = error.body()["error"].take();
            Ok((error.status, Json(body)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn contents(State(state): State<StoreApp>) -> Result<Json<Value>, ApiError> {
    let contents = state.store.contents().await?;
    let shown = contents.iter().map(|content| {
        json!({ "root": hex::encode(content.root()), "size": content.size(), "chunks": content.chunks() })
    });
    Ok(Json(json!({ "contents": shown.collect::<Vec<_>>(), "bytes": state.store.used() })))
}

async fn delete_content(
    State(state): State<StoreApp>,
    Path(root): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let root = path_digest(&root)?;
    let needed = async { state.app.is_sold(root).await };
    state.store.delete_content(root, needed).await?;
    state.app.metrics().stored(state.store.used());
    Ok(Json(json!({ "deleted": hex::encode(root) })))
}
