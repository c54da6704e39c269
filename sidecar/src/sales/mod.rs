//! Selling: a copy of its own for each purchase, handed to its buyer, and the calls of the chain that go with it.
//!
//! A purchase has a content key of its own ([`vault`]); the seller goes through its copy once ([`preparing`], [`copy`]),
//! offers it if it can pay for that ([`till`]), serves it to whoever signs as the buyer ([`shop`]), and reveals the key
//! once the buyer has accepted ([`keeper`]).

pub mod copy;
pub mod flow;
pub mod keeper;
mod pace;
pub mod pieces;
pub mod plan;
mod preparing;
pub mod shop;
pub mod till;
mod turns;
pub mod vault;
pub mod watch;

pub use pace::Pace;
pub use shop::Shop;

use crate::{chain::ChainError, store::StoreError};
use pieces::PiecesError;
use vault::VaultError;

/// Why a copy is not made or not served.
#[derive(Debug, thiserror::Error)]
pub enum SaleError {
    /// The store of contents.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault of keys.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The digests.
    #[error(transparent)]
    Pieces(#[from] PiecesError),
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The cipher refused.
    #[error("a chunk can't be encrypted")]
    Cipher,
    /// What would be served is not what was promised.
    #[error("chunk {0} of the content was changed since its copy was offered: bring the segment again")]
    Damaged(u32),
}

impl From<SaleError> for std::io::Error {
    fn from(error: SaleError) -> Self {
        std::io::Error::other(error)
    }
}
