//! `souk_search`: finding listings, over the node's index.

use super::{reads::LIMIT_ERROR, walks::BUSY_ERROR};
use jsonrpsee::{
    core::{async_trait, RpcResult},
    proc_macros::rpc,
    types::{error::ErrorObject, ErrorObjectOwned},
};
use souk_search::{Error, Index, Page, Query};
use std::sync::Arc;

/// The node keeps no index.
const NO_INDEX_ERROR: i32 = 8104;
/// The index is being made.
const BUILDING_ERROR: i32 = 8105;
/// The query makes no sense or is too long.
const QUERY_ERROR: i32 = 8106;
/// The index failed.
const INDEX_ERROR: i32 = 8107;

/// Searches.
#[rpc(server, namespace = "souk")]
pub trait SearchRpc {
    /// Listings that a query finds, best first.
    #[method(name = "search", blocking)]
    fn search(&self, query: Option<Query>) -> RpcResult<Page>;
}

/// Answers searches from an index, or says that there is none.
pub struct Search(Option<Arc<Index>>);

impl Search {
    /// Over `index`.
    pub fn new(index: Option<Arc<Index>>) -> Self {
        Self(index)
    }
}

fn told(error: Error) -> ErrorObjectOwned {
    let code = match &error {
        Error::Query(_) => QUERY_ERROR,
        Error::Limit(_) => LIMIT_ERROR,
        Error::Busy | Error::TooLong => BUSY_ERROR,
        Error::Building | Error::Damaged(_) => BUILDING_ERROR,
        Error::Sqlite(_) | Error::Io(_) | Error::Chain(_) | Error::Stopped => INDEX_ERROR,
    };
    ErrorObject::owned(code, error.to_string(), None::<()>)
}

#[async_trait]
impl SearchRpcServer for Search {
    fn search(&self, query: Option<Query>) -> RpcResult<Page> {
        let index = self.0.as_ref().ok_or_else(|| {
            let text =
                "this node keeps no search index (--no-index): ask another node, or read souk_listings";
            ErrorObject::owned(NO_INDEX_ERROR, text, None::<()>)
        })?;
        index.search(&query.unwrap_or_default()).map_err(told)
    }
}
