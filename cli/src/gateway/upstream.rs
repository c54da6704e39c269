//! One exchange with a provider over HTTP, and what it tells about the call.

use super::{
    settings::Settings,
    wire::{self, SignedReceipt},
};
use base64::{engine::general_purpose::STANDARD, Engine};
use futures::StreamExt;
use reqwest::{header::HeaderMap, Response};
use serde_json::{json, Value};
use souk_primitives::{
    call::{CallBody, CallKind, Request, Voucher},
    ChannelId,
};
use std::time::Duration;
use tokio::sync::mpsc;

/// Events of one answer that carry no token, at most: beginnings, ends, usage and the like are a handful.
const MOST_IDLE_EVENTS: u32 = 1_000;

/// For how long a provider gathers tokens of an answer that our client gets as a whole: each event costs both sides
/// processor time that the model could use, and a stream that says something shows that the provider lives.
const GATHER_MS: u64 = 200;

/// A call as it is sent: what is signed of it is the same each time.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Name of the model.
    pub model: String,
    /// Where the provider answers.
    pub endpoint: String,
    /// The order.
    pub request: Request,
    /// Its signature.
    pub request_signature: [u8; 64],
    /// Its content.
    pub body: CallBody,
    /// The voucher beside it.
    pub voucher: Option<(Voucher, [u8; 64])>,
}

/// What one exchange showed.
#[derive(Debug)]
pub enum Once {
    /// The provider's receipt came; `error` is what it says when the call failed.
    Receipt {
        /// The receipt.
        receipt: Box<SignedReceipt>,
        /// Why the call failed, if it did.
        error: Option<String>,
    },
    /// No connection was made: the provider never saw the request.
    NeverSent(String),
    /// The provider says that it did not take the call.
    Refused {
        /// Its code.
        code: String,
        /// Its words.
        message: String,
    },
    /// It took the call and is still at it.
    InProgress,
    /// The connection ended: nobody knows how far the call got.
    Lost(String),
    /// The answer is not the one that was given before, or goes on for too long.
    Contradiction(&'static str),
    /// Our own client went away.
    ClientGone,
}

/// What became of a voucher that was handed over.
#[derive(Debug, PartialEq, Eq)]
pub enum Handed {
    /// The provider has it, or a better one.
    Taken,
    /// The provider can't be asked, or does not see the channel as it is yet.
    Later(String),
    /// The provider refuses it for good.
    Refused(String),
}

/// What is asked of the provider about a call.
#[derive(Debug)]
pub enum Known {
    /// Its receipt.
    Receipt(Box<SignedReceipt>),
    /// It is at it.
    InProgress,
    /// It never took it.
    Never,
    /// It can't be asked.
    Away(String),
}

/// The HTTP client with its time limits.
#[derive(Clone)]
pub struct Upstream {
    http: reqwest::Client,
    first_token: Duration,
    pause: Duration,
}

/// Where tokens go while they come.
pub struct Sink<'a> {
    /// Closed when the client goes away; receives new tokens if `live`.
    pub out: &'a mpsc::Sender<super::call::Piece>,
    /// Whether tokens are passed on as they come.
    pub live: bool,
    /// Tokens that were passed on.
    pub delivered: &'a mut Vec<u32>,
}

impl Upstream {
    /// A client that follows no redirects: an endpoint can't point elsewhere.
    pub fn new(http: reqwest::Client, settings: &Settings) -> Self {
        Self { http, first_token: settings.first_token, pause: settings.pause }
    }

    /// Sends a call and reads its answer into `ids` (bits of the vector for an embedding).
    pub async fn call(&self, sent: &Sent, ids: &mut Vec<u32>, sink: &mut Sink<'_>) -> Once {
        let out = sink.out.clone();
        let gather = if sink.live { 0 } else { GATHER_MS };
        let response = tokio::select! {
            response = tokio::time::timeout(self.first_token, self.post(sent, gather)) => response,
            () = out.closed() => return Once::ClientGone,
        };
        let response = match response {
            Ok(Ok(response)) => response,
            Ok(Err(error)) if error.is_connect() => return Once::NeverSent(plain(error)),
            Ok(Err(error)) => return Once::Lost(plain(error)),
            Err(_) => return Once::Lost("it did not begin to answer in time".into()),
        };
        if !response.status().is_success() {
            return refusal(response).await;
        }
        match sent.body.kind {
            CallKind::Generate => self.read_stream(sent, response, ids, sink).await,
            CallKind::Embed => tokio::select! {
                once = self.read_vector(response, ids) => once,
                () = out.closed() => Once::ClientGone,
            },
        }
    }

