//! What a purchase needs of its seller now. Pure.

use super::vault::Copy;
use crate::chain::Head;
use souk_primitives::{close::CloseReason, purchase::Stage, views::PurchaseView, BlockNumber};

/// Blocks after a deadline in which the chain ends purchases by itself, before somebody pays a fee for it.
const SWEEP: BlockNumber = 10;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing.
    Wait,
    /// Make the copy.
    Prepare,
    /// Offer it, in time.
    Offer,
    /// Reveal the key, in time.
    Reveal,
    /// It is too late for the next step: the deadline ends the purchase.
    Missed,
    /// Take the money.
    Settle,
    /// It is over: its content is not needed any more.
    End,
}

/// Decides from the purchase at the finalised head, its copy, and the blocks there.
pub fn plan(view: &PurchaseView, copy: Option<&Copy>, head: Head) -> Plan {
    let quiet = copy.is_some_and(|copy| head.number <= copy.quiet_until);
    match view.stage {
        Stage::Ended { .. } if copy.is_some_and(|copy| !copy.ended) => Plan::End,
        Stage::Ended { .. } | Stage::Offered { .. } => Plan::Wait,
        Stage::Ordered { deliver_by } if head.live > deliver_by => Plan::Missed,
        Stage::Ordered { .. } => match copy {
            Some(copy) if copy.ciphertext_root.is_some() && quiet => Plan::Wait,
            Some(copy) if copy.ciphertext_root.is_some() => Plan::Offer,
            _ => Plan::Prepare,
        },
        Stage::Accepted { reveal_by } if head.live > reveal_by => Plan::Missed,
        Stage::Accepted { .. } if quiet => Plan::Wait,
        Stage::Accepted { .. } => Plan::Reveal,
        Stage::Revealed { complain_by } if head.live <= complain_by.saturating_add(SWEEP) => Plan::Wait,
        Stage::Revealed { .. } => Plan::Settle,
    }
}

/// Whether the buyer may fetch: while the purchase is open, and after it was paid.
pub fn may_fetch(stage: &Stage) -> bool {
    match stage {
        Stage::Ended { reason, .. } => matches!(reason, CloseReason::Delivered | CloseReason::Disproved),
        _ => true,
    }
}
