//! Exams: what the chain asks a provider, so that it shows the capacity that it claims.
//!
//! An exam is open for a few blocks, so this task follows the best block and not the final one: what a fork makes void
//! was work in vain and costs nothing, since answers to another paper are never committed. A paper is answered whole
//! and in time or not at all: what is committed is audited, and what is not there can't be shown.

mod pace;
mod sitting;

pub use pace::Pace;

use crate::{
    api::App,
    chain::{ChainError, OpenExam, Paper},
};
use sitting::Outcome;
use souk_primitives::{BatchId, BlockNumber, Digest};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// Looks at the best block in the length of one.
const LOOKS: u32 = 3;
/// Blocks before the end by which the answers must be there: the commitment has to get into one.
pub const MARGIN: BlockNumber = 2;

/// Runs until the app is cancelled; ends at once when no exams are to be sat.
pub async fn run(app: App) {
    if !app.config().exams.sit || app.chain().provider().is_none() {
        return;
    }
    let block = Duration::from_millis(app.config().audit.block_millis);
    let mut hall = Hall { app: app.clone(), block, current: None };
    loop {
        match app.chain().exam().await {
            Ok(exam) => hall.look(exam),
            Err(ChainError::NoChain) => return,
            Err(error) => tracing::debug!(%error, "can't look for exams"),
        }
        tokio::select! {
            () = tokio::time::sleep(block / LOOKS) => {}
            () = app.cancelled() => return,
        }
    }
}

/// Where exams are sat, one at a time.
struct Hall {
    app: App,
    block: Duration,
    current: Option<Current>,
}

/// The exam that goes on.
struct Current {
    drawn: Digest,
    /// Papers whose sitting has begun.
    begun: HashSet<BatchId>,
    /// Stops all of them.
    stop: CancellationToken,
}

impl Hall {
    fn look(&mut self, exam: Option<OpenExam>) {
        let Some(OpenExam { drawn, blocks_left, papers }) = exam else { return };
        let deadline = Instant::now() + self.block.saturating_mul(blocks_left.saturating_sub(MARGIN));
        let app = &self.app;
        let current = match &mut self.current {
            Some(current) if current.drawn == drawn => current,
            slot => {
                // The one before is over, or its fork is gone. Should that fork come back, it is begun anew.
                if let Some(before) = slot.take() {
                    before.stop.cancel();
                }
                slot.insert(Current { drawn, begun: HashSet::new(), stop: CancellationToken::new() })
            }
        };
        for paper in papers {
            if paper.committed || !current.begun.insert(paper.id) {
                continue;
            }
            let (app, stop) = (app.clone(), current.stop.clone());
            app.clone().tasks().spawn(async move {
                tokio::select! {
                    () = sit(&app, &paper, deadline) => {}
                    () = stop.cancelled() => app.metrics().examined("void"),
                    () = app.cancelled() => {}
                }
            });
        }
    }
}

/// Sits one paper and says what became of it.
async fn sit(app: &App, paper: &Paper, deadline: Instant) {
    let spec = hex::encode(paper.spec);
    let outcome = sitting::sit(app, paper, deadline).await;
    match &outcome {
        Ok(Outcome::Committed(shape)) => {
            tracing::info!(spec, questions = shape.count, tokens = %shape.total, "sat an exam");
        }
        Ok(Outcome::Before) => tracing::debug!(spec, "this exam was committed to before"),
        Err(refusal) => tracing::warn!(spec, questions = paper.questions, "no exam: {refusal}"),
    }
    app.metrics().examined(match &outcome {
        Ok(Outcome::Committed(_)) => "committed",
        Ok(Outcome::Before) => "before",
        Err(refusal) => refusal.label(),
    });
}
