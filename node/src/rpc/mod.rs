//! The JSON-RPC methods.
//!
//! `sc-service` adds `system_*`, `chain_*`, `state_*`, `author_*`, `offchain_*` and the new `chainHead`,
//! `transaction` and `archive` groups by itself. Here is what needs to know the runtime or the consensus. Souk's own
//! namespace, `souk_`, is in [`souk`], [`sales`], [`stake`] and [`search`].

mod reads;
mod sales;
mod search;
mod souk;
mod stake;
mod walks;

use crate::service::{FullBackend, FullClient, FullPool, FullSelectChain};
use jsonrpsee::RpcModule;
use sc_consensus_babe::BabeWorkerHandle;
use sc_consensus_grandpa::{
    FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState,
};
use sc_rpc::SubscriptionTaskExecutor;
use souk_runtime::{opaque::Block, BlockNumber, Hash};
use souk_search::Index;
use sp_keystore::KeystorePtr;
use std::sync::Arc;

/// What the BABE methods need.
pub struct BabeDeps {
    /// Answers questions about epochs.
    pub worker: BabeWorkerHandle<Block>,
    /// The keys of this node.
    pub keystore: KeystorePtr,
}

/// What the GRANDPA methods need.
pub struct GrandpaDeps {
    /// How the current round stands.
    pub voter_state: SharedVoterState,
    /// Who votes.
    pub authority_set: SharedAuthoritySet<Hash, BlockNumber>,
    /// Justifications as they come.
    pub justifications: GrandpaJustificationStream<Block>,
    /// Runs subscriptions.
    pub executor: SubscriptionTaskExecutor,
    /// Proves that a block is final.
    pub proofs: Arc<FinalityProofProvider<FullBackend, Block>>,
}

/// What all methods need.
pub struct FullDeps {
    /// The chain.
    pub client: Arc<FullClient>,
    /// The search index, if the node keeps one.
    pub index: Option<Arc<Index>>,
    /// The transaction pool.
    pub pool: Arc<FullPool>,
    /// Which fork is best.
    pub select_chain: FullSelectChain,
    /// The chain's specification.
    pub chain_spec: Box<dyn sc_chain_spec::ChainSpec>,
    /// For the BABE methods.
    pub babe: BabeDeps,
    /// For the GRANDPA methods.
    pub grandpa: GrandpaDeps,
}

/// All methods that need to know the runtime or the consensus.
pub fn create(deps: FullDeps) -> Result<RpcModule<()>, Box<dyn std::error::Error + Send + Sync>> {
    use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
    use sales::SalesRpcServer;
    use sc_consensus_babe_rpc::{Babe, BabeApiServer};
    use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
    use sc_sync_state_rpc::{SyncState, SyncStateApiServer};
    use search::SearchRpcServer;
    use souk::SoukRpcServer;
    use stake::StakeRpcServer;
    use substrate_frame_rpc_system::{System, SystemApiServer};

    let FullDeps { client, index, pool, select_chain, chain_spec, babe, grandpa } = deps;
    let mut module = RpcModule::new(());
    module.merge(System::new(client.clone(), pool).into_rpc())?;
    module.merge(TransactionPayment::new(client.clone()).into_rpc())?;
    module.merge(Babe::new(client.clone(), babe.worker.clone(), babe.keystore, select_chain).into_rpc())?;
    module.merge(
        Grandpa::new(
            grandpa.executor,
            grandpa.authority_set.clone(),
            grandpa.voter_state,
            grandpa.justifications,
            grandpa.proofs,
        )
        .into_rpc(),
    )?;
    let walks = Arc::default();
    module.merge(souk::Souk::new(client.clone(), Arc::clone(&walks)).into_rpc())?;
    module.merge(stake::Stake::new(client.clone(), walks).into_rpc())?;
    module.merge(sales::Sales::new(client.clone()).into_rpc())?;
    module.merge(search::Search::new(index).into_rpc())?;
    module.merge(SyncState::new(chain_spec, client, grandpa.authority_set, babe.worker)?.into_rpc())?;
    Ok(module)
}
