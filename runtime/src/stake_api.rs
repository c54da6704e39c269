//! Reads of stake: bonds, pools, validators, and what is minted for whom. For [`crate::souk_api`].

use crate::{
    constants::time::SLOT_MILLIS, parameters::bounded, AccountId, Balance, Balances, Dap, NominationPools,
    Rewards, Runtime,
};
use alloc::{boxed::Box, string::String, vec::Vec};
use frame_support::traits::{fungible::Inspect, Get};
use pallet_governance::{BondingEras, EpochSlots, SessionsPerEra};
use pallet_nomination_pools::{BondedPoolInner, PoolState};
use pallet_staking::RewardDestination;
use souk_primitives::{
    emission::{issued, YEAR_MILLIS},
    rewards::mul_div,
    views::{
        BondView, EmissionView, EraView, MembershipView, PayeeView, PoolStatus, PoolView, ShareView,
        StakeView, StakingRole, UnlockingView, ValidatorView,
    },
};
use sp_runtime::Perbill;

/// Most rows of one answer.
pub const MAX_ROWS: u32 = 200;

/// Rows of an answer, as a number of items.
pub fn rows(limit: u32) -> usize {
    usize::try_from(limit.min(MAX_ROWS)).unwrap_or(usize::MAX)
}

/// A share in millionths, floored.
pub fn millionths(share: Perbill) -> u32 {
    share.deconstruct() / 1_000
}

/// Bytes that somebody else chose, as text.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The era that runs.
pub fn era() -> EraView {
    let active = pallet_staking::ActiveEra::<Runtime>::get();
    let sessions: u32 = SessionsPerEra::<Runtime>::get();
    let slots: u64 = EpochSlots::<Runtime>::get();
    EraView {
        index: active.as_ref().map_or(0, |era| era.index),
        started: active.and_then(|era| era.start),
        millis: u64::from(sessions).saturating_mul(slots).saturating_mul(SLOT_MILLIS),
        sessions,
        bonding: BondingEras::<Runtime>::get(),
    }
}

/// The era by which withdrawals go: in the last epoch of an era it is the next one already.
fn planned_era() -> u32 {
    pallet_staking::CurrentEra::<Runtime>::get().unwrap_or(0)
}

/// What is still locked, and what may be withdrawn.
fn unlocking(chunks: impl Iterator<Item = (u32, Balance)>, era: &EraView) -> (Vec<UnlockingView>, Balance) {
    let now = planned_era();
    let mut waiting = Vec::new();
    let mut withdrawable: Balance = 0;
    for (until, amount) in chunks {
        match until > now {
            true => waiting.push(UnlockingView { amount, era: until, at: era.frees(until) }),
            false => withdrawable = withdrawable.saturating_add(amount),
        }
    }
    waiting.sort_by_key(|chunk| chunk.era);
    (waiting, withdrawable)
}

/// Slashing spans of a stash. The last withdrawal clears them, and has to name at least as many.
fn slashing_spans(stash: &AccountId) -> u32 {
    pallet_staking::SlashingSpans::<Runtime>::get(stash)
        .map_or(0, |spans| u32::try_from(spans.prior.len()).unwrap_or(u32::MAX).saturating_add(1))
}

/// Whom an account nominates.
fn targets(who: &AccountId) -> Option<Vec<AccountId>> {
    Some(pallet_staking::Nominators::<Runtime>::get(who)?.targets.into_inner())
}

fn is_elected(who: &AccountId, era: &EraView) -> bool {
    pallet_staking::ErasStakersOverview::<Runtime>::contains_key(era.index, who)
}

fn role(who: &AccountId) -> StakingRole {
    if pallet_staking::Validators::<Runtime>::contains_key(who) {
        let prefs = pallet_staking::Validators::<Runtime>::get(who);
        return StakingRole::Validator { commission: millionths(prefs.commission), blocked: prefs.blocked };
    }
    match targets(who) {
        Some(targets) => StakingRole::Nominator { targets },
        None => StakingRole::Idle,
    }
}

fn payee(who: &AccountId) -> PayeeView {
    match pallet_staking::Payee::<Runtime>::get(who) {
        Some(RewardDestination::Staked) => PayeeView::Staked,
        Some(RewardDestination::Account(account)) => PayeeView::Account(account),
        Some(RewardDestination::None) | None => PayeeView::None,
        // A stash is its own controller here.
        Some(_) => PayeeView::Stash,
    }
}

fn bond(who: &AccountId, era: &EraView) -> Option<BondView> {
    let ledger = pallet_staking::Ledger::<Runtime>::get(who)?;
    let chunks = ledger.unlocking.iter().map(|chunk| (chunk.era, chunk.value));
    let (unlocking, withdrawable) = unlocking(chunks, era);
    Some(BondView {
        total: ledger.total,
        active: ledger.active,
        unlocking,
        withdrawable,
        role: role(who),
        payee: payee(who),
        elected: is_elected(who, era),
        slashing_spans: slashing_spans(who),
    })
}

