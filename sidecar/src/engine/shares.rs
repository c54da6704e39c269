//! How an exam and everybody else share the machine, by time: a piece of a long prompt takes as long as many tokens.
//!
//! While a paper is being answered, [`EXAM_SHARE`] parts of the time are the exam's for each that is everybody else's,
//! however many those are and whatever they ask for. So nobody makes a provider fail with calls at the right moment, and
//! a provider with customers passes as well as one without. An exam takes seconds, and calls go on meanwhile.

use std::{
    sync::{
        atomic::{AtomicUsize, Ordering::SeqCst},
        Arc,
    },
    time::Duration,
};

/// Parts of the time that are an exam's for each one of all others together.
pub const EXAM_SHARE: u32 = 3;

/// Time that both have had since an exam and somebody else want the same engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    exam: Duration,
    others: Duration,
}

impl Shares {
    /// Whether the exam is next.
    pub fn is_exams_turn(&self) -> bool {
        self.exam <= self.others.saturating_mul(EXAM_SHARE)
    }

    /// Counts a step.
    pub fn count(&mut self, is_exam: bool, took: Duration) {
        let sum = if is_exam { &mut self.exam } else { &mut self.others };
        // A step that the clock does not see takes its turn all the same.
        *sum = sum.saturating_add(took.max(Duration::from_nanos(1)));
    }
}

/// Engines of one machine in which an exam goes on: they have their arithmetic in common.
#[derive(Clone, Debug, Default)]
pub struct Sittings(Arc<AtomicUsize>);

impl Sittings {
    /// One more, until the guard is dropped.
    pub(super) fn begin(&self) -> Sitting {
        self.0.fetch_add(1, SeqCst);
        Sitting(self.clone())
    }

    /// Whether there are any.
    pub(super) fn is_any(&self) -> bool {
        self.0.load(SeqCst) > 0
    }

    /// How long an engine without an exam rests after a step, so that it takes no more than its part from one with.
    pub(super) fn rest(&self, took: Duration) -> Duration {
        if self.is_any() {
            took.saturating_mul(EXAM_SHARE)
        } else {
            Duration::ZERO
        }
    }
}

/// An exam that goes on in one engine.
pub(super) struct Sitting(Sittings);

impl Drop for Sitting {
    fn drop(&mut self) {
        self.0 .0.fetch_sub(1, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_exam_should_have_its_share_whatever_the_steps_take(
            exam in 1u64..100, others in prop::collection::vec(1u64..1_000, 1..50),
        ) {
            let exam = Duration::from_millis(exam);
            let mut shares = Shares::default();
            let (mut mine, mut theirs) = (Duration::ZERO, Duration::ZERO);
            for other in others.into_iter().map(Duration::from_millis) {
                while shares.is_exams_turn() {
                    shares.count(true, exam);
                    mine += exam;
                    // Never more than one step beyond its share.
                    prop_assert!(mine <= theirs * EXAM_SHARE + exam);
                }
                prop_assert!(mine > theirs * EXAM_SHARE);
                shares.count(false, other);
                theirs += other;
            }
        }
    }

    #[test]
    fn steps_without_a_duration_should_take_turns() {
        let mut shares = Shares::default();
        let mut turns = Vec::new();
        for _ in 0..40 {
            let is_exam = shares.is_exams_turn();
            shares.count(is_exam, Duration::ZERO);
            turns.push(is_exam);
        }
        assert_eq!(turns.iter().filter(|is_exam| **is_exam).count(), 30);
    }

    #[test]
    fn engines_should_rest_while_an_exam_goes_on_elsewhere() {
        let sittings = Sittings::default();
        let step = Duration::from_millis(10);
        assert_eq!(sittings.rest(step), Duration::ZERO);
        let (one, two) = (sittings.begin(), sittings.clone().begin());
        drop(one);
        assert_eq!(sittings.rest(step), step * EXAM_SHARE);
        assert!(sittings.is_any());
        drop(two);
        assert_eq!(sittings.rest(step), Duration::ZERO);
    }
}
