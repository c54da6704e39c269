//! What a year's emission means, by how much is staked.

use super::rules::{Rules, DROP_MILLIS};
use souk_primitives::{
    emission::{issued, YEAR_MILLIS},
    split::share,
    Balance, SOUK,
};

/// A year without burning, at one stake rate. Shares in millionths.
#[derive(Clone, Copy, Debug)]
pub struct Year {
    /// Staked, of all that exists.
    pub staked: u32,
    /// What a staker has more at the end, commission included.
    pub earned: i64,
    /// By how much its part of all that exists has changed.
    pub real: i64,
    /// The same for money that lies still.
    pub still: i64,
}

/// What exists before the year: any amount gives the same shares.
const BEFORE: Balance = 100_000_000 * SOUK;

/// What a year of drops mints of [`BEFORE`], and what of that is the stakers'.
fn minted(rules: &Rules) -> (Balance, Balance) {
    let (mut total, mut stakers) = (BEFORE, 0);
    for _ in 0..YEAR_MILLIS / DROP_MILLIS {
        let drop = issued(total, rules.emission, DROP_MILLIS);
        stakers += share(drop, rules.budgets.stakers);
        total += drop;
    }
    (total - BEFORE, stakers)
}

/// `a / b − 1` in millionths, floored towards zero.
fn growth(a: Balance, b: Balance) -> i64 {
    (a * 1_000_000 / b) as i64 - 1_000_000
}

/// What is minted in a year, in millionths of what was there.
pub fn minted_a_year(rules: &Rules) -> i64 {
    growth(BEFORE + minted(rules).0, BEFORE)
}

/// A year at each stake rate, in percent.
pub fn years(rules: &Rules, rates: impl Iterator<Item = u32>) -> Vec<Year> {
    let (minted, stakers) = minted(rules);
    let after = BEFORE + minted;
    rates
        .map(|percent| {
            let stake = BEFORE * Balance::from(percent) / 100;
            let now = stake + stakers;
            // Of all that exists: its part then against its part before, times a billion to keep digits.
            let part = |amount: Balance, of: Balance| amount * 1_000_000_000 / of;
            Year {
                staked: percent * 10_000,
                earned: growth(now, stake),
                real: growth(part(now, after), part(stake, BEFORE)),
                still: growth(part(stake, after), part(stake, BEFORE)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_stakes_as_much_as_the_stakers_share_should_keep_its_part() {
        let rules = Rules::production();
        let [few, even, many] = years(&rules, [10, 55, 90].into_iter())[..] else { panic!() };
        // 55 % of the emission go to stakers: with as much staked it is what dilutes them.
        assert!(even.real.abs() <= 2, "{even:?}");
        assert!(few.real > 300_000 && many.real < 0, "{few:?} {many:?}");
        assert!((few.earned / 9 - many.earned).abs() < 3);
        assert_eq!(few.still, many.still);
        assert!((83_280..83_290).contains(&minted_a_year(&rules)));
    }
}
