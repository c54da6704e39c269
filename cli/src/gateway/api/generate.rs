//! Chats and completions.

use super::{
    openai::{self, Wanted},
    read_fields, App,
};
use crate::gateway::{
    call::{Done, Job, Piece},
    catalogue::Material,
    error::ApiError,
    store::unix_now,
    text::TextStream,
    wire,
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue},
    response::{
        sse::{Event, KeepAlive, Sse},
        IntoResponse, Response,
    },
    Json,
};
use serde_json::{json, Value};
use souk_primitives::{call::Finish, views::SpecView};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// Form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Chat,
    Text,
}

/// `POST /v1/chat/completions`
pub async fn chat(State(app): State<App>, headers: HeaderMap, body: Body) -> Result<Response, ApiError> {
    create(app, &headers, body, Style::Chat).await
}

/// `POST /v1/completions`
pub async fn completion(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    create(app, &headers, body, Style::Text).await
}

async fn create(app: App, headers: &HeaderMap, body: Body, style: Style) -> Result<Response, ApiError> {
    let mut fields = read_fields(headers, body).await?;
    let spec = app.catalogue().named(&fields.model()?).await?;
    let material = app.catalogue().material(&spec).await?;
    let most = app.default_max_tokens();
    let wanted = match style {
        Style::Chat => openai::chat(fields, &spec, &material, most)?,
        Style::Text => openai::completion(fields, &spec, &material, most)?,
    };
    answer(app, spec, material, wanted, style).await
}

/// What every chunk and answer of one call repeats.
#[derive(Clone)]
struct Frame {
    style: Style,
    id: String,
    created: u64,
    model: String,
    input: usize,
    include_usage: bool,
}

async fn answer(
    app: App,
    spec: SpecView,
    material: Arc<Material>,
    wanted: Wanted,
    style: Style,
) -> Result<Response, ApiError> {
    let prefix = if style == Style::Chat { "chatcmpl" } else { "cmpl" };
    let frame = Frame {
        style,
        id: format!("{prefix}-{}", uuid::Uuid::new_v4().simple()),
        created: unix_now(),
        model: spec.model.clone(),
        input: wanted.body.prompt_ids.len(),
        include_usage: wanted.include_usage,
    };
    let text = TextStream::new(&material.renderer, wanted.body.stops.clone(), material.manifest.eos.clone());
    let job = Job { id: frame.id.clone(), spec, body: wanted.body, live: wanted.stream };
    let mut pieces = app.caller().start(job);
    // Until the first piece, an error still has its own status.
    let first = pieces.recv().await.unwrap_or_else(|| Piece::Failed(ApiError::internal("the call was lost")));
    match first {
        Piece::Failed(error) => Err(error),
        first if wanted.stream => Ok(stream(frame, text, first, pieces)),
        Piece::Done(done) => whole(&frame, text, &done),
        Piece::Tokens(_) => Err(ApiError::internal("tokens came although none were asked for as they come")),
    }
}

fn whole(frame: &Frame, mut text: TextStream, done: &Done) -> Result<Response, ApiError> {
    let undecodable = |e: souk_sidecar::engine::EngineError| ApiError::internal(e.to_string());
    let content = text.push(&done.ids).map_err(undecodable)? + &text.finish().map_err(undecodable)?;
    let reason = finish_word(done.receipt.0.finish);
    let (object, choice) = match frame.style {
        Style::Chat => (
            "chat.completion",
            json!({
                "index": 0,
                "message": { "role": "assistant", "content": content, "refusal": null },
                "logprobs": null,
                "finish_reason": reason,
            }),
        ),
        Style::Text => (
            "text_completion",
            json!({ "index": 0, "text": content, "logprobs": null, "finish_reason": reason }),
        ),
    };
    let mut body = frame.envelope(object, json!([choice]));
    body["usage"] = frame.usage(done.ids.len());
    body["souk"] = proof(done);
    let mut response = Json(body).into_response();
    with_proof(response.headers_mut(), done);
    Ok(response)
}

