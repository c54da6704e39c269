//! Exams: the committees are the same, what follows is not.

use crate::{mock::*, types::Stage, Batches, Convicted, Event};
use souk_primitives::{
    close::CloseReason,
    exposure::Chance,
    rate::Record,
    verdict::Report,
    views::{AuditSubject, AuditTask, ExamSubject},
    Balance, SOUK,
};

const PREPAID: Balance = 4 * FEE;
/// What the consumers put into the pot.
const POT: Balance = 20 * FEE;

/// A record that anything would change.
fn record() -> Record {
    Record { ok: 7_000, certain_left: 2, window: 0b10 }
}

/// Runs a test with a filled pot and a provider with a record, and looks that no exam touched what only calls do.
fn run_exam(test: impl FnOnce()) {
    run(|| {
        fill_pot(20 * FEE);
        // One exam's: of 4/3 committees of three.
        fill_pot(PREPAID);
        Prepaid::put(PREPAID);
        Records::insert(PROVIDER, record());
        // The consumers' wish to delay releases is no exam's business.
        Notice::put(1_000);
        test();
        assert_eq!(Records::get(PROVIDER), record());
        assert!(!Jailed::contains_key(PROVIDER));
        assert!(!Convicted::<Test>::contains_key(PROVIDER));
        assert!(Offences::get().is_empty());
    });
}

fn paid(before: &[Balance], members: &[u8]) -> Vec<Balance> {
    members.iter().zip(before).map(|(m, before)| free(&stash(*m)) - before).collect()
}

fn purses(members: &[u8]) -> Vec<Balance> {
    members.iter().map(|m| free(&stash(*m))).collect()
}

#[test]
fn valid_exam_is_released_and_its_members_are_paid_from_the_pot() {
    run_exam(|| {
        let (exam, id) = drawn_exam();
        let members = members(id);
        let (bond, pot, before) = (free(&PROVIDER), Attestation::pot(&SPEC), purses(&members));
        report(id, &[valid(), valid(), valid()]);
        assert_eq!(Ended::get(exam), Some((CloseReason::Valid, true)));
        assert_eq!(paid(&before, &members), [FEE; 3]);
        assert_eq!(Attestation::pot(&SPEC), pot - 3 * FEE);
        assert_eq!(free(&PROVIDER), bond, "what it earns is another pallet's");
        assert!(matches!(Batches::<Test>::get(exam).unwrap().stage, Stage::Ended { .. }));
    });
}

#[test]
fn doubtful_or_inexact_exam_is_released_without_a_doubt_on_the_record() {
    run_exam(|| {
        let (exam, id) = drawn_exam();
        report(id, &[doubtful(), doubtful(), doubtful()]);
        assert_eq!(Ended::get(exam), Some((CloseReason::Doubtful, true)));
        let (exam, id) = drawn_exam();
        report(id, &[inexact(), inexact(), inexact()]);
        assert_eq!(Ended::get(exam), Some((CloseReason::Valid, true)));
    });
}

#[test]
fn false_answers_by_two_burn_the_exposure_and_nothing_else() {
    run_exam(|| {
        let (exam, id) = drawn_exam();
        let members = members(id);
        let (bond, all, before) = (free(&PROVIDER), issuance(), purses(&members));
        report(id, &[invalid(), valid(), invalid()]);
        assert_eq!(Ended::get(exam), Some((CloseReason::Fraud, false)));
        assert_eq!(free(&PROVIDER), bond - FINE);
        assert_eq!(issuance(), all - FINE, "all of it is burnt");
        assert_eq!(free(&REWARDS), 0);
        assert_eq!(paid(&before, &members), [FEE; 3]);
        let slashed = FINE;
        let reason = CloseReason::Fraud;
        System::assert_has_event(
            Event::ExamFailed { audit: id, exam, provider: PROVIDER, reason, slashed }.into(),
        );
    });
}

#[test]
fn fine_takes_no_more_than_the_bond() {
    run_exam(|| {
        let mut exam = exam_of([3; 32]);
        exam.exposure = 2 * BOND;
        settle(&exam).unwrap();
        run_blocks(5);
        let id = Batches::<Test>::get(exam.id).unwrap().audits[0];
        report(id, &[invalid(), invalid(), invalid()]);
        assert_eq!(free(&PROVIDER), ED);
    });
}

