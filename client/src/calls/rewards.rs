//! Calls of the rewards pallet.

use super::Call;
use souk_primitives::{AccountId, Balance, Digest, SpecId};

/// Commits a provider to its answers in the open exam: root, total and number of leaves of the sum tree over them.
pub fn commit_exam(spec: SpecId, root: Digest, total: Balance, count: u32) -> Call {
    Call::new("Rewards", "commit_exam")
        .arg("spec", spec)
        .arg("root", root)
        .arg("total", total)
        .arg("count", count)
}

/// Sets the reference price of a spec, in units per 1,000 tokens as the price index counts them; zero takes its exams away.
/// For governance.
pub fn set_reference(spec: SpecId, price_index: Balance) -> Call {
    Call::new("Rewards", "set_reference").arg("spec", spec).arg("price_index", price_index)
}

/// Pays the signer what it has earned.
pub fn claim() -> Call {
    Call::new("Rewards", "claim")
}

/// Pays another account what it has earned.
pub fn claim_for(who: AccountId) -> Call {
    Call::new("Rewards", "claim_for").arg("who", who)
}

/// Says whether what the signer claims becomes bond of its provider.
pub fn set_compound(compound: bool) -> Call {
    Call::new("Rewards", "set_compound").arg("compound", compound)
}
