//! Every cheat of the issue, as a provider of one network: each is slashed or forfeits, its consumer is refunded, and
//! the honest provider beside them is not, over fifty audited batches.
//!
//! Needs the sidecar that can cheat: `scripts/build.sh` makes it beside the ordinary one.

mod cheats;
mod honest;
mod two_receipts;

use anyhow::{bail, Context, Result};
use futures::{future::LocalBoxFuture, FutureExt};
use souk_e2e::market::{
    models::{self, Model},
    node,
    ports::Ports,
    register, story, Layout, Market,
};
use souk_primitives::{SpecId, SOUK};
use souk_sidecar::engine::{ChatMessage, LocalModel, PromptRenderer};
use std::time::Duration;

/// Cheats that an audit finds.
const AUDITED: &[&str] = &[
    "int4",
    "skip-layer",
    "truncated-prompt",
    "hidden-system-prompt",
    "wrong-temperature",
    "canned",
    "wrong-count",
    "dearest",
    "withhold",
];
/// The cheat that its consumer finds.
const TWO_RECEIPTS: &str = "two-receipts";
/// The provider that does not cheat.
const HONEST: &str = "honest";

/// Batches in which a cheat must be convicted: one short answer does not show every cheat with certainty, and who cheats
/// on one call of two is drawn at it three times in four.
const CHANCES: usize = 6;
/// Between the beginnings of two cheats. Four auditors on two cores would be too late with all of their first batches at
/// once; the honest provider takes longer than all cheats do one after the other.
const APART: Duration = Duration::from_secs(15);
/// Channels of the honest provider.
const HONEST_CHANNELS: u32 = 10;

/// Batches in each of them; `--full` takes three times as many.
fn honest_batches() -> usize {
    if std::env::var_os("SOUK_TEST_FULL").is_some() {
        15
    } else {
        5
    }
}

/// How long a batch may take to end: a settlement, a window, two rounds of audits, all of it final.
const PATIENCE: Duration = Duration::from_secs(420);

/// Development key of the provider of that kind.
fn uri(kind: &str) -> String {
    format!("//{kind}")
}

/// Development key of one of its consumers.
fn consumer_uri(provider: &str, i: u32) -> String {
    format!("{provider}//consumer-{i}")
}

/// Everyone in the network. `SOUK_CHEATS` names some, to look at them alone.
fn kinds() -> Vec<&'static str> {
    let wanted = std::env::var("SOUK_CHEATS").ok();
    AUDITED
        .iter()
        .copied()
        .chain([TWO_RECEIPTS, HONEST])
        .filter(|kind| wanted.as_ref().is_none_or(|names| names.split(',').any(|name| name == *kind)))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cheats_are_slashed_and_the_honest_is_not() -> Result<()> {
    let root = tempfile::tempdir()?;
    let mut market = Market::prepare(Layout::new(root.path())?, Ports::free()?)?;
    let mut chat = vec![models::test_models()?.remove(0)];
    // So many providers at two cores answer calls, and sit no exams.
    chat[0].reference = None;
    let say = |text: &str| println!("{text}");
    market.start_nodes(&say).await?;
    market.start_sidecars(&chat, &say).await?;
    let spec = market.register(&chat, &say).await?[0];
    let kinds = kinds();
    start_providers(&mut market, &kinds, &chat, spec).await?;

    let chain = market.chain().await?;
    let renderer = PromptRenderer::new(LocalModel::open(&chat[0].path)?.bundle().clone())?;
    let outcomes = futures::future::join_all((0u32..).zip(&kinds).map(|(i, kind)| {
        let case: LocalBoxFuture<Result<String>> = match *kind {
            HONEST => honest::serve(&chain, &renderer, spec).boxed_local(),
            TWO_RECEIPTS => two_receipts::report(&chain, &renderer, kind, spec).boxed_local(),
            cheat => cheats::convict(&chain, &renderer, cheat, spec).boxed_local(),
        };
        let begins = if *kind == HONEST { Duration::ZERO } else { APART * i };
        async move {
            tokio::time::sleep(begins).await;
            case.await.with_context(|| uri(kind))
        }
    }))
    .await;
    let mut failures = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(text) => println!("{text}"),
            Err(error) => failures.push(format!("{error:#}")),
        }
    }
    for row in chain.solvency().await? {
        if row.held != row.owed {
            failures.push(format!("{} {}: {} held, {} owed", row.pallet, row.purpose, row.held, row.owed));
        }
    }
    if !failures.is_empty() {
        for name in node::NAMES {
            println!("{}", market.process(&format!("sidecar-{name}"))?.log_tail(5));
        }
        for kind in kinds {
            println!("{}", market.process(&format!("sidecar-{kind}"))?.log_tail(15));
        }
        bail!("{}", failures.join("\n"));
    }
    market.down()
}

/// One provider a kind, spread over the validators, with its sidecar and money for its consumers.
async fn start_providers(market: &mut Market, kinds: &[&str], chat: &[Model], spec: SpecId) -> Result<()> {
    let chain = market.chain().await?;
    let mut accounts = Vec::new();
    for kind in kinds {
        let consumers = if *kind == HONEST { HONEST_CHANNELS } else { 1 };
        accounts.push(uri(kind));
        accounts.extend((0..consumers).map(|i| consumer_uri(&uri(kind), i)));
    }
    register::endow(&chain, &accounts, 10_000 * SOUK).await?;
    let mut endpoints = Vec::new();
    for (i, kind) in kinds.iter().enumerate() {
        let cheat = (*kind != HONEST).then_some(*kind);
        endpoints.push(market.start_provider(&uri(kind), i % 4, chat, cheat)?.ready().await?);
    }
    futures::future::try_join_all(kinds.iter().zip(&endpoints).enumerate().map(|(i, (kind, endpoint))| {
        let chain = &chain;
        async move {
            let validator = ["//Alice", "//Bob", "//Charlie", "//Dave"][i % 4];
            register::bond(chain, &uri(kind), validator, endpoint).await?;
            let serve = souk_client::calls::compute::serve(spec, chat[0].prices, 20);
            chain.submit(&register::dev(&uri(kind))?, serve).await?;
            anyhow::Ok(())
        }
    }))
    .await?;
    Ok(())
}

/// Prompts that invite answers of about the asked length.
fn prompt(renderer: &PromptRenderer, i: usize) -> Result<Vec<u32>> {
    const TOPICS: [&str; 5] = ["rivers", "bread", "the moon", "music", "trade"];
    let content = format!("Tell me something about {} in a few sentences. ({i})", TOPICS[i % TOPICS.len()]);
    Ok(renderer.chat_ids(&[ChatMessage::new("user", content)])?)
}

/// How a batch ended, in a few words.
fn summary(ended: &story::Ended) -> String {
    format!("{:?} {:?}", ended.reason, ended.verdicts.iter().map(|(_, verdict)| *verdict).collect::<Vec<_>>())
}
