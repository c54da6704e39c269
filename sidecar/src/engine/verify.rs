//! Verification: one teacher-forced pass over prompt and answer, and the margin of every token under the call's noise.

use super::{
    error::{EngineError, Result},
    generate::{EndCheck, Ending, PREFILL_CHUNK},
    model::{Sequence, TokenModel, Want},
    scheduler::{Job, Progress},
    stats::Counters,
};
use souk_primitives::{
    call::Finish,
    sampler::{judge, Judged, MarginStats, MarginSummary, MARGIN_CLIP},
};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Positions whose logits are held at the same time: 32 × 49,152 × 4 bytes are 6 MB.
const LOGIT_CHUNK: usize = 32;

/// An answer to check.
#[derive(Clone, Debug)]
pub struct VerifyRequest {
    /// Token ids of the rendered prompt.
    pub prompt_ids: Vec<u32>,
    /// Token ids of the answer.
    pub output_ids: Vec<u32>,
    /// Temperature in thousandths.
    pub temperature_milli: u16,
    /// Most tokens that were asked for.
    pub max_tokens: u32,
    /// Stop sequences of the request.
    pub stops: Vec<Vec<u32>>,
    /// Seed of the call.
    pub seed_call: [u8; 32],
    /// How the receipt says that the answer ended.
    pub finish: Finish,
    /// Position, counted over prompt and answer, whose final hidden state is wanted. The answer's last token is never
    /// fed, so the last position is `prompt + output - 2`.
    pub hidden_at: Option<u32>,
}

/// What the pass found.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// Margins, as they go into the report.
    pub margins: MarginSummary,
    /// Whether the tokens can have ended as claimed.
    pub end: EndCheck,
    /// Final hidden state at [`VerifyRequest::hidden_at`].
    pub hidden: Option<Vec<f32>>,
}

pub(super) struct VerifyJob {
    model: Arc<dyn TokenModel>,
    request: VerifyRequest,
    ending: Ending,
    /// Everything that is fed: the prompt and all of the answer but its last token, as far as they exist.
    ids: Vec<u32>,
    reply: Option<oneshot::Sender<Result<Verification>>>,
    counters: Arc<Counters>,
    sequence: Option<Box<dyn Sequence>>,
    fed: usize,
    stats: MarginStats,
    hidden: Option<Vec<f32>>,
}

impl VerifyJob {
    pub fn new(
        model: Arc<dyn TokenModel>,
        request: VerifyRequest,
        eos: &[u32],
        context: usize,
        counters: Arc<Counters>,
        reply: oneshot::Sender<Result<Verification>>,
    ) -> Result<Self> {
        let prompt = request.prompt_ids.len();
        if prompt == 0 {
            return Err(EngineError::Request("the prompt is empty".into()));
        }
        if prompt > context {
            return Err(EngineError::ContextFull { prompt, context });
        }
        // An answer that no model could have given is fed as far as it goes; the rest counts with the largest margin.
        let known = request.output_ids.iter().take_while(|id| (**id as usize) < model.vocab()).count();
        let fed = known.min(request.output_ids.len().saturating_sub(1)).min(context.saturating_sub(prompt));
        let ids: Vec<u32> =
            request.prompt_ids.iter().chain(request.output_ids.iter().take(fed)).copied().collect();
        if request.hidden_at.is_some_and(|at| at as usize >= ids.len()) {
            return Err(EngineError::Request("the position of the hidden state is beyond the answer".into()));
        }
        let ending = Ending::new(eos, &request.stops, request.max_tokens, prompt, context);
        Ok(VerifyJob {
            model,
            request,
            ending,
            ids,
            reply: Some(reply),
            counters,
            sequence: None,
            fed: 0,
            stats: MarginStats::default(),
            hidden: None,
        })
    }

    fn advance(&mut self) -> Result<Option<Verification>> {
        // Logits start after the prompt's last token.
        let judged_from = self.request.prompt_ids.len().saturating_sub(1);
        let nothing_judged = self.request.output_ids.is_empty();
        let (end, want) = if self.fed < judged_from || nothing_judged {
            let stop = if nothing_judged { self.ids.len() } else { judged_from };
            (self.fed.saturating_add(PREFILL_CHUNK).min(stop), Want::Nothing)
        } else {
            (self.fed.saturating_add(LOGIT_CHUNK).min(self.ids.len()), Want::All)
        };
        let piece = self.ids.get(self.fed..end).unwrap_or_default();
        let hidden_of = self.request.hidden_at.map(|at| at as usize);
        let hidden_of =
            hidden_of.filter(|at| (self.fed..end).contains(at)).map(|at| at.saturating_sub(self.fed));
        let sequence = match &mut self.sequence {
            Some(sequence) => sequence,
            None => self.sequence.insert(self.model.clone().start(self.ids.len())?),
        };
        let step = sequence.feed(piece, want, hidden_of)?;
        self.hidden = step.hidden.or(self.hidden.take());
        self.counters.verified_tokens(piece.len());
        if want == Want::All {
            for logits in step.logits.chunks(self.model.vocab().max(1)) {
                let position = self.stats.n();
                let Some(token) = self.request.output_ids.get(position as usize) else { break };
                let request = &self.request;
                let judged =
                    judge(logits, request.temperature_milli, &request.seed_call, u64::from(position), *token);
                self.stats.push(judged);
            }
        }
        self.fed = end;
        if end < self.ids.len() {
            return Ok(None);
        }
        for _ in self.request.output_ids.iter().skip(self.stats.n() as usize) {
            self.stats.push(Judged { margin: MARGIN_CLIP, exact: false });
        }
        Ok(Some(Verification {
            margins: self.stats.summary(),
            end: self.ending.check(&self.request.output_ids, self.request.finish),
            hidden: self.hidden.take(),
        }))
    }
}

impl Job for VerifyJob {
    fn step(&mut self) -> Progress {
        if self.reply.as_ref().is_none_or(|reply| reply.is_closed()) {
            return Progress::Finished;
        }
        let answer = match self.advance() {
            Ok(None) => return Progress::More,
            Ok(Some(verification)) => Ok(verification),
            Err(error) => Err(error),
        };
        if let Some(reply) = self.reply.take() {
            let _ = reply.send(answer);
        }
        Progress::Finished
    }
}
