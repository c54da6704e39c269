//! The four sidecars. All of them audit; Alice's serves for `//Provider` and sells for `//Publisher` too.

use super::{
    models::{self, Model},
    ports::Ports,
    process::Process,
    Layout,
};
use anyhow::{bail, Context, Result};
use souk_primitives::{Balance, SOUK};
use souk_sidecar::{
    config::{self, Config},
    secrets::private_folder,
};
use std::{
    fs,
    io::ErrorKind,
    net::SocketAddr,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

/// The chain takes no smaller batch while a channel is open; an answer of a few words is worth less.
pub const SMALLEST_BATCH: Balance = SOUK / 10;

/// URI of the key with which a provider's sidecar signs receipts.
pub fn receipt_uri(provider: &str) -> String {
    format!("{provider}//receipts")
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// Writes the configuration of validator `i`'s sidecar. `provider` is the development key of the provider that it
/// serves for.
pub fn configure(
    layout: &Layout,
    ports: &Ports,
    models: &[Model],
    i: usize,
    provider: Option<&str>,
) -> Result<()> {
    let node = format!("ws://127.0.0.1:{}", ports.rpc[i]);
    let mut config = base(&layout.sidecar(i), ports.sidecar[i], &node, models, provider);
    config.audit.listen = Some(loopback(ports.audit[i]));
    config.audit.token_file = Some(layout.token(i));
    config.audit.allow_private_endpoints = true;
    if i == 0 {
        sells(&mut config, &layout.sidecar(i), "//Publisher");
    }
    write(&layout.sidecar(i), &config)
}

/// Writes the configuration of a sidecar that only serves for `provider`, honest or not.
pub fn configure_provider(
    folder: &Path,
    port: u16,
    node: &str,
    models: &[Model],
    provider: &str,
    cheat: Option<&str>,
) -> Result<()> {
    let mut config = base(folder, port, node, models, Some(provider));
    config.adversary = cheat.map(Into::into);
    write(folder, &config)
}

/// Writes the configuration of a sidecar that only sells for `seller`, honest or not, and keeps what it sells in
/// `folder`. The private API listens on `private`.
pub fn configure_seller(
    folder: &Path,
    port: u16,
    private: u16,
    node: &str,
    seller: &str,
    cheat: Option<&str>,
) -> Result<()> {
    let mut config = base(folder, port, node, &[], None);
    config.audit.listen = Some(loopback(private));
    config.audit.token_file = Some(folder.join("audit.token"));
    sells(&mut config, folder, seller);
    config.adversary = cheat.map(Into::into);
    write(folder, &config)
}

fn sells(config: &mut Config, folder: &Path, seller: &str) {
    config.store.url = Some(format!("file://{}", folder.join("store").display()));
    config.store.token_file = Some(store_token(folder));
    config.seller.key = Some(seller.into());
}

/// Token of the private API of the store in a seller's folder.
pub fn store_token(folder: &Path) -> PathBuf {
    folder.join("store.token")
}

fn base(folder: &Path, port: u16, node: &str, models: &[Model], provider: Option<&str>) -> Config {
    let mut config = Config { dev: true, data_dir: folder.join("data"), ..Config::default() };
    config.server.listen = loopback(port);
    config.chain.url = node.into();
    // One answer is a batch of its own here, so that the demo need not wait.
    config.settlement.value = SMALLEST_BATCH;
    config.settlement.min_value = SMALLEST_BATCH;
    // Block production must stay smooth on a small machine.
    config.engine.threads = 1;
    config.engine.active = 4;
    config.models = models
        .iter()
        .map(|model| config::Model {
            name: model.name.into(),
            path: model.path.clone(),
            manifest: Some(hex::encode(model.manifest)),
        })
        .collect();
    if let Some(uri) = provider {
        config.keys.receipt = Some(receipt_uri(uri));
        config.keys.provider = Some(uri.into());
    }
    config
}

fn write(folder: &Path, config: &Config) -> Result<()> {
    fs::create_dir_all(folder)?;
    if !config.models.is_empty() {
        share_weights(&config.data_dir)?;
    }
    let text = toml::to_string(config).context("write the sidecar's configuration")?;
    fs::write(folder.join("sidecar.toml"), text)?;
    Ok(())
}

/// Has a sidecar keep its dequantised weights where all others do.
fn share_weights(data: &Path) -> Result<()> {
    let (shared, own) = (models::weights()?, data.join("weights"));
    fs::create_dir_all(&shared)?;
    private_folder(data)?;
    match symlink(&shared, &own) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        done => done.with_context(|| format!("link {}", own.display())),
    }
}

/// Starts the sidecar configured in `folder`, at a low priority: the nodes' blocks come first.
pub fn start(layout: &Layout, name: &str, program: &Path, folder: &Path) -> Result<Process> {
    let mut command = Command::new("nice");
    command
        .args(["-n", "5"])
        .arg(program)
        .arg("run")
        .arg("--config")
        .arg(folder.join("sidecar.toml"))
        .env("RAYON_NUM_THREADS", "1");
    Process::start(name, command, &layout.log(name))
}

/// Waits until the service on `port` says that it is healthy.
pub async fn wait_healthy(process: &Process, port: u16, patience: Duration) -> Result<()> {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(2)).build()?;
    let deadline = Instant::now() + patience;
    loop {
        if let Ok(answer) = client.get(format!("http://127.0.0.1:{port}/health")).send().await {
            if answer.status().is_success() {
                return Ok(());
            }
        }
        if !process.is_running() {
            bail!(
                "{} has ended; the end of {}:\n{}",
                process.name,
                process.log.display(),
                process.log_tail(15)
            );
        }
        if Instant::now() > deadline {
            bail!("{} is not healthy after {patience:?}; see {}", process.name, process.log.display());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
