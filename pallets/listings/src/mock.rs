//! A runtime with balances and this pallet.

use crate::{
    self as pallet_listings,
    ports::{Dependents, Payments},
    types::{Card, Name, Subject, Summary, Tags},
};
use frame_support::{
    derive_impl, ord_parameter_types, parameter_types,
    traits::{
        fungible::{Inspect, InspectHold},
        ConstU128, ConstU32,
    },
    BoundedVec,
};
use frame_system::{EnsureRoot, EnsureSignedBy};
use souk_primitives::{
    licence::{Grant, Offer, Purposes, Terms},
    lineage::{Parent, Parents},
    moderation::DelistReason,
    AccountId, Balance, Digest, ListingId,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage};

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Listings: pallet_listings,
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
    /// Listings that something refers to.
    pub static InUse: Vec<ListingId> = Vec::new();
    /// Listings of which a purchase is open.
    pub static Purchased: Vec<ListingId> = Vec::new();
    /// Listings for which somebody has a licence.
    pub static Licensed: Vec<ListingId> = Vec::new();
    /// Who burnt how much, for what.
    pub static Burnt: Vec<(AccountId, ListingId, Subject, Balance)> = Vec::new();
}

pub struct Used;
impl Dependents for Used {
    fn in_use(listing: ListingId) -> bool {
        InUse::get().contains(&listing)
    }
    fn has_open_purchases(listing: ListingId) -> bool {
        Purchased::get().contains(&listing)
    }
    fn has_licences(listing: ListingId) -> bool {
        Licensed::get().contains(&listing)
    }
}

impl Payments for Used {
    fn burnt(who: &AccountId, listing: ListingId, subject: &Subject) -> Option<Balance> {
        let paid = Burnt::get();
        let found = paid.iter().find(|(a, b, c, _)| (a, b, c) == (who, &listing, subject));
        found.map(|(.., burnt)| *burnt)
    }
}

ord_parameter_types! {
    /// Appoints moderators.
    pub const Admin: AccountId = ADMIN;
    /// Decides appeals.
    pub const Jury: AccountId = JURY;
}

/// Lets `who` have burnt something for a licence of listing 0.
pub fn paid(who: AccountId, licence: u8, burnt: Balance) -> Subject {
    let subject = Subject::Licence([licence; 32]);
    Burnt::mutate(|paid| paid.push((who, 0, subject, burnt)));
    subject
}

impl pallet_listings::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type ModeratorAdmin = EnsureSignedBy<Admin, AccountId>;
    type ModeratorOrigin = EnsureRoot<AccountId>;
    type AppealOrigin = EnsureSignedBy<Jury, AccountId>;
    type Dependents = Used;
    type Payments = Used;
    type Clock = Now;
    type AppealPeriod = ConstU32<5>;
    type AppealWindow = ConstU32<20>;
    type CaseBond = ConstU128<CASE_BOND>;
    type MinModeratorBond = ConstU128<LEAST_BOND>;
    type AppealDeposit = ConstU128<APPEAL_DEPOSIT>;
    type ListingDeposit = ConstU128<1_000>;
    type VersionDeposit = ConstU128<300>;
    type OfferDeposit = ConstU128<200>;
    type ByteDeposit = ConstU128<2>;
    type MaxVersions = ConstU32<3>;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Helper;
}

#[cfg(feature = "runtime-benchmarks")]
pub struct Helper;
#[cfg(feature = "runtime-benchmarks")]
impl crate::ports::BenchmarkHelper for Helper {
    fn paid(who: &AccountId, listing: ListingId, burnt: Balance) -> Subject {
        assert_eq!(listing, 0);
        paid(who.clone(), 1, burnt)
    }
    fn set_clock(now: u32) {
        Now::set(now);
    }
}

pub const ANNE: AccountId = AccountId::new([1; 32]);
pub const BEN: AccountId = AccountId::new([2; 32]);
/// Has next to nothing.
pub const POOR: AccountId = AccountId::new([3; 32]);

/// Become moderators.
pub const MOD: AccountId = AccountId::new([4; 32]);
pub const MEG: AccountId = AccountId::new([5; 32]);
pub const ADMIN: AccountId = AccountId::new([6; 32]);
pub const JURY: AccountId = AccountId::new([7; 32]);

/// What all but POOR start with.
pub const ENDOWED: Balance = 1_000_000;
/// Odd, so that halves show their rounding.
pub const CASE_BOND: Balance = 101;
pub const LEAST_BOND: Balance = 300;
pub const APPEAL_DEPOSIT: Balance = 51;

pub const EVIDENCE: Digest = [8; 32];
pub const STATEMENT: Digest = [9; 32];

pub fn name(text: &[u8]) -> Name {
    BoundedVec::truncate_from(text.to_vec())
}

