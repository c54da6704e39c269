//! A runtime with scripted ports. What the ports keep is in storage, so that a refused call leaves no trace there
//! either.

use crate::{
    self as pallet_channels,
    ports::{AuditSink, ProviderBook, Publishers, Terms, Trades},
    types::{SignedCall, SignedReceipt, SignedVoucher},
    Batches, Channels, HoldReason,
};
use frame_support::{
    derive_impl,
    dispatch::DispatchResult,
    parameter_types, storage_alias,
    traits::{
        fungible::{Inspect, InspectHold},
        ConstU128, ConstU32, Get, Hooks,
    },
    weights::Weight,
    Blake2_128Concat,
};
use souk_primitives::{
    batch::Batch,
    call::{Finish, Prices, Receipt, Request, Signed, Voucher},
    close::CloseReason,
    exposure::Chance,
    split::Fees,
    sr25519::Pair,
    views::BatchState,
    AccountId, Balance, BatchId, BlockNumber, ChannelId, Digest, SpecId, SOUK,
};
use sp_core::Pair as _;
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchError};

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Migrations: pallet_migrations,
        Souk: pallet_channels,
    }
);

pub const CONSUMER: AccountId = AccountId::new([1; 32]);
pub const PROVIDER: AccountId = AccountId::new([2; 32]);
pub const FUNDER: AccountId = AccountId::new([3; 32]);
pub const STRANGER: AccountId = AccountId::new([4; 32]);
pub const TREASURY: AccountId = AccountId::new([5; 32]);
pub const POT: AccountId = AccountId::new([6; 32]);
pub const PUBLISHER: AccountId = AccountId::new([7; 32]);

pub const SPEC: SpecId = [10; 32];
pub const UNAUDITED_SPEC: SpecId = [11; 32];
pub const OTHER_SPEC: SpecId = [12; 32];
pub const GENESIS: Digest = [42; 32];

pub const RICH: Balance = 10_000 * SOUK;
pub const ED: Balance = SOUK / 1_000;
pub const DEPOSIT: Balance = 100 * SOUK;
pub const BOND: Balance = 1_000 * SOUK;
pub const GRACE: BlockNumber = 20;
pub const HISTORY: BlockNumber = 50;
pub const EXPIRES: BlockNumber = 500;
pub const PRICES: Prices = Prices { per_1k_input: 2 * SOUK, per_1k_output: 4 * SOUK };

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type AccountData = pallet_balances::AccountData<Balance>;
    type MultiBlockMigrator = Migrations;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = Balance;
    type AccountStore = System;
    type ExistentialDeposit = ConstU128<ED>;
}

#[derive_impl(pallet_migrations::config_preludes::TestDefaultConfig)]
impl pallet_migrations::Config for Test {
    #[cfg(not(feature = "runtime-benchmarks"))]
    type Migrations = (crate::rehearsal::SumDeposits<Test>,);
    #[cfg(feature = "runtime-benchmarks")]
    type Migrations = pallet_migrations::mock_helpers::MockedMigrations;
}

// Whatever can be scripted.
#[storage_alias]
pub type Now = StorageValue<Mock, BlockNumber, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type ParentVrf = StorageValue<Mock, Digest>;
#[storage_alias]
pub type Jailed = StorageMap<Mock, Blake2_128Concat, AccountId, ()>;
#[storage_alias]
pub type Bonds =
    StorageMap<Mock, Blake2_128Concat, AccountId, Balance, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type Exposed =
    StorageMap<Mock, Blake2_128Concat, AccountId, Balance, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type Obligations =
    StorageMap<Mock, Blake2_128Concat, AccountId, u32, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type Millionths = StorageValue<Mock, u32>;
#[storage_alias]
pub type Committed = StorageValue<Mock, Vec<BatchId>, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type AuditsFull = StorageValue<Mock, bool, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type PotBooks =
    StorageMap<Mock, Blake2_128Concat, SpecId, Balance, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type Reporter = StorageValue<Mock, (AccountId, AccountId)>;
#[storage_alias]
pub type ChargedTwice = StorageValue<Mock, Balance>;

parameter_types! {
    pub storage MaxChannels: u32 = 8;
    pub storage MaxOpenBatches: u32 = 8;
    pub const FlatFees: Fees = Fees { protocol: 10_000, audit: 20_000, report: 0, seats: 3, window: 16 };
    pub QMin: Chance = Chance::from_millionths(100_000);
    pub TreasuryAccount: AccountId = TREASURY;
}

pub struct LiveClock;
impl Get<BlockNumber> for LiveClock {
    fn get() -> BlockNumber {
        Now::get()
    }
}

pub struct ParentVrfOutput;
impl Get<Option<Digest>> for ParentVrfOutput {
    fn get() -> Option<Digest> {
        ParentVrf::get()
    }
}

