//! A running market: how long money is pending, what a batch costs the chain, what the programs take of the memory.

use super::{
    blocks::{Block, Reader, Transaction, Weight},
    client::Api,
    memory::Peaks,
    state::{self, Sizes},
    stats::Samples,
    Section, Setup, Table,
};
use crate::market::{
    ports::Ports,
    register::{account, dev},
    Layout, Market,
};
use anyhow::{bail, ensure, Context, Result};
use souk_client::{calls::balances, Event, SoukEvent};
use souk_primitives::{close::CloseReason, BatchId, SOUK};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// The question of every call.
const QUESTION: &str = "Tell me about a market.";
/// Tokens of an answer: at the demo's prices each answer is worth a settlement of its own.
const TOKENS: u32 = 48;
/// How long the batches of all calls may take to end.
const PATIENCE: Duration = Duration::from_secs(180);

/// One batch, by what its blocks say.
#[derive(Clone, Debug, Default)]
struct Life {
    settled: Option<(u32, u64)>,
    drawn: Option<u32>,
    ended: Option<(u32, u64)>,
    reason: Option<CloseReason>,
}

/// A stage of a batch: its name, what the state holds more than before the batch, and by item.
type Stage = (&'static str, i64, Vec<(String, i64)>);

/// What was read of all blocks so far.
#[derive(Default)]
struct Log {
    next: u32,
    lives: BTreeMap<BatchId, Life>,
    settles: Vec<Transaction>,
    commits: Vec<Transaction>,
    reveals: Vec<Transaction>,
    transfers: Vec<Transaction>,
    /// Seats of committees that gave no report in time.
    silent: usize,
}

impl Log {
    /// Reads the blocks up to the finalised one.
    async fn read(&mut self, reader: &Reader) -> Result<()> {
        let head = reader.chain().finalized().await?;
        while self.next <= head.number {
            let block = reader.block(self.next).await?;
            self.take(block);
            self.next += 1;
        }
        Ok(())
    }

    fn take(&mut self, block: Block) {
        let here = (block.head.number, block.time);
        let events = block.transactions.iter().flat_map(|t| &t.events).chain(&block.hooks);
        for event in events.filter_map(Event::souk) {
            match event {
                SoukEvent::BatchCommitted { batch, .. } => {
                    self.lives.entry(batch).or_default().settled = Some(here);
                }
                SoukEvent::AuditDrawn { batch, .. } => {
                    self.lives.entry(batch).or_default().drawn = Some(here.0);
                }
                SoukEvent::VerifierSilent { .. } => self.silent += 1,
                SoukEvent::BatchEnded { batch, reason, .. } => {
                    let life = self.lives.entry(batch).or_default();
                    life.ended = Some(here);
                    life.reason = Some(reason);
                }
                _ => {}
            }
        }
        for transaction in block.transactions {
            let one = |pallet, name| transaction.count(pallet, name) == 1;
            if one("Channels", "Settled") {
                self.settles.push(transaction);
            } else if one("Attestation", "ReportCommitted") {
                self.commits.push(transaction);
            } else if one("Attestation", "ReportRevealed") {
                self.reveals.push(transaction);
            } else if one("Balances", "Transfer") && !transaction.has("Channels", "ChannelOpened") {
                self.transfers.push(transaction);
            }
        }
    }

    fn open(&self) -> usize {
        self.lives.values().filter(|life| life.ended.is_none()).count()
    }

    /// Reads on until at least `batches` were settled and all of them have ended.
    async fn until_ended(&mut self, reader: &Reader, batches: usize) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.read(reader).await?;
            if self.lives.len() >= batches && self.open() == 0 {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("{} of {} batches have not ended", self.open(), self.lives.len());
            }
            tokio::time::sleep(Duration::from_millis(700)).await;
        }
    }
}

/// Measures the section.
pub async fn measure(setup: &Setup, say: &dyn Fn(&str)) -> Result<Section> {
    let root = tempfile::tempdir_in(&setup.folder)?;
    let mut market = Market::prepare(Layout::new(root.path())?, Ports::free()?)?;
    market.up(say).await?;
    let result = scenes(setup, &market, say).await;
    if result.is_err() {
        for process in &market.processes {
            eprintln!("--- {}\n{}", process.name, process.log_tail(5));
        }
    }
    market.down()?;
    result
}

