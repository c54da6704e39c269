//! The one conversation with the sidecar: a JSON POST with all open tasks, answered by what is done so far.
//!
//! The sidecar is the validator's own, on loopback, but a worker that waits for it stops auditing: each step has a
//! deadline of one second, and what comes back is capped and checked.

use super::base64;
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde::{Deserialize, Serialize};
use souk_primitives::{
    audit::Round,
    verdict::Report,
    views::{json, AuditTask},
    AccountId, AuditId, Digest,
};
use sp_core::offchain::{Duration, Timestamp};
use sp_runtime::offchain::{http, storage::StorageValueRef};

/// Where the node writes the sidecar's URL, as a SCALE-encoded `Vec<u8>`.
pub const URL_KEY: &[u8] = b"souk/sidecar-url";
/// Where it writes the token of this start.
pub const TOKEN_KEY: &[u8] = b"souk/sidecar-token";
/// Most bytes of an answer.
pub const MAX_ANSWER: usize = 64 * 1024;
/// Time for each of sending, waiting and reading.
const STEP_MILLIS: u64 = 1_000;

/// Why a conversation failed. The next block tries again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The connection, or a deadline.
    Unreachable,
    /// Another status than 200.
    Status(u16),
    /// More than [`MAX_ANSWER`] bytes.
    TooLong,
    /// No JSON, or other JSON.
    Garbage,
}

/// A task with the signed request by which the sidecar may fetch the transcript.
#[derive(Serialize)]
pub(crate) struct Order {
    /// The audit, its channel and its spec.
    pub task: AuditTask,
    /// base64 of `SCALE(Fetch) ‖ signature ‖ key`.
    pub fetch: String,
}

impl Order {
    /// An order from its parts.
    pub fn new(task: AuditTask, fetch: &[u8]) -> Self {
        Self { task, fetch: base64::encode(fetch) }
    }
}

#[derive(Serialize)]
struct Question<'a> {
    #[serde(with = "json::digest")]
    genesis: Digest,
    validator: &'a AccountId,
    tasks: &'a [Order],
}

#[derive(Deserialize)]
struct Answer {
    audits: Vec<serde_json::Value>,
}

/// State of one audit at the sidecar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Queued,
    Running,
    Done,
    Failed,
}

#[derive(Deserialize)]
struct Progress {
    #[serde(with = "json::digest")]
    audit: AuditId,
    round: Round,
    status: Status,
    report: Option<Report>,
    error: Option<String>,
}

/// A finished measurement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finished {
    /// The audit.
    pub audit: AuditId,
    /// Its round.
    pub round: Round,
    /// The report.
    pub report: Report,
}

/// The validator's sidecar.
pub(crate) struct Sidecar {
    url: String,
    token: String,
}

fn text(key: &[u8]) -> Option<String> {
    let bytes: Vec<u8> = StorageValueRef::persistent(key).get().ok().flatten()?;
    String::from_utf8(bytes).ok()
}

fn deadline() -> Timestamp {
    sp_io::offchain::timestamp().add(Duration::from_millis(STEP_MILLIS))
}

impl Sidecar {
    /// The one that the node was started with, if any.
    pub fn configured() -> Option<Self> {
        let base = text(URL_KEY).filter(|url| !url.is_empty())?;
        let url = format!("{}/v1/audits", base.trim_end_matches('/'));
        Some(Self { url, token: text(TOKEN_KEY).unwrap_or_default() })
    }

    /// Hands over all open tasks and returns what is done.
    pub fn ask(
        &self,
        genesis: Digest,
        validator: &AccountId,
        tasks: &[Order],
    ) -> Result<Vec<Finished>, Failure> {
        let question = Question { genesis, validator, tasks };
        let body = serde_json::to_vec(&question).map_err(|_| Failure::Garbage)?;
        finished(&self.post(body)?)
    }

    fn post(&self, body: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let unreachable = |_| Failure::Unreachable;
        let pending = http::Request::post(&self.url, alloc::vec![body])
            .add_header("Content-Type", "application/json")
            .add_header("Authorization", &format!("Bearer {}", self.token))
            .deadline(deadline())
            .send()
            .map_err(|_| Failure::Unreachable)?;
        let response =
            pending.try_wait(deadline()).map_err(unreachable)?.map_err(|_| Failure::Unreachable)?;
        if response.code != 200 {
            return Err(Failure::Status(response.code));
        }
        let mut body = response.body();
        body.deadline(deadline());
        let mut bytes = Vec::new();
        for byte in body.by_ref() {
            if bytes.len() >= MAX_ANSWER {
                return Err(Failure::TooLong);
            }
            bytes.push(byte);
        }
        match body.error() {
            Some(_) => Err(Failure::Unreachable),
            None => Ok(bytes),
        }
    }
}

/// What an answer says is done. An entry that can't be read is skipped: it must not hide the others.
fn finished(answer: &[u8]) -> Result<Vec<Finished>, Failure> {
    let answer: Answer = serde_json::from_slice(answer).map_err(|_| Failure::Garbage)?;
    let mut done = Vec::new();
    for value in answer.audits {
        match serde_json::from_value::<Progress>(value) {
            Ok(Progress { audit, round, status: Status::Done, report: Some(report), .. }) => {
                done.push(Finished { audit, round, report });
            }
            Ok(Progress { audit, status: Status::Failed, error, .. }) => {
                log::warn!(
                    target: super::LOG,
                    "the sidecar failed on audit {}: {}",
                    hex::encode(audit),
                    error.unwrap_or_else(|| "no reason given".to_string()),
                );
            }
            Ok(_) => {}
            Err(error) => {
                log::warn!(target: super::LOG, "the sidecar's answer has an unreadable entry: {error}");
            }
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unreadable_entry_does_not_hide_the_others() {
        let id = hex::encode([7; 32]);
        let answer = format!(
            r#"{{"audits":[{{"audit":5}},
                {{"audit":"0x{id}","round":"First","status":"running","report":null,"error":null}},
                {{"audit":"0x{id}","round":"Second","status":"done","report":"Unavailable","error":null}},
                {{"audit":"0x{id}","round":"First","status":"failed","report":null,"error":"no model"}}]}}"#
        );
        let done = finished(answer.as_bytes()).unwrap();
        assert_eq!(done, [Finished { audit: [7; 32], round: Round::Second, report: Report::Unavailable }]);
    }

    #[test]
    fn garbage_is_refused() {
        for garbage in [&b""[..], b"null", b"[]", b"{\"audits\":{}}", b"\xff\xfe"] {
            assert_eq!(finished(garbage).err(), Some(Failure::Garbage), "{garbage:?}");
        }
        let deep = "[".repeat(10_000);
        assert_eq!(finished(format!("{{\"audits\":{deep}").as_bytes()).err(), Some(Failure::Garbage));
    }
}
