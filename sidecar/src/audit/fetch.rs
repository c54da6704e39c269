//! Fetches a transcript from a provider that may be hostile: pinned address, no redirects, limits on size and time.

use super::guard::{self, Refused, Resolver};
use futures::StreamExt;
use souk_primitives::AuditId;
use std::time::Duration;
use url::Url;

/// Why there is no transcript yet.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The endpoint must not be asked.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The endpoint is no URL.
    #[error("the provider's endpoint {0:?} is not a URL")]
    Url(String),
    /// The provider can't be reached, or breaks off.
    #[error("the provider can't be reached: {0}")]
    Http(String),
    /// It answers with an error.
    #[error("the provider answers {status}: {message}")]
    Status {
        /// The status.
        status: u16,
        /// The beginning of its message.
        message: String,
    },
    /// It sends too much.
    #[error("the provider sends more than {0} bytes")]
    TooLarge(usize),
}

/// Limits of a fetch.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time of all of it.
    pub time: Duration,
    /// Bytes of the answer.
    pub bytes: usize,
    /// Whether private addresses may be asked.
    pub allow_private: bool,
}

/// Fetches the transcript that an audit drew, as the provider's bytes.
pub async fn transcript(
    endpoint: &str,
    audit: &AuditId,
    fetch: &str,
    limits: Limits,
) -> Result<Vec<u8>, FetchError> {
    let address = format!("{}/v1/transcripts/0x{}", endpoint.trim_end_matches('/'), hex::encode(audit));
    let url = Url::parse(&address).map_err(|_| FetchError::Url(endpoint.chars().take(80).collect()))?;
    tokio::time::timeout(limits.time, get(url, fetch, limits))
        .await
        .unwrap_or_else(|_| Err(FetchError::Http("it takes too long".into())))
}

async fn get(url: Url, fetch: &str, limits: Limits) -> Result<Vec<u8>, FetchError> {
    let http = |error: reqwest::Error| FetchError::Http(error.without_url().to_string());
    guard::check(&url, limits.allow_private)?;
    let response = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(limits.time)
        .dns_resolver(Resolver { allow_private: limits.allow_private })
        .build()
        .map_err(http)?
        .get(url)
        .header(crate::payment::FETCH, fetch)
        .send()
        .await
        .map_err(http)?;
    let status = response.status();
    let most = if status.is_success() { limits.bytes } else { 4_096 };
    let mut bytes = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece.map_err(http)?);
        if bytes.len() > most {
            if status.is_success() {
                return Err(FetchError::TooLarge(most));
            }
            bytes.truncate(most);
            break;
        }
    }
    if status.is_success() {
        return Ok(bytes);
    }
    let message = serde_json::from_slice::<serde_json::Value>(&bytes)
        .ok()
        .and_then(|body| Some(body.get("error")?.get("message")?.as_str()?.chars().take(200).collect()))
        .unwrap_or_default();
    Err(FetchError::Status { status: status.as_u16(), message })
}
