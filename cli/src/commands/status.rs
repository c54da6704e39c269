//! `souk status`.

use super::{channel, provider, Context};
use crate::{
    failure::Result,
    output::{columns, count, short},
};
use serde_json::json;
use souk_client::souk;
use souk_primitives::{
    views::{BatchState, BatchView, ChannelState},
    AccountId, Balance,
};

/// What an account owns, owes and is owed, and why what closed did.
pub async fn run(context: &Context, account: Option<AccountId>) -> Result<()> {
    let account = context.account(account)?;
    let chain = context.chain().await?;
    let balance = chain.balance(&account).await?;
    let channels = chain.channels(&account, 200).await?;
    let mut batches: Vec<BatchView> = Vec::new();
    for view in &channels {
        batches.extend(chain.batches(view.id).await?);
    }
    let as_provider = chain.provider(&account).await?;
    let stake = chain.stake(&account).await?;
    let rewards = chain.rewards(&account).await?;
    let is_open = |batch: &&BatchView| !matches!(batch.state, BatchState::Ended { .. });
    let pending: Balance = batches
        .iter()
        .filter(is_open)
        .filter(|batch| batch.provider == account)
        .fold(0, |sum, batch| sum.saturating_add(batch.value));
    let locked: Balance = channels
        .iter()
        .filter(|view| view.funder == account && !matches!(view.state, ChannelState::Closed { .. }))
        .fold(0, |sum, view| sum.saturating_add(view.deposit.saturating_sub(view.settled)));
    let value = json!({
        "account": account.to_string(),
        "balance": balance,
        "inChannels": locked.to_string(),
        "pending": pending.to_string(),
        "channels": channels,
        "batches": batches,
        "provider": as_provider,
        "stake": stake,
        "rewards": rewards,
    });
    context.output.show(value, || {
        let mut rows = vec![
            ("account", account.to_string()),
            ("free", souk(balance.free)),
            ("on hold", format!("{}, {} of it in open channels", souk(balance.held), souk(locked))),
        ];
        if pending > 0 {
            rows.push(("owed to you", format!("{}, once audits are over", souk(pending))));
        }
        if let Some(bond) = &stake.bond {
            rows.push(("at stake", format!("{} (souk stake)", souk(bond.active))));
        }
        if let Some(member) = &stake.pool {
            rows.push(("at stake", format!("{} in pool {} (souk stake)", souk(member.active), member.pool)));
        }
        if rewards.accrued > 0 {
            rows.push(("earned", format!("{} to claim (souk rewards)", souk(rewards.accrued))));
        }
        let mut parts = vec![columns(&rows)];
        parts.extend(as_provider.as_ref().map(provider::describe));
        parts.extend(channels.iter().map(channel::describe));
        if !batches.is_empty() {
            parts.push(batches.iter().map(describe_batch).collect::<Vec<_>>().join("\n"));
        }
        parts.join("\n\n")
    });
    Ok(())
}

fn describe_batch(batch: &BatchView) -> String {
    let state = match batch.state {
        BatchState::Committed => "waits for its draw".into(),
        BatchState::Waiting { release_at } => format!("not drawn, released in block {release_at}"),
        BatchState::Drawn { audits } => format!("{} open", count(audits, "audit")),
        BatchState::Ended { at, reason } => format!("ended in block {at}: {reason:?}"),
    };
    format!(
        "batch {} of {} in channel {}: {state}",
        short(&batch.id),
        souk(batch.value),
        short(&batch.channel)
    )
}
