//! What the market's pallets need from each other and from the consensus pallets.

use crate::{
    parameters::bounded, Attestation, Balance, Channels, Compute, Licensing, Listings, Offences, Rewards,
    Runtime, Session,
};
use alloc::{boxed::Box, string::String, vec, vec::Vec};
use frame_support::{dispatch::DispatchResult, traits::Get};
use pallet_channels::ports::Terms;
use pallet_listings::types::Subject;
use pallet_rewards::exam::{Round, Stage};
use souk_primitives::{
    batch::Batch,
    close::CloseReason,
    exam,
    exposure::Chance,
    licence::Offer,
    rate::Record,
    split,
    verdict::Thresholds,
    views::{AuditSubject, AuditTask, AuditView, BatchState, ExamSubject, ListingStatus},
    AccountId, AuditId, BatchId, BlockNumber, ChannelId, Digest, ListingId, OfferId, SpecId, VersionId,
};
use sp_runtime::{DispatchError, Perbill};
use sp_staking::{
    offence::{Kind, Offence, ReportOffence},
    SessionIndex,
};

/// The parent block's VRF output, as BABE keeps it from that block's end to this one's. `None` in block 1, and when the
/// block carried none.
pub struct Beacon;
impl Get<Option<Digest>> for Beacon {
    fn get() -> Option<Digest> {
        pallet_babe::AuthorVrfRandomness::<Runtime>::get()
    }
}

/// Listings, for those who depend on them; and what depends on them.
pub struct ListingsPort;

impl pallet_compute::ports::Listings for ListingsPort {
    fn owner(listing: ListingId) -> Option<AccountId> {
        Listings::owner(listing)
    }
    fn manifest(listing: ListingId, version: VersionId) -> Option<Digest> {
        Listings::version(listing, version).map(|version| version.manifest)
    }
    fn is_active(listing: ListingId) -> bool {
        Listings::is_active(listing)
    }
    fn was_active(listing: ListingId, at: BlockNumber) -> bool {
        Listings::was_active(listing, at)
    }
    fn name(listing: ListingId) -> Option<String> {
        Listings::listing_name(listing)
    }
}

impl pallet_listings::ports::Dependents for ListingsPort {
    fn in_use(listing: ListingId) -> bool {
        Compute::listing_in_use(listing)
    }
    fn has_open_purchases(listing: ListingId) -> bool {
        Licensing::has_open_purchases(listing)
    }
    fn has_licences(listing: ListingId) -> bool {
        Licensing::has_licences(listing)
    }
}

impl pallet_licensing::ports::Catalogue for ListingsPort {
    fn status(listing: ListingId) -> Option<ListingStatus> {
        Listings::status(listing)
    }
    fn owner(listing: ListingId) -> Option<AccountId> {
        Listings::owner(listing)
    }
    fn offer(listing: ListingId, offer: OfferId) -> Option<Offer> {
        Listings::offer(listing, offer)
    }
    fn offer_with(listing: ListingId, digest: &Digest) -> Option<Offer> {
        Listings::offer_with(listing, digest)
    }
    fn version(listing: ListingId, version: VersionId) -> Option<pallet_licensing::ports::Version> {
        Listings::version(listing, version).map(|version| pallet_licensing::ports::Version {
            content_root: version.content_root,
            size: version.size,
            parents: version.parents,
        })
    }
}

/// What was paid for listings: for licences, and for calls to what is served.
pub struct SalesPort;

impl SalesPort {
    /// The listing that a spec runs.
    fn listing(spec: &SpecId) -> Option<ListingId> {
        Compute::spec(spec).map(|spec| spec.listing)
    }
}

impl pallet_listings::ports::Payments for SalesPort {
    fn burnt(who: &AccountId, listing: ListingId, subject: &Subject) -> Option<Balance> {
        match subject {
            Subject::Licence(id) => Licensing::burnt(who, listing, id),
            Subject::Channel(id) => {
                let (spec, burnt) = Channels::burnt(who, id)?;
                (Self::listing(&spec) == Some(listing)).then_some(burnt)
            }
        }
    }
}

