//! Configuration: one TOML file, then the environment (`SOUK_SIDECAR_SERVER__LISTEN=…`), then flags.

mod exams;
mod sales;

pub use exams::Exams;
pub use sales::{Seller, Store};

use crate::secrets::{self, Secret, SecretError};
use figment::{
    providers::{Env, Format, Serialized, Toml},
    Figment,
};
use serde::{Deserialize, Serialize};
use souk_client::SecretSource;
use souk_primitives::{sr25519, AccountId, Balance, BlockNumber};
use sp_core::crypto::Ss58Codec;
use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

/// The whole configuration. Secrets are named by file, so that it can be printed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Allows development keys such as `//Alice`.
    pub dev: bool,
    /// Folder of the databases.
    pub data_dir: PathBuf,
    /// The public API.
    pub server: Server,
    /// What one client may take.
    pub limits: Limits,
    /// The chain; without it only unpaid calls and audits work.
    pub chain: Chain,
    /// Keys.
    pub keys: Keys,
    /// The audit API.
    pub audit: Audit,
    /// When channels are settled.
    pub settlement: Settlement,
    /// Whether exams are sat.
    pub exams: Exams,
    /// The content store.
    pub store: Store,
    /// On whose behalf its contents are sold.
    pub seller: Seller,
    /// Logs.
    pub log: Log,
    /// The engine's threads and queue.
    pub engine: Engine,
    /// What is served.
    pub models: Vec<Model>,
    /// How to cheat; only in builds with the test-only feature `adversary`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adversary: Option<String>,
}

/// The public API.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Serve calls without a payment. For local use and tests.
    pub open_access: bool,
    /// Seconds that a graceful shutdown waits for running calls.
    pub shutdown_secs: u64,
    /// Where Prometheus reads metrics: an address that strangers can't reach. Unset: none.
    pub metrics: Option<SocketAddr>,
    /// Addresses of proxies of your own before this sidecar: they have all places, and the last address in their
    /// `X-Forwarded-For` is who asks.
    pub proxies: Vec<IpAddr>,
}

/// What one client may take.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a request body.
    pub body_bytes: usize,
    /// Seconds in which the head of a request must have arrived.
    pub header_secs: u64,
    /// Seconds in which a request's body must have arrived.
    pub body_secs: u64,
    /// Seconds that a client may leave an answer unread.
    pub write_secs: u64,
    /// Seconds that a client may take for the rest of a stream, once the model is done with it.
    pub drain_secs: u64,
    /// Seconds that a call may wait for the model's next token, for its turn at first.
    pub call_secs: u64,
    /// Calls that run or wait at a time, of all clients.
    pub calls: usize,
    /// Of these, calls of one consumer.
    pub calls_per_consumer: usize,
    /// Connections at a time.
    pub connections: usize,
    /// Of these, connections of one IPv4 address or IPv6 network of 48 bits.
    pub connections_per_peer: usize,
    /// Connections beside these, for transcripts only: committees get through whatever happens to the others.
    pub reserved_connections: usize,
    /// Questions a second of one such peer for channels or audits that do not exist, on average.
    pub unknown_rate: f64,
    /// Such questions in a burst.
    pub unknown_burst: u32,
    /// Calls a second of one channel, on average.
    pub channel_rate: f64,
    /// Calls of one channel in a burst.
    pub channel_burst: u32,
    /// Longest answer when a call names none.
    pub default_max_tokens: u32,
}

/// The chain.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chain {
    /// WebSocket URL of a node; empty: no chain.
    pub url: String,
}

/// Keys, each named by a file of mode 600, or with `dev` by a development URI such as `//Alice`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// Signs receipts.
    pub receipt: Option<String>,
    /// Signs settlements: the provider account's key, or its proxy's.
    pub provider: Option<String>,
    /// The provider account, when the key above is its proxy's or is not here.
    pub account: Option<String>,
}

/// The audit API.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// Where it listens: a loopback address. Unset: no audit API.
    pub listen: Option<SocketAddr>,
    /// File of the bearer token, mode 600; made when missing.
    pub token_file: Option<PathBuf>,
    /// Lets audits fetch from private, loopback and link-local addresses. For local networks and tests.
    pub allow_private_endpoints: bool,
    /// Seconds that one fetch of a transcript may take.
    pub fetch_secs: u64,
    /// Bytes of a transcript at most.
    pub fetch_bytes: usize,
    /// Length of a block in milliseconds: how long a report may still wait for evidence.
    pub block_millis: u64,
    /// Blocks before the end of the commit phase at which a withheld transcript is reported.
    pub margin_blocks: u32,
}

