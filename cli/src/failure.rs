//! Why a command failed, with an exit code that scripts can use.

use crate::refusals;
use std::fmt;

/// Exit codes. 2 is clap's, for a wrong command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// Anything else.
    Failed = 1,
    /// The node can't be reached.
    Unreachable = 3,
    /// The chain refused the transaction.
    Refused = 4,
    /// What was named is not there.
    NotFound = 5,
    /// A key can't be used.
    Key = 6,
    /// The account has too little.
    Money = 7,
    /// The other side did not do what it had to; the chain gave the money back.
    Cheated = 8,
}

/// A failure.
#[derive(Debug)]
pub struct Failure {
    /// Exit code.
    pub code: Code,
    /// One sentence.
    pub message: String,
}

/// Result of a command.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// Anything else.
    pub fn new(message: impl Into<String>) -> Self {
        Self { code: Code::Failed, message: message.into() }
    }

    /// What was named is not there.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self { code: Code::NotFound, message: message.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What to do about an error whose own words don't say it.
fn hint(error: &souk_client::Error) -> &'static str {
    use souk_client::Error;
    match error {
        Error::Unreachable { .. } | Error::Address(_) => {
            "; --node (or SOUK_NODE) names a node that runs, and `./scripts/local.sh up` starts a market here"
        }
        _ => "",
    }
}

impl From<souk_client::Error> for Failure {
    fn from(error: souk_client::Error) -> Self {
        use souk_client::Error;
        let code = match &error {
            Error::Unreachable { .. } | Error::OtherChain(_) | Error::Address(_) => Code::Unreachable,
            Error::Refused(_) | Error::Rejected(_) | Error::Expired | Error::Replaced => Code::Refused,
            Error::Secret(_) => Code::Key,
            Error::NotEnough { .. } => Code::Money,
            _ => Code::Failed,
        };
        let known = error.refusal().and_then(|(pallet, name)| {
            refusals::sentence(pallet, name).map(|told| format!("{told} ({pallet}.{name})"))
        });
        Self { code, message: known.unwrap_or_else(|| format!("{error}{}", hint(&error))) }
    }
}

impl From<souk_client::keys::SecretError> for Failure {
    fn from(error: souk_client::keys::SecretError) -> Self {
        use souk_client::keys::SecretError;
        let hint = match &error {
            SecretError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                "; `souk keys generate FILE` makes one, and development keys look like //Alice"
            }
            _ => "",
        };
        Self { code: Code::Key, message: format!("{error}{hint}") }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(error.to_string())
    }
}

impl From<crate::gateway::error::ApiError> for Failure {
    fn from(error: crate::gateway::error::ApiError) -> Self {
        let code = if error.code == "chain_unavailable" { Code::Unreachable } else { Code::Failed };
        Self { code, message: error.message }
    }
}
