//! Where stake moves, and who watches: the voting book learns of every change of an active bond.
//!
//! Classic staking tells nobody that a bond has grown. It does tell its list of voters, and pools tell the adapter
//! through which they stake: so both are wrapped here.

use crate::{
    AccountId, Balance, DelegatedStaking, Governance, NominationPools, Runtime, Staking, System, VoterList,
};
use alloc::{boxed::Box, collections::BTreeMap};
use frame_election_provider_support::{SortedListProvider, VoteWeight};
use frame_support::dispatch::{DispatchClass, DispatchResult};
use pallet_governance::Source;
use pallet_nomination_pools::{
    adapter::{DelegateStake, Member, Pool, StakeStrategy, StakeStrategyType},
    BondType,
};
use sp_staking::{EraIndex, OnStakingUpdate};

/// What is active now, for the voting book.
pub struct ActiveStakes;

impl ActiveStakes {
    /// Stake that answers for its owner's own nominations or validation. A pool's account is none: what it stakes is
    /// its members'.
    fn bonded(who: &AccountId) -> Balance {
        // Of who neither nominates nor validates, nobody tells how the bond changes: only what is seen votes.
        if pallet_staking::VirtualStakers::<Runtime>::contains_key(who) || !VoterList::contains(who) {
            return 0;
        }
        pallet_staking::Ledger::<Runtime>::get(who).map_or(0, |ledger| ledger.active)
    }

    /// A member's part of what its pool has at stake.
    fn pooled(who: &AccountId) -> Balance {
        pallet_nomination_pools::PoolMembers::<Runtime>::get(who)
            .map_or(0, |member| NominationPools::api_points_to_balance(member.pool_id, member.points))
    }
}

impl pallet_governance::ports::Stakes<AccountId> for ActiveStakes {
    fn active(source: Source, who: &AccountId) -> Balance {
        match source {
            Source::Bond => Self::bonded(who),
            Source::Pool => Self::pooled(who),
            Source::Provider => crate::Compute::serving_bond(who),
        }
    }
}

/// Hears of slashes.
pub struct StakeWatch;

impl StakeWatch {
    fn changed(who: &AccountId) {
        Self::count();
        Governance::note_stake(Source::Bond, who, ActiveStakes::bonded(who));
    }

    /// Counts what it takes to watch once. The SDK's weights of staking and pools don't know that somebody does.
    fn count() {
        // Whether it is a pool's, in the list, its ledger; the book, the locks from votes, the queue and its length.
        let weight = <Runtime as frame_system::Config>::DbWeight::get().reads_writes(7, 3);
        System::register_extra_weight_unchecked(weight, DispatchClass::Normal);
    }
}

impl OnStakingUpdate<AccountId, Balance> for StakeWatch {
    fn on_slash(stash: &AccountId, active: Balance, _: &BTreeMap<EraIndex, Balance>, _: Balance) {
        let is_seen =
            VoterList::contains(stash) && !pallet_staking::VirtualStakers::<Runtime>::contains_key(stash);
        if is_seen {
            Self::count();
            Governance::note_stake(Source::Bond, stash, active);
        }
    }
}

impl pallet_compute::ports::BondWatch for StakeWatch {
    fn changed(provider: &AccountId, active: Balance) {
        Governance::note_stake(Source::Provider, provider, active);
    }
}

/// The sorted list of voters, which also tells the voting book.
pub struct WatchedVoters;

impl SortedListProvider<AccountId> for WatchedVoters {
    type Error = <VoterList as SortedListProvider<AccountId>>::Error;
    type Score = VoteWeight;