pub struct Book;
impl ProviderBook for Book {
    const MAX_VERIFIERS: u32 = 8;
    fn verifiers(_: &SpecId) -> u32 {
        3
    }
    fn terms(provider: &AccountId, spec: &SpecId) -> Result<Terms, DispatchError> {
        let serves = !Jailed::contains_key(provider) && Bonds::get(provider) > 0 && *spec != OTHER_SPEC;
        if !serves {
            return Err(DispatchError::Other("not serving"));
        }
        #[cfg(feature = "runtime-benchmarks")]
        let key = BenchmarkKey::get().unwrap_or(receipt_pair().public().0);
        #[cfg(not(feature = "runtime-benchmarks"))]
        let key = receipt_pair().public().0;
        Ok(Terms { prices: PRICES, receipt_key: key, audited: *spec == SPEC })
    }
    fn opened(provider: &AccountId, _: &SpecId) {
        Obligations::mutate(provider, |count| *count += 1);
    }
    fn closed(provider: &AccountId, _: &SpecId) {
        Obligations::mutate(provider, |count| *count -= 1);
    }
    fn room(provider: &AccountId) -> Balance {
        Bonds::get(provider).saturating_sub(Exposed::get(provider))
    }
    fn exposed(provider: &AccountId) -> Balance {
        Exposed::get(provider)
    }
    fn expose(provider: &AccountId, amount: Balance) -> DispatchResult {
        let sum = Exposed::get(provider) + amount;
        frame_support::ensure!(sum <= Bonds::get(provider), DispatchError::Other("over exposure"));
        Exposed::insert(provider, sum);
        Ok(())
    }
    fn release_exposure(provider: &AccountId, amount: Balance) {
        Exposed::mutate(provider, |sum| *sum -= amount);
    }
    fn is_gone(provider: &AccountId) -> bool {
        Jailed::contains_key(provider)
    }
    fn active_bond(provider: &AccountId) -> Balance {
        Bonds::get(provider)
    }
    fn slash_double_receipt(
        provider: &AccountId,
        amount: Balance,
        charge: Balance,
        consumer: &AccountId,
        reporter: &AccountId,
    ) -> Balance {
        ChargedTwice::put(charge);
        Bonds::mutate(provider, |bond| *bond -= amount);
        Jailed::insert(provider, ());
        Reporter::put((consumer.clone(), reporter.clone()));
        amount
    }
}

pub struct Audits;
impl AuditSink for Audits {
    fn chance(_: &AccountId, _: &SpecId) -> Chance {
        Chance::from_millionths(Millionths::get().unwrap_or(1_000_000))
    }
    fn committed(batch: &Batch) -> DispatchResult {
        frame_support::ensure!(!AuditsFull::get(), DispatchError::Other("audits are full"));
        Committed::append(batch.id);
        Ok(())
    }
    fn state(_: &BatchId) -> BatchState {
        BatchState::Committed
    }
    fn pot_account() -> AccountId {
        POT
    }
    fn report_fee(_: &SpecId) -> Balance {
        SOUK / 100
    }

    fn pot_deposit(spec: &SpecId, amount: Balance) {
        PotBooks::mutate(spec, |sum| *sum += amount);
    }
}

/// What publishers get of a batch, in millionths; nothing unless a test says so.
#[storage_alias]
pub type Licensed = StorageValue<Mock, u32, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type ShareBooks = StorageValue<Mock, Balance, frame_support::pallet_prelude::ValueQuery>;

pub struct Shares;
impl Publishers for Shares {
    fn due(_: &AccountId, _: &SpecId, value: Balance, left: Balance) -> Balance {
        souk_primitives::deal::metered_due(value, left, Licensed::get())
    }
    fn account() -> AccountId {
        PUBLISHER
    }
    fn paid(_: &AccountId, _: &SpecId, amount: Balance) {
        ShareBooks::mutate(|sum| *sum += amount);
    }
}

/// What was told of paid batches: batch, its channel's price of answers, what it burnt, and why it ended.
#[storage_alias]
pub type Told = StorageValue<
    Mock,
    Vec<(BatchId, Balance, Balance, CloseReason)>,
    frame_support::pallet_prelude::ValueQuery,
>;

pub struct Listener;
impl Trades for Listener {
    fn released(batch: &Batch, prices: Prices, burnt: Balance, reason: CloseReason) {
        Told::append((batch.id, prices.per_1k_output, burnt, reason));
    }
}

