//! The keeper: follows finalised blocks, settles channels, and prunes what can't be audited any more.
//!
//! It keeps no state of its own. What to do follows from the ledger and the finalised chain alone, so a keeper that was
//! killed at any instant does the right thing next, and nothing twice: a voucher that is settled already is no work.

mod background;
mod plan;
mod rest;

pub use background::Background;
pub use plan::{plan, Facts, Plan};
pub use rest::Resting;

use crate::{
    api::App,
    calls,
    chain::{ChainError, Head},
    ledger::{unix_now, LedgerError},
    sales::keeper::Seller,
};
use souk_primitives::{
    call::MAX_IN_FLIGHT,
    views::{ChannelState, ChannelView},
    BlockNumber, ChannelId,
};
use std::{sync::Arc, time::Duration};

/// Rest after a failure.
const REST: Duration = Duration::from_secs(3);
/// Channels that the chain does not know are kept for this long after their last call.
const FORGET_SECS: u64 = 7 * 24 * 3_600;
/// Answers of exams are kept for this long, and as long as an audit of them is open.
const EXAM_AGE: Duration = Duration::from_secs(3 * 3_600);
/// Blocks after which all closed channels are looked through for old ones, and the store for what nobody uses.
pub const CLEAN_BLOCKS: BlockNumber = 1_200;

/// Runs until the app is cancelled.
pub async fn run(app: App) {
    let background = Background::new(app.clone());
    let keeper = Keeper { app: app.clone(), background, resting: Arc::default() };
    let mut seller = Seller::of(&app);
    keeper.first_sweep();
    loop {
        let head = tokio::select! {
            head = app.chain().next_head() => head,
            () = app.cancelled() => return,
        };
        match head {
            Ok(head) => {
                keeper.step(head).await;
                if let Some(seller) = &mut seller {
                    seller.step(head).await;
                }
            }
            Err(ChainError::NoChain) => return,
            Err(error) => {
                tracing::warn!(%error, "the keeper waits for the node");
                tokio::select! {
                    () = tokio::time::sleep(REST) => {}
                    () = app.cancelled() => return,
                }
            }
        }
    }
}

struct Keeper {
    app: App,
    /// Transactions under way.
    background: Background,
    /// Channels whose last transaction was refused.
    resting: Arc<Resting>,
}

impl Keeper {
    /// Calls that the last run of this process left unanswered end after a while, so that their channels can go on.
    fn first_sweep(&self) {
        let app = self.app.clone();
        let age = Duration::from_secs(app.config().settlement.orphan_secs);
        self.app.tasks().spawn(async move {
            loop {
                tokio::select! {
                    () = tokio::time::sleep(age.max(Duration::from_secs(1)) / 2) => {}
                    () = app.cancelled() => return,
                }
                calls::sweep_orphans(&app, age, None).await;
            }
        });
    }

    /// One finalised block.
    async fn step(&self, head: Head) {
        self.app.facts().advance(head);
        self.app.metrics().finalised(head.number);
        if let Err(error) = self.app.facts().learn_audits().await {
            tracing::debug!(%error, "can't look for audits of this provider");
        }
        if head.number.checked_rem(CLEAN_BLOCKS) == Some(0) {
            self.clean().await;
        }
        for channel in self.app.ledger().channels() {
            if self.resting.is_resting(&channel, head.number) || self.background.is_busy(&channel) {
                continue;
            }
            if let Err(error) = self.tend(channel, head).await {
                tracing::warn!(channel = %hex::encode(channel), %error, "can't tend a channel now");
            }
        }
    }

    async fn tend(&self, id: ChannelId, head: Head) -> Result<(), TendError> {
        let Some(view) = self.app.facts().channel(id).await? else {
            // Ended long ago and forgotten by the chain; or the node has not caught up, and then nothing may be dropped.
            let newest = self.app.ledger().with(move |ledger| ledger.newest_call(&id)).await?;
            if newest.is_some_and(|at| unix_now().saturating_sub(at) > FORGET_SECS) {
                tracing::info!(channel = %hex::encode(id), "the chain has forgotten this channel");
                self.app.ledger().with(move |ledger| ledger.close(&id)).await?;
            }
            return Ok(());
        };
        if matches!(view.state, ChannelState::Closed { .. }) {
            if view.open_batches == 0 {
                self.app.ledger().with(move |ledger| ledger.close(&id)).await?;
            }
            return Ok(());
        }
        self.prune(&view).await?;
        let facts = self.facts(&view).await?;
        let plan = plan(&view, &facts, head.live, &self.app.config().settlement);
        match plan {
            Plan::Wait => {}
            Plan::FailRunning => {
                // The grace period ends: what is unanswered now can't be settled any more.
                calls::sweep_orphans(&self.app, Duration::ZERO, Some(id)).await;
            }
            Plan::Settle => {
                if self.fits(&view, &facts).await? {
                    self.settle(id, head.number);
                }
            }
            Plan::SettleLast => self.settle_last(id, head.number).await?,
            Plan::Expire => {
                let app = self.app.clone();
                self.submit(id, head.number, "expire", async move { app.chain().expire(id).await });
            }
            Plan::Close => {
                let worth = facts.covered_value > view.settled;
                let last = self.app.ledger().voucher(&id).filter(|_| worth);
                let app = self.app.clone();
                self.submit(id, head.number, "close", async move { app.chain().close(id, last).await });
            }
        }
        Ok(())
    }

