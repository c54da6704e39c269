//! A runtime with a shelf of listings in place of the catalogue, and sellers who really encrypt.

use crate::{
    self as pallet_licensing,
    ports::{Catalogue, Trades, Version},
    HoldReason,
};
use codec::{Decode, Encode};
use frame_support::{
    derive_impl,
    dispatch::{DispatchResult, DispatchResultWithPostInfo},
    parameter_types, storage_alias,
    traits::{
        fungible::{Inspect, InspectHold},
        ConstU128, ConstU32, Get, Hooks,
    },
    weights::Weight,
    Blake2_128Concat, PalletId,
};
use souk_primitives::{
    complaint::Complaint,
    content::{Builder, Content, CHUNK},
    copy::WholeCopy,
    exchange::{ContentKey, SealedKey, Secret},
    licence::{Grant, Offer, Purposes, Terms},
    lineage::{Parent, Parents},
    views::ListingStatus,
    AccountId, Balance, BlockNumber, Digest, ListingId, OfferId, PurchaseId, VersionId, SOUK,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage};

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Licensing: pallet_licensing,
    }
);

pub const BUYER: AccountId = AccountId::new([1; 32]);
pub const SELLER: AccountId = AccountId::new([2; 32]);
pub const PARENT: AccountId = AccountId::new([3; 32]);
pub const REFERRER: AccountId = AccountId::new([4; 32]);
pub const STRANGER: AccountId = AccountId::new([5; 32]);
pub const TREASURY: AccountId = AccountId::new([6; 32]);
/// Has no account.
pub const NOBODY: AccountId = AccountId::new([7; 32]);

pub const ED: Balance = SOUK / 1_000;
pub const RICH: Balance = 10_000 * SOUK;
pub const PRICE: Balance = 100 * SOUK;
/// Complaint deposit of [`PRICE`].
pub const DEPOSIT: Balance = 5 * SOUK;
/// Seller's bond at [`PRICE`].
pub const BOND: Balance = 20 * SOUK;
/// What a copy that is not accepted costs each side.
pub const HANDLING: Balance = SOUK;
/// Deposit of a store.
pub const STORE: Balance = 2 * SOUK;
pub const GENESIS: Digest = [42; 32];

pub const DELIVERY: BlockNumber = 40;
pub const ACCEPT: BlockNumber = 30;
pub const REVEAL: BlockNumber = 20;
pub const COMPLAIN: BlockNumber = 10;
pub const CANCEL: BlockNumber = 15;
pub const HISTORY: BlockNumber = 50;
pub const PAYOUT: BlockNumber = 12;

/// The model, of two chunks.
pub const MODEL: ListingId = 1;
/// What the model derives from.
pub const BASE: ListingId = 0;
/// A service: nothing to deliver.
pub const SERVICE: ListingId = 2;
/// Royalty that the model owes its base, in millionths.
pub const ROYALTY: u32 = 100_000;
pub const SIZE: u64 = CHUNK as u64 + 100;
pub const TERMS: Digest = [8; 32];

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
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
}

/// Something on the shelf.
#[derive(Clone, Debug, Encode, Decode, scale_info::TypeInfo)]
pub struct Item {
    pub owner: AccountId,
    pub status: ListingStatus,
    pub offers: Vec<(OfferId, Offer)>,
    /// Root, size and parents.
    pub versions: Vec<(Digest, u64, Parents)>,
}

#[storage_alias]
pub type Now = StorageValue<Mock, BlockNumber, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type Shelf = StorageMap<Mock, Blake2_128Concat, ListingId, Item>;

parameter_types! {
    pub TreasuryAccount: AccountId = TREASURY;
    pub const ClaimsId: PalletId = PalletId(*b"souk/clm");
    pub storage ComplaintFee: Balance = SOUK / 500;
}

pub struct LiveClock;
impl Get<BlockNumber> for LiveClock {
    fn get() -> BlockNumber {
        Now::get()
    }
}

