//! From the copy to the file, or to the complaint: with the chain, and also when it has forgotten the purchase.

use super::{Buyer, Ending, Result};
use crate::{
    failure::Failure,
    output::hex0x,
    sales::{
        evidence,
        lists::{Kind, List},
        market::Step,
        unlock::{self, Files, Unlocked},
    },
};
use souk_primitives::{
    close::CloseReason, exchange::Secret, purchase::Stage, views::PurchaseView, BlockNumber, PurchaseId,
};
use souk_sidecar::blocking::aside;
use std::sync::Arc;

impl Buyer<'_> {
    /// Decrypts the copy, and says whether to pay or to complain.
    pub(super) async fn open(&mut self, view: &PurchaseView, by: BlockNumber) -> Result<Step> {
        match self.unlock(view, by).await? {
            None => Ok(Step::Settle),
            Some(fault) => {
                let now = self.market.live_block().await?;
                if view.stage.deadline().is_none_or(|by| now > by) {
                    return Err(too_late(fault));
                }
                let files = self.files(view)?;
                let exchange = evidence::exchange(self.market.genesis(), view)
                    .ok_or_else(|| Failure::new("the chain shows a revealed key without the key"))?;
                let secret = self.record.secret()?;
                let made = aside(move || evidence::complaint(&exchange, secret, fault, &files)).await?;
                Ok(Step::Complain(Box::new(made)))
            }
        }
    }

    /// Makes the file, unless it is there; the fault when that is not possible.
    async fn unlock(&mut self, view: &PurchaseView, by: BlockNumber) -> Result<Option<Unlocked>> {
        if self.record.facts.opened {
            return Ok(None);
        }
        let secret = Secret::new(*self.record.secret()?);
        let files = self.files(view)?;
        // The seal shows without the copy, which a seller who cheats with the one need not serve.
        let Some(cipher) = unlock::cipher(&self.market.genesis(), view, &secret) else {
            return Ok(Some(Unlocked::BadSeal));
        };
        let cipher = Arc::new(cipher);
        loop {
            if !files.are_here() && !self.fetch(view, by).await? {
                return Err(not_in_time("is not here any more"));
            }
            let bar = self.output.progress(self.told("decrypting and checking"), view.size);
            let (job, cipher) = (files.clone(), cipher.clone());
            let made = aside(move || unlock::unlock(&job, &cipher, &bar)).await;
            match made.map_err(|e| self.later(view, by, &e.to_string()))? {
                Unlocked::Good => {
                    self.record.update(|facts| facts.opened = true)?;
                    return Ok(None);
                }
                // A fault of this disk must not look like one of the seller.
                fault => {
                    let lists = files.clone();
                    let rotten = aside(move || lists.drop_false_lists()).await?;
                    let Some(what) = damage(fault, rotten) else { return Ok(Some(fault)) };
                    tracing::warn!("{what} changed on this disk; fetching it again");
                    if !self.fetch(view, by).await? {
                        return Err(not_in_time("was damaged on this disk"));
                    }
                }
            }
        }
    }

    /// What is left to do when the purchase ended: a file that was paid for is made all the same.
    pub(super) async fn finish(&mut self, view: &PurchaseView, reason: CloseReason) -> Result<Ending> {
        let ending = Ending::of(view, reason);
        if ending.is_bought() && view.size > 0 {
            if let Some(fault) = self.unlock(view, BlockNumber::MAX).await? {
                return Err(too_late(fault));
            }
        }
        self.record.end(reason)?;
        Ok(ending)
    }

    /// What is left to do when the chain knows nothing of the purchase any more: what it showed at the last look is here,
    /// and the key is in the licence if it was paid.
    pub(super) async fn forgotten(&mut self) -> Result<Ending> {
        let facts = &self.record.facts;
        if let (Some(id), 0) = (facts.purchase, facts.size) {
            // Without a file it was paid in the block that took the order.
            self.record.end(CloseReason::Delivered)?;
            return Ok(Ending::paid_long_ago(id));
        }
        let (Some(id), Some(mut seen)) = (facts.purchase, facts.seen.clone()) else {
            return Err(Failure::not_found(format!(
                "the chain knows no purchase with the key {}: it ended too long ago, or the node is another chain's",
                hex0x(&facts.order.buyer_key)
            )));
        };
        let now = self.market.live_block().await?;
        if now < seen.ordered_at {
            return Err(Failure::new(format!(
                "the node is at live block {now} and this purchase was ordered in {}: wait until it has caught up",
                seen.ordered_at
            )));
        }
        let reason = match seen.stage {
            Stage::Ended { reason, .. } => reason,
            // Nobody but this program can win a complaint about the key: if the copy turns out good, it was paid for.
            Stage::Revealed { .. } => CloseReason::Delivered,
            Stage::Ordered { .. } => {
                return Err(self
                    .lost(id, "this machine never saw that a copy was offered: it was not paid from here"))
            }
            Stage::Offered { .. } | Stage::Accepted { .. } => {
                let licence = self.market.licence(id).await?;
                let Some(key) = licence.and_then(|licence| licence.sealed_key) else {
                    let why =
                        "it has no licence of it either: it was not paid, or it was a lease that is over";
                    return Err(self.lost(id, why));
                };
                seen.sealed_key = Some(key);
                self.keep(&seen)?;
                CloseReason::Delivered
            }
        };
        tracing::info!("the chain has forgotten the purchase: opening it from what this machine kept");
        let ending = self.finish(&seen, reason).await?;
        Ok(Ending { forgotten: true, ..ending })
    }

    fn lost(&self, id: PurchaseId, why: &str) -> Failure {
        Failure::not_found(format!(
            "the chain has forgotten purchase {}, and {why} (`souk status` shows your balance). To forget it here too, with \
             its secret, remove {}",
            hex0x(&id),
            self.record.folder().display()
        ))
    }

    pub(super) fn files(&self, view: &PurchaseView) -> Result<Files> {
        let missing = || Failure::new("this purchase has nothing to deliver");
        let record = &self.record;
        let content = record.facts.content().ok_or_else(missing)?;
        let root = view.ciphertext_root.ok_or_else(|| Failure::new("the seller offered no copy"))?;
        let list = |name: &str, kind| List { path: record.file(name), content, kind };
        Ok(Files {
            copy: record.copy().ok_or_else(missing)?,
            plain: list("plain", Kind::Plain),
            encrypted: list("encrypted", Kind::Encrypted(root)),
            part: record.part().ok_or_else(missing)?,
            out: record.facts.out().ok_or_else(missing)?,
        })
    }
}

/// What has to be fetched again, if it is not the seller's fault.
fn damage(fault: Unlocked, are_lists_rotten: bool) -> Option<&'static str> {
    match fault {
        _ if are_lists_rotten => Some("a list of digests"),
        Unlocked::Damaged(_) => Some("the copy"),
        _ => None,
    }
}

fn too_late(fault: Unlocked) -> Failure {
    Failure::new(format!(
        "this program came to the copy too late for a complaint, and it is not what was listed ({fault:?}): if no \
         complaint was made before, the price is lost"
    ))
}

fn not_in_time(what: &str) -> Failure {
    Failure::new(format!(
        "the copy {what}, and did not come again while a complaint was possible: run `souk buy --resume` to fetch it still"
    ))
}
