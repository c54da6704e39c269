//! From the reveals of an audit to its end, and from its audits' ends to the end of a batch.

use crate::{
    types::{worst, Audit, Phase, Seat, Stage, Step},
    Audits, BatchBook, Batches, Bonds, Config, Event, OffenceSink, OpenAudits, Pallet, VerifierBook,
};
use alloc::vec::Vec;
use frame_support::traits::Get;
use souk_primitives::{
    audit::Round,
    batch::BatchKind,
    close::CloseReason,
    split,
    verdict::{decide, is_inexact, judge, Decision, Report, Verdict},
    AccountId, AuditId, Balance, BatchId, SpecId,
};

impl<T: Config> Pallet<T> {
    /// What the rule makes of a report. Without thresholds nobody said anything useful.
    pub(crate) fn verdict(spec: &SpecId, report: &Report) -> Option<Verdict> {
        T::Verifiers::thresholds(spec).map(|thresholds| judge(report, &thresholds))
    }

    /// Decides an audit if nobody can add anything to it. Returns whether it did.
    pub(crate) fn do_decide(id: AuditId) -> bool {
        let Some(mut audit) = Audits::<T>::get(id) else { return false };
        if audit.step(T::Clock::get()) != Step::Decide {
            return false;
        }
        let verdicts: Vec<_> = audit
            .seats
            .iter()
            .filter_map(|s| s.report.as_ref())
            .filter_map(|report| Self::verdict(&audit.spec, report))
            .collect();
        let seats = u32::try_from(audit.seats.len()).unwrap_or(u32::MAX);
        let decision = decide(&verdicts, seats, audit.round == Round::Second);
        Self::note_silence(id, &audit);
        match end_of(decision, &verdicts, seats) {
            Some(reason) => {
                Self::end_audit(id, &mut audit, reason);
                let batch = audit.batch;
                Audits::<T>::insert(id, audit);
                Self::settle_batch(batch);
            }
            None => Self::await_redraw(id, audit),
        }
        true
    }

    /// The first committee decided nothing: its work is paid, and another one is drawn later. Until then the provider
    /// can bring its transcripts back.
    fn await_redraw(id: AuditId, mut audit: Audit) {
        audit.paid = Self::pay_reports(id, &audit);
        Self::schedule_redraw(id, &mut audit);
        Audits::<T>::insert(id, audit);
    }

    /// Ends an audit. The caller stores it; its reports are paid when its batch ends, out of the fee that the batch
    /// itself pays into the pot.
    pub(crate) fn end_audit(id: AuditId, audit: &mut Audit, reason: CloseReason) {
        audit.phase = Phase::Ended { reason };
        OpenAudits::<T>::remove(id);
        Self::deposit_event(Event::AuditEnded { audit: id, batch: audit.batch, reason });
    }

    /// Who had a seat and did not reveal loses the fee (it stays in the pot) and is noted.
    fn note_silence(id: AuditId, audit: &Audit) {
        for seat in audit.seats.iter().filter(|s| s.report.is_none()) {
            T::Verifiers::silent(&seat.validator, &audit.spec);
            Self::deposit_event(Event::VerifierSilent { audit: id, validator: seat.validator.clone() });
        }
    }

    /// Pays who revealed, but for one whose objection two others contradict: until there is a jury to settle it, that
    /// counts against its seat, or verifiers could give their friends free service and be paid for it. Returns how many
    /// that were.
    fn pay_reports(id: AuditId, audit: &Audit) -> u32 {
        let outvoted = Self::outvoted(audit);
        let mut paid: u32 = 0;
        for seat in audit.seats.iter().filter(|s| s.report.is_some()) {
            if outvoted == Some(&seat.validator) {
                T::Verifiers::outvoted(&seat.validator, &audit.spec);
                Self::deposit_event(Event::VerifierOutvoted { audit: id, validator: seat.validator.clone() });
                continue;
            }
            T::Verifiers::answered(&seat.validator, &audit.spec);
            Self::pay_report(id, &audit.spec, &seat.validator);
            paid = paid.saturating_add(1);
        }
        paid
    }

