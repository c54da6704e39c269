//! Takes a purchase from stage to stage until it ended, from wherever it stands.
//!
//! Each look at the chain says what to do next, and everything that was done is on the disk or on the chain. So a program
//! that is killed at any point goes on where it was: it orders only after it looked for an order with its key, accepts only
//! what it has checked, and pays only for a file that is whole.

use super::{
    copy::{self, CopyError, Source},
    evidence,
    lists::{Kind, List},
    market::{Market, Step},
    record::Record,
    store::{Store, Times},
    unlock::{self, Files, Unlocked},
};
use crate::{
    failure::{Code, Failure, Result},
    output::{hex0x, Output, Wait},
};
use souk_client::Error;
use souk_primitives::{
    close::CloseReason,
    complaint::Fault,
    deal,
    exchange::{purchase_resource, Secret},
    purchase::Stage,
    views::PurchaseView,
    Balance, BlockNumber, PurchaseId,
};
use souk_sidecar::blocking::aside;
use std::time::{Duration, Instant};

/// Live blocks for which a signed request to a store is good.
const FETCH_BLOCKS: BlockNumber = 40;
/// Times that a store may serve something false before it is given up.
const FALSE_ANSWERS: u32 = 3;

/// How long a buyer waits, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Whether stores at private addresses are asked.
    pub allow_private: bool,
    /// Times of a store's answers.
    pub times: Times,
    /// How long a store may give nothing new.
    pub patience: Duration,
    /// First and longest pause between two attempts.
    pub pauses: (Duration, Duration),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_private: false,
            times: Times::default(),
            patience: Duration::from_secs(300),
            pauses: (Duration::from_millis(500), Duration::from_secs(10)),
        }
    }
}

/// How a purchase ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The purchase.
    pub purchase: PurchaseId,
    /// Why.
    pub reason: CloseReason,
    /// What an upheld complaint showed.
    pub fault: Option<Fault>,
    /// Of its own money, back to the buyer, in units.
    pub refunded: Balance,
    /// Of the seller's bond, to the buyer, in units.
    pub compensation: Balance,
    /// Of its own money, burnt because the copy was not accepted, in units.
    pub burnt: Balance,
}

impl Ending {
    fn of(view: &PurchaseView, reason: CloseReason) -> Self {
        let all = view.price.saturating_add(view.deposit);
        let (refunded, compensation, burnt) = match reason {
            CloseReason::Delivered => (view.deposit, 0, 0),
            CloseReason::Cancelled | CloseReason::NotDelivered => (all, 0, 0),
            CloseReason::Rejected | CloseReason::NotAccepted => {
                let split = deal::unaccepted(view.price, view.deposit, view.bond);
                (split.refund, 0, split.burnt)
            }
            CloseReason::NotRevealed | CloseReason::Cheated => (all, view.bond, 0),
            _ => (0, 0, 0),
        };
        Ending { purchase: view.id, reason, fault: view.fault, refunded, compensation, burnt }
    }

    /// Whether the buyer has what it paid for.
    pub fn is_bought(&self) -> bool {
        matches!(self.reason, CloseReason::Delivered | CloseReason::Disproved)
    }
}

/// A purchase on its way.
pub struct Buyer<'a> {
    /// The chain.
    pub market: &'a dyn Market,
    /// What must not be forgotten.
    pub record: &'a mut Record,
    /// Limits.
    pub settings: Settings,
    /// Where progress is shown.
    pub output: Output,
}

