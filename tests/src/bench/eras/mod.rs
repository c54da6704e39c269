//! What an era's change takes of a block, and how good its election is.

mod crowd;
mod quality;
mod runtime;

use super::{stats::Samples, Section, Setup, Table};
use crate::market::binaries::Binaries;
use anyhow::{ensure, Context, Result};
use crowd::{Crowd, SOUK};
use quality::{elected, judge, solve, Quality, Solver};
use runtime::{Cost, Runtime};
use std::time::Instant;

/// Seed of the crowds.
const SEED: u64 = 4;
/// Blocks after an era's change in which its stakers are paid and old rows forgotten.
const AFTER: u32 = 160;
/// Picoseconds that a block may weigh: a second.
const BLOCK: f64 = 1e12;

/// The blocks of one crowd, from genesis until an era was elected, has begun, and the one before it was paid.
struct Run {
    /// Every block's cost.
    blocks: Vec<(u32, Cost)>,
    /// The block that elects.
    election: u32,
    /// The block in which the new era begins.
    begin: u32,
    /// What was elected.
    quality: Quality,
}

fn code() -> Result<Vec<u8>> {
    let wasm = Binaries::find()?.node.with_file_name("wbuild").join("souk-runtime/souk_runtime.compact.wasm");
    std::fs::read(&wasm).with_context(|| format!("{}: ./scripts/build.sh makes it", wasm.display()))
}

fn era(chain: &mut Runtime, item: &str) -> Result<u32> {
    // `ActiveEra` is an index and a time, `CurrentEra` an index.
    Ok(chain.value::<u32>("Staking", item)?.unwrap_or_default())
}

fn run(crowd: &Crowd, code: Vec<u8>) -> Result<Run> {
    let mut chain = Runtime::new(code, "local", crowd.genesis(), crowd.seats)?;
    let (planned, active) = (era(&mut chain, "CurrentEra")?, era(&mut chain, "ActiveEra")?);
    ensure!(planned == active, "an election is under way at genesis");
    let mut blocks = Vec::new();
    let (mut election, mut begin) = (None, None);
    for number in 1.. {
        blocks.push((number, chain.block()?));
        if election.is_none() && era(&mut chain, "CurrentEra")? > planned {
            election = Some(number);
        }
        if begin.is_none() && era(&mut chain, "ActiveEra")? > active {
            begin = Some(number);
        }
        match begin {
            Some(begin) if number >= begin + AFTER => break,
            None => ensure!(number < 10_000, "no era ended"),
            _ => {}
        }
    }
    let supports = elected(&mut chain, planned + 1)?;
    ensure!(supports.len() == crowd.seats as usize, "{} elected", supports.len());
    let quality = judge(crowd, &supports);
    Ok(Run { blocks, election: election.context("no election")?, begin: begin.context("no era")?, quality })
}

impl Run {
    fn cost(&self, number: u32) -> Cost {
        self.blocks[number as usize - 1].1
    }

    /// Blocks of an ordinary session: before the election, without the first.
    fn empty(&self) -> impl Iterator<Item = Cost> + '_ {
        self.blocks.iter().filter(|(number, _)| (2..self.election).contains(number)).map(|(_, cost)| *cost)
    }

    /// Blocks after the era's change that weigh more than twice the dearest ordinary one: what is paid page by page.
    fn payouts(&self) -> Vec<Cost> {
        let usual = self.empty().map(|cost| cost.weight).max().unwrap_or_default();
        let after = self.blocks.iter().filter(|(number, _)| *number > self.begin).map(|(_, cost)| *cost);
        after.filter(|cost| cost.weight > 2 * usual).collect()
    }
}

fn millis(cost: Cost) -> f64 {
    cost.time.as_secs_f64() * 1_000.0
}

fn souks(units: u128) -> String {
    format!("{:.0}", units as f64 * 1e6 / SOUK as f64)
}

