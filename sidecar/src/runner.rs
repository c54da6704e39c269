//! What the services need from a model, so that they can be tested without one.

use bytes::Bytes;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use souk_primitives::{
    call::{CallKind, Finish},
    exam::Question,
    Digest,
};
use tokio::sync::mpsc;

/// Facts of a loaded model.
#[derive(Clone, Debug)]
pub struct ModelInfo {
    /// Name under which it is served.
    pub name: String,
    /// Text or vectors.
    pub kind: CallKind,
    /// Most tokens of prompt and answer together.
    pub max_context: u32,
    /// Digest of the manifest.
    pub manifest_digest: Digest,
    /// Tokens that end an answer.
    pub end_tokens: Vec<u32>,
    /// Token ids that the model knows; 0 for one that makes no text.
    pub vocab: u32,
}

/// A message of a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `system`, `user` or `assistant`.
    pub role: String,
    /// Its text.
    pub content: String,
}

/// One generation, everything that decides its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Rendered prompt.
    pub prompt: Vec<u32>,
    /// Temperature in thousandths.
    pub temperature_milli: u16,
    /// Most tokens of the answer, already capped by context and money.
    pub max_tokens: u32,
    /// Token sequences that end the answer.
    pub stops: Vec<Vec<u32>>,
    /// Seed of the noise.
    pub seed: Digest,
    /// Who asks, so that one client's queue does not starve the others.
    pub client: Digest,
}

impl Generation {
    /// The answer to a question of an exam.
    pub fn of_question(question: Question, client: Digest) -> Self {
        let Question { body, seed } = question;
        Generation {
            prompt: body.prompt_ids,
            temperature_milli: body.temperature_milli,
            max_tokens: body.max_tokens,
            stops: body.stops,
            seed,
            client,
        }
    }
}

/// What a generation says as it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The next token.
    Token {
        /// Its id.
        id: u32,
        /// The text that it completes; may be empty inside a character.
        text: String,
    },
    /// The end of the answer, with text that was still held back.
    End {
        /// Why.
        finish: Finish,
        /// The rest of the text.
        text: String,
    },
    /// The engine failed.
    Failed(String),
}

/// What a teacher-forced prefill measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Measured {
    /// Tokens of the answer.
    pub n: u32,
    /// Mean clipped margin, millionths.
    pub mean_margin: u32,
    /// Largest mean over 32 tokens, millionths.
    pub max_window: u32,
    /// Largest margin, millionths.
    pub max_margin: u32,
    /// Tokens equal to the model's own choice, per mille.
    pub exact: u32,
}

/// Why a model did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The queue is full.
    #[error("the model's queue is full; try again shortly")]
    Busy,
    /// The input can't be run.
    #[error("{0}")]
    BadInput(String),
    /// Something broke.
    #[error("the model failed: {0}")]
    Failed(String),
}

/// A loaded model.
pub trait Runner: Send + Sync + 'static {
    /// Its facts.
    fn info(&self) -> &ModelInfo;
    /// Renders a chat with the model's template, ready for the answer.
    fn render(&self, messages: &[Message]) -> Result<Vec<u32>, RunError>;
    /// Token ids of a text. `special`: with the model's own start and end tokens, as a prompt; else as a stop sequence.
    fn tokenize(&self, text: &str, special: bool) -> Result<Vec<u32>, RunError>;
    /// Text of an answer's ids, without special tokens.
    fn detokenize(&self, ids: &[u32]) -> String;
    /// Starts a generation. Dropping the receiver cancels it.
    fn generate(&self, call: Generation) -> Result<mpsc::Receiver<Event>, RunError>;
    /// Measures an answer under the model: one prefill over prompt and answer.
    fn measure(&self, call: Generation, answer: Vec<u32>) -> BoxFuture<'static, Result<Measured, RunError>>;
    /// The vector of a text, in turn with everybody else's work for `client`.
    fn embed(&self, client: Digest, ids: Vec<u32>) -> BoxFuture<'static, Result<Vec<f32>, RunError>>;
    /// Bytes of the manifest.
    fn manifest(&self) -> Vec<u8>;
    /// Bytes that the manifest names by digest (the tokenizer bundle), if this is one.
    fn blob(&self, digest: &Digest) -> Option<Bytes>;
    /// Calls that run or wait.
    fn load(&self) -> usize {
        0
    }
    /// Takes no more calls.
    fn close(&self) {}
}
