//! Selling a large file on a running chain: how fast it is published and bought, what the programs take of the memory,
//! and what a purchase and a complaint weigh.

use super::{
    blocks::{Reader, Transaction},
    memory::{self, Memory},
    nginx, Section, Setup, Table,
};
use crate::market::{
    ports::Ports,
    program::Souk,
    register::{account, dev},
    shop::Shop,
    Layout, Market,
};
use anyhow::{ensure, Context, Result};
use serde_json::Value;
use souk_client::{calls::balances, SaleEvent};
use souk_primitives::SOUK;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

/// Between two looks at a program and its files.
const LOOK: Duration = Duration::from_millis(20);
/// The design's limit for sidecar and program, in MiB.
const MEMORY: f64 = 256.0;
/// What is sold by who cheats: a few chunks.
const SMALL: u64 = 300_000;
/// What is sold, and how.
const OFFERED: [&str; 6] = ["--kind", "dataset", "--offer", "perpetual:25", "--purpose", "research"];

/// Measures the section.
pub async fn measure(setup: &Setup, say: &dyn Fn(&str)) -> Result<Section> {
    let root = tempfile::tempdir_in(&setup.folder)?;
    let mut market = Market::prepare(Layout::new(root.path())?, Ports::free()?)?;
    market.start_nodes(say).await?;
    let result = scenes(setup, &mut market, root.path(), say).await;
    if result.is_err() {
        for process in &market.processes {
            eprintln!("--- {}\n{}", process.name, process.log_tail(5));
        }
    }
    market.down()?;
    result
}

async fn scenes(setup: &Setup, market: &mut Market, root: &Path, say: &dyn Fn(&str)) -> Result<Section> {
    let mut section = Section::new(setup, "sales", "Selling a file");
    let size: u64 = setup.pick(2 << 30, 128 << 20);
    let file = root.join("file");
    say(&format!("sales: making a file of {} MiB", size >> 20));
    make_file(&file, size, 1).await?;
    let shop = Shop::start(market, "shop", "//Publisher", None, 0).await?;
    let cheat = Shop::start(market, "cheat", "//Provider", Some("flipped-bit"), 1).await?;
    let reader = Reader::new(market.chain().await?, market.ports.rpc[0]);
    let from = reader.chain().finalized().await?.number + 1;

    say("sales: sha256sum, and curl from nginx");
    // Everything was just written, so nobody reads from the disk.
    let summed = timed("sha256sum", &[&file.display().to_string()]).await?;
    let fetched = nginx::fetch(setup, root, &file).await?;

    say("sales: publishing it");
    let published = publish(market, &shop, &file, size).await?;
    say("sales: buying it");
    let bought = buy(market, root, &shop, published.listing, size).await?;
    ensure!(
        souk_client::content::of_file(&file)? == souk_client::content::of_file(&bought.out)?,
        "what was bought is another file"
    );

    say("sales: buying from somebody who cheats");
    complain(market, root, &cheat).await?;
    reader.chain().submit(&dev("//Alice")?, balances::transfer(account("//Bob")?, SOUK)).await?;

    speeds(&mut section, size, summed, fetched, &published, &bought);
    memories(&mut section, &published, &bought);
    weights(&mut section, &reader, from).await?;
    section.how(format!(
        "Four validators, a seller's sidecar with a store on this disk, and the `souk` program, all on this machine. The file has {} MiB of \
         numbers that can't be compressed and was written just before, so that it is read from memory. Times are seen from outside, by the \
         files that the programs write, every {} ms; waiting for blocks is not in the rates. nginx serves the same file by `sendfile`, and curl \
         writes it to the same disk: neither hashes nor encrypts anything.",
        size >> 20,
        LOOK.as_millis()
    ));
    Ok(section)
}

