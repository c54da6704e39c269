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
    let offered = copy.is_some_and(|copy| head.number <= copy.offer_quiet);
    let revealed = copy.is_some_and(|copy| head.number <= copy.reveal_quiet);
    match view.stage {
        Stage::Ended { .. } if copy.is_some_and(|copy| !copy.ended) => Plan::End,
        Stage::Ended { .. } | Stage::Offered { .. } => Plan::Wait,
        Stage::Ordered { deliver_by } if head.live > deliver_by => Plan::Missed,
        Stage::Ordered { .. } => match copy {
            Some(copy) if copy.ciphertext_root.is_some() && offered => Plan::Wait,
            Some(copy) if copy.ciphertext_root.is_some() => Plan::Offer,
            _ => Plan::Prepare,
        },
        Stage::Accepted { reveal_by } if head.live > reveal_by => Plan::Missed,
        Stage::Accepted { .. } if revealed => Plan::Wait,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fake::FakeChain;
    use souk_primitives::{
        content::Content,
        exchange::{ContentKey, Secret},
        AccountId,
    };

    const BY: BlockNumber = 100;

    fn view(stage: Stage) -> PurchaseView {
        let fake = FakeChain::default();
        let id = fake.order(&Content::new([7; 32], 9).unwrap(), AccountId::new([1; 32]), [2; 32]);
        fake.with_purchase(id, |view| PurchaseView { stage, ..view.clone() })
    }

    fn copy(is_ready: bool) -> Copy {
        Copy {
            content: Content::new([7; 32], 9).unwrap(),
            key: ContentKey::new([1; 32]),
            ephemeral: Secret::new([2; 32]),
            ciphertext_root: is_ready.then_some([3; 32]),
            offer_quiet: 0,
            reveal_quiet: 0,
            ended: false,
            done: 1,
            due: 1_000,
        }
    }

    fn planned(stage: Stage, copy: Option<&Copy>, live: BlockNumber) -> Plan {
        plan(&view(stage), copy, Head { number: live + 1_000, live })
    }

    #[test]
    fn each_stage_should_have_its_step_until_its_deadline() {
        let ready = copy(true);
        let (ordered, offered) = (Stage::Ordered { deliver_by: BY }, Stage::Offered { accept_by: BY });
        let (accepted, revealed) = (Stage::Accepted { reveal_by: BY }, Stage::Revealed { complain_by: BY });
        assert_eq!(planned(ordered, None, BY), Plan::Prepare);
        assert_eq!(planned(ordered, Some(&copy(false)), BY), Plan::Prepare);
        for (stage, step) in [(ordered, Plan::Offer), (accepted, Plan::Reveal)] {
            assert_eq!(planned(stage, Some(&ready), BY), step);
            assert_eq!(planned(stage, Some(&ready), BY + 1), Plan::Missed);
        }
        assert_eq!(planned(offered, Some(&ready), BY), Plan::Wait);
        // The chain has its turn first.
        assert_eq!(planned(revealed, Some(&ready), BY + SWEEP), Plan::Wait);
        assert_eq!(planned(revealed, Some(&ready), BY + SWEEP + 1), Plan::Settle);
    }

    #[test]
    fn what_may_still_arrive_should_be_waited_for() {
        let (ordered, accepted) = (Stage::Ordered { deliver_by: BY }, Stage::Accepted { reveal_by: BY });
        let offered = |until| Copy { offer_quiet: until, ..copy(true) };
        let revealed = |until| Copy { reveal_quiet: until, ..copy(true) };
        assert_eq!(planned(ordered, Some(&offered(1_050)), 50), Plan::Wait);
        assert_eq!(planned(ordered, Some(&offered(1_049)), 50), Plan::Offer);
        assert_eq!(planned(accepted, Some(&revealed(1_050)), 50), Plan::Wait);
        assert_eq!(planned(accepted, Some(&revealed(1_049)), 50), Plan::Reveal);
        // An offer that arrived and was accepted at once.
        assert_eq!(planned(accepted, Some(&offered(1_050)), 50), Plan::Reveal);
    }

    #[test]
    fn end_should_be_noted_once_and_only_paid_copies_be_served_after_it() {
        let ended = |reason| Stage::Ended { at: 1, reason };
        let noted = Copy { ended: true, ..copy(true) };
        let delivered = ended(CloseReason::Delivered);
        assert_eq!(planned(delivered, Some(&copy(true)), 5), Plan::End);
        assert_eq!(planned(delivered, Some(&noted), 5), Plan::Wait);
        assert_eq!(planned(delivered, None, 5), Plan::Wait);
        assert!(may_fetch(&delivered) && may_fetch(&ended(CloseReason::Disproved)));
        for reason in [CloseReason::Cheated, CloseReason::NotAccepted, CloseReason::Cancelled] {
            assert!(!may_fetch(&ended(reason)));
        }
        assert!(may_fetch(&Stage::Accepted { reveal_by: 1 }));
    }
}
