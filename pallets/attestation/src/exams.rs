//! How an exam ends: the committees are those of a batch, what follows from their decision is not.

use crate::{BatchBook, Bonds, Config, Event, Pallet};
use souk_primitives::{batch::Batch, close::CloseReason, AuditId};

impl<T: Config> Pallet<T> {
    /// Ends an exam of which no fraud was upheld. Amounts are tokens: no fee can be kept of them.
    pub(crate) fn close_exam(batch: &Batch, reason: CloseReason) {
        match reason {
            CloseReason::Disputed | CloseReason::BadRequest => T::Batches::refund(&batch.id, reason, 0),
            _ => T::Batches::release(&batch.id, reason),
        }
    }

    /// Ends an exam with false answers, or whose evidence was withheld twice. Nobody was served and nobody lost money:
    /// the fine is all burnt, and what paying consumers were promised stays as it is.
    pub(crate) fn fail_exam(id: AuditId, batch: &Batch, reason: CloseReason) {
        T::Batches::refund(&batch.id, reason, 0);
        let slashed = match reason {
            CloseReason::Fraud => {
                let fine = batch.exposure.min(T::Bonds::slashable(&batch.provider));
                T::Bonds::slash(&batch.provider, fine, &[])
            }
            // An answer that is lost is not a false one, and it has earned nothing.
            _ => 0,
        };
        Self::deposit_event(Event::ExamFailed {
            audit: id,
            exam: batch.id,
            provider: batch.provider.clone(),
            reason,
            slashed,
        });
    }
}