    async fn post(&self, sent: &Sent, gather_ms: u64) -> reqwest::Result<Response> {
        let (path, body) = match sent.body.kind {
            CallKind::Generate => (
                "completions",
                json!({
                    "model": sent.model,
                    "prompt": sent.body.prompt_ids,
                    "max_tokens": sent.body.max_tokens,
                    "temperature": f64::from(sent.body.temperature_milli) / 1000.0,
                    "souk_stops": sent.body.stops,
                    "stream": true,
                    "souk_gather_ms": gather_ms,
                }),
            ),
            CallKind::Embed => (
                "embeddings",
                json!({ "model": sent.model, "input": sent.body.prompt_ids, "encoding_format": "base64" }),
            ),
        };
        let mut post = self
            .http
            .post(format!("{}/v1/{path}", sent.endpoint))
            .header(wire::CHANNEL, wire::encode(&sent.request.channel))
            .header(wire::REQUEST, wire::encode_signed(&sent.request, &sent.request_signature))
            .json(&body);
        if let Some((voucher, signature)) = &sent.voucher {
            post = post.header(wire::VOUCHER, wire::encode_signed(voucher, signature));
        }
        post.send().await
    }

    async fn read_stream(
        &self,
        sent: &Sent,
        response: Response,
        ids: &mut Vec<u32>,
        sink: &mut Sink<'_>,
    ) -> Once {
        let mut events = wire::events(Box::pin(response.bytes_stream()));
        let mut got: Vec<u32> = Vec::new();
        let mut receipt: Option<SignedReceipt> = None;
        let mut error = None;
        let mut idle = 0u32;
        let out = sink.out.clone();
        let lost = loop {
            let event = tokio::select! {
                event = tokio::time::timeout(self.pause, events.next()) => event,
                // A receipt that came is kept whatever the client does.
                () = out.closed(), if receipt.is_none() => return Once::ClientGone,
            };
            let event = match event {
                Ok(Some(Ok(Value::Null)) | None) => break "the stream ended without a receipt".to_string(),
                Ok(Some(Ok(event))) => event,
                Ok(Some(Err(reason))) => break reason,
                Err(_) => break "the stream paused for too long".into(),
            };
            if event["object"] == "souk.receipt" {
                receipt = event["receipt"].as_str().and_then(wire::decode_signed);
                continue;
            }
            if let Some(message) = event["error"]["message"].as_str() {
                error = Some(message.to_string());
                continue;
            }
            let Some(new) = wire::token_ids(&event).filter(|new| !new.is_empty()) else {
                idle += 1;
                if idle > MOST_IDLE_EVENTS {
                    return Once::Contradiction("it sends events without tokens");
                }
                continue;
            };
            got.extend(new);
            let common = got.len().min(ids.len());
            if got[..common] != ids[..common] {
                return Once::Contradiction("it gave another answer when it was asked again");
            }
            if got.len() > ids.len() {
                ids.extend_from_slice(&got[ids.len()..]);
            }
            if ids.len() > sent.body.max_tokens as usize {
                return Once::Contradiction("its answer is longer than max_tokens");
            }
            if sink.pass_on(ids).await.is_err() && receipt.is_none() {
                return Once::ClientGone;
            }
        };
        match receipt {
            Some(receipt) => {
                if got.len() < ids.len() {
                    // Asked again, it gave less than before: what it charges for is what counts.
                    ids.truncate(got.len());
                }
                Once::Receipt { receipt: Box::new(receipt), error }
            }
            None => Once::Lost(error.unwrap_or(lost)),
        }
    }

    async fn read_vector(&self, response: Response, bits: &mut Vec<u32>) -> Once {
        let receipt = receipt_of(response.headers());
        let body: Value = match tokio::time::timeout(self.first_token, wire::json(response)).await {
            Ok(Ok(body)) => body,
            Ok(Err(reason)) => return Once::Lost(reason),
            Err(_) => return Once::Lost("it did not answer in time".into()),
        };
        let bytes = body["data"][0]["embedding"].as_str().and_then(|text| STANDARD.decode(text).ok());
        let (Some(receipt), Some(bytes)) = (receipt, bytes) else {
            return Once::Lost("its answer has no vector or no receipt".into());
        };
        *bits = bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        Once::Receipt { receipt: Box::new(receipt), error: None }
    }

