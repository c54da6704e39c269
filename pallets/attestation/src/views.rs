//! What runtime APIs show of audits and batches.

use crate::{
    types::{Audit, Phase, Stage},
    Audits, Batches, Config, OpenAudits, Pallet, Tasks,
};
use alloc::vec::Vec;
use souk_primitives::{
    views::{AuditTask, AuditView, BatchState, SeatView},
    AccountId, AuditId, BatchId,
};

/// Most audits that are looked at for one answer: nobody's question walks a long history.
pub const MAX_LOOKS: u32 = 2_000;

impl<T: Config> Pallet<T> {
    /// An audit, until `HistoryDepth` blocks after its batch's end.
    pub fn audit_view(id: &AuditId) -> Option<AuditView> {
        Audits::<T>::get(id).map(|audit| Self::show(*id, audit))
    }

    /// Up to `limit` audits, the latest draws first; of more than [`MAX_LOOKS`], whichever come first in storage.
    pub fn audits(only_open: bool, limit: u32) -> Vec<AuditView> {
        let most = usize::try_from(MAX_LOOKS).unwrap_or(usize::MAX);
        let mut views: Vec<_> = if only_open {
            OpenAudits::<T>::iter_keys().take(most).filter_map(|id| Self::audit_view(&id)).collect()
        } else {
            Audits::<T>::iter().take(most).map(|(id, audit)| Self::show(id, audit)).collect()
        };
        views.sort_by(|a, b| b.drawn_at.cmp(&a.drawn_at).then(a.id.cmp(&b.id)));
        views.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        views
    }

    /// Open audits in which the validator still has to commit or reveal.
    pub fn audit_tasks(validator: &AccountId) -> Vec<AuditTask> {
        let mut tasks: Vec<_> = OpenAudits::<T>::iter_keys()
            .filter_map(|id| Some((id, Audits::<T>::get(id)?)))
            .filter(|(_, audit)| {
                audit.phase == Phase::Open && audit.seat(validator).is_some_and(|s| s.report.is_none())
            })
            .filter_map(|(id, audit)| T::Tasks::task(Self::show(id, audit)))
            .collect();
        tasks.sort_by_key(|t| (t.audit.commit_by, t.audit.id));
        tasks
    }

    /// Where a batch stands; one that this pallet does not know has only just been committed, or is long over.
    pub fn batch_state(id: &BatchId) -> BatchState {
        let Some(tracked) = Batches::<T>::get(id) else { return BatchState::Committed };
        match tracked.stage {
            Stage::Drawing { .. } => BatchState::Committed,
            Stage::Waiting { release_at, .. } => BatchState::Waiting { release_at },
            Stage::Audited => {
                let open = tracked.audits.iter().filter(|a| OpenAudits::<T>::contains_key(a)).count();
                BatchState::Drawn { audits: u32::try_from(open).unwrap_or(u32::MAX) }
            }
            Stage::Ended { at, reason } => BatchState::Ended { at, reason },
        }
    }

    /// An audit as others see it.
    pub(crate) fn show(id: AuditId, audit: Audit) -> AuditView {
        let outcome = audit.outcome();
        let seats = audit
            .seats
            .iter()
            .map(|seat| SeatView {
                validator: seat.validator.clone(),
                key: seat.key,
                committed: seat.commitment.is_some(),
                report: seat.report,
                verdict: seat.report.and_then(|r| Self::verdict(&audit.spec, &r)),
            })
            .collect();
        AuditView {
            id,
            batch: audit.batch,
            channel: audit.channel,
            endpoint: T::Tasks::endpoint(&audit.provider),
            provider: audit.provider,
            spec: audit.spec,
            root: audit.shape.root,
            total: audit.shape.total,
            count: audit.shape.count,
            point: audit.point,
            round: audit.round,
            drawn_at: audit.drawn_at,
            commit_by: audit.commit_by,
            reveal_by: audit.reveal_by,
            seats,
            outcome,
        }
    }
}
