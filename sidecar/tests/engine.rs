//! The engine against what an independent one said (`scripts/reference/make_references.py`), on the real models.
//!
//! Needs the models of `scripts/fetch-models.sh`; without them every test here fails and says so.

use serde::Deserialize;
use souk_primitives::call::Finish;
use souk_sidecar::engine::{
    compare, ChatMessage, EndCheck, Engine, EngineError, GenEvent, GenRequest, LoadOptions, LocalModel,
    ModelKind, PromptRenderer, TokenizerBundle, Verification, VerifyRequest,
};
use std::{path::PathBuf, sync::OnceLock};

#[derive(Deserialize)]
struct Text {
    text: String,
    ids: Vec<u32>,
}

#[derive(Deserialize)]
struct Case {
    messages: Vec<ChatMessage>,
    prompt: String,
    prompt_ids: Vec<u32>,
    greedy: Vec<u32>,
    greedy_text: String,
    seed: String,
    temperature_milli: u16,
    sampled: Vec<u32>,
    sampled_text: String,
}

#[derive(Deserialize)]
struct Completions {
    eos: u32,
    texts: Vec<Text>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Embedded {
    text: String,
    ids: Vec<u32>,
    vector: Vec<f32>,
}

#[derive(Deserialize)]
struct Embeddings {
    cases: Vec<Embedded>,
}

fn completions() -> Completions {
    serde_json::from_str(include_str!("fixtures/reference_completions.json")).unwrap()
}

fn models() -> PathBuf {
    let folder = std::env::var_os("SOUK_MODELS").map(PathBuf::from).unwrap_or_else(|| {
        let cache = std::env::var_os("SOUK_CACHE").map(PathBuf::from);
        let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/souk");
        cache.unwrap_or_else(home).join("models")
    });
    assert!(
        folder.join("smollm2-135m-instruct/model.gguf").is_file() && folder.join("all-minilm-l6-v2").is_dir(),
        "no models in {}: run scripts/fetch-models.sh, or point SOUK_MODELS at them",
        folder.display()
    );
    folder
}

fn options() -> LoadOptions {
    LoadOptions { threads: 2, ..LoadOptions::new(models().join("f32")) }
}

fn smollm() -> &'static LocalModel {
    static MODEL: OnceLock<LocalModel> = OnceLock::new();
    MODEL.get_or_init(|| LocalModel::open(&models().join("smollm2-135m-instruct")).unwrap())
}

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::load(smollm(), &options()).unwrap())
}

fn seed_of(case: &Case) -> [u8; 32] {
    hex::decode(&case.seed).unwrap().try_into().unwrap()
}

fn request(prompt_ids: &[u32], temperature_milli: u16, seed_call: [u8; 32], max_tokens: u32) -> GenRequest {
    GenRequest {
        key: [1; 32],
        prompt_ids: prompt_ids.to_vec(),
        temperature_milli,
        max_tokens,
        stops: vec![],
        seed_call,
    }
}

async fn run(engine: &Engine, request: GenRequest) -> (Finish, Vec<u32>) {
    let (finish, ids, error) = engine.generate(request).unwrap().complete().await;
    assert_eq!(error, None);
    (finish, ids)
}

async fn check(engine: &Engine, request: &GenRequest, output: &[u32], finish: Finish) -> Verification {
    let verify = VerifyRequest {
        prompt_ids: request.prompt_ids.clone(),
        output_ids: output.to_vec(),
        temperature_milli: request.temperature_milli,
        max_tokens: request.max_tokens,
        stops: request.stops.clone(),
        seed_call: request.seed_call,
        finish,
        hidden_at: None,
    };
    engine.verify([2; 32], verify).await.unwrap()
}

