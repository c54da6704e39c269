//! From a committed batch to its committees.

use crate::{
    types::{Audit, Phase, Queue, Seat, Seats, Stage, Task, Tracked, MAX_AUDITS, MAX_SEATS},
    Audits, BatchBook, Batches, Bonds, Config, Convicted, ConvictedCursor, Error, Event, Keys, OpenAudits,
    Pallet, VerifierBook,
};
use alloc::{vec, vec::Vec};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get, weights::WeightMeter};
use souk_pallet_support::rounds;
use souk_primitives::{
    audit::Round,
    batch::{Batch, BatchKind},
    beacon::{self, Purpose},
    close::CloseReason,
    exposure::Chance,
    AccountId, AuditId, BatchId, BlockNumber, Digest, SpecId,
};

/// Most convictions that one idle block looks at.
const MAX_CONVICTIONS: u32 = 4;

impl<T: Config> Pallet<T> {
    /// Takes charge of a batch: from here on it ends by [`BatchBook::release`] or [`BatchBook::refund`], once.
    pub fn committed(batch: &Batch) -> DispatchResult {
        ensure!(!Batches::<T>::contains_key(batch.id), Error::<T>::AlreadyExists);
        let live = T::Clock::get();
        let stage = if batch.audited {
            let from = Self::real_now();
            Self::schedule_draw(from, batch.id);
            Stage::Drawing { from }
        } else {
            // No call of it can be audited, by force neither: there is nothing to delay the release for.
            Self::schedule_release(live, batch.id, live, CloseReason::Unaudited)
        };
        let tracked = Tracked {
            provider: batch.provider.clone(),
            session: T::SessionIndex::get(),
            committed_at: live,
            stage,
            audits: Default::default(),
        };
        Batches::<T>::insert(batch.id, tracked);
        Ok(())
    }

    /// Chance of a batch's draw: certain once its provider was convicted, whatever was fixed at its settlement.
    fn chance_now(batch: &Batch) -> Chance {
        if Convicted::<T>::contains_key(&batch.provider) && !Self::is_after_conviction(batch) {
            Chance::ONE
        } else {
            batch.chance
        }
    }

    /// Whether the provider's last conviction came before the batch: then it says nothing about it.
    fn is_after_conviction(batch: &Batch) -> bool {
        Convicted::<T>::get(&batch.provider).is_none_or(|at| at < batch.committed_at)
    }

    /// Rolls each block of a batch's window, if the window is complete.
    pub(crate) fn do_draw(id: BatchId) {
        let Some(mut tracked) = Batches::<T>::get(id) else { return };
        let Stage::Drawing { from } = tracked.stage else { return };
        let Some(batch) = T::Batches::batch(&id) else {
            // Nothing is pending any more: there is nothing to audit and nobody to pay.
            Self::end_tracked(id, tracked, CloseReason::Unaudited);
            return;
        };
        let now = Self::real_now();
        let Some(vrfs) = Self::window(from, now) else {
            Self::postpone(id, tracked, from, now);
            return;
        };
        let drawn = Self::roll(&batch, &vrfs);
        if drawn.is_empty() {
            let live = T::Clock::get();
            let from = tracked.committed_at.saturating_add(Self::notice(&batch));
            tracked.stage = Self::schedule_release(from, id, live, CloseReason::NotDrawn);
            Batches::<T>::insert(id, tracked);
            return;
        }
        for (index, vrf) in drawn {
            let audit_id = Self::open_audit(&batch, index, &vrf);
            if tracked.audits.try_push(audit_id).is_err() {
                break;
            }
        }
        tracked.stage = Stage::Audited;
        Batches::<T>::insert(id, tracked);
    }

    /// The consumer's time to force an audit. An exam has no consumer.
    fn notice(batch: &Batch) -> BlockNumber {
        match batch.kind {
            BatchKind::Call => T::Batches::notice(&batch.channel),
            BatchKind::Exam => 0,
        }
    }

    /// The blocks of a window that hit a batch, with the VRF that each draws from. Of more than [`MAX_AUDITS`], those
    /// with the lowest rolls: whoever makes the window's last blocks gains nothing by what the first ones rolled.
    pub(crate) fn roll(batch: &Batch, vrfs: &[Digest]) -> Vec<(u32, Digest)> {
        let blocks = u32::try_from(vrfs.len()).unwrap_or(u32::MAX);
        let chance = Self::chance_now(batch);
        let threshold = beacon::roll_threshold(chance, blocks);
        let mut hits: Vec<_> = (0u32..)
            .zip(vrfs)
            .filter(|(_, vrf)| beacon::hits(vrf, &batch.id, threshold))
            .map(|(index, vrf)| (index, *vrf))
            .collect();
        hits.sort_by_key(|(_, vrf)| beacon::roll(vrf, &batch.id));
        hits.truncate(usize::try_from(MAX_AUDITS).unwrap_or(usize::MAX));
        hits.sort_by_key(|(index, _)| *index);
        if hits.is_empty() && chance == Chance::ONE {
            return vec![(blocks, beacon::combined(vrfs))];
        }
        hits
    }

