//! The engine behind the services' port: ids become text, stop sequences are held back.

use crate::{
    config,
    engine::{
        self, manifest, ChatMessage, DeviceChoice, Engine, EngineError, GenEvent, GenRequest, Limits,
        LoadOptions, LocalModel, ModelKind, VerifyRequest, AUDIT_KEY,
    },
    runner::{Event, Generation, Measured, Message, ModelInfo, RunError, Runner},
};
use bytes::Bytes;
use futures::future::BoxFuture;
use souk_primitives::{
    call::{CallKind, Finish},
    Digest,
};
use std::{path::Path, sync::Arc};
use tokio::sync::mpsc;

/// Tokens whose text is held back while they may become a stop sequence, at most (an attacker's stops can be long).
const HELD_AT_MOST: usize = 64;

/// A model of the configuration, opened and checked but not yet loaded.
pub struct Opened {
    local: LocalModel,
    name: String,
}

/// Opens a model's files and checks them against the digest in the configuration. Hashes all weights.
pub fn open(model: &config::Model) -> Result<Opened, EngineError> {
    let local = LocalModel::open(&model.path)?;
    if let Some(expected) = &model.manifest {
        let mut digest = [0; 32];
        hex::decode_to_slice(expected.trim_start_matches("0x"), &mut digest).map_err(|_| {
            EngineError::Request(format!("models.manifest of {} must be 32 bytes of hex", model.name))
        })?;
        let what = format!("the manifest of {} (of the files at {})", model.name, model.path.display());
        manifest::Digest(digest).check(&what, &local.manifest().to_bytes())?;
    }
    Ok(Opened { local, name: model.name.clone() })
}

impl Opened {
    /// Digest of the manifest.
    pub fn digest(&self) -> Digest {
        self.local.manifest().digest().0
    }

    /// What the model does.
    pub fn kind(&self) -> ModelKind {
        self.local.manifest().kind
    }

    /// Loads the weights.
    pub fn load(&self, options: &LoadOptions) -> Result<Served, EngineError> {
        let engine = Arc::new(Engine::load(&self.local, options)?);
        Ok(Served::new(self.name.clone(), engine))
    }
}

/// Options of the configuration.
pub fn options(engine: &config::Engine, data_dir: &Path) -> Result<LoadOptions, EngineError> {
    let mut options = LoadOptions::new(data_dir.join("weights"));
    options.threads = engine.threads;
    options.device = engine.device.parse::<DeviceChoice>()?;
    options.limits = Limits { active: engine.active.max(1), ..Limits::default() };
    Ok(options)
}

/// A loaded model.
pub struct Served {
    engine: Arc<Engine>,
    info: ModelInfo,
    /// The tokenizer's files, once for all who fetch them: they are megabytes, and anyone may ask.
    bundle: Bytes,
}

impl Served {
    /// Serves an engine under a name.
    pub fn new(name: String, engine: Arc<Engine>) -> Self {
        let manifest = engine.manifest();
        let info = ModelInfo {
            name,
            kind: match manifest.kind {
                ModelKind::Chat => CallKind::Generate,
                ModelKind::Embedding => CallKind::Embed,
            },
            max_context: manifest.max_context,
            manifest_digest: manifest.digest().0,
            end_tokens: manifest.eos.clone(),
            vocab: u32::try_from(engine.vocab()).unwrap_or(u32::MAX),
        };
        let bundle = engine.renderer().bundle().to_bytes().into();
        Self { engine, info, bundle }
    }
}

impl From<EngineError> for RunError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::QueueFull { .. } => RunError::Busy,
            EngineError::Request(_)
            | EngineError::ContextFull { .. }
            | EngineError::Template(_)
            | EngineError::Tokenizer(_) => RunError::BadInput(error.to_string()),
            other => RunError::Failed(other.to_string()),
        }
    }
}

impl Runner for Served {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn render(&self, messages: &[Message]) -> Result<Vec<u32>, RunError> {
        let messages: Vec<ChatMessage> =
            messages.iter().map(|m| ChatMessage::new(m.role.as_str(), m.content.as_str())).collect();
        Ok(self.engine.renderer().chat_ids(&messages)?)
    }

    fn tokenize(&self, text: &str, special: bool) -> Result<Vec<u32>, RunError> {
        let renderer = self.engine.renderer();
        Ok(if special { renderer.text_ids(text)? } else { renderer.stop_ids(text)? })
    }

    fn detokenize(&self, ids: &[u32]) -> String {
        self.engine.renderer().decode(ids).unwrap_or_default()
    }

