//! How an exam ends: the committees are those of a batch, what follows from their decision is not.

use crate::{types::Audit, BatchBook, Bonds, Config, Event, Pallet, VerifierBook};
use alloc::vec::Vec;
use frame_support::traits::fungible::Inspect;
use souk_primitives::{batch::Batch, close::CloseReason, AuditId, Balance};

impl<T: Config> Pallet<T> {
    /// Ends an exam of which no fraud was upheld. Amounts are tokens: no fee can be kept of them.
    pub(crate) fn close_exam(batch: &Batch, reason: CloseReason, audits: &[(AuditId, Audit)]) {
        let due = Self::due_for(batch, audits);
        match reason {
            CloseReason::Disputed | CloseReason::BadRequest => T::Batches::refund(&batch.id, reason, 0),
            _ => T::Batches::release(&batch.id, reason),
        }
        Self::take_exam(batch, 0, due);
    }

    /// Ends an exam with false answers, or whose evidence was withheld twice. Nobody was served and nobody lost money:
    /// the fine is burnt, and what paying consumers were promised stays as it is.
    pub(crate) fn fail_exam(id: AuditId, batch: &Batch, reason: CloseReason, audits: &[(AuditId, Audit)]) {
        let due = Self::due_for(batch, audits);
        T::Batches::refund(&batch.id, reason, 0);
        let fine = match reason {
            CloseReason::Fraud => batch.exposure,
            // An answer that is lost is not a false one, and it has earned nothing.
            _ => 0,
        };
        let slashed = Self::take_exam(batch, fine, due);
        Self::deposit_event(Event::ExamFailed {
            audit: id,
            exam: batch.id,
            provider: batch.provider.clone(),
            reason,
            slashed,
        });
    }

    /// What the provider still owes the pot for an exam's audits. It prepays as many committees as are drawn on average;
    /// where a first one decided nothing, it pays what both have cost beyond that. Or whoever withholds its answers once
    /// could have the pot, which is its consumers', pay twice for each exam.
    fn due_for(batch: &Batch, audits: &[(AuditId, Audit)]) -> Balance {
        if audits.iter().all(|(_, audit)| audit.paid == 0) {
            return 0;
        }
        let reports = audits.iter().fold(0, |sum: u32, (_, audit)| sum.saturating_add(audit.reports()));
        let cost = T::Verifiers::report_fee(&batch.spec).saturating_mul(reports.into());
        cost.saturating_sub(T::Batches::prepaid(&batch.id))
    }

    /// Takes a fine and what is due to the pot out of the bond, but nothing that answers for open batches; the exam's own
    /// exposure is free by then. The pot comes first, what is left of the fine is burnt. Returns what was taken.
    fn take_exam(batch: &Batch, fine: Balance, due: Balance) -> Balance {
        let free = T::Bonds::room(&batch.provider).max(batch.exposure);
        let most = free.min(T::Bonds::slashable(&batch.provider));
        let (due, amount) = (due.min(most), fine.max(due).min(most));
        if amount == 0 {
            return 0;
        }
        let pot = Self::pot_account();
        let had = T::Currency::balance(&pot);
        let payees: Vec<_> = (due > 0).then(|| (pot.clone(), due)).into_iter().collect();
        let taken = T::Bonds::slash(&batch.provider, amount, &payees);
        // What a slash could not pay out it burns.
        Self::pot_deposit(&batch.spec, T::Currency::balance(&pot).saturating_sub(had));
        taken
    }
}
