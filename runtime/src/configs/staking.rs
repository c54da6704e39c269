//! Classic staking with elections on the chain.
//!
//! Nothing is minted here: an era pays `()`. What stakers earn comes from the emission's budgets, which are wired with
//! the issue on rewards; until then validators earn their half of the fees.

use crate::{
    AccountId, Balance, Balances, Runtime, RuntimeEvent, RuntimeHoldReason, Session, Staking, Timestamp,
};
use frame_election_provider_support::{
    bounds::{ElectionBounds, ElectionBoundsBuilder},
    onchain, SequentialPhragmen,
};
use frame_support::{
    parameter_types,
    traits::{ConstBool, ConstU32, Nothing},
};
use frame_system::EnsureRoot;
use pallet_governance::{BondingEras, SessionsPerEra, SlashDeferEras};
use sp_runtime::Perbill;

/// Validators that an election may return.
pub type MaxValidators = ConstU32<300>;

parameter_types! {
    /// What one election looks at. Elections run inside a block, so the electorate is bounded.
    pub ElectionLimits: ElectionBounds = ElectionBoundsBuilder::default()
        .voters_count(1_000.into())
        .targets_count(300.into())
        .build();
}

/// Elects on the chain, by sequential Phragmén.
pub struct OnChainPhragmen;

impl onchain::Config for OnChainPhragmen {
    type System = Runtime;
    type Solver = SequentialPhragmen<AccountId, Perbill>;
    type DataProvider = Staking;
    type WeightInfo = frame_election_provider_support::weights::SubstrateWeight<Runtime>;
    type Bounds = ElectionLimits;
    type MaxBackersPerWinner = ConstU32<1_000>;
    type MaxWinnersPerPage = MaxValidators;
    type Sort = ConstBool<true>;
}

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
    type Reward = ();
    type SessionsPerEra = SessionsPerEra<Runtime>;
    type BondingDuration = BondingEras<Runtime>;
    type SlashDeferDuration = SlashDeferEras<Runtime>;
    type AdminOrigin = EnsureRoot<AccountId>;
    type SessionInterface = Self;
    type EraPayout = ();
    type NextNewSession = Session;
    type MaxExposurePageSize = ConstU32<256>;
    type MaxValidatorSet = MaxValidators;
    type VoterList = pallet_staking::UseNominatorsAndValidatorsMap<Self>;
    type TargetList = pallet_staking::UseValidatorsMap<Self>;
    type MaxUnlockingChunks = ConstU32<32>;
    type MaxControllersInDeprecationBatch = ConstU32<100>;
    type EventListeners = ();
    type Filter = Nothing;
    type BenchmarkingConfig = BenchmarkSize;
    type WeightInfo = pallet_staking::weights::SubstrateWeight<Runtime>;
}