impl pallet_channels::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Providers = Book;
    type Audits = Audits;
    type Publishers = Shares;
    type Trades = Listener;
    type Vrf = ParentVrfOutput;
    type Clock = LiveClock;
    type Treasury = TreasuryAccount;
    type Fees = FlatFees;
    type MinBatch = ConstU128<{ SOUK / 10 }>;
    type SafetyFactor = ConstU32<3>;
    type QMin = QMin;
    type CloseGrace = ConstU32<GRACE>;
    type MaxExpiry = ConstU32<1_000>;
    type MaxNotice = ConstU32<100>;
    type HistoryDepth = ConstU32<HISTORY>;
    type MaxChannels = MaxChannels;
    type MaxOpenBatches = MaxOpenBatches;
    type MaxSettlements = ConstU32<4>;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Book;
}

#[cfg(feature = "runtime-benchmarks")]
#[storage_alias]
pub type BenchmarkKey = StorageValue<Mock, Digest>;

#[cfg(feature = "runtime-benchmarks")]
impl pallet_channels::ports::BenchmarkHelper for Book {
    fn serve(provider: &AccountId, receipt_key: Digest, _: Prices, _: u32) -> SpecId {
        Bonds::insert(provider, 1_000_000 * SOUK);
        BenchmarkKey::put(receipt_key);
        SPEC
    }
    fn set_clock(now: BlockNumber) {
        Now::put(now);
    }
    fn set_vrf(vrf: Digest) {
        ParentVrf::put(vrf);
    }
}

/// Externalities at block 1, everyone rich, the provider bonded.
pub fn externalities() -> sp_io::TestExternalities {
    let rich = [CONSUMER, PROVIDER, FUNDER, STRANGER].map(|who| (who, RICH));
    let poor = [TREASURY, POT, PUBLISHER].map(|who| (who, ED));
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
        Bonds::insert(PROVIDER, BOND);
    });
    externalities
}

/// Externalities with a keystore, for benchmarks.
#[cfg(feature = "runtime-benchmarks")]
pub fn with_keys() -> sp_io::TestExternalities {
    let mut externalities = externalities();
    let keystore = sp_keystore::testing::MemoryKeystore::new();
    externalities.register_extension(sp_keystore::KeystoreExt::new(keystore));
    externalities
}

/// Runs a test and checks the invariants at its end.
pub fn test(run: impl FnOnce()) {
    externalities().execute_with(|| {
        run();
        check();
    });
}

/// The invariants, and that the provider's obligations are its channels that are not done.
pub fn check() {
    Souk::do_try_state().unwrap();
    for row in Souk::solvency() {
        assert_eq!(row.held, row.owed, "{}", row.purpose);
    }
    // There are no exams here: nothing else exposes a bond.
    for provider in Batches::<Test>::iter_values().map(|batch| batch.provider) {
        let batches = Batches::<Test>::iter_values().filter(|batch| batch.provider == provider);
        assert_eq!(Exposed::get(&provider), batches.map(|batch| batch.exposure).sum::<Balance>());
    }
    let open = Channels::<Test>::iter_values()
        .filter(|c| {
            c.open_batches > 0 || !matches!(c.state, souk_primitives::views::ChannelState::Closed { .. })
        })
        .count();
    assert_eq!(Obligations::get(PROVIDER) as usize, open);
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

pub fn voucher_pair() -> Pair {
    Pair::from_seed(&[21; 32])
}

pub fn receipt_pair() -> Pair {
    Pair::from_seed(&[22; 32])
}

/// What all parties have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Books {
    pub consumer: (Balance, Balance),
    pub funder: (Balance, Balance),
    /// Free and pending.
    pub provider: (Balance, Balance),
    pub treasury: Balance,
    pub pot: Balance,
    pub issuance: Balance,
}

pub fn held(reason: HoldReason, who: &AccountId) -> Balance {
    Balances::balance_on_hold(&reason.into(), who)
}

pub fn books() -> Books {
    let purse = |who, reason| (Balances::balance(&who), held(reason, &who));
    Books {
        consumer: purse(CONSUMER, HoldReason::Channel),
        funder: purse(FUNDER, HoldReason::Channel),
        provider: purse(PROVIDER, HoldReason::Pending),
        treasury: Balances::balance(&TREASURY),
        pot: Balances::balance(&POT),
        issuance: Balances::total_issuance(),
    }
}

/// The pallet's events since the last call.
pub fn events() -> Vec<crate::Event<Test>> {
    let events = System::events()
        .into_iter()
        .filter_map(|record| match record.event {
            RuntimeEvent::Souk(event) => Some(event),
            _ => None,
        })
        .collect();
    System::reset_events();
    events
}