impl pallet_channels::ports::Publishers for SalesPort {
    fn due(provider: &AccountId, spec: &SpecId, value: Balance, left: Balance) -> Balance {
        Self::listing(spec).map_or(0, |listing| Licensing::metered_due(provider, listing, value, left))
    }
    fn account() -> AccountId {
        Licensing::claim_account()
    }
    fn paid(provider: &AccountId, spec: &SpecId, amount: Balance) {
        if let Some(listing) = Self::listing(spec) {
            Licensing::metered_paid(provider, listing, amount);
        }
    }
}

/// Validators of the current session, with the stake of the active era.
pub struct ValidatorsPort;

impl ValidatorsPort {
    fn era() -> u32 {
        pallet_staking::ActiveEra::<Runtime>::get().map_or(0, |era| era.index)
    }
}

impl pallet_compute::ports::Validators for ValidatorsPort {
    fn current() -> Vec<AccountId> {
        Session::validators()
    }
    fn active_stake(stash: &AccountId) -> Balance {
        pallet_staking::ErasStakersOverview::<Runtime>::get(Self::era(), stash)
            .map_or(0, |stakers| stakers.total)
    }
    fn total_active_stake() -> Balance {
        pallet_staking::ErasTotalStake::<Runtime>::get(Self::era())
    }
}

/// Accounts that act for each other: proxies.
pub struct ProxyLinks;

impl pallet_compute::ports::Links for ProxyLinks {
    fn acts_for(delegate: &AccountId, principal: &AccountId) -> bool {
        pallet_proxy::Proxies::<Runtime>::get(principal).0.iter().any(|proxy| proxy.delegate == *delegate)
    }
}

/// The book of providers and verifiers, for channels and audits.
pub struct BookPort;

impl pallet_channels::ports::ProviderBook for BookPort {
    fn terms(provider: &AccountId, spec: &SpecId) -> Result<Terms, DispatchError> {
        let terms = Compute::terms(provider, spec)?;
        Ok(Terms { prices: terms.prices, receipt_key: terms.receipt_key, audited: terms.audited })
    }
    const MAX_VERIFIERS: u32 = pallet_compute::types::MAX_SEATS;
    fn verifiers(spec: &SpecId) -> u32 {
        pallet_compute::Seats::<Runtime>::decode_len(spec)
            .and_then(|seats| u32::try_from(seats).ok())
            .unwrap_or(0)
    }
    fn opened(provider: &AccountId, spec: &SpecId) {
        Compute::obligation_opened(provider, spec);
    }
    fn closed(provider: &AccountId, spec: &SpecId) {
        Compute::obligation_closed(provider, spec);
    }
    fn room(provider: &AccountId) -> Balance {
        Compute::room(provider)
    }
    fn exposed(provider: &AccountId) -> Balance {
        Compute::exposed(provider)
    }
    fn expose(provider: &AccountId, amount: Balance) -> DispatchResult {
        Compute::add_exposure(provider, amount)
    }
    fn release_exposure(provider: &AccountId, amount: Balance) {
        Compute::free_exposure(provider, amount);
    }
    fn is_gone(provider: &AccountId) -> bool {
        Compute::is_gone(provider)
    }
    fn active_bond(provider: &AccountId) -> Balance {
        Compute::slashable(provider)
    }
    fn slash_double_receipt(
        provider: &AccountId,
        amount: Balance,
        charge: Balance,
        consumer: &AccountId,
        reporter: &AccountId,
    ) -> Balance {
        let amount = amount.min(Compute::slashable(provider));
        // What the open batches expose answers for them: of that, nothing goes to those who report.
        let parts = split::slash_double(amount, charge, Compute::room(provider));
        let taken = Compute::slash(
            provider,
            amount,
            &[(consumer.clone(), parts.consumer), (reporter.clone(), parts.reporters)],
        );
        Compute::jail(provider);
        taken
    }
}