    fn postpone(id: BatchId, mut tracked: Tracked, from: BlockNumber, now: BlockNumber) {
        if now.saturating_sub(from) < crate::beacon::RESTART {
            Self::schedule(Queue::Draws, now.saturating_add(1), Task::Draw(id));
            return;
        }
        tracked.stage = Stage::Drawing { from: now };
        Batches::<T>::insert(id, tracked);
        Self::schedule_draw(now, id);
        Self::deposit_event(Event::DrawPostponed { batch: id });
    }

    fn schedule_draw(from: BlockNumber, id: BatchId) {
        let due = from.saturating_add(Self::window_blocks()).saturating_add(1);
        Self::schedule(Queue::Draws, due, Task::Draw(id));
    }

    /// `ReleaseAfter` blocks after `from`, but never in this block.
    fn schedule_release(from: BlockNumber, id: BatchId, live: BlockNumber, reason: CloseReason) -> Stage {
        let release_at = from.saturating_add(T::ReleaseAfter::get()).max(live.saturating_add(1));
        Self::schedule(Queue::Deadlines, release_at, Task::Release(id));
        Stage::Waiting { release_at, reason }
    }

    /// Pays a batch that was not drawn, unless its provider was convicted while it waited: then it is drawn again, for
    /// certain.
    pub(crate) fn do_release(id: BatchId) {
        let Some(mut tracked) = Batches::<T>::get(id) else { return };
        let Stage::Waiting { reason, .. } = tracked.stage else { return };
        let suspicious = reason == CloseReason::NotDrawn
            && T::Batches::batch(&id).is_some_and(|batch| Self::chance_now(&batch) == Chance::ONE);
        if suspicious {
            let from = Self::real_now();
            tracked.stage = Stage::Drawing { from };
            Batches::<T>::insert(id, tracked);
            Self::schedule_draw(from, id);
            return;
        }
        T::Batches::release(&id, reason);
        Self::end_tracked(id, tracked, reason);
    }

    /// Opens one audit of a batch: point and committee come from one block's VRF.
    pub(crate) fn open_audit(batch: &Batch, index: u32, vrf: &Digest) -> AuditId {
        let id = beacon::audit_id(&batch.id, index, vrf);
        let point_draw = beacon::draw(vrf, &batch.id, Purpose::Point);
        let mut audit = Audit {
            batch: batch.id,
            channel: batch.channel,
            provider: batch.provider.clone(),
            spec: batch.spec,
            shape: batch.shape(),
            point: beacon::point(&point_draw, batch.from, batch.value).unwrap_or(batch.from),
            round: Round::First,
            drawn_at: 0,
            commit_by: 0,
            reveal_by: 0,
            seats: Default::default(),
            paid: 0,
            phase: Phase::Open,
        };
        OpenAudits::<T>::insert(id, ());
        Self::convene(id, &mut audit, &beacon::draw(vrf, &batch.id, Purpose::Committee));
        Audits::<T>::insert(id, audit);
        id
    }

    /// Fills the seats and starts the deadlines. Without anyone eligible the first round waits for the second: a
    /// provider whose judges are away for a moment isn't paid unseen. Then the audit ends as `Unaudited`.
    fn convene(id: AuditId, audit: &mut Audit, draw: &Digest) {
        let live = T::Clock::get();
        audit.drawn_at = Self::real_now();
        audit.seats = Self::committee(draw, &audit.provider, &audit.spec);
        audit.phase = Phase::Open;
        // The members start when the draw is final.
        audit.commit_by = live.saturating_add(T::FinalitySlack::get()).saturating_add(T::CommitWindow::get());
        audit.reveal_by = audit.commit_by.saturating_add(T::RevealWindow::get());
        Self::deposit_event(Event::AuditDrawn {
            audit: id,
            batch: audit.batch,
            provider: audit.provider.clone(),
            round: audit.round,
            point: audit.point,
            committee: audit.seats.iter().map(|s| s.validator.clone()).collect(),
            commit_by: audit.commit_by,
            reveal_by: audit.reveal_by,
        });
        if audit.seats.is_empty() {
            match audit.round {
                Round::First => Self::schedule_redraw(id, audit),
                Round::Second => Self::end_audit(id, audit, CloseReason::Unaudited),
            }
            return;
        }
        for deadline in [audit.commit_by, audit.reveal_by] {
            Self::schedule(Queue::Deadlines, deadline.saturating_add(1), Task::Decide(id));
        }
    }

    /// A committee by stake among those who can audit the spec, have a key in this session and aren't the provider's.
    fn committee(draw: &Digest, provider: &AccountId, spec: &SpecId) -> Seats {
        let candidates: Vec<_> = T::Verifiers::verifiers(spec)
            .into_iter()
            .filter(|(stash, _)| !T::Verifiers::is_linked(provider, stash) && Keys::<T>::contains_key(stash))
            .collect();
        let seats = beacon::committee(draw, &candidates, T::Seats::get().min(MAX_SEATS))
            .into_iter()
            .filter_map(|i| candidates.get(i))
            .filter_map(|(stash, _)| Some(Seat::new(stash.clone(), Keys::<T>::get(stash)?)))
            .collect();
        Seats::truncate_from(seats)
    }

