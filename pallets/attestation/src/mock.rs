//! A runtime with scripted ports. Pending money lies on an escrow account and bonds on the providers' own, so that
//! tests can follow every unit.

use crate::{
    self as pallet_attestation,
    sr25519::{AuthorityId, AuthoritySignature},
    types::{Audit, Phase},
    Commits, Reveals,
};
use frame_support::{
    derive_impl,
    dispatch::DispatchResult,
    parameter_types, storage_alias,
    traits::{
        fungible::{Inspect, Mutate},
        tokens::{Fortitude, Precision, Preservation},
        Authorize, ConstU128, Get, Hooks, OneSessionHandler,
    },
    weights::Weight,
    Blake2_128Concat, PalletId,
};
use frame_system::offchain::{CreateAuthorizedTransaction, CreateTransaction, CreateTransactionBase};
use souk_primitives::{
    audit::{commitment, submission_payload, Commit, Reveal, Round, COMMIT_TAG, REVEAL_TAG},
    batch::{Batch, BatchKind},
    beacon,
    close::CloseReason,
    exposure::{exposure, Chance},
    hash,
    rate::Record,
    spec::NumericClass,
    verdict::{Faults, Report, Thresholds},
    views::{AuditSubject, AuditTask, AuditView, ChannelState, ChannelView, ExamSubject, SpecView},
    AccountId, AuditId, Balance, BatchId, BlockNumber, ChannelId, Digest, SpecId, SOUK,
};
use sp_core::{sr25519, Pair};
use sp_runtime::{
    generic,
    traits::{BlakeTwo256, Dispatchable, IdentityLookup},
    transaction_validity::{TransactionSource, TransactionValidityError, ValidTransaction},
    BuildStorage,
};

mod ports;
pub use ports::*;

type TxExtension = frame_system::AuthorizeCall<Test>;
pub type Extrinsic = sp_runtime::testing::TestXt<RuntimeCall, TxExtension>;
type Block = generic::Block<generic::Header<u32, BlakeTwo256>, Extrinsic>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Attestation: pallet_attestation,
    }
);

pub const PROVIDER: AccountId = AccountId::new([50; 32]);
pub const CONSUMER: AccountId = AccountId::new([60; 32]);
pub const FUNDER: AccountId = AccountId::new([61; 32]);
pub const STRANGER: AccountId = AccountId::new([62; 32]);
/// In whose name exams are committed.
pub const REWARDS: AccountId = AccountId::new([63; 32]);
pub const ESCROW: AccountId = AccountId::new([70; 32]);
pub const SPEC: SpecId = [10; 32];
pub const GENESIS: Digest = [42; 32];
pub const ED: Balance = SOUK / 1_000;
pub const BOND: Balance = 1_000 * SOUK;
pub const FEE: Balance = SOUK / 100;
pub const VALUE: Balance = 10 * SOUK;
pub const VALIDATORS: u8 = 5;
/// What a false answer in an exam costs.
pub const FINE: Balance = 25 * SOUK;
/// The validator whose sidecar [`PROVIDER`] is.
pub const OWN: u8 = 1;

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = Balance;
    type AccountStore = System;
    type ExistentialDeposit = ConstU128<ED>;
}

impl crate::Config for Test {
    type Currency = Balances;
    type PalletId = PotId;
    type Batches = Ports;
    type Verifiers = Ports;
    type Bonds = Ports;
    type Offences = Ports;
    type Tasks = Ports;
    type Beacon = Ports;
    type Author = Ports;
    type Clock = Ports;
    type SessionIndex = frame_support::traits::ConstU32<7>;
    type Window = frame_support::traits::ConstU32<4>;
    type Seats = frame_support::traits::ConstU32<3>;
    type FinalitySlack = frame_support::traits::ConstU32<2>;
    type CommitWindow = frame_support::traits::ConstU32<6>;
    type RevealWindow = frame_support::traits::ConstU32<4>;
    type RedrawAfter = frame_support::traits::ConstU32<40>;
    type ReleaseAfter = frame_support::traits::ConstU32<20>;
    type HistoryDepth = frame_support::traits::ConstU32<50>;
    type MaxTasks = MaxTasks;
    type UnsignedPriority = frame_support::traits::ConstU64<1_000>;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Ports;
}