#[test]
fn single_objection_earns_nothing_and_fines_nobody() {
    run_exam(|| {
        let (exam, id) = drawn_exam();
        let bond = free(&PROVIDER);
        report(id, &[valid(), invalid(), valid()]);
        assert_eq!(Ended::get(exam), Some((CloseReason::Disputed, false)));
        assert_eq!(free(&PROVIDER), bond);
        assert_eq!(Outvoted::get().len(), 1);
    });
}

#[test]
fn evidence_withheld_twice_earns_nothing_and_costs_what_it_made_others_do() {
    run_exam(|| {
        let (exam, id) = drawn_exam();
        let bond = free(&PROVIDER);
        report(id, &[Report::Unavailable, Report::Unavailable, valid()]);
        assert_eq!(Ended::get(exam), None, "it may come back");
        run_to_redraw(id);
        let members = members(id);
        let before = purses(&members);
        report(id, &[Report::Unavailable, Report::Unavailable, valid()]);
        assert_eq!(Ended::get(exam), Some((CloseReason::Withheld, false)));
        assert_eq!(paid(&before, &members), [FEE; 3], "both committees worked");
        // Six reports, of which four were prepaid.
        let slashed = 2 * FEE;
        assert_eq!(free(&PROVIDER), bond - slashed);
        assert_eq!(Attestation::pot(&SPEC), POT, "nothing of it was the consumers'");
        let reason = CloseReason::Withheld;
        System::assert_has_event(
            Event::ExamFailed { audit: id, exam, provider: PROVIDER, reason, slashed }.into(),
        );
    });
}

#[test]
fn withheld_exam_leaves_the_pot_no_smaller_however_many_audits_were_drawn() {
    for hits in 1..=3 {
        run_exam(|| {
            let issued = issuance();
            let id = (0u32..)
                .map(|i| souk_primitives::hash(&[b"many", &i.to_le_bytes()]))
                .find(|id| hits_of(id, Chance::ONE) == hits)
                .unwrap();
            settle(&exam_of(id)).unwrap();
            run_blocks(5);
            let audits = Batches::<Test>::get(id).unwrap().audits;
            assert_eq!(audits.len(), hits);
            for round in 0..2 {
                for audit in &audits {
                    if !Ended::contains_key(id) {
                        report(*audit, &[Report::Unavailable, Report::Unavailable, valid()]);
                    }
                }
                if round == 0 {
                    run_to_redraw(audits[0]);
                    while audits.iter().any(|id| audit(*id).is_redrawing()) {
                        next_block();
                    }
                }
            }
            assert_eq!(Ended::get(id), Some((CloseReason::Withheld, false)));
            assert!(Attestation::pot(&SPEC) >= POT, "{hits}: {}", Attestation::pot(&SPEC));
            assert_eq!(issuance(), issued, "moved, not burnt");
        });
    }
}

#[test]
fn evidence_that_comes_back_is_valid_and_its_second_committee_is_paid_for() {
    run_exam(|| {
        let (exam, id) = drawn_exam();
        let bond = free(&PROVIDER);
        report(id, &[Report::Unavailable, Report::Unavailable, valid()]);
        run_to_redraw(id);
        report(id, &[valid(), valid(), valid()]);
        assert_eq!(Ended::get(exam), Some((CloseReason::Valid, true)));
        assert_eq!((free(&PROVIDER), Attestation::pot(&SPEC)), (bond - 2 * FEE, POT));
    });
}

#[test]
fn false_answers_pay_their_second_committee_out_of_the_fine() {
    run_exam(|| {
        let (exam, id) = drawn_exam();
        let (bond, all) = (free(&PROVIDER), issuance());
        report(id, &[Report::Unavailable, Report::Unavailable, valid()]);
        run_to_redraw(id);
        report(id, &[invalid(), invalid(), invalid()]);
        assert_eq!(Ended::get(exam), Some((CloseReason::Fraud, false)));
        assert_eq!((free(&PROVIDER), issuance()), (bond - FINE, all - (FINE - 2 * FEE)));
        assert_eq!(Attestation::pot(&SPEC), POT);
    });
}