/// Writes `size` bytes of noise (xorshift) and has them on the disk, so that nothing is written later.
async fn make_file(path: &Path, size: u64, seed: u64) -> Result<()> {
    let path = path.to_path_buf();
    tokio::task::spawn_blocking(move || {
        let mut out = std::io::BufWriter::with_capacity(1 << 20, std::fs::File::create(&path)?);
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut left = size;
        while left > 0 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let bytes = state.to_le_bytes();
            let part = left.min(8);
            out.write_all(&bytes[..part as usize])?;
            left -= part;
        }
        out.into_inner()?.sync_all()?;
        Ok(())
    })
    .await?
}

/// How long a command takes.
async fn timed(program: &str, arguments: &[&str]) -> Result<Duration> {
    let begun = Instant::now();
    let status = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .with_context(|| format!("run {program}"))?;
    ensure!(status.success(), "{program} failed");
    Ok(begun.elapsed())
}

/// The most of two looks at a program.
fn most(peak: Memory, pid: i32) -> Memory {
    let now = memory::of(pid).unwrap_or_default();
    Memory {
        resident: peak.resident.max(now.resident),
        proportional: peak.proportional.max(now.proportional),
    }
}

/// A program that was watched.
struct Watched {
    json: Value,
    took: Duration,
    program: Memory,
    sidecar: Memory,
}

/// Runs `souk` to its end and calls `look` again and again with the time since its start.
async fn watch(
    market: &Market,
    shop: &Shop,
    key: &str,
    arguments: &[&str],
    mut look: impl FnMut(Duration),
) -> Result<Watched> {
    let program = Souk::dev(market, key);
    let command = program.command(&[&["--key", key], arguments].concat());
    let begun = Instant::now();
    let child = tokio::process::Command::from(command)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).context("no process id")?;
    let shop = market.process(&shop.name)?.pid;
    let (mut own, mut sidecar) = (Memory::default(), Memory::default());
    let mut output = Box::pin(child.wait_with_output());
    let output = loop {
        tokio::select! {
            ended = &mut output => break ended?,
            () = tokio::time::sleep(LOOK) => {
                own = most(own, pid);
                sidecar = most(sidecar, shop);
                look(begun.elapsed());
            }
        }
    };
    ensure!(output.status.success(), "souk failed: {}", String::from_utf8_lossy(&output.stderr));
    let json = serde_json::from_slice(&output.stdout).context("no JSON")?;
    Ok(Watched { json, took: begun.elapsed(), program: own, sidecar })
}

/// Bytes of the files in a folder and below.
fn bytes_in(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => bytes_in(&entry.path()),
            _ => entry.metadata().map_or(0, |found| found.len()),
        })
        .sum()
}

struct Published {
    listing: u64,
    /// From its start to the first byte in the store, and on to the last one.
    hashed: Duration,
    stored: Duration,
    watched: Watched,
}

async fn publish(market: &Market, shop: &Shop, file: &Path, size: u64) -> Result<Published> {
    let arguments = shop.publishing(file, "a large file", &OFFERED);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (mut first, mut last) = (None, None);
    let store = shop.store();
    let watched = watch(market, shop, &shop.uri, &arguments, |at| {
        let here = bytes_in(&store);
        if here > 0 && first.is_none() {
            first = Some(at);
        }
        if here >= size && last.is_none() {
            last = Some(at);
        }
    })
    .await?;
    let (first, last) = (first.context("nothing was stored")?, last.context("not all was stored")?);
    let listing = watched.json["listing"].as_u64().context("no listing")?;
    Ok(Published { listing, hashed: first, stored: last - first, watched })
}

struct Bought {
    out: PathBuf,
    fetched: Duration,
    unlocked: Duration,
    watched: Watched,
}

/// Bytes of a file beside `out` whose name ends so.
fn beside(out: &Path, ending: &str) -> Option<u64> {
    let entries = std::fs::read_dir(out.parent()?).ok()?;
    let found = entries.filter_map(Result::ok).find(|e| e.file_name().to_string_lossy().ends_with(ending))?;
    found.metadata().ok().map(|found| found.len())
}

