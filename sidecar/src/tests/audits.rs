//! A drawn call, from the provider's ledger to the verifier's report. One sidecar plays both.

use super::support::*;
use crate::{
    audit::{AuditsResponse, Evidence, JobView, Status},
    chain::fake::{provider, GENESIS, SPEC},
    config::Config,
};
use base64::{engine::general_purpose::STANDARD, Engine};
use codec::Encode;
use serde_json::json;
use souk_primitives::{
    audit::Round,
    call::Signed,
    close::CloseReason,
    fetch::{transcript_resource, Fetch},
    sr25519, sumtree,
    transcript::Transcript,
    verdict::{judge, Faults, Report, Thresholds, Verdict},
    views::{AuditSubject, AuditTask, AuditView, ChannelView, SeatView},
    AccountId, AuditId, Balance, Digest,
};
use sp_core::Pair;
use std::time::Duration;

pub(super) const AUDIT: AuditId = [0xbb; 32];

pub(super) fn seat_key() -> sr25519::Pair {
    Pair::from_seed(&[42; 32])
}

pub(super) fn auditing(config: &mut Config) {
    config.audit.listen = Some(([127, 0, 0, 1], 0).into());
    config.audit.allow_private_endpoints = true;
    config.audit.block_millis = 100;
}

pub(super) fn fetch_header(
    signer: &sr25519::Pair,
    audit: &AuditId,
    change: impl FnOnce(&mut Fetch),
) -> String {
    signed_fetch(signer, transcript_resource(audit), change)
}

/// An audit of everything answered so far, drawn at `point`.
pub(super) fn drawn(bench: &Bench, point: Balance) -> AuditTask {
    let shape = bench.sidecar.app().ledger().state(&bench.channel).expected;
    let channel = bench.chain.channels.lock()[&bench.channel].clone();
    opened(bench, channel.id, shape, point, AuditSubject::Call(Box::new(channel)))
}

/// An audit of what was committed to under `id`, drawn at `point`.
pub(super) fn opened(
    bench: &Bench,
    id: Digest,
    shape: sumtree::Shape,
    point: Balance,
    subject: AuditSubject,
) -> AuditTask {
    let seat = SeatView {
        validator: AccountId::new([21; 32]),
        key: seat_key().public().0,
        committed: false,
        report: None,
        verdict: None,
    };
    let audit = AuditView {
        id: AUDIT,
        batch: [1; 32],
        channel: id,
        provider: provider(),
        endpoint: bench.url(""),
        spec: SPEC,
        root: shape.root,
        total: shape.total,
        count: shape.count,
        point,
        round: Round::First,
        drawn_at: 1,
        commit_by: 20,
        reveal_by: 30,
        seats: vec![seat],
        outcome: None,
    };
    bench.chain.audits.lock().insert(AUDIT, audit.clone());
    let spec_view = bench.chain.specs.lock()[&SPEC].clone();
    AuditTask { audit, subject, spec_view, now: 10 }
}

/// The channel of an audited call.
fn channel_of(task: &mut AuditTask) -> &mut ChannelView {
    let AuditSubject::Call(channel) = &mut task.subject else { panic!("not a call") };
    channel
}

async fn post(bench: &Bench, token: Option<&str>, task: &AuditTask) -> reqwest::Response {
    let address = bench.sidecar.audit_address.unwrap();
    let body = json!({
        "genesis": "0x0101010101010101010101010101010101010101010101010101010101010101",
        "validator": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
        "tasks": [{ "task": task, "fetch": fetch_header(&seat_key(), &task.audit.id, |_| ()) }],
    });
    let mut request = bench.http.post(format!("http://{address}/v1/audits")).json(&body);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.send().await.unwrap()
}

fn token(bench: &Bench) -> String {
    std::fs::read_to_string(bench.dir.path().join("audit-token")).unwrap()
}