fn membership(who: &AccountId, era: &EraView) -> Option<MembershipView> {
    let member = pallet_nomination_pools::PoolMembers::<Runtime>::get(who)?;
    let pool = member.pool_id;
    let unbonding = pallet_nomination_pools::SubPoolsStorage::<Runtime>::get(pool);
    let worth = |era: u32, points: Balance| {
        // What is long over was moved into the pool of no era.
        let all = unbonding.as_ref().map(|pools| pools.with_era.get(&era).unwrap_or(&pools.no_era));
        all.map_or(0, |all| mul_div(points, all.balance, all.points))
    };
    let chunks = member.unbonding_eras.iter().map(|(era, points)| (*era, worth(*era, *points)));
    let (unlocking, withdrawable) = unlocking(chunks, era);
    Some(MembershipView {
        pool,
        name: text(&pallet_nomination_pools::Metadata::<Runtime>::get(pool)),
        active: NominationPools::api_points_to_balance(pool, member.points),
        points: member.points,
        unlocking,
        withdrawable,
        pending: NominationPools::api_pending_rewards(who.clone()).unwrap_or(0),
        slashing_spans: slashing_spans(&NominationPools::generate_bonded_account(pool)),
    })
}

/// What an account has at stake.
pub fn stake(account: AccountId) -> StakeView {
    let era = era();
    StakeView {
        bond: bond(&account, &era),
        pool: membership(&account, &era),
        min_nominator_bond: pallet_staking::MinNominatorBond::<Runtime>::get(),
        min_join_bond: pallet_nomination_pools::MinJoinBond::<Runtime>::get(),
        account,
        era,
    }
}

/// Who stands for election, after `start` in the order of storage.
pub fn validators(start: Option<AccountId>, limit: u32) -> Vec<ValidatorView> {
    use pallet_staking::Validators;
    let era = era();
    let all: Box<dyn Iterator<Item = _>> = match start {
        Some(start) => {
            Box::new(Validators::<Runtime>::iter_from(Validators::<Runtime>::hashed_key_for(start)))
        }
        None => Box::new(Validators::<Runtime>::iter()),
    };
    all.take(rows(limit))
        .map(|(account, prefs)| {
            let backing = pallet_staking::ErasStakersOverview::<Runtime>::get(era.index, &account);
            ValidatorView {
                commission: millionths(prefs.commission),
                blocked: prefs.blocked,
                elected: backing.is_some(),
                own: pallet_staking::Ledger::<Runtime>::get(&account).map_or(0, |ledger| ledger.active),
                stake: backing.map_or(0, |backing| backing.total),
                nominators: backing.map_or(0, |backing| backing.nominator_count),
                account,
            }
        })
        .collect()
}

fn pool(id: u32, pool: BondedPoolInner<Runtime>) -> PoolView {
    let account = NominationPools::generate_bonded_account(id);
    PoolView {
        id,
        name: text(&pallet_nomination_pools::Metadata::<Runtime>::get(id)),
        status: match pool.state {
            PoolState::Open => PoolStatus::Open,
            PoolState::Blocked => PoolStatus::Blocked,
            PoolState::Destroying => PoolStatus::Destroying,
        },
        stake: pallet_staking::Ledger::<Runtime>::get(&account).map_or(0, |ledger| ledger.active),
        members: pool.member_counter,
        commission: pool.commission.current.map_or(0, |(share, _)| millionths(share)),
        depositor: pool.roles.depositor,
        targets: targets(&account).unwrap_or_default(),
        account,
    }
}

/// Pools after `start`, in the order of storage.
pub fn pools(start: Option<u32>, limit: u32) -> Vec<PoolView> {
    use pallet_nomination_pools::BondedPools;
    let all: Box<dyn Iterator<Item = _>> = match start {
        Some(start) => {
            Box::new(BondedPools::<Runtime>::iter_from(BondedPools::<Runtime>::hashed_key_for(start)))
        }
        None => Box::new(BondedPools::<Runtime>::iter()),
    };
    all.take(rows(limit)).map(|(id, inner)| pool(id, inner)).collect()
}

/// What is minted, and for whom.
pub fn emission() -> EmissionView {
    let era = era();
    let issuance = Balances::total_issuance();
    let rate = bounded::EmissionRate::get().deconstruct();
    let budgets = Dap::budget_recipients().into_iter().map(|(key, account, share)| ShareView {
        key: text(&key),
        balance: Balances::free_balance(&account),
        account,
        share: millionths(share),
    });
    let last_era = era.index.checked_sub(1).and_then(pallet_staking::ErasValidatorReward::<Runtime>::get);
    EmissionView {
        issuance,
        active_issuance: <Balances as Inspect<AccountId>>::active_issuance(),
        staked: pallet_staking::ErasTotalStake::<Runtime>::get(era.index),
        rate,
        yearly: issued(issuance, rate, YEAR_MILLIS),
        last: pallet_dap::LastIssuanceTimestamp::<Runtime>::get(),
        cadence: <Runtime as pallet_dap::Config>::IssuanceCadence::get(),
        budgets: budgets.collect(),
        rewards: Rewards::budget_views(),
        last_era: last_era.unwrap_or(0),
        era,
    }
}
