//! What the owner of the gateway wants of a channel.

use super::{read_fields, App};
use crate::{args::digest, gateway::error::ApiError};
use axum::{
    body::Body,
    extract::{Path, State},
    http::HeaderMap,
    Json,
};
use serde_json::{json, Value};
use std::time::Duration;

/// How long the last voucher may take to be handed over.
const PATIENCE: Duration = Duration::from_secs(15);

/// `POST /souk/channels/{id}/close`, with `{"force": true}` to close whether or not everything could be handed over.
pub async fn close(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let mut fields = read_fields(&headers, body).await?;
    let force = fields.take("force")?.unwrap_or(false);
    let id = digest(&id).map_err(|message| ApiError::bad("malformed_id", message))?;
    let last = app.gateway.close(id, PATIENCE, force).await?;
    Ok(Json(json!({
        "calls": last.calls,
        "value": last.value.to_string(),
        "handed": last.handed,
        "missing": last.open,
    })))
}
