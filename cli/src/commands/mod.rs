//! The commands.

mod audit;
mod buy;
mod channel;
mod gateway;
mod keys;
mod licences;
mod listing;
mod model;
mod provider;
mod purchases;
mod referenda;
mod rewards;
mod send;
mod stake;
mod status;
mod verifier;
mod vote;

use crate::{
    args::{Cli, Command, Global},
    failure::{Code, Failure, Result},
    output::Output,
};
use souk_client::{
    calls::{system, Call},
    Chain, Error, Keypair,
};
use souk_primitives::{views::SpecView, AccountId, Balance};
use std::time::Duration;

/// Runs a command.
pub async fn run(cli: Cli) -> Result<()> {
    let context = Context { output: cli.output(), global: cli.global };
    match cli.command {
        Command::Keys(command) => keys::run(&context, command),
        Command::Gateway(args) => gateway::run(&context, *args).await,
        Command::Provider(command) => provider::run(&context, command).await,
        Command::Channel(command) => channel::run(&context, command).await,
        Command::Audit(command) => audit::run(&context, command).await,
        Command::Model(command) => model::run(&context, command).await,
        Command::Verifier(command) => verifier::run(&context, command).await,
        Command::Listing(command) => listing::run(&context, command).await,
        Command::Buy(args) => buy::run(&context, *args).await,
        Command::Licences { account } => licences::run(&context, account).await,
        Command::Purchases { account } => purchases::run(&context, account).await,
        Command::Send { to, amount } => send::run(&context, to, amount).await,
        Command::Stake(args) => stake::run(&context, args).await,
        Command::Rewards(args) => rewards::run(&context, args).await,
        Command::Referenda(args) => referenda::run(&context, args).await,
        Command::Vote(args) => vote::run(&context, args).await,
        Command::Status { account } => status::run(&context, account).await,
    }
}

/// For a node that is just being started.
const PATIENCE: Duration = Duration::from_secs(5);

/// What every command has.
pub struct Context {
    /// Where results go.
    pub output: Output,
    /// The flags that all share.
    pub global: Global,
}

impl Context {
    /// The chain.
    pub async fn chain(&self) -> Result<Chain> {
        let _wait = self.output.wait(format!("connecting to {}", self.global.node));
        Ok(Chain::connect_within(&self.global.node, PATIENCE).await?)
    }

    /// The caller's key.
    pub fn pair(&self) -> Result<Keypair> {
        let source = self.global.key.as_ref().ok_or_else(|| Failure {
            code: Code::Key,
            message: "this needs your key: --key FILE (or SOUK_KEY)".into(),
        })?;
        Ok(source.pair()?)
    }

    /// The account given, or the caller's.
    pub fn account(&self, given: Option<AccountId>) -> Result<AccountId> {
        match given {
            Some(account) => Ok(account),
            None => self.pair().map(|pair| souk_client::keys::account(&pair)),
        }
    }
}

/// Bytes of a transaction around its call.
const ENVELOPE: u32 = 256;

/// Whether a payment may be made of what votes have locked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Spends {
    /// It may: a hold, which overlaps locks.
    Locked,
    /// It may not.
    Unlocked,
}

/// Fails with the numbers when an account lacks `amount` and the fee of these calls.
pub async fn afford(
    chain: &Chain,
    account: &AccountId,
    calls: &[Call],
    amount: Balance,
    spends: Spends,
) -> Result<()> {
    let fee = chain.fee(&system::all_of(calls.to_vec()), ENVELOPE).await?;
    let needs = amount.saturating_add(fee);
    let least = chain.constant("Balances", "ExistentialDeposit").await?.unwrap_or(0);
    let mut balance = chain.balance(account).await?;
    if spends == Spends::Locked {
        balance.frozen = 0;
    }
    let free = balance.spendable(least);
    if free < needs {
        return Err(Error::NotEnough { account: account.to_string(), needs, free }.into());
    }
    Ok(())
}

/// A command of a family takes nothing that only the family's own report takes.
fn nothing_before(command: bool, given: bool) -> Result<()> {
    match command && given {
        true => Err(Failure::new("what stands before the command means nothing to it: leave it out")),
        false => Ok(()),
    }
}

/// A spec by id or by the name of its model.
pub async fn find_spec(chain: &Chain, wanted: &str) -> Result<SpecView> {
    let specs = chain.all_specs().await?;
    let mut found = specs
        .into_iter()
        .filter(|spec| spec.model == wanted || crate::output::hex0x(&spec.id) == wanted)
        .collect::<Vec<_>>();
    match found.len() {
        0 => Err(Failure::not_found(format!("there is no spec {wanted:?}; see `souk model list`"))),
        1 => Ok(found.remove(0)),
        n => Err(Failure::new(format!("{n} specs are called {wanted:?}; name one by its id"))),
    }
}