#[test]
fn tokens_should_equal_the_reference() {
    let renderer = PromptRenderer::new(smollm().bundle().clone()).unwrap();
    for Text { text, ids } in completions().texts {
        assert_eq!(renderer.text_ids(&text).unwrap(), ids, "{text:?}");
    }
    for case in completions().cases {
        assert_eq!(renderer.chat_text(&case.messages).unwrap(), case.prompt);
        assert_eq!(renderer.chat_ids(&case.messages).unwrap(), case.prompt_ids);
        assert_eq!(renderer.decode(&case.greedy).unwrap(), case.greedy_text);
    }
}

#[test]
fn renderer_should_need_the_bundle_only() {
    let bytes = smollm().bundle().to_bytes();
    let bundle = TokenizerBundle::from_bytes(&bytes, Some(&smollm().manifest().tokenizer)).unwrap();
    let renderer = PromptRenderer::new(bundle).unwrap();
    let case = &completions().cases[0];
    assert_eq!(renderer.chat_ids(&case.messages).unwrap(), case.prompt_ids);
    assert!(matches!(renderer.chat_ids(&[]), Err(EngineError::Request(_))));
}

#[test]
fn streamed_text_should_equal_the_whole() {
    let renderer = PromptRenderer::new(smollm().bundle().clone()).unwrap();
    for text in completions().texts {
        let (mut decoder, mut streamed) = (renderer.decoder(), String::new());
        for id in &text.ids {
            let piece = decoder.push(*id).unwrap();
            assert!(!piece.contains(char::REPLACEMENT_CHARACTER), "{piece:?} of {:?}", text.text);
            streamed += &piece;
        }
        streamed += &decoder.finish().unwrap();
        assert_eq!(streamed, renderer.decode(&text.ids).unwrap());
    }
}

#[test]
fn manifest_should_name_the_files() {
    let manifest = smollm().manifest();
    assert_eq!(manifest.kind, ModelKind::Chat);
    assert_eq!(manifest.eos, [completions().eos]);
    assert_eq!((manifest.max_context, manifest.weights[0].bytes), (8192, 98_362_432));
    assert_eq!(manifest.tokenizer, smollm().bundle().digest());
}

#[tokio::test]
async fn greedy_answers_should_equal_the_reference() {
    for case in completions().cases {
        let (finish, ids) = run(engine(), request(&case.prompt_ids, 0, [0; 32], 48)).await;
        assert_eq!(ids, case.greedy, "{}", case.greedy_text);
        assert_eq!(finish, if ids.len() == 48 { Finish::Length } else { Finish::Stop });
    }
}

#[tokio::test]
async fn sampled_answers_should_equal_the_reference() {
    for case in completions().cases {
        let request = request(&case.prompt_ids, case.temperature_milli, seed_of(&case), 48);
        let (_, ids) = run(engine(), request).await;
        assert_eq!(ids, case.sampled, "{}", case.sampled_text);
    }
}

#[tokio::test]
async fn honest_answers_should_have_margins_near_zero() {
    for (number, case) in completions().cases.iter().enumerate() {
        for milli in [0, 800, 1300] {
            let request = request(&case.prompt_ids, milli, [number as u8; 32], 96);
            let (finish, ids) = run(engine(), request.clone()).await;
            let found = check(engine(), &request, &ids, finish).await;
            assert_eq!(found.end, EndCheck::Consistent);
            assert_eq!(found.margins.n as usize, ids.len());
            assert!(found.margins.mean_margin <= 15_000, "T {milli}: {:?}", found.margins);
            assert!(found.margins.exact >= 980, "T {milli}: {:?}", found.margins);
            println!("T {milli}: {:?}", found.margins);
        }
    }
}

