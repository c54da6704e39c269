//! The draw of audits from the beacon's window.
//!
//! What is committed in block `c` is drawn from the VRFs of blocks `c+1 ..= c+W`, and each block rolls alone: an author
//! that knows its own VRF can only withdraw its own hit. What a hit draws comes from that block's VRF only.

use crate::{exposure::Chance, hash, low_u128, AccountId, AuditId, Balance, BatchId, Digest};
use alloc::vec::Vec;
use codec::Encode;

/// What is drawn from one hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The point in the batch's value.
    Point,
    /// The committee.
    Committee,
    /// The committee of the one redraw.
    Redraw,
}

impl Purpose {
    fn byte(self) -> u8 {
        match self {
            Purpose::Point => 0,
            Purpose::Committee => 1,
            Purpose::Redraw => 2,
        }
    }
}

/// The one hit that a certain audit draws per window on average: `1 − 1/e` in millionths.
const CERTAIN_WINDOW: u32 = 632_121;

/// Threshold of one block's roll such that a window of `window` blocks hits with chance `q`:
/// `1 − (1 − q)^(1/window)` as a fraction of 2^64.
///
/// At `q = 1` the formula would make every block hit. There the window rolls at `1 − 1/e` (one audit expected) and the
/// caller draws once from all blocks together when none hit.
pub fn roll_threshold(q: Chance, window: u32) -> u64 {
    let window = window.max(1);
    let parts = if q == Chance::ONE { CERTAIN_WINDOW } else { q.millionths() };
    let miss = u128::from(1_000_000u32.saturating_sub(parts));
    // (1 − q) as a fraction of 2^64, rounded down, so that the chance is rounded up.
    let target = miss.checked_shl(64).unwrap_or(0).checked_div(1_000_000).unwrap_or(0);
    // The largest r with r^window ≤ target, by bisection over the bits.
    let mut root: u64 = 0;
    for bit in (0..64).rev() {
        let candidate = root | 1u64.checked_shl(bit).unwrap_or(0);
        if power(candidate, window) <= target {
            root = candidate;
        }
    }
    u64::MAX.saturating_sub(root)
}

/// Audits that a window of `window` blocks draws for a batch on average, in millionths: that of its hits, and at `q = 1`
/// the one that is drawn when none hit. More than `q`, since two blocks may hit.
pub fn expected_draws(q: Chance, window: u32) -> u32 {
    let hits =
        u128::from(roll_threshold(q, window)).saturating_mul(window.max(1).into()).saturating_mul(1_000_000)
            >> 64;
    let without = if q == Chance::ONE { 1_000_000u32.saturating_sub(CERTAIN_WINDOW) } else { 0 };
    u32::try_from(hits).unwrap_or(u32::MAX).saturating_add(without)
}

/// `r^n` for a fraction of 2^64, rounded up at each step, so that the bisection never overshoots.
fn power(r: u64, n: u32) -> u128 {
    let mut acc: u128 = u128::from(r);
    for _ in 1..n {
        let product = acc.saturating_mul(r.into());
        acc = (product >> 64).saturating_add(u128::from(product & u128::from(u64::MAX) != 0));
    }
    acc
}

/// What the block with this VRF rolls for the batch.
pub fn roll(vrf: &Digest, batch: &BatchId) -> u128 {
    low_u128(&hash(&[b"souk/roll", vrf, batch]))
}

/// Whether the block with this VRF hits the batch.
pub fn hits(vrf: &Digest, batch: &BatchId, threshold: u64) -> bool {
    roll(vrf, batch) < (u128::from(threshold) << 64)
}

/// The hash from which a hit draws.
pub fn draw(vrf: &Digest, batch: &BatchId, purpose: Purpose) -> Digest {
    hash(&[b"souk/draw", vrf, batch, &[purpose.byte()]])
}

/// One beacon from all VRFs of a window, for the single draw of a certain audit that no block hit.
pub fn combined(vrfs: &[Digest]) -> Digest {
    sp_crypto_hashing::blake2_256(&(b"souk/window", vrfs).encode())
}

/// From which an audit's second committee is drawn: all VRFs of the window after the first one's decision, and the
/// audit's own id, so that two audits of one batch get two committees.
pub fn redraw(vrfs: &[Digest], batch: &BatchId, audit: &AuditId) -> Digest {
    hash(&[&draw(&combined(vrfs), batch, Purpose::Redraw), audit])
}

/// Point of the batch `(settled, settled + value]` that a draw picks, counted in the channel's cumulative value.
/// `None` for a batch without value.
pub fn point(draw: &Digest, settled: Balance, value: Balance) -> Option<Balance> {
    settled.checked_add(low_u128(draw).checked_rem(value)?)
}

