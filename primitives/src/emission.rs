//! How much is minted: a share of all that exists, a year, drop by drop.

use crate::{split::share, Balance};

/// Milliseconds in a year: 365.25 days.
pub const YEAR_MILLIS: u64 = 31_557_600_000;

/// Milliseconds in a year, as an amount's factor.
const YEAR: Balance = YEAR_MILLIS as Balance;

/// What `elapsed` milliseconds add to an issuance of `total` units at `rate` millionths a year, floored. Never more than
/// a whole year's part, however long the chain stood still.
///
/// The rate applies to what exists at each drop, so a year of small drops mints `total · (e^rate − 1)`.
pub fn issued(total: Balance, rate: u32, elapsed: u64) -> Balance {
    prorated(share(total, rate), elapsed)
}

/// The part of a yearly amount that falls on `elapsed` milliseconds, floored; all of it from a year on.
pub fn prorated(yearly: Balance, elapsed: u64) -> Balance {
    let elapsed = Balance::from(elapsed.min(YEAR_MILLIS));
    // Quotient and remainder apart, so that the product can't overflow.
    let whole = yearly.checked_div(YEAR).unwrap_or(0).saturating_mul(elapsed);
    let rest = yearly.checked_rem(YEAR).unwrap_or(0).saturating_mul(elapsed).checked_div(YEAR).unwrap_or(0);
    whole.saturating_add(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A year of drops, twelve seconds each.
    #[test]
    fn a_year_of_drops_should_compound() {
        let start: Balance = 1_000_000_000_000_000_000;
        let mut total = start;
        for _ in 0..YEAR_MILLIS / 12_000 {
            total += issued(total, 80_000, 12_000);
        }
        let minted = total - start;
        // e^0.08 − 1 = 8.3287 %.
        assert!((83_280_000_000_000_000..83_290_000_000_000_000).contains(&minted), "{minted}");
    }

    proptest! {
        #[test]
        fn a_drop_should_be_the_floored_part_of_a_year(total in 0u128..1 << 90, rate in 0u32..=100_000, elapsed in 0u64..=YEAR_MILLIS) {
            let yearly = total * u128::from(rate) / 1_000_000;
            // Fits: 2^90 / 10 · 2^35.
            prop_assert_eq!(issued(total, rate, elapsed), yearly * u128::from(elapsed) / YEAR);
        }

        #[test]
        fn no_pause_should_mint_more_than_a_year(total: u128, rate in 0u32..=100_000, elapsed: u64) {
            prop_assert!(issued(total, rate, elapsed) <= share(total, rate));
        }

        #[test]
        fn two_drops_should_never_mint_more_than_one(yearly: u128, a in 0u64..1 << 33, b in 0u64..1 << 33) {
            let apart = prorated(yearly, a) + prorated(yearly, b);
            prop_assert!(apart <= prorated(yearly, a + b));
        }
    }
}
