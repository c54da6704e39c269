//! The stand of the overhead measurement: a sidecar around an engine that the benchmark can use directly too, and a
//! gateway that pays it over a channel of a real chain.

use super::Setup;
use crate::market::{
    models::Model,
    process::Process,
    sidecar::{receipt_uri, wait_healthy},
    Market,
};
use anyhow::{Context, Result};
use souk_primitives::SOUK;
use souk_sidecar::{
    config::Config,
    engine::{Engine, LoadOptions, LocalModel},
    models::Models,
    served::Served,
    server::{self, Sidecar},
};
use std::{net::SocketAddr, path::Path, process::Command, sync::Arc, time::Duration};

/// How long the gateway may take to be there.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sidecar and gateway with their stores in one folder.
pub struct Stand {
    /// The engine that the sidecar serves from.
    pub engine: Arc<Engine>,
    /// The sidecar's own API, where unpaid calls are allowed.
    pub direct: String,
    /// The gateway's API.
    pub paid: String,
    /// The gateway.
    pub gateway: Running,
    sidecar: Sidecar,
}

/// A program that ends with this value.
pub struct Running(pub Process);

impl Drop for Running {
    fn drop(&mut self) {
        // Nothing can be done about a failure here; `Stand::stop` reports it.
        let _ = self.0.stop(Duration::from_secs(20));
    }
}

impl Stand {
    /// Starts both. The market's nodes run, its provider is registered, and nothing listens on its sidecar's port.
    pub async fn start(setup: &Setup, market: &Market, model: &Model, folder: &Path) -> Result<Stand> {
        let mut options = LoadOptions::new(setup.weights());
        options.threads = 1;
        options.limits.active = 4;
        let engine = Arc::new(Engine::load(&LocalModel::open(&model.path)?, &options)?);
        let mut models = Models::default();
        models.add(Arc::new(Served::new(model.name.into(), engine.clone())));

        let mut config = Config { dev: true, data_dir: folder.join("sidecar"), ..Config::default() };
        config.server.listen = SocketAddr::from(([127, 0, 0, 1], market.ports.sidecar[0]));
        config.server.open_access = true;
        config.chain.url = market.ws(0);
        config.keys.provider = Some("//Provider".into());
        config.keys.receipt = Some(receipt_uri("//Provider"));
        // Settlements and the audits after them would use the cores in the middle of a measurement.
        config.settlement.value = 1_000_000 * SOUK;
        config.settlement.after_secs = 1_000_000;
        let chain = server::connect(&config).await?;
        let sidecar = server::start(config, models, chain).await?;

        let listen = format!("127.0.0.1:{}", market.ports.gateway);
        let mut command = Command::new(&market.layout.binaries.cli);
        command
            .arg("gateway")
            .args([
                "--node",
                &market.ws(0),
                "--key",
                "//Consumer",
                "--dev",
                "--deposit",
                "100",
                "--budget",
                "2000",
            ])
            .arg(format!("--listen={listen}"))
            .arg(format!("--data-dir={}", folder.join("gateway").display()));
        let gateway = Process::start("gateway", command, &market.layout.log("gateway"))?;
        let stand = Stand {
            engine,
            direct: format!("http://{}/v1", sidecar.address),
            paid: format!("http://{listen}/v1"),
            gateway: Running(gateway),
            sidecar,
        };
        wait_healthy(&stand.gateway.0, market.ports.gateway, PATIENCE).await.context("the gateway")?;
        Ok(stand)
    }

    /// Ends both.
    pub async fn stop(self) -> Result<()> {
        self.gateway.0.stop(Duration::from_secs(20))?;
        self.sidecar.shutdown().await;
        Ok(())
    }
}
