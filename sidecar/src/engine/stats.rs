//! Counters for metrics.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What an engine has done so far.
#[derive(Debug, Default)]
pub struct Counters {
    prompt: AtomicU64,
    output: AtomicU64,
    verified: AtomicU64,
    embedded: AtomicU64,
}

/// A reading of [`Counters`], in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Read from prompts.
    pub prompt: u64,
    /// Generated.
    pub output: u64,
    /// Passed over in verifications.
    pub verified: u64,
    /// Turned into embeddings.
    pub embedded: u64,
}

impl Counters {
    pub(super) fn prompt_tokens(&self, n: usize) {
        self.prompt.fetch_add(n as u64, Relaxed);
    }

    pub(super) fn output_tokens(&self, n: usize) {
        self.output.fetch_add(n as u64, Relaxed);
    }

    pub(super) fn verified_tokens(&self, n: usize) {
        self.verified.fetch_add(n as u64, Relaxed);
    }

    pub(super) fn embedded_tokens(&self, n: usize) {
        self.embedded.fetch_add(n as u64, Relaxed);
    }

    /// The counts now.
    pub fn totals(&self) -> Totals {
        Totals {
            prompt: self.prompt.load(Relaxed),
            output: self.output.load(Relaxed),
            verified: self.verified.load(Relaxed),
            embedded: self.embedded.load(Relaxed),
        }
    }
}
