//! What this pallet needs from others, and what it is for the voting pallet. The runtime plugs stake in.

use crate::book::Source;
use souk_primitives::Balance;

/// What is at stake.
pub trait Stakes<AccountId> {
    /// Units of `who` that are active now in a source: at risk, and not on their way out.
    fn active(source: Source, who: &AccountId) -> Balance;
}

/// How much an account may vote with.
pub trait Power<AccountId, Balance> {
    /// In units.
    fn power(who: &AccountId) -> Balance;
}
