//! A small market on the local preset: a listed model with an audited spec, providers, channels whose calls are really
//! signed, and committees that really commit and reveal. Everything goes through the transaction extensions.

use super::harness::*;
use crate::{
    constants::currency::SOUK, AccountId, Attestation, Balance, Channels, Executive, Runtime, RuntimeCall,
    RuntimeEvent, RuntimeOrigin, SignedPayload, System, TxExtension, UncheckedExtrinsic,
};
use codec::Encode;
use frame_support::{assert_ok, BoundedVec};
use frame_system::offchain::CreateAuthorizedTransaction;
use pallet_attestation::{sr25519::AuthoritySignature, types::Step, Commits, Reveals};
use pallet_channels::types::{SignedCall, SignedReceipt, SignedVoucher};
use souk_primitives::{
    audit::{commitment, submission_payload, Commit, Reveal, COMMIT_TAG, REVEAL_TAG},
    call::{receipt_leaf, CallBody, CallKind, Finish, Prices, Receipt, Request, Signed, Voucher},
    close::CloseReason,
    spec::{NumericClass, Sampler, Spec},
    sumtree,
    verdict::{Faults, Report, Thresholds},
    views::ListingKind,
    AuditId, BatchId, BlockNumber, ChannelId, Digest, SpecId,
};
use sp_core::{sr25519, Pair};
use sp_runtime::{
    generic::Era,
    traits::Dispatchable,
    transaction_validity::{TransactionSource, TransactionValidity},
    ApplyExtrinsicResult, DispatchResult,
};

/// What a report of the committees costs.
pub const REPORT_FEE: Balance = SOUK / 1_000;
/// Bond of a provider.
pub const BOND: Balance = 600 * SOUK;
/// Its prices.
pub const PRICES: Prices = Prices { per_1k_input: SOUK, per_1k_output: 2 * SOUK };
/// Validators of the local network.
pub const VALIDATORS: [&str; 4] = ["Alice", "Bob", "Charlie", "Dave"];
/// Digest of the model's manifest.
const MANIFEST: Digest = [8; 32];

pub fn id(pair: &sr25519::Pair) -> AccountId {
    AccountId::new(pair.public().0)
}

pub fn account(name: &str) -> AccountId {
    id(&pair(name))
}

pub fn genesis_hash() -> Digest {
    System::block_hash(0).0
}

/// The extension of a signed transaction.
pub fn extension(nonce: u32, tip: Balance) -> TxExtension {
    let mut extension = <Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_extension();
    extension.5 = frame_system::CheckEra::from(Era::Immortal);
    extension.6 = frame_system::CheckNonce::from(nonce);
    extension.8 = pallet_transaction_payment::ChargeTransactionPayment::from(tip);
    extension
}

/// A call signed by `who`.
pub fn sign(who: &sr25519::Pair, nonce: u32, tip: Balance, call: RuntimeCall) -> UncheckedExtrinsic {
    let extension = extension(nonce, tip);
    let payload = SignedPayload::new(call.clone(), extension.clone()).unwrap();
    let signature = payload.using_encoded(|bytes| who.sign(bytes));
    UncheckedExtrinsic::new_signed(call, id(who).into(), signature.into(), extension)
}

/// Puts a call signed by `//name` into the current block.
pub fn submit(name: &str, call: impl Into<RuntimeCall>) -> DispatchResult {
    let who = pair(name);
    let nonce = System::account_nonce(id(&who));
    Executive::apply_extrinsic(sign(&who, nonce, 0, call.into())).expect("a valid transaction")
}

/// The node's own transaction.
pub fn authorized(call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
    <Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_authorized_transaction(call.into())
}

/// What the pool says of a transaction.
pub fn validate(transaction: UncheckedExtrinsic) -> TransactionValidity {
    let best = System::block_hash(System::block_number());
    Executive::validate_transaction(TransactionSource::External, transaction, best)
}

/// Text of bounded length; what is too long is cut off.
pub fn bytes<S: frame_support::traits::Get<u32>>(text: &str) -> BoundedVec<u8, S> {
    BoundedVec::truncate_from(text.as_bytes().to_vec())
}

/// The demo spec.
pub fn spec() -> Spec {
    Spec {
        listing: 0,
        version: 0,
        manifest_digest: MANIFEST,
        numeric_class: NumericClass::F32,
        sampler: Sampler::V1,
        max_context: 2_048,
        thresholds: Thresholds::F32,
    }
}

