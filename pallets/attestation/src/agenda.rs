//! What is due when: queues of buckets, one in real blocks and two in live blocks, each with a cursor.
//!
//! A block begins with the draws and the deadlines that are due, each as far as its own budget goes: a flood of one
//! keeps the other from nothing. What is left over waits in its bucket, is gone on with when the block turns out to be
//! idle, and comes first in the next one. So no block does unbounded work, and nothing is skipped. What has ended is
//! forgotten in idle blocks only.

use crate::{
    types::{Queue, Task},
    Agenda, AgendaLen, Config, Cursor, Pallet, WeightInfo,
};
use frame_support::{
    traits::Get,
    weights::{Weight, WeightMeter},
};
use souk_primitives::BlockNumber;

/// Part of a block that one queue may take before its transactions: a fourth, about thirty of the dearest draws.
const QUOTA: u64 = 4;

/// Empty buckets that one look may pass, so that a clock that jumps costs several blocks instead of one endless loop.
const MAX_EMPTY: u32 = 64;

impl<T: Config> Pallet<T> {
    /// Puts a task into the bucket of `due`, or into the next one that is still to come.
    pub(crate) fn schedule(queue: Queue, due: BlockNumber, task: Task) {
        let (next, _) = Cursor::<T>::get(queue);
        let due = due.max(next);
        let index = AgendaLen::<T>::get(queue, due);
        Agenda::<T>::insert((queue, due, index), task);
        AgendaLen::<T>::insert(queue, due, index.saturating_add(1));
    }

    /// The tasks of a block's beginning.
    pub(crate) fn work_agenda(now: BlockNumber) -> Weight {
        let quota = T::BlockWeights::get().max_block.checked_div(QUOTA).unwrap_or_default();
        let mut all = Weight::zero();
        for (queue, now) in [(Queue::Draws, now), (Queue::Deadlines, T::Clock::get())] {
            let mut used = Weight::zero();
            // At least one, whatever it weighs.
            for _ in 0..T::MaxTasks::get().max(1) {
                let Some(task) = Self::next_due(queue, now) else { break };
                used = used.saturating_add(Self::run_task(task));
                if used.any_gt(quota) {
                    break;
                }
            }
            all = all.saturating_add(used);
        }
        all
    }

    /// The tasks that an idle block has room for.
    pub(crate) fn catch_up(now: BlockNumber, meter: &mut WeightMeter) {
        if meter.try_consume(T::WeightInfo::on_initialize()).is_err() {
            return;
        }
        let live = T::Clock::get();
        for (queue, now) in [(Queue::Deadlines, live), (Queue::Draws, now), (Queue::Memories, live)] {
            for _ in 0..T::MaxTasks::get() {
                if !meter.can_consume(Self::heaviest(queue)) {
                    break;
                }
                let Some(task) = Self::next_due(queue, now) else { break };
                meter.consume(Self::run_task(task));
            }
        }
    }

    /// What a task of the queue weighs at most.
    fn heaviest(queue: Queue) -> Weight {
        match queue {
            Queue::Draws => Self::weight_of(&Task::Draw(Default::default())),
            Queue::Deadlines => [
                Task::Release(Default::default()),
                Task::Decide(Default::default()),
                Task::Redraw(Default::default()),
            ]
            .iter()
            .fold(Weight::zero(), |most, task| most.max(Self::weight_of(task))),
            Queue::Memories => Self::weight_of(&Task::Forget(Default::default())),
        }
    }

    fn weight_of(task: &Task) -> Weight {
        match task {
            Task::Draw(_) => T::WeightInfo::draw(),
            // Without anyone to sit it ends its batch.
            Task::Redraw(_) => T::WeightInfo::draw().saturating_add(T::WeightInfo::sweep()),
            Task::Decide(_) => T::WeightInfo::sweep(),
            Task::Release(_) | Task::Forget(_) => T::WeightInfo::release(),
        }
    }

    fn run_task(task: Task) -> Weight {
        let weight = Self::weight_of(&task);
        match task {
            Task::Draw(batch) => Self::do_draw(batch),
            Task::Redraw(audit) => Self::do_redraw(audit),
            Task::Decide(audit) => {
                Self::do_decide(audit);
            }
            Task::Release(batch) => Self::do_release(batch),
            Task::Forget(batch) => Self::do_forget(batch),
        }
        weight
    }

    /// Takes the next task that is due in block `now`.
    pub(crate) fn next_due(queue: Queue, now: BlockNumber) -> Option<Task> {
        let start = Cursor::<T>::get(queue);
        let (mut due, mut index) = start;
        let mut task = None;
        for _ in 0..MAX_EMPTY {
            if due > now {
                break;
            }
            if index < AgendaLen::<T>::get(queue, due) {
                task = Agenda::<T>::take((queue, due, index));
                index = index.saturating_add(1);
                break;
            }
            AgendaLen::<T>::remove(queue, due);
            due = due.saturating_add(1);
            index = 0;
        }
        if start != (due, index) {
            Cursor::<T>::insert(queue, (due, index));
        }
        task
    }
}
