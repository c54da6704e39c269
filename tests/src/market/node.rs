//! The four validators.

use super::{
    ports::{self, Ports},
    process::Process,
    Layout,
};
use anyhow::{bail, Context, Result};
use serde_json::{json, Value};
use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Validators' names, in the order of [`Ports`].
pub const NAMES: [&str; 4] = ["alice", "bob", "charlie", "dave"];

/// Secret of a validator's network identity. Fixed, so that each can name the others as boot nodes; worth nothing
/// beyond this machine.
fn node_key(i: usize) -> String {
    format!("{:064x}", i + 1)
}

/// Peer ids of all four, as the node itself derives them.
pub fn peer_ids(layout: &Layout) -> Result<Vec<String>> {
    (0..NAMES.len())
        .map(|i| {
            let mut child = Command::new(&layout.binaries.node)
                .args(["key", "inspect-node-key"])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()?;
            child.stdin.take().context("no stdin")?.write_all(node_key(i).as_bytes())?;
            let out = child.wait_with_output()?;
            if !out.status.success() {
                bail!("souk-node key inspect-node-key failed");
            }
            Ok(String::from_utf8(out.stdout)?.trim().to_string())
        })
        .collect()
}

/// The chain's specification, made by the node when the market is new; once for each build of the node.
///
/// It is the raw one: a node need not run the runtime to start from it, and a chain goes on after the node is rebuilt.
fn chain_spec(layout: &Layout) -> Result<PathBuf> {
    let path = layout.root.join("chain.json");
    if !path.exists() {
        let fresh = path.with_extension("new");
        if let Some(made) = layout.binaries.chain_spec() {
            std::fs::copy(&made, &fresh)?;
            std::fs::rename(&fresh, &path)?;
            return Ok(path);
        }
        let out = Command::new(&layout.binaries.node)
            .args(["export-chain-spec", "--chain=local", "--raw", "--output"])
            .arg(&fresh)
            .stdin(Stdio::null())
            .output()?;
        if !out.status.success() {
            bail!("souk-node export-chain-spec failed: {}", String::from_utf8_lossy(&out.stderr));
        }
        layout.binaries.keep_chain_spec(&fresh)?;
        std::fs::rename(&fresh, &path)?;
    }
    Ok(path)
}

/// Writes the specification of a chain like `local` with another genesis: `patch` is merged over the preset's. For a
/// market that has not started yet.
pub fn make_chain_spec(layout: &Layout, patch: &Value) -> Result<()> {
    let file = layout.root.join("patch.json");
    std::fs::write(&file, serde_json::to_vec(patch)?)?;
    let out = Command::new(&layout.binaries.node)
        .args(["chain-spec", "--preset=local", "--id=souk_rehearsal", "--raw", "--patch"])
        .arg(&file)
        .arg("--output")
        .arg(layout.root.join("chain.json"))
        .stdin(Stdio::null())
        .output()?;
    if !out.status.success() {
        bail!("souk-node chain-spec failed: {}", String::from_utf8_lossy(&out.stderr));
    }
    Ok(())
}

/// What tells a node from the others of its market.
struct Place {
    /// Its program's name, and its folder's.
    name: String,
    /// Secret of its network identity.
    key: String,
    p2p: u16,
    rpc: u16,
}

/// The command of a validator, still without keys, which knows all `peers` but itself.
fn command(layout: &Layout, ports: &Ports, peers: &[String], place: &Place) -> Result<Command> {
    let mut command = Command::new(&layout.binaries.node);
    command
        .arg(format!("--chain={}", chain_spec(layout)?.display()))
        .arg("--validator")
        .arg(format!("--base-path={}", layout.root.join(&place.name).display()))
        .arg(format!("--node-key={}", place.key))
        .arg(format!("--port={}", place.p2p))
        .arg(format!("--rpc-port={}", place.rpc))
        .arg(format!("--wasm-cache-dir={}", layout.binaries.wasm_cache().display()))
        .args(["--rpc-cors=all", "--no-telemetry", "--no-mdns"])
        .args(["--state-pruning=archive", "--blocks-pruning=archive"]);
    for (peer, id) in peers.iter().enumerate().filter(|(peer, _)| ports.p2p[*peer] != place.p2p) {
        command.arg(format!("--bootnodes=/ip4/127.0.0.1/tcp/{}/p2p/{id}", ports.p2p[peer]));
    }
    Ok(command)
}

