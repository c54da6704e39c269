//! What a channel needs now. Pure.

use crate::config::Settlement;
use souk_primitives::{
    views::{ChannelState, ChannelView},
    Balance, BlockNumber,
};

/// Blocks before the end of the grace period at which running calls are not waited for any more.
const LAST_BLOCKS: BlockNumber = 5;

/// What the ledger knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Calls that the best voucher covers.
    pub covered: u32,
    /// Their value.
    pub covered_value: Balance,
    /// Answered calls with a charge beyond the voucher.
    pub uncovered: usize,
    /// Calls that are being answered.
    pub running: u32,
    /// Seconds since the oldest answer that is not settled.
    pub oldest_unsettled: u64,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing.
    Wait,
    /// Settle the best voucher.
    Settle,
    /// Settle the calls that no voucher covers: after it the channel takes no voucher.
    SettleLast,
    /// Close unanswered calls: the grace period is nearly over.
    FailRunning,
    /// Start the grace period of an expired channel, in which its last calls can be settled.
    Expire,
    /// Settle what is left of an expired channel and close it: until then a part of the bond stands for it.
    Close,
}

/// Decides from the channel at the finalised head, the ledger, and the live block there.
pub fn plan(view: &ChannelView, facts: &Facts, now: BlockNumber, rules: &Settlement) -> Plan {
    let worth = facts.covered_value.saturating_sub(view.settled);
    match view.state {
        // Its consumer may never come back.
        ChannelState::Open if now > view.expires => match facts.uncovered > 0 || facts.running > 0 {
            true => Plan::Expire,
            false => Plan::Close,
        },
        ChannelState::Open => {
            let due = worth >= rules.value || facts.oldest_unsettled >= rules.after_secs;
            if worth > 0 && worth >= rules.min_value && due {
                Plan::Settle
            } else {
                Plan::Wait
            }
        }
        ChannelState::Closing { until, .. } if now > until => Plan::Wait,
        // More is settled than the voucher covers: the last calls are.
        ChannelState::Closing { .. } if view.settled > facts.covered_value => Plan::Wait,
        ChannelState::Closing { until, .. } => {
            let hurry = now.saturating_add(LAST_BLOCKS) >= until;
            if worth > 0 {
                Plan::Settle
            } else if facts.running > 0 && !hurry {
                Plan::Wait
            } else if facts.uncovered > 0 {
                Plan::SettleLast
            } else if facts.running > 0 {
                Plan::FailRunning
            } else {
                Plan::Wait
            }
        }
        ChannelState::Closed { .. } => Plan::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::{fake::FakeChain, Chain};
    use souk_primitives::close::CloseReason;

    const RULES: Settlement = Settlement {
        value: 100,
        min_value: 10,
        after_secs: 60,
        keep_days: 30,
        max_notice: 0,
        orphan_secs: 5,
    };

    fn view(settled: Balance, state: ChannelState) -> ChannelView {
        let fake = FakeChain::default();
        let id = fake.open_channel(10_000);
        fake.with_channel(id, |view| {
            view.settled = settled;
            view.state = state;
        });
        futures::executor::block_on(fake.channel(id)).unwrap().unwrap()
    }

    fn facts(covered_value: Balance) -> Facts {
        Facts { covered: 3, covered_value, ..Facts::default() }
    }

    #[test]
    fn open_channel_should_be_settled_by_value_or_age_but_never_below_the_minimum() {
        let open = view(50, ChannelState::Open);
        assert_eq!(plan(&open, &facts(149), 1, &RULES), Plan::Wait);
        assert_eq!(plan(&open, &facts(150), 1, &RULES), Plan::Settle);
        let old = Facts { oldest_unsettled: 60, ..facts(149) };
        assert_eq!(plan(&open, &old, 1, &RULES), Plan::Settle);
        let crumbs = Facts { oldest_unsettled: 600, ..facts(59) };
        assert_eq!(plan(&open, &crumbs, 1, &RULES), Plan::Wait);
        let nothing = Facts { oldest_unsettled: 600, ..facts(50) };
        assert_eq!(plan(&open, &nothing, 1, &RULES), Plan::Wait);
    }

    #[test]
    fn expired_channel_should_be_closed_by_its_provider() {
        let mut expired = view(50, ChannelState::Open);
        expired.expires = 99;
        assert_eq!(plan(&expired, &facts(51), 99, &RULES), Plan::Wait);
        assert_eq!(plan(&expired, &facts(51), 100, &RULES), Plan::Close);
        assert_eq!(plan(&expired, &facts(50), 100, &RULES), Plan::Close, "its deposit waits for it");
        let last = Facts { uncovered: 1, ..facts(51) };
        assert_eq!(plan(&expired, &last, 100, &RULES), Plan::Expire, "its last calls are worth something");
        let running = Facts { running: 1, ..facts(51) };
        assert_eq!(plan(&expired, &running, 100, &RULES), Plan::Expire);
    }

    #[test]
    fn closing_channel_should_settle_its_voucher_then_its_last_calls() {
        let closing = view(50, ChannelState::Closing { until: 100, reason: CloseReason::ByConsumer });
        let last = |uncovered, running| Facts { uncovered, running, ..facts(50) };
        assert_eq!(plan(&closing, &facts(51), 1, &RULES), Plan::Settle, "below the minimum too");
        assert_eq!(plan(&closing, &last(2, 0), 1, &RULES), Plan::SettleLast);
        assert_eq!(plan(&closing, &last(2, 1), 1, &RULES), Plan::Wait, "a running call may still be paid");
        assert_eq!(plan(&closing, &last(2, 1), 95, &RULES), Plan::SettleLast);
        assert_eq!(plan(&closing, &last(0, 1), 95, &RULES), Plan::FailRunning);
        assert_eq!(plan(&closing, &last(0, 0), 95, &RULES), Plan::Wait);
        assert_eq!(plan(&closing, &last(2, 0), 101, &RULES), Plan::Wait, "too late");
        let done = Facts { uncovered: 2, ..facts(49) };
        assert_eq!(plan(&closing, &done, 1, &RULES), Plan::Wait, "the last calls are settled once");
    }
}