impl Buyer<'_> {
    /// Goes on until the purchase ended. An error leaves everything as it is, for another attempt.
    pub async fn run(&mut self) -> Result<Ending> {
        let mut shown: Option<(String, Wait)> = None;
        loop {
            let Some(view) = self.look().await? else {
                return Err(self.forgotten()?);
            };
            let now = self.market.live_block().await?;
            if let Stage::Ended { reason, .. } = view.stage {
                return self.finish(&view, reason).await;
            }
            let (next, due) = match view.stage {
                Stage::Ordered { deliver_by } => (None, deliver_by),
                Stage::Offered { accept_by } if now <= accept_by => {
                    drop(shown.take());
                    (self.accept(&view, accept_by).await?, accept_by)
                }
                Stage::Accepted { reveal_by } => (None, reveal_by),
                Stage::Revealed { complain_by } => {
                    drop(shown.take());
                    (Some(self.open(&view, complain_by).await?), BlockNumber::MAX)
                }
                Stage::Offered { accept_by: at } | Stage::Ended { at, .. } => (None, at),
            };
            match next {
                Some(step) => self.step(&view, step).await?,
                None if now > due => self.step(&view, Step::Expire).await?,
                None => {
                    let message = waiting(&view, now, due);
                    if shown.as_ref().is_none_or(|(before, _)| *before != message) {
                        // The old one has to go before the new one comes.
                        drop(shown.take());
                        shown = Some((message.clone(), self.output.wait(message)));
                    }
                    self.market.pause().await;
                }
            }
        }
    }

    /// Ends the purchase without its copy: takes the money back if there is none yet, rejects the one on offer otherwise.
    pub async fn give_up(&mut self) -> Result<Ending> {
        if self.record.facts.purchase.is_none() && self.sent().await?.is_none() {
            self.record.discard()?;
            return Err(Failure::not_found("nothing was ordered, so there is nothing to give up"));
        }
        loop {
            let Some(view) = self.look().await? else {
                return Err(self.forgotten()?);
            };
            let now = self.market.live_block().await?;
            let step = match view.stage {
                Stage::Ended { reason, .. } => return self.finish(&view, reason).await,
                stage if stage.deadline().is_some_and(|by| now > by) => Step::Expire,
                Stage::Ordered { .. } if now < view.cancel_from => {
                    return Err(Failure::new(format!(
                    "the seller has until live block {} to deliver before you may give up; it is block {now}",
                    view.cancel_from
                )))
                }
                Stage::Ordered { .. } => Step::Cancel,
                Stage::Offered { .. } => Step::Reject,
                Stage::Accepted { .. } | Stage::Revealed { .. } => {
                    return Err(Failure::new(
                        "you accepted the copy already: run `souk buy --resume` to see it through",
                    ))
                }
            };
            self.step(&view, step).await?;
        }
    }

    /// The purchase as the chain has it; orders it if it was not. None when the chain has forgotten it.
    async fn look(&mut self) -> Result<Option<PurchaseView>> {
        let id = match self.record.facts.purchase {
            Some(id) => id,
            None => self.order().await?,
        };
        Ok(self.market.purchase(id).await?)
    }

    /// The order that may have been sent before, if it happened.
    async fn sent(&mut self) -> Result<Option<PurchaseId>> {
        if !self.record.facts.sent {
            return Ok(None);
        }
        let _wait = self.output.wait("looking for the order that was sent before");
        let found = self.market.bought_with(self.record.facts.order.buyer_key).await?;
        if let Some(view) = &found {
            self.record.update(|facts| facts.purchase = Some(view.id))?;
        }
        Ok(found.map(|view| view.id))
    }

    /// Orders, unless that was done.
    async fn order(&mut self) -> Result<PurchaseId> {
        if let Some(id) = self.sent().await? {
            return Ok(id);
        }
        self.record.update(|facts| facts.sent = true)?;
        let ordered = {
            let _wait = self.output.wait("ordering: waiting until it is final");
            self.market.order(self.record.facts.order.clone()).await
        };
        match ordered {
            Ok(id) => {
                self.record.update(|facts| facts.purchase = Some(id))?;
                Ok(id)
            }
            Err(error) if error.refusal() == Some(("Licensing", "KeyUsed")) => match self.sent().await? {
                Some(id) => Ok(id),
                None => Err(self.forgotten()?),
            },
            Err(error) => {
                if matches!(error, Error::Refused(_) | Error::Rejected(_) | Error::Incompatible(_)) {
                    // It never happened, and never will.
                    self.record.discard()?;
                }
                Err(error.into())
            }
        }
    }

    /// Takes a step. That the other side, or a deadline, was quicker shows at the next look.
    async fn step(&self, view: &PurchaseView, step: Step) -> Result<()> {
        let told = match step {
            Step::Accept(..) => "accepting the copy",
            Step::Settle => "paying",
            Step::Complain(_) => "complaining about what came",
            Step::Cancel => "giving up",
            Step::Reject => "rejecting the copy",
            Step::Expire => "ending what missed its deadline",
        };
        let _wait = self.output.wait(format!("{told}: waiting until it is final"));
        match self.market.step(view.id, step).await {
            Ok(()) => Ok(()),
            Err(error) if was_overtaken(&error) => {
                self.market.pause().await;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Fetches the copy and says how to accept it; `None` when its time ran out.
    async fn accept(&mut self, view: &PurchaseView, accept_by: BlockNumber) -> Result<Option<Step>> {
        let (Some(root), Some(commitment)) = (view.ciphertext_root, view.key_commitment) else {
            return Err(Failure::new("the chain shows an offered copy without a root"));
        };
        let fetched = self.fetch(view, accept_by).await?;
        Ok(fetched.then_some(Step::Accept(root, commitment)))
    }

    /// Fetches what is not here yet. False when live block `by` passed.
    async fn fetch(&mut self, view: &PurchaseView, by: BlockNumber) -> Result<bool> {
        let files = self.files(view)?;
        let endpoint = self.market.store(view.seller.clone()).await?.ok_or_else(|| {
            self.later(
                view,
                by,
                "the seller names no store on the chain any more, so the copy can't be fetched",
            )
        })?;
        let store = Store::new(&endpoint, self.settings.allow_private, self.settings.times)
            .map_err(|e| Failure::new(e.to_string()))?;
        let bar = self.output.progress("fetching the encrypted copy", copy::copy_bytes(&files.encrypted));
        let (mut pause, mut last_news, mut falsehoods) = (self.settings.pauses.0, Instant::now(), 0);
        loop {
            let now = self.market.live_block().await?;
            if now > by {
                return Ok(false);
            }
            let before = had(&files);
            let fetch =
                self.market.fetch_header(purchase_resource(&view.id), now.saturating_add(FETCH_BLOCKS));
            let source = Source { store: &store, purchase: view.id, fetch };
            let error = match get(&source, &files, &bar).await {
                Ok(()) => return Ok(true),
                Err(error) => error,
            };
            tracing::debug!("fetching a copy: {error}");
            if matches!(error, CopyError::Disk { .. }) {
                return Err(Failure::new(error.to_string()));
            }
            falsehoods += u32::from(matches!(error, CopyError::Wrong(_)));
            if had(&files) > before {
                (pause, last_news) = (self.settings.pauses.0, Instant::now());
            } else if last_news.elapsed() >= self.settings.patience || falsehoods >= FALSE_ANSWERS {
                return Err(self.later(view, by, &error.to_string()));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(self.settings.pauses.1);
        }
    }

    /// A failure that another attempt may mend.
    fn later(&self, view: &PurchaseView, by: BlockNumber, what: &str) -> Failure {
        let id = hex0x(&view.id);
        let end = match view.stage {
            Stage::Offered { .. } => format!(", or end it with `souk buy --give-up {id}`"),
            _ => String::new(),
        };
        let before = match by {
            BlockNumber::MAX => String::new(),
            by => format!(" before live block {by}"),
        };
        Failure::new(format!("{what}; what came is kept: run `souk buy --resume`{before} to go on{end}"))
    }

    /// Decrypts the copy, and says whether to pay or to complain.
    async fn open(&mut self, view: &PurchaseView, by: BlockNumber) -> Result<Step> {
        match self.unlock(view, by).await? {
            None => Ok(Step::Settle),
            Some(fault) => {
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
        if self.record.facts.sealed_key.is_none() {
            self.record.update(|facts| facts.sealed_key = view.sealed_key)?;
        }
        let secret = Secret::new(*self.record.secret()?);
        let files = self.files(view)?;
        loop {
            let here = files.plain.path.exists()
                && files.encrypted.path.exists()
                && copy::is_here(&files.encrypted, &files.copy);
            if !here && !self.fetch(view, by).await? {
                return Err(Failure::new(
                    "the copy is not here any more, and it is too late to fetch it again",
                ));
            }
            let Some(cipher) = unlock::cipher(&self.market.genesis(), view, &secret) else {
                return Ok(Some(Unlocked::BadSeal));
            };
            let bar = self.output.progress("decrypting and checking", view.size);
            let job = files.clone();
            match aside(move || unlock::unlock(&job, &cipher, &bar)).await? {
                Unlocked::Good => {
                    self.record.update(|facts| facts.opened = true)?;
                    return Ok(None);
                }
                Unlocked::Damaged(chunk) => {
                    tracing::warn!(chunk, "the copy changed on this disk; fetching it again from there on");
                    if !self.fetch(view, by).await? {
                        return Err(Failure::new(
                            "the copy on this disk is damaged, and it is too late to fetch it again",
                        ));
                    }
                }
                fault => return Ok(Some(fault)),
            }
        }
    }

    /// What is left to do when the purchase ended: a file that was paid for is made all the same.
    async fn finish(&mut self, view: &PurchaseView, reason: CloseReason) -> Result<Ending> {
        let ending = Ending::of(view, reason);
        if ending.is_bought() && view.size > 0 {
            if let Some(fault) = self.unlock(view, BlockNumber::MAX).await? {
                return Err(Failure::new(format!(
                    "the purchase ended ({reason:?}) before this program came to the copy, which is not what was listed \
                     ({fault:?}): it is too late for a complaint"
                )));
            }
        }
        self.record.end(reason)?;
        Ok(ending)
    }

    /// The chain knows nothing of the purchase.
    fn forgotten(&mut self) -> Result<Failure> {
        if self.record.facts.opened {
            self.record.end(CloseReason::Delivered)?;
            return Ok(Failure::not_found(
                "the chain has forgotten this purchase; its file is where it should be",
            ));
        }
        Ok(Failure {
            code: Code::NotFound,
            message: format!(
                "the chain knows no purchase with the key {}: it ended too long ago, or the node is another chain's",
                hex0x(&self.record.facts.order.buyer_key)
            ),
        })
    }

    fn files(&self, view: &PurchaseView) -> Result<Files> {
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

async fn get(
    source: &Source<'_>,
    files: &Files,
    bar: &indicatif::ProgressBar,
) -> std::result::Result<(), CopyError> {
    source.list("digests/plain", &files.plain).await?;
    source.list("digests/encrypted", &files.encrypted).await?;
    source.copy(&files.encrypted, &files.copy, bar).await
}

/// Bytes of everything that came so far.
fn had(files: &Files) -> u64 {
    let lists = [&files.plain.path, &files.encrypted.path];
    let parts = lists.map(|path| path.with_extension("part"));
    let all = lists.into_iter().chain(&parts).chain([&files.copy]);
    all.filter_map(|path| std::fs::metadata(path).ok()).map(|found| found.len()).sum()
}

/// Whether a step came too late or too early because the purchase is elsewhere, or nothing happened at all.
fn was_overtaken(error: &Error) -> bool {
    match error {
        Error::Expired | Error::Replaced => true,
        other => {
            matches!(other.refusal(), Some(("Licensing", "WrongStage" | "TooLate" | "TooEarly" | "Ended")))
        }
    }
}

fn waiting(view: &PurchaseView, now: BlockNumber, due: BlockNumber) -> String {
    let what = match view.stage {
        Stage::Ordered { .. } => "the copy",
        _ => "the key",
    };
    let id = hex0x(&view.id);
    match view.stage {
        Stage::Ordered { .. } if now >= view.cancel_from => format!(
            "waiting for {what}, until live block {due} at the latest; to take the money back now: souk buy --give-up {id}"
        ),
        _ => format!("waiting for {what}, until live block {due} at the latest"),
    }
}
