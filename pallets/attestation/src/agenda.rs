//! What is due when: two bounded queues, one in real blocks and one in live blocks, each with a cursor.
//!
//! A block takes as many due tasks as its budget allows; the rest stays in its bucket and is taken first by the next
//! block. So no block does unbounded work, and nothing is forgotten.

use crate::{
    types::{Queue, Task},
    Agenda, AgendaLen, Config, Cursor, Pallet,
};
use souk_primitives::BlockNumber;

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
