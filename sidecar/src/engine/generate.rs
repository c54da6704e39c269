//! Generation: prompt in pieces, then a token a step, under the call's seed.

use super::{
    error::Result,
    model::{Sequence, TokenModel, Want},
    scheduler::{Job, Key, Progress},
    stats::Counters,
};
use souk_primitives::{call::Finish, sampler};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Tokens of a prompt that one step reads: a few hundred milliseconds on a slow machine.
pub(super) const PREFILL_CHUNK: usize = 128;

/// One answer to generate.
#[derive(Clone, Debug)]
pub struct GenRequest {
    /// Whom it is for: keys take turns.
    pub key: Key,
    /// Token ids of the rendered prompt.
    pub prompt_ids: Vec<u32>,
    /// Temperature in thousandths; 0 is greedy.
    pub temperature_milli: u16,
    /// Most tokens of the answer.
    pub max_tokens: u32,
    /// Sequences of token ids that end the answer; they are part of it.
    pub stops: Vec<Vec<u32>>,
    /// Seed of the call, see [`sampler::call_seed`].
    pub seed_call: [u8; 32],
}

/// What a generation reports.
#[derive(Clone, Debug, PartialEq)]
pub enum GenEvent {
    /// The next token of the answer.
    Token {
        /// Its id.
        id: u32,
    },
    /// The last event.
    Done {
        /// How the answer ended.
        finish: Finish,
        /// All of its tokens.
        output_ids: Vec<u32>,
        /// What went wrong, with [`Finish::Error`].
        error: Option<String>,
    },
}

/// When an answer ends: the same rule for who writes one and who checks one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    eos: Vec<u32>,
    stops: Vec<Vec<u32>>,
    limit: usize,
}

/// How a claimed end fits the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndCheck {
    /// It does.
    Consistent,
    /// The answer ended, or did not end, otherwise.
    WrongReason,
    /// There are tokens after the end.
    Overrun,
}

impl Ending {
    /// `prompt` tokens of `max_context` are taken by the prompt.
    pub fn new(eos: &[u32], stops: &[Vec<u32>], max_tokens: u32, prompt: usize, max_context: usize) -> Self {
        let limit = (max_tokens as usize).min(max_context.saturating_sub(prompt));
        let stops = stops.iter().filter(|stop| !stop.is_empty()).cloned().collect();
        Ending { eos: eos.to_vec(), stops, limit }
    }

    /// Most tokens that the answer can have.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// How an answer has ended with its last token, if it has.
    pub fn after(&self, output: &[u32]) -> Option<Finish> {
        let stopped = output.last().is_some_and(|last| self.eos.contains(last))
            || self.stops.iter().any(|stop| output.ends_with(stop));
        if stopped {
            return Some(Finish::Stop);
        }
        (output.len() >= self.limit).then_some(Finish::Length)
    }

    /// Whether `output` can have ended with `claimed`.
    pub fn check(&self, output: &[u32], claimed: Finish) -> EndCheck {
        // The length first: it bounds how many beginnings are looked at.
        if output.len() > self.limit {
            return EndCheck::Overrun;
        }
        let early = (1..output.len()).any(|n| output.get(..n).is_some_and(|part| self.after(part).is_some()));
        if early {
            return EndCheck::Overrun;
        }
        let consistent = match claimed {
            // Cut off anywhere: what was sent counts.
            Finish::Cancelled | Finish::Error => true,
            Finish::Stop | Finish::Length => !output.is_empty() && self.after(output) == Some(claimed),
        };
        if consistent {
            EndCheck::Consistent
        } else {
            EndCheck::WrongReason
        }
    }
}

pub(super) struct GenerateJob {
    pub model: Arc<dyn TokenModel>,
    pub request: GenRequest,
    pub ending: Ending,
    pub events: mpsc::Sender<GenEvent>,
    pub cancel: CancellationToken,
    pub counters: Arc<Counters>,
    pub sequence: Option<Box<dyn Sequence>>,
    pub fed: usize,
    pub output: Vec<u32>,
}

impl GenerateJob {
    /// The next token, or none while the prompt is being read.
    fn advance(&mut self) -> Result<Option<u32>> {
        let sequence = match &mut self.sequence {
            Some(sequence) => sequence,
            None => {
                let capacity = self.request.prompt_ids.len().saturating_add(self.ending.limit());
                self.sequence.insert(self.model.clone().start(capacity)?)
            }
        };
        let prompt = &self.request.prompt_ids;
        let step = if self.fed < prompt.len() {
            let end = self.fed.saturating_add(PREFILL_CHUNK).min(prompt.len());
            let piece = prompt.get(self.fed..end).unwrap_or_default();
            let want = if end == prompt.len() { Want::Last } else { Want::Nothing };
            let step = sequence.feed(piece, want, None)?;
            self.counters.prompt_tokens(piece.len());
            self.fed = end;
            if want == Want::Nothing {
                return Ok(None);
            }
            step
        } else {
            sequence.feed(
                self.output.last().map(std::slice::from_ref).unwrap_or_default(),
                Want::Last,
                None,
            )?
        };
        let position = self.output.len() as u64;
        Ok(Some(sampler::pick(
            &step.logits,
            self.request.temperature_milli,
            &self.request.seed_call,
            position,
        )))
    }

