//! Every measurement of `scripts/bench.sh`, taken on the real components.
//!
//! A [`Section`] is measured on its own and kept as JSON, so that one can be taken again without the others;
//! [`report`] makes `docs/performance.md` of all of them. Nothing here is a test: a slow machine is not a failure.

pub mod blocks;
pub mod client;
pub mod economy;
pub mod engine;
pub mod eras;
pub mod llama;
pub mod machine;
pub mod market;
pub mod memory;
pub mod nginx;
pub mod overhead;
pub mod report;
pub mod sales;
pub mod search;
pub mod stand;
pub mod state;
pub mod stats;
pub mod verify;
pub mod vouchers;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// How to measure.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Fewer samples: for a look, not for the books.
    pub quick: bool,
    /// Folder on the disk for weights, ledgers and results.
    pub folder: PathBuf,
    /// Folder with the installed package of the engine that ours is compared with.
    pub llama: Option<PathBuf>,
    /// The program that drives it.
    pub llama_script: PathBuf,
    /// The web server that sales are compared with.
    pub nginx: Option<PathBuf>,
    /// Folder of the documents that hold what is simulated.
    pub docs: PathBuf,
}

impl Setup {
    /// One of two numbers: for a full run, for a quick one.
    pub fn pick<T>(&self, full: T, quick: T) -> T {
        if self.quick {
            quick
        } else {
            full
        }
    }

    /// Folder of the weights that the benchmark's engines share.
    pub fn weights(&self) -> PathBuf {
        self.folder.join("weights")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join("results").join(format!("{name}.json"))
    }
}

/// A number that the design sets an aim for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Aim {
    /// What is measured.
    pub what: String,
    /// The aim, in words.
    pub aim: String,
    /// What was measured, in words.
    pub measured: String,
    /// Whether the aim is met; `None` for a number without one.
    pub met: Option<bool>,
}

/// A table of the report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// Names of the columns.
    pub head: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub fn new(title: impl Into<String>, head: &[&str]) -> Self {
        Table { title: title.into(), head: head.iter().map(ToString::to_string).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }
}

/// What one section measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Section {
    /// Its name on the command line.
    pub name: String,
    /// Heading in the report.
    pub title: String,
    /// When, in UTC.
    pub taken: String,
    /// Commit of the checkout, with a plus when files were changed.
    pub commit: String,
    /// Processes that wanted a core when it began (the one-minute load): above 0.5 others were at work.
    pub load: f64,
    /// Whether it was a quick run.
    pub quick: bool,
    /// What it was taken on; results of old runs don't say.
    #[serde(default)]
    pub machine: String,
    /// How it was measured.
    pub how: Vec<String>,
    /// Numbers with an aim.
    pub aims: Vec<Aim>,
    /// Everything else.
    pub tables: Vec<Table>,
}

impl Section {
    /// An empty section of this moment.
    pub fn new(setup: &Setup, name: &str, title: &str) -> Self {
        Section {
            name: name.into(),
            title: title.into(),
            taken: machine::now(),
            commit: machine::commit(),
            load: machine::load(),
            quick: setup.quick,
            machine: machine::name(),
            how: Vec::new(),
            aims: Vec::new(),
            tables: Vec::new(),
        }
    }

    /// Says how something was measured.
    pub fn how(&mut self, text: impl Into<String>) {
        self.how.push(text.into());
    }

    /// Adds a number that has an aim.
    pub fn aim(&mut self, what: &str, aim: &str, measured: String, met: Option<bool>) {
        self.aims.push(Aim { what: what.into(), aim: aim.into(), measured, met });
    }

    /// Keeps it beside the others.
    pub fn save(&self, setup: &Setup) -> Result<()> {
        let path = setup.file(&self.name);
        std::fs::create_dir_all(path.parent().context("results have a folder")?)?;
        std::fs::write(&path, serde_json::to_vec_pretty(self)?)?;
        Ok(())
    }

    /// The last one of that name, if it was ever measured.
    pub fn load_last(setup: &Setup, name: &str) -> Result<Option<Section>> {
        match std::fs::read(setup.file(name)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).context("a damaged result")?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// A folder in memory, where a write to disk costs nothing: shows what the programs themselves take.
pub fn memory_folder() -> Result<Option<tempfile::TempDir>> {
    let shm = Path::new("/dev/shm");
    if !shm.is_dir() {
        return Ok(None);
    }
    Ok(Some(tempfile::Builder::new().prefix("souk-bench").tempdir_in(shm)?))
}
