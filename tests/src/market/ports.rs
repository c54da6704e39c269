//! Ports of a market: the fixed ones of the guide, or free ones for a test.

use super::models;
use anyhow::{bail, Context, Result};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    net::TcpListener,
    ops::Range,
    path::Path,
    sync::Mutex,
};

/// Where free ports are looked for: under those that systems give to outgoing connections, and above the fixed ones.
const RANGE: Range<u16> = 12_000..30_000;
/// Files of the ports that this process has claimed, locked as long as it lives.
static CLAIMS: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// Ports that nobody listens at. A program may take a minute until it does: until this process ends, no other one is
/// given them by this function.
pub fn free<const N: usize>() -> Result<[u16; N]> {
    let folder = models::cache()?.join("ports");
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    // Each process begins elsewhere, so that a port rests before it is used again.
    let first = std::process::id() as usize * 64 % RANGE.len();
    let found: Vec<u16> = RANGE
        .cycle()
        .skip(first)
        .take(RANGE.len())
        .filter(|port| is_free(*port) && claim(&folder, *port))
        .take(N)
        .collect();
    match found.try_into() {
        Ok(ports) => Ok(ports),
        Err(found) => {
            bail!("{} of {N} ports are free between {} and {}", found.len(), RANGE.start, RANGE.end)
        }
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

/// Whether this process claimed a port now, and for good.
fn claim(folder: &Path, port: u16) -> bool {
    let Ok(file) = File::create(folder.join(port.to_string())) else { return false };
    if file.try_lock().is_err() {
        return false;
    }
    CLAIMS.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(file);
    true
}

/// Number of validators.
pub const VALIDATORS: usize = 4;

/// All ports of one market, by validator in the order Alice, Bob, Charlie, Dave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// Node: JSON-RPC.
    pub rpc: [u16; VALIDATORS],
    /// Node: peer to peer.
    pub p2p: [u16; VALIDATORS],
    /// Node: Prometheus.
    pub metrics: [u16; VALIDATORS],
    /// Sidecar: public API.
    pub sidecar: [u16; VALIDATORS],
    /// Sidecar: audit API.
    pub audit: [u16; VALIDATORS],
    /// The consumer's gateway.
    pub gateway: u16,
}

impl Ports {
    /// The ports that the guide names.
    pub fn fixed() -> Ports {
        let row = |base: u16| [base, base + 1, base + 2, base + 3];
        Ports {
            rpc: row(9944),
            p2p: row(30333),
            metrics: row(9615),
            sidecar: row(8901),
            audit: row(9901),
            gateway: 8899,
        }
    }

    /// Free ports.
    pub fn free() -> Result<Ports> {
        let [rpc, p2p, metrics, sidecar, audit] = [free()?, free()?, free()?, free()?, free()?];
        let [gateway] = free()?;
        Ok(Ports { rpc, p2p, metrics, sidecar, audit, gateway })
    }

    fn named(&self) -> Vec<(String, u16)> {
        let mut all = vec![("the gateway".to_string(), self.gateway)];
        for (what, row) in [
            ("node RPC", self.rpc),
            ("node peer-to-peer", self.p2p),
            ("node metrics", self.metrics),
            ("sidecar", self.sidecar),
            ("sidecar audits", self.audit),
        ] {
            all.extend(row.iter().map(|port| (what.to_string(), *port)));
        }
        all
    }

    /// Refuses when any port is taken, naming all that are.
    pub fn check_free(&self) -> Result<()> {
        let taken: Vec<String> = self
            .named()
            .into_iter()
            .filter(|(_, port)| !is_free(*port))
            .map(|(what, port)| format!("{port} ({what})"))
            .collect();
        if !taken.is_empty() {
            bail!(
                "these ports are taken: {}. End what uses them (`./scripts/local.sh down` ends an earlier market) and try again",
                taken.join(", ")
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named() {
        let ports = Ports::free().unwrap();
        let _held = TcpListener::bind(("127.0.0.1", ports.gateway)).unwrap();
        let error = ports.check_free().unwrap_err().to_string();
        assert!(error.contains(&format!("{} (the gateway)", ports.gateway)), "{error}");
    }

    #[test]
    fn a_port_should_be_given_once() {
        let [one] = free().unwrap();
        assert!(RANGE.contains(&one));
        let folder = models::cache().unwrap().join("ports");
        // As another process would ask: a lock belongs to who opened the file.
        assert!(!claim(&folder, one));
    }

    #[test]
    fn free_ports_are_distinct() {
        let mut all: Vec<u16> = Ports::free().unwrap().named().into_iter().map(|(_, port)| port).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 21);
    }
}
