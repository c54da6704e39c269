//! Whatever members, providers, clocks and beacons do: each committed batch reaches exactly one end, money adds up.

use crate::{mock::*, types::Stage, types::Step, Agenda, Audits, Batches, OpenAudits};
use proptest::prelude::*;
use souk_primitives::{exposure::Chance, hash, verdict::Report, BatchId};

#[derive(Clone, Debug)]
enum Act {
    Settle {
        millionths: u32,
        audited: bool,
    },
    Exam,
    Blocks(u32),
    /// One member does what its audit wants next.
    Work {
        pick: usize,
        member: usize,
        report: u8,
    },
    Sweep(usize),
    SweepBatch(usize),
    FullBlocks(bool),
    StopClock(bool),
    LoseVrf,
    OneAuthor(bool),
    Rotate(u8),
    Leave(u8),
    Return,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (1u32..=1_000_000, any::<bool>(), 0u8..10).prop_map(|(q, certain, unaudited)| Act::Settle {
            millionths: if certain { 1_000_000 } else { q },
            audited: unaudited > 0,
        }),
        1 => Just(Act::Exam),
        4 => (1u32..8).prop_map(Act::Blocks),
        12 => (0usize..8, 0usize..4, 0u8..10).prop_map(|(pick, member, report)| Act::Work { pick, member, report }),
        1 => (0usize..8).prop_map(Act::Sweep),
        1 => (0usize..8).prop_map(Act::SweepBatch),
        1 => any::<bool>().prop_map(Act::FullBlocks),
        1 => any::<bool>().prop_map(Act::StopClock),
        1 => Just(Act::LoseVrf),
        1 => any::<bool>().prop_map(Act::OneAuthor),
        1 => (0u8..3).prop_map(Act::Rotate),
        1 => (2u8..=5).prop_map(Act::Leave),
        1 => Just(Act::Return),
    ]
}

fn report_of(kind: u8) -> Report {
    match kind {
        0 => invalid(),
        1 => Report::Unavailable,
        2 => doubtful(),
        3 => foreign_seed(),
        _ => valid(),
    }
}

/// Commits or reveals for one seat of an open audit, with whatever key the seat has. A seat's report follows from who
/// sits there, so that its reveal fits its commit.
fn work(pick: usize, member: usize, kind: u8) {
    let open: Vec<_> = OpenAudits::<Test>::iter_keys().collect();
    let Some(id) = open.get(pick % open.len().max(1)) else { return };
    let audit = audit(*id);
    let Some(seat) = audit.seats.get(member % audit.seats.len().max(1)) else { return };
    let who = number(&seat.validator);
    let kind = if kind > 6 { kind } else { who.wrapping_add(id[0]) % 6 };
    let signer = (0..3).map(|g| pair(who, g)).find(|p| sp_core::Pair::public(p).0 == seat.key).unwrap();
    let call = match audit.step(Live::get()) {
        Step::Commit => commit_call(who, vec![commit_of(who, *id, &report_of(kind))], &signer),
        Step::Reveal => reveal_call(who, vec![reveal_of(*id, &report_of(kind))], &signer),
        _ => return,
    };
    if authorize(&call).is_ok() {
        dispatch(call).unwrap();
    }
}

fn play(act: Act, settled: &mut Vec<BatchId>) {
    match act {
        Act::Settle { millionths, audited } => {
            let id = hash(&[b"walk", &(settled.len() as u32).to_le_bytes()]);
            let mut batch = batch_of(id, Chance::from_millionths(millionths));
            batch.audited = audited;
            if settle(&batch).is_ok() {
                settled.push(id);
            }
        }
        Act::Exam => {
            let id = hash(&[b"walk", &(settled.len() as u32).to_le_bytes()]);
            settle(&exam_of(id)).unwrap();
            settled.push(id);
        }
        Act::Blocks(n) => run_blocks(n),
        Act::Work { pick, member, report } => work(pick, member, report),
        Act::Sweep(pick) => {
            let open: Vec<_> = OpenAudits::<Test>::iter_keys().collect();
            if let Some(id) = open.get(pick % open.len().max(1)) {
                let _ = Attestation::sweep(RuntimeOrigin::signed(STRANGER), *id);
            }
        }
        Act::SweepBatch(pick) => {
            if let Some(id) = settled.get(pick % settled.len().max(1)) {
                let _ = Attestation::sweep_batch(RuntimeOrigin::signed(STRANGER), *id);
            }
        }
        Act::FullBlocks(full) => {
            Busy::put(full);
            MaxTasks::set(&if full { 1 } else { 50 });
        }
        Act::StopClock(stop) => Stopped::put(stop),
        Act::LoseVrf => NoVrf::insert(System::block_number(), ()),
        Act::OneAuthor(one) if one => OnlyAuthor::put(stash(3)),
        Act::OneAuthor(_) => OnlyAuthor::kill(),
        Act::Rotate(generation) => rotate_keys(generation),
        Act::Leave(who) => Registered::mutate(|all| all.retain(|(v, _)| *v != stash(who))),
        Act::Return => Registered::put((1..=VALIDATORS).map(|v| (stash(v), 1)).collect::<Vec<_>>()),
    }
    Attestation::do_try_state().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_committed_batch_reaches_an_end(acts in prop::collection::vec(act(), 1..120)) {
        new_test_ext().execute_with(|| {
            let everyone = || (1..=VALIDATORS).map(stash).chain([PROVIDER, CONSUMER, FUNDER, ESCROW, STRANGER, Attestation::pot_account()]);
            let mut settled = Vec::new();
            for act in acts {
                play(act, &mut settled);
            }
            // Then the world calms down and nobody works any more.
            Stopped::kill();
            OnlyAuthor::kill();
            play(Act::FullBlocks(false), &mut settled);
            run_blocks(150);
            for id in &settled {
                prop_assert!(Ended::contains_key(id), "a batch did not end");
            }
            prop_assert_eq!(Pending::iter().count(), 0);
            prop_assert_eq!(OpenAudits::<Test>::iter().count(), 0);
            let over = Batches::<Test>::iter_values().all(|t| matches!(t.stage, Stage::Ended { .. }));
            prop_assert!(over);
            // Escrow is back to what it was, and money lies with somebody we know.
            prop_assert_eq!(free(&ESCROW), souk_primitives::SOUK);
            prop_assert_eq!(everyone().map(|who| free(&who)).sum::<u128>(), issuance());
            run_blocks(60);
            prop_assert_eq!(Batches::<Test>::iter().count() + Audits::<Test>::iter().count(), 0);
            prop_assert_eq!(Agenda::<Test>::iter().count(), 0);
            Ok(())
        })?;
    }
}
