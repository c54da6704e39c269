//! A long random walk of everybody who has something at stake, in the real configuration: bonds and pools that come and
//! go, votes, delegations, spends, sales and what they earn, offences and their slashes, listings and the cases against
//! them, over many eras. After every block the issuance must be what was minted and burnt, to the unit, and after every
//! few all books must add up.
//!
//! What they vote and trade is in `walk_votes`, what they list and judge in `walk_cases`. `SOUK_WALK_SEED` walks another way; the seed is printed.

use super::{
    books,
    harness::*,
    market::*,
    shop::open_shop,
    stakers::{by, era, power},
    walk::{seeds, Dice},
    walk_votes::{everything_said, is_too_much, polls},
};
use crate::{
    configs::governance::TreasuryAccount, constants::currency::SOUK, AccountId, Balance, Balances,
    Governance, NominationPools, Runtime, RuntimeHoldReason,
};
use frame_support::{
    assert_ok,
    storage::{with_transaction, TransactionOutcome},
    traits::fungible::InspectHold,
};
use pallet_conviction_voting::{Voting, VotingFor};
use pallet_delegated_staking::{Agents, Delegators};
use pallet_nomination_pools::{BondExtra, PoolMembers};
use pallet_referenda::{ReferendumInfo, ReferendumInfoFor};
use pallet_staking::{Ledger, RewardDestination, ValidatorPrefs, VirtualStakers};
use sp_runtime::{DispatchError, DispatchResult, Perbill};
use std::collections::BTreeMap;

/// Who stakes as it likes. The first two have made a pool each, which they look after.
pub const PEOPLE: [&str; 5] = ["Provider", "Publisher", "Consumer", "Eve", "Ferdie"];
/// More slashing spans than anybody has.
const SPANS: u32 = 32;

pub struct Walk<'a> {
    pub dice: Dice,
    /// How often each act worked.
    worked: &'a mut BTreeMap<&'static str, u32>,
    issuance: books::Issuance,
    /// Votes and delegations that were compared with their voters' power.
    compared: u32,
}

/// Of an act for which there is nothing to do it with.
pub fn none() -> DispatchResult {
    Err(DispatchError::Other("there is none"))
}

