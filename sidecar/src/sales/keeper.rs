//! The seller's side of the keeper: what was ordered is copied and offered, what was accepted gets its key, what nobody
//! complained about is settled.
//!
//! What to do follows from the finalised chain and the vault alone, so a seller that was killed at any instant goes on.
//! Before a transaction leaves, the vault notes up to which block it may arrive: until then a restarted seller sends no
//! second one.

use super::{
    plan::{may_fetch, plan, Plan},
    preparing::{Order, Preparing},
    till::{Short, Till},
    vault::{Copy, Quiet},
    SaleError, Shop,
};
use crate::{
    adversary::{self, Reveal},
    api::App,
    chain::{live::DELIVERY, ChainError, Head},
    keeper::{Background, Resting, CLEAN_BLOCKS},
    store::tree::SEGMENT,
};
use souk_primitives::{purchase::Stage, views::PurchaseView, BlockNumber, Digest, PurchaseId};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Blocks after which copies of forgotten purchases are looked for.
const FORGET_BLOCKS: BlockNumber = 20;
/// Blocks after which a seller without money is warned again.
const WARN_BLOCKS: BlockNumber = 20;
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
    preparing: Preparing,
    /// Contents that the store had got when they were last looked for.
    brought: u64,
    /// The newest block whose sales were tended.
    tended: BlockNumber,
    cleaned: Every,
    forgot: Every,
    warned: Every,
    /// When the money for the fees of what is under way was last looked at.
    counted: Every,
}

/// Something that is done once in some blocks, whether or not each of them is seen.
#[derive(Default)]
struct Every(BlockNumber);

impl Every {
    fn is_due(&mut self, now: BlockNumber, blocks: BlockNumber) -> bool {
        let due = now.saturating_sub(self.0) >= blocks;
        if due {
            self.0 = now;
        }
        due
    }
}

/// What a copy promises on the chain.
struct Promise {
    root: Digest,
    commitment: Digest,
}

/// Who lacks how much, for people.
fn told(short: &Short) -> (&'static str, String, String) {
    let who = if short.is_proxy { "the proxy that signs for the seller" } else { "the seller" };
    (who, souk_client::souk(short.needs), souk_client::souk(short.has))
}

fn order(view: &PurchaseView, copy: Option<&Copy>) -> Order {
    let done = copy.map_or(0, |copy| u64::from(copy.done).saturating_mul(SEGMENT as u64));
    Order {
        id: view.id,
        buyer: view.buyer.clone(),
        root: view.content_root,
        size: view.size,
        rest: view.size.saturating_sub(done),
        by: view.stage.deadline().unwrap_or_default(),
    }
}

/// A transaction of a sale.
#[derive(Clone, Copy)]
struct Step {
    name: &'static str,
    /// What is not sent again after a crash, and for how many blocks.
    quiet: Option<(Quiet, BlockNumber)>,
    /// Whether it is better not sent than sent twice.
    once: bool,
    /// Live blocks up to its deadline.
    left: BlockNumber,
}

impl Seller {
    /// The seller of a sidecar that has a store.
    pub fn of(app: &App) -> Option<Self> {
        let (shop, resting) = (app.shop()?.clone(), Arc::<Resting>::default());
        Some(Self {
            app: app.clone(),
            background: Background::new(app.clone()),
            preparing: Preparing::new(app.clone(), shop.clone(), resting.clone()),
            brought: 0,
            shop,
            resting,
            tended: 0,
            cleaned: Every::default(),
            forgot: Every::default(),
            warned: Every::default(),
            counted: Every::default(),
        })
    }

    /// One finalised block. Those that came while the last one was tended are passed over.
    pub async fn step(&mut self, head: Head) {
        let newest = self.app.chain().head().await.unwrap_or(head);
        let head = if newest.number > head.number { newest } else { head };
        if head.number <= self.tended {
            return;
        }
        self.tended = head.number;
        if self.cleaned.is_due(head.number, CLEAN_BLOCKS) {
            self.clean();
        }
        if self.app.chain().seller().is_none() {
            return;
        }
        if let Err(error) = self.pass(head).await {
            tracing::warn!(%error, "can't tend the sales now");
        }
    }

