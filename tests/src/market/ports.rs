//! Ports of a market: the fixed ones of the guide, or free ones for a test.

use anyhow::{bail, Result};
use serde::{Deserialize, Serialize};
use std::net::TcpListener;

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

    /// Free ports, as the system hands them out.
    pub fn free() -> Result<Ports> {
        // All listeners are held until every port is chosen, so that no port is chosen twice.
        let listeners: Vec<TcpListener> =
            (0..5 * VALIDATORS + 1).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect::<Result<_, _>>()?;
        let mut ports = Vec::new();
        for listener in &listeners {
            ports.push(listener.local_addr()?.port());
        }
        let row = |i: usize| [ports[4 * i], ports[4 * i + 1], ports[4 * i + 2], ports[4 * i + 3]];
        Ok(Ports {
            rpc: row(0),
            p2p: row(1),
            metrics: row(2),
            sidecar: row(3),
            audit: row(4),
            gateway: ports[20],
        })
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
            .filter(|(_, port)| TcpListener::bind(("127.0.0.1", *port)).is_err())
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
    fn free_ports_are_distinct() {
        let mut all: Vec<u16> = Ports::free().unwrap().named().into_iter().map(|(_, port)| port).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 21);
    }
}