#[tokio::test]
async fn other_seed_temperature_and_tokens_should_show() {
    let case = &completions().cases[2];
    let honest = request(&case.prompt_ids, 800, [5; 32], 64);
    let (finish, ids) = run(engine(), honest.clone()).await;
    let seed = GenRequest { seed_call: [6; 32], ..honest.clone() };
    assert!(check(engine(), &seed, &ids, finish).await.margins.mean_margin > 60_000);
    let prompt = GenRequest { prompt_ids: case.prompt_ids[4..].to_vec(), ..honest.clone() };
    assert!(check(engine(), &prompt, &ids, finish).await.margins.max_margin > 0);
    // Padding after the end, ids that don't exist, and a claim that doesn't fit.
    let mut padded = ids.clone();
    padded.extend([0; 70]);
    assert_eq!(check(engine(), &honest, &padded, Finish::Length).await.end, EndCheck::Overrun);
    let strange = [ids.as_slice(), &[u32::MAX, 1]].concat();
    let found = check(engine(), &honest, &strange, Finish::Cancelled).await;
    assert_eq!((found.margins.n as usize, found.margins.max_margin), (strange.len(), 5_000_000));
    assert_eq!(check(engine(), &honest, &ids[..3], Finish::Stop).await.end, EndCheck::WrongReason);
    let none = check(engine(), &honest, &[], Finish::Cancelled).await;
    assert_eq!((none.end, none.margins.n), (EndCheck::Consistent, 0));
}

#[tokio::test]
async fn same_seed_should_give_the_same_tokens_beside_others() {
    let case = &completions().cases[1];
    let one = request(&case.prompt_ids, 800, [9; 32], 24);
    let alone = run(engine(), one.clone()).await;
    let crowd: Vec<_> = (0..6)
        .map(|i| GenRequest {
            key: [i; 32],
            seed_call: if i == 3 { [9; 32] } else { [i; 32] },
            ..one.clone()
        })
        .map(|request| engine().generate(request).unwrap())
        .collect();
    let mut answers = Vec::new();
    for generation in crowd {
        answers.push(generation.complete().await);
    }
    assert_eq!(answers[3].1, alone.1);
    assert_ne!(answers[2].1, alone.1);
}

#[tokio::test]
async fn stops_and_cancellation_should_end_an_answer() {
    let case = &completions().cases[1];
    let stop = case.greedy[4..6].to_vec();
    let request = GenRequest { stops: vec![stop.clone()], ..request(&case.prompt_ids, 0, [0; 32], 48) };
    let (finish, ids) = run(engine(), request.clone()).await;
    assert_eq!((finish, ids.as_slice()), (Finish::Stop, &case.greedy[..6]), "the stop counts as output");
    assert_eq!(check(engine(), &request, &ids, finish).await.end, EndCheck::Consistent);

    let mut generation = engine().generate(GenRequest { stops: vec![], ..request }).unwrap();
    assert!(matches!(generation.next().await, Some(GenEvent::Token { .. })));
    generation.cancellation().cancel();
    let (finish, ids, _) = generation.complete().await;
    assert_eq!(finish, Finish::Cancelled);
    assert!((1..48).contains(&ids.len()));
}

#[tokio::test]
async fn impossible_requests_should_be_refused_at_once() {
    let good = request(&[1, 2, 3], 0, [0; 32], 1);
    for bad in [
        GenRequest { prompt_ids: vec![], ..good.clone() },
        GenRequest { prompt_ids: vec![49_152], ..good.clone() },
        GenRequest { prompt_ids: vec![1; 8192], ..good.clone() },
        GenRequest { max_tokens: 0, ..good.clone() },
    ] {
        assert!(engine().generate(bad).is_err());
    }
    assert!(engine().embed([0; 32], vec![1]).await.is_err(), "a chat model makes no embeddings");
}

#[tokio::test]
async fn hidden_state_should_not_depend_on_where_the_pieces_are_cut() {
    let case = &completions().cases[0];
    let mut request = VerifyRequest {
        prompt_ids: case.prompt_ids.clone(),
        output_ids: case.greedy.clone(),
        temperature_milli: 0,
        max_tokens: 48,
        stops: vec![],
        seed_call: [0; 32],
        finish: Finish::Stop,
        hidden_at: Some(case.prompt_ids.len() as u32 + 2),
    };
    let first = engine().verify([2; 32], request.clone()).await.unwrap().hidden.unwrap();
    assert_eq!(first.len(), 576);
    request.output_ids.truncate(4);
    request.finish = Finish::Cancelled;
    let second = engine().verify([2; 32], request.clone()).await.unwrap().hidden.unwrap();
    assert!(compare(&first, &second).0 < 100);
    request.hidden_at = Some(case.prompt_ids.len() as u32 + 3);
    assert!(engine().verify([2; 32], request).await.is_err(), "the last token is never fed");
}