    /// One look at all sales.
    async fn pass(&mut self, head: Head) -> Result<(), SaleError> {
        // Before the chain is read: what ends from now on does not show in what is read of it.
        let mut busy = self.background.busy();
        busy.extend(self.preparing.running());
        let sales = self.app.facts().sales().await?;
        self.shop.pieces().know(&sales);
        let copies = self.shop.vault().with(|vault| vault.copies()).await?;
        let brought = self.shop.store().brought();
        let is_news = std::mem::replace(&mut self.brought, brought) != brought;
        let (mut offers, mut orders) = (Vec::new(), Vec::new());
        for view in &sales {
            let copy = copies.get(&view.id);
            let plan = plan(view, copy, head);
            let is_copied = plan == Plan::Prepare || self.is_lost(view, copy);
            if is_copied && is_news {
                // What it lacked may be there now.
                self.resting.succeeded(&view.id);
            }
            if busy.contains(&view.id) || self.resting.is_resting(&view.id, head.number) {
                continue;
            }
            match (plan, copy) {
                _ if is_copied => orders.push(order(view, copy)),
                (Plan::Offer, Some(copy)) => offers.push((view, copy)),
                (plan, copy) => self.tend(view, plan, copy, head).await,
            }
        }
        if !adversary::withholds_copy(self.app.cheat()) {
            let is_on_its_way = |id: &PurchaseId| {
                let copy = copies.get(id).filter(|copy| copy.ciphertext_root.is_some());
                copy.is_some_and(|copy| busy.contains(id) || copy.offer_quiet >= head.number)
            };
            self.preparing.set(orders, head);
            self.offer_all(&sales, offers, is_on_its_way, head).await?;
        }
        if self.forgot.is_due(head.number, FORGET_BLOCKS) {
            self.forget(&sales, &copies, &busy, head).await?;
        }
        Ok(())
    }

    async fn tend(&self, view: &PurchaseView, plan: Plan, copy: Option<&Copy>, head: Head) {
        let (id, cheat) = (view.id, self.app.cheat());
        match plan {
            Plan::Reveal if adversary::reveals(cheat) == Reveal::InTime => self.reveal(view, copy, head),
            Plan::Missed if adversary::reveals(cheat) == Reveal::Late => self.reveal(view, copy, head),
            Plan::Missed => self.missed(view, head.number),
            Plan::Settle => {
                let app = self.app.clone();
                let step = Step { name: "settle", quiet: None, once: false, left: BlockNumber::MAX };
                self.send(id, head.number, step, async move { app.chain().settle_sale(id).await });
            }
            Plan::End => {
                if let Err(error) = self.end(view).await {
                    tracing::warn!(purchase = %hex::encode(id), %error, "can't note the end of a sale");
                }
            }
            Plan::Wait | Plan::Prepare | Plan::Offer | Plan::Reveal => {}
        }
    }

    /// Offers what can be paid for, the most urgent first. What can't be is not sent: it would be refused for a fee, or
    /// take the money that keys are revealed with.
    async fn offer_all(
        &mut self,
        sales: &[PurchaseView],
        mut offers: Vec<(&PurchaseView, &Copy)>,
        is_on_its_way: impl Fn(&PurchaseId) -> bool,
        head: Head,
    ) -> Result<(), SaleError> {
        let owes_keys =
            sales.iter().any(|sale| matches!(sale.stage, Stage::Offered { .. } | Stage::Accepted { .. }));
        if offers.is_empty() {
            self.app.metrics().unfunded(0);
            if !owes_keys || !self.counted.is_due(head.number, WARN_BLOCKS) {
                return Ok(());
            }
        }
        let mut till = Till::open(self.app.chain().purse().await?, sales, is_on_its_way);
        if let Some(lack) = till.lack().filter(|_| self.warned.is_due(head.number, WARN_BLOCKS)) {
            let (who, needs, has) = told(&lack);
            tracing::error!(%needs, %has, "{who} has too little free money for the fees of the sales under way: send it some at once, or their keys can't be revealed and their bonds are lost");
        }
        offers.sort_by_key(|(view, _)| (view.stage.deadline(), view.id));
        let (mut short, mut waiting) = (None, 0);
        for (view, copy) in offers {
            match till.take(view.price) {
                Ok(()) => self.offer(view, copy, head),
                Err(lack) => {
                    short.get_or_insert(lack);
                    waiting += 1;
                }
            }
        }
        self.app.metrics().unfunded(waiting);
        if let Some(short) = short.filter(|_| self.warned.is_due(head.number, WARN_BLOCKS)) {
            let (who, needs, has) = told(&short);
            tracing::error!(waiting, %needs, %has, "copies are ready and not offered, since {who} has too little free money for their bonds and for the fees of what is under way: send it some before the buyers' patience ends, or they get their money back");
        }
        Ok(())
    }

    /// Whether the digests of a copy that the buyer fetches now are not there any more.
    fn is_lost(&self, view: &PurchaseView, copy: Option<&Copy>) -> bool {
        let promised = copy.filter(|copy| copy.ciphertext_root.is_some());
        matches!(view.stage, Stage::Offered { .. })
            && promised.is_some_and(|copy| !self.shop.pieces().is_whole(&view.id, &copy.content))
    }

    /// A sale is over. What is kept of a copy that nobody paid for goes at once, but for its key.
    async fn end(&self, view: &PurchaseView) -> Result<(), SaleError> {
        let id = view.id;
        if !may_fetch(&view.stage) {
            self.shop.copier().erase(id).await?;
        }
        Ok(self.shop.vault().with(move |vault| vault.ended(&id)).await?)
    }

    fn promise(&self, id: &PurchaseId, copy: &Copy) -> Option<Promise> {
        let commitment = adversary::commitment(self.app.cheat(), id, &copy.key);
        copy.ciphertext_root.map(|root| Promise { root, commitment })
    }