pub struct Market;
impl Catalogue for Market {
    fn status(listing: ListingId) -> Option<ListingStatus> {
        Shelf::get(listing).map(|item| item.status)
    }
    fn owner(listing: ListingId) -> Option<AccountId> {
        Shelf::get(listing).map(|item| item.owner)
    }
    fn offer(listing: ListingId, offer: OfferId) -> Option<Offer> {
        Shelf::get(listing)?.offers.into_iter().find(|(number, _)| *number == offer).map(|(_, offer)| offer)
    }
    fn offer_with(listing: ListingId, digest: &Digest) -> Option<Offer> {
        Shelf::get(listing)?
            .offers
            .into_iter()
            .map(|(_, offer)| offer)
            .find(|offer| offer.digest() == *digest)
    }
    fn version(listing: ListingId, version: VersionId) -> Option<Version> {
        let (content_root, size, parents) = Shelf::get(listing)?.versions.get(version as usize)?.clone();
        Some(Version { content_root, size, parents })
    }
}

/// What was told of sales: who was paid, and what was burnt.
#[storage_alias]
pub type Told = StorageValue<Mock, Vec<(AccountId, Balance)>, frame_support::pallet_prelude::ValueQuery>;

pub struct Listener;
impl Trades for Listener {
    fn sold(owner: &AccountId, burnt: Balance) {
        Told::append((owner, burnt));
    }
}

impl pallet_licensing::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type PalletId = ClaimsId;
    type Catalogue = Market;
    type Trades = Listener;
    type Clock = LiveClock;
    type Treasury = TreasuryAccount;
    type ProtocolFee = ConstU32<10_000>;
    type ComplaintFee = ComplaintFee;
    type MaxDelivery = ConstU32<DELIVERY>;
    type AcceptWindow = ConstU32<{ ACCEPT - 1 }>;
    type RevealWindow = ConstU32<REVEAL>;
    type ComplainWindow = ConstU32<{ COMPLAIN - 1 }>;
    type CancelAfter = ConstU32<CANCEL>;
    type MaxOpen = ConstU32<3>;
    type PayoutAfter = ConstU32<PAYOUT>;
    type StoreDeposit = ConstU128<STORE>;
    type HistoryDepth = ConstU32<HISTORY>;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Market;
}

#[cfg(feature = "runtime-benchmarks")]
impl pallet_licensing::ports::BenchmarkHelper for Market {
    fn sell(seller: &AccountId, root: Digest, size: u64, offer: Offer) -> (ListingId, OfferId) {
        put(MODEL, seller, offer, (root, size, base()));
        (MODEL, 0)
    }
    fn set_clock(now: BlockNumber) {
        Now::put(now);
    }
}

/// The model's bytes.
pub fn bytes() -> Vec<u8> {
    (0..SIZE).map(|i| (i % 251) as u8).collect()
}

pub fn content() -> Content {
    let mut builder = Builder::default();
    for chunk in bytes().chunks(CHUNK as usize) {
        builder.push(chunk).unwrap();
    }
    builder.finish().unwrap()
}

pub fn offer() -> Offer {
    Offer {
        grant: Grant::Perpetual,
        price: PRICE,
        purposes: Purposes::RESEARCH.and(Purposes::INFERENCE),
        seats: 2,
        transferable: true,
        deliver_within: 1_000,
        referral: 50_000,
        terms: Terms { uri: Default::default(), digest: TERMS },
    }
}

pub fn lease(price: Balance, period: BlockNumber) -> Offer {
    Offer { grant: Grant::Lease { period }, price, ..offer() }
}

pub fn base() -> Parents {
    vec![Parent { listing: BASE, version: 0, royalty: ROYALTY }].try_into().unwrap()
}

/// Puts something on the shelf, with one offer and one version.
pub fn put(listing: ListingId, owner: &AccountId, offer: Offer, version: (Digest, u64, Parents)) {
    let item = Item {
        owner: owner.clone(),
        status: ListingStatus::Active,
        offers: vec![(0, offer)],
        versions: vec![version],
    };
    Shelf::insert(listing, item);
}

/// Sells the model by another offer, which gets the next number.
pub fn add_offer(listing: ListingId, offer: Offer) -> OfferId {
    let mut item = Shelf::get(listing).unwrap();
    let number = item.offers.last().map_or(0, |(number, _)| number + 1);
    item.offers.push((number, offer));
    Shelf::insert(listing, item);
    number
}

pub fn set_status(listing: ListingId, status: ListingStatus) {
    Shelf::mutate(listing, |item| item.as_mut().unwrap().status = status);
}

