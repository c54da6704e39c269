//! The order: sent once, however often the program is started.

use super::{Buyer, Result};
use crate::{failure::Failure, output::hex0x};
use souk_client::Error;
use souk_primitives::PurchaseId;

impl Buyer<'_> {
    /// The order that may have been sent before, if it happened.
    pub(super) async fn sent(&mut self) -> Result<Option<PurchaseId>> {
        if !self.record.facts.sent {
            return Ok(None);
        }
        let _wait = self.output.wait(self.told("looking for the order that was sent before"));
        let found = self.market.bought_with(self.record.facts.order.buyer_key).await?;
        if let Some(view) = &found {
            self.record.update(|facts| facts.purchase = Some(view.id))?;
        }
        Ok(found.map(|view| view.id))
    }

    /// Orders, unless that was done.
    pub(super) async fn order(&mut self) -> Result<PurchaseId> {
        if let Some(id) = self.sent().await? {
            return Ok(id);
        }
        self.record.update(|facts| facts.sent = true)?;
        let ordered = {
            let _wait = self.output.wait(self.told("ordering: waiting until it is final"));
            self.market.order(self.record.facts.order.clone()).await
        };
        match ordered {
            Ok(id) => {
                self.record.update(|facts| facts.purchase = Some(id))?;
                Ok(id)
            }
            Err(error) if error.refusal() == Some(("Licensing", "KeyUsed")) => match self.sent().await? {
                Some(id) => Ok(id),
                None => Err(Failure::not_found(format!(
                    "the chain knows no purchase with the key {} any more, though it was used: it ended too long ago",
                    hex0x(&self.record.facts.order.buyer_key)
                ))),
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
}
