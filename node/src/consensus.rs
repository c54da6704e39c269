//! What a validator runs: authoring, finality, discovery.

use crate::service::{BabeImport, FullClient, FullPool, FullSelectChain, GrandpaLink};
use futures::{FutureExt, StreamExt};
use sc_consensus_babe::{BabeLink, BabeParams, SlotProportion};
use sc_consensus_grandpa::{GrandpaParams, SharedVoterState, VotingRulesBuilder};
use sc_consensus_slots::BackoffAuthoringOnFinalizedHeadLagging;
use sc_network::{
    config::Role,
    service::traits::{NetworkService, NotificationService},
    DhtEvent, Event, ProtocolName,
};
use sc_network_sync::SyncingService;
use sc_service::{error::Error as ServiceError, Configuration, TaskManager};
use sc_telemetry::TelemetryHandle;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use souk_runtime::opaque::Block;
use sp_consensus_babe::{inherents::InherentDataProvider as Slot, SlotDuration};
use sp_keystore::KeystorePtr;
use sp_timestamp::InherentDataProvider as Timestamp;
use std::{future::Future, path::PathBuf, sync::Arc, time::Duration};
use substrate_prometheus_endpoint::Registry;

/// How long GRANDPA gathers messages before it sends them on.
const GOSSIP_PERIOD: Duration = Duration::from_millis(333);
/// Blocks for which GRANDPA keeps a justification, at least.
pub const JUSTIFICATION_PERIOD: u32 = 512;

/// What a new block starts with: the time and the slot.
pub fn inherents(
    slot_duration: SlotDuration,
) -> impl Future<Output = Result<(Slot, Timestamp), Box<dyn std::error::Error + Send + Sync>>> + Send {
    let timestamp = Timestamp::from_system_time();
    let slot = Slot::from_timestamp_and_slot_duration(*timestamp, slot_duration);
    futures::future::ready(Ok((slot, timestamp)))
}

/// The part of the configuration that consensus needs, taken before the rest is given away.
pub struct Settings {
    role: Role,
    name: String,
    force_authoring: bool,
    finality: bool,
    prometheus: Option<Registry>,
    publish_non_global_ips: bool,
    public_addresses: Vec<sc_network::Multiaddr>,
    network_path: Option<PathBuf>,
}

impl Settings {
    /// Takes it from the configuration.
    pub fn of(config: &Configuration) -> Self {
        Self {
            role: config.role,
            name: config.network.node_name.clone(),
            force_authoring: config.force_authoring,
            finality: !config.disable_grandpa,
            prometheus: config.prometheus_registry().cloned(),
            publish_non_global_ips: config.network.allow_non_globals_in_dht,
            public_addresses: config.network.public_addresses.clone(),
            network_path: config.network.net_config_path.clone(),
        }
    }
}

/// What the tasks of consensus share.
pub struct Validator {
    /// From the configuration.
    pub settings: Settings,
    /// The chain.
    pub client: Arc<FullClient>,
    /// Which fork is best.
    pub select_chain: FullSelectChain,
    /// The transaction pool.
    pub transaction_pool: Arc<FullPool>,
    /// The network.
    pub network: Arc<dyn NetworkService>,
    /// How far the node has synced.
    pub sync_service: Arc<SyncingService<Block>>,
    /// The node's keys.
    pub keystore: KeystorePtr,
    /// Reports to a telemetry server.
    pub telemetry: Option<TelemetryHandle>,
}

impl Validator {
    /// Authors blocks in the slots that are this node's.
    pub fn start_authoring(
        &self,
        task_manager: &TaskManager,
        block_import: BabeImport,
        babe_link: BabeLink<Block>,
    ) -> Result<(), ServiceError> {
        let proposer = sc_basic_authorship::ProposerFactory::new(
            task_manager.spawn_handle(),
            self.client.clone(),
            self.transaction_pool.clone(),
            self.settings.prometheus.as_ref(),
            self.telemetry.clone(),
        );
        let slot_duration = babe_link.config().slot_duration();
        let babe = sc_consensus_babe::start_babe(BabeParams {
            keystore: self.keystore.clone(),
            client: self.client.clone(),
            select_chain: self.select_chain.clone(),
            env: proposer,
            block_import,
            sync_oracle: self.sync_service.clone(),
            justification_sync_link: self.sync_service.clone(),
            create_inherent_data_providers: move |_, ()| inherents(slot_duration),
            force_authoring: self.settings.force_authoring,
            backoff_authoring_blocks: Some(BackoffAuthoringOnFinalizedHeadLagging::default()),
            babe_link,
            // Half the slot to build, half to travel: a full block is a second of compute.
            block_proposal_slot_portion: SlotProportion::new(1f32 / 2f32),
            max_block_proposal_slot_portion: None,
            telemetry: self.telemetry.clone(),
        })?;
        task_manager.spawn_essential_handle().spawn_blocking("babe-proposer", Some("block-authoring"), babe);
        Ok(())
    }

    /// Publishes this validator's addresses and finds the others'.
    pub fn start_discovery(&self, task_manager: &TaskManager) {
        let events = self.network.event_stream("authority-discovery").filter_map(|event| async move {
            match event {
                Event::Dht(event) => Some(event),
                _ => None,
            }
        });
        let (worker, _service) = sc_authority_discovery::new_worker_and_service_with_config(
            sc_authority_discovery::WorkerConfig {
                publish_non_global_ips: self.settings.publish_non_global_ips,
                public_addresses: self.settings.public_addresses.clone(),
                persisted_cache_directory: self.settings.network_path.clone(),
                ..Default::default()
            },
            self.client.clone(),
            Arc::new(self.network.clone()),
            Box::pin(events) as std::pin::Pin<Box<dyn futures::Stream<Item = DhtEvent> + Send>>,
            sc_authority_discovery::Role::PublishAndDiscover(self.keystore.clone()),
            self.settings.prometheus.clone(),
            task_manager.spawn_handle(),
        );
        task_manager.spawn_handle().spawn(
            "authority-discovery-worker",
            Some("networking"),
            worker.run().boxed(),
        );
    }

    /// Votes on finality, or only follows the votes when this node is no authority.
    pub fn start_finality(
        &self,
        task_manager: &TaskManager,
        link: GrandpaLink,
        protocol_name: ProtocolName,
        notification_service: Box<dyn NotificationService>,
        shared_voter_state: SharedVoterState,
    ) -> Result<(), ServiceError> {
        if !self.settings.finality {
            return Ok(());
        }
        let authority = self.settings.role.is_authority();
        let voter = sc_consensus_grandpa::run_grandpa_voter(GrandpaParams {
            config: sc_consensus_grandpa::Config {
                gossip_duration: GOSSIP_PERIOD,
                justification_generation_period: JUSTIFICATION_PERIOD,
                observer_enabled: false,
                local_role: self.settings.role,
                name: Some(self.settings.name.clone()),
                keystore: authority.then(|| self.keystore.clone()),
                telemetry: self.telemetry.clone(),
                protocol_name,
            },
            link,
            network: self.network.clone(),
            sync: self.sync_service.clone(),
            notification_service,
            voting_rule: VotingRulesBuilder::default().build(),
            prometheus_registry: self.settings.prometheus.clone(),
            shared_voter_state,
            telemetry: self.telemetry.clone(),
            offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(self.transaction_pool.clone()),
        })?;
        task_manager.spawn_essential_handle().spawn_blocking("grandpa-voter", None, voter);
        Ok(())
    }
}
