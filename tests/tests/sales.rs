//! Sales on a real network: a file published, found, bought while both sides are killed again and again, and licensed;
//! and each seller who cheats, with what its buyer gets back.
//!
//! Needs the sidecar that can cheat: `scripts/build.sh` makes it beside the ordinary one.

use anyhow::{bail, ensure, Context, Result};
use futures::future::try_join_all;
use serde_json::Value;
use souk_client::{souk, Chain};
use souk_e2e::market::{
    ports::Ports,
    program::{Ended, Souk},
    register::{self, account},
    shop::{Mortal, Shop},
    Layout, Market,
};
use souk_primitives::{licence::Purposes, ListingId, SOUK};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Price of everything here.
const PRICE: u128 = 25 * SOUK;
/// Part of it, in whole units, that at least is the bond: 20 %.
const BOND: u128 = 5 * SOUK;
/// More than all fees of a purchase, without a complaint's.
const FEES: u128 = SOUK;
/// How long anything may take to become final.
const PATIENCE: Duration = Duration::from_secs(120);
/// The honest seller.
const HONEST: &str = "honest";
/// The seller that stops in the middle of every answer.
const STARVE: &str = "starve";

/// How each cheat ends: the words of the failure, and whether the seller's bond goes to the buyer.
const CHEATS: &[(&str, &[&str], bool)] = &[
    ("other-bytes", &["cheated (Bytes)", "upheld"], true),
    ("flipped-bit", &["cheated (Bytes)", "upheld"], true),
    ("broken-tag", &["cheated (Tag)", "upheld"], true),
    ("wrong-commitment", &["cheated (Seal)", "upheld"], true),
    ("wrong-seal", &["cheated (Seal)", "upheld"], true),
    ("other-key", &["cheated (Tag)", "upheld"], true),
    ("no-key", &["no key in time"], true),
    ("late-key", &["no key in time"], true),
    ("no-copy", &["no copy in time"], false),
];

/// The cheats of a run that is not told to be a full one: a copy of other bytes, and a key that opens nothing.
const USUAL: &[&str] = &["flipped-bit", "wrong-seal"];

/// Whether `SOUK_CHEATS` names this one. Without it, a full run (`scripts/test.sh --full`) has all of them.
fn is_wanted(kind: &str) -> bool {
    match std::env::var("SOUK_CHEATS") {
        Ok(names) => names.split(',').any(|name| name == kind),
        Err(_) => std::env::var_os("SOUK_TEST_FULL").is_some() || USUAL.contains(&kind),
    }
}

