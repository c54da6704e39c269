//! Answers as server-sent events.

use super::{
    answer::{finish_word, Frame, Style},
    error::ApiError,
    App,
};
use crate::calls::{Chunk, Ended};
use async_stream::stream;
use axum::response::{
    sse::{Event, KeepAlive, Sse},
    IntoResponse, Response,
};
use futures::Stream;
use serde_json::{json, Value};
use souk_primitives::call::Finish;
use std::{convert::Infallible, time::Duration, time::Instant};
use tokio::sync::mpsc;

impl Frame {
    fn chunk(&self, text: &str, ids: &[u32], finish: Option<Finish>, first: bool) -> Value {
        let reason = finish.map(finish_word);
        let (object, choice) = match self.style {
            Style::Chat => {
                let mut delta = json!({});
                if let Some(map) = delta.as_object_mut() {
                    if first {
                        map.insert("role".into(), "assistant".into());
                    }
                    if finish.is_none() || !text.is_empty() {
                        map.insert("content".into(), text.into());
                    }
                }
                (
                    "chat.completion.chunk",
                    json!({
                        "index": 0, "delta": delta, "logprobs": null, "finish_reason": reason, "token_ids": ids,
                    }),
                )
            }
            Style::Text => (
                "text_completion",
                json!({ "index": 0, "text": text, "logprobs": null, "finish_reason": reason, "token_ids": ids }),
            ),
        };
        self.envelope(object, json!([choice]))
    }

    fn envelope(&self, object: &str, choices: Value) -> Value {
        json!({
            "id": self.id, "object": object, "created": self.created, "model": self.model, "choices": choices,
        })
    }

    fn usage_chunk(&self, output: usize) -> Value {
        let object = if self.style == Style::Chat { "chat.completion.chunk" } else { "text_completion" };
        let mut chunk = self.envelope(object, json!([]));
        if let Some(map) = chunk.as_object_mut() {
            map.insert("usage".into(), self.usage(output));
        }
        chunk
    }

    /// The events after the last token: its reason, usage, receipt, done.
    fn ending(&self, ended: Ended, include_usage: bool, first: bool) -> Vec<Event> {
        let mut events = vec![data(&self.chunk(&ended.tail, &[], Some(ended.finish), first))];
        if include_usage {
            events.push(data(&self.usage_chunk(ended.ids.len())));
        }
        if let Some(receipt) = ended.receipt {
            events.push(receipt_event(&receipt));
        }
        events.push(Event::default().data("[DONE]"));
        events
    }
}

fn data(value: &Value) -> Event {
    Event::default().data(value.to_string())
}

fn receipt_event(receipt: &str) -> Event {
    data(&json!({ "object": "souk.receipt", "receipt": receipt }))
}

/// A stream that fails has sent its status already: the error is an event, and so is the zero-charge receipt.
fn failure(error: ApiError) -> Vec<Event> {
    let mut events = vec![data(&error.body())];
    events.extend(error.receipt.as_deref().map(receipt_event));
    events.push(Event::default().data("[DONE]"));
    events
}

/// Streams a running call.
pub fn respond(app: App, frame: Frame, mut chunks: mpsc::Receiver<Chunk>, include_usage: bool) -> Response {
    let started = Instant::now();
    let events = stream! {
        let mut first = true;
        while let Some(chunk) = chunks.recv().await {
            match chunk {
                Chunk::Tokens { ids, text } => {
                    if first {
                        app.metrics().first_token(started.elapsed());
                    }
                    yield data(&frame.chunk(&text, &ids, None, first));
                    first = false;
                }
                Chunk::End(ended) => {
                    for event in frame.ending(ended, include_usage, first) {
                        yield event;
                    }
                    return;
                }
                Chunk::Failed(error) => {
                    app.metrics().refused(error.code);
                    for event in failure(error) {
                        yield event;
                    }
                    return;
                }
            }
        }
        for event in failure(ApiError::internal("the call's task failed")) {
            yield event;
        }
    };
    sse(events)
}

/// Streams an answer that was given before, in one piece.
pub fn repeat(
    frame: Frame,
    text: String,
    ids: Vec<u32>,
    finish: Finish,
    receipt: Option<String>,
    include_usage: bool,
) -> Response {
    let mut events = vec![data(&frame.chunk(&text, &ids, None, true))];
    let ended = Ended { finish, ids, tail: String::new(), receipt };
    events.extend(frame.ending(ended, include_usage, false));
    sse(futures::stream::iter(events))
}

fn sse(events: impl Stream<Item = Event> + Send + 'static) -> Response {
    use futures::StreamExt;
    Sse::new(events.map(Ok::<_, Infallible>))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
        .into_response()
}
