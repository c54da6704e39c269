//! Tokens a second of our engine beside llama.cpp's, on the same weights.

use super::{
    llama::{as_f32, Llama},
    stats::Samples,
    Section, Setup, Table,
};
use crate::market::models::{self, CHAT};
use anyhow::{ensure, Context, Result};
use souk_sidecar::engine::{Engine, GenEvent, GenRequest, LoadOptions, LocalModel};
use std::{
    path::{Path, PathBuf},
    time::Instant,
};

/// Text that prompts are cut from: long enough for the longest of them, and not a text that ends.
const TEXT: &str = "The old market hall stood at the end of the long street, and every morning the traders \
    came with their carts. One of them sold lamps, another sold maps of cities that nobody had seen, and a third sold \
    nothing but questions. People asked the third one why, and she said that an answer is only worth something when \
    it can be checked. So they paid her a coin for each question and came back the next day with another one. ";

/// File of the chat model.
pub fn chat_model() -> Result<PathBuf> {
    let models = models::test_models()?;
    Ok(models.into_iter().find(|model| model.name == CHAT).context("no chat model")?.path)
}

/// Loads the chat model on so many threads.
pub fn load(setup: &Setup, path: &Path, threads: usize) -> Result<Engine> {
    let mut options = LoadOptions::new(setup.weights());
    options.threads = threads;
    options.limits.active = 4;
    Ok(Engine::load(&LocalModel::open(path)?, &options)?)
}

/// A prompt of exactly so many tokens.
pub fn prompt(engine: &Engine, tokens: usize) -> Result<Vec<u32>> {
    let text = TEXT.repeat(1 + tokens / 64);
    let mut ids = engine.renderer().text_ids(&text)?;
    ensure!(ids.len() >= tokens, "the text has only {} tokens", ids.len());
    ids.truncate(tokens);
    Ok(ids)
}

/// A greedy request.
pub fn greedy(prompt_ids: Vec<u32>, max_tokens: u32) -> GenRequest {
    GenRequest {
        key: [1; 32],
        prompt_ids,
        temperature_milli: 0,
        max_tokens,
        stops: Vec::new(),
        seed_call: [0; 32],
    }
}

/// One answer, timed.
#[derive(Clone, Debug)]
pub struct Timed {
    /// Milliseconds to the first token.
    pub first: f64,
    /// Milliseconds to the end.
    pub total: f64,
    /// The tokens.
    pub ids: Vec<u32>,
}

/// Runs one request on the engine.
pub async fn run(engine: &Engine, request: GenRequest) -> Result<Timed> {
    let began = Instant::now();
    let mut generation = engine.generate(request)?;
    let mut first = None;
    while let Some(event) = generation.next().await {
        match event {
            GenEvent::Token { .. } => {
                first.get_or_insert_with(|| began.elapsed());
            }
            GenEvent::Done { output_ids, error, .. } => {
                let total = began.elapsed();
                ensure!(error.is_none(), "the engine failed: {error:?}");
                let first = first.context("an answer without tokens")?;
                return Ok(Timed {
                    first: first.as_secs_f64() * 1e3,
                    total: total.as_secs_f64() * 1e3,
                    ids: output_ids,
                });
            }
        }
    }
    anyhow::bail!("the engine stopped")
}

/// Prefill and decode in tokens a second.
#[derive(Default)]
struct Speed {
    prefill: Samples,
    decode: Samples,
}

impl Speed {
    fn add(&mut self, prompt: usize, first_ms: f64, rest_ms: f64, tokens: usize) {
        self.prefill.push(prompt as f64 / first_ms * 1e3);
        self.decode.push(tokens.saturating_sub(1) as f64 / rest_ms * 1e3);
    }
}

