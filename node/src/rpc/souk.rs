//! The `souk_` namespace: the market's state over JSON-RPC, thin over [`SoukApi`].
//!
//! Reads are of the finalised head unless a block is named, since off-chain parties act on finalised state only.

use super::walks::Walks;
use jsonrpsee::{
    core::{async_trait, RpcResult},
    proc_macros::rpc,
    types::{error::ErrorObject, ErrorObjectOwned},
};
use sc_client_api::HeaderBackend;
use souk_primitives::{
    views::{AuditView, BatchView, ChannelView, ListingView, ProviderView, QuoteView, SolvencyRow, SpecView},
    AccountId, ListingId,
};
use souk_runtime::{opaque::Block, souk_api::SoukApi as Api};
use sp_api::ProvideRuntimeApi;
use sp_core::H256;
use std::sync::Arc;

/// Most rows of one answer.
const MAX_ROWS: u32 = 200;
/// Rows of an answer when the caller names no limit.
const DEFAULT_ROWS: u32 = 50;
/// The runtime could not answer.
const RUNTIME_ERROR: i32 = 8101;
/// The limit is beyond [`MAX_ROWS`].
const LIMIT_ERROR: i32 = 8102;

/// Reads of the market.
#[rpc(server, namespace = "souk")]
pub trait SoukRpc {
    /// Listings from number `start` on.
    #[method(name = "listings")]
    fn listings(
        &self,
        start: Option<ListingId>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<ListingView>>;
    /// One listing, or null.
    #[method(name = "listing")]
    fn listing(&self, id: ListingId, at: Option<H256>) -> RpcResult<Option<ListingView>>;
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
    /// Over `client`.
    pub fn new(client: Arc<C>) -> Self {
        let other = Arc::default();
        Self {
            client,
            quotes: Walks::new(Arc::clone(&other)),
            audits: Walks::new(Arc::clone(&other)),
            solvency: Walks::new(other),
        }
    }
}

fn rows(limit: Option<u32>) -> RpcResult<u32> {
    match limit.unwrap_or(DEFAULT_ROWS) {
        limit if limit <= MAX_ROWS => Ok(limit),
        limit => Err(ErrorObject::owned(
            LIMIT_ERROR,
            format!("limit {limit} is over the most rows of one answer, {MAX_ROWS}: ask for the next page instead"),
            None::<()>,
        )),
    }
}

fn runtime_error(error: sp_api::ApiError) -> ErrorObjectOwned {
    ErrorObject::owned(RUNTIME_ERROR, "The runtime could not answer", Some(error.to_string()))
}

impl<C: HeaderBackend<Block>> Souk<C> {
    fn block(&self, at: Option<H256>) -> H256 {
        at.unwrap_or_else(|| self.client.info().finalized_hash)
    }

    /// A block, and whether it is the best or the finalised one now.
    fn block_of_walk(&self, at: Option<H256>) -> (H256, bool) {
        let info = self.client.info();
        let block = at.unwrap_or(info.finalized_hash);
        (block, [info.finalized_hash, info.best_hash].contains(&block))
    }
}

#[async_trait]
impl<C> SoukRpcServer for Souk<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
    C::Api: Api<Block>,
{
    fn listings(
        &self,
        start: Option<ListingId>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<ListingView>> {
        let limit = rows(limit)?;
        self.client.runtime_api().listings(self.block(at), start.unwrap_or(0), limit).map_err(runtime_error)
    }

    fn listing(&self, id: ListingId, at: Option<H256>) -> RpcResult<Option<ListingView>> {
        self.client.runtime_api().listing(self.block(at), id).map_err(runtime_error)
    }

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
        let (block, is_head) = self.block_of_walk(at);
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
        let (block, is_head) = self.block_of_walk(at);
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
        let (block, is_head) = self.block_of_walk(at);
        self.solvency
            .answer(block, is_head, (), || self.client.runtime_api().solvency(block).map_err(runtime_error))
    }
}