impl pallet_attestation::ports::VerifierBook for BookPort {
    fn verifiers(spec: &SpecId) -> Vec<(AccountId, Balance)> {
        Compute::verifiers(spec)
    }
    fn is_linked(provider: &AccountId, stash: &AccountId) -> bool {
        Compute::is_linked(provider, stash)
    }
    fn thresholds(spec: &SpecId) -> Option<Thresholds> {
        Compute::spec(spec).map(|spec| spec.thresholds)
    }
    fn least_exact(spec: &SpecId) -> u32 {
        Compute::spec(spec).map_or(0, |spec| spec.numeric_class.least_exact())
    }
    fn report_fee(spec: &SpecId) -> Balance {
        Compute::report_fee(spec)
    }
    fn answered(stash: &AccountId, spec: &SpecId) {
        Compute::note_answer(stash, spec);
    }
    fn silent(stash: &AccountId, spec: &SpecId) {
        Compute::note_silence(stash, spec);
    }
    fn outvoted(stash: &AccountId, spec: &SpecId) {
        Compute::note_outvoted(stash, spec);
    }
}

impl pallet_attestation::ports::Bonds for BookPort {
    fn slash(provider: &AccountId, amount: Balance, payees: &[(AccountId, Balance)]) -> Balance {
        Compute::slash(provider, amount, payees)
    }
    fn slashable(provider: &AccountId) -> Balance {
        Compute::slashable(provider)
    }
    fn room(provider: &AccountId) -> Balance {
        Compute::room(provider)
    }
    fn jail(provider: &AccountId) {
        Compute::jail(provider);
    }
    fn record(provider: &AccountId, spec: &SpecId) -> Record {
        Compute::record(provider, spec)
    }
    fn set_record(provider: &AccountId, spec: &SpecId, record: Record) {
        Compute::mutate_record(provider, spec, |kept| *kept = record);
    }
    fn cap(provider: &AccountId) -> Balance {
        Compute::cap(provider)
    }
    fn validator(provider: &AccountId) -> Option<AccountId> {
        Compute::provider_facts(provider).map(|facts| facts.validator)
    }
}

/// Batches and audits, for each other.
pub struct AuditsPort;

impl pallet_channels::ports::AuditSink for AuditsPort {
    fn chance(provider: &AccountId, spec: &SpecId) -> Chance {
        Compute::record(provider, spec).chance(super::market::MinChance::get())
    }
    fn committed(batch: &Batch) -> DispatchResult {
        Attestation::committed(batch)
    }
    fn state(batch: &BatchId) -> BatchState {
        Attestation::batch_state(batch)
    }
    fn pot_account() -> AccountId {
        Attestation::pot_account()
    }
    fn pot_deposit(spec: &SpecId, amount: Balance) {
        Attestation::pot_deposit(spec, amount);
    }
    fn report_fee(spec: &SpecId) -> Balance {
        Compute::report_fee(spec)
    }
}

impl pallet_attestation::ports::BatchBook for AuditsPort {
    fn batch(id: &BatchId) -> Option<Batch> {
        Channels::batch(id).or_else(|| Rewards::exam_batch(id))
    }
    fn release(id: &BatchId, reason: CloseReason) {
        match Rewards::exam_batch(id) {
            Some(exam) => {
                Compute::free_exposure(&exam.provider, exam.exposure);
                Rewards::exam_released(id, reason);
            }
            None => Channels::release(id, reason),
        }
    }
    fn notice(channel: &ChannelId) -> BlockNumber {
        Channels::notice(channel)
    }
    fn refund(id: &BatchId, reason: CloseReason, audit_fee: Balance) {
        match Rewards::exam_batch(id) {
            Some(exam) => {
                Compute::free_exposure(&exam.provider, exam.exposure);
                Rewards::exam_refunded(id, reason);
            }
            None => {
                Channels::refund_less(id, reason, audit_fee);
            }
        }
    }
    fn prepaid(exam: &BatchId) -> Balance {
        Rewards::exam_prepaid(exam)
    }
}

