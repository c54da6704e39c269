//! Bringing the market up: nodes, sidecars, registrations, gateway.

use super::{
    models::{self, Model},
    node, ports,
    process::Process,
    register, sidecar, Layout, Market,
};
use anyhow::{Context, Result};
use souk_client::Chain;
use souk_primitives::SpecId;
use std::{future::Future, process::Command, time::Duration};

/// How long a node or sidecar may take to be there. Loading a model four times on two cores takes its time.
const PATIENCE: Duration = Duration::from_secs(180);
/// Between two looks at the programs that are waited for.
const LOOK: Duration = Duration::from_millis(500);

impl Market {
    /// Starts everything, registers what is missing, and waits until the gateway answers.
    pub async fn up(&mut self, say: &dyn Fn(&str)) -> Result<Vec<SpecId>> {
        let models = models::test_models()?;
        self.start_nodes(say).await?;
        self.start_sidecars(&models, say).await?;
        let specs = self.register(&models, say).await?;
        self.start_gateway()?;
        self.wait_gateway().await?;
        Ok(specs)
    }

    /// Starts the four validators and waits until they finalise.
    pub async fn start_nodes(&mut self, say: &dyn Fn(&str)) -> Result<()> {
        say("starting four validators");
        // The first one compiles the runtime, if that is new, and the others find it compiled.
        self.start_node(0)?;
        let before = self.patiently(node::wait_answers(self.ports.rpc[0], PATIENCE)).await?;
        for i in 1..node::NAMES.len() {
            self.start_node(i)?;
        }
        let finalised = self.patiently(node::wait_finalised(self.ports.rpc[0], before, PATIENCE)).await?;
        say(&format!("the chain finalises: block {finalised}"));
        Ok(())
    }

    /// What `wait` gives; when a program ends meanwhile, that program's last words instead.
    async fn patiently<T>(&self, wait: impl Future<Output = Result<T>>) -> Result<T> {
        let watch = async {
            loop {
                tokio::time::sleep(LOOK).await;
                self.check_running()?;
            }
        };
        tokio::select! {
            outcome = wait => outcome,
            ended = watch => ended,
        }
    }

    /// Starts the four sidecars and waits until their models are loaded.
    pub async fn start_sidecars(&mut self, models: &[Model], say: &dyn Fn(&str)) -> Result<()> {
        say("starting four sidecars: each loads the models");
        for i in 0..node::NAMES.len() {
            let provider = (i == 0).then_some("//Provider");
            sidecar::configure(&self.layout, &self.ports, models, i, provider)?;
            self.spawn_sidecar(i)?;
            if i == 0 {
                // The first one writes the dequantised weights that the others share.
                self.wait_sidecar(i).await?;
            }
        }
        for i in 1..node::NAMES.len() {
            self.wait_sidecar(i).await?;
        }
        Ok(())
    }

    /// Starts one configured sidecar and waits until it is healthy.
    pub async fn start_sidecar(&mut self, i: usize) -> Result<()> {
        self.spawn_sidecar(i)?;
        self.wait_sidecar(i).await
    }

    fn spawn_sidecar(&mut self, i: usize) -> Result<()> {
        let program = &self.layout.binaries.sidecar;
        let process = sidecar::start(&self.layout, &sidecar_name(i), program, &self.layout.sidecar(i))?;
        self.keep(process)
    }

    async fn wait_sidecar(&self, i: usize) -> Result<()> {
        sidecar::wait_healthy(self.process(&sidecar_name(i))?, self.ports.sidecar[i], PATIENCE).await
    }

    /// The chain, through Alice's node.
    pub async fn chain(&self) -> Result<Chain> {
        Chain::connect(&self.ws(0)).await.context("connect to Alice's node")
    }

    /// WebSocket URL of a validator.
    pub fn ws(&self, i: usize) -> String {
        format!("ws://127.0.0.1:{}", self.ports.rpc[i])
    }

    /// Registers what is missing.
    pub async fn register(&self, models: &[Model], say: &dyn Fn(&str)) -> Result<Vec<SpecId>> {
        let endpoint = format!("http://127.0.0.1:{}", self.ports.sidecar[0]);
        register::all(&self.chain().await?, models, &endpoint, say).await
    }

    /// Starts a sidecar that only serves, for `provider` at the node of validator `i`. With a `cheat` it is the program that
    /// can.
    pub fn start_provider(
        &mut self,
        provider: &str,
        i: usize,
        models: &[Model],
        cheat: Option<&str>,
    ) -> Result<Provider> {
        let binaries = &self.layout.binaries;
        let program = match cheat {
            Some(_) => {
                binaries.adversary.clone().context("souk-sidecar-adversary is not built: scripts/build.sh")?
            }
            None => binaries.sidecar.clone(),
        };
        let [port] = ports::free()?;
        let kind = provider.trim_start_matches('/');
        let folder = self.layout.root.join(kind);
        sidecar::configure_provider(&folder, port, &self.ws(i), models, provider, cheat)?;
        let process = sidecar::start(&self.layout, &format!("sidecar-{kind}"), &program, &folder)?;
        self.keep(process.clone())?;
        Ok(Provider { process, port })
    }

    /// Starts the consumer's gateway.
    pub fn start_gateway(&mut self) -> Result<()> {
        let process = gateway(&self.layout, &self.ws(0), self.ports.gateway)?;
        self.keep(process)
    }

    /// Waits until the gateway answers.
    pub async fn wait_gateway(&self) -> Result<()> {
        sidecar::wait_healthy(self.process("gateway")?, self.ports.gateway, PATIENCE).await
    }

    /// Base URL for OpenAI clients.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.ports.gateway)
    }
}

/// A provider's sidecar that was started.
pub struct Provider {
    process: Process,
    port: u16,
}

impl Provider {
    /// Waits until its model is loaded. Gives its endpoint.
    pub async fn ready(&self) -> Result<String> {
        sidecar::wait_healthy(&self.process, self.port, PATIENCE).await?;
        Ok(format!("http://127.0.0.1:{}", self.port))
    }
}

fn sidecar_name(i: usize) -> String {
    format!("sidecar-{}", node::NAMES[i])
}

fn gateway(layout: &Layout, ws: &str, port: u16) -> Result<Process> {
    let mut command = Command::new(&layout.binaries.cli);
    command
        .arg("gateway")
        .args(["--node", ws, "--key", "//Consumer", "--dev"])
        .arg(format!("--listen=127.0.0.1:{port}"))
        .arg(format!("--data-dir={}", layout.root.join("gateway").display()));
    Process::start("gateway", command, &layout.log("gateway"))
}