    /// Whether the bond leaves room for what an open channel owes. A refusal would cost a fee, and room comes back.
    async fn fits(&self, view: &ChannelView, facts: &Facts) -> Result<bool, ChainError> {
        if !view.audited || view.state != ChannelState::Open {
            return Ok(true);
        }
        let quotes = self.app.facts().quotes().await?;
        let room = quotes.iter().find(|quote| quote.spec == view.spec).map(|quote| quote.room);
        Ok(room.is_none_or(|room| facts.covered_value.saturating_sub(view.settled) <= room))
    }

    /// Calls of channels that were closed long ago go.
    async fn clean(&self) {
        let age = Duration::from_secs(self.app.config().settlement.keep_days.saturating_mul(24 * 3_600));
        match self.app.ledger().with(move |ledger| ledger.drop_closed(age)).await {
            Ok(0) => {}
            Ok(calls) => tracing::info!(calls, "dropped the calls of channels that were closed long ago"),
            Err(error) => tracing::warn!(%error, "can't drop old calls"),
        }
        if let Err(error) = self.clean_exams().await {
            tracing::warn!(%error, "can't drop old exams");
        }
    }

    /// Answers of exams go when their audits are over: they are drawn soon after the commitment, or never.
    async fn clean_exams(&self) -> Result<(), TendError> {
        let audits = self.app.chain().own_audits().await?;
        let audited: Vec<_> = audits.into_iter().map(|audit| audit.channel).collect();
        self.app.ledger().with(move |ledger| ledger.drop_exams(EXAM_AGE, &audited)).await?;
        Ok(())
    }

    async fn facts(&self, view: &ChannelView) -> Result<Facts, LedgerError> {
        let (id, settled_calls) = (view.id, view.settled_calls);
        self.app
            .ledger()
            .with(move |ledger| {
                let state = ledger.state(&id);
                let uncovered =
                    ledger.uncovered(&id, state.covered.max(settled_calls), MAX_IN_FLIGHT as usize)?;
                Ok(Facts {
                    covered: state.covered,
                    covered_value: state.covered_value,
                    uncovered: uncovered.len(),
                    running: state.running,
                    oldest_unsettled: ledger
                        .oldest_answer_from(&id, settled_calls)?
                        .map_or(0, |at| unix_now().saturating_sub(at)),
                })
            })
            .await
    }

    fn settle(&self, id: ChannelId, now: BlockNumber) {
        let Some((voucher, signature)) = self.app.ledger().voucher(&id) else { return };
        let app = self.app.clone();
        self.submit(id, now, "voucher", async move { app.chain().settle(voucher, signature).await });
    }

    async fn settle_last(&self, id: ChannelId, now: BlockNumber) -> Result<(), LedgerError> {
        let calls = self
            .app
            .ledger()
            .with(move |ledger| {
                let covered = ledger.state(&id).covered;
                let calls = ledger.uncovered(&id, covered, MAX_IN_FLIGHT as usize)?;
                let seqs: Vec<u32> = calls.iter().map(|call| call.receipt.seq).collect();
                // Written before it is sent: its audits open over exactly these receipts.
                ledger.remember_last(&id, &seqs)?;
                Ok::<_, LedgerError>(calls)
            })
            .await?;
        let app = self.app.clone();
        self.submit(id, now, "last", async move { app.chain().settle_last(id, calls).await });
        Ok(())
    }

    /// Sends a channel's transaction, `what` by name, and rests after a refusal.
    fn submit(
        &self,
        id: ChannelId,
        now: BlockNumber,
        what: &'static str,
        transaction: impl std::future::Future<Output = Result<(), ChainError>> + Send + 'static,
    ) {
        let (app, resting) = (self.app.clone(), self.resting.clone());
        self.background.run(id, async move {
            let outcome = transaction.await;
            app.metrics().settled(what, outcome.is_ok());
            match outcome {
                Ok(()) => {
                    resting.succeeded(&id);
                    tracing::info!(channel = %hex::encode(id), what, "settled");
                }
                Err(error) => {
                    let blocks = resting.refused(id, now);
                    tracing::warn!(channel = %hex::encode(id), what, %error, blocks, "not settled; resting");
                }
            }
        });
    }

    /// Settled calls of a channel without an open batch can't be drawn any more.
    async fn prune(&self, view: &ChannelView) -> Result<(), LedgerError> {
        if view.open_batches > 0 || view.settled_calls == 0 {
            return Ok(());
        }
        let (id, calls, settled) = (view.id, view.settled_calls, view.settled);
        if self.app.ledger().is_pruned(&id, calls) {
            return Ok(());
        }
        // A queued part of an increment is not settled yet although its calls are counted.
        self.app.ledger().with(move |ledger| ledger.prune_settled(&id, calls, settled)).await.map(drop)
    }
}

#[derive(Debug, thiserror::Error)]
enum TendError {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}
