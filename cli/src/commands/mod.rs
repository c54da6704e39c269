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
mod stake;
mod status;
mod verifier;
mod vote;

use crate::{
    args::{Cli, Command, Global},
    failure::{Code, Failure, Result},
    output::Output,
};
use souk_client::{Chain, Keypair};
use souk_primitives::{views::SpecView, AccountId};

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
        Command::Stake(args) => stake::run(&context, args).await,
        Command::Rewards(args) => rewards::run(&context, args).await,
        Command::Referenda(args) => referenda::run(&context, args).await,
        Command::Vote(args) => vote::run(&context, args).await,
        Command::Status { account } => status::run(&context, account).await,
    }
}

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
        Ok(Chain::connect_within(&self.global.node, std::time::Duration::from_secs(20)).await?)
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