    /// The one member that found fraud where at least two found a valid answer.
    fn outvoted(audit: &Audit) -> Option<&AccountId> {
        let mut objectors = Vec::new();
        let mut valid: u32 = 0;
        for seat in &audit.seats {
            match seat.report.and_then(|report| Self::verdict(&audit.spec, &report)) {
                Some(Verdict::Invalid) => objectors.push(&seat.validator),
                Some(Verdict::Valid) => valid = valid.saturating_add(1),
                _ => {}
            }
        }
        match objectors.as_slice() {
            [one] if valid >= 2 => Some(one),
            _ => None,
        }
    }

    /// Ends a batch whose audits allow it. An upheld fraud ends it at once, whatever else is open: it is refunded and
    /// slashed once. Everything else waits for the last audit, or a harmless first verdict would shield a cheat.
    pub(crate) fn settle_batch(id: BatchId) {
        let Some(tracked) = Batches::<T>::get(id) else { return };
        if tracked.stage != Stage::Audited {
            return;
        }
        let audits: Vec<_> =
            tracked.audits.iter().filter_map(|a| Audits::<T>::get(a).map(|audit| (*a, audit))).collect();
        let upheld = audits.iter().find_map(|(audit_id, audit)| match audit.outcome() {
            Some(reason @ (CloseReason::Fraud | CloseReason::Withheld)) => Some((*audit_id, audit, reason)),
            _ => None,
        });
        let reason = match upheld {
            Some((audit_id, audit, reason)) => {
                for (other_id, other) in audits.iter().filter(|(_, other)| other.is_open()) {
                    let mut other = other.clone();
                    Self::end_audit(*other_id, &mut other, CloseReason::Superseded);
                    Audits::<T>::insert(other_id, other);
                }
                Self::uphold(audit_id, audit, &audits, tracked.session, reason);
                reason
            }
            None if audits.iter().any(|(_, audit)| audit.is_open()) => return,
            None => {
                let reason = worst(audits.iter().filter_map(|(_, audit)| audit.outcome()));
                Self::close_unconvicted(id, reason, &audits);
                reason
            }
        };
        // Those that waited for their second committee have paid the first one.
        for (audit_id, audit) in audits.iter().filter(|(_, audit)| !audit.is_redrawing()) {
            Self::pay_reports(*audit_id, audit);
        }
        Self::end_tracked(id, tracked, reason);
    }

    /// Releases or refunds a batch of which no fraud was upheld, and keeps the provider's record.
    fn close_unconvicted(id: BatchId, reason: CloseReason, audits: &[(AuditId, Audit)]) {
        let Some(batch) = T::Batches::batch(&id) else { return };
        if batch.kind == BatchKind::Exam {
            return Self::close_exam(&batch, reason, audits);
        }
        let provider = &batch.provider;
        let mut record = T::Bonds::record(provider, &batch.spec);
        match reason {
            // The consumer may have been cheated: it gets everything back.
            CloseReason::Disputed => return T::Batches::refund(&id, reason, 0),
            // Its own request was unusable, and the work of the committees was not.
            CloseReason::BadRequest => {
                return T::Batches::refund(&id, reason, Self::cost_of(&batch.spec, audits))
            }
            CloseReason::Valid => record.grow(batch.value, T::Bonds::cap(provider)),
            // One too many takes the provider off the spec: the book of records sees to that.
            CloseReason::Doubtful => record.doubt(),
            _ => {}
        }
        if audits.iter().any(|(_, audit)| Self::is_inexact(audit)) {
            record.watch();
        }
        T::Bonds::set_record(provider, &batch.spec, record);
        T::Batches::release(&id, reason);
    }

    /// What the reports of these audits cost at most. Where there was a second committee, the first one was paid too.
    fn cost_of(spec: &SpecId, audits: &[(AuditId, Audit)]) -> Balance {
        let reports = audits.iter().fold(0usize, |sum, (_, audit)| {
            let rounds = if audit.round == Round::Second { 2 } else { 1 };
            sum.saturating_add(audit.seats.len().saturating_mul(rounds))
        });
        T::Verifiers::report_fee(spec).saturating_mul(Balance::try_from(reports).unwrap_or(Balance::MAX))
    }

