//! What can go wrong in the engine, said so that the reader knows what to do next.

use std::path::{Path, PathBuf};

/// Result of the engine's functions.
pub type Result<T, E = EngineError> = std::result::Result<T, E>;

/// An error of the engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A file could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A model file is not what its format says.
    #[error("{path}: {what}", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The file is sound, but this engine can't run it faithfully.
    #[error("{0}")]
    Unsupported(String),
    /// Bytes do not have the digest that names them.
    #[error("{what} has digest {found}, expected {expected}: fetch it again")]
    Digest {
        /// Which bytes.
        what: String,
        /// Digest asked for, hex.
        expected: String,
        /// Digest found, hex.
        found: String,
    },
    /// A request that can't be run.
    #[error("{0}")]
    Request(String),
    /// The prompt leaves no room for an answer.
    #[error("the prompt has {prompt} tokens, but this model's context has room for {context} with the answer: shorten it")]
    ContextFull {
        /// Tokens of the prompt.
        prompt: usize,
        /// Tokens of prompt and answer together.
        context: usize,
    },
    /// Too many calls wait already.
    #[error("{waiting} calls are waiting already ({scope}): try again later")]
    QueueFull {
        /// Calls waiting.
        waiting: usize,
        /// Whose limit it is.
        scope: &'static str,
    },
    /// The engine has been shut down.
    #[error("the engine is shutting down")]
    Stopped,
    /// A job ended without an answer.
    #[error("the engine dropped this call: {0}")]
    Dropped(String),
    /// The chat template refused the messages.
    #[error("chat template: {0}")]
    Template(String),
    /// The tokenizer failed.
    #[error("tokenizer: {0}")]
    Tokenizer(String),
    /// Arithmetic failed on the device.
    #[error("device: {0}")]
    Device(#[from] candle_core::Error),
}

impl EngineError {
    /// Names the file of an I/O error: `.map_err(EngineError::io(path))`.
    pub fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| EngineError::Io { path: path.to_owned(), source }
    }

    /// A format error in `path`.
    pub fn format(path: &Path, what: impl ToString) -> Self {
        EngineError::Format { path: path.to_owned(), what: what.to_string() }
    }
}
