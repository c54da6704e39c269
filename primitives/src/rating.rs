//! The rating of a listing: reviews count by the fee that was burnt for what they review, so that praise which one buys
//! from oneself costs what it weighs.
//!
//! One reviewer gives at most 5 % of the weight. That can't hold among fewer than twenty, so whatever one reviewer gives
//! up to [`SMALL`] always counts: the first reviews count alike.

use crate::{Balance, SOUK};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Worst and best.
pub const STARS: core::ops::RangeInclusive<u8> = 1..=5;
/// Weight that counts of any reviewer.
pub const SMALL: Balance = SOUK / 100;
/// One reviewer's largest share of the weight: a twentieth.
const PARTS: Balance = 20;

/// Sums over the reviews of a listing.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Rating {
    /// Reviews.
    pub reviews: u32,
    /// Distinct payers among the reviewers.
    pub payers: u32,
    /// What counts of the fees burnt.
    pub weight: Balance,
    /// Sum of stars times what counts.
    pub stars: Balance,
}

impl Rating {
    /// What counts of a fee `burnt` by a reviewer of whom `given` counts already: never more than takes its sum to a
    /// twentieth of all weight, itself included, or to [`SMALL`].
    pub fn counts(&self, burnt: Balance, given: Balance) -> Balance {
        // given + c ≤ (weight + c) / 20  ⟺  19 · c ≤ weight − 20 · given
        let most =
            self.weight.saturating_sub(given.saturating_mul(PARTS)).checked_div(PARTS.saturating_sub(1));
        burnt.min(most.unwrap_or(0).max(SMALL.saturating_sub(given)))
    }

    /// With one more review; `first` if it is its author's first.
    pub fn with(self, stars: u8, counts: Balance, first: bool) -> Self {
        Rating {
            reviews: self.reviews.saturating_add(1),
            payers: self.payers.saturating_add(u32::from(first)),
            weight: self.weight.saturating_add(counts),
            stars: self.stars.saturating_add(counts.saturating_mul(stars.into())),
        }
    }

    /// The average in thousandths of a star; `None` while nothing counts.
    pub fn average_milli(&self) -> Option<u32> {
        let milli = self.stars.saturating_mul(1_000).checked_div(self.weight)?;
        u32::try_from(milli).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn first_reviews_should_count_alike() {
        let rating = Rating::default();
        assert_eq!(rating.average_milli(), None);
        let whale = rating.counts(1_000 * SOUK, 0);
        assert_eq!(whale, SMALL);
        let rating = rating.with(5, whale, true);
        let other = rating.counts(SMALL, 0);
        let rating = rating.with(2, other, true);
        assert_eq!((rating.average_milli(), rating.reviews, rating.payers), (Some(3_500), 2, 2));
        // More of the same reviewer counts for nothing while others are few.
        assert_eq!(rating.counts(1_000 * SOUK, SMALL), 0);
        assert_eq!(rating.with(5, 0, false).average_milli(), Some(3_500));
    }

    #[test]
    fn a_fee_of_nothing_should_count_for_nothing() {
        assert_eq!(Rating::default().counts(0, 0), 0);
    }

    proptest! {
        #[test]
        fn nobody_should_give_more_than_its_part(reviews in prop::collection::vec((0u8..40, 1u8..=5, 0u128..1_000 * SOUK), 1..200)) {
            let mut rating = Rating::default();
            let mut given = BTreeMap::<u8, Balance>::new();
            for (who, stars, burnt) in reviews {
                let before = given.get(&who).copied();
                let counts = rating.counts(burnt, before.unwrap_or(0));
                prop_assert!(counts <= burnt);
                rating = rating.with(stars, counts, before.is_none());
                let sum = before.unwrap_or(0) + counts;
                given.insert(who, sum);
                prop_assert!(sum <= SMALL || sum * PARTS <= rating.weight || counts == 0, "{sum} of {}", rating.weight);
                prop_assert!(rating.average_milli().is_none_or(|milli| (1_000..=5_000).contains(&milli)));
            }
            prop_assert_eq!(rating.weight, given.values().sum::<Balance>());
            prop_assert_eq!(rating.payers as usize, given.len());
        }
    }
}
