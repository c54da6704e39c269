//! What the tests script, and the ports that answer by it.

use super::*;

// Whatever can be scripted lies in storage, so that a refused call leaves no trace there either.
#[storage_alias]
pub type Live = StorageValue<Mock, BlockNumber, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type Stopped = StorageValue<Mock, bool, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type NoVrf = StorageMap<Mock, Blake2_128Concat, BlockNumber, ()>;
#[storage_alias]
pub type OnlyAuthor = StorageValue<Mock, AccountId>;
#[storage_alias]
pub type Pending = StorageMap<Mock, Blake2_128Concat, BatchId, Batch>;
#[storage_alias]
pub type Ended = StorageMap<Mock, Blake2_128Concat, BatchId, (CloseReason, bool)>;
#[storage_alias]
pub type Registered =
    StorageValue<Mock, Vec<(AccountId, Balance)>, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type Records =
    StorageMap<Mock, Blake2_128Concat, AccountId, Record, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type Jailed = StorageMap<Mock, Blake2_128Concat, AccountId, ()>;
#[storage_alias]
pub type Silences = StorageValue<Mock, Vec<AccountId>, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type Outvoted = StorageValue<Mock, Vec<AccountId>, frame_support::pallet_prelude::ValueQuery>;
/// Providers that withdrew.
#[storage_alias]
pub type Gone = StorageMap<Mock, Blake2_128Concat, AccountId, ()>;
#[storage_alias]
pub type Answers = StorageValue<Mock, Vec<AccountId>, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type Notice = StorageValue<Mock, BlockNumber, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type Offences =
    StorageValue<Mock, Vec<(AccountId, AuditId, u32, Balance)>, frame_support::pallet_prelude::ValueQuery>;
/// Blocks are full: nothing is left for idle work.
#[storage_alias]
pub type Busy = StorageValue<Mock, bool, frame_support::pallet_prelude::ValueQuery>;
/// What open batches leave of the bond; all of it for none.
#[storage_alias]
pub type Room = StorageValue<Mock, Balance>;
/// What the provider of an exam prepaid into the pot.
#[storage_alias]
pub type Prepaid = StorageValue<Mock, Balance, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
pub type NoThresholds = StorageValue<Mock, bool, frame_support::pallet_prelude::ValueQuery>;

parameter_types! {
    pub const PotId: PalletId = PalletId(*b"souk/pot");
    pub storage MaxTasks: u32 = 50;
}

pub struct Ports;

impl Get<BlockNumber> for Ports {
    fn get() -> BlockNumber {
        Live::get()
    }
}

pub fn vrf(block: BlockNumber) -> Digest {
    hash(&[b"mock vrf", &block.to_le_bytes()])
}

impl Get<Option<Digest>> for Ports {
    fn get() -> Option<Digest> {
        let parent = System::block_number().checked_sub(1)?;
        (parent > 0 && !NoVrf::contains_key(parent)).then(|| vrf(parent))
    }
}

impl Get<Option<AccountId>> for Ports {
    fn get() -> Option<AccountId> {
        OnlyAuthor::get().or_else(|| Some(stash(1 + (System::block_number() % u32::from(VALIDATORS)) as u8)))
    }
}

impl crate::BatchBook for Ports {
    fn batch(id: &BatchId) -> Option<Batch> {
        Pending::get(id)
    }

    fn release(id: &BatchId, reason: CloseReason) {
        let batch = Pending::take(id).expect("released once");
        Ended::insert(id, (reason, true));
        if batch.kind == BatchKind::Exam {
            return;
        }
        let fee = if batch.audited { batch.value / 50 } else { 0 };
        Balances::transfer(&ESCROW, &batch.provider, batch.value - fee, Preservation::Preserve).unwrap();
        if fee > 0 {
            Balances::transfer(&ESCROW, &Attestation::pot_account(), fee, Preservation::Preserve).unwrap();
            Attestation::pot_deposit(&batch.spec, fee);
        }
    }

    fn notice(_: &ChannelId) -> BlockNumber {
        Notice::get()
    }

    fn refund(id: &BatchId, reason: CloseReason, audit_fee: Balance) {
        let batch = Pending::take(id).expect("refunded once");
        Ended::insert(id, (reason, false));
        if batch.kind == BatchKind::Exam {
            assert_eq!(audit_fee, 0, "there is no money behind an exam");
            return;
        }
        let fee = audit_fee.min(batch.value);
        Balances::transfer(&ESCROW, &batch.funder, batch.value - fee, Preservation::Preserve).unwrap();
        if fee > 0 {
            Balances::transfer(&ESCROW, &Attestation::pot_account(), fee, Preservation::Preserve).unwrap();
            Attestation::pot_deposit(&batch.spec, fee);
        }
    }

    fn prepaid(exam: &BatchId) -> Balance {
        assert!(Pending::get(exam).is_some_and(|batch| batch.kind == BatchKind::Exam), "asked in time");
        Prepaid::get()
    }
}

