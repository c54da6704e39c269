//! Whether a paper can be finished in time. Pure.

use std::time::Duration;

/// Answers that are worked on at a time: the engine has always one to go on with.
pub const AT_ONCE: u32 = 2;

/// How far a sitting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Questions in all.
    pub questions: u32,
    /// Answers that are done.
    pub done: u32,
    /// Time since the beginning.
    pub elapsed: Duration,
    /// Time from the beginning to the end.
    pub budget: Duration,
}

impl Pace {
    /// Whether even one and a half times the speed so far would not do: then the engine is left to those who pay. What is
    /// being worked on counts as done, and an eighth of the time passes before that is asked: a slow beginning is not an
    /// end.
    pub fn is_hopeless(&self) -> bool {
        if self.elapsed.saturating_mul(8) < self.budget {
            return false;
        }
        let done = u128::from(self.done.saturating_add(AT_ONCE));
        let needed = self.elapsed.as_millis().saturating_mul(self.questions.into());
        needed.saturating_mul(2) > self.budget.as_millis().saturating_mul(done).saturating_mul(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pace(questions: u32, done: u32, elapsed: u64, budget: u64) -> Pace {
        let (elapsed, budget) = (Duration::from_millis(elapsed), Duration::from_millis(budget));
        Pace { questions, done, elapsed, budget }
    }

    #[test]
    fn a_sitting_that_is_far_behind_should_end_early() {
        assert!(!pace(100, 0, 0, 20_000).is_hopeless());
        assert!(!pace(100, 0, 2_499, 20_000).is_hopeless(), "it may have waited for a call");
        assert!(pace(100, 3, 2_500, 20_000).is_hopeless(), "five answers in 2.5 s make 40 in time");
        assert!(!pace(100, 10, 2_500, 20_000).is_hopeless());
        assert!(!pace(1, 0, 19_999, 20_000).is_hopeless(), "the only one may be done any moment");
    }

    proptest! {
        #[test]
        fn a_steady_sitting_that_ends_in_time_should_never_be_stopped(
            questions in 1u32..4_096, budget in 1_000u64..60_000, permille in 1u64..=1_000, at in 0u64..=1_000,
        ) {
            // All of it takes this share of the budget; this much of it has passed.
            let all = budget * permille / 1_000;
            let elapsed = all * at / 1_000;
            let done = (u64::from(questions) * at / 1_000) as u32;
            prop_assert!(!pace(questions, done, elapsed, budget).is_hopeless());
        }

        #[test]
        fn a_steady_sitting_that_takes_twice_the_time_should_be_stopped_before_its_end(
            questions in 16u32..4_096, budget in 10_000u64..60_000,
        ) {
            let stopped = (0..=100u64).any(|at| {
                pace(questions, (u64::from(questions) * at / 200) as u32, budget * at / 100, budget).is_hopeless()
            });
            prop_assert!(stopped);
        }
    }
}
