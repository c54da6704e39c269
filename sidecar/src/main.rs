//! `souk-sidecar`: runs models, answers OpenAI calls for vouchers, re-runs audited calls.

use anyhow::{bail, Context};
use clap::{Args, Parser, Subcommand};
use serde_json::{json, Map, Value};
use souk_sidecar::{adversary::Cheat, config::Config, served, server, telemetry};
use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::ExitCode,
};

#[derive(Parser)]
#[command(
    name = "souk-sidecar",
    version,
    about = "Runs models, answers OpenAI calls for vouchers, re-runs audited calls, delivers what is sold"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts the sidecar.
    Run(Options),
    /// Prints the effective configuration and checks everything that it names: models, keys, ports.
    CheckConfig(Options),
}

/// Flags win over the environment (SOUK_SIDECAR_SERVER__LISTEN=…), which wins over the file. Secrets are never flags.
#[derive(Args)]
struct Options {
    /// The configuration, TOML.
    #[arg(long, short, env = "SOUK_SIDECAR_CONFIG_FILE")]
    config: Option<PathBuf>,
    /// Allow development keys such as //Alice.
    #[arg(long)]
    dev: bool,
    /// Folder of the databases.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Where the public API listens.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Where the audit API listens: a loopback address.
    #[arg(long)]
    audit_listen: Option<SocketAddr>,
    /// WebSocket URL of a node; empty for none.
    #[arg(long)]
    chain_url: Option<String>,
    /// Where contents that are sold are kept: file:///FOLDER or s3://BUCKET/PREFIX.
    #[arg(long)]
    store_url: Option<String>,
    /// Serve calls without a payment.
    #[arg(long)]
    open_access: bool,
    /// Do not sit the chain's exams.
    #[arg(long)]
    no_exams: bool,
    /// Log filter, as in RUST_LOG.
    #[arg(long)]
    log: Option<String>,
    /// A model to serve beside those of the file: NAME=PATH. May be given several times.
    #[arg(long = "model", value_name = "NAME=PATH")]
    models: Vec<String>,
}

impl Options {
    fn load(&self) -> anyhow::Result<Config> {
        let mut flags = Map::new();
        let mut set = |section: &str, key: &str, value: Value| {
            let part = flags.entry(section.to_string()).or_insert_with(|| json!({}));
            if let Some(part) = part.as_object_mut() {
                part.insert(key.to_string(), value);
            }
        };
        if let Some(listen) = self.listen {
            set("server", "listen", json!(listen));
        }
        if self.open_access {
            set("server", "open_access", json!(true));
        }
        if let Some(listen) = self.audit_listen {
            set("audit", "listen", json!(listen));
        }
        if let Some(url) = &self.chain_url {
            set("chain", "url", json!(url));
        }
        if let Some(url) = &self.store_url {
            set("store", "url", json!(url));
        }
        if self.no_exams {
            set("exams", "sit", json!(false));
        }
        if let Some(filter) = &self.log {
            set("log", "filter", json!(filter));
        }
        if self.dev {
            flags.insert("dev".into(), json!(true));
        }
        if let Some(dir) = &self.data_dir {
            flags.insert("data_dir".into(), json!(dir));
        }
        let mut config = Config::load(self.config.as_deref(), Value::Object(flags))?;
        for model in &self.models {
            let (name, path) = model.split_once('=').context("--model takes NAME=PATH")?;
            config.models.push(souk_sidecar::config::Model {
                name: name.into(),
                path: path.into(),
                manifest: None,
            });
        }
        config.validate()?;
        Ok(config)
    }
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(options) => options.load().and_then(run),
        Command::CheckConfig(options) => options.load().and_then(check),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(config: Config) -> anyhow::Result<()> {
    telemetry::init(&config.log).map_err(anyhow::Error::msg)?;
    if config.models.is_empty() && config.store.url.is_none() {
        bail!("nothing to serve: add [[models]] to the configuration, --model NAME=PATH, or --store-url URL");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let cheat = Cheat::parse(config.adversary.as_deref()).map_err(anyhow::Error::msg)?;
        let loading = config.clone();
        let models = tokio::task::spawn_blocking(move || server::load_models(&loading, cheat)).await??;
        let chain = server::connect(&config).await?;
        let sidecar = server::start(config, models, chain).await?;
        server::stop_signal().await;
        sidecar.shutdown().await;
        Ok(())
    })
}

fn check(config: Config) -> anyhow::Result<()> {
    println!("{}", toml::to_string_pretty(&config).context("the configuration can't be shown")?);
    let mut problems = Vec::new();
    let mut look = |what: String, outcome: anyhow::Result<String>| match outcome {
        Ok(found) => println!("# ok       {what}{}{found}", if found.is_empty() { "" } else { ": " }),
        Err(error) => {
            println!("# PROBLEM  {what}: {error:#}");
            problems.push(what);
        }
    };
    look("keys.receipt".into(), config.receipt_pair().map_err(Into::into).map(shown));
    look("keys.provider".into(), config.provider_pair().map_err(Into::into).map(shown));
    look("seller.key".into(), config.seller_pair().map_err(Into::into).map(shown));
    look("store".into(), opened_store(&config));
    look("audit token".into(), config.audit_access().map_err(Into::into).map(|_| String::new()));
    look(
        "engine".into(),
        served::options(&config.engine, &config.data_dir).map_err(Into::into).map(|_| String::new()),
    );
    for listen in
        [Some(config.server.listen), config.server.metrics, config.audit.listen].into_iter().flatten()
    {
        let free = TcpListener::bind(listen).map(drop).context("the port can't be used");
        look(format!("port {listen}"), free.map(|()| "free".into()));
    }
    if config.models.is_empty() && config.store.url.is_none() {
        look("models".into(), Err(anyhow::anyhow!("none is configured")));
    }
    for model in &config.models {
        let opened = served::open(model).map_err(Into::into);
        look(
            format!("model {}", model.name),
            opened.map(|opened| format!("manifest {}", hex::encode(opened.digest()))),
        );
    }
    if problems.is_empty() {
        println!("# all good");
        Ok(())
    } else {
        bail!("{} of the settings can't be used: {}", problems.len(), problems.join(", "))
    }
}

/// Address of the store, if there is one and it can be opened.
fn opened_store(config: &Config) -> anyhow::Result<String> {
    let Some((url, _)) = config.store_access()? else { return Ok("not set".into()) };
    souk_sidecar::store::backend::open(&config.store, url)?;
    Ok(url.to_string())
}

/// The public part of a key.
fn shown(pair: Option<souk_client::Keypair>) -> String {
    use sp_core::crypto::Ss58Codec;
    match pair {
        Some(pair) => souk_client::keys::account(&pair).to_ss58check(),
        None => "not set".into(),
    }
}