/// When channels are settled.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settlement {
    /// Settle when a voucher is worth this much more than what is settled, in units.
    #[serde(with = "souk_primitives::views::json::amount")]
    pub value: Balance,
    /// Never settle less than this, but at the end of a channel, in units.
    #[serde(with = "souk_primitives::views::json::amount")]
    pub min_value: Balance,
    /// Settle what has waited for this many seconds.
    pub after_secs: u64,
    /// Days after its last call for which a closed channel's calls are kept.
    pub keep_days: u64,
    /// Channels whose `notice` is longer, in blocks, are not served: it delays what they pay, and only the consumer chose
    /// it.
    pub max_notice: BlockNumber,
    /// Seconds after which a call that a crash left unanswered gets a zero-charge receipt.
    pub orphan_secs: u64,
}

/// Logs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `text` or `json`.
    pub format: LogFormat,
    /// As in `RUST_LOG`.
    pub filter: String,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// The engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Engine {
    /// Threads of the arithmetic; 0: as many as cores.
    pub threads: usize,
    /// Calls that run at the same time, each with its own cache.
    pub active: usize,
    /// Where it runs: `cpu`, or `cuda:0`, `metal` in builds with that feature.
    pub device: String,
}

/// A model to serve.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Name under which clients ask for it: the listing's.
    pub name: String,
    /// The GGUF file, or the folder of safetensors.
    pub path: PathBuf,
    /// Digest of the manifest that it must have, in hex: another file is refused at start.
    pub manifest: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            dev: false,
            data_dir: "souk-sidecar-data".into(),
            server: Server::default(),
            limits: Limits::default(),
            chain: Chain::default(),
            keys: Keys::default(),
            audit: Audit::default(),
            settlement: Settlement::default(),
            exams: Exams::default(),
            store: Store::default(),
            seller: Seller::default(),
            log: Log::default(),
            engine: Engine::default(),
            models: Vec::new(),
            adversary: None,
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8901)),
            open_access: false,
            shutdown_secs: 20,
            metrics: None,
            proxies: Vec::new(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 2 * 1024 * 1024,
            header_secs: 10,
            body_secs: 15,
            write_secs: 30,
            drain_secs: 60,
            call_secs: 600,
            calls: 64,
            calls_per_consumer: 16,
            connections: 1_024,
            connections_per_peer: 128,
            reserved_connections: 128,
            unknown_rate: 5.0,
            unknown_burst: 100,
            channel_rate: 50.0,
            channel_burst: 100,
            default_max_tokens: 512,
        }
    }
}

impl Default for Chain {
    fn default() -> Self {
        Self { url: "ws://127.0.0.1:9944".into() }
    }
}

impl Default for Audit {
    fn default() -> Self {
        Self {
            listen: None,
            token_file: None,
            allow_private_endpoints: false,
            fetch_secs: 10,
            fetch_bytes: 16 * 1024 * 1024,
            block_millis: 3_000,
            margin_blocks: 2,
        }
    }
}