/// Id of the audit that the `index`-th block of a batch's window drew (the window's length for the combined draw).
pub fn audit_id(batch: &BatchId, index: u32, vrf: &Digest) -> AuditId {
    hash(&[b"souk/audit-id", batch, &index.to_le_bytes(), vrf])
}

/// Indices of up to `seats` candidates, drawn without replacement with chances in proportion to their weight.
/// Candidates without weight are never drawn.
pub fn committee(draw: &Digest, candidates: &[(AccountId, Balance)], seats: u32) -> Vec<usize> {
    let mut left: Vec<(usize, Balance)> =
        candidates.iter().enumerate().filter(|(_, (_, w))| *w > 0).map(|(i, (_, w))| (i, *w)).collect();
    let mut chosen = Vec::new();
    for seat in 0..seats {
        let total = left.iter().fold(0u128, |acc, (_, w)| acc.saturating_add(*w));
        let Some(mut at) = low_u128(&hash(&[draw, &seat.to_le_bytes()])).checked_rem(total) else { break };
        let Some(position) = left.iter().position(|(_, weight)| {
            if at < *weight {
                true
            } else {
                at = at.saturating_sub(*weight);
                false
            }
        }) else {
            break;
        };
        chosen.push(left.remove(position).0);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vrf(i: u32) -> Digest {
        hash(&[b"vrf", &i.to_le_bytes()])
    }

    #[test]
    fn window_hits_with_the_wanted_chance() {
        for (q, window) in [(100_000, 16), (500_000, 4), (100_000, 5), (900_000, 16)] {
            let threshold = roll_threshold(Chance::from_millionths(q), window);
            let miss = 1.0 - threshold as f64 / 2f64.powi(64);
            let chance = 1.0 - miss.powi(window as i32);
            assert!((chance - f64::from(q) / 1e6).abs() < 1e-9, "{q} {window} {chance}");
        }
    }

    #[test]
    fn rolls_follow_the_threshold() {
        let threshold = roll_threshold(Chance::from_millionths(100_000), 1);
        let hit = (0..20_000).filter(|i| hits(&vrf(*i), &[7; 32], threshold)).count();
        assert!((1_850..2_150).contains(&hit), "{hit}");
    }

    #[test]
    fn certain_audit_expects_one_hit() {
        let threshold = roll_threshold(Chance::ONE, 16);
        let miss = 1.0 - threshold as f64 / 2f64.powi(64);
        assert!((16.0 * (1.0 - miss) - 0.97).abs() < 0.03);
    }

    #[test]
    fn windows_draw_as_often_as_expected() {
        for (q, window) in [(100_000, 16), (500_000, 16), (1_000_000, 16), (1_000_000, 4)] {
            let chance = Chance::from_millionths(q);
            let threshold = roll_threshold(chance, window);
            let drawn: usize = (0..4_000)
                .map(|w| (0..window).filter(|i| hits(&vrf(w * 64 + i), &[7; 32], threshold)).count())
                .map(|found| if q == 1_000_000 { found.max(1) } else { found })
                .sum();
            let mean = drawn as f64 / 4_000.0;
            let expected = f64::from(expected_draws(chance, window)) / 1e6;
            assert!((mean - expected).abs() < 0.05 * expected.max(0.5), "{q} {window}: {mean} {expected}");
        }
    }

    #[test]
    fn a_point_of_nothing_is_none() {
        assert_eq!(point(&[1; 32], 5, 0), None);
    }

    proptest! {
        #[test]
        fn point_lies_in_the_batch(d: [u8; 32], settled in 0u128..1 << 100, v in 1u128..1 << 100) {
            let p = point(&d, settled, v).unwrap();
            prop_assert!(p >= settled && p < settled + v);
        }

        #[test]
        fn committee_has_distinct_members_with_weight(d: [u8; 32], weights in prop::collection::vec(0u128..1000, 0..12), k in 0u32..8) {
            let candidates: Vec<_> = weights.iter().enumerate().map(|(i, w)| (AccountId::new([i as u8; 32]), *w)).collect();
            let mut seats = committee(&d, &candidates, k);
            prop_assert_eq!(seats.len(), (k as usize).min(weights.iter().filter(|w| **w > 0).count()));
            prop_assert!(seats.iter().all(|i| weights[*i] > 0));
            seats.sort();
            seats.dedup();
            prop_assert_eq!(seats.len(), (k as usize).min(weights.iter().filter(|w| **w > 0).count()));
        }
    }

    #[test]
    fn heavier_candidates_are_drawn_more_often() {
        let candidates = [(AccountId::new([0; 32]), 1), (AccountId::new([1; 32]), 9)];
        let first = (0..10_000).filter(|i| committee(&vrf(*i), &candidates, 1) == [1]).count();
        assert!((8_850..9_150).contains(&first), "{first}");
    }
}