/// Lists the model, and has its spec calibrated and verified by all validators. Takes one block.
pub fn open_market() -> SpecId {
    let spec_id = spec().id();
    open_block();
    let listing = pallet_listings::Call::register {
        kind: ListingKind::Model,
        name: bytes("smollm2-135m"),
        summary: bytes("a small model"),
        tags: Default::default(),
        card: Default::default(),
    };
    assert_ok!(submit("Publisher", listing));
    let version = pallet_listings::Call::publish_version {
        listing: 0,
        content_root: [7; 32],
        size: 65_537,
        chunks: 2,
        manifest: MANIFEST,
    };
    assert_ok!(submit("Publisher", version));
    assert_ok!(submit("Publisher", pallet_compute::Call::register_spec { spec: spec() }));
    let accept = pallet_compute::Call::accept_calibration { spec: spec_id, report_fee: REPORT_FEE };
    assert_ok!(RuntimeCall::from(accept).dispatch(RuntimeOrigin::root()));
    for validator in VALIDATORS {
        let call = pallet_compute::Call::register_verifier { spec: spec_id, bond: 10 * SOUK };
        assert_ok!(submit(validator, call));
    }
    close_block();
    spec_id
}

/// Registers `//name` as a sidecar of a validator that serves the spec. In the current block.
pub fn provide(name: &str, validator: &str) -> DispatchResult {
    let register = pallet_compute::Call::register_provider {
        validator: account(validator),
        endpoint: bytes("http://127.0.0.1:8901"),
        receipt_key: receipt_pair(name).public().0,
        seal_key: [6; 32],
        hardware: bytes("2 cores"),
        bond: BOND,
    };
    submit(name, register)?;
    submit(validator, pallet_compute::Call::accept_sidecar { provider: account(name) })?;
    serve(name)
}

/// Runs a test on a market with Provider as Alice's sidecar, and looks at all books after it.
pub fn with_provider(test: impl FnOnce()) {
    local().execute_with(|| {
        open_market();
        open_block();
        assert_ok!(provide("Provider", "Alice"));
        close_block();
        test();
        super::books::check();
    });
}

pub fn serve(name: &str) -> DispatchResult {
    let call = pallet_compute::Call::serve {
        spec: spec().id(),
        price_per_1k_input: PRICES.per_1k_input,
        price_per_1k_output: PRICES.per_1k_output,
        capacity: 40,
    };
    submit(name, call)
}

fn receipt_pair(provider: &str) -> sr25519::Pair {
    pair(&format!("{provider}//receipts"))
}

/// The latest event for which `pick` has an answer.
pub fn last_event<R>(pick: impl Fn(RuntimeEvent) -> Option<R>) -> Option<R> {
    System::read_events_no_consensus().filter_map(|record| pick(record.event)).last()
}

/// A channel as its two parties see it.
#[derive(Clone)]
pub struct Line {
    pub id: ChannelId,
    pub consumer: &'static str,
    pub provider: &'static str,
    pub deposit: Balance,
    pub calls: Vec<SignedCall>,
}

/// What is asked for in `open`.
#[derive(Clone, Copy)]
pub struct Order {
    pub consumer: &'static str,
    pub funder: &'static str,
    pub provider: &'static str,
    pub deposit: Balance,
    pub lifetime: BlockNumber,
    pub notice: BlockNumber,
}

impl Order {
    pub fn new(consumer: &'static str, provider: &'static str, deposit: Balance) -> Self {
        Order { consumer, funder: consumer, provider, deposit, lifetime: 200, notice: 0 }
    }

    /// Opens the channel in the current block.
    pub fn open(self) -> Result<Line, sp_runtime::DispatchError> {
        let call = pallet_channels::Call::open {
            provider: account(self.provider),
            spec: spec().id(),
            deposit: self.deposit,
            max_price_input: PRICES.per_1k_input,
            max_price_output: PRICES.per_1k_output,
            voucher_key: voucher_pair(self.consumer).public().0,
            expires: live() + self.lifetime,
            allow_unaudited: false,
            notice: self.notice,
            for_consumer: (self.funder != self.consumer).then(|| account(self.consumer)),
        };
        submit(self.funder, call)?;
        let id = last_event(|event| match event {
            RuntimeEvent::Channels(pallet_channels::Event::ChannelOpened { channel, .. }) => Some(channel),
            _ => None,
        });
        let Order { consumer, provider, deposit, .. } = self;
        Ok(Line { id: id.unwrap(), consumer, provider, deposit, calls: Vec::new() })
    }
}