impl<C> CreateTransactionBase<C> for Test
where
    RuntimeCall: From<C>,
{
    type Extrinsic = Extrinsic;
    type RuntimeCall = RuntimeCall;
}

impl<C> CreateTransaction<C> for Test
where
    RuntimeCall: From<C>,
{
    type Extension = TxExtension;

    fn create_transaction(call: RuntimeCall, extension: TxExtension) -> Extrinsic {
        Extrinsic::new_transaction(call, extension)
    }
}

impl<C> CreateAuthorizedTransaction<C> for Test
where
    RuntimeCall: From<C>,
{
    fn create_extension() -> TxExtension {
        TxExtension::new()
    }
}

pub fn stash(validator: u8) -> AccountId {
    AccountId::new([validator; 32])
}

/// Number of a validator's stash.
pub fn number(stash: &AccountId) -> u8 {
    let bytes: &[u8; 32] = stash.as_ref();
    bytes[0]
}

/// Attestation key of a validator in a generation of session keys.
pub fn pair(validator: u8, generation: u8) -> sr25519::Pair {
    sr25519::Pair::from_seed(&hash(&[b"attn", &[validator, generation]]))
}

/// Starts a session with these keys.
pub fn rotate_keys(generation: u8) {
    let keys: Vec<_> =
        (1..=VALIDATORS).map(|v| (stash(v), AuthorityId::from(pair(v, generation).public()))).collect();
    let pairs = || keys.iter().map(|(who, key)| (who, key.clone()));
    <Attestation as OneSessionHandler<AccountId>>::on_new_session(true, pairs(), pairs());
}

/// An externality at block 1 with five validators, of which all but [`OWN`] can audit.
pub fn new_test_ext() -> sp_io::TestExternalities {
    let mut accounts: Vec<_> = (1..=VALIDATORS).map(|v| (stash(v), 100 * SOUK)).collect();
    accounts.extend([(PROVIDER, BOND + ED), (CONSUMER, SOUK), (FUNDER, 500 * SOUK), (STRANGER, SOUK)]);
    accounts.push((ESCROW, SOUK));
    let genesis = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig { balances: accounts, ..Default::default() },
        ..Default::default()
    };
    let mut ext: sp_io::TestExternalities = genesis.build_storage().unwrap().into();
    ext.execute_with(|| {
        frame_system::BlockHash::<Test>::insert(0, sp_core::H256(GENESIS));
        Registered::put((1..=VALIDATORS).map(|v| (stash(v), 100 * SOUK)).collect::<Vec<_>>());
        rotate_keys(0);
        next_block();
    });
    ext
}

/// Runs a test and checks the invariants at its end.
pub fn run(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        Attestation::do_try_state().unwrap();
    });
}

pub fn next_block() {
    let block = System::block_number() + 1;
    System::set_block_number(block);
    if !Stopped::get() {
        Live::mutate(|live| *live += 1);
    }
    Attestation::on_initialize(block);
    if !Busy::get() {
        Attestation::on_idle(block, Weight::MAX);
    }
    Attestation::do_try_state().unwrap();
}

pub fn run_to(block: BlockNumber) {
    while System::block_number() < block {
        next_block();
    }
}

pub fn run_blocks(blocks: u32) {
    run_to(System::block_number() + blocks);
}

pub fn batch_of(id: BatchId, chance: Chance) -> Batch {
    Batch {
        id,
        channel: hash(&[&id]),
        provider: PROVIDER,
        consumer: CONSUMER,
        funder: FUNDER,
        spec: SPEC,
        from: 3 * SOUK,
        value: VALUE,
        root: [9; 32],
        total: 3 * SOUK + VALUE,
        count: 12,
        chance,
        exposure: exposure(VALUE, 3, chance).unwrap(),
        audited: true,
        committed_at: System::block_number(),
        kind: BatchKind::Call,
    }
}

