//! Going through the copies of what was ordered, beside the keeper.
//!
//! A copy may take hours, and its buyer may be gone by then: the purchase is looked at again when its turn comes and
//! between parts of it, and what was not finished goes on where it was left.

use super::{
    turns::{Running, Turn, Turns},
    SaleError, Shop,
};
use crate::{
    api::App,
    chain::Head,
    keeper::Resting,
    store::tree::{segments_of, SEGMENT},
};
use souk_primitives::{deal, purchase::Stage, BlockNumber, PurchaseId};
use std::{collections::HashSet, sync::Arc, time::Instant};
use tokio::sync::{Mutex, OwnedMutexGuard};

pub use super::turns::Order;

/// Live blocks, beside what moving its bytes takes, in which a purchase has ended after the last one for its copy,
/// whatever the chain's windows are set to: a month.
const LONGEST: BlockNumber = 30 * 28_800;
/// Segments after which a copy makes room for another buyer's: 1 GiB.
const SLICE: u32 = 256;

/// Copies that are gone through, and those that wait.
pub struct Preparing {
    app: App,
    shop: Arc<Shop>,
    resting: Arc<Resting>,
    turns: Arc<Turns>,
    /// Held by who uses a turn.
    at_work: [(Turn, Arc<Mutex<()>>); 2],
}

/// How an attempt ended.
enum Outcome {
    Ready,
    /// Its purchase needs no copy any more.
    Over,
    /// Others come first now.
    MadeRoom,
    /// This store has no such content.
    Missing,
}

impl Preparing {
    /// Nothing yet.
    pub fn new(app: App, shop: Arc<Shop>, resting: Arc<Resting>) -> Self {
        let at_work = Turn::ALL.map(|turn| (turn, Arc::default()));
        Self { app, shop, resting, turns: Arc::default(), at_work }
    }

    /// Copies that are gone through now.
    pub fn running(&self) -> HashSet<PurchaseId> {
        self.turns.running()
    }

    /// These wait at a block. Whoever has a turn goes on.
    pub fn set(&self, orders: Vec<Order>, head: Head) {
        self.turns.set(orders, head);
        for (turn, at_work) in &self.at_work {
            let Ok(held) = at_work.clone().try_lock_owned() else { continue };
            let (app, shop) = (self.app.clone(), self.shop.clone());
            let (resting, turns) = (self.resting.clone(), self.turns.clone());
            let worker = Worker { app, shop, resting, now: head.number };
            let app = self.app.clone();
            let turn = *turn;
            self.app.tasks().spawn(async move {
                let _held: OwnedMutexGuard<()> = held;
                let work = async {
                    while let Some(running) = turns.take(turn) {
                        worker.work(running).await;
                    }
                };
                tokio::select! {
                    () = work => {}
                    // What is done is noted: the next run goes on from there.
                    () = app.cancelled() => {}
                }
            });
        }
    }
}

/// When a purchase whose copy is due `by` has ended for certain: two of its windows grow with its size.
fn due(by: BlockNumber, size: u64) -> BlockNumber {
    deal::window(deal::window(by.saturating_add(LONGEST), size), size)
}

struct Worker {
    app: App,
    shop: Arc<Shop>,
    resting: Arc<Resting>,
    now: BlockNumber,
}

impl Worker {
    async fn work(&self, running: Running) {
        let (id, root, by) = (running.order.id, running.order.root, running.order.by);
        let purchase = hex::encode(id);
        match self.go_through(&running).await {
            Ok(Outcome::Ready) => {
                self.resting.succeeded(&id);
                self.app.metrics().sold("copy", "ok");
                tracing::info!(%purchase, "a copy is ready");
            }
            Ok(Outcome::Over) => self.app.metrics().sold("copy", "over"),
            Ok(Outcome::MadeRoom) => tracing::debug!(%purchase, "a long copy makes room for others"),
            Ok(Outcome::Missing) => {
                self.rest(&running).await;
                self.app.metrics().sold("copy", "missing");
                tracing::error!(%purchase, content = %hex::encode(root), by, "sold, but this store has no such content: bring it before live block `by`, or the buyer gets its money back");
            }
            Err(error) => {
                let blocks = self.rest(&running).await;
                self.app.metrics().sold("copy", "failed");
                tracing::error!(%purchase, %error, blocks, by, "a copy can't be made; resting");
            }
        }
    }

    async fn rest(&self, running: &Running) -> BlockNumber {
        let head = self.app.facts().head().await.unwrap_or_default();
        let left = running.order.by.saturating_sub(head.live);
        self.resting.refused_within(running.order.id, self.now.max(head.number), left)
    }

    async fn go_through(&self, running: &Running) -> Result<Outcome, SaleError> {
        let Order { id, root, size, by, .. } = running.order;
        if !self.is_wanted(running).await {
            return Ok(Outcome::Over);
        }
        let copy = {
            // From the look at the content until the vault says that it is needed.
            let _kept = self.shop.store().keep().await;
            match self.shop.store().content(root).await?.filter(|content| content.size() == size) {
                Some(content) => {
                    let due = due(by, size);
                    self.shop.vault().with(move |vault| vault.begin(&id, &content, due)).await?
                }
                None => return Ok(Outcome::Missing),
            }
        };
        let copier = self.shop.copier();
        let Some(first) = copier.begun(id, &copy).await? else { return Ok(Outcome::Ready) };
        let mut done = first;
        while done < segments_of(&copy.content) {
            let started = Instant::now();
            let next = copier.go_on(id, &running.order.buyer, &copy, done).await?;
            let bytes = u64::from(next.saturating_sub(done)).saturating_mul(SEGMENT as u64);
            running.went(bytes, started.elapsed());
            done = next;
            if !self.is_wanted(running).await {
                return Ok(Outcome::Over);
            }
            if done.saturating_sub(first) >= SLICE && running.is_awaited() {
                return Ok(Outcome::MadeRoom);
            }
        }
        copier.finish(id, &copy).await?;
        Ok(Outcome::Ready)
    }

    /// Whether the purchase still needs its copy, as far as is known.
    async fn is_wanted(&self, running: &Running) -> bool {
        let Ok(head) = self.app.facts().head().await else { return true };
        match self.app.facts().purchase(running.order.id).await {
            Ok(Some(view)) => match view.stage {
                Stage::Ordered { deliver_by } => head.live <= deliver_by,
                // Its copy was promised; what is kept of it got lost.
                stage => !stage.is_ended(),
            },
            Ok(None) => false,
            Err(_) => true,
        }
    }
}