impl Walk<'_> {
    pub fn person(&mut self) -> &'static str {
        self.dice.pick(&PEOPLE)
    }

    /// One of those that stand or stood for election, or of the others.
    pub fn staker(&mut self) -> &'static str {
        if self.dice.one_in(4) {
            self.dice.pick(&VALIDATORS)
        } else {
            self.person()
        }
    }

    /// One of those who have bonded by themselves.
    fn bonded(&mut self) -> Option<&'static str> {
        let bonded: Vec<&str> =
            PEOPLE.into_iter().filter(|name| Ledger::<Runtime>::contains_key(account(name))).collect();
        (!bonded.is_empty()).then(|| self.dice.pick(&bonded))
    }

    fn validators(&mut self) -> Vec<&'static str> {
        let (one, other) = (self.dice.pick(&VALIDATORS), self.dice.pick(&VALIDATORS));
        if one == other {
            vec![one]
        } else {
            vec![one, other]
        }
    }

    fn block(&mut self, number: u32) {
        let has_room = !start_block();
        if has_room {
            for _ in 0..self.dice.below(6) {
                let (what, result) = self.act();
                if result.is_ok() {
                    *self.worked.entry(what).or_default() += 1;
                }
            }
        }
        close_block();
        self.issuance.read_block();
        if number.is_multiple_of(8) {
            books::check();
            check_stake();
            self.check_votes();
        }
    }

    fn act(&mut self) -> (&'static str, DispatchResult) {
        match self.dice.below(80) {
            0..=3 => ("bond", self.bond()),
            4..=5 => ("more", self.more()),
            6..=9 => ("nominate", self.nominate()),
            10 => ("chill", self.chill()),
            11..=13 => ("unbond", self.unbond()),
            14 => ("rebond", self.rebond()),
            15..=17 => ("withdraw", self.withdraw()),
            18..=21 => ("join", self.join()),
            22 => ("add to a pool", self.add_to_pool()),
            23..=25 => ("leave", self.leave()),
            26..=28 => ("withdraw from a pool", self.withdraw_from_pool()),
            29 => ("claim from a pool", self.claim_from_pool()),
            30..=31 => ("bring up a slash", self.bring_up()),
            32 => ("back", self.back()),
            33 => ("stand", self.stand()),
            34..=53 => self.list_or_judge(),
            _ => self.vote_or_trade(),
        }
    }

    fn bond(&mut self) -> DispatchResult {
        let payee = match self.dice.below(3) {
            0 => RewardDestination::Staked,
            1 => RewardDestination::Stash,
            _ => RewardDestination::Account(account(self.person())),
        };
        let value = self.dice.souk(50_000);
        submit(self.person(), pallet_staking::Call::bond { value, payee })
    }

    fn more(&mut self) -> DispatchResult {
        let max_additional = self.dice.souk(5_000);
        submit(self.staker(), pallet_staking::Call::bond_extra { max_additional })
    }

    fn nominate(&mut self) -> DispatchResult {
        let targets = self.validators().into_iter().map(|name| account(name).into()).collect();
        let Some(who) = self.bonded() else { return none() };
        submit(who, pallet_staking::Call::nominate { targets })
    }

    fn chill(&mut self) -> DispatchResult {
        let Some(who) = self.bonded() else { return none() };
        submit(who, pallet_staking::Call::chill {})
    }

    fn unbond(&mut self) -> DispatchResult {
        let who = self.staker();
        let all = Ledger::<Runtime>::get(account(who)).map_or(0, |ledger| ledger.active);
        // Without enough validators that stand for election no era would begin.
        let value = match VALIDATORS.contains(&who) {
            true => all / 3,
            false if self.dice.one_in(2) => all,
            false => self.dice.souk(20_000),
        };
        submit(who, pallet_staking::Call::unbond { value })
    }

    fn rebond(&mut self) -> DispatchResult {
        let value = self.dice.souk(10_000);
        submit(self.staker(), pallet_staking::Call::rebond { value })
    }

    fn withdraw(&mut self) -> DispatchResult {
        submit(self.staker(), pallet_staking::Call::withdraw_unbonded { num_slashing_spans: SPANS })
    }

    fn join(&mut self) -> DispatchResult {
        let (who, amount) = (self.person(), self.dice.souk(20_000));
        let pool_id = 1 + self.dice.below(2) as u32;
        submit(who, pallet_nomination_pools::Call::join { amount, pool_id })
    }

    fn add_to_pool(&mut self) -> DispatchResult {
        let rewards = self.dice.one_in(2);
        let extra = if rewards { BondExtra::Rewards } else { BondExtra::FreeBalance(self.dice.souk(1_000)) };
        submit(self.person(), pallet_nomination_pools::Call::bond_extra { extra })
    }

    fn leave(&mut self) -> DispatchResult {
        let who = self.person();
        let Some(member) = PoolMembers::<Runtime>::get(account(who)) else { return none() };
        let unbonding_points = if self.dice.one_in(2) { member.points } else { member.points / 3 };
        let member_account = account(who).into();
        submit(who, pallet_nomination_pools::Call::unbond { member_account, unbonding_points })
    }

    fn withdraw_from_pool(&mut self) -> DispatchResult {
        let who = self.person();
        let (member_account, num_slashing_spans) = (account(who).into(), SPANS);
        submit(who, pallet_nomination_pools::Call::withdraw_unbonded { member_account, num_slashing_spans })
    }

    fn claim_from_pool(&mut self) -> DispatchResult {
        let (who, other) = (self.person(), account(self.person()));
        submit(who, pallet_nomination_pools::Call::claim_payout_other { other })
    }

    fn bring_up(&mut self) -> DispatchResult {
        let member_account = account(self.person()).into();
        submit(self.person(), pallet_nomination_pools::Call::apply_slash { member_account })
    }

    fn back(&mut self) -> DispatchResult {
        let pool_id = 1 + self.dice.below(2) as u32;
        let validators = self.validators().into_iter().map(account).collect();
        let owner = PEOPLE[pool_id as usize - 1];
        submit(owner, pallet_nomination_pools::Call::nominate { pool_id, validators })
    }

    /// One validator stands for election now and then, so that there are always three others.
    fn stand(&mut self) -> DispatchResult {
        if self.dice.one_in(2) {
            return submit("Dave", pallet_staking::Call::chill {});
        }
        let commission = Perbill::from_percent(self.dice.below(20) as u32);
        let prefs = ValidatorPrefs { commission, blocked: false };
        submit("Dave", pallet_staking::Call::validate { prefs })
    }

    /// When all that wait for an idle block, or for a call that tells of a pool, have been refreshed, nobody votes with
    /// more than it has, and a poll has no more support than there is stake that may vote. The refresh is taken back.
    fn check_votes(&mut self) {
        self.compared +=
            with_transaction(|| TransactionOutcome::Rollback(Ok::<_, DispatchError>(refreshed_votes())))
                .unwrap();
    }
}

/// Refreshes what is too much and compares all votes; returns how many there were.
fn refreshed_votes() -> u32 {
    for (who, class, poll) in everything_said().iter().filter(|said| is_too_much(said)) {
        Governance::refresh_vote(by("Eve"), account(who), *class, *poll).unwrap();
    }
    let mut compared = 0;
    for (who, class, voting) in VotingFor::<Runtime>::iter() {
        let power = Governance::power(&who);
        let voted = match voting {
            Voting::Casting(casting) => {
                let open = polls(true);
                let counting = casting.votes.iter().filter(|(poll, _)| open.contains(poll));
                counting.map(|(_, vote)| vote.balance()).max().unwrap_or_default()
            }
            Voting::Delegating(delegating) => delegating.balance,
        };
        assert!(voted <= power, "{who} votes on track {class} with {voted} and has {power}");
        compared += u32::from(voted > 0);
    }
    let everybody: Balance = PEOPLE.into_iter().chain(VALIDATORS).map(power).sum();
    for poll in polls(true) {
        let Some(ReferendumInfo::Ongoing(status)) = ReferendumInfoFor::<Runtime>::get(poll) else { continue };
        assert!(status.tally.support <= everybody, "{} of {everybody} support {poll}", status.tally.support);
    }
    compared
}

