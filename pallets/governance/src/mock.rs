//! A runtime with this pallet, two parameters, real money and real referenda; what is at stake is on hold, by script.

use crate::{
    self as pallet_governance,
    ports::{Payable, Stakes},
    Source,
};
use alloc::{collections::BTreeMap, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
    derive_impl,
    dynamic_params::{dynamic_pallet_params, dynamic_params},
    parameter_types,
    traits::{
        fungible::{InspectHold, MutateHold},
        schedule::DispatchTime,
        tokens::Precision,
        AsEnsureOriginWithArg, ConstU128, ConstU32, ConstU64, Currency, Hooks, StorePreimage,
        TotalIssuanceOf, VariantCount,
    },
    weights::Weight,
};
use frame_system::{EnsureRoot, EnsureSigned};
use pallet_conviction_voting::{AccountVote, Conviction, Vote};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use souk_pallet_support::{
    money,
    watched::{HoldWatch, Watched},
};
use souk_primitives::{Balance, SOUK};
use sp_runtime::{BuildStorage, DispatchResult};

pub const ALICE: u64 = 1;
pub const BOB: u64 = 2;
pub const CAROL: u64 = 3;
pub const DAVE: u64 = 4;
/// Submits referenda, has no stake and much money.
pub const CLERK: u64 = 9;

/// What ALICE to DAVE have, in units.
pub const ENDOWED: Balance = 1_000 * SOUK;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Parameters: pallet_parameters,
        Balances: pallet_balances,
        Preimage: pallet_preimage,
        Scheduler: pallet_scheduler,
        Referenda: pallet_referenda,
        Voting: pallet_conviction_voting,
        Governance: pallet_governance,
    }
);

#[dynamic_params(RuntimeParameters, pallet_parameters::Parameters::<Test>)]
pub mod params {
    use super::*;

