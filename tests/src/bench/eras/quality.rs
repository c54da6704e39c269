//! How good an election is: its score beside what other solvers find, and the SDK's check that nobody is left out.

use super::{crowd::Crowd, runtime::Runtime};
use anyhow::{anyhow, ensure, Context, Result};
use codec::{Decode, Encode};
use sp_core::crypto::AccountId32;
use sp_npos_elections::{
    assignment_ratio_to_staked_normalized, phragmms, pjr_check, seq_phragmen, to_supports, BalancingConfig,
    ElectionResult, ElectionScore, EvaluateSupport, Support, Supports,
};
use sp_runtime::Perbill;
use sp_staking::{ExposurePage, PagedExposureMetadata};
use std::collections::BTreeMap;

type Ballot = (AccountId32, u64, Vec<AccountId32>);

/// What an election came to.
#[derive(Clone, Copy, Debug)]
pub struct Quality {
    /// The SDK's score, in units.
    pub score: ElectionScore,
    /// Whether no group of voters has less than its share of seats (proportional justified representation).
    pub is_just: bool,
}

/// Rows of a map under the key of an era, by what follows in their keys.
fn of_era(chain: &mut Runtime, item: &str, era: u32) -> Vec<(Vec<u8>, Vec<u8>)> {
    let key = era.encode();
    let mut prefix = crate::bench::blocks::prefix("Staking", item);
    prefix.extend(sp_crypto_hashing::twox_64(&key));
    prefix.extend(key);
    chain.rows(&prefix)
}

/// The account in a key behind its hash.
fn account(key: &[u8]) -> Result<AccountId32> {
    let raw = key.get(8..40).context("a key without an account")?;
    AccountId32::try_from(raw).map_err(|()| anyhow!("a key without an account"))
}

/// What the chain elected for an era.
pub fn elected(chain: &mut Runtime, era: u32) -> Result<Supports<AccountId32>> {
    let mut supports: BTreeMap<AccountId32, Support<AccountId32>> = BTreeMap::new();
    for (key, value) in of_era(chain, "ErasStakersOverview", era) {
        let who = account(&key)?;
        let overview = PagedExposureMetadata::<u128>::decode(&mut value.as_slice())?;
        let support = Support { total: overview.total, voters: vec![(who.clone(), overview.own)] };
        supports.insert(who, support);
    }
    for (key, value) in of_era(chain, "ErasStakersPaged", era) {
        let page = ExposurePage::<AccountId32, u128>::decode(&mut value.as_slice())?;
        let support = supports.get_mut(&account(&key)?).context("a page of nobody")?;
        support.voters.extend(page.others.into_iter().map(|one| (one.who, one.value)));
    }
    for (who, support) in &supports {
        let sum: u128 = support.voters.iter().map(|(_, stake)| stake).sum();
        ensure!(sum == support.total, "the pages of {who} don't add up");
    }
    Ok(supports.into_iter().collect())
}

/// Other ways to elect.
#[derive(Clone, Copy, Debug)]
pub enum Solver {
    /// The chain's, with as many rounds of evening out afterwards.
    Phragmen(usize),
    /// PhragMMS with as many rounds: nearer to the optimum, and dearer.
    Phragmms(usize),
}

/// What a solver makes of a crowd.
pub fn solve(crowd: &Crowd, solver: Solver) -> Result<Supports<AccountId32>> {
    let (candidates, ballots) = inputs(crowd);
    let seats = crowd.seats as usize;
    let rounds = |iterations| (iterations > 0).then_some(BalancingConfig { iterations, tolerance: 0 });
    let result: ElectionResult<_, Perbill> = match solver {
        Solver::Phragmen(iterations) => seq_phragmen(seats, candidates, ballots, rounds(iterations)),
        Solver::Phragmms(iterations) => phragmms(seats, candidates, ballots, rounds(iterations)),
    }
    .map_err(|error| anyhow!("{error:?}"))?;
    let stakes: BTreeMap<_, _> =
        crowd.voters().map(|voter| (voter.who.clone(), scaled(voter.stake))).collect();
    let stake = |who: &AccountId32| stakes.get(who).copied().unwrap_or_default();
    let staked = assignment_ratio_to_staked_normalized(result.assignments, stake)
        .map_err(|error| anyhow!("{error:?}"))?;
    Ok(to_supports(&staked).into_iter().map(|(who, support)| (who, unscaled(support))).collect())
}

/// Votes are counted in 64 bits: in millionths of a SOUK.
const SCALE: u128 = 1_000_000;

fn scaled(stake: u128) -> u64 {
    u64::try_from(stake / SCALE).unwrap_or(u64::MAX)
}

fn unscaled(support: Support<AccountId32>) -> Support<AccountId32> {
    Support {
        total: support.total * SCALE,
        voters: support.voters.into_iter().map(|(who, stake)| (who, stake * SCALE)).collect(),
    }
}

fn inputs(crowd: &Crowd) -> (Vec<AccountId32>, Vec<Ballot>) {
    let candidates = crowd.candidates.iter().map(|one| one.who.clone()).collect();
    let ballots = crowd.voters().map(|one| (one.who.clone(), scaled(one.stake), one.names.clone())).collect();
    (candidates, ballots)
}

/// Judges what was elected of a crowd.
pub fn judge(crowd: &Crowd, supports: &Supports<AccountId32>) -> Quality {
    let (candidates, ballots) = inputs(crowd);
    let in_scale: Supports<AccountId32> = supports
        .iter()
        .map(|(who, support)| {
            let voters = support.voters.iter().map(|(who, stake)| (who.clone(), stake / SCALE)).collect();
            (who.clone(), Support { total: support.total / SCALE, voters })
        })
        .collect();
    Quality { score: in_scale.evaluate(), is_just: pjr_check(&in_scale, candidates, ballots).is_ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd() -> Crowd {
        Crowd::new(1, 10, 16, 60)
    }

    #[test]
    fn solvers_should_elect_all_seats_with_all_stake() {
        let crowd = crowd();
        for solver in [Solver::Phragmen(0), Solver::Phragmen(10), Solver::Phragmms(10)] {
            let supports = solve(&crowd, solver).unwrap();
            assert_eq!(supports.len(), 10, "{solver:?}");
            assert!(judge(&crowd, &supports).is_just, "{solver:?}");
        }
    }

    #[test]
    fn election_that_leaves_out_the_largest_should_not_be_just() {
        let crowd = crowd();
        // Only the last candidates, each by its own stake: those whom the nominators name have no seat.
        let last = crowd.candidates.iter().rev().take(10);
        let supports: Supports<AccountId32> = last
            .map(|one| {
                (one.who.clone(), Support { total: one.stake, voters: vec![(one.who.clone(), one.stake)] })
            })
            .collect();
        assert!(!judge(&crowd, &supports).is_just);
    }

    #[test]
    fn evening_out_should_not_lower_the_least_backed() {
        let crowd = crowd();
        let least = |solver| judge(&crowd, &solve(&crowd, solver).unwrap()).score.minimal_stake;
        assert!(least(Solver::Phragmen(10)) >= least(Solver::Phragmen(0)));
    }
}
