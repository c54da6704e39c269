//! Thresholds of the verdict rule, and which of them are looser.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Bounds for outputs of at least `from` tokens, as means of clipped margins in millionths.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Bound {
    /// Shortest output, in tokens, that this bound is for.
    pub from: u32,
    /// At most this mean is `Valid`.
    pub valid: u32,
    /// Above this mean is `Invalid`.
    pub slash: u32,
}

impl Bound {
    /// Whether neither mean may be larger than by `limit`.
    fn within(&self, limit: &Bound) -> bool {
        self.valid <= limit.valid && self.slash <= limit.slash
    }
}

/// What a rule judges: a class has thresholds for each.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Answers {
    /// Generated tokens.
    Tokens,
    /// Vectors.
    Embedding,
}

/// Thresholds of a spec, set by the calibration of its numeric class.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all_fields = "camelCase")
)]
pub enum Thresholds {
    /// Generation: margins of the tokens under the chain's noise.
    Tokens {
        /// Bounds by output length, ascending by `from`; the first must start at 0.
        bounds: [Bound; 4],
        /// Bound of every window of 32 tokens (`from` is 32).
        window: Bound,
        /// Largest single margin that is still `Valid`.
        margin: u32,
    },
    /// Embeddings: distance from the verifier's vector.
    Embedding {
        /// Largest relative L2 error, in millionths, that is `Valid`.
        max_l2: u32,
        /// Smallest cosine, in millionths, that is `Valid`.
        min_cosine: u32,
    },
}

impl Thresholds {
    /// Starting values of the class `f32`, see `docs/decisions/0004-thresholds-of-the-f32-class.md`: honest engines of
    /// this class differ by rounding only, so that they stand far below these, and short answers show cheats too.
    pub const F32: Thresholds = Thresholds::Tokens {
        bounds: [
            Bound { from: 0, valid: 20_000, slash: 60_000 },
            Bound { from: 8, valid: 15_000, slash: 45_000 },
            Bound { from: 32, valid: 10_000, slash: 30_000 },
            Bound { from: 96, valid: 10_000, slash: 30_000 },
        ],
        window: Bound { from: 32, valid: 10_000, slash: 30_000 },
        margin: 200_000,
    };
    /// Starting values for f32 embeddings.
    pub const EMBEDDING_F32: Thresholds = Thresholds::Embedding { max_l2: 10_000, min_cosine: 999_900 };

    /// Whether the bounds make sense: ascending, starting at zero, `valid ≤ slash`.
    pub fn is_sound(&self) -> bool {
        match self {
            Thresholds::Tokens { bounds, window, .. } => {
                let [first, ..] = bounds;
                first.from == 0
                    && bounds.iter().zip(bounds.iter().skip(1)).all(|(a, b)| a.from < b.from)
                    && bounds.iter().chain([window]).all(|b| b.valid <= b.slash)
            }
            Thresholds::Embedding { min_cosine, .. } => *min_cosine <= 1_000_000,
        }
    }

    /// Which answers these judge.
    pub fn answers(&self) -> Answers {
        match self {
            Thresholds::Tokens { .. } => Answers::Tokens,
            Thresholds::Embedding { .. } => Answers::Embedding,
        }
    }

    /// Whether these are nowhere looser than `limit`: no report fares better by these than by that.
    pub fn within(&self, limit: &Thresholds) -> bool {
        match (self, limit) {
            (
                Thresholds::Tokens { bounds, window, margin },
                Thresholds::Tokens { bounds: limits, window: widest, margin: largest },
            ) => {
                // The bound in force changes at these lengths and nowhere else.
                let mut lengths = bounds.iter().chain(limits).map(|bound| bound.from);
                lengths.all(|n| in_force(bounds, n).within(in_force(limits, n)))
                    && window.from <= widest.from
                    && window.within(widest)
                    && margin <= largest
            }
            (
                Thresholds::Embedding { max_l2, min_cosine },
                Thresholds::Embedding { max_l2: farthest, min_cosine: least },
            ) => max_l2 <= farthest && min_cosine >= least,
            _ => false,
        }
    }
}

