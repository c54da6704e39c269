//! What a check costs beside the generation that it checks.

use super::{
    engine::{chat_model, load, prompt, run},
    stats::Samples,
    Section, Setup, Table,
};
use anyhow::{ensure, Result};
use souk_primitives::call::Finish;
use souk_sidecar::engine::{Engine, GenRequest, VerifyRequest, AUDIT_KEY};
use std::time::Instant;

/// Tokens of prompt and answer.
const LENGTHS: [(usize, u32); 4] = [(32, 32), (64, 128), (512, 32), (256, 256)];
/// The temperature of the answers: a check has to draw the noise of every token then.
const TEMPERATURE: u16 = 800;

/// Measures the section.
pub async fn measure(setup: &Setup, say: &dyn Fn(&str)) -> Result<Section> {
    let mut section = Section::new(setup, "verify", "Check and generation");
    let path = chat_model()?;
    let mut table = Table::new(
        "Milliseconds, median (middle half)",
        &["threads", "prompt", "answer", "generate", "verify", "verify ÷ generate"],
    );
    let lengths = &LENGTHS[..setup.pick(LENGTHS.len(), 2)];
    let rounds = setup.pick(3, 1);
    let mut shares = Vec::new();
    for threads in [1, 2] {
        let engine = load(setup, &path, threads)?;
        // Warms the threads and the memory.
        check(&engine, 32, 16, 0).await?;
        for (prompt_tokens, tokens) in lengths {
            say(&format!("verify: {threads} thread(s), {prompt_tokens} + {tokens} tokens"));
            let (mut generate, mut verify, mut share) =
                (Samples::default(), Samples::default(), Samples::default());
            for round in 0..rounds {
                let times = check(&engine, *prompt_tokens, *tokens, round as u8 + 1).await?;
                generate.push(times.0);
                verify.push(times.1);
                share.push(times.1 / times.0);
            }
            table.row([
                threads.to_string(),
                prompt_tokens.to_string(),
                tokens.to_string(),
                generate.short(0),
                verify.short(0),
                format!("{:.2}", share.median()),
            ]);
            shares.push(share.median());
        }
    }
    let (least, most) = shares.iter().fold((f64::MAX, 0f64), |(a, b), share| (a.min(*share), b.max(*share)));
    section.aim("verify ÷ generate time", "reported", format!("{least:.2} to {most:.2}"), None);
    section.how(format!(
        "Each answer is generated at temperature {:.1} and then checked by the same engine as an auditor does: one \
         teacher-forced pass over prompt and answer, the margin of every token under the call's noise. An answer that \
         ends early is asked for again with another seed, so that every row has its full length.",
        f64::from(TEMPERATURE) / 1000.0
    ));
    section.tables.push(table);
    Ok(section)
}

/// Generates and checks; milliseconds of both.
async fn check(engine: &Engine, prompt_tokens: usize, tokens: u32, seed: u8) -> Result<(f64, f64)> {
    let prompt_ids = prompt(engine, prompt_tokens)?;
    let mut seed_call = [seed; 32];
    let timed = loop {
        let request = GenRequest {
            key: [1; 32],
            prompt_ids: prompt_ids.clone(),
            temperature_milli: TEMPERATURE,
            max_tokens: tokens,
            stops: Vec::new(),
            seed_call,
        };
        let timed = run(engine, request).await?;
        if timed.ids.len() == tokens as usize {
            break timed;
        }
        ensure!(seed_call[0] < 250, "no seed gives {tokens} tokens");
        seed_call[0] += 1;
    };
    let request = VerifyRequest {
        prompt_ids,
        output_ids: timed.ids.clone(),
        temperature_milli: TEMPERATURE,
        max_tokens: tokens,
        stops: Vec::new(),
        seed_call,
        finish: Finish::Length,
        hidden_at: None,
    };
    let began = Instant::now();
    let found = engine.verify(AUDIT_KEY, request).await?;
    let took = began.elapsed().as_secs_f64() * 1e3;
    ensure!(found.margins.n == tokens, "the check saw {} of {tokens} tokens", found.margins.n);
    Ok((timed.total, took))
}