    fn finish(&mut self, finish: Finish, error: Option<String>) -> Progress {
        // The channel has room for every token and this; when nobody listens it doesn't matter.
        let output_ids = std::mem::take(&mut self.output);
        let _ = self.events.try_send(GenEvent::Done { finish, output_ids, error });
        Progress::Finished
    }
}

impl Job for GenerateJob {
    fn step(&mut self) -> Progress {
        if self.cancel.is_cancelled() || self.events.is_closed() {
            return self.finish(Finish::Cancelled, None);
        }
        match self.advance() {
            Ok(None) => Progress::More,
            Ok(Some(id)) => {
                self.output.push(id);
                self.counters.output_tokens(1);
                let _ = self.events.try_send(GenEvent::Token { id });
                match self.ending.after(&self.output) {
                    Some(finish) => self.finish(finish, None),
                    None => Progress::More,
                }
            }
            Err(error) => {
                tracing::error!(%error, "generation failed");
                self.finish(Finish::Error, Some(error.to_string()))
            }
        }
    }
}

/// A running generation. Dropping it, or using the token, cancels.
pub struct Generation {
    pub(super) events: mpsc::Receiver<GenEvent>,
    pub(super) cancel: CancellationToken,
}

impl Generation {
    /// The next event; none after the last one, or when the engine died (then there was no [`GenEvent::Done`]).
    pub async fn next(&mut self) -> Option<GenEvent> {
        self.events.recv().await
    }

    /// Ends the answer after the token in progress; [`GenEvent::Done`] still comes.
    pub fn cancellation(&self) -> CancellationToken {
        self.cancel.clone()
    }

    /// Waits for the end: finish, tokens, error.
    pub async fn complete(mut self) -> (Finish, Vec<u32>, Option<String>) {
        while let Some(event) = self.next().await {
            if let GenEvent::Done { finish, output_ids, error } = event {
                return (finish, output_ids, error);
            }
        }
        (Finish::Error, Vec::new(), Some("the engine stopped".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ending(max_tokens: u32) -> Ending {
        Ending::new(&[2], &[vec![7, 8], vec![]], max_tokens, 10, 100)
    }

    #[test]
    fn end_should_come_with_eos_stop_or_limit() {
        let ending = ending(5);
        assert_eq!(ending.after(&[1, 3]), None);
        assert_eq!(ending.after(&[1, 2]), Some(Finish::Stop));
        assert_eq!(ending.after(&[1, 7, 8]), Some(Finish::Stop));
        assert_eq!(ending.after(&[8, 7]), None);
        assert_eq!(ending.after(&[1, 1, 1, 1, 1]), Some(Finish::Length));
        assert_eq!(ending.after(&[1, 1, 1, 1, 2]), Some(Finish::Stop), "a stop at the limit is a stop");
        assert_eq!(Ending::new(&[2], &[], 50, 90, 100).limit(), 10, "the context is a limit too");
    }

    #[test]
    fn answer_beyond_its_limit_should_not_be_searched_for_stops() {
        // Two thousand stops of a thousand tokens under four million tokens: hours, if each beginning were looked at.
        let stop = [vec![1; 1_000], vec![3]].concat();
        let ending = Ending::new(&[2], &vec![stop; 2_000], 4, 10, 100);
        let started = std::time::Instant::now();
        assert_eq!(ending.check(&vec![1; 4 << 20], Finish::Length), EndCheck::Overrun);
        assert!(started.elapsed() < std::time::Duration::from_millis(500));
    }

    #[test]
    fn claims_should_be_checked_against_the_tokens() {
        let ending = ending(4);
        use EndCheck::*;
        for (output, claimed, expected) in [
            (vec![1, 2], Finish::Stop, Consistent),
            (vec![1, 1, 1, 1], Finish::Length, Consistent),
            (vec![1, 1], Finish::Cancelled, Consistent),
            (vec![], Finish::Cancelled, Consistent),
            (vec![1, 1], Finish::Stop, WrongReason),
            (vec![1, 1], Finish::Length, WrongReason),
            (vec![1, 2], Finish::Length, WrongReason),
            (vec![], Finish::Stop, WrongReason),
            (vec![1, 2, 1], Finish::Length, Overrun),
            (vec![7, 8, 1, 1], Finish::Length, Overrun),
            (vec![1, 1, 1, 1, 1], Finish::Length, Overrun),
            (vec![2, 1], Finish::Cancelled, Overrun),
        ] {
            assert_eq!(ending.check(&output, claimed), expected, "{output:?} {claimed:?}");
        }
    }
}
