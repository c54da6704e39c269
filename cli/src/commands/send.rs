//! `souk send`.

use super::{afford, Context, Spends};
use crate::{
    args,
    failure::{Code, Failure, Result},
    output::outcome_json,
};
use serde_json::json;
use souk_client::{calls::balances, keys, souk};
use souk_primitives::Balance;

/// Pays an account; the payer's own stays alive.
pub async fn run(context: &Context, to: String, amount: Balance) -> Result<()> {
    let pair = context.pair()?;
    let is_public = to.starts_with("//");
    let to = args::account(&to).map_err(Failure::new)?;
    let chain = context.chain().await?;
    if is_public && !chain.is_for_tests().await? {
        return Err(Failure::new(
            "everybody knows that key, and this is no test chain: whoever is first would have the money",
        ));
    }
    let account = keys::account(&pair);
    let call = balances::transfer(to.clone(), amount);
    afford(&chain, &account, std::slice::from_ref(&call), amount, Spends::Unlocked).await?;
    let least = chain.constant("Balances", "ExistentialDeposit").await?.unwrap_or(0);
    let there = chain.balance(&to).await?;
    if there.free == 0 && amount < least {
        return Err(Failure {
            code: Code::Money,
            message: format!(
                "{to} has nothing yet, and an account begins with {} at least: this is {}",
                souk(least),
                souk(amount)
            ),
        });
    }
    let outcome = context.output.submit(&chain, &pair, call).await?;
    let mut value = outcome_json(&outcome);
    value["to"] = json!(to.to_string());
    value["amount"] = json!(amount.to_string());
    context.output.show(value, || format!("{} sent to {to}", souk(amount)));
    Ok(())
}