#[tokio::test]
async fn embeddings_should_equal_the_reference() {
    let reference: Embeddings =
        serde_json::from_str(include_str!("fixtures/reference_embeddings.json")).unwrap();
    let local = LocalModel::open(&models().join("all-minilm-l6-v2")).unwrap();
    assert_eq!((local.manifest().kind, local.manifest().dimensions), (ModelKind::Embedding, 384));
    let engine = Engine::load(&local, &options()).unwrap();
    let mut vectors = Vec::new();
    for case in reference.cases {
        let ids = engine.renderer().text_ids(&case.text).unwrap();
        assert_eq!(ids, case.ids, "{}", case.text);
        let vector = engine.embed([1; 32], ids).await.unwrap();
        let (error, cosine) = compare(&case.vector, &vector);
        assert!(error <= 100 && cosine >= 999_999, "{}: {error} {cosine}", case.text);
        vectors.push(vector);
    }
    assert!(compare(&vectors[0], &vectors[1]).1 < 900_000, "different texts differ");
    assert!(engine.embed([1; 32], vec![101; 300]).await.is_err(), "too long is refused, not cut");
}

/// Hugging Face's names and order of rotary pairs for a tensor of a GGUF file.
fn to_hugging_face(name: &str, columns: usize, values: Vec<f32>) -> (String, Vec<f32>) {
    let name = match name.strip_prefix("blk.") {
        None => name.replace("token_embd", "model.embed_tokens").replace("output_norm", "model.norm"),
        Some(rest) => [
            ("attn_norm", "input_layernorm"),
            ("attn_q", "self_attn.q_proj"),
            ("attn_k", "self_attn.k_proj"),
            ("attn_v", "self_attn.v_proj"),
            ("attn_output", "self_attn.o_proj"),
            ("ffn_norm", "post_attention_layernorm"),
            ("ffn_gate", "mlp.gate_proj"),
            ("ffn_up", "mlp.up_proj"),
            ("ffn_down", "mlp.down_proj"),
        ]
        .iter()
        .fold(format!("model.layers.{rest}"), |name, (from, to)| name.replace(from, to)),
    };
    if !name.contains("q_proj") && !name.contains("k_proj") {
        return (name, values);
    }
    // A head's rows (pair, half) become (half, pair).
    let rows: Vec<&[f32]> = values.chunks(columns).collect();
    let order = |row: usize| (row / 64) * 64 + (row % 32) * 2 + (row % 64) / 32;
    let values = (0..rows.len()).flat_map(|row| rows[order(row)].iter().copied()).collect();
    (name, values)
}

