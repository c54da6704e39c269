//! What is listed, sold and licensed, over JSON-RPC, thin over [`SoukApi`](Api).
//!
//! Reads are of the finalised head unless a block is named, since nobody should buy or deliver on anything else.

use super::reads::{block, rows, runtime_error};
use jsonrpsee::{
    core::{async_trait, RpcResult},
    proc_macros::rpc,
};
use sc_client_api::HeaderBackend;
use souk_primitives::{
    licence::Purposes,
    views::{LicenceView, LineageView, ListingView, ModerationView, PurchaseView, ReviewView},
    AccountId, ListingId,
};
use souk_runtime::{opaque::Block, souk_api::SoukApi as Api};
use sp_api::ProvideRuntimeApi;
use sp_core::H256;
use std::sync::Arc;

/// Reads of listings and of what is sold.
#[rpc(server, namespace = "souk")]
pub trait SalesRpc {
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
    /// What a listing derives from, and what derives from it.
    #[method(name = "lineage", blocking)]
    fn lineage(&self, listing: ListingId, at: Option<H256>) -> RpcResult<LineageView>;
    /// Reviews of a listing from number `start` on.
    #[method(name = "reviews")]
    fn reviews(
        &self,
        listing: ListingId,
        start: Option<u32>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<ReviewView>>;
    /// The case against a listing, or null.
    #[method(name = "moderation")]
    fn moderation(&self, listing: ListingId, at: Option<H256>) -> RpcResult<Option<ModerationView>>;
    /// Cases that are not closed, after that against the listing `start`.
    #[method(name = "moderations")]
    fn moderations(
        &self,
        start: Option<ListingId>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<ModerationView>>;
    /// One purchase, or null.
    #[method(name = "purchase")]
    fn purchase(&self, id: H256, at: Option<H256>) -> RpcResult<Option<PurchaseView>>;
    /// Purchases of an account, as buyer or seller, after `start`.
    #[method(name = "purchases")]
    fn purchases(
        &self,
        account: AccountId,
        start: Option<H256>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<PurchaseView>>;
    /// One licence, or null.
    #[method(name = "licence")]
    fn licence(&self, id: H256, at: Option<H256>) -> RpcResult<Option<LicenceView>>;
    /// Licences of a listing after `start`: who may use it for what.
    #[method(name = "licences")]
    fn licences(
        &self,
        listing: ListingId,
        start: Option<H256>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<LicenceView>>;
    /// Licences that an account may use, as a holder or on a seat.
    #[method(name = "licencesOf")]
    fn licences_of(
        &self,
        account: AccountId,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<LicenceView>>;
    /// Whether an account may use a listing for a purpose.
    #[method(name = "isLicensed")]
    fn is_licensed(
        &self,
        account: AccountId,
        listing: ListingId,
        purpose: Purposes,
        at: Option<H256>,
    ) -> RpcResult<bool>;
    /// Where a seller's copies are fetched, or null.
    #[method(name = "store")]
    fn store(&self, account: AccountId, at: Option<H256>) -> RpcResult<Option<String>>;
}

/// Answers these calls from a client.
pub struct Sales<C>(Arc<C>);

impl<C> Sales<C> {
    /// Over `client`.
    pub fn new(client: Arc<C>) -> Self {
        Self(client)
    }
}

#[async_trait]
impl<C> SalesRpcServer for Sales<C>
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
        self.0.runtime_api().listings(block(&*self.0, at), start.unwrap_or(0), limit).map_err(runtime_error)
    }

    fn listing(&self, id: ListingId, at: Option<H256>) -> RpcResult<Option<ListingView>> {
        self.0.runtime_api().listing(block(&*self.0, at), id).map_err(runtime_error)
    }

    fn lineage(&self, listing: ListingId, at: Option<H256>) -> RpcResult<LineageView> {
        self.0.runtime_api().lineage(block(&*self.0, at), listing).map_err(runtime_error)
    }

    fn reviews(
        &self,
        listing: ListingId,
        start: Option<u32>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<ReviewView>> {
        let (limit, at) = (rows(limit)?, block(&*self.0, at));
        self.0.runtime_api().reviews(at, listing, start.unwrap_or(0), limit).map_err(runtime_error)
    }

    fn moderation(&self, listing: ListingId, at: Option<H256>) -> RpcResult<Option<ModerationView>> {
        self.0.runtime_api().moderation(block(&*self.0, at), listing).map_err(runtime_error)
    }

    fn moderations(
        &self,
        start: Option<ListingId>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<ModerationView>> {
        let (limit, at) = (rows(limit)?, block(&*self.0, at));
        self.0.runtime_api().moderations(at, start, limit).map_err(runtime_error)
    }

    fn purchase(&self, id: H256, at: Option<H256>) -> RpcResult<Option<PurchaseView>> {
        self.0.runtime_api().purchase(block(&*self.0, at), id.0).map_err(runtime_error)
    }

    fn purchases(
        &self,
        account: AccountId,
        start: Option<H256>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<PurchaseView>> {
        let (limit, at) = (rows(limit)?, block(&*self.0, at));
        self.0.runtime_api().purchases(at, account, start.map(|id| id.0), limit).map_err(runtime_error)
    }

    fn licence(&self, id: H256, at: Option<H256>) -> RpcResult<Option<LicenceView>> {
        self.0.runtime_api().licence(block(&*self.0, at), id.0).map_err(runtime_error)
    }

    fn licences(
        &self,
        listing: ListingId,
        start: Option<H256>,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<LicenceView>> {
        let (limit, at) = (rows(limit)?, block(&*self.0, at));
        self.0.runtime_api().licences_of(at, listing, start.map(|id| id.0), limit).map_err(runtime_error)
    }

    fn licences_of(
        &self,
        account: AccountId,
        limit: Option<u32>,
        at: Option<H256>,
    ) -> RpcResult<Vec<LicenceView>> {
        let limit = rows(limit)?;
        self.0.runtime_api().licences(block(&*self.0, at), account, limit).map_err(runtime_error)
    }

    fn is_licensed(
        &self,
        account: AccountId,
        listing: ListingId,
        purpose: Purposes,
        at: Option<H256>,
    ) -> RpcResult<bool> {
        let at = block(&*self.0, at);
        self.0.runtime_api().is_licensed(at, account, listing, purpose).map_err(runtime_error)
    }
    fn store(&self, account: AccountId, at: Option<H256>) -> RpcResult<Option<String>> {
        self.0.runtime_api().store(block(&*self.0, at), account).map_err(runtime_error)
    }
}
