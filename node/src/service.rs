//! The parts of a node: client, transaction pool, network, RPC.

use crate::{
    consensus,
    equivocation::Witness,
    executor::{self, Executor},
    rpc::{self, BabeDeps, FullDeps, GrandpaDeps},
    search,
    sidecar_link::{self, SidecarLink},
};
use futures::FutureExt;
use sc_client_api::Backend;
use sc_consensus_babe::{BabeLink, BabeWorkerHandle};
use sc_consensus_grandpa::SharedVoterState;
use sc_network::config::FullNetworkConfiguration;
use sc_offchain::{OffchainWorkerOptions, OffchainWorkers};
use sc_service::{
    error::Error as ServiceError, BuildNetworkParams, Configuration, PartialComponents, SpawnTasksParams,
    TaskManager, WarpSyncConfig,
};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use souk_runtime::{opaque::Block, RuntimeApi};
use sp_consensus_babe::inherents::BabeCreateInherentDataProviders;
use sp_runtime::traits::Block as BlockT;
use std::{path::Path, sync::Arc};

/// The chain.
pub type FullClient = sc_service::TFullClient<Block, RuntimeApi, Executor>;
/// Its database.
pub type FullBackend = sc_service::TFullBackend<Block>;
/// Which fork is best: the longest that builds on what is final.
pub type FullSelectChain = sc_consensus::LongestChain<FullBackend, Block>;
/// The transaction pool.
pub type FullPool = sc_transaction_pool::TransactionPoolHandle<Block, FullClient>;
/// Imports a block: GRANDPA's rules first.
pub type GrandpaImport =
    sc_consensus_grandpa::GrandpaBlockImport<FullBackend, Block, FullClient, FullSelectChain>;
/// What finality needs from the import.
pub type GrandpaLink = sc_consensus_grandpa::LinkHalf<Block, FullClient, FullSelectChain>;
/// Imports a block: BABE's rules around GRANDPA's, and a look at its author before them.
pub type BabeImport = Witness<
    sc_consensus_babe::BabeBlockImport<
        Block,
        FullClient,
        GrandpaImport,
        BabeCreateInherentDataProviders<Block>,
        FullSelectChain,
    >,
>;

/// What the import queue leaves for a running node.
pub struct Links {
    /// Imports blocks.
    pub block_import: BabeImport,
    /// For authoring.
    pub babe: BabeLink<Block>,
    /// For finality.
    pub grandpa: GrandpaLink,
    /// Answers questions about epochs.
    pub babe_worker: BabeWorkerHandle<Block>,
    /// Reports to a telemetry server, if one is configured.
    pub telemetry: Option<Telemetry>,
}

/// The parts that every command needs.
pub type Parts = PartialComponents<
    FullClient,
    FullBackend,
    FullSelectChain,
    sc_consensus::DefaultImportQueue<Block>,
    FullPool,
    Links,
>;