impl crate::VerifierBook for Ports {
    fn verifiers(_: &SpecId) -> Vec<(AccountId, Balance)> {
        Registered::get()
    }

    fn is_linked(provider: &AccountId, who: &AccountId) -> bool {
        *provider == PROVIDER && *who == stash(OWN)
    }

    fn thresholds(_: &SpecId) -> Option<Thresholds> {
        (!NoThresholds::get()).then_some(Thresholds::F32)
    }

    fn least_exact(_: &SpecId) -> u32 {
        NumericClass::F32.least_exact()
    }

    fn report_fee(_: &SpecId) -> Balance {
        FEE
    }

    fn answered(who: &AccountId, _: &SpecId) {
        Answers::append(who);
    }

    fn silent(who: &AccountId, _: &SpecId) {
        Silences::append(who);
    }

    fn outvoted(who: &AccountId, _: &SpecId) {
        Outvoted::append(who);
    }
}

impl crate::Bonds for Ports {
    fn slash(provider: &AccountId, amount: Balance, payees: &[(AccountId, Balance)]) -> Balance {
        let taken = amount.min(Self::slashable(provider));
        let mut left = taken;
        for (payee, share) in payees {
            Balances::transfer(provider, payee, *share, Preservation::Preserve).unwrap();
            left -= share;
        }
        Balances::burn_from(provider, left, Preservation::Preserve, Precision::Exact, Fortitude::Force)
            .unwrap();
        taken
    }

    fn slashable(provider: &AccountId) -> Balance {
        Balances::total_balance(provider).saturating_sub(ED)
    }

    fn room(provider: &AccountId) -> Balance {
        Room::get().unwrap_or_else(|| Self::slashable(provider))
    }

    fn jail(provider: &AccountId) {
        Jailed::insert(provider, ());
    }

    fn record(provider: &AccountId, _: &SpecId) -> Record {
        Records::get(provider)
    }

    fn set_record(provider: &AccountId, _: &SpecId, record: Record) {
        Records::insert(provider, record);
    }

    fn cap(_: &AccountId) -> Balance {
        VALUE * 4
    }

    fn validator(provider: &AccountId) -> Option<AccountId> {
        (*provider == PROVIDER && !Gone::contains_key(provider)).then(|| stash(OWN))
    }
}

impl crate::OffenceSink for Ports {
    fn report(validator: &AccountId, audit: &AuditId, session: u32, slashed: Balance) {
        Offences::append((validator, audit, session, slashed));
    }
}

impl crate::Tasks for Ports {
    fn endpoint(_: &AccountId) -> String {
        "http://provider.example:8901".into()
    }

    fn task(audit: AuditView) -> Option<AuditTask> {
        let exam = ExamSubject { epoch: 3, paper: [8; 32] };
        let channel = ChannelView {
            id: audit.channel,
            consumer: CONSUMER,
            funder: FUNDER,
            provider: audit.provider.clone(),
            spec: audit.spec,
            deposit: VALUE,
            settled: VALUE,
            settled_calls: audit.count,
            per_1k_input: 1,
            per_1k_output: 2,
            voucher_key: [1; 32],
            receipt_key: [2; 32],
            seed: Some([3; 32]),
            opened_at: 1,
            expires: 1_000,
            state: ChannelState::Open,
            audited: true,
            open_batches: 1,
            notice: 0,
        };
        let spec_view = SpecView {
            id: audit.spec,
            listing: 0,
            version: 0,
            model: "demo".into(),
            manifest_digest: [4; 32],
            numeric_class: NumericClass::F32,
            max_context: 2_048,
            thresholds: Thresholds::F32,
            audited: true,
            verifiers: 4,
            report_fee: FEE,
            pot: 0,
        };
        let is_exam = Pending::get(audit.batch).is_some_and(|batch| batch.kind == BatchKind::Exam);
        let subject = if is_exam { AuditSubject::Exam(exam) } else { AuditSubject::Call(Box::new(channel)) };
        Some(AuditTask { audit, subject, spec_view, now: Live::get() })
    }
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::BenchmarkHelper for Ports {
    fn batch(index: u32, seats: u32) -> (Batch, Vec<AccountId>) {
        let stashes: Vec<_> = (0..seats).map(|i| stash(OWN + 1 + i as u8)).collect();
        Registered::put(stashes.iter().map(|s| (s.clone(), 100 * SOUK)).collect::<Vec<_>>());
        for who in stashes.iter().chain([&PROVIDER, &CONSUMER, &FUNDER, &ESCROW]) {
            Balances::mint_into(who, BOND).unwrap();
        }
        let batch = batch_of(hash(&[b"benchmark", &index.to_le_bytes()]), Chance::ONE);
        Pending::insert(batch.id, &batch);
        (batch, stashes)
    }
}