#[test]
fn committee_that_kept_silent_costs_the_provider_nothing() {
    run_exam(|| {
        let (exam, id) = drawn_exam();
        let bond = free(&PROVIDER);
        run_past_reveals(id);
        run_to_redraw(id);
        report(id, &[Report::Unavailable, Report::Unavailable, valid()]);
        assert_eq!(Ended::get(exam), Some((CloseReason::Withheld, false)));
        assert_eq!((free(&PROVIDER), Attestation::pot(&SPEC)), (bond, POT + PREPAID - 3 * FEE));
    });
}

#[test]
fn what_is_due_takes_nothing_that_answers_for_open_batches() {
    // Six reports, none prepaid; what the exam itself exposed is free at its end.
    for (room, exposure, taken) in [(FEE, FEE / 2, FEE), (0, 2 * FEE, 2 * FEE), (9 * FEE, 0, 6 * FEE)] {
        run_exam(|| {
            Prepaid::kill();
            let (_, id) = drawn_exam();
            let exam = audit(id).batch;
            Pending::mutate(exam, |batch| batch.as_mut().unwrap().exposure = exposure);
            Room::put(room);
            let bond = free(&PROVIDER);
            report(id, &[Report::Unavailable, Report::Unavailable, valid()]);
            run_to_redraw(id);
            report(id, &[Report::Unavailable, Report::Unavailable, valid()]);
            assert_eq!(Ended::get(exam), Some((CloseReason::Withheld, false)));
            assert_eq!(free(&PROVIDER), bond - taken);
        });
    }
}

#[test]
fn a_question_that_members_call_unusable_is_refunded_without_a_fee() {
    run_exam(|| {
        let (exam, id) = drawn_exam();
        report(id, &[foreign_seed(), foreign_seed(), valid()]);
        assert_eq!(Ended::get(exam), Some((CloseReason::BadRequest, false)));
    });
}

#[test]
fn exam_that_nobody_can_audit_ends_without_a_judgement() {
    run_exam(|| {
        let (exam, id) = drawn_exam();
        Registered::kill();
        run_past_reveals(id);
        run_to_redraw_or_end(exam);
        assert_eq!(Ended::get(exam), Some((CloseReason::Unaudited, true)));
    });
}

fn run_to_redraw_or_end(exam: souk_primitives::BatchId) {
    for _ in 0..100 {
        if Ended::contains_key(exam) {
            return;
        }
        next_block();
    }
}

#[test]
fn failed_exam_leaves_the_calls_of_its_provider_alone() {
    run_exam(|| {
        Notice::kill();
        let waiting = settle_with_hits(0, Chance::from_millionths(100_000));
        let (_, id) = drawn_exam();
        report(id, &[invalid(), invalid(), invalid()]);
        run_blocks(25);
        assert_eq!(Ended::get(waiting), Some((CloseReason::NotDrawn, true)), "it is not drawn again");
    });
}

#[test]
fn exam_is_drawn_for_certain_and_committed_once() {
    run(|| {
        // Without a hit in its window all of the window draws.
        let id = (0u32..)
            .map(|i| souk_primitives::hash(&[b"exam", &i.to_le_bytes()]))
            .find(|id| hits_of(id, Chance::ONE) == 0)
            .unwrap();
        settle(&exam_of(id)).unwrap();
        assert!(Attestation::committed(&exam_of(id)).is_err());
        run_blocks(5);
        let audits = Batches::<Test>::get(id).unwrap().audits;
        assert_eq!(audits.len(), 1);
        let audit = audit(audits[0]);
        assert!(audit.point < 700 && audit.channel == id && audit.shape.total == 700);
    });
}

#[test]
fn task_of_an_exam_names_its_paper() {
    run(|| {
        let (_, id) = drawn_exam();
        let member = stash(members(id)[0]);
        let tasks = Attestation::audit_tasks(&member);
        assert_eq!(tasks[0].subject, AuditSubject::Exam(ExamSubject { epoch: 3, paper: [8; 32] }));
        let text = serde_json::to_string(&tasks[0]).unwrap();
        assert!(text.contains(r#""subject":{"exam":{"epoch":3,"paper":"0x0808"#), "{text}");
        assert_eq!(serde_json::from_str::<AuditTask>(&text).unwrap(), tasks[0]);
        assert_eq!(free(&FUNDER), 500 * SOUK, "nobody paid for it");
    });
}
