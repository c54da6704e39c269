//! The verdict rule: a report's numbers decide, not the verifier.

pub use crate::thresholds::{Answers, Bound, Thresholds};

use crate::{
    call::{Finish, Receipt},
    thresholds::in_force,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What a verifier's sidecar measured for one drawn call.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all_fields = "camelCase")
)]
pub enum Report {
    /// A teacher-forced prefill over prompt and answer.
    Tokens {
        /// Tokens of the answer.
        n: u32,
        /// Mean clipped margin, millionths.
        mean_margin: u32,
        /// Largest mean over 32 consecutive tokens (all of them when fewer), millionths.
        max_window: u32,
        /// Largest margin, millionths.
        max_margin: u32,
        /// Tokens that equal the verifier's own choice, per mille.
        exact: u32,
        /// Checks that failed, see [`Faults`].
        faults: Faults,
    },
    /// A recomputed embedding.
    Embedding {
        /// Relative L2 error, millionths.
        l2: u32,
        /// Cosine, millionths.
        cosine: u32,
        /// Checks that failed.
        faults: Faults,
    },
    /// The provider did not hand over the call that the draw picked, or one that does not open the committed leaf.
    Unavailable,
}

/// Checks of a transcript that failed, as bits.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Faults(pub u32);

impl Faults {
    /// Token counts of receipt and transcript differ.
    pub const TOKEN_COUNT: Faults = Faults(1);
    /// The finish reason is not what the tokens say.
    pub const FINISH: Faults = Faults(1 << 1);
    /// The charge is not what prices and counts give.
    pub const CHARGE: Faults = Faults(1 << 2);
    /// The answer continues beyond `max_tokens`, a stop or the context.
    pub const OVERRUN: Faults = Faults(1 << 3);
    /// The receipt is for another request than the one it stands beside.
    pub const OTHER_REQUEST: Faults = Faults(1 << 4);
    /// The request carries another seed than the channel: the consumer's mistake, refunded and never slashed.
    pub const FOREIGN_SEED: Faults = Faults(1 << 5);

    /// Both sets of faults.
    #[must_use]
    pub fn and(self, other: Faults) -> Faults {
        Faults(self.0 | other.0)
    }

    /// Whether any fault of `other` is set.
    pub fn has(self, other: Faults) -> bool {
        self.0 & other.0 != 0
    }

    /// No faults at all.
    pub fn is_clean(self) -> bool {
        self.0 == 0
    }
}

/// What the rule makes of a report.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Verdict {
    /// Paid, and the record grows.
    Valid,
    /// Paid, and a doubt on the record where most of the committee say so. Never slashes.
    Doubtful,
    /// The answer is not the model's.
    Invalid,
    /// The evidence was withheld.
    Unavailable,
    /// The consumer's own request was unusable: refunded, never slashed.
    Refund,
}

/// Applies the rule. A report of the wrong kind for the spec counts as `Unavailable`: its verifier said nothing useful.
pub fn judge(report: &Report, thresholds: &Thresholds) -> Verdict {
    match (report, thresholds) {
        (Report::Unavailable, _) => Verdict::Unavailable,
        (Report::Tokens { faults, .. } | Report::Embedding { faults, .. }, _)
            if faults.has(Faults::FOREIGN_SEED) =>
        {
            Verdict::Refund
        }
        (Report::Tokens { faults, .. } | Report::Embedding { faults, .. }, _) if !faults.is_clean() => {
            Verdict::Invalid
        }
        (
            Report::Tokens { n, mean_margin, max_window, max_margin, .. },
            Thresholds::Tokens { bounds, window, margin },
        ) => {
            let bound = in_force(bounds, *n);
            // A window shorter than 32 tokens is the whole answer, which the length's own bound judges.
            let windowed = *n >= window.from;
            if *mean_margin > bound.slash || (windowed && *max_window > window.slash) {
                Verdict::Invalid
            } else if *mean_margin <= bound.valid
                && (!windowed || *max_window <= window.valid)
                && max_margin <= margin
            {
                Verdict::Valid
            } else {
                Verdict::Doubtful
            }
        }
        (Report::Embedding { l2, cosine, .. }, Thresholds::Embedding { max_l2, min_cosine }) => {
            if l2 <= max_l2 && cosine >= min_cosine {
                Verdict::Valid
            } else {
                Verdict::Invalid
            }
        }
        _ => Verdict::Unavailable,
    }
}

