//! The adaptive audit rate of a provider on a spec.

use crate::exposure::Chance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A thousandth of an audited Valid batch: the record's unit.
pub const ONE_OK: u64 = 1_000;

/// Record of a provider on a spec: 16 bytes of SCALE, `ok` (8), `certain_left` (4) and `window` (4), little endian.
/// It is state only: nothing signs or hashes it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Record {
    /// Audited and Valid batches, in thousandths; each adds at most 1,000, see [`Record::grow`].
    pub ok: u64,
    /// Batches that are still audited for certain after a Doubtful, or after an answer with few exact tokens.
    pub certain_left: u32,
    /// The last [`DOUBT_WINDOW`] batches that an audit let pass, one bit each: bit 0 is the latest, a set bit was
    /// Doubtful, a clear one Valid (or is older than the record). Higher bits are always clear.
    pub window: u32,
}

/// Audited batches that a newcomer needs before its rate falls.
const PROBATION: u64 = 10;
/// Batches audited for certain after a Doubtful.
const AFTER_DOUBT: u32 = 10;
/// Audited batches over which Doubtful ones are counted.
pub const DOUBT_WINDOW: u32 = 20;
/// So many Doubtful batches within [`DOUBT_WINDOW`] take the provider off the spec.
pub const MAX_DOUBTS: u32 = 3;

/// Shifts one more outcome into a window of the last `length` (at most 32), one bit each: bit 0 is the latest.
#[must_use]
pub fn shift(window: u32, length: u32, marked: bool) -> u32 {
    let kept = u32::MAX.checked_shr(u32::BITS.saturating_sub(length)).unwrap_or(0);
    (window.wrapping_shl(1) | u32::from(marked)) & kept
}

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
        self.note(false);
    }

    /// A Doubtful verdict: the next ten batches are audited for certain. Whether it was one too many is what
    /// [`Record::is_out`] says.
    pub fn doubt(&mut self) {
        self.certain_left = AFTER_DOUBT;
        self.note(true);
    }

    /// An accepted answer with few exact tokens: as many batches are audited for certain as after a doubt, which it is
    /// not.
    pub fn watch(&mut self) {
        self.certain_left = AFTER_DOUBT;
    }

    /// Shifts one audited batch into the window. Refunded ones (disputed, or asked for with a foreign seed) don't come
    /// here: a provider that is its own consumer could push its doubts out with them for nothing.
    fn note(&mut self, doubtful: bool) {
        self.window = shift(self.window, DOUBT_WINDOW, doubtful);
    }

    /// Doubtful ones among the last [`DOUBT_WINDOW`] audited batches.
    pub fn doubts(&self) -> u32 {
        self.window.count_ones()
    }

    /// Whether the provider is taken off the spec: its third Doubtful within twenty audited batches. Never slashed.
    pub fn is_out(&self) -> bool {
        self.doubts() >= MAX_DOUBTS
    }

    /// What is left of a record when the provider stops serving: its doubts. What it had earned is gone, so a newcomer's
    /// rate comes back with them.
    #[must_use]
    pub fn only_doubts(&self) -> Record {
        Record { window: self.window, ..Record::default() }
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

    #[test]
    fn a_watched_provider_is_audited_for_ten_batches_and_keeps_its_record() {
        let floor = Chance::from_millionths(100_000);
        let mut record = Record { ok: 1_000_000, ..Record::default() };
        record.watch();
        assert_eq!((record.ok, record.doubts()), (1_000_000, 0));
        for _ in 0..10 {
            assert_eq!(record.chance(floor), Chance::ONE);
            record.grow(100, 100);
        }
        assert_eq!(record.chance(floor), floor);
    }

    #[test]
    fn the_third_doubt_in_twenty_audits_is_one_too_many() {
        // `between` Valid ones between each two of three doubts: the last doubt is number `2 · between + 3`.
        let third = |between: u32| {
            let mut record = Record::default();
            for round in 0..3 {
                assert!(!record.is_out());
                record.doubt();
                for _ in 0..between * u32::from(round < 2) {
                    record.grow(1, 1);
                }
            }
            record
        };
        assert!(third(0).is_out());
        assert!(third(8).is_out(), "the first was 18 audits ago");
        assert!(!third(9).is_out(), "the first was 20 audits ago and is forgotten");
        assert_eq!(third(9).doubts(), 2);
        let mut record = third(0);
        record.reset();
        assert_eq!(record, Record::default());
    }

    #[test]
    fn doubts_are_all_that_outlives_an_offer() {
        let mut record = Record { ok: 25_000, ..Record::default() };
        record.doubt();
        assert_eq!(record.only_doubts(), Record { ok: 0, certain_left: 0, window: 1 });
        assert_eq!(record.only_doubts().chance(Chance::from_millionths(1)), Chance::ONE);
    }

    #[test]
    fn a_window_keeps_its_length() {
        assert_eq!(shift(0b111, 3, false), 0b110);
        assert_eq!(shift(u32::MAX, 32, true), u32::MAX);
        assert_eq!((shift(1, 1, false), shift(1, 0, true)), (0, 0));
    }

    #[test]
    fn the_encoding_is_sixteen_bytes() {
        let record = Record { ok: 0x0102, certain_left: 3, window: 0x000f_0001 };
        assert_eq!(record.encode(), [2, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1, 0, 15, 0]);
        assert_eq!(Record::max_encoded_len(), 16);
    }

    proptest! {
        #[test]
        fn the_window_counts_the_last_twenty(doubtful in prop::collection::vec(any::<bool>(), 0..80)) {
            let mut record = Record::default();
            for (i, one) in doubtful.iter().enumerate() {
                if *one { record.doubt() } else { record.grow(1, 1) }
                let last = &doubtful[(i + 1).saturating_sub(DOUBT_WINDOW as usize)..=i];
                let expected = last.iter().filter(|one| **one).count() as u32;
                prop_assert_eq!(record.doubts(), expected);
                prop_assert_eq!(record.is_out(), expected >= MAX_DOUBTS);
                prop_assert!(record.window < 1 << DOUBT_WINDOW);
            }
        }

        #[test]
        fn chance_never_rises_with_the_record(a in 0u64..1_000_000, b in 0u64..1_000_000) {
            let floor = Chance::from_millionths(100_000);
            let chance = |ok| Record { ok, ..Record::default() }.chance(floor);
            prop_assert!(chance(a.max(b)) <= chance(a.min(b)));
        }
    }
}
