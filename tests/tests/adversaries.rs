//! Every cheat of the issue, as a provider of one network: each is slashed or forfeits, its consumer is refunded, and
//! the honest provider beside them is not.
//!
//! Needs the sidecar that can cheat: `scripts/build.sh` makes it beside the ordinary one.

use anyhow::{bail, Context, Result};
use souk_client::{keys, souk, Chain, Keypair};
use souk_e2e::market::{
    consumer::{body, Consumer},
    models::{self, CHAT},
    node,
    ports::Ports,
    register, sidecar, story, Layout, Market,
};
use souk_primitives::{close::CloseReason, views::ProviderStatus, SpecId, SOUK};
use souk_sidecar::engine::{ChatMessage, LocalModel, PromptRenderer};
use std::{net::TcpListener, time::Duration};

/// How each of them cheats, and how its batch may end.
const CHEATS: &[&str] = &[
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

/// Batches in which a cheat must be convicted: one short answer does not show every cheat with certainty.
const CHANCES: usize = 3;

/// How long a batch may take to end: a settlement, a window, two rounds of audits, all of it final.
const PATIENCE: Duration = Duration::from_secs(420);

struct Case {
    uri: String,
    cheat: Option<&'static str>,
    consumer: String,
}

/// The cheats, and honest providers beside them. `SOUK_CHEATS` names some of the cheats, to look at them alone.
fn cases(honest: usize) -> Vec<Case> {
    let wanted = std::env::var("SOUK_CHEATS").ok();
    let is_wanted =
        |cheat: &str| wanted.as_ref().is_none_or(|names| names.split(',').any(|name| name == cheat));
    let cheats =
        CHEATS.iter().filter(|cheat| is_wanted(cheat)).map(|cheat| (Some(*cheat), format!("cheat-{cheat}")));
    let honest = (0..honest).map(|i| (None, format!("honest-{i}")));
    cheats
        .chain(honest)
        .map(|(cheat, name)| Case {
            uri: format!("//{name}"),
            cheat,
            consumer: format!("//{name}//consumer"),
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cheats_are_slashed_and_the_honest_is_not() -> Result<()> {
    let full = std::env::var_os("SOUK_TEST_FULL").is_some();
    let root = tempfile::tempdir()?;
    let layout = Layout::new(root.path())?;
    let program =
        layout.binaries.adversary.clone().context("souk-sidecar-adversary is not built: scripts/build.sh")?;
    let mut market = Market::prepare(layout, Ports::free()?)?;
    let chat = vec![models::test_models()?.remove(0)];
    let say = |text: &str| println!("{text}");
    market.start_nodes(&say).await?;
    market.start_sidecars(&chat, &say).await?;
    let spec: SpecId = market.register(&chat, &say).await?[0];
    let chain = market.chain().await?;

    // One provider a cheat, spread over the validators, and one honest one.
    let cases = cases(1);
    let accounts: Vec<String> =
        cases.iter().flat_map(|case| [case.uri.clone(), case.consumer.clone()]).collect();
    register::endow(&chain, &accounts, 10_000 * SOUK).await?;
    let mut endpoints = Vec::new();
    for (i, case) in cases.iter().enumerate() {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let folder = market.layout.root.join(case.uri.trim_start_matches('/'));
        sidecar::configure_provider(&folder, port, &market.ws(i % 4), &chat, &case.uri, case.cheat)?;
        let name = format!("sidecar{}", case.uri.replace('/', "-"));
        let process = sidecar::start(&market.layout, &name, &program, &folder)?;
        market.keep(process.clone())?;
        sidecar::wait_healthy(&process, port, Duration::from_secs(120)).await?;
        endpoints.push(format!("http://127.0.0.1:{port}"));
    }
    futures::future::try_join_all(cases.iter().enumerate().map(|(i, case)| {
        let (chain, spec, model, endpoint) = (&chain, spec, &chat[0], &endpoints[i]);
        async move {
            register::bond(chain, &case.uri, ["//Alice", "//Bob", "//Charlie", "//Dave"][i % 4], endpoint)
                .await?;
            let serve = souk_client::calls::compute::serve(spec, model.prices, 20);
            chain.submit(&register::dev(&case.uri)?, serve).await?;
            anyhow::Ok(())
        }
    }))
    .await?;

    let renderer = PromptRenderer::new(LocalModel::open(&chat[0].path)?.bundle().clone())?;
    let honest_batches = if full { 50 } else { 2 };
    let outcomes =
        futures::future::join_all(
            cases.iter().map(|case| {
                let (chain, renderer) = (chain.clone(), &renderer);
                let batches = if case.cheat.is_some() { CHANCES } else { honest_batches };
                async move {
                    try_case(&chain, renderer, case, spec, batches).await.with_context(|| case.uri.clone())
                }
            }),
        )
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
        bail!("{}", failures.join("\n"));
    }
    market.down()
}

/// Prompts that invite answers of about the asked length.
fn prompt(renderer: &PromptRenderer, i: usize) -> Result<Vec<u32>> {
    const TOPICS: [&str; 5] = ["rivers", "bread", "the moon", "music", "trade"];
    let content = format!("Tell me something about {} in a few sentences. ({i})", TOPICS[i % TOPICS.len()]);
    Ok(renderer.chat_ids(&[ChatMessage::new("user", content)])?)
}

/// Runs batches against one provider and checks how they end and who has the money.
async fn try_case(
    chain: &Chain,
    renderer: &PromptRenderer,
    case: &Case,
    spec: SpecId,
    batches: usize,
) -> Result<String> {
    let pair: Keypair = register::dev(&case.consumer)?;
    let consumer_account = keys::account(&pair);
    let provider = register::account(&case.uri)?;
    let mut consumer = Consumer::open(chain, &pair, &case.uri, spec, 20 * SOUK).await?;
    let bond = chain.provider(&provider).await?.context("no provider")?.bond;
    let mut told = Vec::new();
    for i in 0..batches {
        let from = chain.finalized().await?.number;
        let before = chain.balance(&consumer_account).await?;
        // The dearest call alone is a lie of its own; the others are short and honest.
        if case.cheat == Some("dearest") {
            consumer.call(CHAT, &body(prompt(renderer, i + 100)?, 8, 800)).await?;
        }
        consumer.call(CHAT, &body(prompt(renderer, i)?, 48, 800)).await?;
        let reply = consumer.pay().await?;
        if reply.status >= 300 {
            bail!("the voucher was refused with {}: {}", reply.status, reply.body);
        }
        let quiet = |_: &str| {};
        let ended = story::follow(chain, consumer.channel.id, from, PATIENCE, &quiet).await?;
        told.push(format!(
            "{:?} {:?}",
            ended.reason,
            ended.verdicts.iter().map(|(_, v)| *v).collect::<Vec<_>>()
        ));
        let after = chain.balance(&consumer_account).await?;
        let view = chain.provider(&provider).await?.context("no provider")?;
        match case.cheat {
            None => {
                if ended.reason != CloseReason::Valid || ended.refunded != 0 || view.bond != bond {
                    bail!("an honest batch ended as {:?} {:?}", ended.reason, ended.verdicts);
                }
            }
            Some(cheat) => {
                if !matches!(ended.reason, CloseReason::Fraud | CloseReason::Withheld) {
                    if i + 1 < batches && matches!(ended.reason, CloseReason::Valid | CloseReason::Doubtful) {
                        continue;
                    }
                    bail!("{cheat} ended as {:?} {:?}", ended.reason, ended.verdicts);
                }
                if view.status != ProviderStatus::Jailed || view.bond >= bond || ended.paid != 0 {
                    bail!("{cheat} was not punished: {:?}, bond {}", view.status, souk(view.bond));
                }
                // The refund came back into what the consumer owns, with a compensation on top.
                let (had, has) = (before.free + before.held, after.free + after.held);
                if has <= had {
                    bail!("the consumer was not compensated: {} before, {} after", souk(had), souk(has));
                }
                return Ok(format!("{}: {}", case.uri, told.join("; ")));
            }
        }
    }
    Ok(format!("{}: {}", case.uri, told.join("; ")))
}