/// Tokens from which on the share of exact ones says anything: in a shorter answer one near-tie is too much of it.
pub const EXACT_FROM: u32 = 32;

/// Whether a report has fewer exact tokens than `least`, per mille. That never slashes and is no doubt either: honest
/// engines have such answers, and every verifier would see the same. It only raises the audit rate.
pub fn is_inexact(report: &Report, least: u32) -> bool {
    matches!(report, Report::Tokens { n, exact, .. } if *n >= EXACT_FROM && *exact < least)
}

/// Outcome of a committee's reveals against the seats that were drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// More than half of the seats, and at least [`MIN_CONVICTING`], say `Invalid` (or, in the second round, that or
    /// `Unavailable`).
    Fraud,
    /// A single `Invalid`, in the second round evidence withheld from a lone member, or a majority that found the
    /// consumer's request unusable: refunded, nobody slashed.
    Refund,
    /// Enough seats accept; `false` when more than half of the seats, and at least [`MIN_CONVICTING`], say `Doubtful`.
    Release(bool),
    /// The evidence was withheld from a majority, or too few revealed, or nobody vouches for an answer that too few
    /// doubt: draw once more.
    Redraw,
    /// The second round decided nothing: paid, no record.
    Unaudited,
}

/// Votes that a conviction or a doubt needs, however small the committee: nobody is slashed, or taken off a spec, on one
/// verifier's word.
pub const MIN_CONVICTING: u32 = 2;

/// Decides an audit from its verdicts (one per seat that revealed), the seats drawn, and whether it is the second round.
///
/// In the second round `Unavailable` counts as `Invalid`: withholding twice costs what cheating costs. A committee of
/// one can only refund or accept. A `Doubtful` beside enough `Valid` that is no majority has no effect: three doubts end
/// an offer, so one member could otherwise end any.
pub fn decide(verdicts: &[Verdict], seats: u32, second_round: bool) -> Decision {
    let count = |wanted: Verdict| {
        u32::try_from(verdicts.iter().filter(|v| **v == wanted).count()).unwrap_or(u32::MAX)
    };
    let majority = |votes: u32| votes.saturating_mul(2) > seats;
    let unavailable = count(Verdict::Unavailable);
    let invalid = count(Verdict::Invalid).saturating_add(if second_round { unavailable } else { 0 });
    let (valid, doubtful) = (count(Verdict::Valid), count(Verdict::Doubtful));
    let accepted = valid.saturating_add(doubtful);
    let doubted = majority(doubtful) && doubtful >= MIN_CONVICTING;
    if majority(invalid) && invalid >= MIN_CONVICTING {
        Decision::Fraud
    } else if count(Verdict::Invalid) > 0 || majority(invalid) || majority(count(Verdict::Refund)) {
        Decision::Refund
    } else if !second_round && majority(unavailable) {
        Decision::Redraw
    } else if seats > 0 && accepted >= seats.min(2) && (doubted || valid > 0) {
        Decision::Release(!doubted)
    } else if second_round {
        Decision::Unaudited
    } else {
        Decision::Redraw
    }
}

