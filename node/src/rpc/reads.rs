//! What all reads of the market share: which block, how many rows, how a failure is told.

use jsonrpsee::{
    core::RpcResult,
    types::{error::ErrorObject, ErrorObjectOwned},
};
use sc_client_api::HeaderBackend;
use souk_runtime::opaque::Block;
use sp_core::H256;

/// Most rows of one answer.
pub const MAX_ROWS: u32 = 200;
/// Rows of an answer when the caller names no limit.
const DEFAULT_ROWS: u32 = 50;
/// The runtime could not answer.
const RUNTIME_ERROR: i32 = 8101;
/// The limit is beyond [`MAX_ROWS`].
pub const LIMIT_ERROR: i32 = 8102;

/// How many rows are asked for, if an answer may have so many.
pub fn rows(limit: Option<u32>) -> RpcResult<u32> {
    match limit.unwrap_or(DEFAULT_ROWS) {
        limit if limit <= MAX_ROWS => Ok(limit),
        limit => Err(ErrorObject::owned(
            LIMIT_ERROR,
            format!("limit {limit} is over the most rows of one answer, {MAX_ROWS}: ask for the next page instead"),
            None::<()>,
        )),
    }
}

/// What a caller is told when a runtime API fails.
pub fn runtime_error(error: sp_api::ApiError) -> ErrorObjectOwned {
    ErrorObject::owned(RUNTIME_ERROR, "The runtime could not answer", Some(error.to_string()))
}

/// The block that is asked about: the finalised head unless one is named.
pub fn block<C: HeaderBackend<Block>>(client: &C, at: Option<H256>) -> H256 {
    at.unwrap_or_else(|| client.info().finalized_hash)
}

/// The same, and whether it is the best or the finalised one now.
pub fn block_of_walk<C: HeaderBackend<Block>>(client: &C, at: Option<H256>) -> (H256, bool) {
    let info = client.info();
    let block = at.unwrap_or(info.finalized_hash);
    (block, [info.finalized_hash, info.best_hash].contains(&block))
}
