//! The seller's side of the keeper: what was ordered is copied and offered, what was accepted gets its key, what nobody
//! complained about is settled.
//!
//! What to do follows from the finalised chain and the vault alone, so a seller that was killed at any instant goes on.
//! Before a transaction leaves, the vault notes up to which block it may arrive: until then a restarted seller sends no
//! second one.

use super::{
    plan::{plan, Plan},
    vault::Copy,
    SaleError, Shop,
};
use crate::{
    adversary::{self, Reveal},
    api::App,
    chain::{live::DELIVERY, ChainError, Head},
    keeper::{Background, Resting, CLEAN_BLOCKS},
    ledger::unix_now,
};
use souk_primitives::{purchase::Stage, views::PurchaseView, BlockNumber, Digest, PurchaseId};
use std::{collections::HashSet, sync::Arc};
use tokio::sync::Semaphore;

/// Copies that are gone through at a time.
const PREPARED: usize = 1;
/// Blocks after which copies of forgotten purchases are looked for.
const FORGET_BLOCKS: BlockNumber = 20;
/// Copies of purchases that the chain does not know are kept for this long.
const FORGET_SECS: u64 = 7 * 24 * 3_600;
/// Blocks in which an offer that was sent just before a crash may still arrive.
const OFFERED: BlockNumber = DELIVERY + 4;
/// Blocks in which a key that was revealed just before a crash is waited for. Shorter than its transaction is good for: a
/// second one costs a fee and says the same, a missed deadline costs the bond.
const REVEALED: BlockNumber = 6;

/// The seller.
pub struct Seller {
    app: App,
    shop: Arc<Shop>,
    background: Background,
    resting: Arc<Resting>,
    preparing: Arc<Semaphore>,
}

/// What a copy promises on the chain.
struct Promise {
    root: Digest,
    commitment: Digest,
}

impl Seller {
    /// The seller of a sidecar that has a store.
    pub fn of(app: &App) -> Option<Self> {
        Some(Self {
            app: app.clone(),
            shop: app.shop()?.clone(),
            background: Background::new(app.clone()),
            resting: Arc::default(),
            preparing: Arc::new(Semaphore::new(PREPARED)),
        })
    }

    /// One finalised block.
    pub async fn step(&self, head: Head) {
        if head.number.checked_rem(CLEAN_BLOCKS) == Some(0) {
            self.clean();
        }
        if self.app.chain().seller().is_none() {
            return;
        }
        let sales = match self.app.facts().sales().await {
            Ok(sales) => sales,
            Err(error) => {
                tracing::warn!(%error, "can't look for what was sold");
                return;
            }
        };
        for view in &sales {
            if self.resting.is_resting(&view.id, head.number) || self.background.is_busy(&view.id) {
                continue;
            }
            if let Err(error) = self.tend(view, head).await {
                tracing::warn!(purchase = %hex::encode(view.id), %error, "can't tend a sale now");
            }
        }
        if head.number.checked_rem(FORGET_BLOCKS) == Some(0) {
            if let Err(error) = self.forget(&sales).await {
                tracing::warn!(%error, "can't forget old copies");
            }
        }
    }

    async fn tend(&self, view: &PurchaseView, head: Head) -> Result<(), SaleError> {
        let id = view.id;
        let copy = self.shop.vault().with(move |vault| vault.copy(&id)).await?;
        let (cheat, plan) = (self.app.cheat(), plan(view, copy.as_ref(), head));
        match (plan, copy) {
            (Plan::Prepare | Plan::Offer, _) if adversary::withholds_copy(cheat) => {}
            (Plan::Prepare, _) => self.prepare(view, head.number),
            (Plan::Offer, Some(copy)) => self.offer(view, &copy, head),
            (Plan::Reveal, copy) if adversary::reveals(cheat) == Reveal::InTime => {
                self.reveal(view, copy, head)
            }
            (Plan::Missed, copy) if adversary::reveals(cheat) == Reveal::Late => {
                self.reveal(view, copy, head)
            }
            (Plan::Missed, _) => self.missed(view, head.number),
            (Plan::Settle, _) => {
                let app = self.app.clone();
                self.send(id, head.number, "settle", 0, async move { app.chain().settle_sale(id).await });
            }
            (Plan::End, _) => self.shop.vault().with(move |vault| vault.ended(&id)).await?,
            (Plan::Wait | Plan::Offer | Plan::Reveal, _) => {}
        }
        Ok(())
    }

    /// Makes the copy of what was ordered.
    fn prepare(&self, view: &PurchaseView, now: BlockNumber) {
        let (id, root, size) = (view.id, view.content_root, view.size);
        let by = view.stage.deadline().unwrap_or_default();
        let (app, shop) = (self.app.clone(), self.shop.clone());
        let (resting, preparing) = (self.resting.clone(), self.preparing.clone());
        self.background.run(id, async move {
            let Ok(_turn) = preparing.acquire().await else { return };
            let made = async {
                let copy = {
                    // From the look at the content until the vault says that it is needed.
                    let _kept = shop.store().keep().await;
                    match shop.store().content(root).await?.filter(|content| content.size() == size) {
                        Some(content) => shop.vault().with(move |vault| vault.begin(&id, &content)).await?,
                        None => return Ok(None),
                    }
                };
                shop.copier().prepare(id, &copy).await.map(Some)
            };
            let purchase = hex::encode(id);
            match made.await {
                Ok(Some(_)) => {
                    resting.succeeded(&id);
                    app.metrics().sold("copy", "ok");
                    tracing::info!(%purchase, "a copy is ready");
                }
                Ok(None) => {
                    resting.refused(id, now);
                    app.metrics().sold("copy", "missing");
                    tracing::error!(%purchase, content = %hex::encode(root), by, "sold, but this store has no such content: bring it before live block `by`, or the buyer gets its money back");
                }
                Err(error) => {
                    let blocks = resting.refused(id, now);
                    app.metrics().sold("copy", "failed");
                    tracing::error!(%purchase, %error, blocks, by, "a copy can't be made; resting");
                }
            }
        });
    }

