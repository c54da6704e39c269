//! Trouble that passes: a node that restarts, or a pool that is full, must not leave a buyer alone whose money is at stake.

use super::Buyer;
use crate::failure::{Code, Failure, Result};
use souk_client::Error;
use souk_primitives::purchase::Stage;
use std::time::{Duration, Instant};

/// Why a look or a step failed.
pub(super) enum Trouble {
    /// Another try may go well: the node is away, or did not take a transaction.
    Passing(Failure),
    /// None will.
    Lasting(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        match failure.code {
            Code::Unreachable => Trouble::Passing(failure),
            _ => Trouble::Lasting(failure),
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::Unreachable { .. } | Error::Rejected(_) => Trouble::Passing(error.into()),
            other => Trouble::Lasting(other.into()),
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        let (Trouble::Passing(failure) | Trouble::Lasting(failure)) = trouble;
        failure
    }
}

/// Since when nothing went well.
#[derive(Default)]
pub(super) struct Outage(Option<Instant>);

impl Outage {
    /// Something went well.
    pub fn is_over(&mut self) {
        self.0 = None;
    }

    /// How long it has lasted; none when it just began.
    pub fn lasted(&mut self) -> Option<Duration> {
        let before = self.0;
        self.0.get_or_insert_with(Instant::now);
        before.map(|since| since.elapsed())
    }
}

impl Buyer<'_> {
    /// Whether money is lost when this program ends now and nobody starts it again in time.
    pub(super) fn is_at_stake(&self) -> bool {
        self.record.facts.seen.as_ref().is_some_and(|view| {
            matches!(view.stage, Stage::Offered { .. } | Stage::Accepted { .. } | Stage::Revealed { .. })
        })
    }

    /// Waits for another try; fails when nothing is at stake and patience is over.
    pub(super) async fn wait_out(&self, failure: Failure, outage: &mut Outage) -> Result<()> {
        let lasted = outage.lasted();
        if !self.is_at_stake() && lasted.unwrap_or_default() >= self.settings.patience {
            return Err(failure);
        }
        if lasted.is_none() {
            tracing::warn!("{}", self.told(format!("{failure}; trying again")));
        }
        let _wait = self.output.wait(self.told(format!("{failure}; trying again")));
        self.market.pause().await;
        Ok(())
    }
}