    #[dynamic_pallet_params]
    #[codec(index = 0)]
    pub mod audit {
        #[codec(index = 0)]
        pub static Window: u32 = 16;
        #[codec(index = 1)]
        pub static Commit: u32 = 20;
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Overrides {
    pub window: Option<u32>,
}

impl From<Overrides> for Vec<RuntimeParameters> {
    fn from(o: Overrides) -> Self {
        use params::audit;
        // A key without a value must leave the default alone.
        alloc::vec![
            RuntimeParameters::Audit(audit::Parameters::Window(audit::Window, o.window)),
            RuntimeParameters::Audit(audit::Parameters::Commit(audit::Commit, None)),
        ]
    }
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Test>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

impl pallet_parameters::Config for Test {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeParameters = RuntimeParameters;
    type AdminOrigin = AsEnsureOriginWithArg<EnsureRoot<u64>>;
    type WeightInfo = ();
}

/// Why money is on hold.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum Reason {
    Stake,
    /// Paid to others by force.
    Market,
}

impl VariantCount for Reason {
    const VARIANT_COUNT: u32 = 2;
}

pub struct MarketHolds;
impl Payable<u64> for MarketHolds {
    fn payable(who: &u64) -> Balance {
        Balances::balance_on_hold(&Reason::Market, who)
    }
}
impl HoldWatch<u64> for MarketHolds {
    fn changed(who: &u64) {
        Governance::relock(who);
    }
}

/// What the market pays with.
pub type MarketMoney = Watched<Balances, MarketHolds>;

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = Balance;
    type AccountStore = System;
    type ExistentialDeposit = ConstU128<1>;
    type MaxLocks = ConstU32<8>;
    type RuntimeHoldReason = Reason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
}

impl pallet_preimage::Config for Test {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
    type Currency = Balances;
    type ManagerOrigin = EnsureRoot<u64>;
    type Consideration = ();
}

parameter_types! {
    pub const BlockWeight: Weight = Weight::from_parts(1_000_000_000_000, u64::MAX);
    pub static Halted: bool = false;
    pub static Era: u32 = 0;
    pub static Active: BTreeMap<(Source, u64), Balance> = BTreeMap::new();
    pub static MaxStale: u32 = 8;
    /// What an idle block may use.
    pub static Idle: Weight = Weight::MAX;
}

impl pallet_scheduler::Config for Test {
    type RuntimeOrigin = RuntimeOrigin;
    type RuntimeEvent = RuntimeEvent;
    type PalletsOrigin = OriginCaller;
    type RuntimeCall = RuntimeCall;
    type MaximumWeight = BlockWeight;
    type ScheduleOrigin = EnsureRoot<u64>;
    type OriginPrivilegeCmp = frame_support::traits::EqualPrivilegeOnly;
    type MaxScheduledPerBlock = ConstU32<64>;
    type WeightInfo = ();
    type Preimages = Preimage;
    type BlockNumberProvider = System;
}

impl pallet_referenda::Config for Test {
    type RuntimeCall = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
    type Scheduler = Scheduler;
    type Currency = Balances;
    type SubmitOrigin = AsEnsureOriginWithArg<EnsureSigned<u64>>;
    type CancelOrigin = pallet_governance::EnsureCanceller;
    type KillOrigin = pallet_governance::EnsureKiller;
    type Slash = ();
    type Votes = pallet_conviction_voting::VotesOf<Test>;
    type Tally = pallet_conviction_voting::TallyOf<Test>;
    type SubmissionDeposit = ConstU128<SOUK>;
    type MaxQueued = ConstU32<20>;
    type UndecidingTimeout = pallet_governance::UndecidingTimeout<Test>;
    type AlarmInterval = ConstU64<1>;
    type Tracks = pallet_governance::Tracks<Test>;
    type Preimages = Preimage;
    type BlockNumberProvider = System;
}

impl pallet_conviction_voting::Config for Test {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
    type Currency = pallet_governance::Electorate<Balances, pallet_governance::VotingPower<Test>>;
    type Polls = Referenda;
    type MaxTurnout = TotalIssuanceOf<Balances, u64>;
    type MaxVotes = ConstU32<16>;
    type VoteLockingPeriod = pallet_governance::VoteLockingPeriod<Test>;
    type BlockNumberProvider = System;
    type VotingHooks = ();
}

pub struct Script;
impl Stakes<u64> for Script {
    fn active(source: Source, who: &u64) -> Balance {
        Active::get().get(&(source, *who)).copied().unwrap_or_default()
    }
}

impl pallet_governance::Config for Test {
    type GenesisParameters = Overrides;
    type Halted = Halted;
    type Era = Era;
    type Stakes = Script;
    type PayableHolds = MarketHolds;
    type EmergencyOrigin = pallet_governance::EnsureEmergency;
    type MaxHold = ConstU32<20>;
    type MaxStale = MaxStale;
    type WeightInfo = ();
}

pub fn externalities(timing: pallet_governance::Timing, overrides: Overrides) -> sp_io::TestExternalities {
    let people = [ALICE, BOB, CAROL, DAVE].map(|who| (who, ENDOWED));
    RuntimeGenesisConfig {
        governance: pallet_governance::GenesisConfig { timing, parameters: overrides },
        balances: pallet_balances::GenesisConfig {
            balances: people.into_iter().chain([(CLERK, 100_000 * SOUK)]).collect(),
            ..Default::default()
        },
        ..Default::default()
    }
    .build_storage()
    .unwrap()
    .into()
}

/// Runs a test from block 1 of a fast chain on, and checks the invariants after it.
pub fn run(test: impl FnOnce()) {
    externalities(pallet_governance::Timing::FAST, Overrides::default()).execute_with(|| {
        System::set_block_number(1);
        test();
        Governance::do_try_state().unwrap();
    });
}

pub fn signed(who: u64) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

/// Makes what `who` has at stake in a source `amount` units, and tells nobody.
pub fn stake_silently(source: Source, who: u64, amount: Balance) {
    Active::mutate(|active| active.insert((source, who), amount));
    let staked = Source::ALL.map(|source| Script::active(source, &who)).iter().sum::<Balance>();
    let held = Balances::balance_on_hold(&Reason::Stake, &who);
    if staked > held {
        Balances::hold(&Reason::Stake, &who, staked - held).unwrap();
    } else {
        Balances::release(&Reason::Stake, &who, held - staked, Precision::Exact).unwrap();
    }
}

/// Puts free money of `who` on hold in the market.
pub fn hold(who: u64, amount: Balance) -> DispatchResult {
    money::hold_free::<MarketMoney, u64>(&Reason::Market, &who, amount)
}

/// Pays out of that.
pub fn pay(from: u64, to: u64, amount: Balance) -> DispatchResult {
    money::pay_held::<MarketMoney, u64>(&Reason::Market, &from, &to, amount)
}

/// Makes what `who` has at stake in a source `amount` units.
pub fn stake(source: Source, who: u64, amount: Balance) {
    stake_silently(source, who, amount);
    Governance::note_stake(source, &who, amount);
}

/// Burns some of what `who` has at stake in a source, and tells nobody.
pub fn slash(source: Source, who: u64, amount: Balance) {
    let left = Script::active(source, &who).saturating_sub(amount);
    stake_silently(source, who, left);
    let _ = Balances::slash(&who, amount);
}

pub fn pass_eras(eras: u32) {
    Era::mutate(|era| *era += eras);
}

/// `who` with stake that has been warm for long.
pub fn warm(who: u64, amount: Balance) {
    stake(Source::Bond, who, amount);
    pass_eras(2);
}

pub fn next_block() {
    Governance::on_idle(System::block_number(), Idle::get());
    let now = System::block_number() + 1;
    System::set_block_number(now);
    Governance::on_initialize(now);
    Scheduler::on_initialize(now);
}

pub fn run_to(block: u64) {
    while System::block_number() < block {
        next_block();
    }
}

/// Submits a referendum and returns its number.
pub fn submit(origin: impl Into<OriginCaller>, call: impl Into<RuntimeCall>) -> u32 {
    let index = pallet_referenda::ReferendumCount::<Test>::get();
    let proposal = <Preimage as StorePreimage>::bound(call.into()).unwrap();
    Referenda::submit(signed(CLERK), Box::new(origin.into()), proposal, DispatchTime::After(0)).unwrap();
    index
}

/// A poll on the root track, open to votes.
pub fn poll() -> u32 {
    submit(frame_system::RawOrigin::Root, frame_system::Call::remark { remark: vec![] })
}

pub fn standard(aye: bool, conviction: Conviction, balance: Balance) -> AccountVote<Balance> {
    AccountVote::Standard { vote: Vote { aye, conviction }, balance }
}

pub fn vote(who: u64, poll: u32, vote: AccountVote<Balance>) -> DispatchResult {
    Voting::vote(signed(who), poll, vote)
}

/// Ayes, nays and support of an ongoing poll.
pub fn tally(poll: u32) -> (Balance, Balance, Balance) {
    let tally = Referenda::ensure_ongoing(poll).unwrap().tally;
    (tally.ayes, tally.nays, tally.support)
}

pub fn events() -> Vec<crate::Event<Test>> {
    System::events()
        .into_iter()
        .filter_map(|record| match record.event {
            RuntimeEvent::Governance(event) => Some(event),
            _ => None,
        })
        .collect()
}
