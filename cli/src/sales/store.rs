//! A seller's store over HTTP: a stranger's machine, named by a stranger's text.

use crate::gateway::endpoint::{self, BadEndpoint};
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use reqwest::{header, StatusCode};
use serde_json::Value;
use souk_primitives::PurchaseId;
use std::{pin::Pin, time::Duration};

/// Bytes of an error's body that are read.
const MOST_OF_AN_ERROR: usize = 4_096;

/// Why a store gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Its address is not one that may be asked.
    #[error("the store's address {0:?} is no http(s) address")]
    Url(String),
    /// Its address points into this machine's own networks.
    #[error("the store's address {0:?} is a private one (allow it with --dev)")]
    Private(String),
    /// It can't be reached, breaks off, or stops sending.
    #[error("the store can't be reached, or stopped in the middle: {0}")]
    Lost(String),
    /// It answers with an error.
    #[error("the store answers {status}: {message}")]
    Status {
        /// HTTP status.
        status: u16,
        /// The beginning of its words.
        message: String,
    },
    /// It answers something else than was asked for.
    #[error("the store answers something else than was asked for: {0}")]
    Strange(&'static str),
}

/// Bytes as they come.
pub type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, StoreError>> + Send>>;

/// A client of one store.
pub struct Store {
    http: reqwest::Client,
    base: String,
}

/// Times of a store's answers.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// For a connection.
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub stall: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), stall: Duration::from_secs(30) }
    }
}

impl Store {
    /// For the store at `endpoint`; loopback and private addresses only with `allow_private`.
    pub fn new(endpoint: &str, allow_private: bool, times: Times) -> Result<Self, StoreError> {
        let base = endpoint::checked(endpoint, allow_private).map_err(|bad| match bad {
            BadEndpoint::Url(text) => StoreError::Url(text),
            BadEndpoint::Private(text) => StoreError::Private(text),
        })?;
        let http = reqwest::Client::builder()
            .connect_timeout(times.connect)
            .read_timeout(times.stall)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .dns_resolver(souk_sidecar::audit::Resolver { allow_private })
            .build()
            .map_err(lost)?;
        Ok(Self { http, base })
    }

    /// Something of a purchase (`copy`, `digests/plain`, …) from byte `from` on. `fetch` is the signed header.
    pub async fn read(
        &self,
        purchase: &PurchaseId,
        what: &str,
        from: u64,
        fetch: &str,
    ) -> Result<Pieces, StoreError> {
        let url = format!("{}/v1/purchases/0x{}/{what}", self.base, hex::encode(purchase));
        let mut request = self.http.get(url).header(souk_sidecar::payment::FETCH, fetch);
        if from > 0 {
            request = request.header(header::RANGE, format!("bytes={from}-"));
        }
        let response = request.send().await.map_err(lost)?;
        match response.status() {
            // A store that knows no ranges begins at the beginning.
            StatusCode::OK => Ok(skip(response, from)),
            StatusCode::PARTIAL_CONTENT => match start_of(&response) {
                Some(start) if start == from => Ok(pieces(response)),
                _ => Err(StoreError::Strange("another range")),
            },
            status => Err(refusal(status, response).await),
        }
    }
}

fn lost(error: reqwest::Error) -> StoreError {
    // Its sources say what happened; the URL is known.
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    StoreError::Lost(text)
}

fn pieces(response: reqwest::Response) -> Pieces {
    Box::pin(response.bytes_stream().map_err(lost))
}

/// All but the first `from` bytes.
fn skip(response: reqwest::Response, mut from: u64) -> Pieces {
    Box::pin(pieces(response).map_ok(move |mut piece| {
        let skipped = piece.len().min(usize::try_from(from).unwrap_or(usize::MAX));
        from = from.saturating_sub(skipped as u64);
        piece.split_off(skipped)
    }))
}

/// First byte of `Content-Range: bytes 5-9/10`.
fn start_of(response: &reqwest::Response) -> Option<u64> {
    let text = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    text.strip_prefix("bytes ")?.split_once('-')?.0.trim().parse().ok()
}

async fn refusal(status: StatusCode, response: reqwest::Response) -> StoreError {
    let mut body = Vec::new();
    let mut stream = pieces(response);
    while let Some(Ok(piece)) = stream.next().await {
        body.extend_from_slice(&piece);
        if body.len() > MOST_OF_AN_ERROR {
            break;
        }
    }
    let message = serde_json::from_slice::<Value>(&body).ok().and_then(|body| {
        // A stranger's words: short, and nothing that moves a terminal's cursor.
        let words = body.get("error")?.get("message")?.as_str()?;
        Some(words.chars().filter(|c| !c.is_control()).take(200).collect())
    });
    StoreError::Status { status: status.as_u16(), message: message.unwrap_or_default() }
}