    fn generate(&self, call: Generation) -> Result<mpsc::Receiver<Event>, RunError> {
        let stops = call.stops.clone();
        let mut running = self.engine.generate(GenRequest {
            key: call.client,
            prompt_ids: call.prompt,
            temperature_milli: call.temperature_milli,
            max_tokens: call.max_tokens,
            stops: call.stops,
            seed_call: call.seed,
        })?;
        let mut decoder = Some(self.engine.renderer().decoder());
        let (out, events) = mpsc::channel(64);
        tokio::spawn(async move {
            let mut text = HeldText::new(stops);
            loop {
                let event = tokio::select! {
                    event = running.next() => event,
                    // Dropping the generation cancels it, also in the middle of a long prompt.
                    () = out.closed() => return,
                };
                let event = match event {
                    Some(GenEvent::Token { id }) => {
                        let piece = decoder.as_mut().and_then(|d| d.push(id).ok()).unwrap_or_default();
                        Event::Token { id, text: text.push(id, piece) }
                    }
                    Some(GenEvent::Done { finish: Finish::Error, error, .. }) => {
                        Event::Failed(error.unwrap_or_default())
                    }
                    Some(GenEvent::Done { finish, .. }) => {
                        let rest = decoder.take().and_then(|d| d.finish().ok()).unwrap_or_default();
                        Event::End { finish, text: text.end(finish, rest) }
                    }
                    None => Event::Failed("the engine stopped".into()),
                };
                let last = !matches!(event, Event::Token { .. });
                if out.send(event).await.is_err() || last {
                    return;
                }
            }
        });
        Ok(events)
    }

    fn measure(&self, call: Generation, answer: Vec<u32>) -> BoxFuture<'static, Result<Measured, RunError>> {
        let engine = self.engine.clone();
        Box::pin(async move {
            let request = VerifyRequest {
                prompt_ids: call.prompt,
                output_ids: answer,
                temperature_milli: call.temperature_milli,
                max_tokens: call.max_tokens,
                // The end is checked with the receipt; here only margins count.
                stops: Vec::new(),
                seed_call: call.seed,
                finish: Finish::Cancelled,
                hidden_at: None,
            };
            let margins = engine.verify(AUDIT_KEY, request).await?.margins;
            Ok(Measured {
                n: margins.n,
                mean_margin: margins.mean_margin,
                max_window: margins.max_window,
                max_margin: margins.max_margin,
                exact: margins.exact,
            })
        })
    }

    fn embed(&self, client: Digest, ids: Vec<u32>) -> BoxFuture<'static, Result<Vec<f32>, RunError>> {
        let engine = self.engine.clone();
        Box::pin(async move { Ok(engine.embed(client, ids).await?) })
    }

    fn manifest(&self) -> Vec<u8> {
        self.engine.manifest().to_bytes()
    }

    fn blob(&self, digest: &Digest) -> Option<Bytes> {
        (self.engine.manifest().tokenizer == engine::Digest(*digest)).then(|| self.bundle.clone())
    }

    fn load(&self) -> usize {
        let load = self.engine.queue();
        load.waiting + load.active
    }

    fn close(&self) {
        self.engine.close();
    }
}

/// Text that waits until it is clear that its tokens are not the start of a stop sequence.
struct HeldText {
    stops: Vec<Vec<u32>>,
    tail: Vec<u32>,
    held: Vec<String>,
}

impl HeldText {
    fn new(mut stops: Vec<Vec<u32>>) -> Self {
        stops.retain(|stop| !stop.is_empty() && stop.len() <= HELD_AT_MOST);
        Self { stops, tail: Vec::new(), held: Vec::new() }
    }

    /// The text that may be shown after this token.
    fn push(&mut self, id: u32, piece: String) -> String {
        if self.stops.is_empty() {
            return piece;
        }
        self.tail.push(id);
        self.held.push(piece);
        let longest = self.stops.iter().map(|stop| stop.len()).max().unwrap_or(0).min(self.tail.len());
        let kept = (1..=longest)
            .rev()
            .find(|n| {
                let end = &self.tail[self.tail.len() - n..];
                self.stops.iter().any(|stop| stop.starts_with(end))
            })
            .unwrap_or(0);
        let shown = self.held.len() - kept;
        self.tail.drain(..self.tail.len() - kept);
        self.held.drain(..shown).collect()
    }

    /// What is left at the end: a stop sequence is not shown.
    fn end(&mut self, finish: Finish, rest: String) -> String {
        let stopped = finish == Finish::Stop && self.stops.iter().any(|stop| self.tail.ends_with(stop));
        let held: String = std::mem::take(&mut self.held).concat();
        if stopped {
            String::new()
        } else {
            held + &rest
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_sequence_should_not_be_shown_and_its_start_should_wait() {
        let mut text = HeldText::new(vec![vec![7, 8, 9]]);
        assert_eq!(text.push(1, "a".into()), "a");
        assert_eq!(text.push(7, "b".into()), "");
        assert_eq!(text.push(8, "c".into()), "");
        assert_eq!(text.push(7, "d".into()), "bc", "not a stop after all, but a new start");
        assert_eq!(text.push(8, "e".into()), "");
        assert_eq!(text.push(9, "f".into()), "");
        assert_eq!(text.end(Finish::Stop, String::new()), "");
        let mut text = HeldText::new(vec![vec![7, 8]]);
        text.push(7, "x".into());
        assert_eq!(text.end(Finish::Length, "y".into()), "xy");
    }
}
