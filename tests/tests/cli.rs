//! The command line against a running market: what people read, what programs read, and what is said when it goes wrong.

use anyhow::{bail, ensure, Context, Result};
use serde_json::Value;
use souk_client::{souk, Chain};
use souk_e2e::market::{
    demo, models, ports::Ports, program::Souk, register, register::account, Layout, Market,
};
use souk_primitives::{views::ProviderStatus, ChannelId, SOUK};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// How long a settlement or an audit may take.
const PATIENCE: Duration = Duration::from_secs(150);

fn say(text: &str) {
    println!("{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn command_line_does_what_it_says() -> Result<()> {
    let root = tempfile::tempdir()?;
    let mut market = Market::prepare(Layout::new(root.path())?, Ports::free()?)?;
    market.up(&say).await?;
    let result = scenes(&mut market, root.path()).await;
    if result.is_err() {
        for process in &market.processes {
            println!("--- {}\n{}", process.name, process.log_tail(12));
        }
    }
    market.down()?;
    result
}

async fn scenes(market: &mut Market, root: &Path) -> Result<()> {
    let chain = market.chain().await?;
    let mut cli = Souk {
        program: market.layout.binaries.cli.clone(),
        node: market.ws(0),
        key: root.join("own.key"),
        words: String::new(),
    };
    keys(&mut cli).await?;

    say("### an answer, its audit watched, and what its consumer sees; a provider's life meanwhile");
    let (seen, lived) = tokio::join!(consume_and_watch(market, &chain, &cli), provide(market, &chain, &cli));
    let channel = seen?;
    lived?;

    say("### bad input");
    bad_input(&cli, channel).await?;

    say("### a channel closed through the gateway that runs");
    let store = root.join("gateway").display().to_string();
    demo::ask(&market.base_url(), "Name a fruit.", 16, &|_| {}).await?;
    let elsewhere = ["--key", "//Consumer", "channel", "close", &hex0x(&channel), "--data-dir", "/nowhere"];
    cli.run(&elsewhere).await?.says(1, &["not closed", "--data-dir", "/nowhere"])?;
    let closing =
        ["--json", "--key", "//Consumer", "channel", "close", &hex0x(&channel), "--data-dir", &store];
    let closed = cli.run(&closing).await?.json()?;
    ensure!(closed["handed"] == closed["calls"] && closed["calls"].as_u64() >= Some(2), "{closed}");
    paid(&chain, channel, &closed).await?;

    say("### a channel closed in place of a gateway that was killed");
    let answer = demo::ask(&market.base_url(), "Name a fish.", 16, &|_| {}).await?;
    market.process("gateway")?.kill()?;
    let second = id_of(&answer.last)?;
    ensure!(second != channel, "a closed channel takes no calls");
    let closing = ["--key", "//Consumer", "channel", "close", &hex0x(&second), "--dev", "--data-dir", &store];
    let text = cli.run(&closing).await?.text()?.to_string();
    ensure!(text.contains("its provider has the last voucher: 1 call worth"), "{text}");
    ensure!(text.contains("grace until block"), "{text}");
    let charge: u128 = answer.last["souk"]["charge"].as_str().context("no charge")?.parse()?;
    paid(&chain, second, &serde_json::json!({ "calls": 1, "value": charge.to_string() })).await?;

    say("### and its provider ends the grace period");
    let text =
        cli.run(&["--key", "//Provider", "channel", "close", &hex0x(&second)]).await?.text()?.to_string();
    ensure!(text.contains("ByProvider"), "{text}");
    for row in chain.solvency().await? {
        ensure!(row.held == row.owed, "{} {}: {} held, {} owed", row.pallet, row.purpose, row.held, row.owed);
    }
    Ok(())
}

/// A new key, which only its owner can read.
async fn keys(cli: &mut Souk) -> Result<()> {
    let file = cli.key.display().to_string();
    let made = cli.run(&["--json", "keys", "generate", &file]).await?.json()?;
    let words = made["mnemonic"].as_str().context("no words")?;
    ensure!(words.split(' ').count() == 12, "twelve words");
    ensure!(std::fs::read_to_string(&cli.key)? == words, "the file holds the words");
    cli.words = words.into();
    let seen = cli.own(&["--json", "keys", "inspect"]).await?.json()?;
    ensure!(seen["account"] == made["account"], "{seen}");
    let text = cli.own(&["keys", "inspect"]).await?;
    ensure!(text.text()?.starts_with("account      5"), "{}", text.out);
    cli.run(&["keys", "generate", &file]).await?.says(6, &["File exists"])?;

    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&cli.key, std::fs::Permissions::from_mode(0o644))?;
    cli.own(&["status"]).await?.says(6, &["can be read by others (mode 644)", "chmod 600"])?;
    std::fs::set_permissions(&cli.key, std::fs::Permissions::from_mode(0o600))?;
    let words = cli.words.clone();
    cli.run(&["--key", &words, "status"]).await?.says(6, &["arguments are visible to others"])?;
    cli.run(&["status"]).await?.says(6, &["--key FILE"])?;
    Ok(())
}

