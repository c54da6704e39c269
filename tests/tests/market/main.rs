//! The local market as a consumer meets it: the demo, a stopped validator, and SIGKILL of every kind of program.

mod bad_input;
mod exams;
mod foreign;

use anyhow::{bail, ensure, Context, Result};
use futures::try_join;
use souk_client::{Chain, SoukEvent};
use souk_e2e::market::{
    books, demo, node, ports::Ports, register::account, sale, sidecar::SMALLEST_BATCH, Layout, Market,
};
use souk_primitives::{close::CloseReason, Balance, SpecId};
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

/// How long a batch may take to end.
const PATIENCE: Duration = Duration::from_secs(240);

fn say(text: &str) {
    println!("{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn market_survives_what_happens_to_it() -> Result<()> {
    let root = tempfile::tempdir()?;
    let mut market = Market::prepare(Layout::new(root.path())?, Ports::free()?)?;
    let specs = market.up(&say).await?;
    let result = scenes(&mut market, specs[0]).await;
    if result.is_err() {
        for process in &market.processes {
            println!("--- {}\n{}", process.name, process.log_tail(12));
        }
    }
    market.down()?;
    result
}

async fn scenes(market: &mut Market, spec: SpecId) -> Result<()> {
    let chain = market.chain().await?;
    let crammer = exams::start_crammer(market)?;

    say("### the demo; the provider buys a licence meanwhile, and another one joins the market");
    let (ended, (), ()) = try_join!(
        demo::run(market, &say),
        sale::license(market, &say),
        exams::serve(&chain, spec, &crammer)
    )?;
    ensure!(ended.reason == CloseReason::Valid, "the demo's batch ended as {:?}", ended.reason);
    ensure!(ended.verdicts.len() >= 3 && ended.paid > 0, "a committee of three, and a paid provider");

    say("### its second act: the model is sold; beside it a client that we did not write, and wrong inputs");
    let url = market.ws(0);
    try_join!(sale::act(market, &say), foreign::works_with_subxt(&url), bad_input::is_refused(market, spec))?;

    say("### SIGKILL of the gateway in the middle of an answer");
    kill_gateway_while_it_answers(market).await?;
    ask(market).await?;

    say("### SIGKILL of the provider's sidecar");
    market.process("sidecar-alice")?.kill()?;
    market.start_sidecar(0).await?;
    ask(market).await?;

    say("### SIGKILL of the node that gateway and keeper are connected to");
    market.process("node-alice")?.kill()?;
    market.start_node(0)?;
    node::wait_finalised(market.ports.rpc[0], 0, Duration::from_secs(60)).await?;
    ask(market).await?;

    say("### the exam: whose answers were the model's is paid, whose were not is fined");
    exams::are_sat_and_paid(market, &say).await?;

    say("### one of four validators down: blocks, finality and audits go on, and its silence is noted");
    let from = chain.finalized().await?.number;
    market.process("node-dave")?.stop(Duration::from_secs(20))?;
    ask(market).await?;
    let silent = silence_of(&chain, "//Dave", from).await?;
    say(&format!("//Dave's missing report was noted in block {silent}"));
    let later = node::wait_finalised(market.ports.rpc[0], u64::from(silent), Duration::from_secs(60)).await?;
    ensure!(later > u64::from(silent), "finality stands still");
    books::check(&chain, PATIENCE).await
}

/// Answers, whatever came before: as many as make a batch, since one may end after a word or two.
async fn ask(market: &Market) -> Result<Balance> {
    let mut worth: Balance = 0;
    while worth < SMALLEST_BATCH {
        let question = "Name a colour and say why you like it.";
        let answer = demo::ask(&market.base_url(), question, 48, &|_| {}).await?;
        let charge = answer.last["souk"]["charge"].as_str().context("an answer without a charge")?;
        worth += charge.parse::<Balance>().context("a charge")?;
    }
    Ok(worth)
}

/// Kills the gateway after a few tokens, starts it again, and waits until it answers. An answer that ends sooner by
/// itself shows nothing: then again.
async fn kill_gateway_while_it_answers(market: &mut Market) -> Result<()> {
    for _ in 0..10 {
        let gateway = market.process("gateway")?.clone();
        let pieces = AtomicU32::new(0);
        let answer = demo::ask(&market.base_url(), "Count from one to fifty.", 150, &|_| {
            if pieces.fetch_add(1, Ordering::SeqCst) == 5 {
                gateway.kill().expect("the gateway was running");
            }
        })
        .await;
        if pieces.into_inner() > 5 {
            market.start_gateway()?;
            market.wait_gateway().await?;
            if answer.is_err() {
                return Ok(());
            }
        } else {
            answer?;
        }
    }
    bail!("no answer was long enough for the gateway to die in it")
}

/// Block after `from` in which a validator's silence was noted.
async fn silence_of(chain: &Chain, uri: &str, from: u32) -> Result<u32> {
    use futures::StreamExt;
    let who = account(uri)?;
    let mut blocks = chain.blocks_after(Some(from));
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(Some(head)) = tokio::time::timeout(left, blocks.next()).await else {
            bail!("{uri}'s silence was not noted within {PATIENCE:?}");
        };
        for event in chain.events(&head.hash).await?.iter().filter_map(|event| event.souk()) {
            if matches!(event, SoukEvent::VerifierSilent { validator, .. } if validator == who) {
                return Ok(head.number);
            }
        }
    }
}