/// Opens the database and makes the parts that every command needs.
pub fn new_partial(config: &Configuration, wasm_cache: Option<&Path>) -> Result<Parts, ServiceError> {
    let telemetry = config
        .telemetry_endpoints
        .clone()
        .filter(|endpoints| !endpoints.is_empty())
        .map(|endpoints| -> Result<_, sc_telemetry::Error> {
            let worker = TelemetryWorker::new(16)?;
            let telemetry = worker.handle().new_telemetry(endpoints);
            Ok((worker, telemetry))
        })
        .transpose()?;

    let (client, backend, keystore_container, task_manager) =
        sc_service::new_full_parts::<Block, RuntimeApi, _>(
            config,
            telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
            executor::new(config, wasm_cache)?,
            Default::default(),
        )?;
    let client = Arc::new(client);

    let telemetry = telemetry.map(|(worker, telemetry)| {
        task_manager.spawn_handle().spawn("telemetry", None, worker.run());
        telemetry
    });

    let select_chain = sc_consensus::LongestChain::new(backend.clone());
    let transaction_pool = Arc::from(
        sc_transaction_pool::Builder::new(
            task_manager.spawn_essential_handle(),
            client.clone(),
            config.role.is_authority().into(),
        )
        .with_options(config.transaction_pool.clone())
        .with_prometheus(config.prometheus_registry())
        .build(),
    );

    let (grandpa_import, grandpa_link) = sc_consensus_grandpa::block_import(
        client.clone(),
        consensus::JUSTIFICATION_PERIOD,
        &client,
        select_chain.clone(),
        telemetry.as_ref().map(Telemetry::handle),
    )?;
    let justification_import = grandpa_import.clone();

    let babe_config = sc_consensus_babe::configuration(&*client)?;
    let slot_duration = babe_config.slot_duration();
    let pool = OffchainTransactionPoolFactory::new(Arc::clone(&transaction_pool));
    let (block_import, babe_link) = sc_consensus_babe::block_import(
        babe_config,
        grandpa_import,
        client.clone(),
        Arc::new(move |_, _| consensus::inherents(slot_duration)) as BabeCreateInherentDataProviders<Block>,
        select_chain.clone(),
        pool.clone(),
    )?;
    let block_import = Witness::new(block_import, client.clone(), pool, slot_duration);

    let (import_queue, babe_worker) =
        sc_consensus_babe::import_queue(sc_consensus_babe::ImportQueueParams {
            link: babe_link.clone(),
            block_import: block_import.clone(),
            justification_import: Some(Box::new(justification_import)),
            client: client.clone(),
            slot_duration,
            spawner: &task_manager.spawn_essential_handle(),
            registry: config.prometheus_registry(),
            telemetry: telemetry.as_ref().map(Telemetry::handle),
        })?;

    Ok(PartialComponents {
        client,
        backend,
        task_manager,
        keystore_container,
        select_chain,
        import_queue,
        transaction_pool,
        other: Links { block_import, babe: babe_link, grandpa: grandpa_link, babe_worker, telemetry },
    })
}

