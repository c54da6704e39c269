//! `souk stake pool`.

use super::{money, show, Spends, Staker};
use crate::{
    args::{Amount, Pool},
    commands::Context,
    failure::{Failure, Result},
    output::outcome_json,
};
use serde_json::json;
use souk_client::{calls::pools, souk};
use souk_primitives::{
    rewards::mul_div,
    views::{MembershipView, PoolStatus, StakeView},
    Balance,
};

/// Runs it.
pub async fn run(context: &Context, signer: &Staker, command: Pool) -> Result<()> {
    match command {
        Pool::Join { pool, amount } => join(context, signer, pool, amount).await,
        Pool::Leave { amount } => leave(context, signer, amount).await,
        Pool::Claim => claim(context, signer).await,
    }
}

fn member(view: &StakeView) -> Result<&MembershipView> {
    view.pool
        .as_ref()
        .ok_or_else(|| Failure::not_found(format!("{} is in no pool; see `souk stake pools`", view.account)))
}

async fn join(context: &Context, signer: &Staker, id: u32, amount: Balance) -> Result<()> {
    let view = &signer.view;
    if let Some(bond) = &view.bond {
        return Err(Failure::new(format!(
            "{} has a bond of {}, and an account stakes either in a pool or on its own",
            view.account,
            souk(bond.total)
        )));
    }
    let calls = match &view.pool {
        Some(member) if member.pool == id => vec![pools::bond_extra(amount)],
        Some(member) => {
            return Err(Failure::new(format!("{} is in pool {} already", view.account, member.pool)))
        }
        None => {
            let all = signer.chain.all_pools().await?;
            let pool = all.iter().find(|pool| pool.id == id).ok_or_else(|| {
                Failure::not_found(format!("there is no pool {id}; see `souk stake pools`"))
            })?;
            if pool.status != PoolStatus::Open {
                return Err(Failure::new(format!("pool {id} takes no members: it is {:?}", pool.status)));
            }
            if amount < view.min_join_bond {
                return Err(money(format!(
                    "joining a pool takes {} at least, and this is {}",
                    souk(view.min_join_bond),
                    souk(amount)
                )));
            }
            vec![pools::join(amount, id)]
        }
    };
    signer.afford(&calls, amount, Spends::Unlocked).await?;
    let outcome = signer.send(context, calls).await?;
    let mut value = outcome_json(&outcome);
    value["pool"] = json!(id);
    value["bonded"] = json!(amount.to_string());
    context.output.show(value, || format!("{} more at stake in pool {id}", souk(amount)));
    Ok(())
}

async fn leave(context: &Context, signer: &Staker, amount: Amount) -> Result<()> {
    let view = &signer.view;
    let member = member(view)?;
    let (points, amount) = leaving(member, amount, view.min_join_bond)?;
    let outcome = signer.send(context, vec![pools::unbond(view.account.clone(), points)]).await?;
    let after = signer.chain.stake(&view.account).await.ok().and_then(|view| view.pool);
    let free = show::last_free_by(after.as_ref().map(|member| member.unlocking.as_slice()));
    let mut value = outcome_json(&outcome);
    value["pool"] = json!(member.pool);
    value["unbonded"] = json!(amount.to_string());
    context.output.show(value, || {
        format!("{} unbonded from pool {}, free {free}; rewards were paid", souk(amount), member.pool)
    });
    Ok(())
}

/// Points and units that leave. A member stays with no less than one needs to join.
fn leaving(member: &MembershipView, amount: Amount, least: Balance) -> Result<(Balance, Balance)> {
    let amount = amount.of(member.active);
    if member.points == 0 || amount == 0 {
        return Err(money("there is nothing to unbond".into()));
    }
    let Some(left) = member.active.checked_sub(amount) else {
        return Err(money(format!("{} at stake, and this is {}", souk(member.active), souk(amount))));
    };
    if left == 0 {
        return Ok((member.points, amount));
    }
    if left < least {
        return Err(money(format!(
            "{} would be left, and a member has {} at least: unbond {} at most, or all",
            souk(left),
            souk(least),
            souk(member.active.saturating_sub(least))
        )));
    }
    Ok((mul_div(amount, member.points, member.active), amount))
}

async fn claim(context: &Context, signer: &Staker) -> Result<()> {
    let member = member(&signer.view)?;
    if member.pending == 0 {
        return Err(Failure::new(format!("pool {} has nothing for you yet", member.pool)));
    }
    let outcome = signer.send(context, vec![pools::claim_payout()]).await?;
    let mut value = outcome_json(&outcome);
    value["pool"] = json!(member.pool);
    value["claimed"] = json!(member.pending.to_string());
    context.output.show(value, || format!("{} paid by pool {}", souk(member.pending), member.pool));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_primitives::SOUK;

    #[test]
    fn leaving_should_be_counted_in_points() {
        // Slashed by half: two points are worth one unit.
        let member = MembershipView {
            pool: 1,
            name: String::new(),
            active: 10 * SOUK,
            points: 20 * SOUK,
            unlocking: Vec::new(),
            withdrawable: 0,
            pending: 0,
            slashing_spans: 0,
        };
        assert_eq!(leaving(&member, Amount::Some(3 * SOUK), SOUK).unwrap(), (6 * SOUK, 3 * SOUK));
        assert_eq!(leaving(&member, Amount::All, SOUK).unwrap(), (20 * SOUK, 10 * SOUK));
        let little = leaving(&member, Amount::Some(19 * SOUK / 2), SOUK).unwrap_err();
        assert!(little.message.contains("0.5 SOUK would be left"), "{little}");
        assert!(little.message.contains("unbond 9 SOUK at most, or all"), "{little}");
        let much = leaving(&member, Amount::Some(11 * SOUK), SOUK).unwrap_err();
        assert_eq!(much.message, "10 SOUK at stake, and this is 11 SOUK");
    }
}
