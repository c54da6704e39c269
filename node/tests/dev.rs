//! A real node of the `dev` chain: it makes blocks and finalises them on its own, answers over JSON-RPC, and ends
//! cleanly.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A running node; killed when dropped.
struct Node {
    process: Child,
    rpc: u16,
    _base: tempfile::TempDir,
}

impl Node {
    fn start(extra: &[&str]) -> Self {
        let base = tempfile::tempdir().unwrap();
        let (rpc, p2p) = (free_port(), free_port());
        let process = Command::new(env!("CARGO_BIN_EXE_souk-node"))
            .args(["--dev", "--no-telemetry", "--no-prometheus", "--no-mdns"])
            .args(["--rpc-port", &rpc.to_string(), "--port", &p2p.to_string()])
            .arg("--base-path")
            .arg(base.path())
            .args(extra)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { process, rpc, _base: base }
    }

    /// The result of a JSON-RPC call, or `None` while the node does not answer.
    fn call(&self, method: &str, params: serde_json::Value) -> Option<serde_json::Value> {
        self.answer(method, params)?.get("result").cloned()
    }

    /// The whole answer to a JSON-RPC call, or `None` while there is none.
    fn answer(&self, method: &str, params: serde_json::Value) -> Option<serde_json::Value> {
        let body =
            serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.rpc)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .ok()?;
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).ok()?;
        serde_json::from_slice(&answer).ok()
    }

    /// The height of the finalised head.
    fn finalised(&self) -> Option<u64> {
        let hash = self.call("chain_getFinalizedHead", serde_json::json!([]))?;
        let header = self.call("chain_getHeader", serde_json::json!([hash]))?;
        u64::from_str_radix(header["number"].as_str()?.trim_start_matches("0x"), 16).ok()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn wait_for<T>(what: &str, limit: Duration, mut probe: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = probe() {
            return value;
        }
        assert!(start.elapsed() < limit, "waited {limit:?} for {what}");
        std::thread::sleep(Duration::from_millis(250));
    }
}

#[test]
fn dev_node_should_finalise_blocks_answer_rpc_and_end_on_sigterm() {
    let mut node = Node::start(&["--state-pruning", "archive", "--blocks-pruning", "archive"]);
    wait_for("a finalised block", Duration::from_secs(90), || node.finalised().filter(|n| *n >= 1));

    let call = |method: &str, params| node.call(method, params).unwrap_or_else(|| panic!("{method} failed"));
    assert_eq!(call("system_chain", serde_json::json!([])), "Souk Development");
    let properties = call("system_properties", serde_json::json!([]));
    assert_eq!(properties["tokenSymbol"], "SOUK");
    assert_eq!(properties["tokenDecimals"], 12);
    let alice = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
    for key_type in ["babe", "audi", "attn", "imon"] {
        assert_eq!(call("author_hasKey", serde_json::json!([alice, key_type])), true, "{key_type}");
    }
    let methods = call("rpc_methods", serde_json::json!([]))["methods"].to_string();
    for method in [
        "system_accountNextIndex",
        "payment_queryInfo",
        "babe_epochAuthorship",
        "grandpa_roundState",
        "grandpa_proveFinality",
        "sync_state_genSyncSpec",
        "chainHead_v1_follow",
        "archive_v1_finalizedHeight",
        "author_rotateKeysWithOwner",
        "souk_solvency",
        "souk_purchases",
        "souk_stake",
        "souk_validators",
        "souk_pools",
        "souk_power",
        "souk_votes",
        "souk_tracks",
        "souk_referenda",
        "souk_referendum",
        "souk_rewards",
        "souk_exam",
        "souk_emission",
        "souk_search",
    ] {
        assert!(methods.contains(method), "{method} is missing");
    }

    // The index follows the finalised head.
    let seen = wait_for("the search index", Duration::from_secs(30), || {
        let page = node.call("souk_search", serde_json::json!([{"text": "nothing"}]))?;
        page["at"]["number"].as_u64().filter(|n| *n >= 1)
    });
    assert!(node.finalised().unwrap() >= seen);
    let refused = node.answer("souk_search", serde_json::json!([{"limit": 201}])).unwrap();
    assert_eq!(refused["error"]["code"], 8102, "{refused}");

    let pid = node.process.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let status = wait_for("the node to end", Duration::from_secs(30), || node.process.try_wait().unwrap());
    assert!(status.success(), "the node ended with {status}");
}

#[test]
fn node_without_an_index_should_say_so() {
    let node = Node::start(&["--no-index"]);
    let answer = wait_for("an answer", Duration::from_secs(90), || {
        node.answer("souk_search", serde_json::json!([{"text": "model"}]))
    });
    assert_eq!(answer["error"]["code"], 8104, "{answer}");
    assert!(answer["error"]["message"].as_str().unwrap().contains("--no-index"), "{answer}");
}

/// Runs the binary to its end and gives its exit status and everything it wrote.
fn run(args: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_souk-node")).args(args).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn node_should_refuse_a_sidecar_on_another_machine() {
    let (ok, text) = run(&[
        "--dev",
        "--tmp",
        "--sidecar-url",
        "http://10.0.0.1:9955",
        "--sidecar-token-file",
        "/nonexistent",
    ]);
    assert!(!ok);
    assert!(text.contains("the host must be a loopback address"), "{text}");
}

#[test]
fn node_should_refuse_to_run_the_production_template() {
    let (ok, text) = run(&["--chain", "production", "--tmp"]);
    assert!(!ok);
    assert!(text.contains("names no validators"), "{text}");
}

#[test]
fn chain_spec_should_merge_a_patch_over_production() {
    let folder = tempfile::tempdir().unwrap();
    let patch = folder.path().join("patch.json");
    let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    let text = format!(r#"{{"balances": {{"balances": [["{alice}", 5000000000000]]}}}}"#);
    std::fs::write(&patch, text).unwrap();
    let output = folder.path().join("spec.json");
    let (ok, text) = run(&[
        "chain-spec",
        "--patch",
        patch.to_str().unwrap(),
        "--id",
        "souk_test",
        "--output",
        output.to_str().unwrap(),
    ]);
    assert!(ok, "{text}");
    let spec = std::fs::read_to_string(&output).unwrap();
    assert!(spec.contains(alice) && spec.contains("souk_test"));

    std::fs::write(&patch, r#"{"balances": {"balancse": []}}"#).unwrap();
    let (ok, text) = run(&["chain-spec", "--patch", patch.to_str().unwrap()]);
    assert!(!ok);
    assert!(text.contains("refuses this genesis"), "{text}");
}

#[test]
fn keys_should_be_made_and_inspected() {
    let (ok, text) = run(&["key", "inspect", "//Alice"]);
    assert!(ok && text.contains("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"), "{text}");
    let (ok, text) = run(&["key", "generate-node-key"]);
    assert!(ok && text.contains("12D3KooW"), "{text}");
}