/// Asks through the gateway while `audit watch` looks on, and reads what the consumer has. Gives the channel.
async fn consume_and_watch(market: &Market, chain: &Chain, cli: &Souk) -> Result<ChannelId> {
    let provider = account("//Provider")?.to_string();
    let watch = ["--json", "audit", "watch", "--provider", &provider, "--count", "1"];
    let watching = tokio::spawn({
        let (cli, watch) = (cli.clone(), watch.map(str::to_string));
        async move { cli.run(&watch.iter().map(String::as_str).collect::<Vec<_>>()).await }
    });
    // So long a question is worth a batch by itself, however short its answer.
    let question = "What is a market? ".repeat(40);
    let answer = demo::ask(&market.base_url(), &question, 64, &|_| {}).await?;
    let channel = id_of(&answer.last)?;

    let consumer = account("//Consumer")?.to_string();
    let deposit = chain.channel(channel).await?.context("no channel")?.deposit;
    ensure!(deposit >= SOUK, "the gateway's deposit");
    let list = cli.run(&["--json", "channel", "list", "//Consumer"]).await?.json()?;
    let listed = list.as_array().and_then(|all| all.iter().find(|one| one["id"] == hex0x(&channel)));
    let listed = listed.context("the channel is not listed")?;
    ensure!(listed["deposit"] == deposit.to_string() && listed["consumer"] == consumer, "{listed}");
    let text = cli.run(&["channel", "list", "//Consumer"]).await?.text()?.to_string();
    aligned(&text, &[("channel", &hex0x(&channel)), ("deposit", &souk(deposit)), ("provider", &provider)])?;

    let ended = tokio::time::timeout(PATIENCE, watching).await.context("no audit ended")???;
    let steps: Vec<Value> =
        ended.text()?.lines().map(serde_json::from_str).collect::<Result<_, _>>().context("JSON lines")?;
    let of = |event: &str| steps.iter().filter(|step| step["event"] == event).count();
    ensure!(of("AuditDrawn") >= 1 && of("ReportRevealed") >= 1, "{}", ended.out);
    let last = steps.last().context("no step")?;
    ensure!(last["event"] == "AuditEnded" && last["detail"]["reason"] == "Valid", "{last}");

    let status = cli.run(&["--json", "status", "//Consumer"]).await?.json()?;
    let batch = &status["batches"][0];
    ensure!(batch["channel"] == hex0x(&channel), "{status}");
    let text = cli.run(&["status", "//Consumer"]).await?.text()?.to_string();
    aligned(&text, &[("account", &consumer), ("on hold", "SOUK"), ("settled", "in 1 call")])?;
    ensure!(text.contains("batch 0x") && text.contains(" SOUK in channel"), "{text}");
    let text = cli.run(&["status", "//Provider"]).await?.text()?.to_string();
    aligned(&text, &[("bond", &format!("{}, ", souk(register::PROVIDER_BOND))), ("status", "Active")])?;
    Ok(channel)
}

/// A provider registers, is accepted, serves, and leaves.
async fn provide(market: &Market, chain: &Chain, cli: &Souk) -> Result<()> {
    let me = cli.own(&["--json", "keys", "inspect"]).await?.json()?["account"]
        .as_str()
        .unwrap_or_default()
        .to_string();
    let endpoint = format!("http://127.0.0.1:{}", market.ports.sidecar[1]);
    let register = [
        "provider",
        "register",
        "--validator-key",
        "//Bob",
        "--endpoint",
        &endpoint,
        "--bond",
        "150",
        "--receipt-key",
        "//Receipt",
    ];
    cli.own(&register).await?.says(7, &[&me, "needs 150 SOUK and has 0 SOUK to spend"])?;
    cli.own(&["provider", "drain"]).await?.says(5, &[&me, "is no provider"])?;
    cli.own(&["provider", "status"]).await?.says(5, &[&me, "is no provider"])?;

    let gift = souk_client::calls::balances::transfer(me.parse().map_err(anyhow::Error::msg)?, 200 * SOUK);
    chain.submit(&register::dev("//Charlie")?, gift).await?;
    let done = cli.own(&[&["--json"], &register[..]].concat()).await?.json()?;
    ensure!(done["accepted"] == true && done["provider"] == me, "{done}");
    let view = chain.provider(&me.parse().map_err(anyhow::Error::msg)?).await?.context("no provider")?;
    ensure!(view.status == ProviderStatus::Active && view.bond == 150 * SOUK, "{view:?}");

    // So dear that nobody's gateway comes.
    let serve = |prompt| ["provider", "serve", models::CHAT, "--price-input", prompt, "--price-output", "20"];
    let text = cli.own(&serve("10")).await?.text()?.to_string();
    ensure!(text.contains("at 10 SOUK (prompt) and 20 SOUK (answer)"), "{text}");
    let shown = cli.own(&["--json", "provider", "status"]).await?.json()?;
    ensure!(shown["serving"][0]["per1kOutput"] == (20 * SOUK).to_string(), "{shown}");
    let text = cli.own(&["provider", "status"]).await?.text()?.to_string();
    aligned(
        &text,
        &[
            ("provider", &me),
            ("status", "Active"),
            ("endpoint", &endpoint),
            ("bond", "150 SOUK, 0 SOUK of it exposed"),
            ("serves", "at 10 SOUK (prompt) and 20 SOUK (answer) per 1,000 tokens; record 0.00"),
        ],
    )?;
    let text = cli.own(&["provider", "drain"]).await?.text()?.to_string();
    ensure!(text.contains("no new channels"), "{text}");
    let shown = cli.own(&["--json", "provider", "status"]).await?.json()?;
    ensure!(shown["status"].to_string().contains("Draining"), "{shown}");
    cli.own(&["provider", "withdraw"]).await?.says(4, &["(Compute.NoticeRunning)"])?;
    Ok(())
}