fn voucher_pair(consumer: &str) -> sr25519::Pair {
    pair(&format!("{consumer}//vouchers"))
}

/// The current live block.
pub fn live() -> BlockNumber {
    pallet_governance::LiveBlocks::<Runtime>::get()
}

impl Line {
    fn seed(&self) -> Option<Digest> {
        Channels::channel_view(&self.id)?.seed
    }

    /// Everything charged so far.
    pub fn cumulative(&self) -> Balance {
        self.calls.iter().map(|call| call.receipt.charge).sum()
    }

    /// One more call, ordered, answered, signed by both. Does nothing when the deposit is spent or there is no seed yet.
    pub fn call(&mut self, output_tokens: u32) -> bool {
        let Some(seed) = self.seed() else { return false };
        let seq = self.calls.len() as u32;
        let body = CallBody {
            kind: CallKind::Generate,
            prompt_ids: vec![1, 2, seq],
            temperature_milli: 700,
            max_tokens: output_tokens,
            stops: vec![],
        };
        let charge = PRICES.charge(3, output_tokens).unwrap();
        if self.cumulative() + charge > self.deposit {
            return false;
        }
        let (genesis, channel, request_digest) = (genesis_hash(), self.id, body.digest());
        let request =
            Request { genesis, channel, seq, seed, request_digest, max_charge: charge, blinding: [3; 32] };
        let receipt = Receipt {
            genesis,
            channel,
            seq,
            request_digest,
            response_digest: [4; 32],
            input_tokens: 3,
            output_tokens,
            charge,
            finish: Finish::Stop,
        };
        self.calls.push(SignedCall {
            request_signature: request.sign(&voucher_pair(self.consumer)),
            receipt_signature: self.sign_receipt(&receipt),
            request,
            receipt,
        });
        true
    }

    fn sign_receipt(&self, receipt: &Receipt) -> sr25519::Signature {
        receipt.sign(&receipt_pair(self.provider))
    }

    /// The voucher for the first `calls` calls.
    pub fn voucher(&self, calls: usize) -> SignedVoucher {
        let leaves: Vec<_> =
            self.calls[..calls].iter().map(|call| receipt_leaf(&call.request, &call.receipt)).collect();
        let shape = sumtree::shape(&leaves).unwrap();
        let voucher = Voucher {
            genesis: genesis_hash(),
            channel: self.id,
            cumulative: shape.total,
            calls: shape.count,
            receipts_root: shape.root,
        };
        SignedVoucher { signature: voucher.sign(&voucher_pair(self.consumer)), voucher }
    }

    /// The provider settles the first `calls` calls.
    pub fn settle(&self, calls: usize) -> DispatchResult {
        let SignedVoucher { voucher, signature } = self.voucher(calls);
        submit(self.provider, pallet_channels::Call::settle { channel: self.id, voucher, signature })
    }

    /// Two receipts of the provider for one call.
    pub fn double(&self, seq: usize) -> (SignedReceipt, SignedReceipt) {
        let receipt = self.calls[seq].receipt.clone();
        let other = Receipt { response_digest: [5; 32], ..receipt.clone() };
        let signed = |receipt: Receipt| SignedReceipt { signature: self.sign_receipt(&receipt), receipt };
        (signed(receipt), signed(other))
    }
}

/// A batch of `value` in a new channel of Consumer with `provider`, settled in a block of its own.
pub fn settled_batch(provider: &'static str, output_tokens: u32, notice: BlockNumber) -> (Line, BatchId) {
    open_block();
    let order = Order { notice, ..Order::new("Consumer", provider, 100 * SOUK) };
    let mut line = order.open().unwrap();
    close_block();
    blocks(2);
    open_block();
    assert!(line.call(output_tokens));
    assert_ok!(line.settle(1));
    let batch = last_event(|event| match event {
        RuntimeEvent::Channels(pallet_channels::Event::BatchCommitted { batch, .. }) => Some(batch),
        _ => None,
    });
    close_block();
    (line, batch.unwrap())
}

/// Audits of a batch.
pub fn audits_of(batch: &BatchId) -> Vec<AuditId> {
    pallet_attestation::Batches::<Runtime>::get(batch).unwrap().audits.to_vec()
}

/// Runs to the draw of a batch and returns its audits.
pub fn run_to_draw(batch: &BatchId) -> Vec<AuditId> {
    for _ in 0..20 {
        let audits = audits_of(batch);
        if !audits.is_empty() {
            return audits;
        }
        blocks(1);
    }
    panic!("the batch was not drawn");
}

