//! Where the programs are: beside our own, as one `cargo build --workspace` makes them.

use anyhow::{bail, Context, Result};
use std::{
    fs::File,
    path::{Path, PathBuf},
};

/// Paths of the built programs.
#[derive(Clone, Debug)]
pub struct Binaries {
    /// `souk-node`.
    pub node: PathBuf,
    /// `souk-sidecar`.
    pub sidecar: PathBuf,
    /// The sidecar that can be told to cheat; only the tests have one.
    pub adversary: Option<PathBuf>,
    /// `souk`.
    pub cli: PathBuf,
    /// What has the wasm of the upgrade rehearsal; only the tests have one.
    pub rehearsal: Option<PathBuf>,
}

impl Binaries {
    /// Where the nodes keep their compiled runtimes: beside the node that they belong to, for every market of it.
    pub fn wasm_cache(&self) -> PathBuf {
        self.node.with_file_name("wasm-cache")
    }

    /// The specification of the chain `local`, if this build of the node has made it before: that takes its time.
    pub fn chain_spec(&self) -> Option<PathBuf> {
        let path = self.kept_chain_spec();
        let built = |path: &Path| path.metadata()?.modified();
        (built(&path).ok()? == built(&self.node).ok()?).then_some(path)
    }

    /// Keeps it for the next market.
    pub fn keep_chain_spec(&self, made: &Path) -> Result<()> {
        // Nobody finds half of it, or that of another build.
        let folder = self.node.parent().context("a program without a folder")?;
        let mut copy = tempfile::NamedTempFile::new_in(folder)?;
        std::io::copy(&mut File::open(made)?, &mut copy)?;
        copy.as_file().set_modified(self.node.metadata()?.modified()?)?;
        copy.persist(self.kept_chain_spec())?;
        Ok(())
    }

    fn kept_chain_spec(&self) -> PathBuf {
        self.node.with_file_name("souk-local-chain.json")
    }

    /// Finds them in the folder of this program, or (for a test, which lies in `deps/`) in its parent.
    pub fn find() -> Result<Binaries> {
        let own = std::env::current_exe()?;
        let folders: Vec<PathBuf> = own.ancestors().skip(1).take(2).map(PathBuf::from).collect();
        let find = |name: &str| {
            for folder in &folders {
                let path = folder.join(name);
                if path.is_file() {
                    return Ok(path);
                }
            }
            bail!("{name} is not built: `cargo build --release --locked --workspace` makes it")
        };
        Ok(Binaries {
            node: find("souk-node")?,
            sidecar: find("souk-sidecar")?,
            cli: find("souk")?,
            adversary: find("souk-sidecar-adversary").ok(),
            rehearsal: find("souk-rehearsal").ok(),
        })
    }
}
