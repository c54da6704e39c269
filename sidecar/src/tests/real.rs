//! The whole path with the real models: a paid call, its draw, its audit. And with the feature `adversary`, each cheat.
//!
//! Needs the models of `scripts/fetch-models.sh`.

use super::{audits, exams, support::*};
use crate::{
    adversary::Cheat,
    config::{Config, Model},
    models::Models,
    runner::{Message, Runner},
    server,
};
use souk_primitives::{
    call::CallKind,
    verdict::{judge, Report, Thresholds, Verdict},
    views::SpecView,
};
use std::{path::PathBuf, sync::Arc};

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
        for cheat in ["int4", "canned"] {
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
        let bench = Bench::start_with(std::time::Duration::ZERO, |config| {
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
        let bench = Bench::start_with(std::time::Duration::ZERO, |config| {
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
