//! Takes a purchase from stage to stage until it ended, from wherever it stands.
//!
//! Each look at the chain says what to do next, and everything that was done is on the disk or on the chain. So a program
//! that is killed at any point goes on where it was: it orders only after it looked for an order with its key, accepts only
//! what it has checked, and pays only for a file that is whole.

mod ending;
mod fetching;
mod opening;
mod ordering;
mod several;
mod trouble;

pub use ending::Ending;
pub use several::{all, take};

use super::{
    market::{Market, Step},
    record::Record,
    store::Times,
};
use crate::{
    failure::{Failure, Result},
    output::{hex0x, legible, Output, Wait},
};
use souk_client::Error;
use souk_primitives::{purchase::Stage, views::PurchaseView, Balance, BlockNumber};
use std::{fmt::Display, time::Duration};
use trouble::{Outage, Trouble};

/// How long a buyer waits, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Whether stores at private addresses are asked.
    pub allow_private: bool,
    /// Times of a store's answers.
    pub times: Times,
    /// How long a store may give nothing new, or next to nothing.
    pub patience: Duration,
    /// First and longest pause between two attempts.
    pub pauses: (Duration, Duration),
    /// Between two looks at the live block while a store sends.
    pub looks: Duration,
    /// Over which its rate is taken.
    pub span: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_private: false,
            times: Times::default(),
            patience: Duration::from_secs(300),
            pauses: (Duration::from_millis(500), Duration::from_secs(10)),
            looks: Duration::from_secs(3),
            span: Duration::from_secs(60),
        }
    }
}

/// What one turn leaves to the next.
#[derive(Default)]
struct Progress {
    /// What is waited for.
    shown: Option<(String, Wait)>,
    /// Whether the copy is here: it is not read again for each look.
    fetched: bool,
    /// What was missing for the fees of a complaint.
    lacks: Option<Balance>,
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
    /// Goes on until the purchase ended. An error leaves everything as it is, for another attempt; what may pass is waited
    /// out as long as money is at stake, and for a while otherwise.
    pub async fn run(&mut self) -> Result<Ending> {
        let (mut progress, mut outage) = (Progress::default(), Outage::default());
        loop {
            match self.turn(&mut progress).await {
                Ok(Some(ending)) => return Ok(ending),
                Ok(None) => outage.is_over(),
                Err(Trouble::Passing(failure)) => {
                    drop(progress.shown.take());
                    self.wait_out(failure, &mut outage).await?;
                }
                Err(Trouble::Lasting(failure)) => return Err(failure),
            }
        }
    }

    /// Looks at the purchase and does what comes next; how it ended, if it did.
    async fn turn(&mut self, progress: &mut Progress) -> Result<Option<Ending>, Trouble> {
        let Some(view) = self.look().await? else {
            return Ok(Some(self.forgotten().await?));
        };
        let now = self.market.live_block().await?;
        if let Stage::Ended { reason, .. } = view.stage {
            return Ok(Some(self.finish(&view, reason).await?));
        }
        let (next, due) = match view.stage {
            Stage::Ordered { deliver_by } => (None, deliver_by),
            Stage::Offered { accept_by } if now <= accept_by => {
                (self.accept(&view, accept_by, progress).await?, accept_by)
            }
            Stage::Accepted { reveal_by } => (None, reveal_by),
            Stage::Revealed { complain_by } => {
                drop(progress.shown.take());
                // The file is worth fetching also when it is too late for a complaint.
                let by = if now > complain_by { BlockNumber::MAX } else { complain_by };
                (Some(self.open(&view, by).await?), BlockNumber::MAX)
            }
            Stage::Offered { accept_by: at } | Stage::Ended { at, .. } => (None, at),
        };
        match next {
            Some(step) => self.step(&view, step).await?,
            None if now > due => self.step(&view, Step::Expire).await?,
            None => {
                let message = waiting(&view, now, due);
                if progress.shown.as_ref().is_none_or(|(before, _)| *before != message) {
                    // The old one has to go before the new one comes.
                    drop(progress.shown.take());
                    progress.shown = Some((message.clone(), self.output.wait(self.told(message))));
                }
                self.market.pause().await;
            }
        }
        Ok(None)
    }

    /// Ends the purchase without its copy: takes the money back if there is none yet, rejects the one on offer otherwise.
    pub async fn give_up(&mut self) -> Result<Ending> {
        if self.record.facts.purchase.is_none() && self.sent().await?.is_none() {
            return Err(Failure::not_found(
                "no such order is on the chain: `souk buy --resume` says what became of it",
            ));
        }
        loop {
            let Some(view) = self.look().await? else {
                return self.forgotten().await;
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
        let found = self.market.purchase(id).await?;
        if let Some(view) = &found {
            self.keep(view)?;
        }
        Ok(found)
    }

    /// Keeps what the chain shows: enough to open the copy when it shows nothing any more.
    fn keep(&mut self, view: &PurchaseView) -> Result<()> {
        if self.record.facts.seen.as_ref() == Some(view) {
            return Ok(());
        }
        match self.record.update(|facts| facts.seen = Some(view.clone())) {
            // A full disk must not keep a copy from being accepted, nor a complaint from being made.
            Err(error) if !matches!(view.stage, Stage::Ordered { .. }) => {
                tracing::warn!("what the chain shows of the purchase can't be kept: {error}");
                Ok(())
            }
            other => Ok(other?),
        }
    }

    /// Takes a step. That the other side, or a deadline, was quicker shows at the next look.
    async fn step(&self, view: &PurchaseView, step: Step) -> Result<(), Trouble> {
        let told = match step {
            Step::Accept(..) => "accepting the copy",
            Step::Settle => "paying",
            Step::Complain(_) => "complaining about what came",
            Step::Cancel => "giving up",
            Step::Reject => "rejecting the copy",
            Step::Expire => "ending what missed its deadline",
        };
        let _wait = self.output.wait(self.told(format!("{told}: waiting until it is final")));
        match self.market.step(view.id, step).await {
            Ok(()) => Ok(()),
            Err(error) if was_overtaken(&error) => {
                self.market.pause().await;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What is shown of a wait: others may go on beside it.
    fn told(&self, what: impl Display) -> String {
        format!("{}: {what}", legible(&self.record.facts.name))
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
        Stage::Offered { .. } => "money for the fees of a complaint",
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
