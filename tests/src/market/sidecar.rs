//! The four sidecars. All of them audit; Alice's serves for `//Provider` too.

use super::{models::Model, node::NAMES, ports::Ports, process::Process, Layout};
use anyhow::{bail, Context, Result};
use souk_primitives::SOUK;
use souk_sidecar::config::{self, Config};
use std::{
    fs,
    net::SocketAddr,
    process::Command,
    time::{Duration, Instant},
};

/// Secret of the demo provider's receipts.
pub const RECEIPT_KEY: &str = "//Provider//receipts";

/// Writes the configuration of sidecar `i`. `provider` is the development key of the provider that it serves for.
pub fn configure(
    layout: &Layout,
    ports: &Ports,
    models: &[Model],
    i: usize,
    provider: Option<&str>,
) -> Result<()> {
    let folder = layout.sidecar(i);
    fs::create_dir_all(&folder)?;
    let loopback = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    let mut config = Config { dev: true, data_dir: folder.join("data"), ..Config::default() };
    config.server.listen = loopback(ports.sidecar[i]);
    config.chain.url = format!("ws://127.0.0.1:{}", ports.rpc[i]);
    config.audit.listen = Some(loopback(ports.audit[i]));
    config.audit.token_file = Some(layout.token(i));
    config.audit.allow_private_endpoints = true;
    // One answer is a batch of its own here, so that the demo need not wait.
    config.settlement.value = SOUK / 10;
    config.settlement.min_value = SOUK / 10;
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
        config.keys.receipt = Some(format!("{uri}//receipts"));
        config.keys.provider = Some(uri.into());
    }
    let text = toml::to_string(&config).context("write the sidecar's configuration")?;
    fs::write(folder.join("sidecar.toml"), text)?;
    Ok(())
}

/// Starts sidecar `i` at a low priority: the nodes' blocks come first.
pub fn start(layout: &Layout, i: usize) -> Result<Process> {
    let name = format!("sidecar-{}", NAMES[i]);
    let mut command = Command::new("nice");
    command
        .args(["-n", "5"])
        .arg(&layout.binaries.sidecar)
        .arg("run")
        .arg("--config")
        .arg(layout.sidecar(i).join("sidecar.toml"))
        .env("RAYON_NUM_THREADS", "1");
    Process::start(&name, command, &layout.log(&name))
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