/// Each is told what is wrong, with the numbers.
async fn bad_input(cli: &Souk, channel: ChannelId) -> Result<()> {
    let nobody = hex0x(&[9; 32]);
    let down = tokio::spawn({
        let cli = Souk { node: "ws://127.0.0.1:9".into(), ..cli.clone() };
        async move { cli.run(&["status", "//Alice"]).await }
    });
    cli.own(&["channel", "close", &nobody]).await?.says(5, &["there is no channel", &nobody])?;
    let others = cli.own(&["channel", "close", &hex0x(&channel)]).await?;
    others.says(1, &[&account("//Consumer")?.to_string(), "your key is"])?;
    let serve = ["provider", "serve", "no-such-model", "--price-input", "1", "--price-output", "1"];
    cli.own(&serve).await?.says(5, &["no-such-model", "souk model list"])?;
    cli.run(&["provider", "status", "//Alice"]).await?.says(5, &["is no provider"])?;
    let verifier = ["verifier", "register", models::CHAT, "--bond", "100000"];
    cli.own(&verifier).await?.says(7, &["needs 100000 SOUK and has "])?;
    let json = cli.run(&["--json", "provider", "status", "//Alice"]).await?;
    let told: Value = serde_json::from_str(&json.err).context("a failure in JSON")?;
    ensure!(json.code == 5 && told["code"] == 5, "{told}");
    for arguments in [
        &["channel", "close", "0x12"][..],
        &["status", "nobody"],
        &["provider", "serve", "x", "--price-input", "-1", "--price-output", "1"],
    ] {
        let ended = cli.run(arguments).await?;
        ensure!(ended.code == 2 && !ended.err.is_empty(), "{arguments:?}: {}", ended.err);
    }
    let gateway =
        ["--key", "//Consumer", "gateway", "--listen", "127.0.0.1:0", "--deposit", "5", "--budget", "2"];
    cli.run(&gateway).await?.says(1, &["5 SOUK (--deposit)", "2 SOUK (--budget)"])?;
    down.await??.says(3, &["ws://127.0.0.1:9", "can't be reached"])
}

/// Waits until the chain has settled what was handed over.
async fn paid(chain: &Chain, channel: ChannelId, closed: &Value) -> Result<()> {
    let value: u128 = closed["value"].as_str().context("no value")?.parse()?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let view = chain.channel(channel).await?.context("no channel")?;
        if view.settled == value && u64::from(view.settled_calls) == closed["calls"].as_u64().unwrap_or(0) {
            return Ok(());
        }
        ensure!(view.settled <= value, "more was settled than was handed over");
        if Instant::now() > deadline {
            bail!("{} of {} were settled: {view:?}", souk(view.settled), souk(value));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// The text has a line for each label, and all values of a block begin in one column.
fn aligned(text: &str, rows: &[(&str, &str)]) -> Result<()> {
    for (label, value) in rows {
        let found = text.lines().any(|line| line.starts_with(&format!("{label} ")) && line.contains(value));
        ensure!(found, "no line {label:?} with {value:?} in:\n{text}");
    }
    for block in text.split("\n\n").filter(|block| !block.starts_with("batch")) {
        let column = |line: &str| {
            let gap = line.find("  ")?;
            Some(gap + line[gap..].len() - line[gap..].trim_start().len())
        };
        let columns: Vec<_> = block.lines().map(column).collect();
        ensure!(columns.iter().all(|c| c.is_some() && *c == columns[0]), "not aligned:\n{block}");
    }
    Ok(())
}

fn id_of(last: &Value) -> Result<ChannelId> {
    let text = last["souk"]["channel"].as_str().context("an answer without its channel")?;
    let bytes = hex::decode(text.trim_start_matches("0x"))?;
    bytes.try_into().map_err(|_| anyhow::anyhow!("{text} is no channel"))
}

fn hex0x(bytes: &[u8; 32]) -> String {
    format!("0x{}", hex::encode(bytes))
}
