//! The command line.

mod referenda;
mod sales;
mod stake;

pub use referenda::{Asked, CallBytes, Referenda, ReferendaArgs, SubmitArgs};
pub use sales::{
    Acting, BuyArgs, Kind, Listing, OfferArgs, Offers, OwnListing, PublishArgs, SearchArgs, Sort,
};
pub use stake::{Amount, Choice, Pool, Rewards, RewardsArgs, Stake, StakeArgs, Switch, Vote, VoteArgs};

use crate::output::Output;
use clap::{Args, Parser, Subcommand};
use souk_client::{
    keys::{Keypair, SecretError},
    SecretSource,
};
use souk_primitives::{AccountId, Balance};
use sp_core::crypto::Ss58Codec;
use std::{net::SocketAddr, path::PathBuf};

/// Souk: audited AI inference without a middleman.
#[derive(Parser, Debug)]
#[command(name = "souk", version, about, propagate_version = true)]
pub struct Cli {
    /// What all commands share.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What all commands share.
#[derive(Args, Debug, Clone)]
pub struct Global {
    /// WebSocket address of a node.
    #[arg(long, global = true, env = "SOUK_NODE", default_value = "ws://127.0.0.1:9944")]
    pub node: String,
    /// Your key: a file of mode 600 (see `souk keys generate`), or a development key such as //Alice.
    #[arg(long, global = true, env = "SOUK_KEY")]
    pub key: Option<Key>,
    /// One JSON value a result.
    #[arg(long, global = true)]
    pub json: bool,
}

/// A key as it stands on the command line. Any text is taken here and refused later: clap would repeat it in its error.
#[derive(Clone, Debug)]
pub enum Key {
    /// Where the key is.
    At(SecretSource),
    /// The secret itself, which is not kept.
    Inline,
}

impl Key {
    /// Reads the pair.
    pub fn pair(&self) -> Result<Keypair, SecretError> {
        match self {
            Key::At(source) => source.pair(),
            Key::Inline => Err(SecretError::Inline),
        }
    }
}

impl std::str::FromStr for Key {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.parse().map_or(Key::Inline, Key::At))
    }
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make and look at keys.
    #[command(subcommand)]
    Keys(Keys),
    /// A plain OpenAI API on localhost, paid on the market.
    Gateway(Box<GatewayArgs>),
    /// Be a provider.
    #[command(subcommand)]
    Provider(Provider),
    /// Your channels.
    #[command(subcommand)]
    Channel(Channel),
    /// Audits.
    #[command(subcommand)]
    Audit(Audit),
    /// Publish models.
    #[command(subcommand)]
    Model(Model),
    /// Be a verifier (as a validator).
    #[command(subcommand)]
    Verifier(Verifier),
    /// Sell files.
    #[command(subcommand)]
    Listing(Listing),
    /// Buy a file: order it, fetch and check the copy, pay, decrypt. Run it again to go on after an interruption.
    Buy(Box<BuyArgs>),
    /// What an account may use.
    Licences {
        /// The account; that of --key when missing.
        #[arg(value_parser = account)]
        account: Option<AccountId>,
    },
    /// What an account bought and sold, open or recent.
    Purchases {
        /// The account; that of --key when missing.
        #[arg(value_parser = account)]
        account: Option<AccountId>,
    },
    /// Pay somebody.
    Send {
        /// Whom: an address, or on a test chain a development key such as //Bob.
        to: String,
        /// In SOUK.
        #[arg(value_parser = more_than_nothing, allow_negative_numbers = true)]
        amount: Balance,
    },
    /// What is at stake, and more of it or less.
    Stake(StakeArgs),
    /// What providers, validators and publishers have earned.
    Rewards(RewardsArgs),
    /// What is being decided, and what else should be.
    Referenda(ReferendaArgs),
    /// Vote with your stake.
    Vote(VoteArgs),
    /// Everything that you own, owe and are owed.
    Status {
        /// The account; that of --key when missing.
        #[arg(value_parser = account)]
        account: Option<AccountId>,
    },
}

/// Keys.
#[derive(Subcommand, Debug)]
pub enum Keys {
    /// Make a key and write it to a new file of mode 600. Its words are shown once.
    Generate {
        /// The file.
        file: PathBuf,
        /// Do not show the words.
        #[arg(long)]
        quiet: bool,
    },
    /// Show the public part of a key: that of --key, or of the file given.
    Inspect {
        /// The file, or a development key.
        key: Option<Key>,
    },
}