fn blocks(crowd: &Crowd, run: &Run) -> Table {
    let title = format!(
        "{} nominators, {} candidates, {} seats",
        crowd.nominators.len(),
        crowd.candidates.len(),
        crowd.seats
    );
    let mut table =
        Table::new(title, &["block", "weight, ms", "of a block's 1 s", "wall time, ms", "× empty"]);
    let mut times = Samples::default();
    let mut weights = Samples::default();
    for cost in run.empty() {
        times.push(millis(cost));
        weights.push(cost.weight as f64 / 1e9);
    }
    let empty = times.median();
    let mut row = |name: String, weight: f64, time: f64| {
        let share = format!("{:.1} %", weight * 1e9 / BLOCK * 100.0);
        table.row([
            name,
            format!("{weight:.2}"),
            share,
            format!("{time:.2}"),
            format!("{:.1}", time / empty),
        ]);
    };
    row("empty (median)".into(), weights.median(), empty);
    let one = |cost: Cost| (cost.weight as f64 / 1e9, millis(cost));
    let (weight, time) = one(run.cost(run.election));
    row("a session ends, and the next era is elected".into(), weight, time);
    let (weight, time) = one(run.cost(run.begin));
    row("a session ends, and the era begins that was elected before".into(), weight, time);
    let paid = run.payouts();
    if let Some(most) = paid.iter().max_by_key(|cost| cost.weight) {
        let (weight, time) = one(*most);
        row(format!("stakers are paid: the dearest of {} blocks", paid.len()), weight, time);
    }
    table
}

fn elections(crowd: &Crowd, run: &Run) -> Result<Table> {
    let mut table = Table::new(
        "The election of the first crowd beside other solvers",
        &["solver", "least backed, SOUK", "sum, SOUK", "Σ of squares, to the chain's", "PJR", "time, ms"],
    );
    let base = run.quality.score.sum_stake_squared as f64;
    let mut row = |name: &str, quality: Quality, time: String| {
        table.row([
            name.into(),
            souks(quality.score.minimal_stake),
            souks(quality.score.sum_stake),
            format!("{:.3}", quality.score.sum_stake_squared as f64 / base),
            if quality.is_just { "holds" } else { "**broken**" }.into(),
            time,
        ]);
    };
    row("what the chain elected", run.quality, String::new());
    for (name, solver) in [
        ("sequential Phragmén, as it is", Solver::Phragmen(0)),
        ("and 10 rounds of evening out", Solver::Phragmen(10)),
        ("PhragMMS and 10 rounds", Solver::Phragmms(10)),
    ] {
        let begun = Instant::now();
        let supports = solve(crowd, solver)?;
        let took = begun.elapsed().as_secs_f64() * 1_000.0;
        row(name, judge(crowd, &supports), format!("{took:.1}"));
    }
    Ok(table)
}

/// Measures everything.
pub async fn measure(setup: &Setup, say: &dyn Fn(&str)) -> Result<Section> {
    let mut section = Section::new(setup, "eras", "Era change");
    section.how(
        "The runtime's wasm without a node: block after block with nothing but inherents, from a genesis in which everyone staked, on a state in memory \
         (a node's database adds its reads). A block's time is all of it: hooks, inherents, idle work and the root of its state. Stakes fall as 1/n, \
         nominators name 16 candidates each, the first ones more often. Sessions have 300 slots, so that every validator makes blocks in each; the \
         weight is what the block counts in all classes. The first block of each session counts as full whatever it does, by the SDK's session pallet, \
         so that transactions don't wait behind its work; its time is what it takes.",
    );
    let measured = tokio::task::spawn_blocking({
        let crowds = setup.pick(
            vec![Crowd::new(SEED, 100, 130, 1_000), Crowd::new(SEED, 300, 1_000, 1_000)],
            vec![Crowd::new(SEED, 100, 130, 1_000)],
        );
        move || crowds.into_iter().map(|crowd| Ok((run(&crowd, code()?)?, crowd))).collect::<Result<Vec<_>>>()
    });
    say("eras: blocks of two sessions");
    let measured = measured.await??;
    let (first, crowd) = measured.first().context("there is a crowd")?;
    // Each session's first block counts as full, by the SDK: what the election adds to that is the election's.
    let (full, most) = (first.cost(first.begin), first.cost(first.election));
    let weight = most.weight.saturating_sub(full.weight) as f64 / BLOCK;
    section.aim(
        "election among 1,000 nominators for 100 seats, in blocks' weight",
        "under a half",
        format!("{:.1} %", weight * 100.0),
        Some(weight < 0.5),
    );
    section.aim(
        "wall time of the block that elects, of a 3 s slot",
        "under 1 s",
        format!("{:.0} ms", millis(most)),
        Some(millis(most) < 1_000.0),
    );
    section.aim(
        "election with proportional justified representation (the SDK's check)",
        "holds",
        if first.quality.is_just { "holds" } else { "broken" }.into(),
        Some(first.quality.is_just),
    );
    let elections = elections(crowd, first)?;
    for (run, crowd) in &measured {
        section.tables.push(blocks(crowd, run));
    }
    section.tables.push(elections);
    Ok(section)
}
