//! Specs, providers, channels, audits and the books over JSON-RPC, thin over [`SoukApi`](Api). What is listed and sold
//! is in [`super::sales`], stake and votes in [`super::stake`].
//!
//! Reads are of the finalised head unless a block is named, since off-chain parties act on finalised state only.

use super::{
    reads::{self, rows, runtime_error, MAX_ROWS},
    walks::Walks,
};
use jsonrpsee::{
    core::{async_trait, RpcResult},
    proc_macros::rpc,
};
use sc_client_api::HeaderBackend;
use souk_primitives::{
    views::{AuditView, BatchView, ChannelView, ProviderView, QuoteView, SolvencyRow, SpecView},
    AccountId,
};
use souk_runtime::{opaque::Block, souk_api::SoukApi as Api};
use sp_api::ProvideRuntimeApi;
use sp_core::H256;
use std::sync::{Arc, Mutex};

/// Reads of the inference market and of the books.
#[rpc(server, namespace = "souk")]
pub trait SoukRpc {
    /// Specs after `start`.
    #[method(name = "specs")]
    fn specs(&self, start: Option<H256>, limit: Option<u32>, at: Option<H256>) -> RpcResult<Vec<SpecView>>;
    /// One spec, or null.
    #[method(name = "spec")]
    fn spec(&self, id: H256, at: Option<H256>) -> RpcResult<Option<SpecView>>;
    /// Providers after `start`.
    #[method(name = "providers")]
    fn providers(
        &self,
        start: Option<AccountId>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<ProviderView>>;
    /// One provider, or null.
    #[method(name = "provider")]
    fn provider(&self, account: AccountId, at: Option<H256>) -> RpcResult<Option<ProviderView>>;
    /// Who serves a spec, and at which prices.
    #[method(name = "quote", blocking)]
    fn quote(&self, spec: H256, at: Option<H256>) -> RpcResult<Vec<QuoteView>>;
    /// Channels of an account, as consumer, funder or provider.
    #[method(name = "channels")]
    fn channels(
        &self,
        account: AccountId,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<ChannelView>>;
    /// One channel, or null.
    #[method(name = "channel")]
    fn channel(&self, id: H256, at: Option<H256>) -> RpcResult<Option<ChannelView>>;
    /// Open and recent batches of a channel.
    #[method(name = "batches")]
    fn batches(&self, channel: H256, at: Option<H256>) -> RpcResult<Vec<BatchView>>;
    /// Audits, newest first; only open ones when asked so.
    #[method(name = "audits", blocking)]
    fn audits(
        &self,
        only_open: Option<bool>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<AuditView>>;
    /// One audit, or null.
    #[method(name = "audit")]
    fn audit(&self, id: H256, at: Option<H256>) -> RpcResult<Option<AuditView>>;
    /// Held against owed, for every pallet and purpose.
    #[method(name = "solvency", blocking)]
    fn solvency(&self, at: Option<H256>) -> RpcResult<Vec<SolvencyRow>>;
}

/// Answers the `souk_` calls from a client.
pub struct Souk<C> {
    client: Arc<C>,
    quotes: Walks<H256, Vec<QuoteView>>,
    audits: Walks<bool, Vec<AuditView>>,
    solvency: Walks<(), Vec<SolvencyRow>>,
}

impl<C> Souk<C> {
    /// Over `client`. `other` is what all walks of a node share.
    pub fn new(client: Arc<C>, other: Arc<Mutex<()>>) -> Self {
        Self {
            client,
            quotes: Walks::new(Arc::clone(&other)),
            audits: Walks::new(Arc::clone(&other)),
            solvency: Walks::new(other),
        }
    }
}

impl<C: HeaderBackend<Block>> Souk<C> {
    fn block(&self, at: Option<H256>) -> H256 {
        reads::block(&*self.client, at)
    }
}

#[async_trait]
impl<C> SoukRpcServer for Souk<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
    C::Api: Api<Block>,
{
    fn specs(&self, start: Option<H256>, limit: Option<u32>, at: Option<H256>) -> RpcResult<Vec<SpecView>> {
        let limit = rows(limit)?;
        self.client.runtime_api().specs(self.block(at), start.map(|s| s.0), limit).map_err(runtime_error)
    }

    fn spec(&self, id: H256, at: Option<H256>) -> RpcResult<Option<SpecView>> {
        self.client.runtime_api().spec(self.block(at), id.0).map_err(runtime_error)
    }

    fn providers(
        &self,
        start: Option<AccountId>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<ProviderView>> {
        let limit = rows(limit)?;
        self.client.runtime_api().providers(self.block(at), start, limit).map_err(runtime_error)
    }

    fn provider(&self, account: AccountId, at: Option<H256>) -> RpcResult<Option<ProviderView>> {
        self.client.runtime_api().provider(self.block(at), account).map_err(runtime_error)
    }

    fn quote(&self, spec: H256, at: Option<H256>) -> RpcResult<Vec<QuoteView>> {
        let (block, is_head) = reads::block_of_walk(&*self.client, at);
        // Made-up specs would take the places of real ones.
        if self.spec(spec, Some(block))?.is_none() {
            return Ok(Vec::new());
        }
        self.quotes.answer(block, is_head, spec, || {
            self.client.runtime_api().quote(block, spec.0).map_err(runtime_error)
        })
    }

    fn channels(
        &self,
        account: AccountId,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<ChannelView>> {
        let limit = rows(limit)?;
        self.client.runtime_api().channels(self.block(at), account, limit).map_err(runtime_error)
    }

    fn channel(&self, id: H256, at: Option<H256>) -> RpcResult<Option<ChannelView>> {
        self.client.runtime_api().channel(self.block(at), id.0).map_err(runtime_error)
    }

    fn batches(&self, channel: H256, at: Option<H256>) -> RpcResult<Vec<BatchView>> {
        self.client.runtime_api().batches(self.block(at), channel.0).map_err(runtime_error)
    }

    fn audits(
        &self,
        only_open: Option<bool>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<AuditView>> {
        let limit = usize::try_from(rows(limit)?).unwrap_or(usize::MAX);
        let (block, is_head) = reads::block_of_walk(&*self.client, at);
        let only_open = only_open.unwrap_or(false);
        let mut audits = self.audits.answer(block, is_head, only_open, || {
            self.client.runtime_api().audits(block, only_open, MAX_ROWS).map_err(runtime_error)
        })?;
        audits.truncate(limit);
        Ok(audits)
    }

    fn audit(&self, id: H256, at: Option<H256>) -> RpcResult<Option<AuditView>> {
        self.client.runtime_api().audit(self.block(at), id.0).map_err(runtime_error)
    }

    fn solvency(&self, at: Option<H256>) -> RpcResult<Vec<SolvencyRow>> {
        let (block, is_head) = reads::block_of_walk(&*self.client, at);
        self.solvency
            .answer(block, is_head, (), || self.client.runtime_api().solvency(block).map_err(runtime_error))
    }
}