    fn promise(&self, id: &PurchaseId, copy: &Copy) -> Option<Promise> {
        let commitment = adversary::commitment(self.app.cheat(), id, &copy.key);
        copy.ciphertext_root.map(|root| Promise { root, commitment })
    }

    fn offer(&self, view: &PurchaseView, copy: &Copy, head: Head) {
        let (id, by) = (view.id, view.stage.deadline().unwrap_or_default());
        let Some(Promise { root, commitment }) = self.promise(&id, copy) else { return };
        let app = self.app.clone();
        self.send(id, head.number, "offer", OFFERED, async move {
            app.chain().offer_copy(id, root, commitment, by).await
        });
    }

    fn reveal(&self, view: &PurchaseView, copy: Option<Copy>, head: Head) {
        let Stage::Accepted { reveal_by } = view.stage else { return };
        let id = view.id;
        let promised = copy.as_ref().and_then(|copy| self.promise(&id, copy)).filter(|promise| {
            (view.ciphertext_root, view.key_commitment) == (Some(promise.root), Some(promise.commitment))
        });
        let (Some(copy), Some(_)) = (copy, promised) else {
            let blocks = self.resting.refused(id, head.number);
            self.app.metrics().sold("reveal", "unknown");
            tracing::error!(purchase = %hex::encode(id), blocks, "the copy that the buyer accepted is not the one in this vault (sales.db): its key can't be revealed; restore the vault that it was offered from");
            return;
        };
        let key = adversary::sealed_key(self.app.cheat(), &copy.key);
        let Some(sealed) = key.seal(&id, &view.buyer_key, &copy.ephemeral) else {
            // The chain takes no key that shares nothing.
            tracing::error!(purchase = %hex::encode(id), "the key can't be sealed to the buyer's");
            return;
        };
        let by =
            if adversary::reveals(self.app.cheat()) == Reveal::Late { BlockNumber::MAX } else { reveal_by };
        let app = self.app.clone();
        self.send(id, head.number, "reveal", REVEALED, async move {
            app.chain().reveal_key(id, sealed, by).await
        });
    }

    fn missed(&self, view: &PurchaseView, now: BlockNumber) {
        let blocks = self.resting.refused(view.id, now);
        self.app.metrics().sold("deadline", "missed");
        let stage = view.stage;
        tracing::error!(purchase = %hex::encode(view.id), ?stage, blocks, "the deadline of a sale has passed: the chain ends it");
    }

    /// Sends a purchase's transaction, `step` by name. After a crash nothing is sent for it for `quiet` blocks.
    fn send(
        &self,
        id: PurchaseId,
        now: BlockNumber,
        step: &'static str,
        quiet: BlockNumber,
        transaction: impl std::future::Future<Output = Result<(), ChainError>> + Send + 'static,
    ) {
        let (app, vault, resting) = (self.app.clone(), self.shop.vault().clone(), self.resting.clone());
        self.background.run(id, async move {
            let purchase = hex::encode(id);
            let until = now.saturating_add(quiet);
            if let Err(error) = vault.with(move |vault| vault.keep_quiet(&id, until)).await {
                tracing::error!(%purchase, step, %error, "nothing is sent that the vault does not know of");
                return;
            }
            let outcome = transaction.await;
            app.metrics().sold(step, if outcome.is_ok() { "ok" } else { "failed" });
            match &outcome {
                Ok(()) => {
                    resting.succeeded(&id);
                    tracing::info!(%purchase, step, "a sale went on");
                }
                Err(error) => {
                    let blocks = resting.refused(id, now);
                    tracing::warn!(%purchase, step, %error, blocks, "a sale did not go on; resting");
                }
            }
            // Whether a transaction whose node went away arrives is not known.
            if !matches!(outcome, Err(ChainError::Unreachable(_))) {
                if let Err(error) = vault.with(move |vault| vault.keep_quiet(&id, 0)).await {
                    tracing::warn!(%purchase, %error, "the vault can't be written");
                }
            }
        });
    }

    /// Erases the keys of purchases that the chain has forgotten.
    async fn forget(&self, sales: &[PurchaseView]) -> Result<(), SaleError> {
        let known: HashSet<PurchaseId> = sales.iter().map(|sale| sale.id).collect();
        let old = unix_now().saturating_sub(FORGET_SECS);
        for (id, ended, made_at) in self.shop.vault().with(|vault| vault.purchases()).await? {
            // A node that has not caught up does not know what is open; what was seen to have ended is over.
            if !known.contains(&id) && (ended || made_at < old) && !self.background.is_busy(&id) {
                self.shop.vault().with(move |vault| vault.forget(&id)).await?;
                tracing::info!(purchase = %hex::encode(id), "the key of a purchase that is over was erased");
            }
        }
        Ok(())
    }

    /// Removes what nobody uses from the store.
    fn clean(&self) {
        let (app, shop) = (self.app.clone(), self.shop.clone());
        self.app.tasks().spawn(async move {
            tokio::select! {
                outcome = shop.store().clean() => if let Err(error) = outcome {
                    tracing::warn!(%error, "the store can't be cleaned");
                },
                () = app.cancelled() => {}
            }
            app.metrics().stored(shop.store().used());
        });
    }
}
