//! The demo: one paid and audited call, told step by step with its real values.

use super::{
    models::CHAT,
    register::account,
    sidecar::SMALLEST_BATCH,
    story::{self, CallOf, PEOPLE},
    Market,
};
use anyhow::{bail, Context, Result};
use futures::StreamExt;
use serde_json::{json, Value};
use souk_client::{souk, AccountBalance, Chain};
use souk_primitives::{Balance, ChannelId};
use std::{
    io::Write,
    time::{Duration, Instant},
};

/// How long the demo waits for the batch's end: a settlement, a window, an audit, all of it final.
const PATIENCE: Duration = Duration::from_secs(240);
/// The question.
const QUESTION: &str = "What is a marketplace? Answer in two sentences.";

/// An answer that was streamed through the gateway.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// Time to the first text, or to the end of an answer without any.
    pub first: Duration,
    /// Time to the end.
    pub total: Duration,
    /// The stream's last data before `[DONE]`.
    pub last: Value,
}

/// Asks the gateway and streams the answer, each piece given to `piece` as it comes.
pub async fn ask(base_url: &str, question: &str, max_tokens: u32, piece: &dyn Fn(&str)) -> Result<Answer> {
    let began = Instant::now();
    let body = json!({
        "model": CHAT,
        "messages": [{ "role": "user", "content": question }],
        "temperature": 0.8,
        "max_tokens": max_tokens,
        "stream": true,
        "stream_options": { "include_usage": true },
    });
    let answer =
        reqwest::Client::new().post(format!("{base_url}/chat/completions")).json(&body).send().await?;
    if !answer.status().is_success() {
        bail!("the gateway answered {}: {}", answer.status(), answer.text().await?);
    }
    let mut stream = answer.bytes_stream();
    let mut buffer = Vec::new();
    let mut text = String::new();
    let mut first = None;
    let mut last = Value::Null;
    while let Some(bytes) = stream.next().await {
        buffer.extend_from_slice(&bytes?);
        while let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = buffer.drain(..end + 2).collect();
            let event = String::from_utf8_lossy(&event).into_owned();
            let Some(data) = event.trim().strip_prefix("data:").map(str::trim) else { continue };
            if data == "[DONE]" {
                // An answer may have no text at all.
                let first = first.unwrap_or_else(|| began.elapsed());
                return Ok(Answer { text, first, total: began.elapsed(), last });
            }
            let value: Value = serde_json::from_str(data)?;
            if let Some(error) = value.get("error") {
                bail!("the stream broke off: {error}");
            }
            if let Some(content) = value["choices"][0]["delta"]["content"].as_str() {
                first.get_or_insert_with(|| began.elapsed());
                text.push_str(content);
                piece(content);
            }
            last = value;
        }
    }
    bail!("the stream ended without [DONE]")
}

/// Everybody's balance at the finalised head.
pub async fn balances(chain: &Chain) -> Result<Vec<(&'static str, AccountBalance)>> {
    let mut all = Vec::new();
    for name in PEOPLE {
        all.push((name, chain.balance(&account(name)?).await?));
    }
    Ok(all)
}

