//! What a gateway needs to render prompts itself, by digest.

use super::{error::ApiError, path_digest, App};
use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};

const FOREVER: &str = "public, max-age=31536000, immutable";

/// `GET /v1/manifests/{digest}`
pub async fn manifest(State(app): State<App>, Path(digest): Path<String>) -> Result<Response, ApiError> {
    let digest = path_digest(&digest)?;
    let runner = app
        .models()
        .of_manifest(&digest)
        .ok_or_else(|| ApiError::not_found("unknown_manifest", "no model of this manifest is served here"))?;
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, FOREVER)];
    Ok((headers, runner.manifest()).into_response())
}

/// `GET /v1/blobs/{digest}`: the tokenizer bundle that a manifest names.
pub async fn blob(State(app): State<App>, Path(digest): Path<String>) -> Result<Response, ApiError> {
    let digest = path_digest(&digest)?;
    let bytes = app
        .models()
        .all()
        .find_map(|runner| runner.blob(&digest))
        .ok_or_else(|| ApiError::not_found("unknown_blob", "nothing of this digest is served here"))?;
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, FOREVER)];
    Ok((headers, bytes).into_response())
}