pub fn summary(text: &[u8]) -> Summary {
    BoundedVec::truncate_from(text.to_vec())
}

pub fn tags(list: &[&[u8]]) -> Tags {
    BoundedVec::truncate_from(list.iter().map(|tag| BoundedVec::truncate_from(tag.to_vec())).collect())
}

pub fn card() -> Card {
    Card { uri: BoundedVec::truncate_from(b"https://example.org/card".to_vec()), digest: [7; 32] }
}

pub fn free(who: &AccountId) -> Balance {
    Balances::balance(who)
}

pub fn held(who: &AccountId) -> Balance {
    Balances::balance_on_hold(&pallet_listings::HoldReason::Listing.into(), who)
}

/// On hold as a moderator's bond, and for appeals.
pub fn staked(who: &AccountId) -> (Balance, Balance) {
    let held = |reason: pallet_listings::HoldReason| Balances::balance_on_hold(&reason.into(), who);
    (held(pallet_listings::HoldReason::Moderator), held(pallet_listings::HoldReason::Appeal))
}

/// Checks free and held money of an account.
#[track_caller]
pub fn assert_money(who: &AccountId, free_balance: Balance, on_hold: Balance) {
    assert_eq!((free(who), held(who)), (free_balance, on_hold));
}

/// A chain on which ANNE and BEN have money.
pub fn externalities() -> sp_io::TestExternalities {
    RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: vec![(ANNE, ENDOWED), (BEN, ENDOWED), (POOR, 20), (MOD, ENDOWED), (MEG, ENDOWED)],
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
        Listings::do_try_state().unwrap();
        for row in Listings::solvency() {
            assert_eq!(row.held, row.owed);
        }
    });
}

pub fn events() -> Vec<crate::Event<Test>> {
    System::events()
        .into_iter()
        .filter_map(|record| match record.event {
            RuntimeEvent::Listings(event) => Some(event),
            _ => None,
        })
        .collect()
}

#[track_caller]
pub fn assert_last(event: crate::Event<Test>) {
    assert_eq!(events().pop(), Some(event));
}

/// Makes a moderator of an account, with a bond.
pub fn moderating(who: AccountId, bond: Balance) {
    Listings::appoint_moderator(RuntimeOrigin::signed(ADMIN), who.clone()).unwrap();
    Listings::post_bond(RuntimeOrigin::signed(who), bond).unwrap();
}

/// Opens a case against listing 0 by the moderators' track.
pub fn accused(reason: DelistReason) {
    Listings::delist(RuntimeOrigin::root(), 0, reason, EVIDENCE).unwrap();
}

/// Opens a case against listing 0 by MOD, who becomes a moderator for it.
pub fn accused_by_mod(reason: DelistReason) {
    moderating(MOD, LEAST_BOND);
    Listings::delist(RuntimeOrigin::signed(MOD), 0, reason, EVIDENCE).unwrap();
}

/// Appeals against that as ANNE.
pub fn appealed() {
    Listings::appeal(RuntimeOrigin::signed(ANNE), 0, STATEMENT).unwrap();
}

/// Listing 0, ANNE's; returns the deposit.
pub fn registered() -> Balance {
    Listings::register(
        RuntimeOrigin::signed(ANNE),
        souk_primitives::views::ListingKind::Model,
        name(b"smollm2-135m"),
        summary(b"A small model"),
        tags(&[b"chat", b"small"]),
        card(),
    )
    .unwrap();
    held(&ANNE)
}

/// Listing 1, BEN's, with a version.
pub fn registered_too() {
    let (name, kind) = (name(b"derived"), souk_primitives::views::ListingKind::Model);
    Listings::register(RuntimeOrigin::signed(BEN), kind, name, summary(b""), tags(&[]), card()).unwrap();
    Listings::publish_version(RuntimeOrigin::signed(BEN), 1, [9; 32], 1, 1, [9; 32]).unwrap();
}

/// An offer that can be made.
pub fn offer() -> Offer {
    Offer {
        grant: Grant::Perpetual,
        price: 5_000,
        purposes: Purposes::RESEARCH.and(Purposes::INFERENCE),
        seats: 1,
        transferable: false,
        deliver_within: 100,
        referral: 20_000,
        terms: Terms {
            uri: BoundedVec::truncate_from(b"https://example.org/terms".to_vec()),
            digest: [3; 32],
        },
    }
}

pub fn parent(listing: ListingId, royalty: u32) -> Parent {
    Parent { listing, version: 0, royalty }
}

pub fn parents(list: &[Parent]) -> Parents {
    list.to_vec().try_into().unwrap()
}

/// Publishes a version of listing 0 as ANNE.
pub fn published(root: u8) {
    Listings::publish_version(RuntimeOrigin::signed(ANNE), 0, [root; 32], 65_537, 2, [root; 32]).unwrap();
}
