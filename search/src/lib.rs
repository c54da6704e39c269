//! Finds listings: by text, kind, tags, purpose, price and rating.
//!
//! An [`Index`] is an SQLite file with a full-text table (FTS5) and one narrow row a listing. A [`Follower`] feeds it
//! from a [`Chain`]: from finalised blocks only, so nothing in it is ever taken back, and from nothing but the chain's
//! state, so it can be thrown away and made again. It is made again by itself when the file is missing, damaged, of
//! another chain, or of another version of this program.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing
    )
)]

#[cfg(any(test, feature = "crowd"))]
pub mod crowd;
mod cursor;
mod find;
mod follow;
mod index;
mod query;
mod readers;
mod schema;
#[cfg(test)]
mod tests;
mod words;

pub use find::{Hit, Page};
pub use follow::{Chain, Follower};
pub use index::{Head, Index, Row, Writer};
pub use query::{Query, Sort, DEFAULT_LIMIT, MAX_LIMIT};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What is asked for makes no sense, or is too long.
    #[error("{0}")]
    Query(String),
    /// More rows than an answer has.
    #[error("limit {0} is over the most results of one answer, {MAX_LIMIT}: go on with `next` instead")]
    Limit(u32),
    /// There is nothing to search yet.
    #[error("the search index is being made from the chain's state: ask again in a minute")]
    Building,
    /// Too many search at once.
    #[error("too many searches are running: ask again in a few seconds")]
    Busy,
    /// A search that takes too long is given up.
    #[error("this search took too long: give another word, a kind or a tag")]
    TooLong,
    /// The file holds what was never written there.
    #[error("the search index is damaged ({0}) and is made again: ask again in a minute")]
    Damaged(&'static str),
    /// SQLite, or the disk.
    #[error("the search index failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The disk.
    #[error("the search index failed: {0}")]
    Io(#[from] std::io::Error),
    /// The chain could not be read.
    #[error("the chain could not be read: {0}")]
    Chain(String),
    /// The node ends.
    #[error("interrupted")]
    Stopped,
}

impl Error {
    /// Whether the file itself is broken, so that it must be made again.
    pub(crate) fn is_damage(&self) -> bool {
        use rusqlite::{Error::SqliteFailure, ErrorCode};
        match self {
            Error::Damaged(_) => true,
            Error::Sqlite(SqliteFailure(error, _)) => {
                matches!(error.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
            }
            _ => false,
        }
    }
}