/// Says who served, what it cost, and the receipt.
pub fn with_proof(headers: &mut HeaderMap, done: &Done) {
    let (receipt, signature) = &done.receipt;
    for (name, value) in [
        ("x-souk-provider", done.provider.to_string()),
        ("x-souk-charge", receipt.charge.to_string()),
        ("x-souk-receipt", wire::encode_signed(receipt, signature)),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
}

/// The same as JSON, for the last chunk of a stream and the body of an answer.
fn proof(done: &Done) -> Value {
    let (receipt, signature) = &done.receipt;
    json!({
        "provider": done.provider.to_string(),
        "channel": format!("0x{}", hex::encode(receipt.channel)),
        "seq": receipt.seq,
        "charge": receipt.charge.to_string(),
        "receipt": wire::encode_signed(receipt, signature),
    })
}

fn stream(frame: Frame, mut text: TextStream, first: Piece, mut pieces: mpsc::Receiver<Piece>) -> Response {
    let events = async_stream::stream! {
        let mut next = Some(first);
        let mut told = 0;
        if frame.style == Style::Chat {
            yield data(&frame.chunk(json!({ "role": "assistant", "content": "" }), "", None));
        }
        while let Some(piece) = next {
            match piece {
                Piece::Tokens(ids) => {
                    told += ids.len();
                    match text.push(&ids) {
                        Ok(new) if new.is_empty() => {}
                        Ok(new) => yield data(&frame.text_chunk(&new)),
                        Err(error) => {
                            yield data(&ApiError::internal(error.to_string()).body());
                            return;
                        }
                    }
                }
                Piece::Done(done) => {
                    let rest = text.push(&done.ids[told.min(done.ids.len())..]);
                    let tail = rest.and_then(|rest| Ok(rest + &text.finish()?));
                    if let Ok(tail) = tail {
                        if !tail.is_empty() {
                            yield data(&frame.text_chunk(&tail));
                        }
                    }
                    let reason = finish_word(done.receipt.0.finish);
                    let mut last = frame.chunk(json!({}), "", Some(reason));
                    if frame.include_usage {
                        yield data(&last);
                        last = frame.envelope(frame.chunk_object(), json!([]));
                        last["usage"] = frame.usage(done.ids.len());
                    }
                    // OpenAI clients skip a field that they don't know.
                    last["souk"] = proof(&done);
                    yield data(&last);
                    yield Event::default().data("[DONE]");
                    return;
                }
                Piece::Failed(error) => {
                    yield data(&error.body());
                    return;
                }
            }
            next = pieces.recv().await;
        }
        yield data(&ApiError::internal("the call was lost").body());
    };
    let events = futures::StreamExt::map(events, Ok::<_, Infallible>);
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}

fn data(value: &Value) -> Event {
    Event::default().data(value.to_string())
}

/// Why an answer ended, in OpenAI's words.
fn finish_word(finish: Finish) -> &'static str {
    match finish {
        Finish::Length => "length",
        _ => "stop",
    }
}

impl Frame {
    fn chunk_object(&self) -> &'static str {
        match self.style {
            Style::Chat => "chat.completion.chunk",
            Style::Text => "text_completion",
        }
    }

    fn text_chunk(&self, text: &str) -> Value {
        self.chunk(json!({ "content": text }), text, None)
    }

    fn chunk(&self, delta: Value, text: &str, reason: Option<&str>) -> Value {
        let choice = match self.style {
            Style::Chat => {
                json!({ "index": 0, "delta": delta, "logprobs": null, "finish_reason": reason })
            }
            Style::Text => json!({ "index": 0, "text": text, "logprobs": null, "finish_reason": reason }),
        };
        self.envelope(self.chunk_object(), json!([choice]))
    }

    fn envelope(&self, object: &str, choices: Value) -> Value {
        json!({
            "id": self.id,
            "object": object,
            "created": self.created,
            "model": self.model,
            "choices": choices,
        })
    }

    fn usage(&self, output: usize) -> Value {
        json!({
            "prompt_tokens": self.input,
            "completion_tokens": output,
            "total_tokens": self.input + output,
        })
    }
}