fn say(text: &str) {
    println!("{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn files_are_sold_and_cheats_pay_for_it() -> Result<()> {
    let root = tempfile::tempdir()?;
    let mut market = Market::prepare(Layout::new(root.path())?, Ports::free()?)?;
    market.start_nodes(&say).await?;
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
    let cheats: Vec<_> = CHEATS.iter().filter(|(name, ..)| is_wanted(name)).collect();
    let mut kinds: Vec<&str> = vec![HONEST];
    kinds.extend(cheats.iter().map(|(name, ..)| *name));
    if is_wanted(STARVE) {
        kinds.push(STARVE);
    }
    let people: Vec<String> = kinds.iter().flat_map(|kind| [seller(kind), buyer(kind)]).collect();
    register::endow(&chain, &people, 1_000 * SOUK).await?;
    let mut shops = Vec::new();
    for (i, kind) in kinds.iter().enumerate() {
        shops.push(start_shop(market, kind, i % 4).await?);
    }
    say("### bad input");
    bad_input(market, root, &shops[0]).await?;

    say("### an honest seller, a killed buyer; sellers that starve and cheat meanwhile");
    let (market, chain) = (&*market, &chain);
    let honest = honest(market, chain, root, &shops[0]);
    let starved = async {
        match shops.iter().find(|shop| shop.uri == seller(STARVE)) {
            Some(shop) => starved(market, root, shop).await,
            None => Ok(()),
        }
    };
    let cheated =
        try_join_all(cheats.iter().zip(&shops[1..]).map(|((kind, words, bond), shop)| async move {
            let done = cheated(market, chain, root, shop, kind, words, *bond).await;
            done.with_context(|| kind.to_string())
        }));
    let (honest, starved, cheated) = tokio::join!(honest, starved, cheated);
    honest.context("the honest seller")?;
    starved.context("the seller that starves")?;
    cheated?;
    for row in chain.solvency().await? {
        ensure!(row.held == row.owed, "{} {}: {} held, {} owed", row.pallet, row.purpose, row.held, row.owed);
    }
    Ok(())
}

fn seller(kind: &str) -> String {
    format!("//{kind}")
}

fn buyer(kind: &str) -> String {
    format!("//{kind}//buyer")
}

async fn start_shop(market: &mut Market, kind: &str, node: usize) -> Result<Shop> {
    let cheat = (kind != HONEST).then_some(kind);
    Shop::start(market, &format!("shop-{kind}"), &seller(kind), cheat, node).await
}

/// A file of its own kind.
fn make_file(root: &Path, kind: &str) -> Result<PathBuf> {
    let path = root.join(format!("{kind}.bin"));
    let seed = kind.bytes().fold(7u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let bytes: Vec<u8> =
        (0..300_000u32).map(|i| (i.wrapping_add(seed).wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    std::fs::write(&path, bytes)?;
    Ok(path)
}

async fn publish(market: &Market, shop: &Shop, file: &Path, name: &str, offer: &str) -> Result<Ended> {
    let what = ["--kind", "dataset", "--summary", "Made for a test.", "--tag", "e2e"];
    let sold = ["--offer", offer, "--purpose", "research,inference"];
    shop.publish(market, file, name, &[&what[..], &sold].concat()).await
}

fn buy(root: &Path, kind: &str, listing: ListingId, out: &Path) -> Vec<String> {
    let data = root.join(format!("purchases-{kind}"));
    let (listing, out, data) = (listing.to_string(), out.display().to_string(), data.display().to_string());
    ["--json", "buy", &listing, "--purpose", "research", "--out", &out, "--data-dir", &data, "--yes", "--dev"]
        .map(String::from)
        .to_vec()
}

async fn run(program: &Souk, arguments: &[String]) -> Result<Ended> {
    program.own(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await
}

fn listing_of(published: &Value) -> Result<ListingId> {
    published["listing"].as_u64().with_context(|| format!("no listing: {published}"))
}

/// Refused before anything is sent, in a sentence.
async fn bad_input(market: &Market, root: &Path, shop: &Shop) -> Result<()> {
    let file = make_file(root, "bad-input")?;
    let empty = root.join("empty");
    std::fs::write(&empty, b"")?;
    let missing = root.join("missing");
    publish(market, shop, &missing, "a", "perpetual:1").await?.says(1, &["missing"])?;
    publish(market, shop, &empty, "a", "perpetual:1").await?.says(1, &["is empty"])?;
    publish(market, shop, &file, "a", "perpetual:1.0000000000001").await?.says(1, &["13 decimals"])?;
    publish(market, shop, &file, "a", "lease:0d:1").await?.says(1, &["at least a block"])?;
    publish(market, shop, &file, &"x".repeat(65), "perpetual:1").await?.says(1, &["65 bytes; 64 fit"])?;
    let program = Souk::dev(market, &buyer(HONEST));
    let nothing = buy(root, "bad-input", 999_999, &root.join("nothing"));
    run(&program, &nothing).await?.says(5, &["no listing 999999"])?;
    program.own(&["listing", "show", "999999"]).await?.says(5, &["no listing 999999"])?;
    let bad = program.own(&["buy", "1", "--purpose", "reading"]).await?;
    ensure!(bad.code == 2 && bad.err.contains("no purpose"), "{}", bad.err);
    Ok(())
}

/// A file is published twice and listed once, found, bought by a program that is killed, and licensed.
async fn honest(market: &Market, chain: &Chain, root: &Path, shop: &Shop) -> Result<()> {
    let file = make_file(root, HONEST)?;
    let name = "honest numbers";
    let published = publish(market, shop, &file, name, "perpetual:25").await?.json()?;
    let listing = listing_of(&published)?;
    ensure!(published["sentBytes"] == 300_000, "{published}");
    let again = publish(market, shop, &file, name, "perpetual:25").await?.json()?;
    ensure!(listing_of(&again)? == listing && again["transaction"].is_null(), "listed twice: {again}");
    ensure!(again["sentBytes"] == 0, "sent twice: {again}");

    let program = Souk::dev(market, &buyer(HONEST));
    found(&program, listing).await?;
    let text = program.own(&["listing", "show", &listing.to_string()]).await?.text()?.to_string();
    ensure!(
        text.contains(name) && text.contains("25 SOUK for ever") && text.contains(&shop.endpoint),
        "{text}"
    );

    let who = account(&buyer(HONEST))?;
    let before = chain.balance(&who).await?;
    let out = root.join("honest.out");
    let arguments = buy(root, HONEST, listing, &out);
    let mut mortal = shop.take_over(market)?;
    let ended = killed_again_and_again(&program, &arguments, &mut mortal).await?;
    ensure!(ended["reason"] == "Delivered", "{ended}");
    ensure!(std::fs::read(&out)? == std::fs::read(&file)?, "the file is another one");
    let bought = chain.all_purchases(&who).await?;
    ensure!(bought.len() == 1, "bought {} times", bought.len());
    let after = chain.balance(&who).await?;
    let spent = (before.free + before.held).saturating_sub(after.free + after.held);
    ensure!((PRICE..PRICE + FEES).contains(&spent), "{} were spent", souk(spent));
    ensure!(chain.is_licensed(&who, listing, Purposes::RESEARCH).await?, "no licence");
    ensure!(!chain.is_licensed(&who, listing, Purposes::COMMERCIAL).await?, "a licence for something else");
    let licences = program.own(&["--json", "licences"]).await?.json()?;
    ensure!(licences[0]["id"] == ended["licence"] && licences[0]["listing"] == listing, "{licences}");

    let once_more = run(&program, &arguments).await?.json()?;
    ensure!(once_more["alreadyBought"] == true, "{once_more}");
    ensure!(chain.all_purchases(&who).await?.len() == 1, "the same command bought twice");
    Ok(())
}

/// The node's index finds it, when it has come to that block.
async fn found(program: &Souk, listing: ListingId) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let page =
            program.own(&["--json", "listing", "search", "honest", "numbers", "--kind", "dataset"]).await?;
        if page.code == 0 && page.json()?["results"][0]["id"] == listing {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!("it is not found: {page:?}");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// SIGKILL of the buyer after ever longer times, and of the seller every second time, until the buyer comes to its end.
async fn killed_again_and_again(program: &Souk, arguments: &[String], seller: &mut Mortal) -> Result<Value> {
    for round in 0..14u64 {
        let allowed = Duration::from_millis(700 + 1_300 * round);
        // Dropping the future kills the program.
        match tokio::time::timeout(allowed, run(program, arguments)).await {
            Ok(ended) => {
                ensure!(round > 1, "it was never killed");
                return ended?.json();
            }
            Err(_) => {
                say(&format!("killed after {allowed:?}"));
                if round % 2 == 1 {
                    seller.restart()?;
                }
                // The system ends it in its own time.
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        }
    }
    bail!("it did not come to its end")
}

/// A seller that stops in the middle of every answer sells all the same.
async fn starved(market: &Market, root: &Path, shop: &Shop) -> Result<()> {
    let file = make_file(root, STARVE)?;
    let published = publish(market, shop, &file, "starved numbers", "perpetual:25").await?.json()?;
    let out = root.join("starve.out");
    let program = Souk::dev(market, &buyer(STARVE));
    let ended = run(&program, &buy(root, STARVE, listing_of(&published)?, &out)).await?.json()?;
    ensure!(ended["reason"] == "Delivered", "{ended}");
    ensure!(std::fs::read(&out)? == std::fs::read(&file)?, "the file is another one");
    Ok(())
}

/// A seller that cheats: its buyer gets everything back by itself, and the bond where there is one.
async fn cheated(
    market: &Market,
    chain: &Chain,
    root: &Path,
    shop: &Shop,
    kind: &str,
    words: &[&str],
    bond: bool,
) -> Result<()> {
    let file = make_file(root, kind)?;
    let published = publish(market, shop, &file, kind, "perpetual:25:deliver=36s").await?.json()?;
    let listing = listing_of(&published)?;
    let who = account(&buyer(kind))?;
    let before = chain.balance(&who).await?.free;
    let out = root.join(format!("{kind}.out"));
    let mut arguments = buy(root, kind, listing, &out);
    arguments.remove(0);
    let program = Souk::dev(market, &buyer(kind));
    let ended = run(&program, &arguments).await?;
    // What it agreed to is told before the failure.
    ensure!(ended.code == 8, "{ended:?}");
    for word in words {
        ensure!(ended.err.contains(word), "{word:?} is not in: {}", ended.err);
    }
    let after = chain.balance(&who).await?;
    let least = if bond { before + BOND - FEES } else { before - FEES };
    ensure!(after.free >= least && after.held == 0, "{} before, {after:?} after", souk(before));
    ensure!(!out.exists(), "a file with a fault has a name");
    ensure!(!chain.is_licensed(&who, listing, Purposes::RESEARCH).await?, "a licence for nothing");
    say(&format!("{kind}: {}", ended.err.lines().last().unwrap_or_default()));
    Ok(())
}