async fn buy(market: &Market, root: &Path, shop: &Shop, listing: u64, size: u64) -> Result<Bought> {
    let folder = root.join("bought");
    std::fs::create_dir_all(&folder)?;
    let (out, data, number) = (folder.join("file"), root.join("purchases"), listing.to_string());
    let (text, purchases) = (out.display().to_string(), data.display().to_string());
    let arguments = ["--json", "buy", &number, "--purpose", "research", "--out", &text];
    let arguments = [&arguments[..], &["--data-dir", &purchases, "--yes", "--dev"]].concat();
    let (mut begun, mut whole, mut opening, mut there) = (None, None, None, None);
    let watched = watch(market, shop, "//Consumer", &arguments, |at| {
        let copy = beside(&out, "souk-copy").unwrap_or(0);
        if copy > 0 && begun.is_none() {
            begun = Some(at);
        }
        if copy > size && whole.is_none() {
            whole = Some(at);
        }
        if opening.is_none() && beside(&out, "souk-part").is_some() {
            opening = Some(at);
        }
        if there.is_none() && out.exists() {
            there = Some(at);
        }
    })
    .await?;
    let fetched = whole.context("the copy never came")? - begun.context("no copy was begun")?;
    let unlocked = there.context("there is no file")? - opening.context("nothing was decrypted")?;
    Ok(Bought { out, fetched, unlocked, watched })
}

/// Buys from a shop that flips a bit; fails unless that ends in an upheld complaint.
async fn complain(market: &Market, root: &Path, shop: &Shop) -> Result<()> {
    let file = root.join("small");
    make_file(&file, SMALL, 2).await?;
    let published = shop.publish(market, &file, "a small file", &OFFERED).await?.json()?;
    let listing = published["listing"].to_string();
    let (out, data) =
        (root.join("never").display().to_string(), root.join("purchases").display().to_string());
    let arguments = ["--json", "buy", &listing, "--purpose", "research", "--out", &out];
    let arguments = [&arguments[..], &["--data-dir", &data, "--yes", "--dev"]].concat();
    let ended = Souk::dev(market, "//Consumer").own(&arguments).await?;
    ensure!(
        ended.code != 0 && ended.err.contains("upheld"),
        "no upheld complaint: {}{}",
        ended.out,
        ended.err
    );
    Ok(())
}

fn speeds(
    section: &mut Section,
    size: u64,
    summed: Duration,
    fetched: Option<Duration>,
    published: &Published,
    bought: &Bought,
) {
    let rate = |time: Duration| size as f64 / 1e6 / time.as_secs_f64().max(1e-9);
    let publishing = published.hashed + published.stored;
    let buying = bought.fetched + bought.unlocked;
    let mut table = Table::new("Speeds", &["what", "s", "MB/s"]);
    let mut row = |what: &str, time: Duration| {
        table.row([what.into(), format!("{:.1}", time.as_secs_f64()), format!("{:.0}", rate(time))]);
    };
    row("sha256sum of the file", summed);
    if let Some(fetched) = fetched {
        row("curl from nginx, to the disk", fetched);
    }
    row("publish: hashed", published.hashed);
    row("publish: brought to the store and checked there", published.stored);
    row("publish: both", publishing);
    row("buy: fetched (encrypted on the way), every chunk checked", bought.fetched);
    row("buy: decrypted and checked", bought.unlocked);
    row("buy: both", buying);
    row("publish, with all waiting for final blocks", published.watched.took);
    row("buy, with all waiting for final blocks and the copy's preparation", bought.watched.took);
    section.tables.push(table);
    section.aim(
        "publishing a file against sha256sum of it",
        "reported",
        format!("{:.2} × ({:.0} MB/s)", rate(publishing) / rate(summed), rate(publishing)),
        None,
    );
    if let Some(fetched) = fetched {
        let share = rate(buying) / rate(fetched);
        section.aim(
            "buying a file, encryption and proofs included, against plain curl from nginx",
            "at least 0.5 ×",
            format!("{share:.2} × ({:.0} of {:.0} MB/s)", rate(buying), rate(fetched)),
            Some(share >= 0.5),
        );
    }
}

