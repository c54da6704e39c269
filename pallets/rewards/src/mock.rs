//! A runtime with balances, the real `pallet-dap` and this pallet; providers, audits and specs are scripted. What the
//! ports keep is in storage, so that a refused call leaves no trace there either.

use crate::{
    self as pallet_rewards,
    ports::{Audits, Offer, Providers, Specs, Standing},
    types::{Pot, Role},
    Dap, ProviderBudget, PublisherBudget,
};
use frame_support::{
    derive_impl,
    dispatch::DispatchResult,
    parameter_types, storage_alias,
    traits::{
        fungible::{Inspect, Mutate, MutateHold},
        tokens::Preservation,
        ConstU128, Get, Hooks, Time,
    },
    weights::Weight,
    Blake2_128Concat, PalletId,
};
use frame_system::EnsureRoot;
use souk_primitives::{
    batch::Batch, call::Prices, close::CloseReason, exam, AccountId, Balance, BatchId, BlockNumber, Digest,
    SpecId, SOUK,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchError, Perbill, Permill};
use sp_staking::budget::{BudgetKey, BudgetRecipient, IssuanceCurve};

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Emission: pallet_dap,
        Rewards: pallet_rewards,
    }
);

pub const PROVIDER: AccountId = AccountId::new([1; 32]);
/// Whose sidecar PROVIDER is.
pub const VALIDATOR: AccountId = AccountId::new([2; 32]);
/// Owner of SPEC.
pub const OWNER: AccountId = AccountId::new([3; 32]);
/// Serves as well, for VALIDATOR too.
pub const RIVAL: AccountId = AccountId::new([4; 32]);
/// Has no account.
pub const NOBODY: AccountId = AccountId::new([5; 32]);
pub const STRANGER: AccountId = AccountId::new([6; 32]);
/// Of the prepaid reports.
pub const AUDIT_POT: AccountId = AccountId::new([7; 32]);
pub const TREASURY: AccountId = AccountId::new([8; 32]);

pub const SPEC: SpecId = [10; 32];
pub const OTHER_SPEC: SpecId = [11; 32];

pub const ED: Balance = SOUK / 1_000;
pub const RICH: Balance = 10_000 * SOUK;
pub const BOND: Balance = 1_000 * SOUK;
pub const COST: Balance = SOUK / 50;
pub const PRICES: Prices = Prices { per_1k_input: 2 * SOUK, per_1k_output: 6 * SOUK };
/// Price index of [`PRICES`].
pub const INDEX: Balance = 3 * SOUK;
pub const CAPACITY: u32 = 100;
/// 100 tokens a second for 30 seconds, by 64.
pub const QUESTIONS: u32 = 47;
pub const WINDOW: BlockNumber = 10;
pub const EPOCH_BLOCKS: BlockNumber = 40;
/// Minted in an epoch.
pub const MINTED: Balance = 100 * SOUK;

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = Balance;
    type AccountStore = System;
    type ExistentialDeposit = ConstU128<ED>;
    type RuntimeHoldReason = u8;
    type RuntimeFreezeReason = ();
}

#[storage_alias]
pub type Now = StorageValue<Mock, BlockNumber, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type ParentVrf = StorageValue<Mock, Digest>;
/// Validator, active bond, and whether it serves.
#[storage_alias]
pub type Bonds = StorageMap<Mock, Blake2_128Concat, AccountId, (AccountId, Balance, bool)>;
#[storage_alias]
pub type Offers = StorageMap<Mock, Blake2_128Concat, (AccountId, SpecId), (Prices, u32)>;
/// Live block in which an offer was changed.
#[storage_alias]
pub type Since = StorageMap<
    Mock,
    Blake2_128Concat,
    (AccountId, SpecId),
    BlockNumber,
    frame_support::pallet_prelude::ValueQuery,
