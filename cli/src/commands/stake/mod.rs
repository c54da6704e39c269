//! `souk stake`.

mod pool;
mod show;

pub use show::describe_power;

use super::{afford, nothing_before, Context, Spends};
use crate::{
    args::{Amount, Stake, StakeArgs},
    failure::{Code, Failure, Result},
    output::{count, outcome_json},
};
use serde_json::{json, Value};
use souk_client::{
    calls::{pools, staking, system, Call},
    keys, souk, Chain, Keypair, Outcome,
};
use souk_primitives::{
    views::{BondView, PayeeView, StakeView, StakingRole},
    AccountId, Balance,
};
use std::collections::HashMap;

/// Validators that a nominator may back.
const MAX_TARGETS: usize = 16;

/// Runs it.
pub async fn run(context: &Context, args: StakeArgs) -> Result<()> {
    nothing_before(args.command.is_some(), args.account.is_some())?;
    let Some(command) = args.command else {
        return show::status(context, args.account).await;
    };
    match command {
        Stake::Pools => return show::pools(context).await,
        Stake::Validators => return show::validators(context).await,
        _ => {}
    }
    let signer = Staker::new(context).await?;
    match command {
        Stake::Bond { amount, nominate, payee } => bond(context, &signer, amount, nominate, payee).await,
        Stake::More { amount } => more(context, &signer, amount).await,
        Stake::Unbond { amount } => unbond(context, &signer, amount).await,
        Stake::Withdraw => withdraw(context, &signer).await,
        Stake::Nominate { validators } => nominate(context, &signer, validators).await,
        Stake::Chill => {
            signer.bond()?;
            let outcome = signer.send(context, vec![staking::chill()]).await?;
            context.output.show(outcome_json(&outcome), || {
                "from the next election on you neither validate nor nominate; the bond stays".into()
            });
            Ok(())
        }
        Stake::Payee { payee } => {
            signer.bond()?;
            let outcome = signer.send(context, vec![staking::set_payee(payee.clone())]).await?;
            context
                .output
                .show(outcome_json(&outcome), || format!("your rewards go {}", show::payee(&payee)));
            Ok(())
        }
        Stake::Pool(command) => pool::run(context, &signer, command).await,
        Stake::Pools | Stake::Validators => Ok(()),
    }
}

/// Who signs, and what it has at stake.
struct Staker {
    pair: Keypair,
    chain: Chain,
    view: StakeView,
}

impl Staker {
    async fn new(context: &Context) -> Result<Self> {
        let pair = context.pair()?;
        let chain = context.chain().await?;
        let view = chain.stake(&keys::account(&pair)).await?;
        Ok(Self { pair, chain, view })
    }

    fn bond(&self) -> Result<&BondView> {
        self.view.bond.as_ref().ok_or_else(|| {
            let hint = match &self.view.pool {
                Some(member) => format!("; its stake is in pool {}", member.pool),
                None => "; see `souk stake bond`".into(),
            };
            Failure::not_found(format!("{} has no bond{hint}", self.view.account))
        })
    }

    /// Sends calls as one transaction that happens whole or not at all.
    async fn send(&self, context: &Context, calls: Vec<Call>) -> Result<Outcome> {
        context.output.submit(&self.chain, &self.pair, system::all_of(calls)).await
    }

    /// Fails with the numbers when `amount` and the fee of these calls are not there.
    async fn afford(&self, calls: &[Call], amount: Balance, spends: Spends) -> Result<()> {
        afford(&self.chain, &self.view.account, calls, amount, spends).await
    }
}

fn money(message: String) -> Failure {
    Failure { code: Code::Money, message }
}

