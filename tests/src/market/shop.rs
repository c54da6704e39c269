//! A seller's sidecar with a store, and what its owner does with the `souk` program.

use super::{
    ports,
    process::Process,
    program::{Ended, Souk},
    sidecar, Layout, Market,
};
use anyhow::{Context, Result};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a shop may take to be there.
const PATIENCE: Duration = Duration::from_secs(120);

/// A seller with a store.
#[derive(Clone, Debug)]
pub struct Shop {
    /// Development key of the seller.
    pub uri: String,
    /// Name of the program in the market.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// Its folder.
    pub folder: PathBuf,
    /// Where buyers fetch copies.
    pub endpoint: String,
    /// Where the seller brings what is sold.
    pub private: String,
}

fn local(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

impl Shop {
    /// Starts a sidecar of its own for the seller `uri`, honest or with a cheat, at the node of validator `node`.
    pub async fn start(
        market: &mut Market,
        name: &str,
        uri: &str,
        cheat: Option<&str>,
        node: usize,
    ) -> Result<Shop> {
        let binaries = &market.layout.binaries;
        let program = match cheat {
            None => binaries.sidecar.clone(),
            Some(_) => {
                binaries.adversary.clone().context("souk-sidecar-adversary is not built: scripts/build.sh")?
            }
        };
        let [public, private] = ports::free()?;
        let folder = market.layout.root.join(name);
        sidecar::configure_seller(&folder, public, private, &market.ws(node), uri, cheat)?;
        let process = sidecar::start(&market.layout, name, &program, &folder)?;
        market.keep(process.clone())?;
        sidecar::wait_healthy(&process, public, PATIENCE).await?;
        let (uri, name) = (uri.into(), name.into());
        Ok(Shop { uri, name, program, folder, endpoint: local(public), private: local(private) })
    }

    /// The shop of //Publisher at Alice's sidecar.
    pub fn of_alice(market: &Market) -> Shop {
        Shop {
            uri: "//Publisher".into(),
            name: "sidecar-alice".into(),
            program: market.layout.binaries.sidecar.clone(),
            folder: market.layout.sidecar(0),
            endpoint: local(market.ports.sidecar[0]),
            private: local(market.ports.audit[0]),
        }
    }

    /// Takes the running program over from the market, to kill it and start it again.
    pub fn take_over(&self, market: &Market) -> Result<Mortal> {
        let process = market.process(&self.name)?.clone();
        Ok(Mortal { shop: self.clone(), layout: market.layout.clone(), process })
    }

    /// Folder of its store.
    pub fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    /// The arguments with which `souk` publishes a file here; `more` says what it is and how it is offered.
    pub fn publishing(&self, file: &Path, name: &str, more: &[&str]) -> Vec<String> {
        let token = sidecar::store_token(&self.folder).display().to_string();
        let file = file.display().to_string();
        let start = ["--json", "listing", "publish", &file, "--name", name];
        let end = ["--store-url", &self.private, "--store-token-file", &token, "--endpoint", &self.endpoint];
        start.iter().chain(more).chain(&end).map(ToString::to_string).collect()
    }

    /// Publishes a file.
    pub async fn publish(&self, market: &Market, file: &Path, name: &str, more: &[&str]) -> Result<Ended> {
        let arguments = self.publishing(file, name, more);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Souk::dev(market, &self.uri).own(&arguments).await
    }
}

/// A shop whose program is killed now and then; it ends with this value.
pub struct Mortal {
    shop: Shop,
    layout: Layout,
    process: Process,
}

impl Mortal {
    /// SIGKILL, and a new start that nobody waits for.
    pub fn restart(&mut self) -> Result<()> {
        self.process.kill()?;
        self.process = sidecar::start(&self.layout, &self.shop.name, &self.shop.program, &self.shop.folder)?;
        Ok(())
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}