/// The gateway.
#[derive(Args, Debug, Clone)]
pub struct GatewayArgs {
    /// Where it listens.
    #[arg(long, env = "SOUK_LISTEN", default_value = "127.0.0.1:8899")]
    pub listen: SocketAddr,
    /// Folder of its store: what was signed and what was received. Keep it.
    #[arg(long, env = "SOUK_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Paid into a new channel, and again when it runs short.
    #[arg(long, env = "SOUK_DEPOSIT", default_value = "1", value_parser = amount)]
    pub deposit: Balance,
    /// Most that may be in open channels at a time.
    #[arg(long, env = "SOUK_BUDGET", default_value = "100", value_parser = amount)]
    pub budget: Balance,
    /// Most that one call may cost.
    #[arg(long, env = "SOUK_MAX_CHARGE", default_value = "10", value_parser = amount)]
    pub max_charge: Balance,
    /// Highest price per 1,000 tokens of prompt.
    #[arg(long, env = "SOUK_MAX_PRICE_INPUT", value_parser = amount)]
    pub max_price_input: Option<Balance>,
    /// Highest price per 1,000 tokens of answer.
    #[arg(long, env = "SOUK_MAX_PRICE_OUTPUT", value_parser = amount)]
    pub max_price_output: Option<Balance>,
    /// Audited Valid batches that a provider must have.
    #[arg(long, env = "SOUK_MIN_RECORD", default_value_t = 0)]
    pub min_record: u32,
    /// Use models that nobody audits, too.
    #[arg(long, env = "SOUK_ALLOW_UNAUDITED")]
    pub allow_unaudited: bool,
    /// Channels with one provider for one model; each carries four calls at a time.
    #[arg(long, default_value_t = 4)]
    pub max_channels: usize,
    /// Blocks for which a new channel is open.
    #[arg(long, default_value_t = 100_000)]
    pub channel_blocks: u32,
    /// Longest answer when a client names no limit.
    #[arg(long, default_value_t = 512)]
    pub default_max_tokens: u32,
    /// Seconds without a call after which the last voucher is handed over.
    #[arg(long, default_value_t = 3)]
    pub idle_seconds: u64,
    /// Days for which closed channels stay in the store, with their calls and receipts.
    #[arg(long, default_value_t = 30)]
    pub keep_days: u32,
    /// Use providers at private addresses.
    #[arg(long)]
    pub private_endpoints: bool,
    /// For a local market: providers at private addresses are fine.
    #[arg(long)]
    pub dev: bool,
    /// File with a key that clients must send.
    #[arg(long, env = "SOUK_API_KEY_FILE")]
    pub api_key_file: Option<PathBuf>,
    /// Further names under which clients reach the gateway.
    #[arg(long = "host-name")]
    pub host_names: Vec<String>,
}

/// Providers.
#[derive(Subcommand, Debug)]
pub enum Provider {
    /// Bond and wait for the validator; with --validator-key, it accepts at once.
    Register {
        /// Stash of the validator whose sidecar it is.
        #[arg(long, value_parser = account)]
        validator: Option<AccountId>,
        /// The validator's own key, to accept in the same go.
        #[arg(long)]
        validator_key: Option<Key>,
        /// URL at which the sidecar answers.
        #[arg(long)]
        endpoint: String,
        /// Bond in SOUK.
        #[arg(long, value_parser = amount)]
        bond: Balance,
        /// Key that signs receipts: the file that the sidecar has, or its public key in hex.
        #[arg(long)]
        receipt_key: String,
        /// X25519 public key in hex, for sealed material.
        #[arg(long, value_parser = digest, default_value = "0x0000000000000000000000000000000000000000000000000000000000000000")]
        seal_key: [u8; 32],
        /// What it runs on.
        #[arg(long, default_value = "")]
        hardware: String,
    },
    /// As a validator: accept a sidecar.
    Accept {
        /// The provider.
        #[arg(value_parser = account)]
        provider: AccountId,
    },
    /// Serve a spec at a price, or change the price.
    Serve {
        /// The spec's id, or the model's name.
        spec: String,
        /// SOUK per 1,000 tokens of prompt.
        #[arg(long, value_parser = amount)]
        price_input: Balance,
        /// SOUK per 1,000 tokens of answer.
        #[arg(long, value_parser = amount)]
        price_output: Balance,
        /// Tokens a second.
        #[arg(long, default_value_t = 10)]
        capacity: u32,
    },
    /// What the chain knows about a provider.
    Status {
        /// The provider; that of --key when missing.
        #[arg(value_parser = account)]
        provider: Option<AccountId>,
    },
    /// Leave: no new channels, open ones finish.
    Drain,
    /// After draining and the unbonding period: take the bond back.
    Withdraw,
}

/// Channels.
#[derive(Subcommand, Debug)]
pub enum Channel {
    /// List them.
    List {
        /// The account; that of --key when missing.
        #[arg(value_parser = account)]
        account: Option<AccountId>,
        /// Closed ones too.
        #[arg(long)]
        all: bool,
    },
    /// Hand the last voucher over, then start a channel's grace period; the rest comes back when it ends. As its
    /// provider: settle the last voucher and close at once.
    Close(CloseArgs),
}

