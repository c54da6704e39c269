//! The `souk` program, run as people run it.

use super::Market;
use anyhow::{ensure, Context, Result};
use serde_json::Value;
use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; -1 when a signal ended it.
    pub code: i32,
    /// What it printed.
    pub out: String,
    /// What it said went wrong.
    pub err: String,
}

impl Ended {
    /// Its result, when it succeeded.
    pub fn json(&self) -> Result<Value> {
        ensure!(self.code == 0, "it failed ({}): {}", self.code, self.err);
        serde_json::from_str(self.out.trim()).with_context(|| format!("no JSON: {}", self.out))
    }

    /// What it printed, when it succeeded.
    pub fn text(&self) -> Result<&str> {
        ensure!(self.code == 0, "it failed ({}): {}", self.code, self.err);
        Ok(&self.out)
    }

    /// It succeeded and says these words.
    pub fn tells(&self, words: &str) -> Result<()> {
        let text = self.text()?;
        ensure!(text.contains(words), "{words:?} is not in: {text}");
        Ok(())
    }

    /// It failed with this code, in one sentence that has all of these words.
    pub fn says(&self, code: i32, words: &[&str]) -> Result<()> {
        ensure!(self.code == code, "exit code {} instead of {code}: {}{}", self.code, self.out, self.err);
        ensure!(self.out.is_empty(), "a failure prints no result: {}", self.out);
        for word in words {
            ensure!(self.err.contains(word), "{word:?} is not in: {}", self.err);
        }
        ensure!(self.err.trim().lines().count() == 1, "one sentence: {}", self.err);
        Ok(())
    }
}

/// The `souk` program with a key of its own.
#[derive(Clone)]
pub struct Souk {
    /// The program.
    pub program: PathBuf,
    /// The node that it asks.
    pub node: String,
    /// Its key: a file, or a development key.
    pub key: PathBuf,
    /// The key's words, which it must never print; empty for a development key.
    pub words: String,
}

impl Souk {
    /// The program of a market, for the owner of a development key.
    pub fn dev(market: &Market, uri: &str) -> Self {
        let (program, node) = (market.layout.binaries.cli.clone(), market.ws(0));
        Self { program, node, key: uri.into(), words: String::new() }
    }

    /// The program with these arguments, not yet started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).env("SOUK_NODE", &self.node).env_remove("SOUK_KEY").env_remove("RUST_LOG");
        command.stdin(Stdio::null());
        command
    }

    /// Runs it to its end; it ends with the test, whatever becomes of that.
    pub async fn run(&self, arguments: &[&str]) -> Result<Ended> {
        let output =
            tokio::process::Command::from(self.command(arguments)).kill_on_drop(true).output().await?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let ended = Ended {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        let all = format!("{}{}", ended.out, ended.err);
        ensure!(!all.contains("panicked"), "{arguments:?}: {all}");
        ensure!(self.words.is_empty() || !all.contains(&self.words), "{arguments:?} printed the key");
        Ok(ended)
    }

    /// Runs it with its own key on this terminal, and fails when it does.
    pub async fn watch(&self, arguments: &[&str]) -> Result<()> {
        let key = self.key.display().to_string();
        let command = self.command(&[&["--key", key.as_str()], arguments].concat());
        let ended = tokio::process::Command::from(command).kill_on_drop(true).status().await?;
        ensure!(ended.success(), "{}: {ended}", arguments.first().copied().unwrap_or_default());
        Ok(())
    }

    /// Runs it with its own key.
    pub async fn own(&self, arguments: &[&str]) -> Result<Ended> {
        let key = self.key.display().to_string();
        self.run(&[&["--key", key.as_str()], arguments].concat()).await
    }
}
