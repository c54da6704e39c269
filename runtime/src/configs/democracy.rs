//! Votes and what they decide: referenda on tracks, votes weighed by stake, the treasury, bounties.

use super::{agenda::PatientScheduler, governance::TreasuryAccount};
use crate::{
    constants::{
        currency::{deposit, MILLISOUK, SOUK},
        time::DAYS,
    },
    weights::Weights,
    AccountId, Balance, Balances, BlockNumber, Bounties, Preimage, Referenda, Runtime, RuntimeCall,
    RuntimeEvent, RuntimeOrigin, System,
};
use frame_support::{
    parameter_types,
    traits::{
        fungible::Inspect,
        tokens::{PayFromAccount, UnityAssetBalanceConversion},
        AsEnsureOriginWithArg, ConstU32, EitherOf, Get,
    },
    weights::Weight,
    PalletId,
};
use frame_system::{EnsureRoot, EnsureRootWithSuccess, EnsureSigned};
use pallet_governance::{
    voting_weights::VotingWeights, Electorate, EnsureCanceller, EnsureKiller, EnsureTreasurer,
    EnsureWhitelisted, Spender, Tracks, UndecidingTimeout, VoteLockingPeriod, VotingPower,
};
use sp_runtime::{traits::IdentityLookup, Perbill, Permill};

parameter_types! {
    /// Deposit of a referendum's submission: returned when it was approved or cancelled, and never when it was rejected or
    /// timed out. So it is the price of an attempt, small enough for anyone.
    pub const SubmissionDeposit: Balance = SOUK;
    /// Blocks between two looks at a referendum. More than one would put the alarms of several blocks into one agenda of the
    /// scheduler, see [`PatientScheduler`].
    pub const AlarmInterval: BlockNumber = 1;
}

/// What may vote altogether: all that exists, without what is marked as inactive.
pub struct ActiveIssuance;
impl Get<Balance> for ActiveIssuance {
    fn get() -> Balance {
        Balances::active_issuance()
    }
}

impl pallet_referenda::Config for Runtime {
    type RuntimeCall = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type Scheduler = PatientScheduler;
    type Currency = Balances;
    type SubmitOrigin = AsEnsureOriginWithArg<EnsureSigned<AccountId>>;
    type CancelOrigin = EitherOf<EnsureRoot<AccountId>, EnsureCanceller>;
    type KillOrigin = EitherOf<EnsureRoot<AccountId>, EnsureKiller>;
    // A killed referendum's deposits are burnt.
    type Slash = ();
    type Votes = pallet_conviction_voting::VotesOf<Runtime>;
    type Tally = pallet_conviction_voting::TallyOf<Runtime>;
    type SubmissionDeposit = SubmissionDeposit;
    type MaxQueued = ConstU32<100>;
    type UndecidingTimeout = UndecidingTimeout<Runtime>;
    type AlarmInterval = AlarmInterval;
    type Tracks = Tracks<Runtime>;
    type Preimages = Preimage;
    type BlockNumberProvider = System;
    type WeightInfo = pallet_referenda::weights::SubstrateWeight<Runtime>;
}

impl pallet_conviction_voting::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type Currency = Electorate<Balances, VotingPower<Runtime>>;
    type Polls = Referenda;
    type MaxTurnout = ActiveIssuance;
    type MaxVotes = ConstU32<512>;
    type VoteLockingPeriod = VoteLockingPeriod<Runtime>;
    type BlockNumberProvider = System;
    type VotingHooks = ();
    type WeightInfo = VotingWeights<
        pallet_conviction_voting::weights::SubstrateWeight<Runtime>,
        pallet_governance::weights::SubstrateWeight<Runtime>,
    >;
}

parameter_types! {
    /// How long a whitelisted call waits for the committee after the vote.
    pub const DeferredExpiration: BlockNumber = 7 * DAYS;
    /// How long a motion of the technical committee is open.
    pub const MotionDuration: BlockNumber = 3 * DAYS;
    /// What a motion may weigh.
    pub MotionWeight: Weight = Perbill::from_percent(50) * Weights::get().max_block;
}

/// The technical committee: people who know the code. Alone it decides nothing; two thirds of it make a call eligible for
/// the fast track, where the electorate votes.
pub type TechnicalMajority =
    pallet_collective::EnsureProportionAtLeast<AccountId, TechnicalCommitteeInstance, 2, 3>;
/// Its instance.
pub type TechnicalCommitteeInstance = pallet_collective::Instance1;