    /// Whether most of a committee saw too few exact tokens.
    fn is_inexact(audit: &Audit) -> bool {
        let least = T::Verifiers::least_exact(&audit.spec);
        let reports = audit.seats.iter().filter_map(|seat| seat.report.as_ref());
        let count = reports.filter(|report| is_inexact(report, least)).count();
        count.saturating_mul(2) > audit.seats.len()
    }

    /// An upheld fraud: the consumer is refunded and compensated, the reporters share what [`split::CONVICTING`] leaves
    /// them of the slash, the rest is burnt; the provider is jailed and its record on the spec starts again.
    fn uphold(id: AuditId, audit: &Audit, audits: &[(AuditId, Audit)], session: u32, reason: CloseReason) {
        let Some(batch) = T::Batches::batch(&audit.batch) else { return };
        if batch.kind == BatchKind::Exam {
            return Self::fail_exam(id, &batch, reason, audits);
        }
        // The refund first: it frees the batch's exposure, so that the bond carries the others' at every moment.
        T::Batches::refund(&batch.id, reason, 0);
        let amount = batch.exposure.min(T::Bonds::slashable(&batch.provider));
        let parts = split::slash(amount, batch.value, split::CONVICTING);
        let reporters = Self::reporters(audit);
        let each = Balance::try_from(reporters.len())
            .ok()
            .and_then(|count| parts.reporters.checked_div(count))
            .unwrap_or(0);
        let rewards = reporters.iter().fold(0, |sum: Balance, _| sum.saturating_add(each));
        let mut payees = alloc::vec![(batch.consumer.clone(), parts.consumer)];
        payees.extend(reporters.into_iter().map(|who| (who, each)));
        payees.retain(|(_, share)| *share > 0);
        let slashed = T::Bonds::slash(&batch.provider, amount, &payees);
        Self::convict(&batch.provider, &batch.spec);
        if let Some(validator) = T::Bonds::validator(&batch.provider) {
            T::Offences::report(&validator, &id, session, slashed);
        }
        Self::deposit_event(Event::FraudUpheld {
            audit: id,
            batch: batch.id,
            provider: batch.provider,
            slashed,
            compensation: parts.consumer,
            rewards,
        });
    }

    /// Members whose reports convicted: `Invalid`, and in the second round `Unavailable` too.
    fn reporters(audit: &Audit) -> Vec<AccountId> {
        let convicts = |seat: &&Seat| match seat.report.and_then(|r| Self::verdict(&audit.spec, &r)) {
            Some(Verdict::Invalid) => true,
            Some(Verdict::Unavailable) => audit.round == Round::Second,
            _ => false,
        };
        audit.seats.iter().filter(convicts).map(|s| s.validator.clone()).collect()
    }
}

/// Reason of an audit's end, or `None` for a redraw.
pub(crate) fn end_of(decision: Decision, verdicts: &[Verdict], seats: u32) -> Option<CloseReason> {
    let count = |wanted: Verdict| {
        u32::try_from(verdicts.iter().filter(|v| **v == wanted).count()).unwrap_or(u32::MAX)
    };
    Some(match decision {
        Decision::Fraud if count(Verdict::Invalid).saturating_mul(2) > seats => CloseReason::Fraud,
        Decision::Fraud => CloseReason::Withheld,
        Decision::Refund
            if count(Verdict::Refund).saturating_mul(2) > seats && count(Verdict::Invalid) == 0 =>
        {
            CloseReason::BadRequest
        }
        // A lone member that objects, or that got no evidence twice.
        Decision::Refund => CloseReason::Disputed,
        Decision::Release(true) => CloseReason::Valid,
        Decision::Release(false) => CloseReason::Doubtful,
        Decision::Unaudited => CloseReason::Unaudited,
        Decision::Redraw => return None,
    })
}
