//! The rehearsal of an upgrade: the electorate votes a runtime with a changed pallet onto a live market, one of whose four
//! validators is away, while paid calls go on. Nothing is lost.
//!
//! Needs the program that has the other runtime's wasm: `scripts/build.sh` makes it beside the ordinary ones.

mod flight;
mod vote;

use anyhow::{bail, ensure, Context, Result};
use futures::{try_join, StreamExt};
use serde_json::json;
use souk_client::{calls::Call, Chain};
use souk_e2e::market::{
    books,
    consumer::Consumer,
    models, node,
    ports::Ports,
    register::{account, dev},
    staking,
    storage::{self, blake2, key},
    story::PEOPLE,
    Layout, Market,
};
use souk_primitives::{Balance, Digest, SpecId, SOUK};
use sp_core::crypto::Ss58Codec;
use std::{
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

/// What each voter stakes at genesis: it votes from the first block on.
const STAKE: Balance = 900_000 * SOUK;
/// What the others pay into their channels.
const DEPOSIT: Balance = 5 * SOUK;
/// Version of the rehearsal's runtime.
const VERSION: u64 = 1_000_000;
/// How long the upgrade may take: compiling the runtime on every node, and its migrations.
const UPGRADED: Duration = Duration::from_secs(180);
/// The longest that the chain may stand still meanwhile.
const PAUSE: Duration = Duration::from_secs(60);
/// How long batches may take to end.
const PATIENCE: Duration = Duration::from_secs(300);

fn say(text: &str) {
    println!("{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn electorate_upgrades_a_live_market_and_nothing_is_lost() -> Result<()> {
    let root = tempfile::tempdir()?;
    let mut market = Market::prepare(Layout::new(root.path())?, Ports::free()?)?;
    let code = rehearsal(&market.layout)?;
    node::make_chain_spec(&market.layout, &genesis()?)?;
    let chat = vec![models::test_models()?.remove(0)];
    market.start_nodes(&say).await?;
    market.start_sidecars(&chat, &say).await?;
    let spec = market.register(&chat, &say).await?[0];
    market.start_gateway()?;
    market.wait_gateway().await?;
    let result = upgrade(&mut market, spec, code).await;
    if result.is_err() {
        for process in &market.processes {
            println!("--- {}\n{}", process.name, process.log_tail(12));
        }
    }
    market.down()?;
    result
}

/// The wasm of the rehearsal's runtime.
fn rehearsal(layout: &Layout) -> Result<Vec<u8>> {
    let program = layout.binaries.rehearsal.as_ref();
    let out = Command::new(program.context("souk-rehearsal is not built: scripts/build.sh")?).output()?;
    ensure!(out.status.success(), "souk-rehearsal: {}", String::from_utf8_lossy(&out.stderr));
    Ok(out.stdout)
}

/// `local`, with validators whose stake can carry a referendum on the root track.
fn genesis() -> Result<serde_json::Value> {
    let mut stakers = Vec::new();
    for uri in ["//Alice", "//Bob", "//Charlie", "//Dave"] {
        let who = account(uri)?.to_ss58check();
        stakers.push(json!([who, who, u64::try_from(STAKE)?, "Validator"]));
    }
    Ok(json!({ "staking": { "stakers": stakers } }))
}

async fn upgrade(market: &mut Market, spec: SpecId, code: Vec<u8>) -> Result<()> {
    let chain = market.chain().await?;
    let (base_url, port, over) = (market.base_url(), market.ports.rpc[0], AtomicBool::new(false));
    let meanwhile = async {
        let span = vote_and_upgrade(market, &chain, spec, code).await?;
        over.store(true, Ordering::SeqCst);
        anyhow::Ok(span)
    };
    let (calls, (last, done)) = try_join!(flight::ask(&base_url, &over), meanwhile)?;
    say(&format!("{calls} calls were answered meanwhile, and none failed"));
    ensure!(calls > 0, "nothing was in flight");
    books::check(&chain, PATIENCE).await?;
    books::check_issuance(port, &chain, &chain.finalized().await?.hash).await?;
    check_pace(&chain, last, done).await
}

/// Gives the last block of the old runtime, and the block in which the new one's migrations ended.
async fn vote_and_upgrade(
    market: &mut Market,
    chain: &Chain,
    spec: SpecId,
    code: Vec<u8>,
) -> Result<(u32, u32)> {
    let port = market.ports.rpc[0];
    let hash = sp_crypto_hashing::blake2_256(&code);
    let (eve, ferdie) = (dev("//Eve")?, dev("//Ferdie")?);
    try_join!(
        Consumer::open(chain, &eve, "//Provider", spec, DEPOSIT),
        Consumer::open(chain, &ferdie, "//Provider", spec, DEPOSIT)
    )?;

    say("### one of four validators goes away; the others vote");
    market.process("node-dave")?.stop(Duration::from_secs(20))?;
    let gone = chain.finalized().await?.number;
    let poll = vote::pass(market, chain, &vote::authorise(&hash), STAKE, &vote::authorised()).await?;
    ensure!(vote::authorised_code(chain).await? == hash, "another code was authorised");

    vote::refund(market, poll).await?;

    say("### somebody brings the code");
    let apply = Call::new("System", "apply_authorized_upgrade").arg("code", code);
    let last = chain.submit(&dev("//Eve")?, apply).await?.block_number;
    say(&format!("block {last} is the last of the old runtime"));
    let done = migrated(chain, last).await?;
    say(&format!("block {done} ends the migrations"));
    check_migrations(chain, port, last, done).await?;

    let noted = staking::reported_offline(chain, gone, &account("//Dave")?, PATIENCE).await?;
    say(&format!("block {noted} says that //Dave is away; that costs nothing, as long as few are"));

    say("### the validator that was away comes back");
    market.start_node(3)?;
    let dave = market.ports.rpc[3];
    node::wait_finalised(dave, u64::from(done), PATIENCE).await?;
    let its = node::rpc(dave, "chain_getBlockHash", json!([done])).await?;
    ensure!(its == node::rpc(port, "chain_getBlockHash", json!([done])).await?, "it has another chain");
    Ok((last, done))
}

async fn hash_of(chain: &Chain, number: u32) -> Result<Digest> {
    chain.block_hash(number).await?.with_context(|| format!("no block {number}"))
}

/// The final block in which the migrations ended.
async fn migrated(chain: &Chain, from: u32) -> Result<u32> {
    let deadline = Instant::now() + UPGRADED;
    let mut blocks = chain.blocks_after(Some(from));
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(Some(head)) = tokio::time::timeout(left, blocks.next()).await else {
            bail!("the migrations did not end within {UPGRADED:?}");
        };
        for event in chain.events(&head.hash).await? {
            match (&*event.pallet, &*event.name) {
                ("Migrations", "UpgradeCompleted") => return Ok(head.number),
                ("Migrations", "UpgradeFailed") => bail!("a migration failed"),
                _ => {}
            }
        }
    }
}

/// What the new values hold is what the old state said, and no account lost anything over the migrations.
async fn check_migrations(chain: &Chain, port: u16, last: u32, done: u32) -> Result<()> {
    let (old, new) = (hash_of(chain, last).await?, hash_of(chain, done).await?);
    let version = node::rpc(port, "state_getRuntimeVersion", json!([])).await?;
    ensure!(version["specVersion"].as_u64() == Some(VERSION), "the runtime is {version}");
    ensure!(done - last > 3, "three channels were migrated in {} blocks", done - last);

    let before: Option<u64> = storage::read(chain, &old, &key("Channels", "ChannelCount")).await?;
    let noted: Option<u64> = storage::read(chain, &new, &key("Channels", "ChannelsBefore")).await?;
    ensure!(before.is_some() && noted == before, "{noted:?} channels were noted of {before:?}");
    let storage_version: Option<u16> =
        storage::read(chain, &new, &key("Channels", ":__STORAGE_VERSION__:")).await?;
    ensure!(storage_version == Some(2), "the storage's version is {storage_version:?}");

    let mut deposits: Balance = 0;
    for consumer in ["//Consumer", "//Eve", "//Ferdie"] {
        let channels: Vec<souk_primitives::views::ChannelView> =
            chain.call_at(&old, "SoukApi_channels", (account(consumer)?, 50u32)).await?;
        ensure!(!channels.is_empty(), "{consumer} has no channel");
        deposits += channels.iter().map(|channel| channel.deposit).sum::<Balance>();
    }
    let sum: Option<Balance> =
        storage::read(chain, &new, &blake2("Channels", "DepositsTo", account("//Provider")?.as_ref()))
            .await?;
    ensure!(sum == Some(deposits), "{sum:?} was migrated of {deposits}");

    // Nobody's transactions were taken in these blocks, and no deadline passed.
    let (before, after) =
        (books::check_issuance(port, chain, &old).await?, books::check_issuance(port, chain, &new).await?);
    for uri in PEOPLE.into_iter().chain(["//Eve", "//Ferdie"]) {
        let who = account(uri)?;
        let (had, has) = (before.get(&who), after.get(&who));
        ensure!(had.is_some() && has >= had, "{uri} had {had:?} and has {has:?}");
    }
    Ok(())
}

/// Between no two blocks around the upgrade was the pause too long.
async fn check_pace(chain: &Chain, last: u32, done: u32) -> Result<()> {
    let mut before: Option<u64> = None;
    let mut longest = 0;
    for number in last.saturating_sub(10)..=done {
        let at = hash_of(chain, number).await?;
        let now: Option<u64> = storage::read(chain, &at, &key("Timestamp", "Now")).await?;
        let now = now.context("a block without a time")?;
        longest = longest.max(now.saturating_sub(before.replace(now).unwrap_or(now)));
    }
    say(&format!("the longest pause between two blocks was {longest} ms"));
    ensure!(u128::from(longest) <= PAUSE.as_millis(), "the chain stood still for {longest} ms");
    Ok(())
}
