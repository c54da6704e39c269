//! A JSON-RPC connection that is made again when it is lost.

use crate::error::{Error, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use subxt::rpcs::{client::RpcParams, Error as RpcError, RpcClient};
use tokio::sync::Mutex;

/// Longest that one request waits for a node that restarts.
const PATIENCE: Duration = Duration::from_secs(30);
/// First and longest pause between attempts to connect.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3));
/// Longest that a connection may take.
const CONNECTION: Duration = Duration::from_secs(10);
/// Longest that the node may take for one answer.
const ANSWER: Duration = Duration::from_secs(60);

/// The connection.
pub(crate) struct Rpc {
    url: String,
    /// The live client and how often it was made anew.
    client: Mutex<Option<(u64, Arc<RpcClient>)>>,
}

impl Rpc {
    pub fn new(url: &str) -> Self {
        Self { url: url.to_string(), client: Mutex::new(None) }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The live client; connects if there is none.
    async fn client(
        &self,
        generation: u64,
        patience: Duration,
    ) -> std::result::Result<(u64, Arc<RpcClient>), String> {
        let mut slot = self.client.lock().await;
        if let Some((n, client)) = slot.as_ref() {
            if *n >= generation {
                return Ok((*n, client.clone()));
            }
        }
        let connect = RpcClient::from_insecure_url(&self.url);
        let client = tokio::time::timeout(CONNECTION.min(patience), connect)
            .await
            .map_err(|_| "no connection in time".to_string())?
            .map_err(|e| plain(&e.to_string()))?;
        let entry = (generation.max(1), Arc::new(client));
        *slot = Some(entry.clone());
        Ok(entry)
    }

    /// One request. Connects again and repeats while the node is away, at most for [`PATIENCE`]; an error that the node
    /// itself gave is returned at once. Only for methods that may be repeated.
    pub async fn request<T: DeserializeOwned>(&self, method: &str, params: &[Value]) -> Result<T> {
        self.request_within(method, params, PATIENCE).await
    }

    /// As [`Rpc::request`] with another patience.
    pub async fn request_within<T: DeserializeOwned>(
        &self,
        method: &str,
        params: &[Value],
        patience: Duration,
    ) -> Result<T> {
        if !is_address(&self.url) {
            return Err(Error::Address(self.url.clone()));
        }
        let started = Instant::now();
        let mut pause = BACKOFF.0;
        let mut generation = 0;
        loop {
            let reason = match self.client(generation, patience).await {
                Ok((n, client)) => match self.once(&client, method, params, patience).await {
                    Ok(answer) => return Ok(answer),
                    Err(RpcError::User(e)) => {
                        return Err(Error::Rpc {
                            method: method.into(),
                            message: e.message + &detail(&e.data),
                        })
                    }
                    Err(RpcError::Deserialization(e)) => {
                        return Err(Error::Decode { what: method.into(), reason: e.to_string() })
                    }
                    Err(other) => {
                        generation = n + 1;
                        plain(&other.to_string())
                    }
                },
                Err(reason) => reason,
            };
            if started.elapsed() + pause > patience {
                return Err(Error::Unreachable { url: self.url.clone(), reason });
            }
            tracing::debug!(url = self.url, method, reason, "node away, trying again");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(BACKOFF.1);
        }
    }

    async fn once<T: DeserializeOwned>(
        &self,
        client: &RpcClient,
        method: &str,
        params: &[Value],
        patience: Duration,
    ) -> std::result::Result<T, RpcError> {
        let mut list = RpcParams::new();
        for param in params {
            list.push(param)?;
        }
        // Patience is for a node that is away; one that is there may be slow.
        tokio::time::timeout(ANSWER.min(patience * 2), client.request(method, list))
            .await
            .unwrap_or_else(|_| Err(RpcError::Client("no answer in time".into())))
    }
}

/// A reason without the names of the layers that it came through.
fn plain(reason: &str) -> String {
    reason.trim_start_matches("RPC error: client error: ").into()
}

/// Whether text can be the address of a node.
fn is_address(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "ws" | "wss") && url.has_host())
}

fn detail(data: &Option<Box<serde_json::value::RawValue>>) -> String {
    data.as_ref().map(|data| format!(": {}", data.get().trim_matches('"'))).unwrap_or_default()
}

/// Bytes as `0x` hex.
pub(crate) fn to_hex(bytes: &[u8]) -> Value {
    Value::String(format!("0x{}", hex::encode(bytes)))
}

/// `0x` hex as bytes.
pub(crate) fn from_hex(what: &str, text: &str) -> Result<Vec<u8>> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text))
        .map_err(|e| Error::Decode { what: what.into(), reason: e.to_string() })
}

/// `0x` hex as a digest.
pub(crate) fn digest(what: &str, text: &str) -> Result<souk_primitives::Digest> {
    from_hex(what, text)?
        .try_into()
        .map_err(|_| Error::Decode { what: what.into(), reason: "not 32 bytes".into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_address_should_be_refused_at_once() {
        for wrong in ["", "foo", "http://127.0.0.1:9944", "127.0.0.1:9944", "ws://"] {
            let started = Instant::now();
            let error = Rpc::new(wrong).request::<Value>("system_name", &[]).await.unwrap_err();
            assert!(matches!(error, Error::Address(_)), "{wrong}: {error}");
            assert!(started.elapsed() < Duration::from_secs(1));
        }
        assert!(is_address("ws://127.0.0.1:9944") && is_address("wss://node.example/rpc"));
    }

    #[tokio::test]
    async fn a_node_that_is_away_should_be_told_in_plain_words() {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let rpc = Rpc::new(&format!("ws://127.0.0.1:{port}"));
        let patience = Duration::from_millis(50);
        let error = rpc.request_within::<Value>("system_name", &[], patience).await.unwrap_err();
        let Error::Unreachable { reason, .. } = error else { panic!("{error}") };
        assert!(!reason.contains("RPC error"), "{reason}");
    }
}