>;
/// Nobody can open a channel on these.
#[storage_alias]
pub type Shut = StorageMap<Mock, Blake2_128Concat, SpecId, BlockNumber>;
#[storage_alias]
pub type Proven = StorageMap<Mock, Blake2_128Concat, (AccountId, SpecId), u32>;
#[storage_alias]
pub type Owners = StorageMap<Mock, Blake2_128Concat, SpecId, AccountId>;
#[storage_alias]
pub type Unaudited = StorageMap<Mock, Blake2_128Concat, SpecId, ()>;
#[storage_alias]
pub type Committed = StorageValue<Mock, Vec<Batch>, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type AuditsFull = StorageValue<Mock, bool, frame_support::pallet_prelude::ValueQuery>;

parameter_types! {
    pub const RewardsId: PalletId = PalletId(*b"souk/rew");
    pub const DapId: PalletId = PalletId(*b"souk/dap");
    pub storage Kappa: Permill = Permill::from_percent(50);
    pub storage ProviderKey: Permill = Permill::from_percent(60);
    pub storage Commission: Permill = Permill::from_percent(10);
    pub storage YearlyCap: Permill = Permill::from_percent(10);
    pub storage ExamEvery: u32 = 2;
    pub storage HistoryDepth: u32 = 10;
    pub const ExamSeconds: u32 = 30;
    pub const Window: BlockNumber = WINDOW;
    pub const EpochBlocks: BlockNumber = EPOCH_BLOCKS;
    pub const SafetyFactor: u32 = 3;
    pub const PriceBand: Permill = Permill::from_percent(25);
    /// A day.
    pub const MillisPerEpoch: u64 = 86_400_000;
}

pub struct LiveClock;
impl Get<BlockNumber> for LiveClock {
    fn get() -> BlockNumber {
        Now::get()
    }
}

pub struct Vrf;
impl Get<Option<Digest>> for Vrf {
    fn get() -> Option<Digest> {
        ParentVrf::get()
    }
}

/// A millisecond a live block.
impl Time for LiveClock {
    type Moment = u64;
    fn now() -> u64 {
        Now::get().into()
    }
}

/// [`MINTED`] an epoch.
pub struct Curve;
impl IssuanceCurve<Balance> for Curve {
    fn issue(_: Balance, elapsed: u64) -> Balance {
        MINTED * Balance::from(elapsed) / Balance::from(EPOCH_BLOCKS)
    }
}

pub struct TreasuryBudget;
impl BudgetRecipient<AccountId> for TreasuryBudget {
    fn budget_key() -> BudgetKey {
        BudgetKey::truncate_from(b"treasury".to_vec())
    }
    fn pot_account() -> AccountId {
        TREASURY
    }
}

impl pallet_dap::Config for Test {
    type Currency = Balances;
    type PalletId = DapId;
    type IssuanceCurve = Curve;
    type BudgetRecipients = (ProviderBudget<Test>, PublisherBudget<Test>, TreasuryBudget);
    type Time = LiveClock;
    type IssuanceCadence = frame_support::traits::ConstU64<0>;
    type MaxElapsedPerDrip = frame_support::traits::ConstU64<1_000>;
    type BudgetOrigin = EnsureRoot<AccountId>;
    type WeightInfo = ();
}

pub struct Book;
impl Providers for Book {
    fn standing(provider: &AccountId) -> Option<Standing> {
        Bonds::get(provider).map(|(validator, bond, serves)| Standing { validator, bond, serves })
    }
    fn offer(provider: &AccountId, spec: &SpecId) -> Option<Offer> {
        let key = (provider.clone(), *spec);
        Offers::get(&key).map(|(prices, capacity)| Offer { prices, capacity, since: Since::get(&key) })
    }
    fn serving(provider: &AccountId) -> Vec<SpecId> {
        [SPEC, OTHER_SPEC].into_iter().filter(|spec| Self::offer(provider, spec).is_some()).collect()
    }
    fn is_for_hire(_: &AccountId, spec: &SpecId, since: BlockNumber) -> bool {
        Shut::get(spec).is_none_or(|at| at >= since)
    }
    fn is_audited(_: &AccountId, spec: &SpecId) -> bool {
        !Unaudited::contains_key(spec)
    }
    fn set_proven(provider: &AccountId, spec: &SpecId, capacity: u32) {
        Proven::insert((provider.clone(), *spec), capacity);
    }
    fn compound(provider: &AccountId, amount: Balance) -> DispatchResult {
        let (validator, bond, serves) = Bonds::get(provider).ok_or(DispatchError::Other("no provider"))?;
        Balances::hold(&0, provider, amount)?;
        // Only now: a claim that goes on must have undone the hold.
        frame_support::ensure!(serves, DispatchError::Other("leaving"));
        Bonds::insert(provider, (validator, bond + amount, serves));
        Ok(())
    }
}

