use crate::{
    mock::*,
    types::{Phase, Stage, MAX_AUDITS, RING},
    Batches, Error, Event, Keys, OpenAudits,
};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{
    audit::Round, beacon, close::CloseReason, exposure::Chance, views::BatchState, AuditId, SOUK,
};

fn rare() -> Chance {
    Chance::from_millionths(100_000)
}

#[test]
fn batch_that_no_block_hits_is_paid_after_the_window() {
    run(|| {
        let provider = free(&PROVIDER);
        let batch = settle_with_hits(0, rare());
        let settled = Live::get();
        assert_eq!(Attestation::batch_state(&batch), BatchState::Committed);
        run_blocks(4);
        assert_eq!(Attestation::batch_state(&batch), BatchState::Committed);
        next_block();
        assert_eq!(Attestation::batch_state(&batch), BatchState::Waiting { release_at: settled + 20 });
        run_to(settled + 19);
        assert_eq!(Ended::get(batch), None);
        next_block();
        assert_eq!(Ended::get(batch), Some((CloseReason::NotDrawn, true)));
        assert_eq!(
            Attestation::batch_state(&batch),
            BatchState::Ended { at: settled + 20, reason: CloseReason::NotDrawn }
        );
        assert_eq!(free(&PROVIDER), provider + VALUE / 50 * 49);
        assert_eq!(Attestation::pot(&SPEC), VALUE / 50);
        // Nothing of it is left when its history is over.
        run_blocks(51);
        assert_eq!(Batches::<Test>::iter().count(), 0);
    });
}

#[test]
fn notice_delays_the_release_of_what_was_not_drawn() {
    run(|| {
        Notice::put(7);
        let batch = settle_with_hits(0, rare());
        let settled = Live::get();
        run_blocks(5);
        assert_eq!(Attestation::batch_state(&batch), BatchState::Waiting { release_at: settled + 27 });
        run_to(settled + 26);
        assert_eq!(Ended::get(batch), None);
        next_block();
        assert_eq!(Ended::get(batch), Some((CloseReason::NotDrawn, true)));
    });
}

#[test]
fn notice_delays_neither_a_verdict_nor_what_nobody_audits() {
    run(|| {
        Notice::put(1_000);
        let (batch, id) = drawn();
        report(id, &[valid(), valid(), valid()]);
        assert_eq!(Ended::get(batch), Some((CloseReason::Valid, true)));
        let mut unaudited = batch_of([8; 32], rare());
        unaudited.audited = false;
        settle(&unaudited).unwrap();
        run_blocks(20);
        assert_eq!(Ended::get(unaudited.id), Some((CloseReason::Unaudited, true)));
    });
}

#[test]
fn conviction_during_the_notice_has_the_batch_drawn_again() {
    run(|| {
        Notice::put(100);
        let waiting = settle_with_hits(0, rare());
        let (_, id) = drawn();
        report(id, &[invalid(), invalid(), invalid()]);
        let Stage::Waiting { release_at, .. } = Batches::<Test>::get(waiting).unwrap().stage else {
            panic!()
        };
        run_to(release_at + 5);
        assert_eq!(Batches::<Test>::get(waiting).unwrap().stage, Stage::Audited);
    });
}

#[test]
fn hit_draws_point_and_committee_from_that_block_alone() {
    run(|| {
        let settled = System::block_number();
        let (batch, id) = drawn();
        assert_eq!(System::block_number(), settled + 5);
        let index = (1..=4)
            .find(|i| beacon::hits(&vrf(settled + i), &batch, beacon::roll_threshold(Chance::ONE, 4)))
            .unwrap();
        assert_eq!(id, beacon::audit_id(&batch, index - 1, &vrf(settled + index)));
        let draw = beacon::draw(&vrf(settled + index), &batch, beacon::Purpose::Point);
        let drawn = audit(id);
        assert_eq!(Some(drawn.point), beacon::point(&draw, 3 * SOUK, VALUE));
        assert_eq!(drawn.seats.len(), 3);
        assert!(drawn.seats.iter().all(|s| s.validator != stash(OWN)));
        assert!(drawn.seats.iter().all(|s| Keys::<Test>::get(&s.validator) == Some(s.key)));
        assert_eq!(drawn.commit_by, Live::get() + 2 + 6);
        assert_eq!(drawn.reveal_by, drawn.commit_by + 4);
        assert_eq!(Attestation::batch_state(&batch), BatchState::Drawn { audits: 1 });
        let committee = drawn.seats.iter().map(|s| s.validator.clone()).collect();
        System::assert_has_event(
            Event::AuditDrawn {
                audit: id,
                batch,
                provider: PROVIDER,
                round: Round::First,
                point: drawn.point,
                committee,
                commit_by: drawn.commit_by,
                reveal_by: drawn.reveal_by,
            }
            .into(),
        );
    });
}

