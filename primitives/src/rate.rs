//! The adaptive audit rate of a provider on a spec.

use crate::exposure::Chance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A thousandth of an audited Valid batch: the record's unit.
pub const ONE_OK: u64 = 1_000;

/// Record of a provider on a spec.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Record {
    /// Audited and Valid batches, in thousandths; each adds at most 1,000, see [`Record::grow`].
    pub ok: u64,
    /// Batches that are still audited for certain after a Doubtful.
    pub certain_left: u32,
}

/// Audited batches that a newcomer needs before its rate falls.
const PROBATION: u64 = 10;
/// Batches audited for certain after a Doubtful.
const AFTER_DOUBT: u32 = 10;

impl Record {
    /// `q = 1` for the first ten, then `max(q_min, 1 / (1 + (n_ok − 10)/10))`.
    pub fn chance(&self, q_min: Chance) -> Chance {
        let probation = PROBATION.saturating_mul(ONE_OK);
        if self.certain_left > 0 || self.ok < probation {
            return Chance::ONE;
        }
        let beyond = self.ok.saturating_sub(probation);
        let parts = 1_000_000u64
            .saturating_mul(probation)
            .checked_div(probation.saturating_add(beyond))
            .unwrap_or(1_000_000);
        Chance::from_millionths(u32::try_from(parts).unwrap_or(1_000_000)).max(q_min)
    }

    /// An audited Valid batch adds `min(1, value / (a quarter of the cap))`: a record can't be built from crumbs.
    pub fn grow(&mut self, value: crate::Balance, cap: crate::Balance) {
        let quarter = cap.checked_div(4).unwrap_or(0).max(1);
        let units = value.saturating_mul(ONE_OK.into()).checked_div(quarter).unwrap_or(0).min(ONE_OK.into());
        self.ok = self.ok.saturating_add(u64::try_from(units).unwrap_or(ONE_OK));
        self.certain_left = self.certain_left.saturating_sub(1);
    }

    /// A Doubtful verdict: the next ten batches are audited for certain.
    pub fn doubt(&mut self) {
        self.certain_left = AFTER_DOUBT;
    }

    /// An upheld fraud or a failed answer: the record starts again.
    pub fn reset(&mut self) {
        *self = Record::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn newcomers_are_always_audited_and_the_rate_falls_to_its_floor() {
        let floor = Chance::from_millionths(100_000);
        let mut record = Record::default();
        for _ in 0..10 {
            assert_eq!(record.chance(floor), Chance::ONE);
            record.grow(100, 100);
        }
        assert_eq!(record.chance(floor), Chance::ONE);
        for _ in 0..10 {
            record.grow(100, 100);
        }
        assert_eq!(record.chance(floor).millionths(), 500_000);
        for _ in 0..200 {
            record.grow(100, 100);
        }
        assert_eq!(record.chance(floor), floor);
        record.doubt();
        assert_eq!(record.chance(floor), Chance::ONE);
        record.reset();
        assert_eq!(record, Record::default());
    }

    #[test]
    fn crumbs_do_not_build_a_record() {
        let mut record = Record::default();
        for _ in 0..1_000 {
            record.grow(1, 1_000_000);
        }
        assert_eq!(record.ok, 0);
    }

    proptest! {
        #[test]
        fn chance_never_rises_with_the_record(a in 0u64..1_000_000, b in 0u64..1_000_000) {
            let floor = Chance::from_millionths(100_000);
            let chance = |ok| Record { ok, certain_left: 0 }.chance(floor);
            prop_assert!(chance(a.max(b)) <= chance(a.min(b)));
        }
    }
}