/// Closing a channel.
#[derive(Args, Debug, Clone)]
pub struct CloseArgs {
    /// The channel's id.
    #[arg(value_parser = digest)]
    pub channel: [u8; 32],
    /// Wait until the money is back.
    #[arg(long)]
    pub wait: bool,
    /// Close even if not everything that is owed could be handed over (or, as its provider, settled).
    #[arg(long)]
    pub force: bool,
    /// The gateway's folder, where vouchers and receipts are.
    #[arg(long, env = "SOUK_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// File with the key that the gateway asks its clients for, if it runs.
    #[arg(long, env = "SOUK_API_KEY_FILE")]
    pub api_key_file: Option<PathBuf>,
    /// For a local market: a provider at a private address is fine.
    #[arg(long)]
    pub dev: bool,
}

/// Audits.
#[derive(Subcommand, Debug)]
pub enum Audit {
    /// Tell every step of every audit as it becomes final.
    Watch {
        /// Only audits of this provider.
        #[arg(long, value_parser = account)]
        provider: Option<AccountId>,
        /// End after this many ended audits.
        #[arg(long)]
        count: Option<u32>,
    },
}

/// Models.
#[derive(Subcommand, Debug)]
pub enum Model {
    /// Register a listing, its first version and a spec from a manifest.
    Publish {
        /// The manifest, as the sidecar writes it.
        #[arg(long)]
        manifest: PathBuf,
        /// The content that is listed: its root and size come from this file.
        #[arg(long)]
        content: PathBuf,
        /// Name, as OpenAI clients call the model.
        #[arg(long)]
        name: String,
        /// Summary.
        #[arg(long, default_value = "")]
        summary: String,
        /// Tags.
        #[arg(long)]
        tag: Vec<String>,
        /// Root's key on a development chain: accepts the calibration at once.
        #[arg(long)]
        sudo_key: Option<Key>,
        /// Flat fee per audit report, with --sudo-key.
        #[arg(long, value_parser = amount, default_value = "0.001")]
        report_fee: Balance,
    },
    /// What is on the market.
    List,
}

/// Verifiers.
#[derive(Subcommand, Debug)]
pub enum Verifier {
    /// Take a seat as verifier of a spec. Signed by the validator's stash.
    Register {
        /// The spec's id, or the model's name.
        spec: String,
        /// Bond in SOUK; later seats may add nothing.
        #[arg(long, value_parser = amount)]
        bond: Balance,
    },
    /// Give notice.
    Leave {
        /// The spec's id, or the model's name.
        spec: String,
    },
}

impl Cli {
    /// Where results go.
    pub fn output(&self) -> Output {
        Output { json: self.global.json }
    }

    /// Log filter when RUST_LOG is not set: the gateway tells what it does, the others only what is wrong.
    pub fn default_log(&self) -> &'static str {
        match self.command {
            Command::Gateway(_) => "info,jsonrpsee=warn,hyper=warn",
            _ => "warn",
        }
    }
}

fn amount(text: &str) -> Result<Balance, String> {
    souk_client::parse_souk(text)
}

/// An amount that is more than nothing.
fn more_than_nothing(text: &str) -> Result<Balance, String> {
    match amount(text)? {
        0 => Err("this takes more than nothing".into()),
        units => Ok(units),
    }
}

/// Reads an account: its address, or a development key.
pub fn account(text: &str) -> Result<AccountId, String> {
    if text.starts_with("//") {
        let source: SecretSource = text.parse().map_err(|e: souk_client::keys::SecretError| e.to_string())?;
        return source.pair().map(|pair| souk_client::keys::account(&pair)).map_err(|e| e.to_string());
    }
    AccountId::from_ss58check(text)
        .map_err(|_| format!("{text:?} is no account: give its address, or a development key such as //Bob"))
}

/// Reads 32 bytes in hex.
pub fn digest(text: &str) -> Result<[u8; 32], String> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.trim_start_matches("0x"), &mut bytes)
        .map_err(|_| format!("{text:?} is not 32 bytes in hex"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn command_line_should_be_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn secret_on_the_command_line_should_be_refused_and_not_repeated() {
        for secret in [
            "bottom drive obey lake curtain smoke basket hold race lonely fit walk",
            "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a",
        ] {
            let cli = Cli::try_parse_from(["souk", "--key", secret, "status"]).unwrap();
            assert!(!format!("{cli:?}").contains(&secret[..12]));
            let error = cli.global.key.unwrap().pair().err().unwrap();
            assert!(matches!(error, SecretError::Inline));
            assert!(!error.to_string().contains(&secret[..12]));
        }
    }
}