/// Prints balances, with the change since `before`.
pub fn print_balances(
    _: &Chain,
    now: &[(&'static str, AccountBalance)],
    before: Option<&[(&'static str, AccountBalance)]>,
) {
    for (name, balance) in now {
        let change = before.and_then(|all| all.iter().find(|(other, _)| other == name)).map(|(_, old)| {
            let (new, old) = (balance.free + balance.held, old.free + old.held);
            if new >= old {
                format!("  +{}", souk(new - old))
            } else {
                format!("  -{}", souk(old - new))
            }
        });
        println!(
            "    {name:<12} free {:<28} on hold {:<24}{}",
            souk(balance.free),
            souk(balance.held),
            change.unwrap_or_default()
        );
    }
}

/// Runs the demo on a market that is up. Gives how the batch of its call ended.
pub async fn run(market: &Market, say: &dyn Fn(&str)) -> Result<story::Ended> {
    let chain = market.chain().await?;
    let before = balances(&chain).await?;
    say("balances before");
    print_balances(&chain, &before, None);

    let from = chain.finalized().await?.number;
    let mut worth = 0;
    let call = loop {
        let (call, charge) = ask_aloud(market, say).await?;
        worth += charge;
        if worth >= SMALLEST_BATCH {
            break call;
        }
        say(&format!("too little for a settlement, which takes {}: once more", souk(SMALLEST_BATCH)));
    };
    say(&format!(
        "channel {}: the keeper of //Provider's sidecar settles its voucher",
        story::short(&call.channel)
    ));
    let ended = story::follow(&chain, call, from, PATIENCE, say).await?;
    say(&format!("{} blocks from settlement to the end of the batch", ended.blocks.1 - ended.blocks.0));

    say("balances after (fees of transactions go to the blocks' authors, and are in the changes)");
    print_balances(&chain, &balances(&chain).await?, Some(&before));
    check_solvency(&chain, say).await?;
    Ok(ended)
}

/// Checks that what every pallet holds is what it owes, and says so.
pub async fn check_solvency(chain: &Chain, say: &dyn Fn(&str)) -> Result<()> {
    for row in chain.solvency().await? {
        if row.held != row.owed {
            bail!("{} {}: {} held but {} owed", row.pallet, row.purpose, souk(row.held), souk(row.owed));
        }
    }
    say("solvency: what every pallet holds is what it owes");
    Ok(())
}

/// Asks the question, prints the answer as it comes, and gives the call with its charge.
async fn ask_aloud(market: &Market, say: &dyn Fn(&str)) -> Result<(CallOf, Balance)> {
    say(&format!("//Consumer asks through the gateway: {QUESTION:?}"));
    print!("    ");
    let answer = ask(&market.base_url(), QUESTION, 64, &|piece| {
        print!("{}", piece.replace('\n', "\n    "));
        let _ = std::io::stdout().flush();
    })
    .await?;
    println!();
    let usage = &answer.last["usage"];
    say(&format!(
        "{} tokens in, {} out; first token after {:.1} s, all after {:.1} s",
        usage["prompt_tokens"],
        usage["completion_tokens"],
        answer.first.as_secs_f64(),
        answer.total.as_secs_f64()
    ));
    let paid = &answer.last["souk"];
    let charge: Balance =
        paid["charge"].as_str().and_then(|text| text.parse().ok()).context("an answer without a charge")?;
    let seq = paid["seq"].as_u64().and_then(|seq| u32::try_from(seq).ok()).context("no number")?;
    let channel = paid["channel"].as_str().and_then(|text| hex::decode(text.trim_start_matches("0x")).ok());
    let channel = channel.and_then(|bytes| ChannelId::try_from(bytes).ok()).context("no channel")?;
    say(&format!(
        "the gateway checked the provider's signed receipt, number {seq} of its channel (from 0): signature, token counts, answer digest and charge, {}",
        souk(charge)
    ));
    Ok((CallOf { channel, seq }, charge))
}

/// What to try next.
pub fn next_steps(market: &Market) {
    let base = market.base_url();
    println!(
        r#"
The market is up. Logs: {logs}

  curl {base}/chat/completions -H 'content-type: application/json' \
    -d '{{"model": "{CHAT}", "messages": [{{"role": "user", "content": "Hello!"}}], "max_tokens": 64}}'

  # Python: pip install openai
  from openai import OpenAI
  client = OpenAI(base_url="{base}", api_key="unused")
  answer = client.chat.completions.create(model="{CHAT}", messages=[{{"role": "user", "content": "Hello!"}}])
  print(answer.choices[0].message.content)

  // Node: npm install openai
  import OpenAI from "openai";
  const client = new OpenAI({{ baseURL: "{base}", apiKey: "unused" }});
  const answer = await client.chat.completions.create({{ model: "{CHAT}", messages: [{{ role: "user", content: "Hello!" }}] }});
  console.log(answer.choices[0].message.content);

  polkadot.js apps: https://polkadot.js.org/apps/?rpc=ws%3A%2F%2F127.0.0.1%3A{rpc}#/explorer
"#,
        logs = market.layout.root.join("logs").display(),
        rpc = market.ports.rpc[0],
    );
}
