//! What an account has.

use crate::{
    calls::{Call, Scale},
    chain::Chain,
    error::{Error, Result},
};
use codec::{Compact, Decode};
use souk_primitives::{AccountId, Balance};
use sp_core::crypto::Ss58Codec;

impl Chain {
    /// Fails with the numbers when an account can't put `amount` on hold now, so that nobody pays the fee of a
    /// transaction that is refused.
    pub async fn afford(&self, who: &AccountId, amount: Balance) -> Result<()> {
        let least = self.constant("Balances", "ExistentialDeposit").await?.unwrap_or(0);
        let free = self.balance(who).await?.spendable(least);
        if free < amount {
            return Err(Error::NotEnough { account: who.to_ss58check(), needs: amount, free });
        }
        Ok(())
    }

    /// What a call costs its sender in the next block, in units: in a transaction that has `beside` bytes around it. A tip
    /// and the small weight of the transaction's own checks come on top.
    pub async fn fee(&self, call: &Call, beside: u32) -> Result<Balance> {
        let call = self.runtime().await?.encode_call(call)?;
        self.fee_of(call, beside).await
    }

    /// The same of an encoded call. The node refuses bytes that its runtime can't read as a call.
    pub(crate) async fn fee_of(&self, call: Vec<u8>, beside: u32) -> Result<Balance> {
        /// `RuntimeDispatchInfo`.
        #[derive(Decode)]
        struct Info {
            _weight: (Compact<u64>, Compact<u64>),
            _class: u8,
            fee: Balance,
        }
        let length = u32::try_from(call.len()).unwrap_or(u32::MAX).saturating_add(beside);
        let arguments = (Scale(call), length);
        let info: Info = self.call("TransactionPaymentCallApi_query_call_info", arguments).await?;
        Ok(info.fee)
    }
}

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