impl Default for Settlement {
    fn default() -> Self {
        Self {
            value: souk_primitives::SOUK,
            min_value: souk_primitives::SOUK / 10,
            after_secs: 3_600,
            keep_days: 30,
            max_notice: 1_200,
            orphan_secs: 120,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".into() }
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self { threads: 0, active: 4, device: "cpu".into() }
    }
}

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file, the environment or a flag can't be read as configuration.
    #[error("configuration: {0}")]
    Figment(Box<figment::Error>),
    /// The file does not exist.
    #[error("no configuration file at {0}")]
    Missing(PathBuf),
    /// A token.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A key.
    #[error(transparent)]
    Key(#[from] souk_client::keys::SecretError),
    /// A setting that contradicts another.
    #[error("configuration: {0}")]
    Invalid(String),
}

fn invalid(text: impl Into<String>) -> ConfigError {
    ConfigError::Invalid(text.into())
}

fn parse_account(name: &str, text: &str) -> Result<AccountId, ConfigError> {
    AccountId::from_ss58check(text).map_err(|_| invalid(format!("{name} {text:?} is not an SS58 address")))
}

/// An account as it is configured, else the one of its key.
fn account_of(
    name: &str,
    account: &Option<String>,
    key: &Option<String>,
) -> Result<Option<AccountId>, ConfigError> {
    match account {
        Some(account) => parse_account(name, account).map(Some),
        None => Ok(read_pair(key)?.map(|pair| souk_client::keys::account(&pair))),
    }
}

fn read_pair(key: &Option<String>) -> Result<Option<sr25519::Pair>, ConfigError> {
    let Some(key) = key else { return Ok(None) };
    Ok(Some(key.parse::<SecretSource>()?.pair()?))
}

impl Limits {
    fn validate(&self) -> Result<(), ConfigError> {
        let counts = [
            ("calls", self.calls),
            ("calls_per_consumer", self.calls_per_consumer),
            ("connections", self.connections),
            ("connections_per_peer", self.connections_per_peer),
            ("channel_burst", self.channel_burst as usize),
            ("unknown_burst", self.unknown_burst as usize),
        ];
        if let Some((name, _)) = counts.iter().find(|(_, count)| *count == 0) {
            return Err(invalid(format!("limits.{name} must be at least 1")));
        }
        for (name, rate) in [("channel_rate", self.channel_rate), ("unknown_rate", self.unknown_rate)] {
            if !rate.is_finite() || rate <= 0.0 {
                return Err(invalid(format!("limits.{name} must be above zero")));
            }
        }
        Ok(())
    }
}

impl Config {
    /// Reads the file (if one is given), the environment and `flags` (anything that serialises to the same keys).
    pub fn load(file: Option<&Path>, flags: impl Serialize) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Config::default()));
        if let Some(file) = file {
            if !file.exists() {
                return Err(ConfigError::Missing(file.to_path_buf()));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let config: Config = figment
            .merge(Env::prefixed("SOUK_SIDECAR_").split("__"))
            .merge(Serialized::defaults(flags))
            .extract()
            .map_err(|error| ConfigError::Figment(Box::new(error)))?;
        config.validate()?;
        Ok(config)
    }

    /// Checks what can be checked without touching the disk.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if let Some(listen) = self.audit.listen {
            if !listen.ip().is_loopback() {
                return Err(invalid(format!("audit.listen must be a loopback address, {listen} is not")));
            }
        }
        let listeners = [
            ("server.listen", Some(self.server.listen)),
            ("server.metrics", self.server.metrics),
            ("audit.listen", self.audit.listen),
        ];
        for (i, (name, address)) in listeners.iter().enumerate() {
            let port = address.map_or(0, |address| address.port());
            let twin = listeners
                .iter()
                .take(i)
                .find(|(_, other)| port != 0 && other.is_some_and(|o| o.port() == port));
            if let Some((other, _)) = twin {
                return Err(invalid(format!("{name} and {other} have the same port")));
            }
        }
        let mut names: Vec<&str> = self.models.iter().map(|model| model.name.as_str()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(invalid(format!("two models are called {}", twice[0])));
        }
        self.limits.validate()?;
        if cfg!(not(feature = "adversary")) && self.adversary.is_some() {
            return Err(invalid("`adversary` needs a build with the test-only feature of that name"));
        }
        for key in [&self.keys.receipt, &self.keys.provider, &self.seller.key].into_iter().flatten() {
            let source: SecretSource = key.parse()?;
            if matches!(source, SecretSource::Dev(_)) && !self.dev {
                return Err(invalid(format!("the development key {source} needs --dev")));
            }
        }
        for (name, account) in
            [("keys.account", &self.keys.account), ("seller.account", &self.seller.account)]
        {
            account.as_ref().map(|account| parse_account(name, account)).transpose()?;
        }
        self.validate_store()
    }

    /// The key that signs receipts, if this sidecar has one.
    pub fn receipt_pair(&self) -> Result<Option<sr25519::Pair>, ConfigError> {
        read_pair(&self.keys.receipt)
    }

    /// The key that signs settlements, if this sidecar has one.
    pub fn provider_pair(&self) -> Result<Option<sr25519::Pair>, ConfigError> {
        read_pair(&self.keys.provider)
    }

    /// The provider account: as configured, else the settlement key's.
    pub fn provider_account(&self) -> Result<Option<AccountId>, ConfigError> {
        account_of("keys.account", &self.keys.account, &self.keys.provider)
    }

    /// The audit API's address and token, if it is configured. Makes the token's file when it is missing.
    pub fn audit_access(&self) -> Result<Option<(SocketAddr, Secret)>, ConfigError> {
        let Some(listen) = self.audit.listen else { return Ok(None) };
        Ok(Some((listen, self.token(&self.audit.token_file, "audit-token")?)))
    }

    fn token(&self, file: &Option<PathBuf>, default: &str) -> Result<Secret, ConfigError> {
        let file = file.clone().unwrap_or_else(|| self.data_dir.join(default));
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|e| invalid(format!("can't make the folder {}: {e}", folder.display())))?;
        }
        Ok(secrets::ensure_token(&file)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with(text: &str) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sidecar.toml");
        std::fs::write(&path, text).unwrap();
        Config::load(Some(&path), json!({}))
    }

    #[test]
    fn defaults_should_be_valid_and_flags_should_win() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sidecar.toml");
        std::fs::write(&path, "[server]\nlisten = \"127.0.0.1:1234\"\n[settlement]\nvalue = \"5\"").unwrap();
        let config = Config::load(Some(&path), json!({"server": {"listen": "127.0.0.1:4321"}})).unwrap();
        assert_eq!(config.server.listen.port(), 4321);
        assert_eq!(config.settlement.value, 5);
        assert_eq!(config.limits.calls, 64);
    }

    #[test]
    fn contradictions_should_be_told() {
        for (text, word) in [
            ("[audit]\nlisten = \"0.0.0.0:9901\"", "loopback"),
            ("[audit]\nlisten = \"127.0.0.1:8901\"", "same port"),
            ("[server]\nlissten = \"127.0.0.1:1\"", "lissten"),
            ("[keys]\nreceipt = \"//Alice\"", "--dev"),
            ("[keys]\naccount = \"nobody\"", "SS58"),
            ("[seller]\naccount = \"nobody\"", "seller.account"),
            ("[seller]\nkey = \"seller.key\"", "store.url"),
            ("[store]\nurl = \"file:///x\"", "audit.listen"),
            ("[audit]\nlisten = \"127.0.0.1:1\"\n[store]\nurl = \"x\"", "file:///FOLDER"),
            ("[audit]\nlisten = \"127.0.0.1:1\"\n[store]\nurl = \"file:///x\"\nmax_streams = 0", "at least 1"),
            ("[audit]\nlisten = \"127.0.0.1:1\"\n[store]\nurl = \"file:///x\"\nbandwidth = 9", "a chunk a second"),
            ("[chain]\nurl = \"\"\n[audit]\nlisten = \"127.0.0.1:1\"\n[store]\nurl = \"file:///x\"\n[seller]\nkey = \"k\"", "chain.url"),
            ("[limits]\ncalls = 0", "at least 1"),
            ("[limits]\ncalls_per_consumer = 0", "calls_per_consumer"),
            ("[limits]\nunknown_rate = 0.0", "above zero"),
            ("[server]\nmetrics = \"127.0.0.1:8901\"", "same port"),
            ("[[models]]\nname = \"a\"\npath = \"x\"\n[[models]]\nname = \"a\"\npath = \"y\"", "two models"),
        ] {
            let error = with(text).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
        assert!(matches!(
            Config::load(Some(Path::new("missing.toml")), json!({})),
            Err(ConfigError::Missing(_))
        ));
    }

    #[cfg(not(feature = "adversary"))]
    #[test]
    fn cheating_should_need_the_feature() {
        assert!(with("adversary = \"canned\"").unwrap_err().to_string().contains("feature"));
    }

    #[test]
    fn development_keys_should_give_the_account() {
        let config = with("dev = true\n[keys]\nreceipt = \"//Alice\"\nprovider = \"//Alice\"").unwrap();
        let pair = config.receipt_pair().unwrap().unwrap();
        assert_eq!(config.provider_account().unwrap(), Some(souk_client::keys::account(&pair)));
        assert!(!toml::to_string(&config).unwrap().is_empty());
    }
}
