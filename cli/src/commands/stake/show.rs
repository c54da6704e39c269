//! What `souk stake` shows.

use crate::{
    commands::Context,
    failure::Result,
    output::{columns, count, legible},
    sales::offer::show_share,
    times,
};
use serde_json::json;
use souk_client::souk;
use souk_primitives::{
    views::{
        BondView, EraView, MembershipView, PayeeView, PoolView, StakeView, StakingRole, UnlockingView,
        ValidatorView, VotingPowerView,
    },
    AccountId,
};
use std::cmp::Reverse;

/// What an account has at stake, and may vote with.
pub async fn status(context: &Context, account: Option<AccountId>) -> Result<()> {
    let account = context.account(account)?;
    let chain = context.chain().await?;
    let view = chain.stake(&account).await?;
    let power = chain.power(&account).await?;
    let mut value = json!(view);
    value["power"] = json!(power);
    context.output.show(value, || describe(&view, &power));
    Ok(())
}

fn describe(view: &StakeView, power: &VotingPowerView) -> String {
    let mut rows = vec![("account", view.account.to_string()), ("era", era(&view.era))];
    match &view.bond {
        Some(bond) => rows.extend(describe_bond(bond)),
        None => rows.push(("bond", "none".into())),
    }
    if let Some(member) = &view.pool {
        rows.extend(describe_membership(member));
    }
    if power.provider > 0 {
        rows.push(("as a provider", format!("{} at stake", souk(power.provider))));
    }
    rows.push(("may vote", describe_power(power)));
    columns(&rows)
}

fn era(era: &EraView) -> String {
    let next = era.begins(era.index.saturating_add(1));
    match next {
        Some(next) => format!("{}, the next about {}", era.index, times::date_after(next)),
        None => era.index.to_string(),
    }
}

fn describe_bond(bond: &BondView) -> Vec<(&'static str, String)> {
    let mut rows = vec![("bond", format!("{}, {} of it at stake", souk(bond.total), souk(bond.active)))];
    match &bond.role {
        StakingRole::Idle if bond.active == 0 => {
            rows.push(("for", "nobody: nothing of it is at stake (souk stake more)".into()));
        }
        StakingRole::Idle => {
            rows.push(("for", "nobody: it earns nothing (souk stake nominate)".into()));
        }
        StakingRole::Validator { commission, blocked } => {
            let elected = if bond.elected { "elected" } else { "not elected in this era" };
            let blocked = if *blocked { ", takes no new nominators" } else { "" };
            let told = format!("itself as a validator, {elected}, commission {}", show_share(*commission));
            rows.push(("for", told + blocked));
        }
        StakingRole::Nominator { targets } => {
            rows.extend(targets.iter().map(|target| ("for", target.to_string())));
        }
    }
    rows.push(("rewards go", payee(&bond.payee)));
    rows.extend(bond.unlocking.iter().map(unbonding));
    if bond.withdrawable > 0 {
        rows.push(("to withdraw", format!("{} (souk stake withdraw)", souk(bond.withdrawable))));
    }
    rows
}

fn describe_membership(member: &MembershipView) -> Vec<(&'static str, String)> {
    let mut rows = vec![(
        "pool",
        format!("{} ({}), {} at stake", member.pool, legible(&member.name), souk(member.active)),
    )];
    rows.extend(member.unlocking.iter().map(unbonding));
    if member.withdrawable > 0 {
        rows.push(("to withdraw", format!("{} (souk stake withdraw)", souk(member.withdrawable))));
    }
    if member.pending > 0 {
        rows.push(("to claim", format!("{} (souk stake pool claim)", souk(member.pending))));
    }
    rows
}

fn unbonding(chunk: &UnlockingView) -> (&'static str, String) {
    ("unbonding", format!("{}, free {}", souk(chunk.amount), free_by(chunk)))
}

/// `by era 11, about 2026-11-21 22:03 UTC`: when an unbonded amount may be withdrawn.
pub fn free_by(chunk: &UnlockingView) -> String {
    match chunk.at {
        Some(at) => format!("by era {}, about {}", chunk.era, times::date_after(at)),
        None => format!("by era {}", chunk.era),
    }
}

/// The same of what was unbonded last, where it can be seen.
pub fn last_free_by(unlocking: Option<&[UnlockingView]>) -> String {
    let last = unlocking.and_then(|chunks| chunks.iter().max_by_key(|chunk| chunk.era));
    last.map_or_else(|| "when `souk stake` says".into(), free_by)
}

/// Where rewards go.
pub fn payee(payee: &PayeeView) -> String {
    match payee {
        PayeeView::Staked => "into the bond".into(),
        PayeeView::Stash => "to its owner, free".into(),
        PayeeView::Account(account) => format!("to {account}"),
        PayeeView::None => "nowhere".into(),
    }
}

/// What may vote, what more and from when on.
pub fn describe_power(power: &VotingPowerView) -> String {
    if power.power == 0 && power.warming == 0 {
        return "nothing: what votes is stake that nominates, validates or is in a pool (souk stake bond, souk stake \
                nominate, souk stake pool join)"
            .into();
    }
    let warming = match (power.warming, power.more_in) {
        (0, _) => String::new(),
        (more, Some(era)) => format!(", {} more from era {era} on", souk(more)),
        // Staking tells nobody of rewards that were paid into a bond.
        (more, None) => {
            format!(", {} more two eras after the bond is next changed (souk stake more)", souk(more))
        }
    };
    format!("{}{warming}", souk(power.power))
}

