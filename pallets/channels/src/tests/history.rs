//! What has ended stays readable for a while, then leaves no trace.

use crate::{
    mock::*, types::Memory, BatchesOf, Channels, ChannelsOf, Ended, Error, Memories, MemorySpan, SeedAt,
    Usages,
};
use frame_support::{assert_noop, assert_ok, traits::Hooks, weights::Weight};
use souk_primitives::{
    call::batch_id,
    close::CloseReason,
    views::{BatchState, ChannelState},
    SOUK,
};

#[test]
fn ended_batches_should_be_readable_for_the_history() {
    test(|| {
        let id = open();
        assert_ok!(settle(id, voucher(id, SOUK, 1)));
        let batch = batch_id(&id, SOUK, 0);
        assert_eq!(Souk::batch_view(&batch).unwrap().state, BatchState::Committed);
        run_to(5);
        Souk::release(&batch, CloseReason::NotDrawn);
        let ended = BatchState::Ended { at: 5, reason: CloseReason::NotDrawn };
        run_to(5 + HISTORY);
        let view = Souk::batch_view(&batch).unwrap();
        assert_eq!((view.state, view.value, view.channel), (ended, SOUK, id));
        assert_eq!(Souk::batches_of(&id), [view]);
        run_to(6 + HISTORY);
        assert_eq!(Souk::batch_view(&batch), None);
        assert_eq!((Ended::<Test>::iter().count(), BatchesOf::<Test>::iter().count()), (0, 0));
        // The channel is still open.
        assert!(Souk::channel_view(&id).is_some());
    });
}

#[test]
fn closed_channels_should_be_readable_until_the_history_after_their_last_batch() {
    test(|| {
        let id = open_funded();
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), id, Some(voucher(id, SOUK, 1))));
        run_to(200);
        let closed = ChannelState::Closed { at: 1, reason: CloseReason::ByProvider };
        assert_eq!(Souk::channel_view(&id).unwrap().state, closed);
        Souk::release(&batch_id(&id, SOUK, 0), CloseReason::Valid);
        run_to(200 + HISTORY);
        assert_eq!(Souk::channel_view(&id).unwrap().state, closed);
        assert_eq!(Souk::channel_views(&FUNDER, 9).len(), 1);
        run_to(201 + HISTORY);
        assert_eq!(Souk::channel_view(&id), None);
        assert_noop!(settle(id, voucher(id, 2 * SOUK, 2)), Error::<Test>::ChannelNotFound);
        assert_eq!(Channels::<Test>::iter().count(), 0);
        assert_eq!(ChannelsOf::<Test>::iter().count(), 0);
        assert_eq!(SeedAt::<Test>::iter().count(), 0);
        assert_eq!(Usages::<Test>::iter().count(), 0);
        assert_eq!((Memories::<Test>::iter().count(), MemorySpan::<Test>::get()), (0, (2, 2)));
    });
}

#[test]
fn forgetting_should_keep_up_with_what_ends() {
    test(|| {
        let id = open();
        for n in 1..=200u8 {
            Ended::<Test>::insert([n; 32], ended(id, n));
            Souk::remember(Memory::Batch([n; 32]));
        }
        run_to(HISTORY + 1);
        assert_eq!(Ended::<Test>::iter().count(), 200);
        // As far as the weight goes; sweeps and what waits come first.
        let one = <() as crate::WeightInfo>::idle_forget();
        let others = <() as crate::WeightInfo>::idle_sweep() + <() as crate::WeightInfo>::idle_admit();
        System::set_block_number(HISTORY + 2);
        Souk::on_idle(HISTORY + 2, others + one * 3);
        assert_eq!(Ended::<Test>::iter().count(), 197);
        Souk::on_idle(HISTORY + 2, Weight::MAX);
        assert_eq!((Ended::<Test>::iter().count(), Memories::<Test>::iter().count()), (0, 0));
    });
}

/// A batch that has ended.
fn ended(channel: souk_primitives::ChannelId, n: u8) -> crate::types::EndedBatch {
    let batch = souk_primitives::batch::Batch {
        id: [n; 32],
        channel,
        provider: PROVIDER,
        consumer: CONSUMER,
        funder: CONSUMER,
        spec: SPEC,
        from: 0,
        value: 1,
        root: [0; 32],
        total: 1,
        count: 1,
        chance: souk_primitives::exposure::Chance::ONE,
        exposure: 3,
        audited: true,
        committed_at: 1,
        kind: souk_primitives::batch::BatchKind::Call,
    };
    crate::types::EndedBatch { batch, at: 1, reason: CloseReason::Valid }
}

#[test]
fn an_opening_block_should_be_kept_while_one_of_its_channels_is() {
    test(|| {
        let (first, second) = (open(), open());
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), first, None));
        run_to(2 + HISTORY);
        assert_eq!(Souk::channel_view(&first), None);
        assert!(Souk::channel_view(&second).unwrap().seed.is_some());
    });
}

#[test]
fn views_should_keep_to_their_limit() {
    test(|| {
        for _ in 0..5 {
            open();
        }
        assert_eq!(Souk::channel_views(&CONSUMER, 0).len(), 0);
        assert_eq!(Souk::channel_views(&CONSUMER, 3).len(), 3);
        assert_eq!(Souk::channel_views(&CONSUMER, u32::MAX).len(), 5);
        assert!(Souk::channel_views(&STRANGER, 3).is_empty());
        assert_eq!((Souk::channel_view(&[0; 32]), Souk::batch_view(&[0; 32])), (None, None));
        assert_eq!(Souk::notice(&[0; 32]), 0);
    });
}