/// Starts one validator.
pub fn start(layout: &Layout, ports: &Ports, peers: &[String], i: usize) -> Result<Process> {
    let name = NAMES[i];
    let place = Place { name: name.into(), key: node_key(i), p2p: ports.p2p[i], rpc: ports.rpc[i] };
    let mut command = command(layout, ports, peers, &place)?;
    command
        .arg(format!("--{name}"))
        .arg(format!("--prometheus-port={}", ports.metrics[i]))
        .arg(format!("--sidecar-url=http://127.0.0.1:{}", ports.audit[i]))
        .arg(format!("--sidecar-token-file={}", layout.token(i).display()));
    Process::start(&format!("node-{name}"), command, &layout.log(&format!("node-{name}")))
}

/// Starts a second node with the session keys of validator `i`, as somebody does who moves a validator to another machine
/// and forgets to stop the first: both author in its slots, and if `votes`, both vote on finality too. Gives its port for
/// RPC as well.
pub fn start_twin(
    layout: &Layout,
    ports: &Ports,
    peers: &[String],
    i: usize,
    votes: bool,
) -> Result<(Process, u16)> {
    let [p2p, rpc] = ports::free()?;
    let place = Place { name: format!("{}-twin", NAMES[i]), key: node_key(NAMES.len() + i), p2p, rpc };
    let mut command = command(layout, ports, peers, &place)?;
    command.arg("--no-prometheus").arg(format!("--{}", NAMES[i]));
    if !votes {
        command.arg("--no-grandpa");
    }
    let name = format!("node-{}", place.name);
    Ok((Process::start(&name, command, &layout.log(&name))?, place.rpc))
}

/// One JSON-RPC call to a validator.
pub async fn rpc(port: u16, method: &str, params: Value) -> Result<Value> {
    let answer: Value = reqwest::Client::new()
        .post(format!("http://127.0.0.1:{port}"))
        .timeout(Duration::from_secs(10))
        .json(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }))
        .send()
        .await?
        .json()
        .await?;
    match answer.get("error") {
        Some(error) => bail!("{method}: {error}"),
        None => Ok(answer["result"].clone()),
    }
}

/// Whether a validator takes part in votes on finality.
pub async fn votes(port: u16) -> Result<bool> {
    match rpc(port, "grandpa_roundState", json!([])).await {
        Ok(_) => Ok(true),
        Err(error) if error.to_string().contains("not ready") => Ok(false),
        Err(error) => Err(error),
    }
}

/// Heights of a validator: best and finalised.
pub async fn heights(port: u16) -> Result<(u64, u64)> {
    let number = |header: &Value| {
        let text = header["number"].as_str().context("a header without number")?;
        Ok::<_, anyhow::Error>(u64::from_str_radix(text.trim_start_matches("0x"), 16)?)
    };
    let best = rpc(port, "chain_getHeader", json!([])).await?;
    let hash = rpc(port, "chain_getFinalizedHead", json!([])).await?;
    let finalised = rpc(port, "chain_getHeader", json!([hash])).await?;
    Ok((number(&best)?, number(&finalised)?))
}

/// Waits until a validator answers, and gives its finalised height.
pub async fn wait_answers(port: u16, patience: Duration) -> Result<u64> {
    let deadline = Instant::now() + patience;
    loop {
        match heights(port).await {
            Ok((_, finalised)) => return Ok(finalised),
            Err(error) if Instant::now() > deadline => {
                return Err(error.context(format!("the node does not answer after {patience:?}")))
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

/// Waits until a validator has finalised a block above `above`.
pub async fn wait_finalised(port: u16, above: u64, patience: Duration) -> Result<u64> {
    let deadline = Instant::now() + patience;
    loop {
        if let Ok((_, finalised)) = heights(port).await {
            if finalised > above {
                return Ok(finalised);
            }
        }
        if Instant::now() > deadline {
            bail!("no block above {above} was finalised within {patience:?}");
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}
