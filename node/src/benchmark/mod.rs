//! `souk-node benchmark pallet`: measures the calls of a runtime's pallets and writes what they weigh.
//!
//! Only with the feature `runtime-benchmarks`. The same flags, the same measurements and the same regressions as the
//! SDK's `frame-benchmarking-cli`, which would bring a hundred crates of relay chains with it; what the files look like
//! is ours. The runtime is a file, so this binary need not be built as the runtime is.

mod measure;
mod proof;
mod write;

use frame_benchmarking::{BenchmarkList, BenchmarkMetadata};
use measure::Bench;
use std::path::PathBuf;

/// What can be benchmarked.
#[derive(Debug, clap::Subcommand)]
pub enum BenchmarkCmd {
    /// Measure the calls of a runtime's pallets
    Pallet(PalletCmd),
}

impl BenchmarkCmd {
    /// Does it.
    pub fn run(&self) -> sc_cli::Result<()> {
        match self {
            BenchmarkCmd::Pallet(cmd) => cmd.run(),
        }
    }
}

/// How to measure pallets.
#[derive(Debug, clap::Args)]
pub struct PalletCmd {
    /// The runtime's wasm, built with the feature `runtime-benchmarks`
    #[arg(long, value_name = "FILE")]
    runtime: PathBuf,

    /// Preset of the genesis that each measurement starts from
    #[arg(long, default_value = "development")]
    genesis_builder_preset: String,

    /// JSON that is merged over the preset
    #[arg(long, value_name = "FILE")]
    genesis_patch: Option<PathBuf>,

    /// The pallets, separated by commas; all of them by default
    #[arg(long, value_delimiter = ',')]
    pallet: Vec<String>,

    /// The benchmarks, separated by commas; all of them by default
    #[arg(long, value_delimiter = ',')]
    extrinsic: Vec<String>,

    /// Values of each component between its least and its most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(2..))]
    steps: u32,

    /// Measurements of each value
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,

    /// Print what there is to measure, and stop
    #[arg(long)]
    list: bool,

    /// Write the weights of the one pallet to this file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl PalletCmd {
    fn run(&self) -> sc_cli::Result<()> {
        let bench = Bench::new(self)?;
        let (list, storage) = bench.metadata()?;
        let selected = self.select(list);
        if selected.is_empty() {
            return Err("the runtime has no such benchmark, see --list".into());
        }
        if self.list {
            for (pallet, benchmark) in &selected {
                println!("{} {}", text(&pallet.pallet), text(&benchmark.name));
            }
            return Ok(());
        }
        let mut results = Vec::new();
        for (pallet, benchmark) in &selected {
            let measured = bench.run(pallet, benchmark, self.steps, self.repeat)?;
            let weights = write::Weights::of(benchmark, &measured, &storage)?;
            println!("{} {weights}", text(&pallet.pallet));
            results.push(weights);
        }
        match &self.output {
            None => Ok(()),
            Some(file) => {
                let pallets = selected.iter().all(|(pallet, _)| pallet.pallet == selected[0].0.pallet);
                if !pallets || !self.extrinsic.is_empty() {
                    return Err("--output takes all benchmarks of one --pallet".into());
                }
                let file_text = write::file(&text(&selected[0].0.pallet), &results, self.steps, self.repeat);
                Ok(std::fs::write(file, file_text)?)
            }
        }
    }

    fn select(&self, list: Vec<BenchmarkList>) -> Vec<(BenchmarkList, BenchmarkMetadata)> {
        let chosen = |names: &[String], name: &[u8]| {
            names.is_empty() || names.iter().any(|known| known.as_bytes() == name)
        };
        let mut selected = Vec::new();
        for pallet in list {
            for benchmark in &pallet.benchmarks {
                if chosen(&self.pallet, &pallet.pallet) && chosen(&self.extrinsic, &benchmark.name) {
                    selected.push((pallet.clone(), benchmark.clone()));
                }
            }
        }
        selected
    }
}

/// A name, as the runtime sends it.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
