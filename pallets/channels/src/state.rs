//! The life of a channel as a pure function from state to state.
//!
//! ```text
//!         close (consumer; anyone once expired)        sweep (anyone, after `until`)
//!  Open ────────────────────────────────────▶ Closing ────────────────────────────▶ Closed
//!    │                                           │                                     ▲
//!    └───────────────────────────────────────────┴─────────────────────────────────────┘
//!                              close_by_provider (the provider)
//! ```

use souk_pallet_support::clock;
use souk_primitives::{close::CloseReason, views::ChannelState, BlockNumber};

/// Why a transition is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Only the consumer may close it before it expires.
    NotConsumer,
    /// It closes already.
    AlreadyClosing,
    /// It does not close yet.
    NotClosing,
    /// It is closed.
    Closed,
    /// The grace period is over: nothing more is settled.
    GraceOver,
    /// The grace period is not over.
    GraceNotOver,
}

/// How an increment enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// The channel is open: the increment has a least value and must fit the exposure at once.
    Steady,
    /// The channel closes: any increment is taken, and waits in the queue for room.
    Final,
}

/// Who closes, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closer {
    /// Whether it is the consumer.
    pub is_consumer: bool,
    /// Whether the channel has expired.
    pub expired: bool,
}

/// Starts the grace period.
pub fn close(state: ChannelState, by: Closer, until: BlockNumber) -> Result<ChannelState, Refusal> {
    match state {
        ChannelState::Open if by.is_consumer => {
            Ok(ChannelState::Closing { until, reason: CloseReason::ByConsumer })
        }
        ChannelState::Open if by.expired => Ok(ChannelState::Closing { until, reason: CloseReason::Expired }),
        ChannelState::Open => Err(Refusal::NotConsumer),
        ChannelState::Closing { .. } => Err(Refusal::AlreadyClosing),
        ChannelState::Closed { .. } => Err(Refusal::Closed),
    }
}

/// Whether, and how, a voucher is taken now.
pub fn pace(state: ChannelState, now: BlockNumber) -> Result<Pace, Refusal> {
    match state {
        ChannelState::Open => Ok(Pace::Steady),
        ChannelState::Closing { until, .. } if clock::in_time(now, until) => Ok(Pace::Final),
        ChannelState::Closing { .. } => Err(Refusal::GraceOver),
        ChannelState::Closed { .. } => Err(Refusal::Closed),
    }
}

/// Ends the channel once its grace period is over.
pub fn sweep(state: ChannelState, now: BlockNumber, at: BlockNumber) -> Result<ChannelState, Refusal> {
    match state {
        ChannelState::Closing { until, reason } if clock::is_over(now, until) => {
            Ok(ChannelState::Closed { at, reason })
        }
        ChannelState::Closing { .. } => Err(Refusal::GraceNotOver),
        ChannelState::Open => Err(Refusal::NotClosing),
        ChannelState::Closed { .. } => Err(Refusal::Closed),
    }
}

/// Ends the channel by its provider, at any time before it is closed.
pub fn close_by_provider(state: ChannelState, at: BlockNumber) -> Result<ChannelState, Refusal> {
    match state {
        ChannelState::Open | ChannelState::Closing { .. } => {
            Ok(ChannelState::Closed { at, reason: CloseReason::ByProvider })
        }
        ChannelState::Closed { .. } => Err(Refusal::Closed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOSING: ChannelState = ChannelState::Closing { until: 20, reason: CloseReason::ByConsumer };
    const CLOSED: ChannelState = ChannelState::Closed { at: 1, reason: CloseReason::Expired };

    fn by(is_consumer: bool, expired: bool) -> Closer {
        Closer { is_consumer, expired }
    }

    #[test]
    fn close_should_ask_for_the_consumer_until_the_channel_has_expired() {
        assert_eq!(close(ChannelState::Open, by(true, false), 20), Ok(CLOSING));
        assert_eq!(close(ChannelState::Open, by(true, true), 20), Ok(CLOSING));
        assert_eq!(
            close(ChannelState::Open, by(false, true), 20),
            Ok(ChannelState::Closing { until: 20, reason: CloseReason::Expired })
        );
        assert_eq!(close(ChannelState::Open, by(false, false), 20), Err(Refusal::NotConsumer));
        assert_eq!(close(CLOSING, by(true, true), 30), Err(Refusal::AlreadyClosing));
        assert_eq!(close(CLOSED, by(true, true), 30), Err(Refusal::Closed));
    }

    #[test]
    fn in_each_block_of_closing_either_a_voucher_or_a_sweep_should_be_taken() {
        for now in 0..40 {
            assert_ne!(pace(CLOSING, now).is_ok(), sweep(CLOSING, now, 9).is_ok());
        }
        assert_eq!(pace(CLOSING, 20), Ok(Pace::Final));
        assert_eq!(pace(CLOSING, 21), Err(Refusal::GraceOver));
        assert_eq!(pace(ChannelState::Open, 21), Ok(Pace::Steady));
        assert_eq!(pace(CLOSED, 21), Err(Refusal::Closed));
    }

    #[test]
    fn sweep_should_keep_the_reason() {
        assert_eq!(sweep(CLOSING, 20, 9), Err(Refusal::GraceNotOver));
        assert_eq!(
            sweep(CLOSING, 21, 9),
            Ok(ChannelState::Closed { at: 9, reason: CloseReason::ByConsumer })
        );
        assert_eq!(sweep(ChannelState::Open, 21, 9), Err(Refusal::NotClosing));
        assert_eq!(sweep(CLOSED, 21, 9), Err(Refusal::Closed));
    }

    #[test]
    fn provider_should_close_at_any_time_but_once() {
        let closed = Ok(ChannelState::Closed { at: 7, reason: CloseReason::ByProvider });
        assert_eq!(close_by_provider(ChannelState::Open, 7), closed);
        assert_eq!(close_by_provider(CLOSING, 7), closed);
        assert_eq!(close_by_provider(CLOSED, 7), Err(Refusal::Closed));
    }
}