/// Faults of a receipt against what the transcript itself shows.
pub fn accounting_faults(
    receipt: &Receipt,
    input_tokens: u32,
    output_tokens: u32,
    finish_fits: bool,
) -> Faults {
    let mut faults = Faults::default();
    if receipt.input_tokens != input_tokens || receipt.output_tokens != output_tokens {
        faults = faults.and(Faults::TOKEN_COUNT);
    }
    if !finish_fits || receipt.finish == Finish::Error {
        faults = faults.and(Faults::FINISH);
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn report(n: u32, mean: u32, window: u32, max: u32) -> Report {
        Report::Tokens {
            n,
            mean_margin: mean,
            max_window: window,
            max_margin: max,
            exact: 1000,
            faults: Faults::default(),
        }
    }

    #[test]
    fn honest_answer_is_valid_and_cheats_are_not() {
        let t = Thresholds::F32;
        assert!(t.is_sound());
        assert_eq!(judge(&report(96, 400, 1_500, 100_000), &t), Verdict::Valid);
        assert_eq!(judge(&report(96, 461_000, 500_000, 5_000_000), &t), Verdict::Invalid);
        assert_eq!(judge(&report(96, 20_000, 25_000, 100_000), &t), Verdict::Doubtful);
        assert_eq!(judge(&report(96, 10_000, 90_000, 100_000), &t), Verdict::Invalid);
        assert_eq!(judge(&report(8, 30_000, 90_000, 100_000), &t), Verdict::Doubtful);
    }

    #[test]
    fn a_failed_check_is_invalid_but_a_foreign_seed_is_refunded() {
        let mut bad = report(96, 0, 0, 0);
        if let Report::Tokens { faults, .. } = &mut bad {
            *faults = Faults::TOKEN_COUNT;
        }
        assert_eq!(judge(&bad, &Thresholds::F32), Verdict::Invalid);
        if let Report::Tokens { faults, .. } = &mut bad {
            *faults = Faults::TOKEN_COUNT.and(Faults::FOREIGN_SEED);
        }
        assert_eq!(judge(&bad, &Thresholds::F32), Verdict::Refund);
    }

    #[test]
    fn few_exact_tokens_are_no_verdict_but_a_reason_to_look() {
        let with = |n: u32, share: u32| {
            let mut one = report(n, 0, 0, 0);
            if let Report::Tokens { exact, .. } = &mut one {
                *exact = share;
            }
            one
        };
        let least = crate::spec::NumericClass::F32.least_exact();
        assert_eq!(judge(&with(96, 0), &Thresholds::F32), Verdict::Valid);
        // Four near-ties in 96 tokens are fine, five are not; one or two in a short answer say nothing.
        assert!(!is_inexact(&with(96, 958), least));
        assert!(is_inexact(&with(96, 947), least));
        assert!(is_inexact(&with(EXACT_FROM, 0), least));
        assert!(!is_inexact(&with(EXACT_FROM - 1, 0), least));
        assert!(!is_inexact(&Report::Unavailable, least));
    }

    #[test]
    fn report_of_the_wrong_kind_says_nothing() {
        let embedding = Report::Embedding { l2: 0, cosine: 1_000_000, faults: Faults::default() };
        assert_eq!(judge(&embedding, &Thresholds::F32), Verdict::Unavailable);
        assert_eq!(judge(&embedding, &Thresholds::EMBEDDING_F32), Verdict::Valid);
    }

    #[test]
    fn decisions_of_three_seats() {
        use Verdict::*;
        assert_eq!(decide(&[Valid, Valid, Valid], 3, false), Decision::Release(true));
        assert_eq!(decide(&[Doubtful, Doubtful, Valid], 3, false), Decision::Release(false));
        assert_eq!(decide(&[Doubtful, Doubtful], 3, false), Decision::Release(false));
        assert_eq!(decide(&[Invalid, Invalid, Valid], 3, false), Decision::Fraud);
        assert_eq!(decide(&[Invalid, Valid, Valid], 3, false), Decision::Refund);
        assert_eq!(decide(&[Unavailable, Unavailable, Valid], 3, false), Decision::Redraw);
        assert_eq!(decide(&[Unavailable, Unavailable, Valid], 3, true), Decision::Fraud);
        assert_eq!(decide(&[Valid], 3, false), Decision::Redraw);
        assert_eq!(decide(&[Valid], 3, true), Decision::Unaudited);
        assert_eq!(decide(&[Refund, Refund], 3, false), Decision::Refund);
        assert_eq!(decide(&[], 0, true), Decision::Unaudited);
        assert_eq!(decide(&[Valid, Unavailable], 2, false), Decision::Redraw);
    }

    #[test]
    fn decisions_of_fewer_seats() {
        use Verdict::*;
        for (verdict, first, second) in [
            (Valid, Decision::Release(true), Decision::Release(true)),
            (Doubtful, Decision::Redraw, Decision::Unaudited),
            (Invalid, Decision::Refund, Decision::Refund),
            (Unavailable, Decision::Redraw, Decision::Refund),
            (Refund, Decision::Refund, Decision::Refund),
        ] {
            assert_eq!(decide(&[verdict], 1, false), first, "{verdict:?}");
            assert_eq!(decide(&[verdict], 1, true), second, "{verdict:?}");
        }
        assert_eq!(decide(&[Invalid, Invalid], 2, false), Decision::Fraud);
        assert_eq!(decide(&[Invalid, Unavailable], 2, true), Decision::Fraud);
        assert_eq!(decide(&[Invalid, Unavailable], 2, false), Decision::Refund);
        assert_eq!(decide(&[Invalid, Valid], 2, true), Decision::Refund);
        assert_eq!(decide(&[Unavailable], 2, true), Decision::Unaudited);
    }

    #[test]
    fn one_doubt_says_nothing() {
        use Verdict::*;
        for second in [false, true] {
            assert_eq!(decide(&[Valid, Doubtful, Valid], 3, second), Decision::Release(true));
            assert_eq!(decide(&[Doubtful, Valid], 3, second), Decision::Release(true));
            assert_eq!(decide(&[Doubtful, Valid], 2, second), Decision::Release(true));
            // Two of five are no majority; nobody vouches for the second answer.
            assert_eq!(decide(&[Doubtful, Doubtful, Valid], 5, second), Decision::Release(true));
        }
        assert_eq!(decide(&[Doubtful, Doubtful], 5, false), Decision::Redraw);
        assert_eq!(decide(&[Doubtful, Doubtful], 5, true), Decision::Unaudited);
        assert_eq!(decide(&[Doubtful, Doubtful, Doubtful, Valid], 5, true), Decision::Release(false));
    }

    fn any_verdict() -> impl Strategy<Value = Verdict> {
        use Verdict::*;
        prop::sample::select(vec![Valid, Doubtful, Invalid, Unavailable, Refund])
    }

    proptest! {
        #[test]
        fn nobody_is_convicted_by_fewer_than_two(
            votes in prop::collection::vec(any_verdict(), 0..8),
            silent in 0u32..4,
            second: bool,
        ) {
            let seats = votes.len() as u32 + silent;
            let convicting = votes
                .iter()
                .filter(|v| **v == Verdict::Invalid || (second && **v == Verdict::Unavailable))
                .count() as u32;
            let convicted = decide(&votes, seats, second) == Decision::Fraud;
            prop_assert_eq!(convicted, convicting >= 2 && convicting * 2 > seats);
        }

        #[test]
        fn nothing_is_released_over_an_objection(
            votes in prop::collection::vec(any_verdict(), 0..8),
            silent in 0u32..4,
            second: bool,
        ) {
            let seats = votes.len() as u32 + silent;
            let decision = decide(&votes, seats, second);
            if votes.contains(&Verdict::Invalid) {
                prop_assert!(matches!(decision, Decision::Fraud | Decision::Refund));
            }
            if let Decision::Release(clean) = decision {
                let accepted = votes.iter().filter(|v| matches!(v, Verdict::Valid | Verdict::Doubtful)).count();
                prop_assert!(accepted as u32 >= seats.min(2));
                let doubts = votes.iter().filter(|v| **v == Verdict::Doubtful).count() as u32;
                prop_assert_eq!(clean, !(doubts >= 2 && doubts * 2 > seats));
                prop_assert!(!clean || votes.contains(&Verdict::Valid));
            }
            // The second round is the last one.
            prop_assert!(!second || decision != Decision::Redraw);
        }

        #[test]
        fn a_minority_never_convicts(bad in 0usize..2, silent in 0usize..3, second: bool) {
            let mut votes = vec![Verdict::Invalid; bad];
            votes.extend(vec![Verdict::Valid; 3 - bad.max(silent.min(3 - bad))]);
            prop_assert_ne!(decide(&votes, 3, second), Decision::Fraud);
        }

        #[test]
        fn larger_margins_never_read_better(n in 0u32..200, a in 0u32..1_000_000, b in 0u32..1_000_000) {
            let (low, high) = (a.min(b), a.max(b));
            let rank = |v| match v { Verdict::Valid => 0, Verdict::Doubtful => 1, _ => 2 };
            prop_assert!(
                rank(judge(&report(n, low, low, low), &Thresholds::F32))
                    <= rank(judge(&report(n, high, high, high), &Thresholds::F32))
            );
        }
    }
}
