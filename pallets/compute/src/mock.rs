//! A runtime with balances and this pallet; listings, validators and proxies are scripted.

use crate::{
    self as pallet_compute,
    ports::{BondWatch, Links, Listings, Validators},
    types::Seat,
};
use frame_support::{
    derive_impl, parameter_types,
    traits::{
        fungible::{Inspect, InspectHold},
        ConstU128, ConstU32,
    },
    BoundedVec,
};
use frame_system::EnsureRoot;
use souk_primitives::{
    exposure::Chance,
    spec::{NumericClass, Sampler, Spec},
    verdict::Thresholds,
    AccountId, Balance, Digest, ListingId, SpecId, VersionId,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchResult, Permill};

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Compute: pallet_compute,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Test>;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = Balance;
    type AccountStore = System;
    type ExistentialDeposit = ConstU128<10>;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
}

parameter_types! {
    pub static Now: u32 = 1;
    /// Listing 0 with versions `0..=1` belongs to PUBLISHER.
    pub static ListingOwner: Option<AccountId> = Some(PUBLISHER);
    pub static ListingActive: bool = true;
    /// Validators with their stake.
    pub static Stakes: Vec<(AccountId, Balance)> = vec![(VAL, 500), (ver(0), 200), (ver(1), 200), (ver(2), 100)];
    /// Pairs of which one acts for the other.
    pub static Proxies: Vec<(AccountId, AccountId)> = Vec::new();
    pub static StakeShare: Permill = Permill::zero();
    pub static LeastVerifiers: u32 = 3;
    pub static LeastBond: Balance = 1_000;
    pub const Q: Chance = Chance::ONE;
    /// Live block in which the listing was paused, if it is.
    pub static PausedAt: Option<u32> = None;
    /// What the watch was told, in order.
    pub static Watched: Vec<(AccountId, Balance)> = Vec::new();
}

pub struct Book;
impl Listings for Book {
    fn owner(listing: ListingId) -> Option<AccountId> {
        (listing == 0).then(ListingOwner::get).flatten()
    }
    fn manifest(listing: ListingId, version: VersionId) -> Option<Digest> {
        (listing == 0 && version <= 1).then_some([8 + version as u8; 32])
    }
    fn is_active(_: ListingId) -> bool {
        ListingActive::get()
    }
    fn was_active(_: ListingId, at: u32) -> bool {
        ListingActive::get() || PausedAt::get().is_some_and(|since| since >= at)
    }
    fn name(listing: ListingId) -> Option<String> {
        (listing == 0).then(|| "smollm2-135m".into())
    }
}

impl Validators for Book {
    fn current() -> Vec<AccountId> {
        Stakes::get().into_iter().map(|(who, _)| who).collect()
    }
    fn active_stake(stash: &AccountId) -> Balance {
        Stakes::get().iter().find(|(who, _)| who == stash).map_or(0, |(_, stake)| *stake)
    }
    fn total_active_stake() -> Balance {
        Stakes::get().iter().map(|(_, stake)| stake).sum()
    }
}

impl Links for Book {
    fn acts_for(delegate: &AccountId, principal: &AccountId) -> bool {
        Proxies::get().iter().any(|(who, whom)| who == delegate && whom == principal)
    }
}

impl BondWatch for Book {
    fn changed(provider: &AccountId, active: Balance) {
        Watched::mutate(|told| told.push((provider.clone(), active)));
    }
}

impl pallet_compute::Config for Test {
    type BondWatch = Book;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type CalibrationOrigin = EnsureRoot<AccountId>;
    type Listings = Book;
    type Validators = Book;
    type Links = Book;
    type Clock = Now;
    type MinProviderBond = LeastBond;
    type MinVerifierBond = ConstU128<100>;
    type SpecDeposit = ConstU128<500>;
    type DrainNotice = ConstU32<20>;
    type UnbondingPeriod = ConstU32<80>;
    type VerifierNotice = ConstU32<40>;
    type SpecRetention = ConstU32<300>;
    type MinVerifiers = LeastVerifiers;
    type MinVerifierStake = StakeShare;
    type MaxSilence = ConstU32<3>;
    type SafetyFactor = ConstU32<3>;
    type QMin = Q;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Book;
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::ports::BenchmarkHelper<RuntimeOrigin> for Book {
    fn listing(owner: &AccountId) -> ListingId {
        ListingOwner::set(Some(owner.clone()));
        0
    }
    fn make_validator(who: &AccountId) {
        Stakes::mutate(|stakes| stakes.push((who.clone(), 1)));
    }
    fn calibrator() -> RuntimeOrigin {
        RuntimeOrigin::root()
    }
    fn set_clock(now: u32) {
        Now::set(now);
    }
}

pub const PUBLISHER: AccountId = AccountId::new([1; 32]);
pub const PROVIDER: AccountId = AccountId::new([2; 32]);
/// The validator whose sidecar PROVIDER is.
pub const VAL: AccountId = AccountId::new([3; 32]);
pub const CONSUMER: AccountId = AccountId::new([4; 32]);
/// Has next to nothing.
pub const POOR: AccountId = AccountId::new([5; 32]);

/// The n-th validator that audits.
pub const fn ver(n: u8) -> AccountId {
    AccountId::new([100 + n; 32])
}

/// What everybody but POOR starts with.
pub const ENDOWED: Balance = 1_000_000;
/// PROVIDER's bond.
pub const BOND: Balance = 5_000;

pub fn signed(who: &AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who.clone())
}

