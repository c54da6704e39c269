//! Wiring: from a configuration to running servers, and down again without losing a receipt.

mod gate;
mod listen;
mod patience;

pub use gate::Peer;
pub use listen::HangUp;

use crate::{
    adversary::Cheat,
    api::{self, App},
    audit::{self, Auditor},
    chain::{
        live::{Actor, LiveChain},
        Chain, NoChain,
    },
    config::Config,
    exam, keeper,
    ledger::Ledger,
    models::Models,
    sales::{vault::Vault, Shop},
    secrets, served,
    store::{self, Store},
};
use anyhow::{bail, Context};
use gate::Gate;
use listen::{serve, Service};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A sidecar that runs.
pub struct Sidecar {
    /// Address of the public API.
    pub address: SocketAddr,
    /// Address of the audit API.
    pub audit_address: Option<SocketAddr>,
    /// Address of the metrics.
    pub metrics_address: Option<SocketAddr>,
    app: App,
    stop: CancellationToken,
    connections: TaskTracker,
}

/// Loads all models of the configuration.
pub fn load_models(config: &Config, cheat: Cheat) -> anyhow::Result<Models> {
    let options = served::options(&config.engine, &config.data_dir)?;
    let mut models = Models::default();
    for model in &config.models {
        let opened = served::open(model).with_context(|| format!("model {}", model.name))?;
        tracing::info!(model = model.name, manifest = %hex::encode(opened.digest()), "loading");
        let honest = Arc::new(opened.load(&options).with_context(|| format!("model {}", model.name))?);
        match tampered(&opened, &options, cheat)? {
            Some(cheating) => models.add_pair(Arc::new(cheating), honest),
            None => models.add(honest),
        }
    }
    Ok(models)
}

#[cfg(not(feature = "adversary"))]
fn tampered(
    _: &served::Opened,
    _: &crate::engine::LoadOptions,
    _: Cheat,
) -> anyhow::Result<Option<served::Served>> {
    Ok(None)
}

#[cfg(feature = "adversary")]
fn tampered(
    opened: &served::Opened,
    options: &crate::engine::LoadOptions,
    cheat: Cheat,
) -> anyhow::Result<Option<served::Served>> {
    let tamper = crate::adversary::tamper(cheat);
    if tamper == Default::default() || opened.kind() != crate::engine::ModelKind::Chat {
        return Ok(None);
    }
    let mut options = options.clone();
    options.tamper = tamper;
    Ok(Some(opened.load(&options)?))
}

/// Connects to the configured chain.
pub async fn connect(config: &Config) -> anyhow::Result<Arc<dyn Chain>> {
    if config.chain.url.is_empty() {
        return Ok(Arc::new(NoChain));
    }
    let provider = Actor { account: config.provider_account()?, signer: config.provider_pair()? };
    let seller = Actor { account: config.seller_account()?, signer: config.seller_pair()? };
    let chain = LiveChain::connect(&config.chain.url, provider, seller)
        .await
        .with_context(|| format!("the node at {}", config.chain.url))?;
    Ok(Arc::new(chain))
}

/// Opens the store of contents and the vault of their keys, and gives the token of the store's private API.
async fn shop(
    config: &Config,
    chain: &dyn Chain,
    cheat: Cheat,
) -> anyhow::Result<Option<(Shop, secrets::Secret)>> {
    let Some((url, token)) = config.store_access()? else { return Ok(None) };
    let store = Store::open(&config.store, url, &config.data_dir)
        .await
        .with_context(|| format!("the store at {url} (store.url)"))?;
    let vault = Vault::open(&config.data_dir.join("sales.db"))?;
    let shop = Shop::open(&config.store, Arc::new(store), vault, &config.data_dir, chain.genesis(), cheat)?;
    Ok(Some((shop, token)))
}

/// Starts everything.
pub async fn start(config: Config, models: Models, chain: Arc<dyn Chain>) -> anyhow::Result<Sidecar> {
    config.validate()?;
    secrets::private_folder(&config.data_dir)
        .with_context(|| format!("the folder {}", config.data_dir.display()))?;
    let cheat = Cheat::parse(config.adversary.as_deref()).map_err(anyhow::Error::msg)?;
    let receipt_pair = config.receipt_pair()?;
    if chain.provider().is_some() && receipt_pair.is_none() {
        bail!("a provider needs keys.receipt: the key that signs receipts");
    }
    let audit_access = config.audit_access()?;
    let (shop, store_token) = shop(&config, &*chain, cheat).await?.unzip();
    let ledger = Ledger::open(&config.data_dir.join("ledger.db"))?;
    let listen = config.server.listen;
    let metrics = config.server.metrics;
    let proxies = config.server.proxies.clone();
    let limits = config.limits.clone();
    let audits = config.data_dir.join("audits.db");
    let app = App::new(config, models, ledger, chain, receipt_pair, shop, cheat)?;
    let (stop, connections) = (CancellationToken::new(), TaskTracker::new());
    let unread = Duration::from_secs(limits.write_secs);
    let public = Service {
        router: api::router(app.clone()),
        reserved: api::reserved(app.clone()),
        gate: Gate::new(limits.connections, limits.connections_per_peer, limits.reserved_connections)
            .behind(&proxies),
        head: Duration::from_secs(limits.header_secs),
        unread,
    };
    let address = serve(listen, public, &stop, &connections).await?;
    // Both of these are for this machine and its owner.
    let private = |router: axum::Router| Service {
        reserved: router.clone(),
        router,
        gate: Gate::new(64, 64, 0),
        head: Duration::from_secs(5),
        unread,
    };
    let mut metrics_address = None;
    if let Some(listen) = metrics {
        metrics_address = Some(serve(listen, private(api::metrics(app.clone())), &stop, &connections).await?);
    }
    let mut audit_address = None;
    if let Some((listen, token)) = audit_access {
        let auditor = Auditor::open(app.clone(), &audits).context("the audit store")?;
        let mut router = audit::router(auditor, token);
        if let Some((shop, token)) = app.shop().zip(store_token) {
            app.metrics().stored(shop.store().used());
            router = router.merge(store::api::router(app.clone(), shop.store().clone(), token));
        }
        audit_address = Some(serve(listen, private(router), &stop, &connections).await?);
    }
    app.tasks().spawn(keeper::run(app.clone()));
    app.tasks().spawn(exam::run(app.clone()));
    tracing::info!(%address, ?audit_address, ?metrics_address, "ready");
    Ok(Sidecar { address, audit_address, metrics_address, app, stop, connections })
}

impl Sidecar {
    /// What the requests see.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Stops: no new calls, running ones finish within the configured time or are cancelled with their receipts.
    pub async fn shutdown(self) {
        tracing::info!("shutting down");
        self.app.drain();
        self.stop.cancel();
        self.connections.close();
        let patience = Duration::from_secs(self.app.config().server.shutdown_secs);
        let calls = async {
            while self.app.running() > 0 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let _ = tokio::time::timeout(patience, calls).await;
        self.app.cancel();
        self.app.tasks().close();
        let flushed = async {
            self.app.tasks().wait().await;
            self.connections.wait().await;
        };
        if tokio::time::timeout(Duration::from_secs(10), flushed).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
        self.app.models().all().for_each(|runner| runner.close());
    }
}

/// Waits for the signal to stop.
pub async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{signal, SignalKind};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            },
            Err(_) => {
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}
