//! The market: its folder, its programs, and how they are started, stopped and killed.

pub mod binaries;
pub mod books;
pub mod consumer;
pub mod demo;
pub mod exams;
pub mod models;
pub mod node;
pub mod ports;
pub mod process;
pub mod program;
pub mod register;
pub mod sale;
pub mod shop;
pub mod sidecar;
pub mod staking;
pub mod state;
pub mod storage;
pub mod story;
pub mod up;

use anyhow::{bail, Context, Result};
use binaries::Binaries;
use ports::Ports;
use process::Process;
use state::State;
use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a program may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where a market keeps its files.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Its folder.
    pub root: PathBuf,
    /// The programs it runs.
    pub binaries: Binaries,
}

impl Layout {
    /// The market in `root`, which is made when missing.
    pub fn new(root: &Path) -> Result<Layout> {
        fs::create_dir_all(root.join("logs")).with_context(|| format!("make {}", root.display()))?;
        Ok(Layout { root: root.canonicalize()?, binaries: Binaries::find()? })
    }

    /// Log of a program.
    pub fn log(&self, name: &str) -> PathBuf {
        self.root.join("logs").join(format!("{name}.log"))
    }

    /// Token of a sidecar's audit API.
    pub fn token(&self, i: usize) -> PathBuf {
        self.root.join(format!("{}.token", node::NAMES[i]))
    }

    /// Folder of a sidecar.
    pub fn sidecar(&self, i: usize) -> PathBuf {
        self.root.join(format!("sidecar-{}", node::NAMES[i]))
    }

    /// Makes the audit tokens that are missing: 32 random bytes each, for us alone.
    pub fn make_tokens(&self) -> Result<()> {
        for i in 0..node::NAMES.len() {
            let path = self.token(i);
            if path.exists() {
                continue;
            }
            let mut bytes = [0u8; 32];
            std::io::Read::read_exact(&mut fs::File::open("/dev/urandom")?, &mut bytes)?;
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(hex::encode(bytes).as_bytes())?;
        }
        Ok(())
    }

    /// Removes chain, stores and state, but not the logs.
    pub fn wipe(&self) -> Result<()> {
        for entry in fs::read_dir(&self.root)? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name == "logs") {
                continue;
            }
            if path.is_dir() {
                fs::remove_dir_all(&path)?;
            } else {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

/// A market that we started or found running.
pub struct Market {
    /// Its files.
    pub layout: Layout,
    /// Its ports.
    pub ports: Ports,
    /// Its programs, in the order of their start.
    pub processes: Vec<Process>,
    /// Peer ids of the validators.
    peers: Vec<String>,
    /// Whether dropping it ends its programs.
    owned: bool,
}

impl Market {
    /// A market that is not yet started. Its programs end with it unless it is [detached](Market::detach).
    pub fn prepare(layout: Layout, ports: Ports) -> Result<Market> {
        layout.make_tokens()?;
        let peers = node::peer_ids(&layout)?;
        Ok(Market { layout, ports, processes: Vec::new(), peers, owned: true })
    }

    /// The market that runs in `root`.
    pub fn attach(root: &Path) -> Result<Market> {
        let layout = Layout::new(root)?;
        let Some(state) = State::load(&layout.root)? else {
            bail!("no market runs in {}: ./scripts/local.sh starts one", layout.root.display());
        };
        let peers = node::peer_ids(&layout)?;
        Ok(Market { layout, ports: state.ports, processes: state.processes, peers, owned: false })
    }

    /// Leaves the programs running after this value is gone.
    pub fn detach(&mut self) {
        self.owned = false;
    }

    /// Writes down what runs.
    pub fn save(&self) -> Result<()> {
        State { ports: self.ports.clone(), processes: self.processes.clone() }.save(&self.layout.root)
    }

    /// Starts a validator and its place in the list of programs.
    pub fn start_node(&mut self, i: usize) -> Result<()> {
        let process = node::start(&self.layout, &self.ports, &self.peers, i)?;
        self.keep(process)
    }

    /// Starts a second node with a validator's keys, see [`node::start_twin`]. Gives its name in the list of programs,
    /// and its port for RPC.
    pub fn start_twin(&mut self, i: usize, votes: bool) -> Result<(String, u16)> {
        let (process, rpc) = node::start_twin(&self.layout, &self.ports, &self.peers, i, votes)?;
        let name = process.name.clone();
        self.keep(process)?;
        Ok((name, rpc))
    }

    /// Stops a program and takes it off the list.
    pub fn stop(&mut self, name: &str) -> Result<()> {
        self.process(name)?.stop(PATIENCE)?;
        self.processes.retain(|p| p.name != name);
        self.save()
    }

    /// Takes a started program into the list, in the place of an earlier one of that name.
    pub fn keep(&mut self, process: Process) -> Result<()> {
        self.processes.retain(|p| p.name != process.name);
        self.processes.push(process);
        self.save()
    }

    /// A program by name.
    pub fn process(&self, name: &str) -> Result<&Process> {
        self.processes.iter().find(|p| p.name == name).with_context(|| format!("{name} was not started"))
    }

    /// Fails, with the end of its log, when a program has ended that should run.
    pub fn check_running(&self) -> Result<()> {
        for process in &self.processes {
            if !process.is_running() {
                bail!(
                    "{} has ended: `./scripts/local.sh down`, then `up`, starts everything again; the end of {}:\n{}",
                    process.name,
                    process.log.display(),
                    process.log_tail(15)
                );
            }
        }
        Ok(())
    }

    /// Ends every program, the last started first.
    pub fn down(&mut self) -> Result<()> {
        let mut first_error = None;
        for process in self.processes.drain(..).rev() {
            if let Err(error) = process.stop(PATIENCE) {
                first_error.get_or_insert(error);
            }
        }
        State::remove(&self.layout.root)?;
        first_error.map_or(Ok(()), Err)
    }
}

impl Drop for Market {
    fn drop(&mut self) {
        if self.owned {
            for process in self.processes.iter().rev() {
                // Nothing can be done about a failure here; `down` reports them.
                let _ = process.stop(PATIENCE);
            }
        }
    }
}