    /// Puts an audit off to its second committee.
    pub(crate) fn schedule_redraw(id: AuditId, audit: &mut Audit) {
        let at = T::Clock::get().saturating_add(T::RedrawAfter::get().max(1));
        audit.phase = Phase::Redrawing { at, from: Self::real_now() };
        Self::schedule(Queue::Deadlines, at, Task::Redraw(id));
        Self::deposit_event(Event::RedrawScheduled { audit: id, at });
    }

    /// Draws the second committee of an audit, from the whole window after the first one's decision: whoever makes that
    /// decision fall in a certain block (the last to reveal can) does not know what it will be drawn from.
    pub(crate) fn do_redraw(id: AuditId) {
        let Some(mut audit) = Audits::<T>::get(id) else { return };
        let Phase::Redrawing { from, .. } = audit.phase else { return };
        let now = Self::real_now();
        let Some(vrfs) = Self::window(from, now) else {
            let at = T::Clock::get().saturating_add(1);
            // The ring has forgotten the start, or soon will: the window begins anew.
            let is_old = now.saturating_sub(from) >= crate::beacon::RESTART;
            audit.phase = Phase::Redrawing { at, from: if is_old { now } else { from } };
            Audits::<T>::insert(id, audit);
            Self::schedule(Queue::Deadlines, at, Task::Redraw(id));
            return;
        };
        audit.round = Round::Second;
        let draw = beacon::redraw(&vrfs, &audit.batch, &id);
        Self::convene(id, &mut audit, &draw);
        let batch = audit.batch;
        let ended = !audit.is_open();
        Audits::<T>::insert(id, audit);
        if ended {
            Self::settle_batch(batch);
        }
    }

    /// Takes whatever step of a batch is due and was not taken yet. Returns whether there was one.
    pub(crate) fn do_sweep_batch(id: BatchId, tracked: &Tracked) -> bool {
        match tracked.stage {
            Stage::Drawing { from } => {
                let is_due = Self::window(from, Self::real_now()).is_some();
                if is_due {
                    Self::do_draw(id);
                }
                is_due
            }
            Stage::Waiting { release_at, .. } => {
                let is_due = T::Clock::get() >= release_at;
                if is_due {
                    Self::do_release(id);
                }
                is_due
            }
            Stage::Audited => {
                let due: Vec<_> = tracked.audits.iter().filter(|audit| Self::is_redraw_due(audit)).collect();
                due.iter().for_each(|audit| Self::do_redraw(**audit));
                !due.is_empty()
            }
            Stage::Ended { .. } => false,
        }
    }

    fn is_redraw_due(id: &AuditId) -> bool {
        let Some(Phase::Redrawing { at, from }) = Audits::<T>::get(id).map(|audit| audit.phase) else {
            return false;
        };
        T::Clock::get() >= at && Self::window(from, Self::real_now()).is_some()
    }

    /// Forgets an ended batch and its audits.
    pub(crate) fn do_forget(id: BatchId) {
        let Some(tracked) = Batches::<T>::get(id) else { return };
        if !matches!(tracked.stage, Stage::Ended { .. }) {
            return;
        }
        for audit in &tracked.audits {
            Audits::<T>::remove(audit);
        }
        Batches::<T>::remove(id);
    }

    /// Marks a batch as ended; it stays readable for `HistoryDepth` blocks.
    pub(crate) fn end_tracked(id: BatchId, mut tracked: Tracked, reason: CloseReason) {
        let at = T::Clock::get();
        tracked.stage = Stage::Ended { at, reason };
        Batches::<T>::insert(id, tracked);
        let forget_at = at.saturating_add(T::HistoryDepth::get().max(1));
        Self::schedule(Queue::Memories, forget_at, Task::Forget(id));
    }

    /// Forgets the convictions of providers that are gone: who has withdrawn has nothing open that they could speak
    /// against.
    pub(crate) fn forget_convictions(meter: &mut WeightMeter) {
        let weights = T::DbWeight::get();
        // The cursor, and the row that it leads to.
        if meter.try_consume(weights.reads_writes(2, 1)).is_err() {
            return;
        }
        let last = ConvictedCursor::<T>::get();
        let rows = match &last {
            Some(last) => Convicted::<T>::iter_keys_from(Convicted::<T>::hashed_key_for(last)),
            None => Convicted::<T>::iter_keys(),
        };
        let next = rounds::go_on(
            meter,
            weights.reads_writes(2, 1),
            MAX_CONVICTIONS,
            last.clone(),
            rows,
            |provider| {
                if T::Bonds::validator(&provider).is_none() {
                    Convicted::<T>::remove(&provider);
                }
                provider
            },
        );
        if next != last {
            ConvictedCursor::<T>::set(next);
        }
    }

    /// Records a conviction: what the provider has open is audited for certain before it is paid.
    pub(crate) fn convict(provider: &AccountId, spec: &SpecId) {
        Convicted::<T>::insert(provider, Self::real_now());
        let mut record = T::Bonds::record(provider, spec);
        record.reset();
        T::Bonds::set_record(provider, spec, record);
        T::Bonds::jail(provider);
    }
}