impl Audits for Book {
    fn commit(batch: &Batch) -> DispatchResult {
        frame_support::ensure!(!AuditsFull::get(), DispatchError::Other("audits are full"));
        Committed::append(batch);
        Ok(())
    }
    fn prepay(_: &SpecId, from: &AccountId, amount: Balance) -> DispatchResult {
        Balances::transfer(from, &AUDIT_POT, amount, Preservation::Preserve).map(|_| ())
    }
    fn report_cost(_: &SpecId) -> Balance {
        COST
    }
}

impl Specs for Book {
    fn owner(spec: &SpecId) -> Option<AccountId> {
        Owners::get(spec)
    }
}

impl pallet_rewards::Config for Test {
    type Currency = Balances;
    type PalletId = RewardsId;
    type Emission = Dap<Test>;
    type Providers = Book;
    type Audits = Book;
    type Stakers = ();
    type Specs = Book;
    type Beacon = Vrf;
    type Clock = LiveClock;
    type EpochBlocks = EpochBlocks;
    type ReferenceOrigin = EnsureRoot<AccountId>;
    type Kappa = Kappa;
    type ProviderKey = ProviderKey;
    type Commission = Commission;
    type YearlyCap = YearlyCap;
    type ExamEvery = ExamEvery;
    type ExamSeconds = ExamSeconds;
    type ExamWindow = Window;
    type SafetyFactor = SafetyFactor;
    type PriceBand = PriceBand;
    type MillisPerEpoch = MillisPerEpoch;
    type HistoryDepth = HistoryDepth;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Book;
}

#[cfg(feature = "runtime-benchmarks")]
impl pallet_rewards::ports::BenchmarkHelper<RuntimeOrigin> for Book {
    fn serve(provider: &AccountId, prices: Prices, capacity: u32) -> SpecId {
        Balances::set_balance(provider, RICH);
        Bonds::insert(provider, (VALIDATOR, BOND, true));
        Offers::insert((provider.clone(), SPEC), (prices, capacity));
        SPEC
    }
    fn referee() -> RuntimeOrigin {
        RuntimeOrigin::root()
    }
    fn set_clock(now: BlockNumber) {
        Now::put(now);
    }
    fn set_vrf(vrf: Digest) {
        ParentVrf::put(vrf);
    }
}

/// What the market's genesis says: a half to the stakers, who are left out here, is the treasury's.
pub fn allocation() -> Vec<(Vec<u8>, Perbill)> {
    [("providers", 25), ("publishers", 10), ("treasury", 65)]
        .map(|(key, percent)| (key.as_bytes().to_vec(), Perbill::from_percent(percent)))
        .to_vec()
}

pub fn genesis(allocation: Vec<(Vec<u8>, Perbill)>) -> sp_io::TestExternalities {
    let rich = [PROVIDER, VALIDATOR, OWNER, RIVAL, STRANGER].map(|who| (who, RICH));
    RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: rich.into_iter().chain([(AUDIT_POT, ED)]).collect(),
            ..Default::default()
        },
        rewards: crate::GenesisConfig { allocation, ..Default::default() },
        ..Default::default()
    }
    .build_storage()
    .unwrap()
    .into()
}