/// Answers to an exam of twelve questions, worth 700 tokens.
pub fn exam_of(id: BatchId) -> Batch {
    Batch {
        id,
        channel: id,
        consumer: REWARDS,
        funder: REWARDS,
        from: 0,
        value: 700,
        total: 700,
        exposure: FINE,
        kind: BatchKind::Exam,
        ..batch_of(id, Chance::ONE)
    }
}

/// Settles a batch: its value goes into escrow. No money lies behind an exam.
pub fn settle(batch: &Batch) -> DispatchResult {
    if batch.kind == BatchKind::Exam {
        Pending::insert(batch.id, batch);
        return Attestation::committed(batch);
    }
    Balances::transfer(&batch.funder, &ESCROW, batch.value, Preservation::Preserve)?;
    Pending::insert(batch.id, batch);
    Attestation::committed(batch)
}

/// How often the coming window hits a batch that is settled now.
pub fn hits_of(id: &BatchId, chance: Chance) -> usize {
    let now = System::block_number();
    let threshold = beacon::roll_threshold(chance, 4);
    (now + 1..=now + 4).filter(|block| beacon::hits(&vrf(*block), id, threshold)).count()
}

/// Settles a batch that the coming window hits this often, at this chance.
pub fn settle_with_hits(hits: usize, chance: Chance) -> BatchId {
    let id = (0u32..)
        .map(|i| hash(&[b"batch", &i.to_le_bytes()]))
        .find(|id| !crate::Batches::<Test>::contains_key(id) && hits_of(id, chance) == hits)
        .unwrap();
    settle(&batch_of(id, chance)).unwrap();
    id
}

/// Commits to an exam that the coming window hits once, and runs to its one audit.
pub fn drawn_exam() -> (BatchId, AuditId) {
    let id = (0u32..)
        .map(|i| hash(&[b"exam", &i.to_le_bytes()]))
        .find(|id| !crate::Batches::<Test>::contains_key(id) && hits_of(id, Chance::ONE) == 1)
        .unwrap();
    settle(&exam_of(id)).unwrap();
    run_blocks(5);
    (id, crate::Batches::<Test>::get(id).unwrap().audits[0])
}

/// Settles a batch for certain audit, and runs to its one audit.
pub fn drawn() -> (BatchId, AuditId) {
    let batch = settle_with_hits(1, Chance::ONE);
    run_blocks(5);
    let audits = crate::Batches::<Test>::get(batch).unwrap().audits;
    assert_eq!(audits.len(), 1);
    (batch, audits[0])
}

pub fn audit(id: AuditId) -> Audit {
    crate::Audits::<Test>::get(id).unwrap()
}

/// Numbers of an audit's members.
pub fn members(id: AuditId) -> Vec<u8> {
    audit(id).seats.iter().map(|s| number(&s.validator)).collect()
}

pub fn tokens(mean_margin: u32, faults: Faults) -> Report {
    Report::Tokens {
        n: 96,
        mean_margin,
        max_window: mean_margin,
        max_margin: mean_margin,
        exact: 990,
        faults,
    }
}

pub fn valid() -> Report {
    tokens(400, Faults::default())
}

pub fn doubtful() -> Report {
    tokens(30_000, Faults::default())
}

pub fn invalid() -> Report {
    tokens(461_000, Faults::default())
}

/// Valid, but with few exact tokens.
pub fn inexact() -> Report {
    let mut report = valid();
    if let Report::Tokens { exact, .. } = &mut report {
        *exact = 940;
    }
    report
}

pub fn foreign_seed() -> Report {
    tokens(0, Faults::FOREIGN_SEED)
}

pub const SALT: Digest = [77; 32];

pub fn commit_of(validator: u8, audit_id: AuditId, report: &Report) -> Commit {
    let round = audit(audit_id).round;
    let commitment = commitment(&GENESIS, &audit_id, round, report, &None, &SALT, &stash(validator));
    Commit { audit: audit_id, round, commitment }
}

pub fn reveal_of(audit_id: AuditId, report: &Report) -> Reveal {
    let round: Round = audit(audit_id).round;
    Reveal { audit: audit_id, round, report: *report, digest: None, salt: SALT }
}