async fn scenes(setup: &Setup, market: &Market, say: &dyn Fn(&str)) -> Result<Section> {
    let mut section = Section::new(setup, "market", "A running market");
    let reader = Reader::new(market.chain().await?, market.ports.rpc[0]);
    let mut log = Log { next: reader.chain().finalized().await?.number + 1, ..Log::default() };
    let gateway = Api::new(market.base_url())?;

    say("market: a transfer, and one call alone");
    reader.chain().submit(&dev("//Alice")?, balances::transfer(account("//Bob")?, SOUK)).await?;
    let mut idle = Peaks::default();
    idle.look(&market.processes);
    gateway.whole(QUESTION, TOKENS).await?;
    log.until_ended(&reader, 1).await?;
    idle.look(&market.processes);
    ensure!(log.lives.len() == 1, "one call made {} batches", log.lives.len());
    let alone = log.lives.values().next().cloned().context("no batch")?;
    let stages = stages(&reader, &alone).await?;

    let (together, calls) = (3, setup.pick(6, 2));
    say(&format!("market: {} calls, {together} at a time", together * calls));
    let mut busy = Peaks::default();
    let load = (0..together).map(|_| async {
        for _ in 0..calls {
            gateway.whole(QUESTION, TOKENS).await?;
        }
        anyhow::Ok(())
    });
    let mut load = Box::pin(futures::future::try_join_all(load));
    loop {
        tokio::select! {
            done = &mut load => break done.map(drop)?,
            () = tokio::time::sleep(Duration::from_secs(1)) => busy.look(&market.processes),
        }
    }
    say("market: until every batch has ended");
    let deadline = Instant::now() + PATIENCE;
    while log.open() > 0 || log.lives.len() < 2 {
        busy.look(&market.processes);
        log.read(&reader).await?;
        ensure!(Instant::now() < deadline, "{} batches have not ended", log.open());
        tokio::time::sleep(Duration::from_secs(1)).await;
    }

    time(&mut section, &log)?;
    bytes(&mut section, &log, &stages)?;
    weights(&mut section, &reader, &log).await?;
    memory(&mut section, &idle, &busy);
    section.how(format!(
        "The market of `./scripts/local.sh` (four validators, four sidecars, a gateway; blocks of 3 s, the `local` \
         preset's short windows), bought from through the gateway: one call alone, then {} calls, {together} at a time, {TOKENS} tokens \
         each. What is settled at once is a batch, and a provider's first ten are all audited. Everything is read from finalised blocks. {} \
         seats of the committees gave no report in time.",
        together * calls,
        log.silent
    ));
    Ok(section)
}

/// Bytes in state at each stage of a batch, against the block before its settlement.
async fn stages(reader: &Reader, life: &Life) -> Result<Vec<Stage>> {
    let settled = life.settled.context("not settled")?.0;
    let ended = life.ended.context("not ended")?.0;
    let before = state::sizes(reader, settled - 1).await?;
    let mut stages = Vec::new();
    let mut add = |name, sizes: &Sizes| {
        let (all, parts) = state::change(&before, sizes);
        stages.push((name, all, parts));
    };
    add("settled, not drawn yet", &state::sizes(reader, settled).await?);
    if let Some(drawn) = life.drawn {
        add("drawn", &state::sizes(reader, drawn).await?);
        add("all reports in, block before the end", &state::sizes(reader, ended - 1).await?);
    }
    add("ended, kept readable", &state::sizes(reader, ended).await?);
    Ok(stages)
}

fn time(section: &mut Section, log: &Log) -> Result<()> {
    let mut table = Table::new(
        "From settlement to release",
        &["how it ended", "batches", "blocks, median (middle half)", "most", "seconds, median (middle half)"],
    );
    let reasons: BTreeSet<String> =
        log.lives.values().filter_map(|l| l.reason).map(|r| format!("{r:?}")).collect();
    for reason in reasons {
        let (mut blocks, mut seconds) = (Samples::default(), Samples::default());
        for life in log.lives.values().filter(|life| life.reason.is_some_and(|r| format!("{r:?}") == reason))
        {
            if let (Some(settled), Some(ended)) = (life.settled, life.ended) {
                blocks.push(f64::from(ended.0 - settled.0));
                seconds.push((ended.1 - settled.1) as f64 / 1e3);
            }
        }
        ensure!(blocks.count() > 0, "an end without a settlement");
        table.row([
            reason.clone(),
            blocks.count().to_string(),
            blocks.short(0),
            format!("{:.0}", blocks.quantile(1.0)),
            seconds.short(0),
        ]);
        section.aim(
            &format!("blocks from settlement to release, {reason}"),
            "reported",
            format!("{:.0} blocks, {:.0} s", blocks.median(), seconds.median()),
            None,
        );
    }
    section.tables.push(table);
    Ok(())
}

fn length(transactions: &[Transaction]) -> Samples {
    transactions.iter().map(|transaction| transaction.bytes.len() as f64).collect()
}