/// Starts a node on the network `N`.
pub async fn new_full<N>(
    config: Configuration,
    link: Option<SidecarLink>,
    no_index: bool,
    wasm_cache: Option<&Path>,
) -> Result<TaskManager, ServiceError>
where
    N: sc_network::NetworkBackend<Block, <Block as BlockT>::Hash>,
{
    let PartialComponents {
        client,
        backend,
        mut task_manager,
        import_queue,
        keystore_container,
        select_chain,
        transaction_pool,
        other: Links { block_import, babe, grandpa, babe_worker, mut telemetry },
    } = new_partial(&config, wasm_cache)?;

    publish_sidecar(link, &backend)?;
    let index = match no_index {
        true => None,
        false => Some(search::start(&config, client.clone(), &task_manager.spawn_handle())?),
    };

    let metrics = N::register_notification_metrics(config.prometheus_registry());
    let mut net_config = FullNetworkConfiguration::<Block, <Block as BlockT>::Hash, N>::new(
        &config.network,
        config.prometheus_registry().cloned(),
    );
    let genesis = client.chain_info().genesis_hash;
    let grandpa_protocol = sc_consensus_grandpa::protocol_standard_name(&genesis, &config.chain_spec);
    let (grandpa_protocol_config, grandpa_notifications) =
        sc_consensus_grandpa::grandpa_peers_set_config::<_, N>(
            grandpa_protocol.clone(),
            metrics.clone(),
            net_config.peer_store_handle(),
        );
    // Without a voter nobody listens to it, and the network would stop at the first peer.
    if !config.disable_grandpa {
        net_config.add_notification_protocol(grandpa_protocol_config);
    }
    let warp_sync = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
        backend.clone(),
        grandpa.shared_authority_set().clone(),
        Vec::default(),
    ));

    // The last value answers bitswap requests for indexed blobs; this chain stores none.
    let (network, system_rpc_tx, tx_handler_controller, sync_service, _bitswap) =
        sc_service::build_network(BuildNetworkParams {
            config: &config,
            net_config,
            client: client.clone(),
            transaction_pool: transaction_pool.clone(),
            spawn_handle: task_manager.spawn_handle(),
            spawn_essential_handle: task_manager.spawn_essential_handle(),
            import_queue,
            block_announce_validator_builder: None,
            warp_sync_config: Some(WarpSyncConfig::WithProvider(warp_sync)),
            block_relay: None,
            metrics,
            gap_sync_body_policy: None,
        })?;

    let role = config.role;
    if config.offchain_worker.enabled {
        let workers = OffchainWorkers::new(OffchainWorkerOptions {
            runtime_api_provider: client.clone(),
            is_validator: role.is_authority(),
            keystore: Some(keystore_container.keystore()),
            offchain_db: backend.offchain_storage(),
            transaction_pool: Some(OffchainTransactionPoolFactory::new(transaction_pool.clone())),
            network_provider: Arc::new(network.clone()),
            enable_http_requests: true,
            custom_extensions: |_| vec![],
        })?;
        task_manager.spawn_handle().spawn(
            "offchain-workers-runner",
            "offchain-worker",
            workers.run(client.clone(), task_manager.spawn_handle()).boxed(),
        );
    }

    let voter_state = SharedVoterState::empty();
    let validator = consensus::Settings::of(&config);
    let rpc_builder = {
        let client = client.clone();
        let pool = transaction_pool.clone();
        let select_chain = select_chain.clone();
        let chain_spec = config.chain_spec.cloned_box();
        let keystore = keystore_container.keystore();
        let voter_state = voter_state.clone();
        let authority_set = grandpa.shared_authority_set().clone();
        let justifications = grandpa.justification_stream();
        let proofs = sc_consensus_grandpa::FinalityProofProvider::new_for_service(
            backend.clone(),
            Some(authority_set.clone()),
        );
        Box::new(move |executor| {
            rpc::create(FullDeps {
                client: client.clone(),
                index: index.clone(),
                pool: pool.clone(),
                select_chain: select_chain.clone(),
                chain_spec: chain_spec.cloned_box(),
                babe: BabeDeps { worker: babe_worker.clone(), keystore: keystore.clone() },
                grandpa: GrandpaDeps {
                    voter_state: voter_state.clone(),
                    authority_set: authority_set.clone(),
                    justifications: justifications.clone(),
                    executor,
                    proofs: proofs.clone(),
                },
            })
            .map_err(Into::into)
        })
    };

    sc_service::spawn_tasks(SpawnTasksParams {
        config,
        client: client.clone(),
        backend,
        task_manager: &mut task_manager,
        keystore: keystore_container.keystore(),
        transaction_pool: transaction_pool.clone(),
        rpc_builder,
        network: network.clone(),
        system_rpc_tx,
        tx_handler_controller,
        sync_service: sync_service.clone(),
        telemetry: telemetry.as_mut(),
        tracing_execute_block: None,
    })?;

    let validator = consensus::Validator {
        settings: validator,
        client,
        select_chain,
        transaction_pool,
        network,
        sync_service,
        keystore: keystore_container.keystore(),
        telemetry: telemetry.as_ref().map(Telemetry::handle),
    };
    if role.is_authority() {
        validator.start_authoring(&task_manager, block_import, babe)?;
        validator.start_discovery(&task_manager);
    }
    validator.start_finality(&task_manager, grandpa, grandpa_protocol, grandpa_notifications, voter_state)?;

    Ok(task_manager)
}

/// Tells the off-chain worker where the sidecar is, or that there is none.
fn publish_sidecar(link: Option<SidecarLink>, backend: &FullBackend) -> Result<(), ServiceError> {
    let mut storage = backend
        .offchain_storage()
        .ok_or_else(|| ServiceError::Other("the database has no offchain storage".into()))?;
    sidecar_link::publish(link.as_ref(), &mut storage);
    match link {
        Some(link) => log::info!("🔎 Audits run on the sidecar at {}", link.url()),
        None => log::info!("🔎 No sidecar: this node takes part in no audit (see --sidecar-url)"),
    }
    Ok(())
}
