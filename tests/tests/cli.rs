//! The command line against a running market: what people read, what programs read, and what is said when it goes wrong.

use anyhow::{bail, ensure, Context, Result};
use codec::Compact;
use serde_json::Value;
use souk_client::{
    calls::{balances::Address, Call},
    souk, Chain,
};
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stake_votes_and_rewards_by_the_command_line() -> Result<()> {
    let root = tempfile::tempdir()?;
    let mut market = Market::prepare(Layout::new(root.path())?, Ports::free()?)?;
    market.start_nodes(&say).await?;
    let chain = market.chain().await?;
    let who = |uri: &str| Souk::dev(&market, uri);

    say("### money for somebody new");
    sends(&chain, &who("//Consumer")).await?;
    say("### a bond, its nominations, and what is unbonding");
    bonds(&who("//Consumer")).await?;
    say("### a pool");
    pools(&chain, &who("//Ferdie")).await?;
    say("### votes with stake");
    votes([who("//Alice"), who("//Bob"), who("//Charlie"), who("//Ferdie")]).await?;
    say("### rewards");
    rewards(&who("//Provider")).await?;
    say("### what was unbonded is free");
    withdraws(&who("//Consumer")).await?;
    market.down()
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
    cli.run(&["keys", "generate", &file]).await?.says(6, &["is there already"])?;

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

/// Units as JSON has them.
fn units(whole: u128) -> String {
    (whole * SOUK).to_string()
}

/// Somebody new is paid, with enough to begin.
async fn sends(chain: &Chain, cli: &Souk) -> Result<()> {
    cli.own(&["send", "//Newcomer", "0.0005"]).await?.says(7, &["has nothing yet", "0.001 SOUK at least"])?;
    cli.own(&["send", "//Newcomer", "9000000"]).await?.says(7, &["needs 9000000", "and has "])?;
    cli.own(&["send", "//Newcomer", "2.5"]).await?.tells("2.5 SOUK sent to ")?;
    ensure!(chain.balance(&account("//Newcomer")?).await?.free == 5 * SOUK / 2, "all of it came");
    cli.own(&["send", "//Newcomer", "0.0005"]).await?.tells("0.0005 SOUK sent to ")
}

/// Somebody bonds, nominates, and takes a part out again.
async fn bonds(cli: &Souk) -> Result<()> {
    let bob = account("//Bob")?.to_string();
    let empty = cli.own(&["--json", "stake"]).await?.json()?;
    ensure!(empty["bond"].is_null() && empty["pool"].is_null() && empty["power"]["power"] == "0", "{empty}");
    let text = cli.own(&["stake"]).await?.text()?.to_string();
    aligned(&text, &[("bond", "none"), ("may vote", "what votes is stake")])?;
    cli.own(&["stake", "bond", "0.0001"])
        .await?
        .says(7, &["a bond is 0.001 SOUK at least", "0.0001 SOUK"])?;
    cli.own(&["stake", "bond", "2000000"]).await?.says(7, &["needs 2000000", "and has "])?;
    cli.own(&["stake", "more", "1"]).await?.says(5, &["has no bond", "souk stake bond"])?;
    cli.own(&["stake", "bond", "5", "--nominate", "//Eve"])
        .await?
        .says(5, &["does not stand for election"])?;

    let done = cli
        .own(&["--json", "stake", "bond", "100", "--nominate", "//Bob", "--payee", "stash"])
        .await?
        .json()?;
    ensure!(done["bonded"] == units(100) && done["targets"][0] == bob, "{done}");
    let view = cli.own(&["--json", "stake"]).await?.json()?;
    let bond = &view["bond"];
    ensure!(bond["active"] == units(100) && bond["payee"] == "Stash", "{view}");
    ensure!(bond["role"]["Nominator"]["targets"][0] == bob, "{view}");
    // It warms up for a whole era.
    ensure!(view["power"]["power"] == "0" && view["power"]["warming"] == units(100), "{view}");
    ensure!(view["power"]["moreIn"].as_u64() > view["era"]["index"].as_u64(), "{view}");

    cli.own(&["stake", "bond", "1"]).await?.says(1, &["a bond of 100 SOUK already", "souk stake more"])?;
    cli.own(&["stake", "more", "10"]).await?.tells("10 SOUK more at stake, 110 SOUK now")?;
    cli.own(&["stake", "unbond", "111"]).await?.says(7, &["110 SOUK at stake, and this is 111 SOUK"])?;
    cli.own(&["stake", "unbond", "109.5"]).await?.says(7, &["0.5 SOUK would be left", "109 SOUK at most"])?;
    cli.own(&["stake", "withdraw"]).await?.says(1, &["nothing was unbonded"])?;
    cli.own(&["stake", "unbond", "40"]).await?.tells("40 SOUK unbonded, free by era ")?;
    cli.own(&["stake", "withdraw"]).await?.says(1, &["nothing may be withdrawn yet: 40 SOUK by era "])?;
    cli.own(&["stake", "pool", "join", "1", "5"]).await?.says(1, &["either in a pool or on its own"])?;
    cli.own(&["stake", "//Bob", "chill"]).await?.says(1, &["before the command"])?;
    let text = cli.own(&["stake"]).await?.text()?.to_string();
    aligned(&text, &[("may vote", "0 SOUK, 70 SOUK more from era ")])?;
    cli.own(&["stake", "chill"]).await?.tells("the bond stays")?;
    let text = cli.own(&["stake"]).await?.text()?.to_string();
    aligned(
        &text,
        &[
            ("bond", "110 SOUK, 70 SOUK of it at stake"),
            ("for", "nobody: it earns nothing"),
            ("rewards go", "to its owner, free"),
            ("unbonding", "40 SOUK, free by era "),
            // Only stake that is at work votes.
            ("may vote", "nothing"),
        ],
    )?;
    let all = cli.run(&["--json", "stake", "validators"]).await?.json()?;
    let all = all.as_array().context("a list")?;
    ensure!(all.len() == 4 && all.iter().all(|one| one["elected"] == true), "{all:?}");
    let text = cli.run(&["stake", "validators"]).await?.text()?.to_string();
    ensure!(text.lines().count() == 4 && text.contains(&format!("{bob}  ")), "{text}");
    Ok(())
}

/// What was unbonded comes back when it was said to.
async fn withdraws(cli: &Souk) -> Result<()> {
    let deadline = Instant::now() + 2 * PATIENCE;
    loop {
        let view = cli.own(&["--json", "stake"]).await?.json()?;
        let bond = &view["bond"];
        if bond["withdrawable"] == units(40) {
            ensure!(bond["unlocking"].as_array().is_some_and(Vec::is_empty), "{view}");
            break;
        }
        ensure!(bond["withdrawable"] == "0" && Instant::now() < deadline, "{view}");
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    cli.own(&["stake", "withdraw"]).await?.tells("40 SOUK free again")?;
    cli.own(&["stake", "withdraw"]).await?.says(1, &["nothing was unbonded"])
}

/// Somebody joins a pool that somebody else made, and leaves a part of it.
async fn pools(chain: &Chain, cli: &Souk) -> Result<()> {
    let owner = || Ok::<_, anyhow::Error>(Address::Id(account("//Eve")?));
    let create = Call::new("NominationPools", "create")
        .arg("amount", Compact(50 * SOUK))
        .arg("root", owner()?)
        .arg("nominator", owner()?)
        .arg("bouncer", owner()?);
    chain.submit(&register::dev("//Eve")?, create).await?;
    cli.own(&["stake", "pool", "claim"]).await?.says(5, &["is in no pool"])?;
    cli.own(&["stake", "pool", "join", "7", "20"]).await?.says(5, &["there is no pool 7"])?;
    cli.own(&["stake", "pool", "join", "1", "0.5"]).await?.says(7, &["takes 1 SOUK at least", "0.5 SOUK"])?;
    let done = cli.own(&["--json", "stake", "pool", "join", "1", "20"]).await?.json()?;
    ensure!(done["pool"] == 1 && done["bonded"] == units(20), "{done}");
    cli.own(&["stake", "pool", "join", "1", "2"]).await?.tells("2 SOUK more at stake in pool 1")?;
    cli.own(&["stake", "pool", "leave", "21.5"])
        .await?
        .says(7, &["0.5 SOUK would be left", "21 SOUK at most"])?;
    cli.own(&["stake", "pool", "leave", "5"]).await?.tells("5 SOUK unbonded from pool 1, free by era ")?;
    cli.own(&["stake", "bond", "5"]).await?.says(1, &["is in pool 1", "either in a pool or on its own"])?;
    let view = cli.own(&["--json", "stake"]).await?.json()?;
    ensure!(view["pool"]["active"] == units(17) && view["bond"].is_null(), "{view}");
    ensure!(view["pool"]["unlocking"][0]["amount"] == units(5), "{view}");
    ensure!(view["power"]["pool"] == units(17), "{view}");
    let listed = cli.run(&["--json", "stake", "pools"]).await?.json()?;
    ensure!(listed[0]["members"] == 2 && listed[0]["stake"] == units(67), "{listed}");
    Ok(())
}

/// A referendum is voted in, by a voter and its delegate, and both take it back.
async fn votes([alice, bob, charlie, ferdie]: [Souk; 4]) -> Result<()> {
    bob.own(&["vote", "0", "aye", "1"]).await?.says(5, &["there is no referendum 0"])?;
    proposals(&alice).await?;

    let done = bob.own(&["--json", "vote", "0", "aye", "all", "--conviction", "2"]).await?.json()?;
    let amount = done["ballot"]["Standard"]["amount"].as_str().context("no ballot")?.to_string();
    ensure!(done["ballot"]["Standard"]["aye"] == true && amount.parse::<u128>()? >= 100_000 * SOUK, "{done}");
    let text = bob.run(&["referenda", "--track", "root"]).await?.text()?.to_string();
    aligned(
        &text,
        &[
            ("referendum", "0"),
            ("asks", "System.remark"),
            ("track", "root"),
            ("ayes", &format!("{}, nays 0 SOUK", souk(2 * amount.parse::<u128>()?))),
            ("approval", "that are asked when the decision begins: met"),
            ("stands", "nobody has put up the decision deposit of 10000 SOUK (souk referenda deposit 0)"),
        ],
    )?;
    let more = ["vote", "0", "aye", "900000"];
    bob.own(&more).await?.says(7, &["may vote with ", "and this is 900000 SOUK"])?;
    // What joined a pool a moment ago does not vote yet.
    let cold = ferdie.own(&["vote", "0", "aye", "1"]).await?;
    cold.says(7, &["0 SOUK, 17 SOUK more from era ", "this is 1 SOUK"])?;

    let delegate = ["vote", "delegate", "//Bob", "all", "--track", "root"];
    bob.own(&delegate).await?.says(1, &["your stake votes for you already"])?;
    charlie.own(&delegate).await?.tells("of yours on the track root")?;
    charlie.own(&["vote", "0", "nay", "1"]).await?.says(1, &["on the track root you delegate to "])?;
    let open = bob.run(&["--json", "referenda", "show", "0"]).await?.json()?;
    let tally = &open["state"]["Ongoing"]["tally"];
    ensure!(tally["support"].as_str().context("no tally")?.parse::<u128>()? >= 200_000 * SOUK, "{open}");
    charlie.own(&["vote", "undelegate", "--track", "Root"]).await?.tells("you vote for yourself again")?;
    charlie.own(&["vote", "unlock"]).await?.says(1, &["nothing to unlock: ", " stay locked until block "])?;

    bob.own(&["vote", "remove", "7"]).await?.says(5, &["has no vote in referendum 7"])?;
    bob.own(&["vote", "remove", "0"]).await?.tells("`souk vote unlock` frees what it locked")?;
    let done = bob.own(&["--json", "vote", "unlock"]).await?.json()?;
    ensure!(done["locked"] == "0", "{done}");
    let left = bob.own(&["--json", "vote", "status"]).await?.json()?;
    ensure!(left["votes"].as_array().is_some_and(Vec::is_empty), "{left}");
    ensure!(bob.own(&["vote", "0", "aye"]).await?.code == 2, "an amount is asked for");
    bob.own(&["vote", "delegate", "//Eve", "1", "--track", "x"])
        .await?
        .says(5, &["there is no track \"x\"", "root"])?;

    deposits(&alice, &ferdie).await
}

/// One that waits for its decision deposit, and one that is submitted with it.
async fn deposits(alice: &Souk, ferdie: &Souk) -> Result<()> {
    let submit = ["referenda", "submit", "--track", "killer", "--text", "no"];
    alice.own(&submit).await?.tells("1 SOUK are its deposits; 1 SOUK of them")?;
    alice.own(&["referenda", "refund", "1"]).await?.says(1, &["referendum 1 is open"])?;
    alice.own(&["referenda", "deposit", "1"]).await?.tells("5000 SOUK put up for referendum 1")?;
    ferdie.own(&["referenda", "deposit", "1"]).await?.says(1, &["has put up the decision deposit"])?;
    // Too long to be carried by the referendum itself.
    let long = "Shall there be more of it? ".repeat(9);
    let submit = ["--json", "referenda", "submit", "--track", "small_spender", "--text", &long, "--deposit"];
    let done = ferdie.own(&submit).await?.json()?;
    ensure!(done["decisionDeposit"] == true && done["deposits"] == units(101), "{done}");
    let open = ferdie.run(&["--json", "referenda", "show", "2"]).await?.json()?;
    let ongoing = &open["state"]["Ongoing"];
    ensure!(
        ongoing["proposal"]["call"] == "System.remark" && ongoing["phase"]["NoDeposit"].is_null(),
        "{open}"
    );
    let digest = done["digest"].as_str().context("no digest")?;
    alice.own(&["referenda", "unnote", digest]).await?.says(4, &["somebody else brought these bytes"])?;
    ferdie.own(&["referenda", "unnote", digest]).await?.tells("their deposit is free")?;
    ferdie.own(&["referenda", "unnote", digest]).await?.says(4, &["no bytes of that call"])
}

/// A text is put to the vote; what is no question is refused, and takes nothing.
async fn proposals(alice: &Souk) -> Result<()> {
    alice.run(&["referenda"]).await?.tells("no referenda")?;
    let submit = |track, rest: &[&'static str]| [&["referenda", "submit", "--track", track], rest].concat();
    alice.own(&submit("nowhere", &["--text", "x"])).await?.says(5, &["there is no track \"nowhere\""])?;
    for (call, why) in [("0x00", ""), ("0xffff", ""), ("0x000000ff", "1 bytes are left over")] {
        let refused = alice.own(&submit("root", &["--call", call])).await?;
        refused.says(1, &["no call of this chain's runtime", why])?;
    }
    alice.own(&submit("root", &["--call-file", "/nowhere"])).await?.says(1, &["--call-file /nowhere"])?;
    let poor = Souk { key: "//Newcomer".into(), ..alice.clone() };
    let text = ["--text", "x", "--deposit"];
    poor.own(&submit("root", &text)).await?.says(7, &["needs 10001.", "and has "])?;

    let done = alice.own(&[vec!["--json"], submit("root", &["--text", ""])].concat()).await?.json()?;
    ensure!(done["referendum"] == 0 && done["call"] == "System.remark", "{done}");
    ensure!(done["decisionDeposit"] == false && done["track"] == "root", "{done}");
    Ok(())
}

/// Who has earned nothing yet.
async fn rewards(cli: &Souk) -> Result<()> {
    cli.own(&["rewards", "claim"]).await?.says(1, &["has nothing to claim"])?;
    cli.own(&["rewards", "compound", "on"])
        .await?
        .says(5, &["is no provider", "only a provider has a bond that rewards can become"])?;
    let done = cli.own(&["--json", "rewards", "compound", "off"]).await?.json()?;
    ensure!(done["compound"] == false, "{done}");
    let view = cli.own(&["--json", "rewards"]).await?.json()?;
    ensure!(view["compound"] == false && view["accrued"] == "0", "{view}");
    let text = cli.own(&["rewards"]).await?.text()?.to_string();
    ensure!(!text.contains("compound"), "it has no bond: {text}");
    aligned(&text, &[("to claim", "nothing")])
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
