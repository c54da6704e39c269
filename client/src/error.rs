//! What can go wrong, in sentences.

use std::fmt;

/// Result of everything here.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the chain did not answer or did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The node can't be reached.
    #[error("the node at {url} can't be reached: {reason}")]
    Unreachable {
        /// Its address.
        url: String,
        /// Why.
        reason: String,
    },
    /// That is no address of a node.
    #[error("{0:?} is no address of a node: one begins with ws:// or wss://")]
    Address(String),
    /// The node answers for another chain than before.
    #[error("the node at {0} now runs another chain (its genesis changed)")]
    OtherChain(String),
    /// The node answered with an error.
    #[error("the node refused {method}: {message}")]
    Rpc {
        /// What was asked.
        method: String,
        /// Its words.
        message: String,
    },
    /// The node's answer is not what this program knows.
    #[error("{what} of the node can't be read ({reason}): node and program are of different versions")]
    Decode {
        /// What was read.
        what: String,
        /// Why.
        reason: String,
    },
    /// The runtime has no such call, or one with other fields.
    #[error("the chain's runtime does not fit this program: {0}")]
    Incompatible(String),
    /// These bytes are no call of the runtime.
    #[error("these bytes are no call of this chain's runtime: {0}")]
    NoCall(String),
    /// The transaction was refused before it reached a block.
    #[error("the transaction was not accepted: {0}")]
    Rejected(String),
    /// The transaction is in a block and failed there.
    #[error("{0}")]
    Refused(Refusal),
    /// The transaction's time ran out before a block took it: it will never happen.
    #[error("the transaction was not taken into a block in time; nothing happened, try again")]
    Expired,
    /// Another transaction of the account took its number: it will never happen.
    #[error("another transaction of this account took its place; nothing happened, try again")]
    Replaced,
    /// The account has too little.
    #[error("{account} needs {} and has {} to spend", crate::souk(*.needs), crate::souk(*.free))]
    NotEnough {
        /// Whose money it is.
        account: String,
        /// What it would take, fees aside.
        needs: souk_primitives::Balance,
        /// What is there.
        free: souk_primitives::Balance,
    },
    /// A secret can't be used.
    #[error(transparent)]
    Secret(#[from] crate::keys::SecretError),
}

impl Error {
    /// Whether trying again later may help, with nothing having happened.
    pub fn is_transient(&self) -> bool {
        matches!(self, Error::Unreachable { .. } | Error::Expired | Error::Replaced)
    }

    /// The pallet's error when the chain refused the call, as `("Channels", "NotProvider")`.
    pub fn refusal(&self) -> Option<(&str, &str)> {
        match self {
            Error::Refused(refusal) => Some((&refusal.pallet, &refusal.name)),
            _ => None,
        }
    }
}

/// Why a transaction failed in its block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The pallet; empty for an error of the runtime itself.
    pub pallet: String,
    /// The error's name.
    pub name: String,
    /// What it means, from the pallet's documentation.
    pub sentence: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.pallet.is_empty(), self.sentence.is_empty()) {
            (false, false) => write!(f, "{} ({}.{})", self.sentence, self.pallet, self.name),
            (false, true) => write!(f, "refused: {}.{}", self.pallet, self.name),
            (true, false) => f.write_str(&self.sentence),
            (true, true) => write!(f, "refused: {}", self.name),
        }
    }
}
