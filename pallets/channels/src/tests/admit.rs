//! The queue of increments that wait for room.

use crate::{mock::*, Error, Event, Lanes, Queue};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{
    call::batch_id, close::CloseReason, exposure::Chance, Balance, BlockNumber, ChannelId, SOUK,
};

/// A bond of 30 SOUK, and a channel that its provider closed with a voucher of `value`.
fn close_with(value: Balance) -> ChannelId {
    Bonds::insert(PROVIDER, 30 * SOUK);
    let id = open();
    Souk::close_by_provider(signed(PROVIDER), id, Some(voucher(id, value, 9))).unwrap();
    id
}

fn slice(id: ChannelId, cumulative: Balance, slice: u32) -> Option<(Balance, Balance, BlockNumber)> {
    Souk::batch(&batch_id(&id, cumulative, slice)).map(|b| (b.from, b.value, b.committed_at))
}

#[test]
fn an_increment_over_the_exposure_should_enter_in_slices_as_room_frees() {
    test(|| {
        let id = close_with(25 * SOUK);
        assert!(events().contains(&Event::IncrementQueued {
            channel: id,
            provider: PROVIDER,
            value: 15 * SOUK
        }));
        assert_eq!(slice(id, 25 * SOUK, 0), Some((0, 10 * SOUK, 1)));
        assert_eq!((books().provider.1, Souk::queued(&PROVIDER)), (25 * SOUK, 15 * SOUK));
        assert_noop!(Souk::admit(signed(STRANGER), PROVIDER), Error::<Test>::NothingToAdmit);

        next_block();
        Souk::release(&batch_id(&id, 25 * SOUK, 0), CloseReason::Valid);
        assert_eq!(slice(id, 25 * SOUK, 1), Some((10 * SOUK, 10 * SOUK, 2)));
        // Its own chance, too: at a tenth there is room for a tenth.
        Millionths::put(100_000);
        Souk::release(&batch_id(&id, 25 * SOUK, 1), CloseReason::Valid);
        assert_eq!(slice(id, 25 * SOUK, 2), Some((20 * SOUK, SOUK, 2)));
        assert_eq!(Souk::batch(&batch_id(&id, 25 * SOUK, 2)).unwrap().exposure, 30 * SOUK);
        Millionths::put(1_000_000);
        Souk::release(&batch_id(&id, 25 * SOUK, 2), CloseReason::Valid);
        assert_eq!(slice(id, 25 * SOUK, 3), Some((21 * SOUK, 4 * SOUK, 2)));
        assert_eq!((Souk::queued(&PROVIDER), Obligations::get(PROVIDER)), (0, 1));
        Souk::release(&batch_id(&id, 25 * SOUK, 3), CloseReason::Valid);
        assert_eq!((books().provider.1, Obligations::get(PROVIDER)), (0, 0));
        assert_eq!(Lanes::<Test>::iter().count(), 0);
    });
}

#[test]
fn all_slices_should_open_in_the_tree_of_the_voucher() {
    test(|| {
        let id = close_with(25 * SOUK);
        Souk::release(&batch_id(&id, 25 * SOUK, 0), CloseReason::Valid);
        let (first, second) = (
            Souk::batches_of(&id).into_iter().find(|b| b.from == 0).unwrap(),
            Souk::batch(&batch_id(&id, 25 * SOUK, 1)).unwrap(),
        );
        assert_eq!(first.value, 10 * SOUK);
        assert_eq!(second.shape(), unsigned_voucher(id, 25 * SOUK, 9).shape());
    });
}

#[test]
fn increments_should_enter_in_the_order_in_which_they_came() {
    test(|| {
        let first = close_with(15 * SOUK);
        let second = close_with(12 * SOUK);
        assert_eq!(Queue::<Test>::iter_prefix(PROVIDER).count(), 2);
        Souk::release(&batch_id(&first, 15 * SOUK, 0), CloseReason::Valid);
        assert_eq!(slice(first, 15 * SOUK, 1), Some((10 * SOUK, 5 * SOUK, 1)));
        assert_eq!(slice(second, 12 * SOUK, 0), Some((0, 5 * SOUK, 1)));
        Souk::release(&batch_id(&first, 15 * SOUK, 1), CloseReason::Valid);
        assert_eq!(slice(second, 12 * SOUK, 1), Some((5 * SOUK, 5 * SOUK, 1)));
    });
}

#[test]
fn what_waits_should_go_before_new_settlements() {
    test(|| {
        let id = close_with(15 * SOUK);
        let other = open();
        let small = voucher(other, SOUK / 10, 1);
        assert_noop!(settle(other, small.clone()), Error::<Test>::OverExposure);
        Souk::release(&batch_id(&id, 15 * SOUK, 0), CloseReason::Valid);
        assert_ok!(settle(other, small));
    });
}