async fn bond(
    context: &Context,
    signer: &Staker,
    amount: Balance,
    targets: Vec<AccountId>,
    payee: PayeeView,
) -> Result<()> {
    may_bond(&signer.view)?;
    let least = signer.chain.constant("Balances", "ExistentialDeposit").await?.unwrap_or(0);
    if amount < least {
        return Err(money(format!("a bond is {} at least, and this is {}", souk(least), souk(amount))));
    }
    let mut calls = vec![staking::bond(amount, payee)];
    if !targets.is_empty() {
        enough_to_nominate(amount, &signer.view)?;
        check_targets(&signer.chain, &targets).await?;
        calls.push(staking::nominate(targets.clone()));
    }
    signer.afford(&calls, amount, Spends::Locked).await?;
    let outcome = signer.send(context, calls).await?;
    let mut value = outcome_json(&outcome);
    value["bonded"] = json!(amount.to_string());
    value["targets"] = json!(targets.iter().map(AccountId::to_string).collect::<Vec<_>>());
    context.output.show(value, || match targets.len() {
        0 => format!(
            "{} at stake for nobody: it earns nothing before you nominate (souk stake nominate)",
            souk(amount)
        ),
        n => format!("{} at stake for {}", souk(amount), count(n as u64, "validator")),
    });
    Ok(())
}

/// Whether an account may make a bond.
fn may_bond(view: &StakeView) -> Result<()> {
    if let Some(bond) = &view.bond {
        return Err(Failure::new(format!(
            "{} has a bond of {} already; `souk stake more` adds to it",
            view.account,
            souk(bond.total)
        )));
    }
    match &view.pool {
        Some(member) => Err(Failure::new(format!(
            "{} is in pool {}, and an account stakes either in a pool or on its own",
            view.account, member.pool
        ))),
        None => Ok(()),
    }
}

fn enough_to_nominate(active: Balance, view: &StakeView) -> Result<()> {
    match active < view.min_nominator_bond {
        true => Err(money(format!(
            "nominating takes a bond of {} at least, and this is {}: `souk stake more` adds to one, and a pool takes less (souk stake pools)",
            souk(view.min_nominator_bond),
            souk(active)
        ))),
        false => Ok(()),
    }
}

/// Every one of them stands for election and takes nominators.
async fn check_targets(chain: &Chain, targets: &[AccountId]) -> Result<()> {
    if targets.len() > MAX_TARGETS {
        return Err(Failure::new(format!(
            "these are {} validators, and a nominator may back {MAX_TARGETS}",
            targets.len()
        )));
    }
    if let Some((_, twice)) = targets.iter().enumerate().find(|(i, one)| targets[..*i].contains(*one)) {
        return Err(Failure::new(format!("{twice} is named twice")));
    }
    let blocked: HashMap<_, _> =
        chain.all_validators().await?.into_iter().map(|view| (view.account, view.blocked)).collect();
    for target in targets {
        match blocked.get(target) {
            Some(false) => {}
            Some(true) => return Err(Failure::new(format!("{target} takes no new nominators"))),
            None => {
                return Err(Failure::not_found(format!(
                    "{target} does not stand for election; see `souk stake validators`"
                )))
            }
        }
    }
    Ok(())
}

async fn more(context: &Context, signer: &Staker, amount: Balance) -> Result<()> {
    let active = signer.bond()?.active;
    let calls = vec![staking::bond_extra(amount)];
    signer.afford(&calls, amount, Spends::Locked).await?;
    let outcome = signer.send(context, calls).await?;
    let mut value = outcome_json(&outcome);
    value["added"] = json!(amount.to_string());
    let after = active.saturating_add(amount);
    context.output.show(value, || format!("{} more at stake, {} now", souk(amount), souk(after)));
    Ok(())
}

async fn unbond(context: &Context, signer: &Staker, amount: Amount) -> Result<()> {
    let (calls, amount) = unbonding(signer.bond()?, amount, &signer.view)?;
    let chilled = calls.len() > 1;
    let outcome = signer.send(context, calls).await?;
    // The chain says when it is free: in the last epoch of an era it counts from the next one.
    // The stake is out, whether or not the node can still be asked.
    let after = signer.chain.stake(&signer.view.account).await.ok().and_then(|view| view.bond);
    let free = show::last_free_by(after.as_ref().map(|bond| bond.unlocking.as_slice()));
    let mut value = outcome_json(&outcome);
    value["unbonded"] = json!(amount.to_string());
    context.output.show(value, || {
        let chilled = if chilled { "; you nominate and validate no more" } else { "" };
        format!("{} unbonded, free {free}{chilled}", souk(amount))
    });
    Ok(())
}