pub(super) async fn outcome(bench: &Bench, task: &AuditTask) -> JobView {
    loop {
        let response = post(bench, Some(&token(bench)), task).await;
        assert_eq!(response.status(), 200, "{:?}", response.text().await);
        let job = response.json::<AuditsResponse>().await.unwrap().audits.remove(0);
        if matches!(job.status, Status::Done | Status::Failed) {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

fn verdict(job: &JobView) -> Verdict {
    judge(job.report.as_ref().unwrap(), &Thresholds::F32)
}

#[tokio::test]
async fn honest_call_should_be_found_valid_at_every_point() {
    let bench = Bench::start_with(Duration::ZERO, auditing).await;
    bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    bench.answered(&bench.order(1, &[4, 5], 9)).await;
    for (point, n) in [(0, 5), (12, 5), (13, 9), (32, 9)] {
        let mut task = drawn(&bench, point);
        task.audit.id = [point as u8; 32];
        bench.chain.audits.lock().insert(task.audit.id, task.audit.clone());
        let job = outcome(&bench, &task).await;
        assert_eq!(verdict(&job), Verdict::Valid, "{job:?}");
        assert!(matches!(job.report, Some(Report::Tokens { n: found, .. }) if found == n), "{job:?}");
    }
}

#[tokio::test]
async fn report_should_be_kept_across_a_restart() {
    let bench = Bench::start_with(Duration::ZERO, auditing).await;
    bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    let task = drawn(&bench, 0);
    let before = outcome(&bench, &task).await;
    let bench = bench.restart().await;
    bench.chain.audits.lock().clear();
    assert_eq!(outcome(&bench, &task).await, before);
    let address = bench.sidecar.audit_address.unwrap();
    let shown: AuditsResponse = bench
        .http
        .get(format!("http://{address}/v1/audits/{}", hex::encode(AUDIT)))
        .bearer_auth(token(&bench))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(shown.audits, [before]);
}

#[tokio::test]
async fn audit_api_should_want_its_token() {
    let bench = Bench::start_with(Duration::ZERO, auditing).await;
    bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    let task = drawn(&bench, 0);
    for wrong in [None, Some(""), Some("0123456789abcdef0123456789abcdef")] {
        assert_eq!(refusal(post(&bench, wrong, &task).await).await.0, 401);
    }
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(bench.dir.path().join("audit-token")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // The public API does not know the route.
    let public = bench.http.post(bench.url("/v1/audits")).bearer_auth(token(&bench)).send().await.unwrap();
    assert_eq!(public.status(), 404);
}

#[tokio::test]
async fn private_endpoint_should_be_refused_and_reported_unavailable() {
    let bench = Bench::start_with(Duration::ZERO, |config| {
        auditing(config);
        config.audit.allow_private_endpoints = false;
    })
    .await;
    bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    let job = outcome(&bench, &drawn(&bench, 0)).await;
    assert_eq!(job.report, Some(Report::Unavailable));
    assert!(job.error.unwrap().contains("private address 127.0.0.1"));
}

#[tokio::test]
async fn call_that_does_not_open_the_draw_should_be_unavailable() {
    let bench = Bench::start_with(Duration::ZERO, auditing).await;
    bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    let mut task = drawn(&bench, 0);
    channel_of(&mut task).voucher_key = [1; 32];
    let job = outcome(&bench, &task).await;
    assert_eq!(job.report, Some(Report::Unavailable));
    assert!(job.error.unwrap().contains("does not open"), "the reason is told");
}

/// A provider that takes connections and never answers.
async fn silent_provider() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    url
}

#[tokio::test]
async fn withheld_transcripts_should_not_keep_an_audit_waiting() {
    let bench = Bench::start_with(Duration::ZERO, auditing).await;
    bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    let honest = drawn(&bench, 0);
    let mut withheld = honest.clone();
    withheld.audit.endpoint = silent_provider().await;
    withheld.audit.provider = AccountId::new([77; 32]);
    withheld.audit.commit_by = 1_000;
    for i in 0..40 {
        withheld.audit.id = [i; 32];
        assert_eq!(post(&bench, Some(&token(&bench)), &withheld).await.status(), 200);
    }
    let job = tokio::time::timeout(Duration::from_secs(5), outcome(&bench, &honest)).await.unwrap();
    assert_eq!(verdict(&job), Verdict::Valid);
}

#[tokio::test]
async fn everything_withheld_should_be_reported_in_time() {
    let bench = Bench::start_with(Duration::ZERO, |config| {
        auditing(config);
        config.audit.fetch_secs = 1;
    })
    .await;
    bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    let mut withheld = drawn(&bench, 0);
    withheld.audit.endpoint = silent_provider().await;
    let tasks: Vec<_> = (0..60)
        .map(|i| {
            withheld.audit.id = [i; 32];
            withheld.clone()
        })
        .collect();
    let jobs = futures::future::join_all(tasks.iter().map(|task| outcome(&bench, task)));
    let jobs = tokio::time::timeout(Duration::from_secs(8), jobs).await.unwrap();
    assert!(jobs.iter().all(|job| job.report == Some(Report::Unavailable)));
}

#[tokio::test]
async fn model_that_is_not_loaded_should_fail_and_not_accuse() {
    let bench = Bench::start_with(Duration::ZERO, auditing).await;
    bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    let mut task = drawn(&bench, 0);
    task.spec_view.manifest_digest = [0; 32];
    let job = outcome(&bench, &task).await;
    assert_eq!((job.status, job.report), (Status::Failed, None));
}

/// Runs the checks on a call that was changed after the fact and signed anew, as a cheating provider would.
async fn forged(change: impl Fn(&mut Transcript)) -> (Verdict, Faults) {
    let bench = Bench::start_with(Duration::ZERO, auditing).await;
    bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    let mut task = drawn(&bench, 0);
    let shape = bench.sidecar.app().ledger().state(&bench.channel).expected;
    let mut transcript = bench.sidecar.app().ledger().transcript(&bench.channel, &shape, 0).unwrap().unwrap();
    change(&mut transcript);
    transcript.receipt.response_digest = transcript.answer.digest();
    transcript.request.request_digest = transcript.body.digest();
    transcript.receipt.request_digest = transcript.body.digest();
    transcript.request_signature = transcript.request.sign(&crate::chain::fake::consumer()).0;
    transcript.receipt_signature = transcript.receipt.sign(&crate::chain::fake::receipt_pair()).0;
    let leaf = souk_primitives::call::receipt_leaf(&transcript.request, &transcript.receipt);
    let shape = sumtree::shape(&[leaf]).unwrap();
    (task.audit.root, task.audit.total, task.audit.count) = (shape.root, shape.total, 1);
    let evidence = Evidence::decode(&task.subject, &transcript.encode()).unwrap();
    assert_eq!(evidence.opens(&task), Ok(()));
    let faults = evidence.faults(&GENESIS, &task, &model(Duration::ZERO).info);
    let report = Report::Tokens { n: 5, mean_margin: 0, max_window: 0, max_margin: 0, exact: 0, faults };
    (judge(&report, &Thresholds::F32), faults)
}

#[tokio::test]
async fn false_accounting_should_be_invalid_and_a_foreign_seed_refunded() {
    use souk_primitives::{call::Finish, transcript::Answer};
    let (verdict, faults) = forged(|_| ()).await;
    assert_eq!((verdict, faults), (Verdict::Valid, Faults::default()));
    let (verdict, faults) = forged(|t| (t.receipt.output_tokens, t.receipt.charge) = (6, 15)).await;
    assert!(verdict == Verdict::Invalid && faults.has(Faults::TOKEN_COUNT));
    let (verdict, faults) = forged(|t| t.receipt.charge += 1).await;
    assert!(verdict == Verdict::Invalid && faults.has(Faults::CHARGE));
    let (verdict, faults) = forged(|t| t.receipt.finish = Finish::Stop).await;
    assert!(verdict == Verdict::Invalid && faults.has(Faults::FINISH), "an early stop");
    let (verdict, faults) = forged(|t| t.body.max_tokens = 3).await;
    assert!(verdict == Verdict::Invalid && faults.has(Faults::OVERRUN), "padding");
    let (verdict, faults) = forged(|t| t.answer = Answer::Tokens(vec![11, 2, 11, 11, 11])).await;
    assert!(verdict == Verdict::Invalid && faults.has(Faults::OVERRUN), "on after the end");
    for stops in [vec![vec![9]; 17], vec![vec![9; 65]], vec![vec![]]] {
        let (verdict, faults) = forged(|t| t.body.stops = stops.clone()).await;
        assert!(verdict == Verdict::Invalid && faults.has(Faults::OVERRUN), "stops that no API takes");
    }
    let (verdict, faults) = forged(|t| t.request.channel = [9; 32]).await;
    assert!(verdict == Verdict::Invalid && faults.has(Faults::OTHER_REQUEST));
    let (verdict, faults) = forged(|t| t.request.seed = [9; 32]).await;
    assert!(verdict == Verdict::Refund && faults.has(Faults::FOREIGN_SEED));
}

#[tokio::test]
async fn transcripts_should_be_handed_to_the_committee_only() {
    let bench = Bench::start_with(Duration::ZERO, auditing).await;
    bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    let task = drawn(&bench, 0);
    let url = bench.url(&format!("/v1/transcripts/0x{}", hex::encode(AUDIT)));
    let get = |header: String| bench.http.get(&url).header("x-souk-fetch", header).send();
    let good = get(fetch_header(&seat_key(), &AUDIT, |_| ())).await.unwrap();
    assert_eq!(good.status(), 200);
    let evidence = Evidence::decode(&task.subject, &good.bytes().await.unwrap()).unwrap();
    assert_eq!(evidence.opens(&task), Ok(()));

    let stranger: sr25519::Pair = Pair::from_seed(&[1; 32]);
    for (header, status) in [
        (fetch_header(&stranger, &AUDIT, |_| ()), 403),
        (fetch_header(&seat_key(), &[0; 32], |_| ()), 403),
        (fetch_header(&seat_key(), &AUDIT, |fetch| fetch.genesis = [0; 32]), 403),
        (fetch_header(&seat_key(), &AUDIT, |fetch| fetch.expires = 1), 403),
        (STANDARD.encode([0; 20]), 401),
    ] {
        assert_eq!(refusal(get(header).await.unwrap()).await.0, status);
    }
    // A stranger that shows the member's key, without its signature.
    let mut stolen = STANDARD.decode(fetch_header(&stranger, &AUDIT, |_| ())).unwrap();
    let n = stolen.len();
    stolen[n - 32..].copy_from_slice(&seat_key().public().0);
    assert_eq!(refusal(get(STANDARD.encode(stolen)).await.unwrap()).await.0, 403);
    let unsigned = bench.http.get(&url).send().await.unwrap();
    assert_eq!(refusal(unsigned).await.0, 401);
    // In a later block it is over, and later forgotten. Asking all the time has its limit.
    let until = |status: u16| {
        let get = &get;
        async move {
            for _ in 0..50 {
                let answer = get(fetch_header(&seat_key(), &AUDIT, |_| ())).await.unwrap();
                if answer.status() == status {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            panic!("no {status}");
        }
    };
    bench.chain.audits.lock().get_mut(&AUDIT).unwrap().outcome = Some(CloseReason::Valid);
    until(403).await;
    bench.chain.audits.lock().clear();
    until(404).await;
    for _ in 0..40 {
        get(fetch_header(&seat_key(), &AUDIT, |_| ())).await.unwrap();
    }
    until(429).await;
}

#[tokio::test]
async fn transcript_should_be_made_once() {
    let bench = Bench::start_with(Duration::ZERO, auditing).await;
    bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    drawn(&bench, 0);
    let url = bench.url(&format!("/v1/transcripts/0x{}", hex::encode(AUDIT)));
    let get = || async {
        let header = fetch_header(&seat_key(), &AUDIT, |_| ());
        bench.http.get(&url).header("x-souk-fetch", header).send().await.unwrap()
    };
    let first = get().await.bytes().await.unwrap();
    // Whatever happens to the call's content: the answer is there.
    bench.sidecar.app().ledger().close(&bench.channel).unwrap();
    assert_eq!(get().await.bytes().await.unwrap(), first);
}

#[tokio::test]
async fn strangers_behind_one_proxy_should_not_keep_a_committee_out() {
    let bench = Bench::start_with(Duration::ZERO, |config| {
        auditing(config);
        config.limits.unknown_rate = 0.01;
        config.limits.unknown_burst = 3;
    })
    .await;
    bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    let ask = |id: [u8; 32]| bench.http.get(bench.url(&format!("/v1/channels/{}", hex::encode(id)))).send();
    for i in 0..5 {
        ask([i; 32]).await.unwrap();
    }
    assert_eq!(refusal(ask([9; 32]).await.unwrap()).await.1, "rate_limited");
    // An audit that is drawn now, and that nobody has asked for, is known to its provider all the same.
    drawn(&bench, 0);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let header = fetch_header(&seat_key(), &AUDIT, |_| ());
    let url = bench.url(&format!("/v1/transcripts/0x{}", hex::encode(AUDIT)));
    let answer = bench.http.get(url).header("x-souk-fetch", header).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    bench.answered(&bench.order(1, &[1], 2)).await;
}