fn bytes(section: &mut Section, log: &Log, stages: &[Stage]) -> Result<()> {
    let mut state =
        Table::new("Bytes in state for one batch, keys and values", &["stage", "bytes", "of these"]);
    for (name, all, parts) in stages {
        let parts: Vec<String> = parts.iter().map(|(item, size)| format!("{item} {size:+}")).collect();
        state.row([(*name).into(), all.to_string(), parts.join(", ")]);
    }
    let mut wire = Table::new("Bytes of transactions in blocks", &["transaction", "seen", "bytes, median"]);
    let mut lengths = BTreeMap::new();
    for (name, list) in [("settle", &log.settles), ("commit_verdict", &log.commits), ("reveal", &log.reveals)]
    {
        let length = length(list);
        wire.row([name.into(), length.count().to_string(), format!("{:.0}", length.median())]);
        lengths.insert(name, length.median());
    }
    let settle = lengths.get("settle").copied().unwrap_or(0.0);
    let report =
        lengths.get("commit_verdict").copied().unwrap_or(0.0) + lengths.get("reveal").copied().unwrap_or(0.0);
    wire.row(["a settled batch: settle".into(), String::new(), format!("{settle:.0}")]);
    wire.row([
        "an audited batch: settle, three commits, three reveals".into(),
        String::new(),
        format!("{:.0}", settle + 3.0 * report),
    ]);
    let (ended, open) = stages.split_last().context("no stages")?;
    let most = open.iter().map(|(_, all, _)| *all).max().unwrap_or(0);
    let first = stages.first().map_or(0, |(_, all, _)| *all);
    section.aim(
        "bytes on chain for a settled batch",
        "reported",
        format!("{settle:.0} in blocks, {first} in state while open"),
        None,
    );
    section.aim(
        "bytes on chain for an audited batch",
        "reported",
        format!(
            "{:.0} in blocks, at most {most} in state while open, {} while its end is kept readable",
            settle + 3.0 * report,
            ended.1
        ),
        None,
    );
    section.tables.extend([state, wire]);
    Ok(())
}

async fn weights(section: &mut Section, reader: &Reader, log: &Log) -> Result<()> {
    let mut table = Table::new(
        "Weights",
        &["transaction", "in its block: µs", "proof bytes", "call and extensions alone: µs", "proof bytes"],
    );
    let mut asked = Vec::new();
    for (name, list) in [
        ("transfer_keep_alive", &log.transfers),
        ("settle", &log.settles),
        ("commit_verdict", &log.commits),
        ("reveal", &log.reveals),
    ] {
        let found = list.iter().find_map(|transaction| Some((transaction, transaction.weight()?)));
        let Some((transaction, block)) = found else { continue };
        // A node asks no fee of an authorised call and may not answer for one.
        let alone: Option<Weight> = reader.asked_weight(&transaction.bytes).await.ok();
        let micros = |time: u64| format!("{:.1}", time as f64 / 1e6);
        table.row([
            name.into(),
            micros(block.time),
            block.proof.to_string(),
            alone.map(|weight| micros(weight.time)).unwrap_or_default(),
            alone.map(|weight| weight.proof.to_string()).unwrap_or_default(),
        ]);
        asked.push((name, block, alone));
    }
    let of = |wanted: &str| {
        let found = asked.iter().find(|(name, ..)| *name == wanted);
        let (_, block, alone) = found.with_context(|| format!("no {wanted} was seen"))?;
        anyhow::Ok((block.time, alone.context("the node gives no weight")?.time))
    };
    let (transfer, settle) = (of("transfer_keep_alive")?, of("settle")?);
    let whole = settle.0 as f64 / transfer.0.max(1) as f64;
    let alone = settle.1 as f64 / transfer.1.max(1) as f64;
    section.aim(
        "weight of `settle` against `transfer_keep_alive`",
        "under 3 ×",
        format!("{alone:.2} × (as blocks count them, with what every transaction costs, {whole:.2} ×)"),
        Some(alone < 3.0),
    );
    section.tables.push(table);
    Ok(())
}

fn memory(section: &mut Section, idle: &Peaks, busy: &Peaks) {
    let mut table = Table::new(
        "Memory in MiB: resident (share, where pages are shared)",
        &["program", "market up, hardly used", "most under load"],
    );
    let cell = |peaks: &Peaks, name: &str| {
        peaks.0.get(name).map(|m| format!("{:.0} ({:.0})", m.resident, m.proportional)).unwrap_or_default()
    };
    for name in idle.0.keys() {
        table.row([name.clone(), cell(idle, name), cell(busy, name)]);
    }
    for kind in ["node", "sidecar", "gateway"] {
        let most = |peaks: &Peaks| {
            peaks
                .0
                .iter()
                .filter(|(name, _)| name.starts_with(kind))
                .map(|(_, m)| m.resident)
                .fold(0.0, f64::max)
        };
        section.aim(
            &format!("memory of the largest {kind}, resident"),
            "reported",
            format!("{:.0} MiB hardly used, {:.0} MiB under load", most(idle), most(busy)),
            None,
        );
    }
    section.tables.push(table);
}