#[test]
fn each_hit_is_an_audit_of_its_own() {
    run(|| {
        let batch = settle_with_hits(3, Chance::ONE);
        run_blocks(5);
        let audits = Batches::<Test>::get(batch).unwrap().audits;
        assert_eq!(audits.len(), 3);
        let mut points: Vec<_> = audits.iter().map(|id| audit(*id).point).collect();
        points.dedup();
        assert_eq!(points.len(), 3);
        assert_eq!(Attestation::audits(true, 10).len(), 3);
        assert_eq!(Attestation::audits(false, 2).len(), 2);
    });
}

#[test]
fn list_of_audits_looks_at_a_bounded_number() {
    use crate::{views::MAX_LOOKS, Audits};
    new_test_ext().execute_with(|| {
        let (_, id) = drawn();
        let one = audit(id);
        for i in 0..MAX_LOOKS {
            let id = souk_primitives::hash(&[b"audit", &i.to_le_bytes()]);
            Audits::<Test>::insert(id, &one);
            OpenAudits::<Test>::insert(id, ());
        }
        assert_eq!(Attestation::audits(false, u32::MAX).len(), MAX_LOOKS as usize);
        assert_eq!(Attestation::audits(true, u32::MAX).len(), MAX_LOOKS as usize);
    });
}

#[test]
fn certain_audit_without_a_hit_is_drawn_from_the_whole_window() {
    run(|| {
        let settled = System::block_number();
        let batch = settle_with_hits(0, Chance::ONE);
        run_blocks(5);
        let vrfs: Vec<_> = (settled + 1..=settled + 4).map(vrf).collect();
        let id = beacon::audit_id(&batch, 4, &beacon::combined(&vrfs));
        assert_eq!(Batches::<Test>::get(batch).unwrap().audits.to_vec(), vec![id]);
        assert!(audit(id).is_open());
    });
}

#[test]
fn missing_vrf_postpones_the_draw() {
    run(|| {
        let settled = System::block_number();
        NoVrf::insert(settled + 2, ());
        let batch = settle_with_hits(0, Chance::ONE);
        run_blocks(5);
        assert_eq!(Attestation::batch_state(&batch), BatchState::Committed);
        next_block();
        assert!(matches!(Attestation::batch_state(&batch), BatchState::Drawn { .. }));
    });
}

#[test]
fn window_waits_for_a_second_author() {
    run(|| {
        OnlyAuthor::put(stash(2));
        next_block();
        let batch = settle_with_hits(0, rare());
        run_blocks(20);
        assert_eq!(Attestation::batch_state(&batch), BatchState::Committed);
        OnlyAuthor::kill();
        // The block of the second author, and the next one, which knows its VRF.
        run_blocks(3);
        assert_ne!(Attestation::batch_state(&batch), BatchState::Committed);
    });
}

#[test]
fn one_validator_alone_is_enough_where_there_is_one() {
    run(|| {
        OnlyAuthor::put(stash(2));
        for v in [1, 3, 4, 5] {
            Keys::<Test>::remove(stash(v));
        }
        next_block();
        let batch = settle_with_hits(0, rare());
        run_blocks(5);
        assert_ne!(Attestation::batch_state(&batch), BatchState::Committed);
    });
}

#[test]
fn window_that_the_ring_forgets_begins_anew() {
    run(|| {
        OnlyAuthor::put(stash(2));
        next_block();
        let batch = settle_with_hits(0, rare());
        run_blocks(RING + 10);
        System::assert_has_event(Event::DrawPostponed { batch }.into());
        assert_eq!(Attestation::batch_state(&batch), BatchState::Committed);
        OnlyAuthor::kill();
        run_blocks(3);
        assert_ne!(Attestation::batch_state(&batch), BatchState::Committed);
    });
}

#[test]
fn spec_that_is_not_audited_pays_without_a_draw() {
    run(|| {
        let provider = free(&PROVIDER);
        let mut batch = batch_of([1; 32], Chance::ONE);
        batch.audited = false;
        assert_ok!(settle(&batch));
        run_blocks(20);
        assert_eq!(Ended::get(batch.id), Some((CloseReason::Unaudited, true)));
        assert_eq!(free(&PROVIDER), provider + VALUE);
        assert_eq!(Records::get(PROVIDER), Default::default());
    });
}

