//! Stake, votes, rewards and the emission over JSON-RPC, thin over [`SoukApi`](Api).
//!
//! Reads are of the finalised head unless a block is named.

use super::{
    reads::{self, rows, runtime_error},
    walks::Walks,
};
use jsonrpsee::{
    core::{async_trait, RpcResult},
    proc_macros::rpc,
};
use sc_client_api::HeaderBackend;
use souk_primitives::{
    views::{
        EmissionView, ExamView, PoolView, ReferendumView, RewardsView, StakeView, TrackView, TrackVotesView,
        ValidatorView, VotingPowerView,
    },
    AccountId,
};
use souk_runtime::{opaque::Block, souk_api::SoukApi as Api};
use sp_api::ProvideRuntimeApi;
use sp_core::H256;
use std::sync::{Arc, Mutex};

/// Reads of stake, votes and rewards.
#[rpc(server, namespace = "souk")]
pub trait StakeRpc {
    /// What an account has at stake.
    #[method(name = "stake")]
    fn stake(&self, account: AccountId, at: Option<H256>) -> RpcResult<StakeView>;
    /// Who stands for election as a validator, after `start`.
    #[method(name = "validators")]
    fn validators(
        &self,
        start: Option<AccountId>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<ValidatorView>>;
    /// Pools after `start`.
    #[method(name = "pools")]
    fn pools(&self, start: Option<u32>, limit: Option<u32>, at: Option<H256>) -> RpcResult<Vec<PoolView>>;
    /// What an account may vote with.
    #[method(name = "power")]
    fn power(&self, account: AccountId, at: Option<H256>) -> RpcResult<VotingPowerView>;
    /// What an account votes and delegates, track by track.
    #[method(name = "votes")]
    fn votes(&self, account: AccountId, at: Option<H256>) -> RpcResult<Vec<TrackVotesView>>;
    /// On which conditions referenda pass.
    #[method(name = "tracks")]
    fn tracks(&self, at: Option<H256>) -> RpcResult<Vec<TrackView>>;
    /// Referenda below the number `before`, the newest first; only open ones unless told otherwise.
    #[method(name = "referenda", blocking)]
    fn referenda(
        &self,
        only_ongoing: Option<bool>,
        before: Option<u32>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<ReferendumView>>;
    /// One referendum, or null.
    #[method(name = "referendum", blocking)]
    fn referendum(&self, index: u32, at: Option<H256>) -> RpcResult<Option<ReferendumView>>;
    /// What an account has earned.
    #[method(name = "rewards")]
    fn rewards(&self, account: AccountId, at: Option<H256>) -> RpcResult<RewardsView>;
    /// The exam that is going on, with the papers of a provider; null for an account that is none.
    #[method(name = "exam")]
    fn exam(&self, provider: AccountId, at: Option<H256>) -> RpcResult<Option<ExamView>>;
    /// What is minted, and for whom.
    #[method(name = "emission")]
    fn emission(&self, at: Option<H256>) -> RpcResult<EmissionView>;
}

/// What a list of referenda was asked for: only open ones, below which number, how many.
type Asked = (bool, Option<u32>, u32);

/// Answers these calls from a client.
pub struct Stake<C> {
    client: Arc<C>,
    /// These read the preimages of all that they list.
    referenda: Walks<Asked, Vec<ReferendumView>>,
}

impl<C> Stake<C> {
    /// Over `client`. `other` is what all walks of a node share.
    pub fn new(client: Arc<C>, other: Arc<Mutex<()>>) -> Self {
        Self { client, referenda: Walks::new(other) }
    }
}

impl<C: HeaderBackend<Block>> Stake<C> {
    fn block(&self, at: Option<H256>) -> H256 {
        reads::block(&*self.client, at)
    }
}

#[async_trait]
impl<C> StakeRpcServer for Stake<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
    C::Api: Api<Block>,
{
    fn stake(&self, account: AccountId, at: Option<H256>) -> RpcResult<StakeView> {
        self.client.runtime_api().stake(self.block(at), account).map_err(runtime_error)
    }

    fn validators(
        &self,
        start: Option<AccountId>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<ValidatorView>> {
        let limit = rows(limit)?;
        self.client.runtime_api().validators(self.block(at), start, limit).map_err(runtime_error)
    }

    fn pools(&self, start: Option<u32>, limit: Option<u32>, at: Option<H256>) -> RpcResult<Vec<PoolView>> {
        let limit = rows(limit)?;
        self.client.runtime_api().pools(self.block(at), start, limit).map_err(runtime_error)
    }

    fn power(&self, account: AccountId, at: Option<H256>) -> RpcResult<VotingPowerView> {
        self.client.runtime_api().power(self.block(at), account).map_err(runtime_error)
    }

    fn votes(&self, account: AccountId, at: Option<H256>) -> RpcResult<Vec<TrackVotesView>> {
        self.client.runtime_api().votes(self.block(at), account).map_err(runtime_error)
    }

    fn tracks(&self, at: Option<H256>) -> RpcResult<Vec<TrackView>> {
        self.client.runtime_api().tracks(self.block(at)).map_err(runtime_error)
    }

    fn referenda(
        &self,
        only_ongoing: Option<bool>,
        before: Option<u32>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<ReferendumView>> {
        let asked = (only_ongoing.unwrap_or(true), before, rows(limit)?);
        let (block, is_head) = reads::block_of_walk(&*self.client, at);
        self.referenda.answer(block, is_head, asked, || {
            let (only_ongoing, before, limit) = asked;
            self.client.runtime_api().referenda(block, only_ongoing, before, limit).map_err(runtime_error)
        })
    }

    fn referendum(&self, index: u32, at: Option<H256>) -> RpcResult<Option<ReferendumView>> {
        self.client.runtime_api().referendum(self.block(at), index).map_err(runtime_error)
    }

    fn rewards(&self, account: AccountId, at: Option<H256>) -> RpcResult<RewardsView> {
        self.client.runtime_api().rewards(self.block(at), account).map_err(runtime_error)
    }

    fn exam(&self, provider: AccountId, at: Option<H256>) -> RpcResult<Option<ExamView>> {
        self.client.runtime_api().exam(self.block(at), provider).map_err(runtime_error)
    }

    fn emission(&self, at: Option<H256>) -> RpcResult<EmissionView> {
        self.client.runtime_api().emission(self.block(at)).map_err(runtime_error)
    }
}