pub fn free(who: &AccountId) -> Balance {
    Balances::balance(who)
}

pub fn held(who: &AccountId) -> Balance {
    Balances::total_balance_on_hold(who)
}

/// Checks free and held money of an account.
#[track_caller]
pub fn assert_money(who: &AccountId, free_balance: Balance, on_hold: Balance) {
    assert_eq!((free(who), held(who)), (free_balance, on_hold));
}

/// A chain on which everybody but POOR has money.
pub fn externalities() -> sp_io::TestExternalities {
    let rich = [PUBLISHER, PROVIDER, VAL, CONSUMER, ver(0), ver(1), ver(2), ver(3)];
    RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: rich.into_iter().map(|who| (who, ENDOWED)).chain([(POOR, 20)]).collect(),
            ..Default::default()
        },
        compute: pallet_compute::GenesisConfig {
            classes: vec![(NumericClass::F32, Thresholds::F32)],
            ..Default::default()
        },
        ..Default::default()
    }
    .build_storage()
    .unwrap()
    .into()
}

/// Runs a test in block 1 and checks the invariants after it.
pub fn run(test: impl FnOnce()) {
    externalities().execute_with(|| {
        System::set_block_number(1);
        test();
        Compute::do_try_state().unwrap();
        for row in Compute::solvency() {
            assert_eq!(row.held, row.owed, "{}", row.purpose);
        }
    });
}

pub fn events() -> Vec<crate::Event<Test>> {
    System::events()
        .into_iter()
        .filter_map(|record| match record.event {
            RuntimeEvent::Compute(event) => Some(event),
            _ => None,
        })
        .collect()
}

#[track_caller]
pub fn assert_last(event: crate::Event<Test>) {
    assert_eq!(events().pop(), Some(event));
}

pub fn bytes<S: frame_support::traits::Get<u32>>(text: &[u8]) -> BoundedVec<u8, S> {
    BoundedVec::truncate_from(text.to_vec())
}

/// A sound spec; each context is another spec.
pub fn spec_with(max_context: u32) -> Spec {
    Spec {
        listing: 0,
        version: 0,
        manifest_digest: [8; 32],
        numeric_class: NumericClass::F32,
        sampler: Sampler::V1,
        max_context,
        thresholds: Thresholds::F32,
    }
}

/// Registers that spec as PUBLISHER.
pub fn registered_spec(max_context: u32) -> SpecId {
    Compute::register_spec(signed(&PUBLISHER), spec_with(max_context)).unwrap();
    spec_with(max_context).id()
}

pub fn register(who: &AccountId, bond: Balance) -> DispatchResult {
    Compute::register_provider(
        signed(who),
        VAL,
        bytes(b"http://127.0.0.1:8901"),
        [6; 32],
        [7; 32],
        bytes(b"2 CPU cores"),
        bond,
    )
}

/// PROVIDER, bonded and accepted.
pub fn active() {
    register(&PROVIDER, BOND).unwrap();
    Compute::accept_sidecar(signed(&VAL), PROVIDER).unwrap();
}

/// PROVIDER serves a new spec.
pub fn serving() -> SpecId {
    active();
    let spec = registered_spec(2048);
    Compute::serve(signed(&PROVIDER), spec, 10, 20, 30).unwrap();
    spec
}

/// The spec is calibrated and has the first `n` verifiers.
pub fn audited(spec: SpecId, n: u8) {
    Compute::accept_calibration(RuntimeOrigin::root(), spec, 50).unwrap();
    for i in 0..n {
        Compute::register_verifier(signed(&ver(i)), spec, 100).unwrap();
    }
}

pub fn seat(spec: &SpecId, stash: &AccountId) -> Option<Seat> {
    crate::Seats::<Test>::get(spec).into_iter().find(|seat| seat.stash == *stash)
}

pub fn provider() -> crate::types::Provider {
    crate::Providers::<Test>::get(PROVIDER).unwrap()
}