impl AuditsPort {
    /// What an audited batch commits to, for those who check it.
    fn subject(audit: &AuditView) -> Option<AuditSubject> {
        let Some(sat) = Rewards::exam_batch(&audit.batch) else {
            return Channels::channel_view(&audit.channel)
                .map(|channel| AuditSubject::Call(Box::new(channel)));
        };
        // No exam begins before the last one's audits have ended.
        let Round { epoch, stage: Stage::Open { drawn, .. }, .. } =
            pallet_rewards::CurrentRound::<Runtime>::get()
        else {
            return None;
        };
        let paper = exam::paper(&drawn, &sat.provider, &sat.spec);
        Some(AuditSubject::Exam(ExamSubject { epoch, paper }))
    }
}

impl pallet_attestation::ports::Tasks for AuditsPort {
    fn endpoint(provider: &AccountId) -> String {
        Compute::provider_facts(provider)
            .map(|facts| String::from_utf8_lossy(&facts.endpoint).into_owned())
            .unwrap_or_default()
    }
    fn task(audit: AuditView) -> Option<AuditTask> {
        Some(AuditTask {
            subject: Self::subject(&audit)?,
            spec_view: Compute::spec_view(&audit.spec, Attestation::pot(&audit.spec))?,
            now: pallet_governance::LiveBlock::<Runtime>::get(),
            audit,
        })
    }
}

/// Reports upheld frauds of a provider as an offence of the validator whose sidecar it is.
pub struct FraudReports;

/// A provider that is bonded to the validator was convicted.
pub struct ProviderFraud {
    offender: pallet_session::historical::IdentificationTuple<Runtime>,
    audit: AuditId,
    session: SessionIndex,
    validators: u32,
    fraction: Perbill,
}

/// What the validator loses: the parameter's share of the stake behind it (under the threshold that disables, so that
/// it goes on authoring), and never more than its provider lost.
fn fraud_fraction(validator: &AccountId, session: SessionIndex, slashed: Balance) -> Perbill {
    let most = Perbill::from_parts(bounded::FraudShare::get().deconstruct().saturating_mul(1_000));
    // Staking slashes the stake of the era in which the batch was settled.
    let era = pallet_staking::BondedEras::<Runtime>::get()
        .into_iter()
        .rev()
        .find_map(|(era, start)| (start <= session).then_some(era))
        .unwrap_or_else(ValidatorsPort::era);
    let stake = pallet_staking::ErasStakersOverview::<Runtime>::get(era, validator)
        .map_or(0, |stakers| stakers.total);
    match stake {
        0 => Perbill::zero(),
        stake => Perbill::from_rational(slashed, stake).min(most),
    }
}

impl Offence<pallet_session::historical::IdentificationTuple<Runtime>> for ProviderFraud {
    const ID: Kind = *b"souk:prov-fraud_";
    type Slot = AuditId;

    fn offenders(&self) -> Vec<pallet_session::historical::IdentificationTuple<Runtime>> {
        vec![self.offender.clone()]
    }
    fn session_index(&self) -> SessionIndex {
        self.session
    }
    fn validator_set_count(&self) -> u32 {
        self.validators
    }
    fn slot(&self) -> AuditId {
        self.audit
    }
    fn slash_fraction(&self, _offenders: u32) -> Perbill {
        self.fraction
    }
}

impl pallet_attestation::ports::OffenceSink for FraudReports {
    fn report(validator: &AccountId, audit: &AuditId, session: u32, slashed: Balance) {
        let fraction = fraud_fraction(validator, session, slashed);
        let validators = u32::try_from(Session::validators().len()).unwrap_or(u32::MAX);
        let offender = (validator.clone(), ());
        let offence = ProviderFraud { offender, audit: *audit, session, validators, fraction };
        // A validator that has left the set since has nothing left to slash here.
        let _ = Offences::report_offence(Vec::<AccountId>::new(), offence);
    }
}
