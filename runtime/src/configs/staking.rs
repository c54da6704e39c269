//! Classic staking with elections on the chain, a sorted list of voters, and pools for those with less.
//!
//! Nothing is minted here: stakers earn what the emission's budget brings ([`super::emission`]), and validators half of
//! the fees.

use super::{
    emission::EraPot,
    stake::{PoolStake, StakeWatch, WatchedVoters},
};
use crate::{
    AccountId, Balance, Balances, DelegatedStaking, NominationPools, Runtime, RuntimeEvent,
    RuntimeFreezeReason, RuntimeHoldReason, Session, Staking, System, Timestamp,
};
use frame_election_provider_support::{
    bounds::{ElectionBounds, ElectionBoundsBuilder},
    onchain, BalancingConfig, SequentialPhragmen, VoteWeight,
};
use frame_support::{
    parameter_types,
    traits::{ConstBool, ConstU32, ConstU8, EitherOf},
    PalletId,
};
use frame_system::EnsureRoot;
use pallet_governance::{BondingEras, EnsureStakingAdmin, SessionsPerEra, SlashDeferEras};
use sp_core::U256;
use sp_runtime::{traits::Convert, FixedU128, Perbill, SaturatedConversion};

/// Validators that an election may return.
pub type MaxValidators = ConstU32<300>;

/// Voters that an election looks at: those with the most stake, by the bags.
pub const MAX_VOTERS: u32 = 2_000;

/// Candidates that may stand for election. Genesis makes staking refuse more: with one more than an election looks at,
/// there would be no election any more.
pub const MAX_CANDIDATES: u32 = 1_000;

parameter_types! {
    /// What one election looks at. Elections run inside a block, so the electorate is bounded.
    pub ElectionLimits: ElectionBounds = ElectionBoundsBuilder::default()
        .voters_count(MAX_VOTERS.into())
        .targets_count(MAX_CANDIDATES.into())
        .build();
}

parameter_types! {
    /// Rounds in which voters' stake is moved to those of their candidates who have least. It backs the weakest validator
    /// with nearly half as much again, and an attacker buys the weakest ones (docs/performance.md, "Era change").
    pub EvenedOut: Option<BalancingConfig> = Some(BalancingConfig { iterations: 10, tolerance: 0 });
}

/// Elects on the chain, by sequential Phragmén.
pub struct OnChainPhragmen;

impl onchain::Config for OnChainPhragmen {
    type System = Runtime;
    type Solver = SequentialPhragmen<AccountId, Perbill, EvenedOut>;
    type DataProvider = Staking;
    type WeightInfo = frame_election_provider_support::weights::SubstrateWeight<Runtime>;
    type Bounds = ElectionLimits;
    type MaxBackersPerWinner = ConstU32<MAX_VOTERS>;
    type MaxWinnersPerPage = MaxValidators;
    type Sort = ConstBool<true>;
}

/// Who sets the least commission and the pools' limits, and cancels slashes: governance. The validators' numbers and the
/// least bonds are root's.
pub type StakingAdmin = EitherOf<EnsureRoot<AccountId>, EnsureStakingAdmin>;

/// How large the benchmarks' elections are.
pub struct BenchmarkSize;

impl pallet_staking::BenchmarkingConfig for BenchmarkSize {
    type MaxValidators = ConstU32<300>;
    type MaxNominators = ConstU32<700>;
}

