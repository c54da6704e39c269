//! What this pallet needs from others, and what it is for the voting pallet. The runtime plugs stake in.

use crate::book::Source;
use souk_primitives::Balance;

/// What is at stake.
pub trait Stakes<AccountId> {
    /// Units of `who` that are active now in a source: at risk, and not on their way out.
    fn active(source: Source, who: &AccountId) -> Balance;
}

/// What of an account's money on hold may be paid to somebody else, whatever lock lies on it.
pub trait Payable<AccountId> {
    /// In units, over all reasons of that kind.
    fn payable(who: &AccountId) -> Balance;
}

/// What the electorate's currency must know of an account, in units.
pub trait Voter<AccountId, Balance> {
    /// What it may vote with.
    fn power(who: &AccountId) -> Balance;
    /// The most that it voted with in any class and that is not unlocked.
    fn voted(who: &AccountId) -> Balance;
    /// What of its money on hold no vote's lock may lie on.
    fn payable(who: &AccountId) -> Balance;
}