    fn range() -> (VoteWeight, VoteWeight) {
        VoterList::range()
    }
    fn iter() -> Box<dyn Iterator<Item = AccountId>> {
        VoterList::iter()
    }
    fn lock() {
        VoterList::lock();
    }
    fn unlock() {
        VoterList::unlock();
    }
    fn iter_from(start: &AccountId) -> Result<Box<dyn Iterator<Item = AccountId>>, Self::Error> {
        VoterList::iter_from(start)
    }
    fn count() -> u32 {
        VoterList::count()
    }
    fn contains(id: &AccountId) -> bool {
        VoterList::contains(id)
    }
    fn on_insert(id: AccountId, score: VoteWeight) -> Result<(), Self::Error> {
        VoterList::on_insert(id.clone(), score)?;
        StakeWatch::changed(&id);
        Ok(())
    }
    fn on_update(id: &AccountId, score: VoteWeight) -> Result<(), Self::Error> {
        StakeWatch::changed(id);
        VoterList::on_update(id, score)
    }
    fn get_score(id: &AccountId) -> Result<VoteWeight, Self::Error> {
        VoterList::get_score(id)
    }
    fn on_remove(id: &AccountId) -> Result<(), Self::Error> {
        VoterList::on_remove(id)?;
        StakeWatch::changed(id);
        Ok(())
    }
    fn unsafe_regenerate(
        all: impl IntoIterator<Item = AccountId>,
        score_of: Box<dyn Fn(&AccountId) -> Option<VoteWeight>>,
    ) -> u32 {
        VoterList::unsafe_regenerate(all, score_of)
    }
    fn unsafe_clear() {
        VoterList::unsafe_clear();
    }
    // Where this crate's tests ask for it as well, which its own feature doesn't tell.
    frame_support::try_runtime_enabled! {
        fn try_state() -> Result<(), sp_runtime::TryRuntimeError> {
            VoterList::try_state()
        }
    }
    #[cfg(feature = "runtime-benchmarks")]
    fn score_update_worst_case(who: &AccountId, is_increase: bool) -> VoteWeight {
        VoterList::score_update_worst_case(who, is_increase)
    }
}

/// How pools stake: the members' money stays in their accounts, on hold.
type Delegated = DelegateStake<Runtime, Staking, DelegatedStaking>;

/// [`DelegateStake`], which also tells the voting book what a member adds.
pub struct PoolStake;

impl StakeStrategy for PoolStake {
    type Balance = Balance;
    type AccountId = AccountId;
    type CoreStaking = Staking;

    fn strategy_type() -> StakeStrategyType {
        Delegated::strategy_type()
    }
    fn transferable_balance(pool: Pool<AccountId>, member: Member<AccountId>) -> Balance {
        Delegated::transferable_balance(pool, member)
    }
    fn total_balance(pool: Pool<AccountId>) -> Option<Balance> {
        Delegated::total_balance(pool)
    }
    fn member_delegation_balance(member: Member<AccountId>) -> Option<Balance> {
        Delegated::member_delegation_balance(member)
    }
    fn pledge_bond(
        who: Member<AccountId>,
        pool: Pool<AccountId>,
        reward_account: &AccountId,
        amount: Balance,
        bond_type: BondType,
    ) -> DispatchResult {
        let member = who.clone().get();
        let before = ActiveStakes::pooled(&member);
        Delegated::pledge_bond(who, pool, reward_account, amount, bond_type)?;
        StakeWatch::count();
        // Nobody tells of members that leave.
        Governance::note_change(Source::Pool, &member, before, before.saturating_add(amount));
        Ok(())
    }
    fn member_withdraw(
        who: Member<AccountId>,
        pool: Pool<AccountId>,
        amount: Balance,
        spans: u32,
    ) -> DispatchResult {
        Delegated::member_withdraw(who, pool, amount, spans)
    }
    fn dissolve(pool: Pool<AccountId>) -> DispatchResult {
        Delegated::dissolve(pool)
    }
    fn pending_slash(pool: Pool<AccountId>) -> Balance {
        Delegated::pending_slash(pool)
    }
    fn member_slash(
        who: Member<AccountId>,
        pool: Pool<AccountId>,
        amount: Balance,
        reporter: Option<AccountId>,
    ) -> DispatchResult {
        Delegated::member_slash(who, pool, amount, reporter)
    }
    fn migrate_nominator_to_agent(pool: Pool<AccountId>, reward_account: &AccountId) -> DispatchResult {
        Delegated::migrate_nominator_to_agent(pool, reward_account)
    }
    fn migrate_delegation(
        pool: Pool<AccountId>,
        delegator: Member<AccountId>,
        value: Balance,
    ) -> DispatchResult {
        Delegated::migrate_delegation(pool, delegator, value)
    }
    #[cfg(feature = "runtime-benchmarks")]
    fn remove_as_agent(pool: Pool<AccountId>) {
        Delegated::remove_as_agent(pool);
    }
}
