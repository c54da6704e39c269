//! An exam, from the chain's questions to the verifier's report. One sidecar plays both.

use super::{
    audits::{auditing, fetch_header, opened, outcome, seat_key, AUDIT},
    support::*,
};
use crate::{
    audit::{Evidence, Status},
    chain::{fake::GENESIS, Paper},
    config::Config,
    models::Models,
};
use codec::Encode;
use souk_primitives::{
    exam::{answer_leaf, ExamTranscript},
    sumtree::{self, Shape},
    verdict::{judge, Faults, Report, Thresholds, Verdict},
    views::{AuditSubject, AuditTask, ExamSubject},
    Balance, Digest,
};
use sp_core::Pair;
use std::time::Duration;

/// Tokens of each answer of the fake model: what its context leaves.
const ANSWER: u128 = 32;
/// Blocks in which an exam of the tests can be answered, amply.
const BLOCKS: u32 = 600;

fn subject(paper: &Paper) -> AuditSubject {
    AuditSubject::Exam(ExamSubject { epoch: 1, paper: paper.paper })
}

fn verdict(report: &Option<Report>) -> Verdict {
    judge(report.as_ref().unwrap(), &Thresholds::F32)
}

/// An audit of the answers to a paper, drawn at `point`.
fn drawn(bench: &Bench, paper: &Paper, shape: Shape, point: Balance) -> AuditTask {
    let mut task = opened(bench, paper.id, shape, point, subject(paper));
    task.audit.id = [point as u8; 32];
    bench.chain.audits.lock().insert(task.audit.id, task.audit.clone());
    task
}

/// The metrics' line of an outcome.
fn examined(bench: &Bench, outcome: &str) -> bool {
    let text = bench.sidecar.app().metrics().render(0, 0, 0);
    text.contains(&format!("souk_exams_total{{outcome=\"{outcome}\"}} 1"))
}

async fn sat(bench: &Bench) -> Shape {
    until("a commitment", || !bench.chain.committed_exams().is_empty()).await;
    bench.chain.committed_exams()[0]
}

#[tokio::test]
async fn answers_should_be_committed_once_and_be_valid_at_every_point() {
    let bench = Bench::start_with(Duration::ZERO, auditing).await;
    let paper = bench.chain.open_exam([1; 32], 5, BLOCKS);
    let shape = sat(&bench).await;
    assert_eq!((shape.count, shape.total), (5, 5 * ANSWER));
    for point in [0, 31, 32, 159] {
        let job = outcome(&bench, &drawn(&bench, &paper, shape, point)).await;
        assert_eq!(verdict(&job.report), Verdict::Valid, "{job:?}");
        assert!(matches!(job.report, Some(Report::Tokens { n: 32, .. })), "{job:?}");
    }
    // The block in which it is committed is still to come, or was replaced: nothing is sent again, nor after a restart,
    // and the answers are still there.
    let bench = bench.restart().await;
    until("the second look", || examined(&bench, "before")).await;
    assert_eq!(bench.chain.committed_exams(), [shape]);
    let job = outcome(&bench, &drawn(&bench, &paper, shape, 77)).await;
    assert_eq!(verdict(&job.report), Verdict::Valid, "{job:?}");
}

#[tokio::test]
async fn exam_of_a_fork_that_is_gone_should_be_given_up_for_the_one_that_stays() {
    let bench = Bench::start_with(Duration::from_millis(3), auditing).await;
    let gone = bench.chain.open_exam([1; 32], 60, BLOCKS);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let stays = bench.chain.open_exam([2; 32], 2, BLOCKS);
    let shape = sat(&bench).await;
    assert_eq!(shape.count, 2);
    until("the end of the other one", || examined(&bench, "void")).await;
    let ledger = bench.sidecar.app().ledger();
    assert!(ledger.sat(&gone.id).unwrap().is_none() && ledger.sat(&stays.id).unwrap().unwrap().sent);
    // It comes back after all.
    *bench.chain.exam.lock() = None;
    bench.chain.open_exam([1; 32], 60, BLOCKS);
    until("the other commitment", || bench.chain.committed_exams().len() == 2).await;
    assert_eq!(bench.chain.committed_exams()[1].count, 60);
}

#[tokio::test]
async fn slow_engine_should_give_up_early_and_commit_to_nothing() {
    let bench = Bench::start_with(Duration::from_millis(20), auditing).await;
    // 40 answers of 32 tokens take 13 s two at a time, and there are 2.
    let paper = bench.chain.open_exam([1; 32], 40, 22);
    let begun = std::time::Instant::now();
    until("the end", || examined(&bench, "slow")).await;
    assert!(begun.elapsed() < Duration::from_millis(1_500), "{:?}", begun.elapsed());
    assert!(bench.chain.committed_exams().is_empty());
    assert!(bench.sidecar.app().ledger().sat(&paper.id).unwrap().is_none());
}

#[tokio::test]
async fn exam_that_is_seen_too_late_should_not_be_begun() {
    let bench = Bench::start_with(Duration::ZERO, auditing).await;
    bench.chain.open_exam([1; 32], 1, 2);
    until("the end", || examined(&bench, "late")).await;
    assert!(bench.chain.committed_exams().is_empty());
}

