//! Flags and subcommands.

use crate::{chain_spec::ChainSpecCmd, sidecar_link::SidecarArgs};
use sc_cli::RunCmd;
use std::path::PathBuf;

/// A Souk validator, full node or archive.
#[derive(Debug, clap::Parser)]
pub struct Cli {
    /// What to do other than running a node.
    #[command(subcommand)]
    pub subcommand: Option<Subcommand>,

    /// Flags of a running node.
    #[clap(flatten)]
    pub run: RunCmd,

    /// Where this node's sidecar is.
    #[clap(flatten)]
    pub sidecar: SidecarArgs,

    /// Keep no search index: souk_search is refused
    #[arg(long)]
    pub no_index: bool,

    /// Where compiled runtimes are kept, so that a restart need not compile again [default: in the base path]
    ///
    /// Nodes of one owner may share it. What lies in it is run: nobody else may write there.
    #[arg(long, value_name = "FOLDER")]
    pub wasm_cache_dir: Option<PathBuf>,
}

/// What the binary can do other than running a node.
#[derive(Debug, clap::Subcommand)]
#[allow(clippy::large_enum_variant)]
pub enum Subcommand {
    /// Make a chain specification from a preset and a patch
    ChainSpec(ChainSpecCmd),

    /// Export the specification of a known chain
    ExportChainSpec(sc_cli::ExportChainSpecCmd),

    /// Make, inspect and insert keys
    #[command(subcommand)]
    Key(sc_cli::KeySubcommand),

    /// Sign a message with a key
    Sign(sc_cli::SignCmd),

    /// Verify a signature
    Verify(sc_cli::VerifyCmd),

    /// Print the database's best and finalised blocks
    ChainInfo(sc_cli::ChainInfoCmd),

    /// Validate blocks
    CheckBlock(sc_cli::CheckBlockCmd),

    /// Export blocks
    ExportBlocks(sc_cli::ExportBlocksCmd),

    /// Export the state of a block into a chain specification
    ExportState(sc_cli::ExportStateCmd),

    /// Import blocks
    ImportBlocks(sc_cli::ImportBlocksCmd),

    /// Remove the whole chain
    PurgeChain(sc_cli::PurgeChainCmd),

    /// Revert the chain to an earlier, not yet finalised block
    Revert(sc_cli::RevertCmd),

    /// Measure what a runtime's calls weigh
    #[cfg(feature = "runtime-benchmarks")]
    #[command(subcommand)]
    Benchmark(crate::benchmark::BenchmarkCmd),
}
