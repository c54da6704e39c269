//! # souk-node
//!
//! A Souk validator, full node or archive: BABE and GRANDPA, JSON-RPC, and the off-chain worker through which a
//! validator's sidecar takes part in audits.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `cli` | flags and subcommands |
//! | `command` | what each subcommand does |
//! | `chain_spec` | the networks that the binary knows, and how to make others |
//! | `service` | the parts of a node: client, pool, network, RPC |
//! | `executor` | what runs the chain's wasm |
//! | `consensus` | what a validator runs: authoring, finality, discovery |
//! | `equivocation` | reports authors that sign two blocks of one slot |
//! | `sidecar_link` | how the off-chain worker finds the sidecar |
//! | `rpc` | the JSON-RPC methods |
//! | `benchmark` | measures weights; only with the feature `runtime-benchmarks` |
//!
//! Licence: GPL-3.0-or-later with the classpath exception, since it links the SDK's client crates.

// The SDK's error types are large, and every function here returns one.
#![allow(clippy::result_large_err)]

#[cfg(feature = "runtime-benchmarks")]
mod benchmark;
mod chain_spec;
mod cli;
mod command;
mod consensus;
mod equivocation;
mod executor;
mod rpc;
mod search;
mod service;
mod sidecar_link;

fn main() -> sc_cli::Result<()> {
    command::run()
}