/// Externalities at block 1: two providers serve SPEC of OWNER at its reference price.
pub fn externalities() -> sp_io::TestExternalities {
    let mut externalities = genesis(allocation());
    externalities.execute_with(|| {
        System::set_block_number(1);
        Now::put(1);
        Emission::on_initialize(1);
        for provider in [PROVIDER, RIVAL] {
            Bonds::insert(&provider, (VALIDATOR, BOND, true));
            Offers::insert((provider.clone(), SPEC), (PRICES, CAPACITY));
        }
        Owners::insert(SPEC, OWNER);
        Rewards::set_reference(RuntimeOrigin::root(), SPEC, INDEX).unwrap();
        System::reset_events();
    });
    externalities
}

/// Runs a test and checks the invariants at its end.
pub fn test(run: impl FnOnce()) {
    externalities().execute_with(|| {
        run();
        Rewards::do_try_state().unwrap();
    });
}

pub fn signed(who: &AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who.clone())
}

pub fn free(who: &AccountId) -> Balance {
    Balances::balance(who)
}

/// What a pot has beyond its existential deposit.
pub fn pot(pot: Pot) -> Balance {
    free(&Rewards::pot_account(pot)) - ED
}

pub fn accrued(role: Role, who: &AccountId) -> Balance {
    crate::Records::<Test>::get(role, who).map_or(0, |record| record.accrued)
}

/// The pallet's events since the last call.
pub fn events() -> Vec<crate::Event<Test>> {
    let events = System::events()
        .into_iter()
        .filter_map(|record| match record.event {
            RuntimeEvent::Rewards(event) => Some(event),
            _ => None,
        })
        .collect();
    System::reset_events();
    events
}

/// The next block, with the emission's drip and what idle blocks do.
pub fn next_block() {
    let number = System::block_number() + 1;
    System::set_block_number(number);
    Now::mutate(|now| *now += 1);
    ParentVrf::put(souk_primitives::hash(&[b"vrf", &number.to_le_bytes()]));
    Emission::on_initialize(number);
    Rewards::on_initialize(number);
    Rewards::on_idle(number, Weight::MAX);
}

/// Ends the running epoch, without a block.
pub fn end_epoch() {
    Rewards::epoch_ended(crate::Epoch::<Test>::get());
}

/// A whole epoch: its blocks and its end.
pub fn epoch() {
    for _ in 0..EPOCH_BLOCKS {
        next_block();
    }
    end_epoch();
}

/// A batch of PROVIDER that burnt so much was released.
pub fn trade(burnt: Balance) {
    trade_of(&PROVIDER, burnt);
}

pub fn trade_of(provider: &AccountId, burnt: Balance) {
    Rewards::trade_released(provider, &SPEC, PRICES, burnt * 200, burnt, CloseReason::Valid);
}

/// Goes on until an exam is open. Returns its round and what was drawn.
pub fn open_exam() -> (u32, Digest) {
    for _ in 0..10 * EPOCH_BLOCKS {
        let round = crate::CurrentRound::<Test>::get();
        if let crate::exam::Stage::Open { drawn, .. } = round.stage {
            return (round.epoch, drawn);
        }
        if round.stage == crate::exam::Stage::Waiting {
            end_epoch();
        }
        next_block();
    }
    panic!("no exam")
}

/// Commits to answers of as many tokens as can be.
pub fn commit(who: &AccountId) -> DispatchResult {
    Rewards::commit_exam(signed(who), SPEC, [9; 32], Balance::from(QUESTIONS) * 64, QUESTIONS)
}

/// Id of a provider's exam on a spec in the open round.
pub fn exam_of(who: &AccountId, spec: &SpecId) -> BatchId {
    let (round, drawn) = open_exam();
    exam::exam_id(round, &drawn, who, spec)
}

/// Goes on until the window of the open exam is over, and ends the epoch: so its budget is fixed.
pub fn settle_exam() {
    for _ in 0..=WINDOW {
        next_block();
    }
    end_epoch();
}