/// Measures the section.
pub async fn measure(setup: &Setup, say: &dyn Fn(&str)) -> Result<Section> {
    let mut section = Section::new(setup, "engine", "Engine");
    let path = chat_model()?;
    let (prompt_tokens, tokens, rounds) = (256, setup.pick(64, 24), setup.pick(5, 2));
    let f32_model = as_f32(&path, &setup.weights())?;
    let mut table = Table::new(
        format!("Tokens a second, {CHAT}; prompt of {prompt_tokens} tokens, answer of {tokens}: median (middle half)"),
        &["engine", "weights", "threads", "prefill", "decode"],
    );
    let mut ratios = Table::new(
        "Ours divided by llama.cpp's, medians",
        &["llama.cpp's weights", "threads", "prefill", "decode"],
    );
    let mut about = None;
    for threads in [1, 2] {
        say(&format!("engine: {threads} thread(s), {rounds} rounds"));
        let engine = load(setup, &path, threads)?;
        let ids = prompt(&engine, prompt_tokens)?;
        let mut rivals = Vec::new();
        for (weights, model) in [("f32, the same numbers", &f32_model), ("Q4_1, the file as it is", &path)] {
            if let Some(llama) = Llama::start(setup, model, threads, 1024).await? {
                about = Some(llama.about.clone());
                rivals.push((weights, llama, Speed::default(), 0));
            }
        }
        let mut ours = Speed::default();
        // Round 0 warms caches and threads of everybody and is not counted.
        for round in 0..=rounds {
            let timed = run(&engine, greedy(ids.clone(), tokens)).await?;
            ensure!(timed.ids.len() > 8, "the answer ended after {} tokens", timed.ids.len());
            if round > 0 {
                ours.add(ids.len(), timed.first, timed.total - timed.first, timed.ids.len());
            }
            for (_, llama, speed, same) in &mut rivals {
                let answer = llama.round(&ids, tokens).await?;
                *same = timed.ids.iter().zip(&answer.ids).take_while(|(a, b)| a == b).count();
                if round > 0 {
                    speed.add(ids.len(), answer.first_ms, answer.rest_ms, answer.ids.len());
                }
            }
        }
        table.row([
            "Souk (candle)".into(),
            "Q4_1 expanded to f32".into(),
            threads.to_string(),
            ours.prefill.short(1),
            ours.decode.short(1),
        ]);
        for (weights, _, speed, same) in &rivals {
            table.row([
                format!("llama.cpp ({same} of {tokens} first tokens equal ours)"),
                (*weights).into(),
                threads.to_string(),
                speed.prefill.short(1),
                speed.decode.short(1),
            ]);
            let ratio = |ours: &Samples, theirs: &Samples| format!("{:.2}", ours.median() / theirs.median());
            ratios.row([
                (*weights).into(),
                threads.to_string(),
                ratio(&ours.prefill, &speed.prefill),
                ratio(&ours.decode, &speed.decode),
            ]);
        }
        if let Some((_, _, speed, _)) = rivals.first() {
            section.aim(
                &format!("decode speed against llama.cpp on the same f32 weights, {threads} thread(s)"),
                "reported",
                format!(
                    "{:.2} × (prefill {:.2} ×)",
                    ours.decode.median() / speed.decode.median(),
                    ours.prefill.median() / speed.prefill.median()
                ),
                None,
            );
        }
    }
    section.how(
        "The engine runs in the benchmark's process, llama.cpp in another; both get the same token ids, choose greedily, \
         and take turns round by round, so that noise hits both. Prefill is the prompt's tokens over the time to the \
         first token, decode the other tokens over the time after it. The numeric class `f32` wants dequantised weights and f32 \
         arithmetic, so the fair rival is llama.cpp on the same numbers as an f32 file; the quantised file shows what \
         the class costs.",
    );
    section.how(match about {
        Some(about) => {
            format!("The rival: {about}, from the npm packages that `tests/bench/package-lock.json` pins.")
        }
        None => "llama.cpp is not installed here (it needs npm on x86-64 Linux): no comparison.".into(),
    });
    section.tables = vec![table, ratios];
    Ok(section)
}
