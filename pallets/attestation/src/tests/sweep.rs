use crate::{
    mock::*,
    types::{Phase, Stage},
    Batches, Error, Event,
};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use souk_primitives::{audit::Round, close::CloseReason, exposure::Chance, BatchId};
use sp_runtime::DispatchError;

fn sweep_batch(batch: BatchId) -> DispatchResult {
    Attestation::sweep_batch(RuntimeOrigin::signed(STRANGER), batch)
}

fn rare() -> Chance {
    Chance::from_millionths(100_000)
}

#[test]
fn anyone_draws_a_batch_that_the_agenda_has_not_reached() {
    run(|| {
        MaxTasks::set(&1);
        Busy::put(true);
        let batches = [0, 1, 1].map(|hits| settle_with_hits(hits, rare()));
        run_blocks(4);
        assert_noop!(sweep_batch(batches[2]), Error::<Test>::NotOver);
        next_block();
        let stage = |i: usize| Batches::<Test>::get(batches[i]).unwrap().stage;
        assert!(matches!(stage(2), Stage::Drawing { .. }));
        assert_ok!(sweep_batch(batches[2]));
        assert_eq!(stage(2), Stage::Audited);
        // Its turn on the agenda changes nothing any more.
        let drawn = Batches::<Test>::get(batches[2]);
        run_blocks(2);
        assert_eq!(stage(1), Stage::Audited);
        assert_eq!(Batches::<Test>::get(batches[2]), drawn);
    });
}

#[test]
fn anyone_pays_a_batch_that_the_agenda_has_not_reached() {
    run(|| {
        let batch = settle_with_hits(0, rare());
        run_blocks(5);
        let Stage::Waiting { release_at, .. } = Batches::<Test>::get(batch).unwrap().stage else { panic!() };
        Live::put(release_at - 1);
        assert_noop!(sweep_batch(batch), Error::<Test>::NotOver);
        Live::put(release_at);
        assert_ok!(sweep_batch(batch));
        assert_eq!(Ended::get(batch), Some((CloseReason::NotDrawn, true)));
        assert_noop!(sweep_batch(batch), Error::<Test>::NotOver);
        assert_noop!(sweep_batch([1; 32]), Error::<Test>::UnknownBatch);
        assert_noop!(Attestation::sweep_batch(RuntimeOrigin::none(), batch), DispatchError::BadOrigin);
    });
}

#[test]
fn anyone_draws_a_second_committee_that_is_due() {
    run(|| {
        let (batch, id) = drawn();
        assert_noop!(sweep_batch(batch), Error::<Test>::NotOver);
        run_blocks(audit(id).commit_by - Live::get() + 1);
        let Phase::Redrawing { at, .. } = audit(id).phase else { panic!() };
        // The time has come, but its window is not complete.
        let now = Live::get();
        Live::put(at);
        assert_noop!(sweep_batch(batch), Error::<Test>::NotOver);
        Live::put(now);
        run_blocks(5);
        assert_noop!(sweep_batch(batch), Error::<Test>::NotOver);
        Live::put(at);
        assert_ok!(sweep_batch(batch));
        assert_eq!((audit(id).round, audit(id).phase), (Round::Second, Phase::Open));
    });
}

#[test]
fn anyone_decides_an_audit_that_the_agenda_has_not_reached() {
    run(|| {
        let (_, id) = drawn();
        for member in members(id) {
            commit(member, id, &valid());
        }
        // The clock passes the deadline without the agenda having run.
        Live::put(audit(id).reveal_by);
        assert_noop!(Attestation::sweep(RuntimeOrigin::signed(STRANGER), id), Error::<Test>::NotOver);
        Live::put(audit(id).reveal_by + 1);
        assert_ok!(Attestation::sweep(RuntimeOrigin::signed(STRANGER), id));
        let at = Live::get() + 40;
        assert_eq!(audit(id).phase, Phase::Redrawing { at, from: System::block_number() });
        System::assert_last_event(Event::RedrawScheduled { audit: id, at }.into());
        let mut silent: Vec<_> = Silences::get().iter().map(number).collect();
        silent.sort();
        let mut seated = members(id);
        seated.sort();
        assert_eq!(silent, seated);
        assert_noop!(Attestation::sweep(RuntimeOrigin::signed(STRANGER), id), Error::<Test>::NotOver);
    });
}

#[test]
fn nobody_sweeps_what_is_open_ended_or_unknown() {
    run(|| {
        let (_, id) = drawn();
        let who = || RuntimeOrigin::signed(STRANGER);
        assert_noop!(Attestation::sweep(who(), id), Error::<Test>::NotOver);
        assert_noop!(Attestation::sweep(who(), [1; 32]), Error::<Test>::UnknownAudit);
        assert_noop!(Attestation::sweep(RuntimeOrigin::none(), id), DispatchError::BadOrigin);
        report(id, &[valid(), valid(), valid()]);
        assert_noop!(Attestation::sweep(who(), id), Error::<Test>::NotOver);
    });
}