impl pallet_collective::Config<TechnicalCommitteeInstance> for Runtime {
    type RuntimeOrigin = RuntimeOrigin;
    type Proposal = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type MotionDuration = MotionDuration;
    type MaxProposals = ConstU32<20>;
    type MaxMembers = ConstU32<21>;
    type DefaultVote = pallet_collective::MoreThanMajorityThenPrimeDefaultVote;
    type SetMembersOrigin = EnsureRoot<AccountId>;
    type MaxProposalWeight = MotionWeight;
    type DisapproveOrigin = EnsureRoot<AccountId>;
    type KillOrigin = EnsureRoot<AccountId>;
    type Consideration = ();
    type WeightInfo = pallet_collective::weights::SubstrateWeight<Runtime>;
}

impl pallet_whitelist::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type WhitelistOrigin = EitherOf<EnsureRoot<AccountId>, TechnicalMajority>;
    type DispatchWhitelistedOrigin = EitherOf<EnsureRoot<AccountId>, EnsureWhitelisted>;
    type Preimages = Preimage;
    type DeferredDispatchExpiration = DeferredExpiration;
    type BlockNumberProvider = System;
    type WeightInfo = pallet_whitelist::weights::SubstrateWeight<Runtime>;
}

parameter_types! {
    /// How often the treasury looks at bounties to fund.
    pub const SpendPeriod: BlockNumber = DAYS;
    /// Nothing is burnt of what it didn't spend.
    pub const NoBurn: Permill = Permill::zero();
    /// Root of its account.
    pub const TreasuryPalletId: PalletId = PalletId(*b"py/trsry");
    /// In which an approved spend must be claimed.
    pub const PayoutPeriod: BlockNumber = 30 * DAYS;
    /// What root may spend at once: everything.
    pub const Everything: Balance = Balance::MAX;
}

impl pallet_treasury::Config for Runtime {
    type Currency = Balances;
    type RejectOrigin = EitherOf<EnsureRoot<AccountId>, EnsureTreasurer>;
    type RuntimeEvent = RuntimeEvent;
    type SpendPeriod = SpendPeriod;
    type Burn = NoBurn;
    type PalletId = TreasuryPalletId;
    type BurnDestination = ();
    type WeightInfo = pallet_treasury::weights::SubstrateWeight<Runtime>;
    type SpendFunds = Bounties;
    type MaxApprovals = ConstU32<100>;
    type SpendOrigin = EitherOf<EnsureRootWithSuccess<AccountId, Everything>, Spender>;
    type AssetKind = ();
    type Beneficiary = AccountId;
    type BeneficiaryLookup = IdentityLookup<AccountId>;
    type Paymaster = PayFromAccount<Balances, TreasuryAccount>;
    type BalanceConverter = UnityAssetBalanceConversion;
    type PayoutPeriod = PayoutPeriod;
    type BlockNumberProvider = System;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = ();
}

parameter_types! {
    /// Deposit of a proposed bounty.
    pub const BountyDeposit: Balance = deposit(1, 0) + SOUK;
    /// Between a bounty's award and its claim.
    pub const BountyPayoutDelay: BlockNumber = 2 * DAYS;
    /// In which a curator must report.
    pub const BountyUpdatePeriod: BlockNumber = 90 * DAYS;
    /// A curator's deposit, as a share of its fee.
    pub const CuratorDepositShare: Permill = Permill::from_percent(50);
    /// At least.
    pub const CuratorDepositLow: Option<Balance> = Some(SOUK);
    /// At most.
    pub const CuratorDepositHigh: Option<Balance> = Some(1_000 * SOUK);
    /// The least that a bounty is worth.
    pub const BountyMinimum: Balance = 10 * SOUK;
    /// The least that a part of one is worth.
    pub const ChildBountyMinimum: Balance = SOUK;
    /// Deposit for each byte of a description.
    pub const DescriptionByte: Balance = MILLISOUK;
}

impl pallet_bounties::Config for Runtime {
    type BountyDepositBase = BountyDeposit;
    type BountyDepositPayoutDelay = BountyPayoutDelay;
    type BountyUpdatePeriod = BountyUpdatePeriod;
    type CuratorDepositMultiplier = CuratorDepositShare;
    type CuratorDepositMax = CuratorDepositHigh;
    type CuratorDepositMin = CuratorDepositLow;
    type BountyValueMinimum = BountyMinimum;
    type DataDepositPerByte = DescriptionByte;
    type RuntimeEvent = RuntimeEvent;
    type MaximumReasonLength = ConstU32<4_096>;
    type WeightInfo = pallet_bounties::weights::SubstrateWeight<Runtime>;
    type ChildBountyManager = crate::ChildBounties;
    type OnSlash = crate::Treasury;
    type TransferAllAssets = pallet_bounties::TransferFungible<AccountId, Balances>;
}

impl pallet_child_bounties::Config for Runtime {
    type MaxActiveChildBountyCount = ConstU32<20>;
    type ChildBountyValueMinimum = ChildBountyMinimum;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_child_bounties::weights::SubstrateWeight<Runtime>;
}
