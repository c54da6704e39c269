//! The order: sent once, however often the program is started and whatever a node says of it.

use super::{Buyer, Result};
use crate::{
    failure::{Code, Failure},
    output::{hex0x, legible},
};
use souk_client::Error;
use souk_primitives::{BlockNumber, LicenceId, PurchaseId};

/// Live blocks after which an order that was sent can't come any more: a transaction of ours is good for 64 blocks, and
/// there are no more live blocks than blocks.
const LIFE: BlockNumber = 66;
/// Live blocks for which the chain shows what ended, at the least: half of the shortest time that it was ever set to.
const SHOWN: BlockNumber = 14_400;

impl Buyer<'_> {
    /// The order that may have been sent before, if it happened.
    pub(super) async fn sent(&mut self) -> Result<Option<PurchaseId>> {
        let Some(at) = self.record.facts.sent else { return Ok(None) };
        let _wait = self.output.wait(self.told("looking for the order that was sent before"));
        let found = match self.market.bought_with(self.record.facts.order.buyer_key).await? {
            Some(view) => Some(view.id),
            None if self.record.facts.size == 0 => self.licensed(at).await?,
            None => None,
        };
        if let Some(id) = found {
            self.record.update(|facts| facts.purchase = Some(id))?;
        }
        Ok(found)
    }

    /// What came of an order for something without a file, sent at live block `at` or later, when the chain may have
    /// forgotten the purchase. It ends in the block that takes the order, and its key may be used again: with nothing else
    /// to go by it would be paid twice.
    async fn licensed(&mut self, at: BlockNumber) -> Result<Option<LicenceId>> {
        let (order, buyer) = (self.record.facts.order.clone(), self.market.account());
        let licences = self.market.licences_of(order.listing).await?;
        let found = licences.into_iter().find(|licence| {
            licence.holder == buyer
                && licence.issued_at >= at
                && (licence.version, licence.purpose, licence.terms_digest)
                    == (order.version, order.purpose, order.terms_digest)
        });
        if let Some(licence) = found {
            return Ok(Some(licence.id));
        }
        if self.market.live_block().await? <= at.saturating_add(SHOWN) {
            return Ok(None);
        }
        self.record.discard()?;
        Err(Failure::not_found(format!(
            "{} was ordered at live block {at} or later, and the chain does not show any more what came of it: nothing is \
             ordered again by itself; if `souk licences` and your balance say that it was not bought, buy it again",
            legible(&self.record.facts.name)
        )))
    }

    /// Orders, unless that was done.
    pub(super) async fn order(&mut self) -> Result<PurchaseId> {
        if let Some(id) = self.sent().await? {
            return Ok(id);
        }
        if let Some(by) = self.record.facts.rejected {
            return self.gone(by).await;
        }
        let is_first = self.record.facts.sent.is_none();
        if is_first {
            let now = self.market.live_block().await?;
            self.record.update(|facts| facts.sent = Some(now))?;
        }
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
            Err(error @ Error::Rejected(_)) => self.rejected(error).await,
            Err(error) => {
                // It is final that it failed, or it was never sent.
                if matches!(error, Error::Refused(_)) || is_first && matches!(error, Error::Incompatible(_)) {
                    self.record.discard()?;
                }
                Err(error.into())
            }
        }
    }

    /// A node did not take the order. It may have: when its first answer is lost, the same bytes are sent once more, and
    /// refused for that.
    async fn rejected(&mut self, error: Error) -> Result<PurchaseId> {
        let by = self.market.live_block().await?.saturating_add(LIFE);
        self.record.update(|facts| facts.rejected = Some(by))?;
        if let Some(id) = self.sent().await? {
            return Ok(id);
        }
        Err(Failure {
            code: Code::Refused,
            message: format!(
                "{error}; in case it gets through all the same its one-time secret is kept: run `souk buy --resume`, which \
                 waits until live block {by} and then either goes on with it or says that nothing was bought"
            ),
        })
    }

    /// Waits until a rejected order can't come any more, and forgets it if it did not.
    async fn gone(&mut self, by: BlockNumber) -> Result<PurchaseId> {
        {
            let what =
                format!("waiting until live block {by}, when an order that was rejected can't come any more");
            let _wait = self.output.wait(self.told(what));
            while self.market.live_block().await? <= by {
                self.market.pause().await;
            }
        }
        if let Some(id) = self.sent().await? {
            return Ok(id);
        }
        self.record.discard()?;
        Err(Failure::not_found(
            "the order was rejected before and can't come any more: nothing was bought, and it may be bought again",
        ))
    }
}
