//! Channels, and purchases, whose transactions are refused rest, each time for longer: a refusal costs a fee.

use parking_lot::Mutex;
use souk_primitives::{BlockNumber, Digest};
use std::collections::HashMap;

/// Blocks of the first rest.
const SHORTEST: BlockNumber = 4;
/// Blocks of the longest: 26 minutes, well within a grace period.
const LONGEST: BlockNumber = 512;
/// Attempts that are left after a rest, at the least, to who has a deadline.
const ATTEMPTS: BlockNumber = 8;

struct Rest {
    until: BlockNumber,
    blocks: BlockNumber,
}

/// Who rests until when.
#[derive(Default)]
pub struct Resting(Mutex<HashMap<Digest, Rest>>);

impl Resting {
    /// Whether a channel is left alone now.
    pub fn is_resting(&self, channel: &Digest, now: BlockNumber) -> bool {
        self.0.lock().get(channel).is_some_and(|rest| now < rest.until)
    }

    /// A transaction of it was refused. Gives the blocks for which it rests.
    pub fn refused(&self, channel: Digest, now: BlockNumber) -> BlockNumber {
        self.refused_within(channel, now, BlockNumber::MAX)
    }

    /// The same when there are `left` blocks up to a deadline: a small part of them.
    pub fn refused_within(&self, channel: Digest, now: BlockNumber, left: BlockNumber) -> BlockNumber {
        let mut all = self.0.lock();
        let blocks = all.get(&channel).map_or(SHORTEST, |rest| rest.blocks.saturating_mul(2));
        let blocks = blocks.min(LONGEST).min(left / ATTEMPTS).max(1);
        all.insert(channel, Rest { until: now.saturating_add(blocks), blocks });
        blocks
    }

    /// A transaction of it went through.
    pub fn succeeded(&self, channel: &Digest) {
        self.0.lock().remove(channel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_should_double_the_rest_until_a_success() {
        let resting = Resting::default();
        let channel = [1; 32];
        assert!(!resting.is_resting(&channel, 10));
        assert_eq!(resting.refused(channel, 10), 4);
        assert!(resting.is_resting(&channel, 13) && !resting.is_resting(&channel, 14));
        assert_eq!(resting.refused(channel, 14), 8);
        assert_eq!((0..10).map(|_| resting.refused(channel, 100)).max(), Some(512));
        resting.succeeded(&channel);
        assert!(!resting.is_resting(&channel, 101));
        assert_eq!(resting.refused(channel, 101), 4);
    }

    #[test]
    fn rest_should_leave_time_before_a_deadline() {
        let (resting, id, reveal_by) = (Resting::default(), [1; 32], 1_200);
        let (mut now, mut attempts) = (0, 0);
        while now < reveal_by {
            now += resting.refused_within(id, now, reveal_by - now);
            attempts += 1;
        }
        assert!(attempts > 20, "{attempts}");
        assert_eq!(resting.refused_within([2; 32], 0, 10), 1, "the shortest window is not slept through");
    }
}