/// The bound for an answer of `n` tokens.
pub(crate) fn in_force(bounds: &[Bound; 4], n: u32) -> &Bound {
    let [shortest, ..] = bounds;
    bounds.iter().rev().find(|bound| n >= bound.from).unwrap_or(shortest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{judge, Faults, Report, Verdict};
    use proptest::prelude::*;

    const BF16: Thresholds = Thresholds::Tokens {
        bounds: [
            Bound { from: 0, valid: 40_000, slash: 120_000 },
            Bound { from: 8, valid: 25_000, slash: 90_000 },
            Bound { from: 48, valid: 15_000, slash: 60_000 },
            Bound { from: 200, valid: 12_000, slash: 50_000 },
        ],
        window: Bound { from: 32, valid: 15_000, slash: 60_000 },
        margin: 400_000,
    };

    #[test]
    fn thresholds_should_be_within_looser_ones_only() {
        assert!(BF16.is_sound());
        assert!(Thresholds::F32.within(&Thresholds::F32) && Thresholds::F32.within(&BF16));
        assert!(!BF16.within(&Thresholds::F32));
        let embedding = Thresholds::EMBEDDING_F32;
        assert!(embedding.within(&embedding));
        assert!(!embedding.within(&Thresholds::F32) && !Thresholds::F32.within(&embedding));
        for (max_l2, min_cosine, within) in
            [(9_999, 999_900, true), (10_001, 999_900, false), (10_000, 999_899, false)]
        {
            assert_eq!(Thresholds::Embedding { max_l2, min_cosine }.within(&embedding), within);
        }
    }

    #[test]
    fn a_single_looser_number_should_be_found() {
        let Thresholds::Tokens { bounds, window, margin } = Thresholds::F32 else { unreachable!() };
        let limit = Thresholds::F32;
        let mut looser = vec![
            Thresholds::Tokens { bounds, window, margin: margin + 1 },
            Thresholds::Tokens { bounds, window: Bound { valid: window.valid + 1, ..window }, margin },
            Thresholds::Tokens { bounds, window: Bound { slash: window.slash + 1, ..window }, margin },
            Thresholds::Tokens { bounds, window: Bound { from: window.from + 1, ..window }, margin },
        ];
        for row in 0..4 {
            for change in [|b: &mut Bound| b.valid += 1, |b: &mut Bound| b.slash += 1] {
                let mut bounds = bounds;
                change(&mut bounds[row]);
                looser.push(Thresholds::Tokens { bounds, window, margin });
            }
        }
        // The looser row for one token longer.
        for row in 1..3 {
            let mut bounds = bounds;
            bounds[row].from += 1;
            looser.push(Thresholds::Tokens { bounds, window, margin });
        }
        for thresholds in looser {
            assert!(!thresholds.within(&limit), "{thresholds:?}");
        }
    }

    fn bound(from: u32) -> impl Strategy<Value = Bound> {
        (0u32..6, 0u32..6).prop_map(move |(a, b)| Bound { from, valid: a.min(b), slash: a.max(b) })
    }

    fn any_tokens() -> impl Strategy<Value = Thresholds> {
        let froms = (1u32..4, 1u32..4, 1u32..4).prop_map(|(a, b, c)| [0, a, a + b, a + b + c]);
        (froms, 0u32..12, 0u32..6).prop_flat_map(|(froms, window, margin)| {
            (froms.map(bound), bound(window)).prop_map(move |(bounds, window)| Thresholds::Tokens {
                bounds,
                window,
                margin,
            })
        })
    }

    /// Thresholds, and ones that are often within them.
    fn any_pair() -> impl Strategy<Value = (Thresholds, Thresholds)> {
        let less = || prop::array::uniform12(prop_oneof![3 => Just(0u32), 1 => 0u32..3]);
        let tightened = (any_tokens(), less()).prop_map(|(limit, less)| {
            let Thresholds::Tokens { bounds, window, margin } = limit else { unreachable!() };
            let tighter = |bound: Bound, by: usize| Bound {
                from: bound.from,
                valid: bound.valid.saturating_sub(less[by] + less[by + 1]),
                slash: bound.slash.saturating_sub(less[by]).max(bound.valid.saturating_sub(less[by])),
            };
            let bounds = [0, 1, 2, 3].map(|row| tighter(bounds[row], 2 * row));
            let window = Bound { from: window.from.saturating_sub(less[11]), ..tighter(window, 8) };
            (Thresholds::Tokens { bounds, window, margin: margin.saturating_sub(less[10]) }, limit)
        });
        prop_oneof![tightened, (any_tokens(), any_tokens())]
    }

    /// The better for the provider, the smaller.
    fn severity(verdict: Verdict) -> u32 {
        match verdict {
            Verdict::Valid => 0,
            Verdict::Doubtful => 1,
            Verdict::Invalid => 2,
            Verdict::Unavailable | Verdict::Refund => unreachable!("no report here says that"),
        }
    }

    proptest! {
        #[test]
        fn within_should_mean_that_no_report_fares_better(
            (one, other) in any_pair(),
            n in 0u32..14,
            mean_margin in 0u32..7,
            max_window in 0u32..7,
            max_margin in 0u32..7,
        ) {
            prop_assert!(one.is_sound() && other.is_sound());
            let faults = Faults::default();
            let report = Report::Tokens { n, mean_margin, max_window, max_margin, exact: 1_000, faults };
            if one.within(&other) {
                prop_assert!(severity(judge(&report, &one)) >= severity(judge(&report, &other)));
            }
        }

        #[test]
        fn what_is_within_should_pass_on(a in any_tokens(), b in any_tokens(), c in any_tokens()) {
            prop_assert!(a.within(&a));
            if a.within(&b) && b.within(&c) {
                prop_assert!(a.within(&c));
            }
        }
    }
}
