//! What must hold after every block. `try_state` and every test check it.

use crate::{
    types::{Phase, Queue, Stage, Step, Task},
    Agenda, AgendaLen, Audits, Batches, Config, Cursor, OpenAudits, Pallet, Pots,
};
use alloc::vec::Vec;
use frame_support::{
    ensure,
    traits::{fungible::Inspect, Get},
};
use souk_primitives::Balance;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// - Each batch that has not ended has a task on the agenda, or an open audit.
    /// - Each open audit belongs to a batch that is being audited and has a task on the agenda.
    /// - The pots' account covers the pots and its own existential deposit.
    /// - The agenda's buckets are counted right and none lies behind its cursor.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let tasks: Vec<Task> = Agenda::<T>::iter_values().collect();
        Self::check_batches(&tasks)?;
        Self::check_audits(&tasks)?;
        Self::check_agenda()?;
        let owed = Pots::<T>::iter_values().fold(0, |sum: Balance, pot| sum.saturating_add(pot));
        let kept = owed.saturating_add(T::Currency::minimum_balance());
        ensure!(
            T::Currency::total_balance(&Self::pot_account()) >= kept,
            "the pots own more than their account has"
        );
        Ok(())
    }

    fn check_batches(tasks: &[Task]) -> Result<(), TryRuntimeError> {
        for (id, tracked) in Batches::<T>::iter() {
            let open = tracked.audits.iter().filter(|a| OpenAudits::<T>::contains_key(a)).count();
            ensure!(tracked.audits.iter().all(Audits::<T>::contains_key), "a batch lost an audit");
            match tracked.stage {
                Stage::Drawing { .. } => {
                    ensure!(tasks.contains(&Task::Draw(id)), "a batch is never drawn");
                }
                Stage::Waiting { .. } => {
                    ensure!(tasks.contains(&Task::Release(id)), "a batch is never released");
                }
                Stage::Audited => ensure!(open > 0, "a drawn batch has neither an open audit nor an end"),
                Stage::Ended { .. } => {
                    ensure!(open == 0, "an ended batch has an open audit");
                    ensure!(tasks.contains(&Task::Forget(id)), "an ended batch is never forgotten");
                }
            }
        }
        Ok(())
    }

    fn check_audits(tasks: &[Task]) -> Result<(), TryRuntimeError> {
        for (id, audit) in Audits::<T>::iter() {
            ensure!(audit.is_open() == OpenAudits::<T>::contains_key(id), "the open audits are wrong");
            let tracked = Batches::<T>::get(audit.batch).ok_or("an audit without its batch")?;
            ensure!(tracked.audits.contains(&id), "an audit that its batch does not know");
            match audit.phase {
                Phase::Open => {
                    // A deadline that has just passed may wait for its turn on the agenda.
                    ensure!(tasks.contains(&Task::Decide(id)), "an open audit without a deadline");
                    ensure!(!audit.seats.is_empty(), "an open audit without members");
                    ensure!(audit.commit_by <= audit.reveal_by, "reveals end before commits");
                    let all_in = audit.seats.iter().all(|s| s.report.is_some());
                    ensure!(
                        !all_in || audit.step(T::Clock::get()) != Step::Decide,
                        "a complete audit is not decided"
                    );
                }
                Phase::Redrawing { .. } => {
                    ensure!(tasks.contains(&Task::Redraw(id)), "a second committee is never drawn");
                }
                Phase::Ended { .. } => {}
            }
        }
        ensure!(OpenAudits::<T>::iter_keys().all(Audits::<T>::contains_key), "an open audit is missing");
        Ok(())
    }

    fn check_agenda() -> Result<(), TryRuntimeError> {
        for queue in [Queue::Draws, Queue::Deadlines, Queue::Memories] {
            let (cursor, _) = Cursor::<T>::get(queue);
            ensure!(
                AgendaLen::<T>::iter_key_prefix(queue).all(|due| due >= cursor),
                "a bucket was passed over"
            );
        }
        for (queue, due, index) in Agenda::<T>::iter_keys() {
            ensure!(index < AgendaLen::<T>::get(queue, due), "a task beyond its bucket's count");
        }
        Ok(())
    }
}