#[tokio::test]
async fn safetensors_folder_should_answer_like_the_gguf_file() {
    use candle_core::{quantized::gguf_file::Content, safetensors::save, Device, Tensor};
    use souk_sidecar::engine::weights::dequantised;

    let gguf = models().join("smollm2-135m-instruct/model.gguf");
    let weights = dequantised(&gguf, &smollm().manifest().weights[0].digest.0, &options().cache_dir).unwrap();
    let content = Content::read(&mut std::fs::File::open(&gguf).unwrap()).unwrap();
    let mut tensors = std::collections::HashMap::new();
    for (name, info) in &content.tensor_infos {
        let shape = info.shape.dims();
        let values = weights.values(name, shape).unwrap();
        let (name, values) = to_hugging_face(name, *shape.last().unwrap(), values);
        tensors.insert(name, Tensor::from_vec(values, shape, &Device::Cpu).unwrap());
    }
    let folder = tempfile::tempdir().unwrap();
    save(&tensors, folder.path().join("model.safetensors")).unwrap();
    drop(tensors);
    let bundle = smollm().bundle();
    let config = serde_json::json!({
        "model_type": "llama", "vocab_size": 49152, "hidden_size": 576, "intermediate_size": 1536,
        "num_hidden_layers": 30, "num_attention_heads": 9, "num_key_value_heads": 3, "rms_norm_eps": 1e-5,
        "rope_theta": 100000.0, "max_position_embeddings": 8192, "hidden_act": "silu", "tie_word_embeddings": true,
        "eos_token_id": bundle.eos[0], "bos_token_id": bundle.bos,
    });
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    std::fs::write(folder.path().join("tokenizer.json"), &bundle.tokenizer).unwrap();
    let settings = serde_json::json!({ "chat_template": bundle.chat_template });
    std::fs::write(folder.path().join("tokenizer_config.json"), settings.to_string()).unwrap();

    let local = LocalModel::open(folder.path()).unwrap();
    assert_eq!(
        local.manifest().tokenizer,
        smollm().manifest().tokenizer,
        "the bundle knows nothing of weights"
    );
    let engine = Engine::load(&local, &options()).unwrap();
    let case = &completions().cases[0];
    assert_eq!(
        run(&engine, request(&case.prompt_ids, 0, [0; 32], 48)).await,
        (Finish::Stop, case.greedy.clone())
    );
    let case = &completions().cases[3];
    let sampled = request(&case.prompt_ids, case.temperature_milli, seed_of(case), 48);
    assert_eq!(run(&engine, sampled).await.1, case.sampled);
}

/// Prints speeds; run it with `--no-capture` on a quiet machine. It asserts only that a check is cheaper than an answer.
#[tokio::test]
async fn checking_should_cost_less_than_answering() {
    let case = &completions().cases[1];
    for threads in [1, 2] {
        let engine = Engine::load(smollm(), &LoadOptions { threads, ..options() }).unwrap();
        // 96 tokens, whatever they say.
        let request = request(&case.prompt_ids, 1300, [3; 32], 96);
        run(&engine, GenRequest { max_tokens: 4, ..request.clone() }).await;
        let start = std::time::Instant::now();
        let (finish, ids) = run(&engine, request.clone()).await;
        let answered = start.elapsed();
        let found = check(&engine, &request, &ids, finish).await;
        let checked = start.elapsed() - answered;
        println!(
            "{threads} threads: {:.1} tokens/s; {} tokens answered in {answered:.2?}, checked in {checked:.2?}; {:?}",
            ids.len() as f64 / answered.as_secs_f64(),
            ids.len(),
            found.margins
        );
        assert!(checked < answered);
    }
}

/// Cheaper models have larger margins than honest ones, and the placeholder thresholds tell them apart.
#[cfg(feature = "adversary")]
#[tokio::test]
async fn cheaper_models_should_show() {
    use souk_sidecar::engine::tamper::Tamper;
    for (tamper, least) in [(Tamper::Quantise { bits: 4 }, 60_000), (Tamper::SkipLayer(14), 60_000)] {
        let cheap = Engine::load(smollm(), &LoadOptions { tamper, ..options() }).unwrap();
        let (mut sum, mut n) = (0u64, 0u64);
        for (number, case) in completions().cases.iter().enumerate() {
            let request = request(&case.prompt_ids, 800, [number as u8; 32], 96);
            let (finish, ids) = run(&cheap, request.clone()).await;
            let found = check(engine(), &request, &ids, finish).await.margins;
            sum += u64::from(found.mean_margin) * u64::from(found.n);
            n += u64::from(found.n);
        }
        println!("{tamper:?}: mean margin {} millionths over {n} tokens", sum / n);
        assert!(sum / n > least, "{tamper:?}: {}", sum / n);
    }
}
