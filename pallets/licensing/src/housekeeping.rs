//! What idle blocks do: end purchases that missed a deadline, forget what is old. In bounded steps, along an agenda with a
//! cursor; ending a purchase anyone may also do by a call.

use crate::{pallet::*, types::Task, WeightInfo};
use frame_support::{defensive, storage::with_storage_layer, traits::Get, weights::WeightMeter};
use souk_pallet_support::clock;
use souk_primitives::PurchaseId;

/// Most tasks that one block does.
const MAX_TASKS: u32 = 16;
/// Most blocks of the agenda that one block looks at: more than one, so that it catches up.
const MAX_LOOKS: u32 = 64;

impl<T: Config> Pallet<T> {
    /// One idle block's work, as far as the weight goes.
    pub(crate) fn keep_house(meter: &mut WeightMeter) {
        let (now, start) = (T::Clock::get(), AgendaCursor::<T>::get());
        let (mut cursor, mut tasks, mut looks) = (start, 0, 0);
        while clock::is_over(now, cursor) && looks < MAX_LOOKS && tasks < MAX_TASKS {
            if meter.try_consume(T::WeightInfo::idle_look()).is_err() {
                break;
            }
            let Some(task) = Agenda::<T>::iter_key_prefix(cursor).next() else {
                cursor = cursor.saturating_add(1);
                looks = looks.saturating_add(1);
                continue;
            };
            if meter.try_consume(T::WeightInfo::idle_task()).is_err() {
                break;
            }
            tasks = tasks.saturating_add(1);
            if !Self::do_task(cursor, task) {
                // It stays where anyone may still end it by a call; nothing behind it may wait for it.
                cursor = cursor.saturating_add(1);
            }
        }
        if cursor != start {
            AgendaCursor::<T>::put(cursor);
        }
    }

    /// Does what is due. Says whether it is off the agenda.
    pub(crate) fn do_task(at: souk_primitives::BlockNumber, task: Task) -> bool {
        match task {
            Task::Deadline(id) => {
                let ended = with_storage_layer(|| Self::do_expire(id)).is_ok();
                if !ended {
                    // Invariants 1 and 2: what is on hold carries every end.
                    defensive!("a purchase could not be ended");
                }
                return ended;
            }
            Task::Forget(id) => Self::forget_purchase(id),
            Task::Lapse(id) => Self::forget_licence(id),
            Task::Payout(id) => drop(Self::do_pay_out(id)),
        }
        Agenda::<T>::remove(at, task);
        true
    }

    fn forget_purchase(id: PurchaseId) {
        let Some(purchase) = Purchases::<T>::take(id) else { return };
        for party in [&purchase.buyer, &purchase.seller] {
            PurchasesOf::<T>::remove(party, id);
        }
    }
}
