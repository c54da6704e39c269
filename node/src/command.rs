//! What each subcommand does.

use crate::{
    chain_spec,
    cli::{Cli, Subcommand},
    service,
    sidecar_link::SidecarLink,
};
use sc_cli::SubstrateCli;
use sc_network::config::NetworkBackendType;
use sc_service::PartialComponents;
use souk_runtime::{opaque::Block, Hash};

impl SubstrateCli for Cli {
    fn impl_name() -> String {
        "Souk Node".into()
    }

    fn impl_version() -> String {
        env!("SUBSTRATE_CLI_IMPL_VERSION").into()
    }

    fn description() -> String {
        "A Souk validator, full node or archive: a market for AI models and audited inference.".into()
    }

    fn author() -> String {
        "The Souk developers".into()
    }

    fn support_url() -> String {
        "see the README".into()
    }

    fn copyright_start_year() -> i32 {
        2026
    }

    fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
        Ok(match id {
            "dev" | "development" => Box::new(chain_spec::development()?),
            "" | "local" => Box::new(chain_spec::local()?),
            "production" => Box::new(chain_spec::template()?),
            path => Box::new(chain_spec::ChainSpec::from_json_file(path.into())?),
        })
    }
}

/// Parses the command line and does what it says.
pub fn run() -> sc_cli::Result<()> {
    let cli = Cli::from_args();
    let wasm_cache = cli.wasm_cache_dir.as_deref();

    match &cli.subcommand {
        Some(Subcommand::ChainSpec(cmd)) => cmd.run(),
        Some(Subcommand::ExportChainSpec(cmd)) => cmd.run(cli.load_spec(&cmd.chain)?),
        Some(Subcommand::Key(cmd)) => cmd.run(&cli),
        Some(Subcommand::Sign(cmd)) => cmd.run(),
        Some(Subcommand::Verify(cmd)) => cmd.run(),
        #[cfg(feature = "runtime-benchmarks")]
        Some(Subcommand::Benchmark(cmd)) => cmd.run(),
        Some(Subcommand::ChainInfo(cmd)) => {
            let runner = cli.create_runner(cmd)?;
            runner.sync_run(|config| cmd.run::<Block>(&config))
        }
        Some(Subcommand::PurgeChain(cmd)) => {
            let runner = cli.create_runner(cmd)?;
            runner.sync_run(|config| cmd.run(config.database))
        }
        Some(Subcommand::CheckBlock(cmd)) => {
            let runner = cli.create_runner(cmd)?;
            runner.async_run(|config| {
                let PartialComponents { client, task_manager, import_queue, .. } =
                    service::new_partial(&config, wasm_cache)?;
                Ok((cmd.run(client, import_queue), task_manager))
            })
        }
        Some(Subcommand::ExportBlocks(cmd)) => {
            let runner = cli.create_runner(cmd)?;
            runner.async_run(|config| {
                let PartialComponents { client, task_manager, .. } =
                    service::new_partial(&config, wasm_cache)?;
                Ok((cmd.run(client, config.database), task_manager))
            })
        }
        Some(Subcommand::ExportState(cmd)) => {
            let runner = cli.create_runner(cmd)?;
            runner.async_run(|config| {
                let PartialComponents { client, task_manager, .. } =
                    service::new_partial(&config, wasm_cache)?;
                Ok((cmd.run(client, config.chain_spec), task_manager))
            })
        }
        Some(Subcommand::ImportBlocks(cmd)) => {
            let runner = cli.create_runner(cmd)?;
            runner.async_run(|config| {
                let PartialComponents { client, task_manager, import_queue, .. } =
                    service::new_partial(&config, wasm_cache)?;
                Ok((cmd.run(client, import_queue), task_manager))
            })
        }
        Some(Subcommand::Revert(cmd)) => {
            let runner = cli.create_runner(cmd)?;
            runner.async_run(|config| {
                let PartialComponents { client, task_manager, backend, .. } =
                    service::new_partial(&config, wasm_cache)?;
                // Both keep their own records of the blocks that go away.
                let aux_revert = Box::new(|client, backend, blocks| {
                    sc_consensus_babe::revert(std::sync::Arc::clone(&client), backend, blocks)?;
                    sc_consensus_grandpa::revert(client, blocks)?;
                    Ok(())
                });
                Ok((cmd.run(client, backend, Some(aux_revert)), task_manager))
            })
        }
        None => run_node(&cli),
    }
}

fn run_node(cli: &Cli) -> sc_cli::Result<()> {
    // Before anything starts: a wrong link must not cost a validator its audits silently.
    let link = SidecarLink::from_args(&cli.sidecar)?;
    let runner = cli.create_runner(&cli.run)?;
    if runner.config().chain_spec.id() == chain_spec::TEMPLATE_ID {
        return Err("the production template names no validators: make a specification with \
                    `souk-node chain-spec --preset production --patch FILE`"
            .into());
    }
    let (cache, no_index) = (cli.wasm_cache_dir.clone(), cli.no_index);
    runner.run_node_until_exit(|config| async move {
        let cache = cache.as_deref();
        let started = match config.network.network_backend {
            NetworkBackendType::Libp2p => {
                service::new_full::<sc_network::NetworkWorker<Block, Hash>>(config, link, no_index, cache)
                    .await
            }
            NetworkBackendType::Litep2p => {
                service::new_full::<sc_network::Litep2pNetworkBackend>(config, link, no_index, cache).await
            }
        };
        started.map_err(sc_cli::Error::Service)
    })
}