    /// Asks for the receipt of a call. The order shows that it is ours.
    pub async fn receipt(&self, endpoint: &str, order: &Request, signature: &[u8; 64]) -> Known {
        let url = format!("{endpoint}/v1/receipts/{}/{}", hex::encode(order.channel), order.seq);
        let asked = self.http.get(url).header(wire::REQUEST, wire::encode_signed(order, signature));
        let response = match asked.timeout(Duration::from_secs(10)).send().await {
            Ok(response) => response,
            Err(error) => return Known::Away(plain(error)),
        };
        let status = response.status();
        if let Some(receipt) = receipt_of(response.headers()) {
            return Known::Receipt(Box::new(receipt));
        }
        let body = wire::json(response).await.unwrap_or_default();
        match (status.as_u16(), body["error"]["code"].as_str()) {
            (200, _) => match body["receipt"].as_str().and_then(wire::decode_signed) {
                Some(receipt) => Known::Receipt(Box::new(receipt)),
                None => Known::Away("its receipt can't be read".into()),
            },
            (409, Some("call_in_progress")) => Known::InProgress,
            // Only the provider's own words count: a proxy's 404 says nothing.
            (404, Some("unknown_call")) => Known::Never,
            _ => Known::Away(format!("it answered {status}")),
        }
    }

    /// Hands a voucher over.
    pub async fn hand(&self, endpoint: &str, voucher: &Voucher, signature: &[u8; 64]) -> Handed {
        let response = self
            .http
            .post(format!("{endpoint}/v1/vouchers"))
            .header(wire::CHANNEL, wire::encode(&voucher.channel))
            .header(wire::VOUCHER, wire::encode_signed(voucher, signature))
            .timeout(Duration::from_secs(10))
            .send()
            .await;
        let response = match response {
            Ok(response) => response,
            Err(error) => return Handed::Later(plain(error)),
        };
        let status = response.status();
        if status.is_success() {
            return Handed::Taken;
        }
        let body = wire::json(response).await.unwrap_or_default();
        let message = body["error"]["message"].as_str().unwrap_or(status.as_str()).to_string();
        match body["error"]["code"].as_str() {
            Some("stale_voucher") => Handed::Taken,
            // Its node may be behind ours: the channel, or its last top-up, is not final there.
            Some("unknown_channel" | "voucher_over_deposit" | "busy") => Handed::Later(message),
            Some(_) if status.is_client_error() && status.as_u16() != 429 => Handed::Refused(message),
            // A proxy's words say nothing about the voucher.
            _ => Handed::Later(message),
        }
    }

    /// The first number that the provider has not bound in a channel; `None` when it does not say.
    pub async fn next_seq(&self, endpoint: &str, channel: &ChannelId) -> Option<u64> {
        let url = format!("{endpoint}/v1/channels/{}", hex::encode(channel));
        let response = self.http.get(url).timeout(Duration::from_secs(10)).send().await.ok()?;
        let body = wire::json(response).await.ok()?;
        body["next_seq"].as_u64()
    }
}

impl Sink<'_> {
    /// Passes on what is new. An error: the client went away.
    async fn pass_on(&mut self, ids: &[u32]) -> Result<(), ()> {
        if self.live && ids.len() > self.delivered.len() {
            let new = ids[self.delivered.len()..].to_vec();
            self.delivered.extend_from_slice(&new);
            return self.out.send(super::call::Piece::Tokens(new)).await.map_err(drop);
        }
        if self.out.is_closed() {
            return Err(());
        }
        Ok(())
    }
}

async fn refusal(response: Response) -> Once {
    let status = response.status();
    let receipt = receipt_of(response.headers());
    // A provider that says nothing more is not waited for.
    let body = tokio::time::timeout(Duration::from_secs(10), wire::json(response)).await;
    let body = body.ok().and_then(Result::ok).unwrap_or_default();
    let message = body["error"]["message"].as_str().unwrap_or(status.as_str()).to_string();
    let code = body["error"]["code"].as_str().map(str::to_string);
    match (receipt, code) {
        (Some(receipt), _) => Once::Receipt { receipt: Box::new(receipt), error: Some(message) },
        (None, Some(code)) if code == "call_in_progress" => Once::InProgress,
        // After an internal error nobody knows whether the call was bound.
        (None, Some(code)) if code != "internal_error" => Once::Refused { code, message },
        _ => Once::Lost(format!("it answered {status}: {message}")),
    }
}

fn receipt_of(headers: &HeaderMap) -> Option<SignedReceipt> {
    wire::decode_signed(headers.get(wire::RECEIPT)?.to_str().ok()?)
}

/// The error without the address, with its causes.
fn plain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