/// Externalities at block 1 with everyone rich and the shelf full.
pub fn externalities() -> sp_io::TestExternalities {
    let rich = [BUYER, SELLER, PARENT, REFERRER, STRANGER].map(|who| (who, RICH));
    let poor = [(TREASURY, ED)];
    let storage = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: rich.into_iter().chain(poor).collect(),
            ..Default::default()
        },
        ..Default::default()
    }
    .build_storage()
    .unwrap();
    let mut externalities = sp_io::TestExternalities::new(storage);
    externalities.execute_with(|| {
        frame_system::BlockHash::<Test>::insert(0, sp_core::H256(GENESIS));
        System::set_block_number(1);
        Now::put(1);
        put(BASE, &PARENT, offer(), ([1; 32], 1, Default::default()));
        put(MODEL, &SELLER, offer(), (content().root(), SIZE, base()));
        put(SERVICE, &SELLER, offer(), ([0; 32], 0, base()));
    });
    externalities
}

/// Runs a test and checks the invariants at its end.
pub fn test(run: impl FnOnce()) {
    externalities().execute_with(|| {
        run();
        check();
    });
}

pub fn check() {
    Licensing::do_try_state().unwrap();
    for row in Licensing::solvency() {
        assert_eq!(row.held, row.owed, "{}", row.purpose);
    }
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

pub fn held(reason: HoldReason, who: &AccountId) -> Balance {
    Balances::balance_on_hold(&reason.into(), who)
}

/// What all parties have, on hold or not, and what there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Books {
    pub buyer: Balance,
    pub seller: Balance,
    pub parent: Balance,
    pub referrer: Balance,
    pub treasury: Balance,
    pub issuance: Balance,
}

pub fn books() -> Books {
    let has = |who| Balances::total_balance(&who);
    Books {
        buyer: has(BUYER),
        seller: has(SELLER),
        parent: has(PARENT),
        referrer: has(REFERRER),
        treasury: has(TREASURY),
        issuance: Balances::total_issuance(),
    }
}

/// Checks that nobody has anything on hold.
#[track_caller]
pub fn assert_nothing_held() {
    for who in [BUYER, SELLER, PARENT, REFERRER, STRANGER] {
        assert_eq!(held(HoldReason::Purchase, &who) + held(HoldReason::Bond, &who), 0);
    }
}

/// The pallet's events since the last call.
pub fn events() -> Vec<crate::Event<Test>> {
    let events = System::events()
        .into_iter()
        .filter_map(|record| match record.event {
            RuntimeEvent::Licensing(event) => Some(event),
            _ => None,
        })
        .collect();
    System::reset_events();
    events
}

/// How the last purchase that ended since the last call of `events` did.
pub fn end() -> Option<(souk_primitives::close::CloseReason, crate::types::Amounts)> {
    events().into_iter().rev().find_map(|event| match event {
        crate::Event::PurchaseEnded { reason, amounts, .. } => Some((reason, amounts)),
        _ => None,
    })
}

/// The buyer's secret, one for each purchase.
pub fn buyer_secret(number: u8) -> [u8; 32] {
    souk_primitives::hash(&[b"buyer", &[number]])
}

/// `purchase` with everything as usual but for what the test changes.
pub struct Order {
    pub by: AccountId,
    pub listing: ListingId,
    pub offer: OfferId,
    pub offer_digest: Digest,
    pub version: VersionId,
    pub root: Digest,
    pub purpose: Purposes,
    pub terms: Digest,
    pub key: Digest,
    pub referrer: Option<AccountId>,
}

impl Default for Order {
    fn default() -> Self {
        Order {
            by: BUYER,
            listing: MODEL,
            offer: 0,
            offer_digest: offer().digest(),
            version: 0,
            root: content().root(),
            purpose: Purposes::RESEARCH,
            terms: TERMS,
            key: Secret::new(buyer_secret(0)).public_key(),
            referrer: None,
        }
    }
}

impl Order {
    /// The usual order with the buyer's `number`-th key.
    pub fn number(number: u8) -> Self {
        Order { key: Secret::new(buyer_secret(number)).public_key(), ..Order::default() }
    }

    /// By another offer.
    pub fn by_offer(self, number: OfferId, offer: &Offer) -> Self {
        Order { offer: number, offer_digest: offer.digest(), terms: offer.terms.digest, ..self }
    }