fn held(reason: impl Into<RuntimeHoldReason>, who: &AccountId) -> Balance {
    Balances::balance_on_hold(&reason.into(), who)
}

/// What is at stake is on hold, and what is on hold for a pool is at stake, unbonding, lost or to be fetched.
fn check_stake() {
    for (stash, ledger) in Ledger::<Runtime>::iter() {
        let unlocking: Balance = ledger.unlocking.iter().map(|chunk| chunk.value).sum();
        assert_eq!(ledger.active + unlocking, ledger.total, "{stash}");
        if !VirtualStakers::<Runtime>::contains_key(&stash) {
            assert_eq!(held(pallet_staking::HoldReason::Staking, &stash), ledger.total, "{stash}");
        }
    }
    let mut delegated = BTreeMap::<AccountId, Balance>::new();
    for (who, delegation) in Delegators::<Runtime>::iter() {
        let hold = held(pallet_delegated_staking::HoldReason::StakingDelegation, &who);
        assert_eq!(hold, delegation.amount, "{who}");
        *delegated.entry(delegation.agent).or_default() += delegation.amount;
    }
    for (pool, agent) in Agents::<Runtime>::iter() {
        assert_eq!(delegated.remove(&pool).unwrap_or_default(), agent.total_delegated);
        let staked = Ledger::<Runtime>::get(&pool).map_or(0, |ledger| ledger.total);
        // Each time that a member pays its part of a slash, that is rounded up: the pool has a unit more than it needs.
        let more = staked + agent.unclaimed_withdrawals + agent.pending_slash - agent.total_delegated;
        assert!(more < 100, "{more} units of {pool} are nobody's");
    }
    assert!(delegated.is_empty());
}

/// Two pools, a shop, and something in the treasury.
fn open() {
    open_shop();
    open_block();
    for (pool, backed) in [(0, "Alice"), (1, "Bob")] {
        let (owner, who) = (PEOPLE[pool], account(PEOPLE[pool]));
        let roles = || who.clone().into();
        let amount = 10_000 * SOUK;
        let create = pallet_nomination_pools::Call::create {
            amount,
            root: roles(),
            nominator: roles(),
            bouncer: roles(),
        };
        assert_ok!(submit(owner, create));
        let (pool_id, validators) = (pool as u32 + 1, vec![account(backed)]);
        assert_ok!(submit(owner, pallet_nomination_pools::Call::nominate { pool_id, validators }));
        assert_eq!(NominationPools::api_pool_balance(pool_id), amount);
    }
    let (dest, value) = (TreasuryAccount::get().into(), 1_000 * SOUK);
    assert_ok!(submit("Eve", pallet_balances::Call::transfer_keep_alive { dest, value }));
    close_block();
}

const EACH: [&str; 40] = [
    "bond",
    "more",
    "nominate",
    "chill",
    "unbond",
    "rebond",
    "withdraw",
    "join",
    "add to a pool",
    "leave",
    "withdraw from a pool",
    "claim from a pool",
    "bring up a slash",
    "back",
    "stand",
    "ask",
    "vote",
    "take back",
    "delegate",
    "undelegate",
    "unlock",
    "refresh",
    "stop",
    "refund",
    "spend",
    "pay out",
    "sell",
    "claim",
    "offend",
    "list",
    "remove",
    "appoint",
    "post a bond",
    "withdraw a bond",
    "delist",
    "appeal",
    "decide",
    "withdraw a case",
    "close a case",
    "relist",
];

#[test]
fn whatever_stakers_do_nothing_should_be_minted_but_by_the_curve_and_nobody_vote_with_what_is_gone() {
    let mut worked = BTreeMap::new();
    let seeds = seeds();
    for seed in &seeds {
        println!("SOUK_WALK_SEED={seed}");
        let mut chain = local();
        chain.execute_with(open);
        let issuance = chain.execute_with(books::Issuance::new);
        let mut walk = Walk { dice: Dice::new(*seed), worked: &mut worked, issuance, compared: 0 };
        let first = chain.execute_with(era);
        for piece in 0..40 {
            chain.execute_with(|| (0..10).for_each(|block| walk.block(10 * piece + block)));
            chain.commit_all().unwrap();
        }
        chain.execute_with(|| {
            books::check();
            check_stake();
            println!("{} votes were compared, {} eras began", walk.compared, era() - first);
            assert!(era() >= first + 9);
            assert!(walk.compared > 30, "hardly anybody voted");
            let issuance = &walk.issuance;
            assert!(issuance.minted > 0 && issuance.burnt > 0);
            assert_eq!(Balances::total_issuance(), issuance.first + issuance.minted - issuance.burnt);
        });
    }
    println!("{worked:#?}");
    if seeds.len() > 1 {
        for what in EACH {
            assert!(worked.contains_key(what), "nobody could {what}");
        }
    }
}