/// Who stands for election.
pub async fn validators(context: &Context) -> Result<()> {
    let chain = context.chain().await?;
    let mut all = chain.all_validators().await?;
    by_stake(&mut all);
    context.output.show(json!(all), || match all.is_empty() {
        true => "nobody stands for election".into(),
        false => all.iter().map(validator).collect::<Vec<_>>().join("\n"),
    });
    Ok(())
}

/// Elected ones first, then by stake.
fn by_stake(all: &mut [ValidatorView]) {
    all.sort_by_key(|view| Reverse((view.elected, view.stake, view.own)));
}

fn validator(view: &ValidatorView) -> String {
    let state = match (view.elected, view.blocked) {
        (true, false) => String::new(),
        (false, false) => "  not elected".into(),
        (true, true) => "  takes no new nominators".into(),
        (false, true) => "  not elected, takes no new nominators".into(),
    };
    let stake = if view.elected { view.stake } else { view.own };
    format!(
        "{}  {:>20}  commission {:>6}  {:<16}{state}",
        view.account,
        souk(stake),
        show_share(view.commission),
        count(view.nominators, "nominator")
    )
    .trim_end()
    .into()
}

/// The pools.
pub async fn pools(context: &Context) -> Result<()> {
    let chain = context.chain().await?;
    let mut all = chain.all_pools().await?;
    all.sort_by_key(|pool| pool.id);
    context.output.show(json!(all), || match all.is_empty() {
        true => "there are no pools".into(),
        false => all.iter().map(pool).collect::<Vec<_>>().join("\n"),
    });
    Ok(())
}

fn pool(view: &PoolView) -> String {
    format!(
        "{:>4}  {:<32} {:>20}  commission {:>6}  {:<12} backs {}  {:?}",
        view.id,
        legible(&view.name),
        souk(view.stake),
        show_share(view.commission),
        count(view.members, "member"),
        count(view.targets.len() as u64, "validator"),
        view.status
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_primitives::{Balance, SOUK};

    fn power(power: Balance, warming: Balance, more_in: Option<u32>) -> VotingPowerView {
        VotingPowerView { bond: power + warming, pool: 0, provider: 0, power, warming, era: 8, more_in }
    }

    #[test]
    fn power_should_say_what_is_missing_and_until_when() {
        let told = describe_power(&power(25 * SOUK / 2, 31 * SOUK / 10, Some(9)));
        assert_eq!(told, "12.5 SOUK, 3.1 SOUK more from era 9 on");
        assert_eq!(describe_power(&power(SOUK, 0, None)), "1 SOUK");
        assert!(describe_power(&power(0, 0, None)).starts_with("nothing: what votes is stake that nominates"));
        assert_eq!(describe_power(&power(0, SOUK, Some(10))), "0 SOUK, 1 SOUK more from era 10 on");
        let untold = describe_power(&power(SOUK, SOUK, None));
        assert!(
            untold.starts_with("1 SOUK, 1 SOUK more two eras after the bond is next changed"),
            "{untold}"
        );
    }

    #[test]
    fn stake_should_be_told_with_dates() {
        let view = StakeView {
            account: AccountId::new([1; 32]),
            era: EraView { index: 9, started: Some(0), millis: 60_000, sessions: 2, bonding: 2 },
            bond: Some(BondView {
                total: 12 * SOUK,
                active: 10 * SOUK,
                unlocking: vec![UnlockingView { amount: SOUK, era: 11, at: Some(120_000) }],
                withdrawable: SOUK,
                role: StakingRole::Validator { commission: 50_000, blocked: true },
                payee: PayeeView::Stash,
                elected: true,
                slashing_spans: 0,
            }),
            pool: None,
            min_nominator_bond: 0,
            min_join_bond: 0,
        };
        let text = describe(&view, &power(10 * SOUK, 0, None));
        for line in [
            "era          9, the next about 1970-01-01 00:01 UTC",
            "bond         12 SOUK, 10 SOUK of it at stake",
            "for          itself as a validator, elected, commission 5 %, takes no new nominators",
            "rewards go   to its owner, free",
            "unbonding    1 SOUK, free by era 11, about 1970-01-01 00:02 UTC",
            "to withdraw  1 SOUK (souk stake withdraw)",
            "may vote     10 SOUK",
        ] {
            assert!(text.lines().any(|told| told == line), "{line:?} is not in:\n{text}");
        }
    }

    #[test]
    fn validators_should_come_by_what_backs_them() {
        let one = |n: u8, elected, stake, own| ValidatorView {
            account: AccountId::new([n; 32]),
            commission: 0,
            blocked: false,
            elected,
            own,
            stake,
            nominators: 1,
        };
        let mut all = [one(1, false, 0, 900), one(2, true, 5, 1), one(3, true, 7, 1), one(4, false, 0, 901)];
        by_stake(&mut all);
        let order: Vec<u8> = all.iter().map(|view| AsRef::<[u8]>::as_ref(&view.account)[0]).collect();
        assert_eq!(order, [3, 2, 4, 1]);
        assert!(validator(&all[2]).ends_with("1 nominator       not elected"), "{}", validator(&all[2]));
    }
}