fn memories(section: &mut Section, published: &Published, bought: &Bought) {
    let mut table = Table::new("Memory at most, MiB resident", &["while", "souk", "the seller's sidecar"]);
    let mut worst: f64 = 0.0;
    for (name, watched) in [("publishing", &published.watched), ("buying", &bought.watched)] {
        let (program, sidecar) = (watched.program.resident, watched.sidecar.resident);
        worst = worst.max(program).max(sidecar);
        table.row([name.into(), format!("{program:.0}"), format!("{sidecar:.0}")]);
    }
    section.tables.push(table);
    section.aim(
        "memory of sidecar and program while a large file is sold",
        "under 256 MiB",
        format!("{worst:.0} MiB"),
        Some(worst < MEMORY),
    );
}

/// Weights of a purchase's transactions, of a complaint and of a transfer.
async fn weights(section: &mut Section, reader: &Reader, from: u32) -> Result<()> {
    let mut transactions: Vec<Transaction> = Vec::new();
    for number in from..=reader.chain().finalized().await?.number {
        transactions.extend(reader.block(number).await?.transactions);
    }
    let ended_by_fault = |transaction: &&Transaction| {
        transaction
            .events
            .iter()
            .any(|event| matches!(event.sale(), Some(SaleEvent::PurchaseEnded { fault: Some(_), .. })))
    };
    let complaint = transactions.iter().find(ended_by_fault).context("no complaint was seen")?;
    let find = |pallet: &str, event: &str| {
        let found = transactions.iter().find(|transaction| transaction.count(pallet, event) == 1);
        found.with_context(|| format!("no transaction with {pallet}.{event} was seen"))
    };
    let transfer = transactions
        .iter()
        .find(|t| t.has("Balances", "Transfer") && !t.has("Licensing", "PurchaseEnded"))
        .context("no transfer was seen")?;
    let unit = transfer.weight().context("no weight")?.time as f64;
    let mut table = Table::new("Weights in blocks", &["transaction", "µs", "× transfer_keep_alive", "bytes"]);
    let mut life = 0.0;
    for (name, transaction, counts) in [
        ("transfer_keep_alive", transfer, false),
        ("purchase", find("Licensing", "Ordered")?, true),
        ("offer_copy", find("Licensing", "CopyOffered")?, true),
        ("accept_copy", find("Licensing", "CopyAccepted")?, true),
        ("reveal_key", find("Licensing", "KeyRevealed")?, true),
        ("settle", find("Licensing", "LicenceIssued")?, true),
        ("complain", complaint, false),
    ] {
        let time = transaction.weight().with_context(|| format!("{name} has no weight"))?.time as f64;
        if counts {
            life += time;
        }
        table.row([
            name.into(),
            format!("{:.0}", time / 1e6),
            format!("{:.2}", time / unit),
            transaction.bytes.len().to_string(),
        ]);
    }
    table.row([
        "a purchase's whole life".into(),
        format!("{:.0}", life / 1e6),
        format!("{:.2}", life / unit),
        String::new(),
    ]);
    section.tables.push(table);
    let heavy = complaint.weight().context("no weight")?.time as f64 / unit;
    section.aim(
        "weight of a complaint against `transfer_keep_alive`",
        "reported",
        format!("{heavy:.2} ×"),
        None,
    );
    section.aim(
        "weight of a purchase's whole life",
        "reported",
        format!("{:.2} ms, {:.1} transfers", life / 1e9, life / unit),
        None,
    );
    Ok(())
}