#[test]
fn batch_that_nobody_can_audit_is_paid_without_a_record() {
    run(|| {
        Registered::put(vec![(stash(OWN), 100 * SOUK)]);
        let batch = settle_with_hits(2, Chance::ONE);
        run_blocks(5);
        // Not at once: they may come back.
        assert_eq!(Ended::get(batch), None);
        assert_eq!(OpenAudits::<Test>::iter().count(), 2);
        run_blocks(39);
        assert_eq!(Ended::get(batch), None);
        next_block();
        assert_eq!(Ended::get(batch), Some((CloseReason::Unaudited, true)));
        assert_eq!(OpenAudits::<Test>::iter().count(), 0);
        assert_eq!(Records::get(PROVIDER), Default::default());
        let id = Batches::<Test>::get(batch).unwrap().audits[0];
        assert_eq!(audit(id).phase, Phase::Ended { reason: CloseReason::Unaudited });
        System::assert_has_event(
            Event::AuditEnded { audit: id, batch, reason: CloseReason::Unaudited }.into(),
        );
    });
}

#[test]
fn judges_who_come_back_in_time_still_judge() {
    run(|| {
        Registered::kill();
        let (batch, id) = drawn();
        assert!(members(id).is_empty());
        Registered::put((1..=VALIDATORS).map(|v| (stash(v), 100 * SOUK)).collect::<Vec<_>>());
        run_blocks(40);
        assert_eq!((audit(id).round, members(id).len()), (Round::Second, 3));
        report(id, &[invalid(), invalid(), invalid()]);
        assert_eq!(Ended::get(batch), Some((CloseReason::Fraud, false)));
    });
}

#[test]
fn of_too_many_hits_the_lowest_rolls_count() {
    run(|| {
        let vrfs: Vec<_> = (1..=64).map(vrf).collect();
        let threshold = beacon::roll_threshold(Chance::ONE, 64);
        let (batch, hits) = (0u32..)
            .map(|i| batch_of(souk_primitives::hash(&[b"many", &i.to_le_bytes()]), Chance::ONE))
            .map(|batch| {
                let hit = |(_, vrf): &(u32, &_)| beacon::hits(vrf, &batch.id, threshold);
                let hits: Vec<(u32, u128)> = (0u32..)
                    .zip(&vrfs)
                    .filter(hit)
                    .map(|(i, vrf)| (i, beacon::roll(vrf, &batch.id)))
                    .collect();
                (batch, hits)
            })
            .find(|(_, hits)| hits.len() > MAX_AUDITS as usize)
            .unwrap();
        let mut lowest = hits.clone();
        lowest.sort_by_key(|(_, roll)| *roll);
        lowest.truncate(MAX_AUDITS as usize);
        lowest.sort_unstable();
        let drawn: Vec<_> = Attestation::roll(&batch, &vrfs).into_iter().map(|(i, _)| i).collect();
        assert_eq!(drawn, lowest.iter().map(|(i, _)| *i).collect::<Vec<_>>());
    });
}

#[test]
fn verifier_without_a_key_gets_no_seat() {
    run(|| {
        Keys::<Test>::remove(stash(2));
        Keys::<Test>::remove(stash(3));
        let (_, id) = drawn();
        let mut seated = members(id);
        seated.sort();
        assert_eq!(seated, [4, 5]);
    });
}

#[test]
fn batch_is_committed_once() {
    run(|| {
        let batch = batch_of([1; 32], Chance::ONE);
        assert_ok!(Attestation::committed(&batch));
        assert_noop!(Attestation::committed(&batch), Error::<Test>::AlreadyExists);
        Pending::insert(batch.id, &batch);
    });
}

#[test]
fn batch_that_vanished_is_dropped() {
    run(|| {
        assert_ok!(Attestation::committed(&batch_of([1; 32], Chance::ONE)));
        run_blocks(5);
        assert!(matches!(Batches::<Test>::get([1; 32]).unwrap().stage, Stage::Ended { .. }));
    });
}

#[test]
fn block_takes_a_bounded_number_of_tasks_and_the_next_goes_on() {
    run(|| {
        MaxTasks::set(&2);
        Busy::put(true);
        for i in 0u8..5 {
            assert_ok!(settle(&batch_of([i; 32], rare())));
        }
        let undrawn = || {
            let stages = Batches::<Test>::iter_values().map(|t| t.stage);
            stages.filter(|s| matches!(s, Stage::Drawing { .. })).count()
        };
        run_blocks(5);
        assert_eq!(undrawn(), 3);
        next_block();
        assert_eq!(undrawn(), 1);
        next_block();
        assert_eq!(undrawn(), 0);
    });
}

