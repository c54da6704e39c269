//! `souk rewards`.

use super::{nothing_before, Context};
use crate::{
    args::{Rewards, RewardsArgs, Switch},
    failure::{Failure, Result},
    output::{columns, outcome_json},
    times,
};
use serde_json::json;
use souk_client::{calls::rewards, keys, souk};
use souk_primitives::{
    views::{EraView, RewardsView},
    AccountId,
};

/// Runs it.
pub async fn run(context: &Context, args: RewardsArgs) -> Result<()> {
    nothing_before(args.command.is_some(), args.account.is_some())?;
    match args.command {
        None => status(context, args.account).await,
        Some(Rewards::Claim { beneficiary }) => claim(context, beneficiary).await,
        Some(Rewards::Compound { state }) => compound(context, state).await,
    }
}

/// What an account has earned as a provider, a provider's validator and a publisher.
async fn status(context: &Context, account: Option<AccountId>) -> Result<()> {
    let account = context.account(account)?;
    let chain = context.chain().await?;
    let view = chain.rewards(&account).await?;
    let era = chain.stake(&account).await?.era;
    context.output.show(json!(view), || describe(&view, &era));
    Ok(())
}

fn describe(view: &RewardsView, era: &EraView) -> String {
    let mut rows = vec![("account", view.account.to_string()), ("epoch", view.epoch.to_string())];
    rows.push(match view.accrued {
        0 => ("to claim", "nothing".into()),
        accrued => ("to claim", format!("{} (souk rewards claim)", souk(accrued))),
    });
    if view.missing > 0 {
        let told = format!("{} more, or the account is too small to exist", souk(view.missing));
        rows.push(("a claim needs", told));
    }
    if view.pending > 0 {
        rows.push(("to come", format!("about {}, when the epoch and its exam end", souk(view.pending))));
    }
    if view.credits > 0 {
        rows.push(("from trades", format!("{} at most, of this epoch", souk(view.credits))));
    }
    if let Some(last) = view.expires_epoch {
        rows.push(("expires", expiry(view.epoch, last, era)));
    }
    let compound = if view.compound { "claims become bond" } else { "claims are paid out" };
    rows.push(("compound", compound.into()));
    columns(&rows)
}

/// When the oldest part can no longer be claimed.
fn expiry(epoch: u32, last: u32, era: &EraView) -> String {
    let each = era.millis.checked_div(era.sessions.into()).unwrap_or(0);
    let left = u64::from(last.saturating_sub(epoch).saturating_add(1)).saturating_mul(each);
    format!("the oldest part after epoch {last}, in {}", times::span(left))
}

async fn claim(context: &Context, beneficiary: Option<AccountId>) -> Result<()> {
    let pair = context.pair()?;
    let me = keys::account(&pair);
    let who = beneficiary.unwrap_or_else(|| me.clone());
    let chain = context.chain().await?;
    let view = chain.rewards(&who).await?;
    claimable(&view)?;
    let call = if who == me { rewards::claim() } else { rewards::claim_for(who.clone()) };
    let outcome = context.output.submit(&chain, &pair, call).await?;
    let paid = outcome.events.iter().find_map(souk_client::Event::claimed);
    let (amount, bonded) = paid.ok_or_else(|| Failure::new("the chain paid nothing"))?;
    let mut value = outcome_json(&outcome);
    value["account"] = json!(who.to_string());
    value["amount"] = json!(amount.to_string());
    value["compounded"] = json!(bonded);
    context.output.show(value, || match bonded {
        true => format!("{} more of bond for {who}", souk(amount)),
        false => format!("{} paid to {who}", souk(amount)),
    });
    Ok(())
}

/// Whether a claim would pay.
fn claimable(view: &RewardsView) -> Result<()> {
    if view.missing > 0 {
        return Err(Failure::new(format!(
            "{} would be paid to an account that lacks {} to exist; send it that first",
            souk(view.accrued),
            souk(view.missing)
        )));
    }
    if view.accrued > 0 {
        return Ok(());
    }
    Err(Failure::new(match view.pending {
        0 => format!("{} has nothing to claim", view.account),
        pending => format!(
            "{} has nothing to claim yet; about {} when the epoch and its exam end",
            view.account,
            souk(pending)
        ),
    }))
}

async fn compound(context: &Context, state: Switch) -> Result<()> {
    let pair = context.pair()?;
    let chain = context.chain().await?;
    let on = state == Switch::On;
    let outcome = context.output.submit(&chain, &pair, rewards::set_compound(on)).await?;
    let mut value = outcome_json(&outcome);
    value["compound"] = json!(on);
    context.output.show(value, || match on {
        true => "what you claim becomes bond of your provider, as far as it can be bonded".into(),
        false => "what you claim is paid out".into(),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_primitives::SOUK;

    fn view() -> RewardsView {
        RewardsView {
            account: AccountId::new([1; 32]),
            epoch: 10,
            accrued: 0,
            pending: 0,
            credits: 0,
            points: 0,
            missing: 0,
            compound: false,
            expires_epoch: None,
        }
    }

    #[test]
    fn a_claim_without_money_should_say_when_there_is_some() {
        assert!(claimable(&view()).unwrap_err().message.ends_with("has nothing to claim"));
        let later = claimable(&RewardsView { pending: 2 * SOUK, ..view() }).unwrap_err();
        assert!(later.message.contains("nothing to claim yet; about 2 SOUK"), "{later}");
        let small = claimable(&RewardsView { accrued: 5, missing: 7, ..view() }).unwrap_err();
        assert!(small.message.contains("lacks 0.000000000007 SOUK to exist"), "{small}");
        assert!(claimable(&RewardsView { accrued: 5, ..view() }).is_ok());
    }

    #[test]
    fn earnings_should_say_when_they_expire() {
        let era = EraView { index: 1, started: None, millis: 21_600_000, sessions: 36, bonding: 28 };
        let earned = RewardsView { accrued: SOUK, expires_epoch: Some(4_041), ..view() };
        let text = describe(&earned, &era);
        assert!(text.contains("1 SOUK (souk rewards claim)"), "{text}");
        assert!(text.contains("the oldest part after epoch 4041, in about 28 days"), "{text}");
    }
}