    pub fn call(self) -> DispatchResult {
        Licensing::purchase(
            signed(self.by),
            self.listing,
            self.offer,
            self.offer_digest,
            self.version,
            self.root,
            self.purpose,
            self.terms,
            self.key,
            self.referrer,
        )
    }

    /// Orders, and returns the id in the event.
    pub fn done(self) -> PurchaseId {
        System::reset_events();
        self.call().unwrap();
        let ordered = events().into_iter().find_map(|event| match event {
            crate::Event::Ordered { purchase, .. } => Some(purchase),
            _ => None,
        });
        ordered.unwrap()
    }
}

/// The usual purchase.
pub fn ordered() -> PurchaseId {
    Order::default().done()
}

/// A copy as the seller makes it.
#[derive(Clone)]
pub struct Made {
    pub id: PurchaseId,
    copy: WholeCopy,
}

impl core::ops::Deref for Made {
    type Target = WholeCopy;
    fn deref(&self) -> &WholeCopy {
        &self.copy
    }
}

/// Encrypts the model for a purchase. `before` may change a chunk that is encrypted, `after` what became of it.
pub fn made(id: PurchaseId, before: impl Fn(u32, &mut Vec<u8>), after: impl Fn(u32, &mut Vec<u8>)) -> Made {
    let key = ContentKey::new(souk_primitives::hash(&[b"key", &id]));
    Made { id, copy: WholeCopy::make_with(&GENESIS, id, key, &bytes(), before, after).unwrap() }
}

pub fn honest(id: PurchaseId) -> Made {
    made(id, |_, _| (), |_, _| ())
}

impl Made {
    pub fn root(&self) -> Digest {
        self.ciphertext_root()
    }

    pub fn offer(&self) -> DispatchResult {
        Licensing::offer_copy(signed(SELLER), self.id, self.root(), self.commitment())
    }

    pub fn accept(&self) -> DispatchResult {
        Licensing::accept_copy(signed(BUYER), self.id, self.root(), self.commitment())
    }

    pub fn sealed(&self, key: &ContentKey) -> SealedKey {
        let buyer = crate::Purchases::<Test>::get(self.id).unwrap().buyer_key;
        key.seal(&self.id, &buyer, &Secret::new(souk_primitives::hash(&[b"ephemeral", &self.id]))).unwrap()
    }

    pub fn reveal(&self) -> DispatchResult {
        Licensing::reveal_key(signed(SELLER), self.id, self.sealed(&self.key))
    }

    /// Goes on to the stage after the key.
    pub fn revealed(self) -> Self {
        self.offer().unwrap();
        self.accept().unwrap();
        self.reveal().unwrap();
        self
    }

    /// The complaint about a chunk, with everything as it was served.
    pub fn bad_chunk(&self, secret: [u8; 32], index: u32) -> Complaint {
        self.copy.bad_chunk(secret, index).unwrap()
    }
}

pub fn complain(id: PurchaseId, complaint: Complaint) -> DispatchResultWithPostInfo {
    Licensing::complain(signed(BUYER), id, complaint.into())
}

pub fn settle(id: PurchaseId) -> DispatchResult {
    Licensing::settle(signed(BUYER), id)
}

/// A purchase that went well.
pub fn bought() -> PurchaseId {
    let id = ordered();
    honest(id).revealed();
    settle(id).unwrap();
    id
}

/// What the channels do when a provider's batch is paid. Returns what became due.
pub fn served(provider: AccountId, value: Balance, left: Balance) -> Balance {
    let due = Licensing::metered_due(&provider, MODEL, value, left);
    let claims = Licensing::claim_account();
    Balances::transfer_allow_death(signed(STRANGER), claims, due).unwrap();
    Licensing::metered_paid(&provider, MODEL, due);
    due
}

/// The next live block, with what idle blocks do.
pub fn next_block() {
    System::set_block_number(System::block_number() + 1);
    Now::mutate(|now| *now += 1);
    Licensing::on_idle(System::block_number(), Weight::MAX);
}

/// Goes on until the live clock shows `now`.
pub fn run_to(now: BlockNumber) {
    while Now::get() < now {
        next_block();
    }
}

/// The clock alone, without the hooks that would sweep.
pub fn set_now(now: BlockNumber) {
    Now::put(now);
}