/// The only event since the last call.
pub fn event() -> crate::Event<Test> {
    let mut events = events();
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

/// `open` with everything as usual but for what the test changes.
pub struct Open {
    pub by: AccountId,
    pub provider: AccountId,
    pub spec: SpecId,
    pub deposit: Balance,
    pub max: Prices,
    pub expires: BlockNumber,
    pub allow_unaudited: bool,
    pub notice: BlockNumber,
    pub consumer: Option<AccountId>,
}

impl Default for Open {
    fn default() -> Self {
        Open {
            by: CONSUMER,
            provider: PROVIDER,
            spec: SPEC,
            deposit: DEPOSIT,
            max: PRICES,
            expires: EXPIRES,
            allow_unaudited: false,
            notice: 0,
            consumer: None,
        }
    }
}

impl Open {
    pub fn call(self) -> DispatchResult {
        Souk::open(
            signed(self.by),
            self.provider,
            self.spec,
            self.deposit,
            self.max.per_1k_input,
            self.max.per_1k_output,
            voucher_pair().public().0,
            self.expires,
            self.allow_unaudited,
            self.notice,
            self.consumer,
        )
        .map(|_| ())
        .map_err(|refused| refused.error)
    }

    /// Opens the channel, forgets the event and returns the id in it.
    pub fn done(self) -> ChannelId {
        System::reset_events();
        self.call().unwrap();
        match event() {
            crate::Event::ChannelOpened { channel, .. } => channel,
            other => panic!("{other:?}"),
        }
    }
}

/// The usual channel of the consumer.
pub fn open() -> ChannelId {
    Open::default().done()
}

/// A channel that the funder paid for the consumer.
pub fn open_funded() -> ChannelId {
    Souk::set_limit(signed(CONSUMER), PROVIDER, RICH, 8).unwrap();
    Open { by: FUNDER, consumer: Some(CONSUMER), ..Open::default() }.done()
}

pub fn unsigned_voucher(channel: ChannelId, cumulative: Balance, calls: u32) -> Voucher {
    Voucher { genesis: GENESIS, channel, cumulative, calls, receipts_root: [33; 32] }
}

pub fn voucher(channel: ChannelId, cumulative: Balance, calls: u32) -> SignedVoucher {
    sign_voucher(unsigned_voucher(channel, cumulative, calls))
}

pub fn sign_voucher(voucher: Voucher) -> SignedVoucher {
    let signature = voucher.sign(&voucher_pair());
    SignedVoucher { voucher, signature }
}

/// The provider hands a voucher in.
pub fn settle(channel: ChannelId, signed_voucher: SignedVoucher) -> DispatchResult {
    let SignedVoucher { voucher, signature } = signed_voucher;
    Souk::settle(signed(PROVIDER), channel, voucher, signature).map(drop).map_err(|error| error.error)
}

pub fn receipt(channel: ChannelId, seq: u32, output_tokens: u32) -> Receipt {
    Receipt {
        genesis: GENESIS,
        channel,
        seq,
        request_digest: [1; 32],
        response_digest: [2; 32],
        input_tokens: 0,
        output_tokens,
        charge: PRICES.charge(0, output_tokens).unwrap(),
        finish: Finish::Stop,
    }
}

pub fn sign_receipt(receipt: Receipt) -> SignedReceipt {
    let signature = receipt.sign(&receipt_pair());
    SignedReceipt { receipt, signature }
}

/// A call of `output_tokens` at 4 SOUK per 1,000.
pub fn call(channel: ChannelId, seq: u32, output_tokens: u32) -> SignedCall {
    let receipt = receipt(channel, seq, output_tokens);
    let seed = Souk::channel_view(&channel).and_then(|view| view.seed).unwrap_or_default();
    let request = Request {
        genesis: GENESIS,
        channel,
        seq,
        seed,
        request_digest: [1; 32],
        max_charge: receipt.charge,
        blinding: [3; 32],
    };
    sign_call(request, receipt)
}

pub fn sign_call(request: Request, receipt: Receipt) -> SignedCall {
    SignedCall {
        request_signature: request.sign(&voucher_pair()),
        receipt_signature: receipt.sign(&receipt_pair()),
        request,
        receipt,
    }
}

/// The next block: clock, beacon and hooks.
pub fn next_block() {
    let number = System::block_number() + 1;
    System::set_block_number(number);
    Now::mutate(|now| *now += 1);
    ParentVrf::put(vrf_of(number - 1));
    Souk::on_initialize(number);
    Souk::on_idle(number, Weight::MAX);
}

/// Goes on until the live clock shows `now`.
pub fn run_to(now: BlockNumber) {
    while Now::get() < now {
        next_block();
    }
}

/// VRF output of a block.
pub fn vrf_of(block: BlockNumber) -> Digest {
    souk_primitives::hash(&[b"vrf", &block.to_le_bytes()])
}

/// The clock alone, without the hooks that would sweep.
pub fn set_now(now: BlockNumber) {
    Now::put(now);
}
