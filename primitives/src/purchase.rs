//! The life of a purchase as a pure function from stage to stage.
//!
//! ```text
//!            offer_copy           accept_copy           reveal_key          settle
//!  Ordered ─────────────▶ Offered ────────────▶ Accepted ───────────▶ Revealed ─────────▶ Ended
//!     │                      │                      │                    │  complain        ▲
//!     │ cancel, no copy      │ reject, not accepted │ not revealed       │  (either way)    │
//!     └──────────────────────┴──────────────────────┴────────────────────┴──────────────────┘
//! ```
//!
//! A call is in time iff `now ≤ deadline`; what a missed deadline brings needs `now > deadline`. So in each block exactly
//! one of the two is allowed.

use crate::{close::CloseReason, BlockNumber};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Where a purchase stands. Deadlines are live blocks.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all_fields = "camelCase")
)]
pub enum Stage {
    /// The price is on hold; the seller has to offer a copy.
    Ordered {
        /// Last block for the copy.
        deliver_by: BlockNumber,
    },
    /// A copy is offered; the buyer has to fetch and accept it.
    Offered {
        /// Last block for the acceptance.
        accept_by: BlockNumber,
    },
    /// The copy was accepted; the seller has to reveal its key.
    Accepted {
        /// Last block for the key.
        reveal_by: BlockNumber,
    },
    /// The key is revealed; the buyer may complain.
    Revealed {
        /// Last block for a complaint.
        complain_by: BlockNumber,
    },
    /// It ended.
    Ended {
        /// When.
        at: BlockNumber,
        /// Why.
        reason: CloseReason,
    },
}

/// Why a transition is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The purchase is at another stage.
    WrongStage,
    /// The deadline has passed.
    TooLate,
    /// The deadline has not passed.
    TooEarly,
    /// It ended.
    Ended,
}

impl Stage {
    /// The deadline that it waits for; none once it ended.
    pub fn deadline(&self) -> Option<BlockNumber> {
        match *self {
            Stage::Ordered { deliver_by: by }
            | Stage::Offered { accept_by: by }
            | Stage::Accepted { reveal_by: by }
            | Stage::Revealed { complain_by: by } => Some(by),
            Stage::Ended { .. } => None,
        }
    }

    /// Whether it ended.
    pub fn is_ended(&self) -> bool {
        matches!(self, Stage::Ended { .. })
    }

    fn in_time(&self, now: BlockNumber) -> Result<(), Refusal> {
        match self.deadline() {
            Some(by) if now <= by => Ok(()),
            Some(_) => Err(Refusal::TooLate),
            None => Err(Refusal::Ended),
        }
    }

    fn refuse(&self) -> Refusal {
        if self.is_ended() {
            Refusal::Ended
        } else {
            Refusal::WrongStage
        }
    }

    /// The seller offers a copy, which the buyer has `window` blocks to accept.
    pub fn offer_copy(&self, now: BlockNumber, window: BlockNumber) -> Result<Stage, Refusal> {
        let Stage::Ordered { .. } = self else { return Err(self.refuse()) };
        self.in_time(now)?;
        Ok(Stage::Offered { accept_by: now.saturating_add(window) })
    }

    /// The buyer accepts the copy, whose key the seller has `window` blocks to reveal.
    pub fn accept_copy(&self, now: BlockNumber, window: BlockNumber) -> Result<Stage, Refusal> {
        let Stage::Offered { .. } = self else { return Err(self.refuse()) };
        self.in_time(now)?;
        Ok(Stage::Accepted { reveal_by: now.saturating_add(window) })
    }

    /// The seller reveals the key, about which the buyer has `window` blocks to complain.
    pub fn reveal_key(&self, now: BlockNumber, window: BlockNumber) -> Result<Stage, Refusal> {
        let Stage::Accepted { .. } = self else { return Err(self.refuse()) };
        self.in_time(now)?;
        Ok(Stage::Revealed { complain_by: now.saturating_add(window) })
    }

    /// Ends it with the split of its price: by the buyer at any time after the key, by anyone after the last block for a
    /// complaint.
    pub fn settle(&self, now: BlockNumber, by_buyer: bool) -> Result<CloseReason, Refusal> {
        let Stage::Revealed { .. } = self else { return Err(self.refuse()) };
        if by_buyer || self.in_time(now).is_err() {
            Ok(CloseReason::Delivered)
        } else {
            Err(Refusal::TooEarly)
        }
    }

    /// Whether a complaint is judged now.
    pub fn complain(&self, now: BlockNumber) -> Result<(), Refusal> {
        let Stage::Revealed { .. } = self else { return Err(self.refuse()) };
        self.in_time(now)
    }

    /// The buyer gives up waiting for a copy, from block `not_before` on.
    pub fn cancel(&self, now: BlockNumber, not_before: BlockNumber) -> Result<CloseReason, Refusal> {
        let Stage::Ordered { .. } = self else { return Err(self.refuse()) };
        self.in_time(now)?;
        if now < not_before {
            return Err(Refusal::TooEarly);
        }
        Ok(CloseReason::Cancelled)
    }

