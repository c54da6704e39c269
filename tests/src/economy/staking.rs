//! What stakers earn: the era's budget, by blocks, commission and stake.
//!
//! This is staking's own rule, not ours, and the election is replaced by what it aims at: the nominators' stake is laid
//! upon the validators' own so that the smallest backing is as large as it can be.

use super::{
    chain::Chain,
    ledger::{What, Who},
    rules::{EPOCHS_PER_ERA, EPOCH_MILLIS},
};
use rand_chacha::rand_core::RngCore;
use souk_primitives::{rewards::mul_div, split::share, Balance};

/// Blocks of an era, one in three seconds.
const BLOCKS: u64 = EPOCH_MILLIS * EPOCHS_PER_ERA as u64 / 3_000;

/// Who stakes. What it earns is staked again.
#[derive(Clone, Debug, Default)]
pub struct Stakers {
    /// The validators' own stakes, and their commissions in millionths.
    pub validators: Vec<(Who, u32)>,
    /// The nominators' stakes.
    pub nominators: Vec<Who>,
}

/// What each validator is backed with from outside, so that those with least are as equal as they can be.
pub fn level(own: &[Balance], outside: Balance) -> Vec<Balance> {
    let mut order: Vec<usize> = (0..own.len()).collect();
    order.sort_by_key(|i| own[*i]);
    // The water's height when the first `n` stand in it.
    let mut sum = outside;
    let mut height = 0;
    for (n, i) in order.iter().enumerate() {
        if n > 0 && height <= own[*i] {
            break;
        }
        sum += own[*i];
        height = sum / (n as Balance + 1);
    }
    own.iter().map(|one| height.saturating_sub(*one)).collect()
}

impl Stakers {
    /// Pays an era.
    pub fn pay(&self, chain: &mut Chain) {
        let count = self.validators.len() as u64;
        let mut blocks = vec![0 as Balance; self.validators.len()];
        for _ in 0..BLOCKS {
            blocks[(chain.noise.next_u64() % count) as usize] += 1;
        }
        let own: Vec<Balance> = self.validators.iter().map(|(stake, _)| chain.ledger.of(*stake)).collect();
        let outside = chain.ledger.together(&self.nominators);
        let backing = level(&own, outside);
        let (pot, budget) = (chain.pots.stakers, chain.ledger.of(chain.pots.stakers));
        let mut for_nominators = 0;
        for (v, (stake, commission)) in self.validators.iter().enumerate() {
            let earned = mul_div(budget, blocks[v], BLOCKS.into());
            let first = share(earned, *commission);
            let rest = earned - first;
            let theirs = mul_div(rest, backing[v], own[v] + backing[v]);
            for_nominators += theirs;
            chain.ledger.pay(What::Staking, pot, *stake, earned - theirs);
        }
        let stakes: Vec<Balance> = self.nominators.iter().map(|who| chain.ledger.of(*who)).collect();
        for (who, stake) in self.nominators.iter().zip(stakes) {
            chain.ledger.pay(What::Staking, pot, *who, mul_div(for_nominators, stake, outside));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::economy::rules::Rules;

    #[test]
    fn backing_should_lift_the_smallest() {
        assert_eq!(level(&[10, 40, 100], 30), [30, 0, 0]);
        assert_eq!(level(&[10, 40, 100], 50), [40, 10, 0]);
        assert_eq!(level(&[10, 40, 100], 300), [140, 110, 50]);
        assert_eq!(level(&[], 5), [] as [Balance; 0]);
    }

    #[test]
    fn an_era_should_pay_its_budget_and_no_more() {
        let mut chain = Chain::new(Rules::production(), 1);
        let stake = |chain: &mut Chain, amount| chain.ledger.open(amount);
        let stakers = Stakers {
            validators: (1..=4).map(|i| (stake(&mut chain, i * 1_000), 50_000)).collect(),
            nominators: (1..=9).map(|i| stake(&mut chain, i * 777)).collect(),
        };
        let pot = chain.pots.stakers;
        chain.ledger.mint(pot, 1_000_000);
        stakers.pay(&mut chain);
        // What is left is what was rounded off.
        assert!(chain.ledger.of(pot) <= 30, "{}", chain.ledger.of(pot));
        assert!(chain.ledger.check());
        let nominators = chain.ledger.got(What::Staking, &stakers.nominators);
        assert!((500_000..800_000).contains(&nominators), "{nominators}");
    }
}
