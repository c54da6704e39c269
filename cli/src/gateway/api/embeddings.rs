//! Embeddings: one paid call for each input.

use super::{generate::with_proof, openai, read_fields, App};
use crate::gateway::{
    call::{Done, Job, Piece},
    error::ApiError,
};
use axum::{
    body::Body,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
    Json,
};
use base64::{engine::general_purpose::STANDARD, Engine};
use futures::{StreamExt, TryStreamExt};
use serde_json::{json, Value};
use souk_primitives::call::{CallBody, MAX_IN_FLIGHT};

/// `POST /v1/embeddings`
pub async fn create(State(app): State<App>, headers: HeaderMap, body: Body) -> Result<Response, ApiError> {
    let mut fields = read_fields(&headers, body).await?;
    let spec = app.catalogue().named(&fields.model()?).await?;
    let material = app.catalogue().material(&spec).await?;
    let (bodies, base64) = openai::embeddings(fields, &spec, &material)?;
    let tokens: usize = bodies.iter().map(|body| body.prompt_ids.len()).sum();
    let id = format!("embd-{}", uuid::Uuid::new_v4().simple());
    let calls = bodies.into_iter().enumerate().map(|(index, body): (usize, CallBody)| {
        let job = Job { id: format!("{id}-{index}"), spec: spec.clone(), body, live: false };
        let mut pieces = app.caller().start(job);
        async move {
            match pieces.recv().await {
                Some(Piece::Done(done)) => Ok(*done),
                Some(Piece::Failed(error)) => Err(error),
                _ => Err(ApiError::internal("the call was lost")),
            }
        }
    });
    // Starting is lazy: no more than one channel's worth at a time.
    let done: Vec<Done> = futures::stream::iter(calls).buffered(MAX_IN_FLIGHT as usize).try_collect().await?;
    let data: Vec<Value> = done
        .iter()
        .enumerate()
        .map(|(index, done)| {
            let embedding = match base64 {
                true => {
                    let bytes: Vec<u8> = done.ids.iter().flat_map(|bits| bits.to_le_bytes()).collect();
                    json!(STANDARD.encode(bytes))
                }
                false => json!(done.ids.iter().map(|bits| f32::from_bits(*bits)).collect::<Vec<f32>>()),
            };
            json!({ "object": "embedding", "index": index, "embedding": embedding })
        })
        .collect();
    let body = json!({
        "object": "list",
        "data": data,
        "model": spec.model,
        "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
    });
    let mut response = Json(body).into_response();
    for done in &done {
        with_proof(response.headers_mut(), done);
    }
    Ok(response)
}