#[test]
fn crumbs_of_room_should_make_no_slices() {
    test(|| {
        close_with(15 * SOUK);
        // Room for 0.09 SOUK, below the least batch.
        Bonds::insert(PROVIDER, 30 * SOUK + 27 * SOUK / 100);
        assert_noop!(Souk::admit(signed(STRANGER), PROVIDER), Error::<Test>::NothingToAdmit);
        Bonds::insert(PROVIDER, 30 * SOUK + 30 * SOUK / 100);
        assert_ok!(Souk::admit(signed(STRANGER), PROVIDER));
        assert_eq!(Souk::queued(&PROVIDER), 49 * SOUK / 10);
    });
}

#[test]
fn admit_should_take_what_more_bond_carries() {
    test(|| {
        let id = close_with(15 * SOUK);
        Bonds::insert(PROVIDER, BOND);
        System::reset_events();
        assert_ok!(Souk::admit(signed(STRANGER), PROVIDER));
        assert_eq!(
            event(),
            Event::BatchCommitted {
                batch: batch_id(&id, 15 * SOUK, 1),
                channel: id,
                provider: PROVIDER,
                value: 5 * SOUK,
                chance: Chance::ONE,
                exposure: 15 * SOUK,
            }
        );
        assert_noop!(Souk::admit(signed(STRANGER), PROVIDER), Error::<Test>::NothingToAdmit);
        assert_noop!(Souk::admit(signed(STRANGER), STRANGER), Error::<Test>::NothingToAdmit);
    });
}

#[test]
fn idle_blocks_should_admit_on_their_own() {
    test(|| {
        close_with(15 * SOUK);
        Bonds::insert(PROVIDER, BOND);
        next_block();
        assert_eq!(Souk::queued(&PROVIDER), 0);
    });
}

#[test]
fn increments_of_a_provider_that_is_gone_should_enter_at_once_and_for_certain() {
    test(|| {
        Millionths::put(100_000);
        let id = close_with(25 * SOUK);
        assert_eq!(slice(id, 25 * SOUK, 0), Some((0, SOUK, 1)));
        // Fraud is upheld: refunded, then slashed and jailed. What waits takes no room in between.
        Souk::refund(&batch_id(&id, 25 * SOUK, 0), CloseReason::Fraud).unwrap();
        assert_eq!(Exposed::get(PROVIDER), 0);
        Bonds::insert(PROVIDER, 12 * SOUK);
        Jailed::insert(PROVIDER, ());
        next_block();
        let rest = Souk::batch(&batch_id(&id, 25 * SOUK, 1)).unwrap();
        assert_eq!((rest.from, rest.value, rest.chance), (SOUK, 24 * SOUK, Chance::ONE));
        // The slash is limited to what is left.
        assert_eq!((rest.exposure, Exposed::get(PROVIDER)), (12 * SOUK, 12 * SOUK));
        assert_eq!(Souk::queued(&PROVIDER), 0);
    });
}

#[test]
fn a_jailed_provider_without_bond_should_still_have_its_calls_audited() {
    test(|| {
        let id = open();
        Bonds::insert(PROVIDER, 0);
        Jailed::insert(PROVIDER, ());
        assert_noop!(settle(id, voucher(id, SOUK, 1)), Error::<Test>::OverExposure);
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), id, Some(voucher(id, SOUK, 1))));
        let batch = Souk::batch(&batch_id(&id, SOUK, 0)).unwrap();
        assert_eq!((batch.value, batch.chance, batch.exposure), (SOUK, Chance::ONE, 0));
    });
}

#[test]
fn an_increment_should_enter_though_the_bond_was_slashed_below_what_is_exposed() {
    test(|| {
        let id = close_with(25 * SOUK);
        let other = slice(id, 25 * SOUK, 0);
        Bonds::insert(PROVIDER, 0);
        Jailed::insert(PROVIDER, ());
        assert_ok!(Souk::admit(signed(STRANGER), PROVIDER));
        assert_eq!(Souk::batch(&batch_id(&id, 25 * SOUK, 1)).unwrap().exposure, 0);
        assert_eq!((slice(id, 25 * SOUK, 0), Exposed::get(PROVIDER)), (other, 30 * SOUK));
    });
}

#[test]
fn a_refusal_by_the_audits_should_leave_the_increment_waiting() {
    test(|| {
        AuditsFull::put(true);
        let id = close_with(5 * SOUK);
        assert_eq!((Souk::queued(&PROVIDER), books().provider.1), (5 * SOUK, 5 * SOUK));
        assert_eq!(Exposed::get(PROVIDER), 0);
        AuditsFull::put(false);
        assert_ok!(Souk::admit(signed(STRANGER), PROVIDER));
        assert_eq!(slice(id, 5 * SOUK, 0), Some((0, 5 * SOUK, 1)));
    });
}

#[test]
fn the_bound_on_open_batches_should_hold_for_the_queue_too() {
    test(|| {
        MaxOpenBatches::set(&1);
        let first = close_with(SOUK);
        let second = close_with(SOUK);
        assert_eq!(Souk::queued(&PROVIDER), SOUK);
        Souk::release(&batch_id(&first, SOUK, 0), CloseReason::Valid);
        assert!(Souk::batch(&batch_id(&second, SOUK, 0)).is_some());
    });
}
