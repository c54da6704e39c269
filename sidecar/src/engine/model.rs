//! Port between the engine's jobs and whatever computes logits.

use super::error::Result;
use std::sync::Arc;

/// Which logits a step shall return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// None: only the cache grows.
    Nothing,
    /// Those after the last token fed.
    Last,
    /// Those after every token fed.
    All,
}

/// What a step returns.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// Rows of `vocab` logits each, in the order of the tokens fed.
    pub logits: Vec<f32>,
    /// Final hidden state after one token fed, where it was asked for.
    pub hidden: Option<Vec<f32>>,
}

/// A model that predicts tokens.
pub trait TokenModel: Send + Sync {
    /// Entries of the vocabulary.
    fn vocab(&self) -> usize;
    /// Most tokens of prompt and answer together.
    fn max_context(&self) -> usize;
    /// An empty sequence with room for `capacity` tokens.
    fn start(self: Arc<Self>, capacity: usize) -> Result<Box<dyn Sequence>>;
}

/// One sequence with its cache.
pub trait Sequence: Send {
    /// Appends tokens. `hidden_of` asks for the final hidden state after the token of that index in `ids`.
    fn feed(&mut self, ids: &[u32], want: Want, hidden_of: Option<usize>) -> Result<Step>;
}