impl pallet_staking::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type OldCurrency = Balances;
    type Currency = Balances;
    type CurrencyBalance = Balance;
    type CurrencyToVote = sp_staking::currency_to_vote::U128CurrencyToVote;
    type UnixTime = Timestamp;
    type ElectionProvider = onchain::OnChainExecution<OnChainPhragmen>;
    type GenesisElectionProvider = Self::ElectionProvider;
    type NominationsQuota = pallet_staking::FixedNominationsQuota<16>;
    type HistoryDepth = ConstU32<84>;
    type RewardRemainder = ();
    // What is slashed is burnt.
    type Slash = ();
    type Reward = EraPot;
    type SessionsPerEra = SessionsPerEra<Runtime>;
    type BondingDuration = BondingEras<Runtime>;
    type SlashDeferDuration = SlashDeferEras<Runtime>;
    type AdminOrigin = StakingAdmin;
    type SessionInterface = Self;
    type EraPayout = EraPot;
    type NextNewSession = Session;
    type MaxExposurePageSize = ConstU32<256>;
    type MaxValidatorSet = MaxValidators;
    type VoterList = WatchedVoters;
    type TargetList = pallet_staking::UseValidatorsMap<Self>;
    type MaxUnlockingChunks = ConstU32<32>;
    type MaxControllersInDeprecationBatch = ConstU32<100>;
    type EventListeners = (NominationPools, DelegatedStaking, StakeWatch);
    type Filter = pallet_nomination_pools::AllPoolMembers<Self>;
    type BenchmarkingConfig = BenchmarkSize;
    type WeightInfo = pallet_staking::weights::SubstrateWeight<Runtime>;
}

/// Upper bounds of the bags: the electorate is read from the top, so that many small nominators can't crowd out those
/// with more at stake. The ratio of two bounds is 5 to 4.
const BAGS: [VoteWeight; BAG_COUNT] = bags();
/// Bags up to the largest weight, the last of which has no upper bound of its own.
const BAG_COUNT: usize = 195;

const fn bags() -> [VoteWeight; BAG_COUNT] {
    let mut bounds = [0; BAG_COUNT];
    let mut bound: u128 = 4;
    let mut index = 0;
    while index < BAG_COUNT {
        bounds[index] = bound as VoteWeight;
        bound = bound * 5 / 4;
        index += 1;
    }
    assert!(bounds[BAG_COUNT - 1] > VoteWeight::MAX / 2 && bound > VoteWeight::MAX as u128);
    bounds
}

parameter_types! {
    /// [`BAGS`] as the list reads them.
    pub const BagBounds: &'static [VoteWeight] = &BAGS;
    /// Root of the pools' accounts.
    pub const PoolsPalletId: PalletId = PalletId(*b"souk/npl");
    /// Root of the accounts that delegated stake passes through.
    pub const DelegatedPalletId: PalletId = PalletId(*b"souk/dlg");
    /// Part of a pool member's slash for who brings it up.
    pub const PoolSlashReward: Perbill = Perbill::from_percent(1);
}

impl pallet_bags_list::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type ScoreProvider = Staking;
    type BagThresholds = BagBounds;
    type MaxAutoRebagPerBlock = ConstU32<8>;
    type Score = VoteWeight;
    type WeightInfo = pallet_bags_list::weights::SubstrateWeight<Runtime>;
}

impl pallet_delegated_staking::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type PalletId = DelegatedPalletId;
    type Currency = Balances;
    // What is slashed is burnt.
    type OnSlash = ();
    type SlashRewardFraction = PoolSlashReward;
    type RuntimeHoldReason = RuntimeHoldReason;
    type CoreStaking = Staking;
}

/// A balance as a wide number.
pub struct Widen;
impl Convert<Balance, U256> for Widen {
    fn convert(amount: Balance) -> U256 {
        amount.into()
    }
}

/// A wide number as a balance, saturating.
pub struct Narrow;
impl Convert<U256, Balance> for Narrow {
    fn convert(amount: U256) -> Balance {
        amount.saturated_into()
    }
}

impl pallet_nomination_pools::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type Currency = Balances;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type RewardCounter = FixedU128;
    type PalletId = PoolsPalletId;
    type MaxPointsToBalance = ConstU8<10>;
    type MaxUnbonding = ConstU32<8>;
    type BalanceToU256 = Widen;
    type U256ToBalance = Narrow;
    type StakeAdapter = PoolStake;
    // More than the eras of bonding in production, by four.
    type MaxUnbondingPools = ConstU32<32>;
    type MaxMetadataLen = ConstU32<256>;
    type AdminOrigin = StakingAdmin;
    type BlockNumberProvider = System;
    type Filter = pallet_staking::AllStakers<Runtime>;
    type WeightInfo = pallet_nomination_pools::weights::SubstrateWeight<Runtime>;
}
