//! Answering one paper, from its questions to the commitment.

use super::pace::{Pace, AT_ONCE};
use crate::{
    adversary,
    api::App,
    chain::{ChainError, Paper},
    engine::EXAM_KEY,
    ledger::{LedgerError, Sat},
    runner::{Event, Generation, RunError, Runner},
};
use futures::{stream, StreamExt};
use souk_primitives::{
    call::CallKind,
    exam::{question, PROMPT_TOKENS},
    sumtree::Shape,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Pause before a full engine is asked again.
const PAUSE: Duration = Duration::from_millis(50);

/// How a sitting ended.
pub enum Outcome {
    /// The answers are committed to.
    Committed(Shape),
    /// They were before: by an earlier run of this process.
    Before,
}

/// Why nothing is committed to.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The chain would not take it.
    #[error("the chain would not take it: {0}")]
    NotAllowed(String),
    /// There is no such model here, or it makes no text of this length.
    #[error("the spec's model is not loaded here, or can't answer questions")]
    NoModel,
    /// Too little time is left.
    #[error("it was seen too late, or was over before all was answered: {done} answers in {seconds} s")]
    TooLate {
        /// Answers that were there.
        done: u32,
        /// Time that they took.
        seconds: u64,
    },
    /// It can't be done in the time that is left.
    #[error("too slow: {done} answers in {millis} ms; claim less capacity (compute.serve), or give the engine more")]
    TooSlow {
        /// Answers that were there.
        done: u32,
        /// Time that they took.
        millis: u64,
    },
    /// The model.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The disk.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl Refusal {
    /// Its name in the metrics.
    pub fn label(&self) -> &'static str {
        match self {
            Refusal::NotAllowed(_) => "not_allowed",
            Refusal::NoModel => "no_model",
            Refusal::TooLate { .. } => "late",
            Refusal::TooSlow { .. } => "slow",
            Refusal::Run(_) | Refusal::Ledger(_) => "failed",
            Refusal::Chain(_) => "refused",
        }
    }
}

/// Sits a paper: answers it, keeps the answers, and only then commits to them, once.
pub async fn sit(app: &App, paper: &Paper, deadline: Instant) -> Result<Outcome, Refusal> {
    if let Some(refusal) = &paper.refusal {
        return Err(Refusal::NotAllowed(refusal.clone()));
    }
    let (id, spec) = (paper.id, paper.spec);
    let answered = match app.ledger().with(move |ledger| ledger.sat(&id)).await? {
        Some(sat) => sat,
        None => answer_all(app, paper, deadline).await?,
    };
    if answered.sent || !app.ledger().with(move |ledger| ledger.send_exam(&id)).await? {
        return Ok(Outcome::Before);
    }
    app.chain().commit_exam(spec, answered.shape).await?;
    Ok(Outcome::Committed(answered.shape))
}

/// Answers all questions and keeps the answers.
async fn answer_all(app: &App, paper: &Paper, deadline: Instant) -> Result<Sat, Refusal> {
    let spec = app.facts().spec(paper.spec).await?.ok_or(Refusal::NoModel)?;
    let runner = app.models().of_manifest(&spec.manifest_digest).ok_or(Refusal::NoModel)?.clone();
    let info = runner.info();
    let room = spec.max_context.min(info.max_context).saturating_sub(PROMPT_TOKENS);
    if info.kind != CallKind::Generate || room == 0 {
        return Err(Refusal::NoModel);
    }
    let started = Instant::now();
    let budget = deadline.saturating_duration_since(started);
    if budget.is_zero() {
        return Err(Refusal::TooLate { done: 0, seconds: 0 });
    }
    let mut answers: Vec<Vec<u32>> = Vec::new();
    let work = async {
        let all = (0..paper.questions).map(|index| answer(app, &runner, paper, index, room));
        let mut all = stream::iter(all).buffered(AT_ONCE as usize);
        let mut looks = tokio::time::interval(PAUSE);
        loop {
            tokio::select! {
                next = all.next() => match next {
                    Some(next) => answers.push(next?),
                    None => return Ok::<(), Refusal>(()),
                },
                _ = looks.tick() => {}
            }
            let (done, elapsed) = (count(&answers), started.elapsed());
            if (Pace { questions: paper.questions, done, elapsed, budget }).is_hopeless() {
                return Err(Refusal::TooSlow { done, millis: millis(elapsed) });
            }
        }
    };
    match tokio::time::timeout_at(deadline.into(), work).await {
        Ok(outcome) => outcome?,
        Err(_) => {
            let seconds = started.elapsed().as_secs();
            return Err(Refusal::TooLate { done: count(&answers), seconds });
        }
    }
    let tokens: usize = answers.iter().map(Vec::len).sum();
    let per_second =
        (tokens as u64).saturating_mul(1_000).checked_div(millis(started.elapsed())).unwrap_or(0);
    app.metrics().exam_speed(per_second);
    let (id, paper) = (paper.id, paper.paper);
    app.ledger()
        .with(move |ledger| {
            ledger.keep_exam(&id, &paper, &answers)?;
            ledger.sat(&id)?.ok_or(LedgerError::Corrupt("exam"))
        })
        .await
        .map_err(Refusal::from)
}

/// Answers one question; waits while the engine's queue is full.
async fn answer(
    app: &App,
    runner: &Arc<dyn Runner>,
    paper: &Paper,
    index: u32,
    room: u32,
) -> Result<Vec<u32>, RunError> {
    let question = question(&paper.paper, index, runner.info().vocab);
    let mut generation = Generation::of_question(question, EXAM_KEY);
    generation.max_tokens = generation.max_tokens.min(room);
    let mut events = loop {
        match adversary::generate(app.cheat(), runner, generation.clone()) {
            Err(RunError::Busy) => tokio::time::sleep(PAUSE).await,
            started => break started?,
        }
    };
    let mut ids = Vec::new();
    loop {
        match events.recv().await {
            Some(Event::Token { id, .. }) => ids.push(id),
            Some(Event::End { .. }) => return Ok(ids),
            Some(Event::Failed(message)) => return Err(RunError::Failed(message)),
            None => return Err(RunError::Failed("the engine dropped the question".into())),
        }
    }
}

fn count(answers: &[Vec<u32>]) -> u32 {
    u32::try_from(answers.len()).unwrap_or(u32::MAX)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