#[test]
fn flood_of_draws_delays_no_deadline() {
    run(|| {
        let waiting = settle_with_hits(0, rare());
        let settled = System::block_number();
        run_blocks(15);
        MaxTasks::set(&2);
        Busy::put(true);
        for i in 0u8..9 {
            assert_ok!(settle(&batch_of([i; 32], rare())));
        }
        // They are due in the block of the release.
        run_to(settled + 20);
        assert_eq!(Ended::get(waiting), Some((CloseReason::NotDrawn, true)));
        let undrawn = Batches::<Test>::iter_values().filter(|t| matches!(t.stage, Stage::Drawing { .. }));
        assert_eq!(undrawn.count(), 7);
    });
}

#[test]
fn idle_block_catches_up_and_forgets() {
    run(|| {
        MaxTasks::set(&2);
        Busy::put(true);
        let first = settle_with_hits(0, rare());
        for i in 0u8..3 {
            assert_ok!(settle(&batch_of([i; 32], rare())));
        }
        run_blocks(4);
        Busy::kill();
        next_block();
        let undrawn = Batches::<Test>::iter_values().filter(|t| matches!(t.stage, Stage::Drawing { .. }));
        assert_eq!(undrawn.count(), 0, "two at its beginning and two at its end");
        run_blocks(20);
        assert!(Ended::contains_key(first));
        Busy::put(true);
        run_blocks(100);
        assert!(Batches::<Test>::contains_key(first), "no block had time to forget");
        Busy::kill();
        run_blocks(3);
        assert!(!Batches::<Test>::contains_key(first));
    });
}

#[test]
fn idle_work_stays_within_the_limit() {
    use crate::WeightInfo;
    use frame_support::{traits::Hooks, weights::Weight};
    run(|| {
        Busy::put(true);
        MaxTasks::set(&1);
        for i in 0u8..3 {
            assert_ok!(settle(&batch_of([i; 32], rare())));
        }
        run_blocks(5);
        let idle = |limit| Attestation::on_idle(System::block_number(), limit);
        let (look, draw) = (<()>::on_initialize(), <()>::draw());
        assert_eq!(idle(Weight::zero()), Weight::zero());
        assert_eq!(idle(look), look);
        assert_eq!(idle(look + draw), look + draw);
        let undrawn = Batches::<Test>::iter_values().filter(|t| matches!(t.stage, Stage::Drawing { .. }));
        assert_eq!(undrawn.count(), 1);
    });
}

#[test]
fn deadlines_stand_still_with_the_clock_but_draws_go_on() {
    run(|| {
        Stopped::put(true);
        let idle = settle_with_hits(0, rare());
        let (batch, id) = drawn();
        run_blocks(100);
        assert_eq!(Ended::get(idle), None);
        assert!(audit(id).is_open());
        Stopped::kill();
        run_blocks(20);
        assert_eq!(Ended::get(idle), Some((CloseReason::NotDrawn, true)));
        assert_eq!(Ended::get(batch), None);
        assert!(matches!(audit(id).phase, Phase::Redrawing { .. }));
    });
}

#[test]
fn new_session_replaces_the_keys_and_seats_keep_theirs() {
    run(|| {
        let (_, id) = drawn();
        let member = members(id)[0];
        rotate_keys(1);
        assert_eq!(Keys::<Test>::count(), u32::from(VALIDATORS));
        assert_ne!(Keys::<Test>::get(stash(member)), Some(audit(id).seats[0].key));
        // The old key, which the seat has.
        commit(member, id, &valid());
        let (_, later): (_, AuditId) = drawn();
        assert!(audit(later).seats.iter().all(|s| Keys::<Test>::get(&s.validator) == Some(s.key)));
    });
}

#[test]
fn conviction_draws_what_waited_for_its_release() {
    run(|| {
        let waiting = settle_with_hits(0, rare());
        let cheat = settle_with_hits(1, Chance::ONE);
        let in_window = settle_with_hits(0, rare());
        run_blocks(5);
        let id = Batches::<Test>::get(cheat).unwrap().audits[0];
        report(id, &[invalid(), invalid(), valid()]);
        assert_eq!(Ended::get(cheat), Some((CloseReason::Fraud, false)));
        run_blocks(30);
        for batch in [waiting, in_window] {
            assert_eq!(Ended::get(batch), None, "paid without an audit after a conviction");
            assert!(matches!(Attestation::batch_state(&batch), BatchState::Drawn { .. }));
        }
        // What is settled later is drawn at its own chance again.
        let later = settle_with_hits(0, rare());
        run_blocks(25);
        assert_eq!(Ended::get(later), Some((CloseReason::NotDrawn, true)));
    });
}
