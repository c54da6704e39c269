//! The audit API: what a validator's off-chain worker asks its own sidecar to do.
//!
//! It listens on loopback only and wants a bearer token. A job per (audit, round) fetches the drawn call from its
//! provider, checks everything that was signed, measures the answer under the model, and keeps the report on disk until
//! the worker asks for it.

mod check;
mod evidence;
mod fetch;
mod guard;
mod jobs;
mod store;
mod turns;

pub use evidence::Evidence;
pub use guard::{check as check_endpoint, Refused, Resolver};
pub use jobs::{Auditor, Material};

use crate::{
    api::{error::ApiError, path_digest, Bearer},
    secrets::Secret,
};
use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    routing::{get, post},
    Json, Router,
};
use serde::{Deserialize, Serialize};
use souk_primitives::{
    audit::Round,
    verdict::Report,
    views::{json, AuditTask},
    AuditId, Digest,
};

/// Tasks of one request at most: its answer stays under the 64 KiB that the worker reads.
const TASKS: usize = 96;
/// Bytes of one request: so many tasks, also with the largest committees.
const BODY: usize = 2 << 20;
/// Characters of an error in an answer with many jobs: providers choose its words, and the answer must stay short.
const ERROR: usize = 100;

/// What the worker asks for.
#[derive(Deserialize)]
pub struct AuditsRequest {
    /// Genesis hash of its chain.
    #[serde(with = "json::digest")]
    pub genesis: Digest,
    /// Its validator's stash.
    pub validator: String,
    /// Open audits with a seat of that validator.
    pub tasks: Vec<Task>,
}

/// One open audit.
#[derive(Deserialize)]
pub struct Task {
    /// Its facts.
    pub task: AuditTask,
    /// What the provider is asked with: base64 of SCALE(Fetch), signature and key.
    pub fetch: String,
}

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It waits for its turn.
    Queued,
    /// It runs.
    Running,
    /// It has its report.
    Done,
    /// It can't have one here.
    Failed,
}

/// A job as the worker sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobView {
    /// The audit.
    #[serde(with = "json::digest")]
    pub audit: AuditId,
    /// Its round.
    pub round: Round,
    /// Where it is.
    pub status: Status,
    /// What was found.
    pub report: Option<Report>,
    /// What went wrong, last.
    pub error: Option<String>,
}

impl JobView {
    /// The same with a short, plain error. `GET /v1/audits/{id}` has all of it.
    fn brief(mut self) -> Self {
        let plain = |c: char| if c.is_ascii_graphic() && !matches!(c, '"' | '\\') { c } else { ' ' };
        self.error = self.error.map(|error| error.chars().take(ERROR).map(plain).collect());
        self
    }
}

/// The answer.
#[derive(Debug, Serialize, Deserialize)]
pub struct AuditsResponse {
    /// A job for each task, in order.
    pub audits: Vec<JobView>,
}

/// The routes.
pub fn router(auditor: Auditor, token: Secret) -> Router {
    let routes = Router::new()
        .route("/v1/audits", post(create))
        .route("/v1/audits/{id}", get(show))
        .fallback(|| async { ApiError::not_found("not_found", "no such route") })
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(auditor);
    Bearer::guard(routes, token)
}

async fn create(State(auditor): State<Auditor>, body: Bytes) -> Result<Json<AuditsResponse>, ApiError> {
    let request: AuditsRequest = serde_json::from_slice(&body)
        .map_err(|error| ApiError::bad("malformed_json", format!("the body: {error}")))?;
    if request.tasks.len() > TASKS {
        return Err(ApiError::bad("too_many_tasks", format!("at most {TASKS} audits a request")));
    }
    let mut audits = Vec::with_capacity(request.tasks.len());
    for task in request.tasks {
        audits.push(auditor.submit(request.genesis, task.task, task.fetch)?.brief());
    }
    Ok(Json(AuditsResponse { audits }))
}

async fn show(
    State(auditor): State<Auditor>,
    Path(id): Path<String>,
) -> Result<Json<AuditsResponse>, ApiError> {
    let audits = auditor.rounds(&path_digest(&id)?)?;
    if audits.is_empty() {
        return Err(ApiError::not_found("unknown_audit", "no job for this audit"));
    }
    Ok(Json(AuditsResponse { audits }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_primitives::verdict::Faults;

    #[test]
    fn answer_should_fit_the_worker_whatever_providers_say() {
        let job = |i: u8| {
            let report = Report::Tokens {
                n: u32::MAX,
                mean_margin: 5_000_000,
                max_window: 5_000_000,
                max_margin: 5_000_000,
                exact: 1_000,
                faults: Faults(u32::MAX),
            };
            let error = Some("\u{1}\u{10ffff}\"".repeat(400));
            JobView {
                audit: [i; 32],
                round: Round::Second,
                status: Status::Running,
                report: Some(report),
                error,
            }
        };
        let audits: Vec<_> = (0..TASKS).map(|i| job(i as u8).brief()).collect();
        let answer = serde_json::to_vec(&AuditsResponse { audits }).unwrap();
        assert!(answer.len() < 64 * 1024, "{}", answer.len());
    }
}
