//! The text of an answer, made from its token ids here: what a provider says the text is counts for nothing.

use souk_sidecar::engine::{EngineError, PromptRenderer, StreamDecoder};
use std::sync::Arc;

/// Turns ids into text as they come, and keeps back what may become a stop sequence.
pub struct TextStream {
    decoder: StreamDecoder,
    stops: Vec<Vec<u32>>,
    eos: Vec<u32>,
    /// Ids at the end that are the beginning of a stop sequence.
    held: Vec<u32>,
}

impl TextStream {
    /// For one answer.
    pub fn new(renderer: &Arc<PromptRenderer>, stops: Vec<Vec<u32>>, eos: Vec<u32>) -> Self {
        Self { decoder: renderer.decoder(), stops, eos, held: Vec::new() }
    }

    /// Text that these ids complete.
    pub fn push(&mut self, ids: &[u32]) -> Result<String, EngineError> {
        let mut text = String::new();
        for id in ids {
            self.held.push(*id);
            while !self.held.is_empty() && !self.may_stop() {
                let id = self.held.remove(0);
                if !self.eos.contains(&id) {
                    text.push_str(&self.decoder.push(id)?);
                }
            }
        }
        Ok(text)
    }

    fn may_stop(&self) -> bool {
        self.stops.iter().any(|stop| stop.starts_with(&self.held))
    }

    /// The rest of the text: without the stop sequence when the answer ended with one.
    pub fn finish(mut self) -> Result<String, EngineError> {
        let mut text = String::new();
        if !self.stops.contains(&self.held) {
            for id in std::mem::take(&mut self.held) {
                if !self.eos.contains(&id) {
                    text.push_str(&self.decoder.push(id)?);
                }
            }
        }
        Ok(text + &self.decoder.finish()?)
    }
}