    fn offer(&self, view: &PurchaseView, copy: &Copy, head: Head) {
        let (id, by) = (view.id, view.stage.deadline().unwrap_or_default());
        let Some(Promise { root, commitment }) = self.promise(&id, copy) else { return };
        let app = self.app.clone();
        let quiet = Some((Quiet::Offer, OFFERED));
        let step = Step { name: "offer", quiet, once: true, left: by.saturating_sub(head.live) };
        self.send(
            id,
            head.number,
            step,
            async move { app.chain().offer_copy(id, root, commitment, by).await },
        );
    }

    fn reveal(&self, view: &PurchaseView, copy: Option<&Copy>, head: Head) {
        let Stage::Accepted { reveal_by } = view.stage else { return };
        let (id, left) = (view.id, reveal_by.saturating_sub(head.live));
        let promised = copy.and_then(|copy| self.promise(&id, copy)).filter(|promise| {
            (view.ciphertext_root, view.key_commitment) == (Some(promise.root), Some(promise.commitment))
        });
        let (Some(copy), Some(_)) = (copy, promised) else {
            let blocks = self.resting.refused_within(id, head.number, left);
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
        let quiet = Some((Quiet::Reveal, REVEALED));
        let step = Step { name: "reveal", quiet, once: false, left };
        self.send(id, head.number, step, async move { app.chain().reveal_key(id, sealed, by).await });
    }

    fn missed(&self, view: &PurchaseView, now: BlockNumber) {
        let blocks = self.resting.refused(view.id, now);
        self.app.metrics().sold("deadline", "missed");
        let stage = view.stage;
        tracing::error!(purchase = %hex::encode(view.id), ?stage, blocks, "the deadline of a sale has passed: the chain ends it");
    }

    /// Sends a purchase's transaction.
    fn send(
        &self,
        id: PurchaseId,
        now: BlockNumber,
        step: Step,
        transaction: impl std::future::Future<Output = Result<(), ChainError>> + Send + 'static,
    ) {
        let (app, vault, resting) = (self.app.clone(), self.shop.vault().clone(), self.resting.clone());
        self.background.run(id, async move {
            let (purchase, Step { name, quiet, once, left }) = (hex::encode(id), step);
            let note = |until: BlockNumber| {
                let (vault, quiet) = (vault.clone(), quiet.map(|(quiet, _)| quiet));
                async move {
                    match quiet {
                        Some(quiet) => vault.with(move |vault| vault.keep_quiet(&id, quiet, until)).await,
                        None => Ok(()),
                    }
                }
            };
            let until = now.saturating_add(quiet.map_or(0, |(_, blocks)| blocks));
            if let Err(error) = note(until).await {
                if once {
                    tracing::error!(%purchase, step = name, %error, "nothing is sent that the vault does not know of");
                    return;
                }
                tracing::error!(%purchase, step = name, %error, "the vault can't be written; sent all the same");
            }
            let outcome = transaction.await;
            app.metrics().sold(name, if outcome.is_ok() { "ok" } else { "failed" });
            match &outcome {
                Ok(()) => {
                    resting.succeeded(&id);
                    tracing::info!(%purchase, step = name, "a sale went on");
                }
                Err(error) => {
                    let blocks = resting.refused_within(id, now, left);
                    tracing::warn!(%purchase, step = name, %error, blocks, "a sale did not go on; resting");
                }
            }
            // Whether a transaction whose node went away arrives is not known.
            if !matches!(outcome, Err(ChainError::Unreachable(_))) {
                if let Err(error) = note(0).await {
                    tracing::warn!(%purchase, %error, "the vault can't be written");
                }
            }
        });
    }

    /// Erases the keys of purchases that are over for certain: what was seen to have ended, or could not but have, and is
    /// unknown to a chain that is as far as it ever was. A node that has not caught up proves nothing, nor does a clock.
    async fn forget(
        &self,
        sales: &[PurchaseView],
        copies: &HashMap<PurchaseId, Copy>,
        busy: &HashSet<PurchaseId>,
        head: Head,
    ) -> Result<(), SaleError> {
        let known: HashMap<PurchaseId, &PurchaseView> = sales.iter().map(|sale| (sale.id, sale)).collect();
        self.shop.keep_counts(|id| known.get(id).is_some_and(|view| !view.stage.is_ended()));
        if head.number < self.shop.vault().with(move |vault| vault.saw(head.number)).await? {
            return Ok(());
        }
        let over = copies.iter().filter(|(id, copy)| {
            !known.contains_key(*id) && !busy.contains(*id) && (copy.ended || head.live > copy.due)
        });
        let mut erased = Vec::new();
        for (id, _) in over {
            match self.shop.copier().erase(*id).await {
                Ok(()) => erased.push(*id),
                Err(error) => {
                    tracing::warn!(purchase = %hex::encode(id), %error, "a purchase that is over can't be forgotten");
                }
            }
        }
        if erased.is_empty() {
            return Ok(());
        }
        let keys = erased.clone();
        self.shop.vault().with(move |vault| vault.forget(&keys)).await?;
        for id in erased {
            tracing::info!(purchase = %hex::encode(id), "the key of a purchase that is over was erased");
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