#[tokio::test]
async fn exam_that_the_chain_or_the_owner_does_not_want_should_not_be_sat() {
    let bench = Bench::start_with(Duration::ZERO, auditing).await;
    bench.chain.open_exam([1; 32], 1, BLOCKS);
    bench.chain.exam.lock().as_mut().unwrap().papers[0].refusal = Some("PriceAboveMedian".into());
    until("the refusal", || examined(&bench, "not_allowed")).await;
    let unwilling = |config: &mut Config| {
        auditing(config);
        config.exams.sit = false;
    };
    let unwilling = Bench::start_with(Duration::ZERO, unwilling).await;
    unwilling.chain.open_exam([1; 32], 1, BLOCKS);
    let unable = Bench::start_models(Models::default(), spec_view(), auditing).await;
    unable.chain.open_exam([1; 32], 1, BLOCKS);
    until("the other refusal", || examined(&unable, "no_model")).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    for bench in [&bench, &unwilling, &unable] {
        assert!(bench.chain.committed_exams().is_empty());
    }
}

#[tokio::test]
async fn answers_that_do_not_open_the_drawn_question_should_be_unavailable() {
    let bench = Bench::start_with(Duration::ZERO, auditing).await;
    let paper = bench.chain.open_exam([1; 32], 3, BLOCKS);
    let shape = sat(&bench).await;
    // Another paper than the one that was answered, another tree, and an exam that nobody sat.
    let other = Paper { paper: [9; 32], ..paper.clone() };
    let unknown = Paper { id: [9; 32], ..paper.clone() };
    let tampered = Shape { root: [9; 32], ..shape };
    for (point, paper, shape) in [(1, &other, shape), (2, &paper, tampered), (3, &unknown, shape)] {
        let job = outcome(&bench, &drawn(&bench, paper, shape, point)).await;
        assert_eq!((job.status, job.report), (Status::Done, Some(Report::Unavailable)), "{point}");
    }
}

#[tokio::test]
async fn transcripts_of_exams_should_be_handed_to_the_committee_only() {
    let bench = Bench::start_with(Duration::ZERO, auditing).await;
    let paper = bench.chain.open_exam([1; 32], 3, BLOCKS);
    let shape = sat(&bench).await;
    let task = opened(&bench, paper.id, shape, 40, subject(&paper));
    let url = bench.url(&format!("/v1/transcripts/0x{}", hex::encode(AUDIT)));
    let get = |header: String| bench.http.get(&url).header("x-souk-fetch", header).send();
    let good = get(fetch_header(&seat_key(), &AUDIT, |_| ())).await.unwrap();
    let evidence = Evidence::decode(&task.subject, &good.bytes().await.unwrap()).unwrap();
    assert_eq!(evidence.opens(&task), Ok(()));
    let stranger = get(fetch_header(&Pair::from_seed(&[1; 32]), &AUDIT, |_| ())).await.unwrap();
    assert_eq!(refusal(stranger).await.0, 403);
}

/// What the checks find in an answer to the first question, without asking the model.
async fn faults(answer: Vec<u32>) -> Faults {
    let bench = Bench::start_with(Duration::ZERO, auditing).await;
    let paper = bench.chain.open_exam([1; 32], 1, BLOCKS);
    let leaf = answer_leaf(&paper.paper, 0, &answer);
    let shape = sumtree::shape(&[leaf]).unwrap();
    let task = drawn(&bench, &paper, shape, 0);
    let bytes = ExamTranscript { index: 0, proof: Vec::new(), answer }.encode();
    let evidence = Evidence::decode(&task.subject, &bytes).unwrap();
    assert_eq!(evidence.opens(&task), Ok(()));
    assert!(Evidence::decode(&task.subject, &bytes[1..]).is_none());
    evidence.faults(&GENESIS, &task, &model(Duration::ZERO).info)
}

#[tokio::test]
async fn answers_that_end_elsewhere_should_be_at_fault() {
    const END: u32 = 2;
    assert_eq!(faults(vec![11; 32]).await, Faults::default());
    assert_eq!(faults(vec![11, 12, END]).await, Faults::default());
    assert_eq!(faults(vec![11; 31]).await, Faults::FINISH, "an early stop");
    assert_eq!(faults(vec![11, END, 11, 11]).await, Faults::OVERRUN, "on after the end");
    assert_eq!(faults(vec![11; 33]).await, Faults::OVERRUN, "beyond the context");
}

#[tokio::test]
async fn answers_of_another_model_should_be_invalid() {
    let bench = Bench::start_with(Duration::ZERO, auditing).await;
    let paper = bench.chain.open_exam([1; 32], 0, BLOCKS);
    bench.chain.exam.lock().take();
    let answers = vec![vec![11; 32], vec![12; 32]];
    bench.sidecar.app().ledger().keep_exam(&paper.id, &paper.paper, &answers).unwrap();
    let leaves: Vec<_> =
        answers.iter().zip(0u32..).map(|(ids, i)| answer_leaf(&paper.paper, i, ids)).collect();
    let job = outcome(&bench, &drawn(&bench, &paper, sumtree::shape(&leaves).unwrap(), 40)).await;
    assert_eq!(verdict(&job.report), Verdict::Invalid, "{job:?}");
}

/// Sits an exam of two questions with whatever model the bench has; the report about the point in the middle.
pub(super) async fn examined_for_real(bench: &Bench, drawn_from: Digest) -> Report {
    let paper = bench.chain.open_exam(drawn_from, 2, 10 * BLOCKS);
    for _ in 0..600 {
        if !bench.chain.committed_exams().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let shape = sat(bench).await;
    let mut task = drawn(bench, &paper, shape, shape.total / 2);
    // There is time for a slow machine.
    task.audit.commit_by = 10_000;
    bench.chain.audits.lock().insert(task.audit.id, task.audit.clone());
    let job = outcome(bench, &task).await;
    job.report.unwrap_or_else(|| panic!("{job:?}"))
}
