//! What an account has.

use souk_primitives::Balance;

/// Balances of an account. Amounts on hold (deposits, bonds, pending money) are not part of `free`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AccountBalance {
    /// Not on hold.
    #[serde(with = "souk_primitives::views::json::amount")]
    pub free: Balance,
    /// On hold.
    #[serde(with = "souk_primitives::views::json::amount")]
    pub held: Balance,
    /// Locked by votes and the like; overlaps what is on hold.
    #[serde(with = "souk_primitives::views::json::amount")]
    pub frozen: Balance,
}

impl AccountBalance {
    /// What may be spent or put on hold: free, less what is frozen beyond what is on hold, less the least balance.
    pub fn spendable(&self, existential_deposit: Balance) -> Balance {
        let frozen = self.frozen.saturating_sub(self.held);
        self.free.saturating_sub(frozen.max(existential_deposit))
    }
}
