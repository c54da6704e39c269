//! The exposure rule: what a provider may have open against its bond.
//!
//! A batch of value `v`, audited with chance `q`, exposes `v · m / q`: the slash that makes cheating on it a loss. All
//! open batches of a provider together must fit its active bond, so that every slash can be taken.

use crate::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A probability in millionths, at most [`Chance::ONE`].
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Chance(u32);

impl Chance {
    /// Certainty.
    pub const ONE: Chance = Chance(1_000_000);

    /// From millionths, clamped to `1 ..= 1_000_000`: a batch that is never audited has no finite exposure.
    pub fn from_millionths(parts: u32) -> Chance {
        Chance(parts.clamp(1, 1_000_000))
    }

    /// In millionths; never zero.
    pub fn millionths(self) -> u32 {
        self.0.clamp(1, 1_000_000)
    }
}

/// `ceil(v · m / q)`: exposure of a batch and the slash for it. `None` on overflow.
pub fn exposure(value: Balance, safety_factor: u32, chance: Chance) -> Option<Balance> {
    let q = Balance::from(chance.millionths());
    value.checked_mul(safety_factor.into())?.checked_mul(1_000_000)?.checked_div(q).and_then(|floor| {
        let exact =
            floor.checked_mul(q)? == value.checked_mul(safety_factor.into())?.checked_mul(1_000_000)?;
        if exact {
            Some(floor)
        } else {
            floor.checked_add(1)
        }
    })
}

/// Largest value whose exposure fits `room`.
pub fn value_within(room: Balance, safety_factor: u32, chance: Chance) -> Balance {
    // floor(room · q / (m · 10^6)): by parts, so that the product can't overflow.
    let q = Balance::from(chance.millionths());
    let scale = Balance::from(safety_factor.max(1)).saturating_mul(1_000_000);
    let whole = room.checked_div(scale).unwrap_or(0).saturating_mul(q);
    let rest = room.checked_rem(scale).unwrap_or(0).saturating_mul(q).checked_div(scale).unwrap_or(0);
    whole.saturating_add(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn slash_makes_a_certain_loss(v in 0u128..1 << 80, m in 1u32..10, q in 1u32..=1_000_000) {
            let e = exposure(v, m, Chance::from_millionths(q)).unwrap();
            prop_assert!(e * u128::from(q) >= v * u128::from(m) * 1_000_000);
            prop_assert!(e >= v);
        }

        #[test]
        fn value_within_room_fits_and_one_more_does_not(room in 0u128..1 << 80, m in 1u32..10, q in 1u32..=1_000_000) {
            let q = Chance::from_millionths(q);
            let v = value_within(room, m, q);
            prop_assert!(exposure(v, m, q).unwrap() <= room);
            prop_assert!(exposure(v + 1, m, q).unwrap() > room);
        }
    }

    #[test]
    fn overflow_is_none() {
        assert_eq!(exposure(u128::MAX, 3, Chance::ONE), None);
    }
}
