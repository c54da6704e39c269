//! What a running market leaves on disk, so that `status`, `demo` and `down` find it.

use super::{ports::Ports, process::Process};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::{fs, path::Path};

/// A market as it was started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    /// Its ports.
    pub ports: Ports,
    /// Its programs, in the order of their start.
    pub processes: Vec<Process>,
}

const FILE: &str = "market.json";

impl State {
    /// Reads the state below `root`, `None` when no market was started there.
    pub fn load(root: &Path) -> Result<Option<State>> {
        match fs::read(root.join(FILE)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).context("market.json is damaged")?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes it; a reader never sees half of it.
    pub fn save(&self, root: &Path) -> Result<()> {
        let next = root.join("market.json.next");
        fs::write(&next, serde_json::to_vec_pretty(self)?)?;
        fs::rename(next, root.join(FILE))?;
        Ok(())
    }

    /// Forgets it.
    pub fn remove(root: &Path) -> Result<()> {
        match fs::remove_file(root.join(FILE)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}