/// A signed submission of commits.
pub fn commit_call(validator: u8, commits: Vec<Commit>, signer: &sr25519::Pair) -> RuntimeCall {
    let commits = Commits::try_from(commits).unwrap();
    let payload = submission_payload(COMMIT_TAG, &GENESIS, &stash(validator), &commits);
    let signature = AuthoritySignature::from(signer.sign(&payload));
    crate::Call::commit_audit { validator: stash(validator), commits, signature }.into()
}

/// A signed submission of reveals.
pub fn reveal_call(validator: u8, reveals: Vec<Reveal>, signer: &sr25519::Pair) -> RuntimeCall {
    let reveals = Reveals::try_from(reveals).unwrap();
    let payload = submission_payload(REVEAL_TAG, &GENESIS, &stash(validator), &reveals);
    let signature = AuthoritySignature::from(signer.sign(&payload));
    crate::Call::reveal_audit { validator: stash(validator), reveals, signature }.into()
}

pub fn authorize(call: &RuntimeCall) -> Result<ValidTransaction, TransactionValidityError> {
    call.authorize(TransactionSource::External).expect("an authorized call").map(|(validity, _)| validity)
}

pub fn dispatch(call: RuntimeCall) -> DispatchResult {
    let origin = RuntimeOrigin::from(frame_system::RawOrigin::Authorized);
    call.dispatch(origin).map(|_| ()).map_err(|e| e.error)
}

/// Authorizes and dispatches, as a block does.
pub fn apply(call: RuntimeCall) {
    authorize(&call).unwrap();
    dispatch(call).unwrap();
}

pub fn commit(validator: u8, audit_id: AuditId, report: &Report) {
    apply(commit_call(validator, vec![commit_of(validator, audit_id, report)], &pair(validator, 0)));
}

pub fn reveal(validator: u8, audit_id: AuditId, report: &Report) {
    apply(reveal_call(validator, vec![reveal_of(audit_id, report)], &pair(validator, 0)));
}

/// Lets the members of an audit commit and then reveal these reports, in the order of their seats.
pub fn report(audit_id: AuditId, reports: &[Report]) {
    let members = members(audit_id);
    for (member, report) in members.iter().zip(reports) {
        commit(*member, audit_id, report);
    }
    // With a member missing, reveals open only when the time for commits is over.
    while audit(audit_id).step(Live::get()) == crate::types::Step::Commit {
        next_block();
    }
    for (member, report) in members.iter().zip(reports) {
        if crate::Audits::<Test>::get(audit_id).is_some_and(|a| a.is_open()) {
            reveal(*member, audit_id, report);
        }
    }
}

/// Runs to the decision of an audit that lacks reports.
pub fn run_past_reveals(audit_id: AuditId) {
    let reveal_by = audit(audit_id).reveal_by;
    while Live::get() <= reveal_by {
        next_block();
    }
}

/// Runs to the second committee of an audit.
pub fn run_to_redraw(audit_id: AuditId) {
    let phase = audit(audit_id).phase;
    let Phase::Redrawing { at, .. } = phase else { panic!("no redraw: {phase:?}") };
    while Live::get() < at {
        next_block();
    }
    assert_eq!((audit(audit_id).round, audit(audit_id).phase), (Round::Second, Phase::Open));
}

/// Puts fees into the spec's pot.
pub fn fill_pot(amount: Balance) {
    Balances::mint_into(&Attestation::pot_account(), amount).unwrap();
    Attestation::pot_deposit(&SPEC, amount);
}

pub fn free(who: &AccountId) -> Balance {
    Balances::total_balance(who)
}

pub fn issuance() -> Balance {
    <Balances as Inspect<AccountId>>::total_issuance()
}

/// An externality in which benchmarks can make keys.
#[cfg(feature = "runtime-benchmarks")]
pub fn with_keystore() -> sp_io::TestExternalities {
    let mut ext = new_test_ext();
    ext.register_extension(sp_keystore::KeystoreExt::new(sp_keystore::testing::MemoryKeystore::new()));
    ext
}