/// Why a batch ended.
pub fn end_of(batch: &BatchId) -> Option<CloseReason> {
    pallet_channels::Ended::<Runtime>::get(batch).map(|ended| ended.reason)
}

fn tokens(margin: u32) -> Report {
    Report::Tokens {
        n: 96,
        mean_margin: margin,
        max_window: margin,
        max_margin: margin,
        exact: 990,
        faults: Faults::default(),
    }
}

pub fn valid() -> Report {
    tokens(400)
}

pub fn doubtful() -> Report {
    tokens(20_000)
}

pub fn invalid() -> Report {
    tokens(461_000)
}

const SALT: Digest = [77; 32];

/// A member's commit, signed by `signer`.
pub fn commit(
    signer: &sr25519::Pair,
    who: &AccountId,
    audit: AuditId,
    report: &Report,
) -> UncheckedExtrinsic {
    let round = pallet_attestation::Audits::<Runtime>::get(audit).unwrap().round;
    let commitment = commitment(&genesis_hash(), &audit, round, report, &None, &SALT, who);
    commit_items(signer, who, vec![Commit { audit, round, commitment }])
}

/// Commits as they are, signed by `signer`.
pub fn commit_items(signer: &sr25519::Pair, who: &AccountId, commits: Vec<Commit>) -> UncheckedExtrinsic {
    let commits = Commits::truncate_from(commits);
    let payload = submission_payload(COMMIT_TAG, &genesis_hash(), who, &commits);
    let signature = AuthoritySignature::from(signer.sign(&payload));
    authorized(pallet_attestation::Call::commit_audit { validator: who.clone(), commits, signature })
}

/// A member's reveal, signed by `signer`.
pub fn reveal(
    signer: &sr25519::Pair,
    who: &AccountId,
    audit: AuditId,
    report: &Report,
) -> UncheckedExtrinsic {
    let round = pallet_attestation::Audits::<Runtime>::get(audit).unwrap().round;
    reveal_items(signer, who, vec![Reveal { audit, round, report: *report, digest: None, salt: SALT }])
}

/// Reveals as they are, signed by `signer`.
pub fn reveal_items(signer: &sr25519::Pair, who: &AccountId, reveals: Vec<Reveal>) -> UncheckedExtrinsic {
    let reveals = Reveals::truncate_from(reveals);
    let payload = submission_payload(REVEAL_TAG, &genesis_hash(), who, &reveals);
    let signature = AuthoritySignature::from(signer.sign(&payload));
    authorized(pallet_attestation::Call::reveal_audit { validator: who.clone(), reveals, signature })
}

/// The well-known validator with this stash.
pub fn validator_pair(stash: &AccountId) -> sr25519::Pair {
    VALIDATORS.map(pair).into_iter().find(|pair| id(pair) == *stash).unwrap()
}

/// Each member of an audit does in the current block what the audit wants of it: commit or reveal what `report` says.
pub fn work(audit: AuditId, report: impl Fn(&AccountId) -> Option<Report>) -> Vec<ApplyExtrinsicResult> {
    let read = || pallet_attestation::Audits::<Runtime>::get(audit).unwrap();
    let members: Vec<_> = read().seats.iter().map(|seat| seat.validator.clone()).collect();
    let mut results = Vec::new();
    for who in members {
        let Some(report) = report(&who) else { continue };
        let (now, signer) = (read(), validator_pair(&who));
        let seat = now.seat(&who).unwrap();
        let transaction = match now.step(live()) {
            Step::Commit if seat.commitment.is_none() => commit(&signer, &who, audit, &report),
            Step::Reveal if seat.commitment.is_some() && seat.report.is_none() => {
                reveal(&signer, &who, audit, &report)
            }
            _ => continue,
        };
        results.push(Executive::apply_extrinsic(transaction));
    }
    results
}

/// All members of an audit commit in one block and reveal in the next.
pub fn report(audit: AuditId, report: Report) {
    for _ in 0..2 {
        open_block();
        for result in work(audit, |_| Some(report)) {
            assert_eq!(result, Ok(Ok(())));
        }
        close_block();
    }
    assert!(Attestation::audit_view(&audit).unwrap().seats.iter().all(|seat| seat.report.is_some()));
}

/// Has every audit of a batch reported alike, until the batch ends.
pub fn convict_or_clear(batch: &BatchId, verdict: Report) {
    for audit in run_to_draw(batch) {
        if end_of(batch).is_none() {
            report(audit, verdict);
        }
    }
}