/// What takes `amount` off stake. All of it ends nominations too: the chain leaves no bond below the least one.
fn unbonding(bond: &BondView, amount: Amount, view: &StakeView) -> Result<(Vec<Call>, Balance)> {
    let amount = amount.of(bond.active);
    if bond.active == 0 || amount == 0 {
        return Err(money("there is nothing to unbond".into()));
    }
    let Some(left) = bond.active.checked_sub(amount) else {
        return Err(money(format!("{} at stake, and this is {}", souk(bond.active), souk(amount))));
    };
    let is_nominator = matches!(bond.role, StakingRole::Nominator { .. });
    if left == 0 && bond.role != StakingRole::Idle {
        return Ok((vec![staking::chill(), staking::unbond(amount)], amount));
    }
    if is_nominator && left < view.min_nominator_bond {
        return Err(money(format!(
            "{} would be left, and a nominator's bond is {} at least: unbond {} at most, or all",
            souk(left),
            souk(view.min_nominator_bond),
            souk(bond.active.saturating_sub(view.min_nominator_bond))
        )));
    }
    Ok((vec![staking::unbond(amount)], amount))
}

async fn withdraw(context: &Context, signer: &Staker) -> Result<()> {
    let (calls, amount) = withdrawal(&signer.view)?;
    let outcome = signer.send(context, calls).await?;
    let mut value = outcome_json(&outcome);
    value["withdrawn"] = json!(amount.to_string());
    context.output.show(value, || format!("{} free again", souk(amount)));
    Ok(())
}

/// What frees everything that may be.
fn withdrawal(view: &StakeView) -> Result<(Vec<Call>, Balance)> {
    let mut calls = Vec::new();
    let mut amount: Balance = 0;
    if let Some(bond) = view.bond.as_ref().filter(|bond| bond.withdrawable > 0) {
        calls.push(staking::withdraw_unbonded(bond.slashing_spans));
        amount = amount.saturating_add(bond.withdrawable);
    }
    if let Some(member) = view.pool.as_ref().filter(|member| member.withdrawable > 0) {
        calls.push(pools::withdraw_unbonded(view.account.clone(), member.slashing_spans));
        amount = amount.saturating_add(member.withdrawable);
    }
    if !calls.is_empty() {
        return Ok((calls, amount));
    }
    let waiting = view.bond.iter().flat_map(|bond| &bond.unlocking);
    let waiting = waiting.chain(view.pool.iter().flat_map(|member| &member.unlocking));
    Err(match waiting.min_by_key(|chunk| chunk.era) {
        Some(next) => Failure::new(format!(
            "nothing may be withdrawn yet: {} {}",
            souk(next.amount),
            show::free_by(next)
        )),
        None => Failure::new("nothing was unbonded, so there is nothing to withdraw"),
    })
}

