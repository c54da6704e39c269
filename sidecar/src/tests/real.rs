//! The whole path with the real models: a paid call, its draw, its audit. And with the feature `adversary`, each cheat.
//!
//! Needs the models of `scripts/fetch-models.sh`.

use super::{audits, exams, support::*};
use crate::{
    adversary::Cheat,
    config::{Config, Model},
    models::Models,
    runner::{Event, Generation, Message, Runner},
    server,
};
use souk_primitives::{
    call::CallKind,
    verdict::{judge, Report, Thresholds, Verdict},
    views::SpecView,
};
use std::{
    path::PathBuf,
    sync::{
        atomic::{AtomicUsize, Ordering::SeqCst},
        Arc,
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

fn folder(name: &str) -> PathBuf {
    let models = std::env::var_os("SOUK_MODELS").map(PathBuf::from).unwrap_or_else(|| {
        let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/souk");
        std::env::var_os("SOUK_CACHE").map(PathBuf::from).unwrap_or_else(home).join("models")
    });
    let folder = models.join(name);
    assert!(folder.exists(), "{} is missing: run scripts/fetch-models.sh", folder.display());
    folder
}

async fn start(model: &str, thresholds: Thresholds, cheat: Option<&str>) -> Bench {
    let path = folder(model);
    let weights = std::env::temp_dir().join("souk-sidecar-test-weights");
    let config = Config {
        data_dir: weights,
        models: vec![Model { name: "fake".into(), path, manifest: None }],
        ..Config::default()
    };
    let parsed = Cheat::parse(cheat).unwrap();
    let models: Models =
        tokio::task::spawn_blocking(move || server::load_models(&config, parsed)).await.unwrap().unwrap();
    let info = models.named("fake").unwrap().info().clone();
    let spec = SpecView {
        manifest_digest: info.manifest_digest,
        max_context: info.max_context,
        thresholds,
        ..spec_view()
    };
    let cheat = cheat.map(str::to_string);
    Bench::start_models(models, spec, |config| {
        audits::auditing(config);
        config.adversary = cheat;
    })
    .await
}

fn prompt(runner: &Arc<dyn Runner>, question: &str) -> Vec<u32> {
    runner.render(&[Message { role: "user".into(), content: question.into() }]).unwrap()
}

const QUESTION: &str =
    "Tell me in a few sentences why the sky looks blue at noon and red when the sun goes down, \
                        and say which colours of the light are scattered most by the air.";

/// One call of 48 tokens, drawn at its middle. Its report.
async fn audited(bench: &Bench, tokens: u32) -> Report {
    let runner = bench.models.named("fake").unwrap();
    let order = bench.order(0, &prompt(runner, QUESTION), tokens);
    bench.answered(&order).await;
    let task = audits::drawn(bench, 30);
    let job = audits::outcome(bench, &task).await;
    job.report.unwrap_or_else(|| panic!("{job:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn honest_provider_should_be_valid_with_the_real_model() {
    let bench = start("smollm2-135m-instruct", Thresholds::F32, None).await;
    let report = audited(&bench, 48).await;
    assert_eq!(judge(&report, &Thresholds::F32), Verdict::Valid, "{report:?}");
    assert!(matches!(report, Report::Tokens { mean_margin, .. } if mean_margin < 1_000), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn honest_exam_should_be_valid_with_the_real_model() {
    let bench = start("smollm2-135m-instruct", Thresholds::F32, None).await;
    let report = exams::examined_for_real(&bench, [1; 32]).await;
    assert_eq!(judge(&report, &Thresholds::F32), Verdict::Valid, "{report:?}");
}

/// Calls that go on until they are dropped. Gives how many tokens each of them has got.
fn busy_callers(runner: &Arc<dyn Runner>, callers: u8) -> (Vec<Arc<AtomicUsize>>, JoinSet<()>) {
    // Long prompts and long answers: what keeps a model busiest for the money.
    let prompt = prompt(runner, &QUESTION.repeat(4));
    let mut calls = JoinSet::new();
    let tokens = (1..=callers)
        .map(|caller| {
            let tokens = Arc::new(AtomicUsize::new(0));
            let (runner, prompt, got) = (runner.clone(), prompt.clone(), tokens.clone());
            calls.spawn(async move {
                for round in 0.. {
                    let mut events = runner
                        .generate(Generation {
                            prompt: prompt.clone(),
                            temperature_milli: 800,
                            max_tokens: 200,
                            stops: Vec::new(),
                            seed: [round; 32],
                            client: [caller; 32],
                        })
                        .unwrap();
                    loop {
                        match events.recv().await.unwrap() {
                            Event::Token { .. } => got.fetch_add(1, SeqCst),
                            Event::End { .. } => break,
                            Event::Failed(error) => panic!("{error}"),
                        };
                    }
                }
            });
            tokens
        })
        .collect();
    (tokens, calls)
}

/// Sits a paper of two questions within `time`, `before` others having been sat. Gives how long it took.
async fn sat_within(bench: &Bench, before: usize, time: Duration) -> Duration {
    let begun = Instant::now();
    // Two blocks of the time are for the way to the chain.
    let blocks = u32::try_from(time.as_millis() / 100).unwrap() + 2;
    let drawn = [before as u8; 32];
    let paper = bench.chain.open_exam(drawn, 2, blocks);
    while bench.chain.committed_exams().len() == before {
        assert!(begun.elapsed() < time + Duration::from_secs(1), "not within {time:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = begun.elapsed();
    let shape = bench.sidecar.app().ledger().sat(&paper.id).unwrap().unwrap().shape;
    assert_eq!(shape.total, 128, "the papers are as long as one another");
    took
}

#[tokio::test(flavor = "multi_thread")]
async fn exam_should_be_in_time_however_many_call_and_calls_should_go_on() {
    let bench = start("smollm2-135m-instruct", Thresholds::F32, None).await;
    let runner = bench.models.named("fake").unwrap();
    let alone = sat_within(&bench, 0, Duration::from_secs(120)).await;
    for (sat, callers) in [(1, 2), (2, 8)] {
        let (tokens, calls) = busy_callers(runner, callers);
        let counts = || tokens.iter().map(|got| got.load(SeqCst)).collect::<Vec<_>>();
        while counts().contains(&0) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let before: usize = counts().iter().sum();
        // With its share of the time a third more than alone; with one turn among callers it would be five times as much.
        let took = sat_within(&bench, sat, alone * 3).await;
        let more = counts().iter().sum::<usize>() - before;
        assert!(more >= 10, "{more} tokens for {callers} callers in {took:?}");
        drop(calls);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn embedding_should_be_paid_and_audited_with_the_real_model() {
    let bench = start("all-minilm-l6-v2", Thresholds::EMBEDDING_F32, None).await;
    let runner = bench.models.named("fake").unwrap();
    let mut order = bench.order(0, &runner.tokenize("A bazaar of many models.", true).unwrap(), 0);
    order.body.kind = CallKind::Embed;
    order.body.temperature_milli = 0;
    order.request.request_digest = order.body.digest();
    let response = order
        .request_to(&bench.http, &bench.url("/v1/embeddings"))
        .json(&serde_json::json!({"model": "fake", "input": order.body.prompt_ids, "encoding_format": "base64"}))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200, "{:?}", response.text().await);
    let receipt = receipt_of(&response);
    let body: serde_json::Value = response.json().await.unwrap();
    let bytes = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        body["data"][0]["embedding"].as_str().unwrap(),
    )
    .unwrap();
    assert_eq!(bytes.len(), 384 * 4);
    assert_eq!(receipt.response_digest, souk_primitives::hash(&[&bytes]));
    let job = audits::outcome(&bench, &audits::drawn(&bench, 0)).await;
    let report = job.report.unwrap();
    assert_eq!(judge(&report, &Thresholds::EMBEDDING_F32), Verdict::Valid, "{report:?}");
}

#[cfg(feature = "adversary")]
mod cheats {
    use super::*;

    async fn convicted(cheat: &str) {
        let bench = start("smollm2-135m-instruct", Thresholds::F32, Some(cheat)).await;
        let report = audited(&bench, 48).await;
        assert_eq!(judge(&report, &Thresholds::F32), Verdict::Invalid, "{cheat}: {report:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn exam_of_a_cheat_should_be_invalid() {
        for cheat in ["int4", "canned", "crammed"] {
            let bench = start("smollm2-135m-instruct", Thresholds::F32, Some(cheat)).await;
            let report = exams::examined_for_real(&bench, [1; 32]).await;
            assert_eq!(judge(&report, &Thresholds::F32), Verdict::Invalid, "{cheat}: {report:?}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn int4_weights_should_be_invalid() {
        convicted("int4").await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn skipped_layer_should_be_invalid() {
        convicted("skip-layer").await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn truncated_prompt_should_be_invalid() {
        convicted("truncated-prompt").await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn hidden_system_prompt_should_be_invalid() {
        convicted("hidden-system-prompt").await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn wrong_temperature_should_be_invalid() {
        convicted("wrong-temperature").await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn canned_answer_should_be_invalid() {
        convicted("canned").await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn wrong_token_count_should_be_invalid() {
        convicted("wrong-count").await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn cheat_on_the_dearest_call_should_be_invalid() {
        convicted("dearest").await;
        let bench = start("smollm2-135m-instruct", Thresholds::F32, Some("dearest")).await;
        let report = audited(&bench, 32).await;
        assert_eq!(judge(&report, &Thresholds::F32), Verdict::Valid, "cheap calls are honest");
    }

    #[tokio::test]
    async fn withheld_transcript_should_be_unavailable() {
        let bench = Bench::start_with(Duration::ZERO, |config| {
            audits::auditing(config);
            config.adversary = Some("withhold".into());
        })
        .await;
        bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
        let job = audits::outcome(&bench, &audits::drawn(&bench, 0)).await;
        assert_eq!(job.report, Some(Report::Unavailable));
    }

    #[tokio::test]
    async fn two_receipts_for_a_call_should_differ_and_both_be_signed() {
        let bench = Bench::start_with(Duration::ZERO, |config| {
            config.adversary = Some("two-receipts".into());
        })
        .await;
        let order = bench.order(0, &[1, 2, 3], 5);
        let (_, first) = bench.answered(&order).await;
        let (_, second) = bench.answered(&order).await;
        assert_eq!((first.channel, first.seq), (second.channel, second.seq));
        assert_ne!(first, second);
    }
}
