//! Calls of the balances pallet.

use super::Call;
use codec::{Compact, Encode};
use souk_primitives::{AccountId, Balance};

/// `sp_runtime::MultiAddress<AccountId, ()>`: only the first form is used here.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub enum Address {
    /// An account.
    Id(AccountId),
}

/// Pays an account, keeping the payer's alive.
pub fn transfer(dest: AccountId, value: Balance) -> Call {
    Call::new("Balances", "transfer_keep_alive").arg("dest", Address::Id(dest)).arg("value", Compact(value))
}
