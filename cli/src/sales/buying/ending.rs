//! How a purchase ended, and where its money went.

use souk_primitives::{close::CloseReason, complaint::Fault, deal, views::PurchaseView, Balance, PurchaseId};

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
    /// Whether the chain had forgotten the purchase: then this is what this machine kept of it.
    pub forgotten: bool,
}

impl Ending {
    pub(super) fn of(view: &PurchaseView, reason: CloseReason) -> Self {
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
        Ending {
            purchase: view.id,
            reason,
            fault: view.fault,
            refunded,
            compensation,
            burnt,
            forgotten: false,
        }
    }

    /// Of something without a file, which the chain has forgotten: the price is paid and nothing came back.
    pub(super) fn paid_long_ago(purchase: PurchaseId) -> Self {
        let (reason, forgotten) = (CloseReason::Delivered, true);
        Ending { purchase, reason, fault: None, refunded: 0, compensation: 0, burnt: 0, forgotten }
    }

    /// Whether the buyer has what it paid for.
    pub fn is_bought(&self) -> bool {
        matches!(self.reason, CloseReason::Delivered | CloseReason::Disproved)
    }
}