async fn nominate(context: &Context, signer: &Staker, targets: Vec<AccountId>) -> Result<()> {
    enough_to_nominate(signer.bond()?.active, &signer.view)?;
    check_targets(&signer.chain, &targets).await?;
    let outcome = signer.send(context, vec![staking::nominate(targets.clone())]).await?;
    let mut value: Value = outcome_json(&outcome);
    value["targets"] = json!(targets.iter().map(AccountId::to_string).collect::<Vec<_>>());
    context.output.show(value, || {
        format!("from the next election on you back {}", count(targets.len() as u64, "validator"))
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_primitives::{
        views::{EraView, MembershipView, UnlockingView},
        SOUK,
    };

    pub fn view(bond: Option<BondView>, pool: Option<MembershipView>) -> StakeView {
        StakeView {
            account: AccountId::new([1; 32]),
            era: EraView { index: 9, started: Some(0), millis: 60_000, sessions: 2, bonding: 2 },
            bond,
            pool,
            min_nominator_bond: 10 * SOUK,
            min_join_bond: SOUK,
        }
    }

    fn bonded(active: Balance, role: StakingRole) -> BondView {
        BondView {
            total: active,
            active,
            unlocking: Vec::new(),
            withdrawable: 0,
            role,
            payee: PayeeView::Staked,
            elected: false,
            slashing_spans: 0,
        }
    }

    fn nominator(active: Balance) -> BondView {
        bonded(active, StakingRole::Nominator { targets: vec![AccountId::new([2; 32])] })
    }

    fn labels(calls: &[Call]) -> Vec<String> {
        calls.iter().map(Call::label).collect()
    }

    #[test]
    fn unbonding_should_leave_no_bond_that_is_too_small() {
        let bond = nominator(25 * SOUK);
        let view = view(Some(bond.clone()), None);
        let (calls, amount) = unbonding(&bond, Amount::Some(15 * SOUK), &view).unwrap();
        assert_eq!((labels(&calls), amount), (vec!["Staking.unbond".into()], 15 * SOUK));
        let refused = unbonding(&bond, Amount::Some(16 * SOUK), &view).unwrap_err();
        assert_eq!(refused.code, Code::Money);
        assert!(refused.message.contains("9 SOUK would be left"), "{refused}");
        assert!(refused.message.contains("unbond 15 SOUK at most, or all"), "{refused}");
        let (calls, amount) = unbonding(&bond, Amount::All, &view).unwrap();
        assert_eq!(labels(&calls), ["Staking.chill", "Staking.unbond"]);
        assert_eq!(amount, 25 * SOUK);
        let refused = unbonding(&bond, Amount::Some(26 * SOUK), &view).unwrap_err();
        assert_eq!(refused.message, "25 SOUK at stake, and this is 26 SOUK");
        // Nobody's bond has no least size.
        let idle = bonded(25 * SOUK, StakingRole::Idle);
        assert_eq!(labels(&unbonding(&idle, Amount::Some(24 * SOUK), &view).unwrap().0), ["Staking.unbond"]);
        assert_eq!(labels(&unbonding(&idle, Amount::All, &view).unwrap().0), ["Staking.unbond"]);
        assert!(unbonding(&bonded(0, StakingRole::Idle), Amount::All, &view).is_err());
    }

    #[test]
    fn withdrawing_should_take_all_that_is_free_and_say_what_is_not() {
        let waits = UnlockingView { amount: 3 * SOUK, era: 11, at: Some(0) };
        let mut bond = nominator(10 * SOUK);
        bond.unlocking = vec![waits.clone()];
        let refused = withdrawal(&view(Some(bond.clone()), None)).unwrap_err();
        assert!(refused.message.contains("3 SOUK by era 11"), "{refused}");
        bond.withdrawable = 2 * SOUK;
        let member = MembershipView {
            pool: 1,
            name: String::new(),
            active: 0,
            points: 0,
            unlocking: vec![waits],
            withdrawable: SOUK,
            pending: 0,
            slashing_spans: 4,
        };
        let view = view(Some(bond), Some(member));
        let (calls, amount) = withdrawal(&view).unwrap();
        assert_eq!(labels(&calls), ["Staking.withdraw_unbonded", "NominationPools.withdraw_unbonded"]);
        assert_eq!(amount, 3 * SOUK);
        assert!(withdrawal(&super::tests::view(None, None))
            .unwrap_err()
            .message
            .contains("nothing was unbonded"));
    }

    #[test]
    fn a_bond_should_be_made_once_and_beside_no_pool() {
        assert!(may_bond(&view(None, None)).is_ok());
        let twice = may_bond(&view(Some(nominator(10 * SOUK)), None)).unwrap_err();
        assert!(twice.message.contains("a bond of 10 SOUK already; `souk stake more`"), "{twice}");
        let little = enough_to_nominate(9 * SOUK, &view(None, None)).unwrap_err();
        assert!(little.message.contains("10 SOUK at least, and this is 9 SOUK"), "{little}");
    }
}