    /// The buyer does not want the copy.
    pub fn reject_copy(&self, now: BlockNumber) -> Result<CloseReason, Refusal> {
        let Stage::Offered { .. } = self else { return Err(self.refuse()) };
        self.in_time(now)?;
        Ok(CloseReason::Rejected)
    }

    /// What a missed deadline brings.
    pub fn expire(&self, now: BlockNumber) -> Result<CloseReason, Refusal> {
        match self.in_time(now) {
            Ok(()) => Err(Refusal::TooEarly),
            Err(Refusal::TooLate) => Ok(match self {
                Stage::Ordered { .. } => CloseReason::NotDelivered,
                Stage::Offered { .. } => CloseReason::NotAccepted,
                Stage::Accepted { .. } => CloseReason::NotRevealed,
                Stage::Revealed { .. } | Stage::Ended { .. } => CloseReason::Delivered,
            }),
            Err(refusal) => Err(refusal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ENDED: Stage = Stage::Ended { at: 3, reason: CloseReason::Delivered };

    fn stages(by: BlockNumber) -> [Stage; 5] {
        [
            Stage::Ordered { deliver_by: by },
            Stage::Offered { accept_by: by },
            Stage::Accepted { reveal_by: by },
            Stage::Revealed { complain_by: by },
            ENDED,
        ]
    }

    /// Which of the steps that go on, each good at one stage only.
    fn steps(stage: &Stage, now: BlockNumber) -> [Result<(), Refusal>; 4] {
        [
            stage.offer_copy(now, 1).map(|_| ()),
            stage.accept_copy(now, 1).map(|_| ()),
            stage.reveal_key(now, 1).map(|_| ()),
            stage.complain(now),
        ]
    }

    proptest! {
        #[test]
        fn in_each_block_either_the_step_or_its_miss_should_be_allowed(by in 1u32..100, now in 0u32..200) {
            for (at, stage) in stages(by).iter().enumerate() {
                for (step, result) in steps(stage, now).iter().enumerate() {
                    let expected = match () {
                        () if at == 4 => Err(Refusal::Ended),
                        () if at != step => Err(Refusal::WrongStage),
                        () if now <= by => Ok(()),
                        () => Err(Refusal::TooLate),
                    };
                    prop_assert_eq!(result, &expected);
                }
                let missed = stage.expire(now).is_ok();
                prop_assert_eq!(missed, at < 4 && now > by);
            }
        }

        #[test]
        fn windows_should_be_counted_from_now(now in 0u32..100, window in 0u32..100) {
            prop_assert_eq!(stages(100)[0].offer_copy(now, window), Ok(Stage::Offered { accept_by: now + window }));
            prop_assert_eq!(stages(100)[1].accept_copy(now, window), Ok(Stage::Accepted { reveal_by: now + window }));
            prop_assert_eq!(stages(100)[2].reveal_key(now, window), Ok(Stage::Revealed { complain_by: now + window }));
        }
    }

    #[test]
    fn each_miss_should_say_who_failed() {
        let reasons = [
            Ok(CloseReason::NotDelivered),
            Ok(CloseReason::NotAccepted),
            Ok(CloseReason::NotRevealed),
            Ok(CloseReason::Delivered),
            Err(Refusal::Ended),
        ];
        assert_eq!(stages(9).map(|stage| stage.expire(10)), reasons);
    }

    #[test]
    fn only_the_buyer_should_settle_before_the_last_block_for_a_complaint() {
        let revealed = Stage::Revealed { complain_by: 9 };
        assert_eq!(revealed.settle(9, true), Ok(CloseReason::Delivered));
        assert_eq!(revealed.settle(9, false), Err(Refusal::TooEarly));
        assert_eq!(revealed.settle(10, false), Ok(CloseReason::Delivered));
        assert_eq!(revealed.settle(10, true), Ok(CloseReason::Delivered));
        assert_eq!(Stage::Accepted { reveal_by: 9 }.settle(10, true), Err(Refusal::WrongStage));
        assert_eq!(ENDED.settle(10, true), Err(Refusal::Ended));
    }

    #[test]
    fn buyer_should_cancel_before_a_copy_and_reject_after_it() {
        let ordered = Stage::Ordered { deliver_by: 9 };
        assert_eq!(ordered.cancel(4, 5), Err(Refusal::TooEarly));
        assert_eq!(ordered.cancel(5, 5), Ok(CloseReason::Cancelled));
        assert_eq!(ordered.cancel(10, 5), Err(Refusal::TooLate));
        assert_eq!(ordered.reject_copy(5), Err(Refusal::WrongStage));
        let offered = Stage::Offered { accept_by: 9 };
        assert_eq!(offered.cancel(5, 0), Err(Refusal::WrongStage));
        assert_eq!(offered.reject_copy(9), Ok(CloseReason::Rejected));
        assert_eq!(offered.reject_copy(10), Err(Refusal::TooLate));
        assert_eq!(ENDED.reject_copy(1), Err(Refusal::Ended));
    }
}
