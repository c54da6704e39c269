//! The binary itself: what it says about its configuration, and a run with the real model from start to SIGTERM.
//!
//! Needs the models of `scripts/fetch-models.sh`.

use serde_json::{json, Value};
use std::{
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

fn model(name: &str) -> PathBuf {
    let models = std::env::var_os("SOUK_MODELS").map(PathBuf::from).unwrap_or_else(|| {
        let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/souk");
        std::env::var_os("SOUK_CACHE").map(PathBuf::from).unwrap_or_else(home).join("models")
    });
    let folder = models.join(name);
    assert!(folder.exists(), "{} is missing: run scripts/fetch-models.sh", folder.display());
    folder
}

fn sidecar() -> Command {
    Command::new(env!("CARGO_BIN_EXE_souk-sidecar"))
}

fn secret(dir: &Path, name: &str, text: &str, mode: u32) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path.display().to_string()
}

fn write_config(dir: &Path, text: &str) -> PathBuf {
    let path = dir.join("sidecar.toml");
    std::fs::write(&path, text).unwrap();
    path
}

fn check(config: &Path) -> (bool, String) {
    let Output { status, stdout, stderr } =
        sidecar().arg("check-config").arg("--config").arg(config).output().unwrap();
    (status.success(), String::from_utf8_lossy(&stdout).to_string() + &String::from_utf8_lossy(&stderr))
}

const PHRASE: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

#[test]
fn check_config_should_find_every_problem_and_show_no_secret() {
    let dir = tempfile::tempdir().unwrap();
    let open = secret(dir.path(), "open-key", PHRASE, 0o644);
    let key = secret(dir.path(), "key", PHRASE, 0o600);
    let data = dir.path().join("data");
    let embed = model("all-minilm-l6-v2");
    let text = |key: &str, digest: &str| {
        format!(
            "data_dir = {data:?}\n[server]\nlisten = \"127.0.0.1:0\"\n[keys]\nreceipt = {key:?}\n\
             [[models]]\nname = \"embed\"\npath = {embed:?}\n{digest}"
        )
    };
    let (fine, said) = check(&write_config(dir.path(), &text(&key, "")));
    assert!(fine && said.contains("all good"), "{said}");
    assert!(!said.contains("obey"), "the secret is shown: {said}");
    let (fine, said) = check(&write_config(dir.path(), &text(&open, "")));
    assert!(!fine && said.contains("chmod 600"), "{said}");
    let wrong = format!("manifest = \"{}\"", "00".repeat(32));
    let (fine, said) = check(&write_config(dir.path(), &text(&key, &wrong)));
    assert!(!fine && said.contains("has digest"), "{said}");
    let (fine, said) = check(&write_config(dir.path(), &text("//Alice", "")));
    assert!(!fine && said.contains("--dev"), "{said}");
    let (fine, said) = check(&write_config(dir.path(), "[server]\nlistne = 1"));
    assert!(!fine && said.contains("listne"), "{said}");
}

#[test]
fn secret_as_a_path_should_be_refused_unseen() {
    let dir = tempfile::tempdir().unwrap();
    let (fine, said) = check(&write_config(dir.path(), &format!("[keys]\nreceipt = \"{PHRASE}\"")));
    assert!(!fine && !said.contains("obey"), "{said}");
}

#[test]
fn corrupt_model_file_should_be_refused_at_start() {
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("model");
    std::fs::create_dir(&copy).unwrap();
    for entry in std::fs::read_dir(model("all-minilm-l6-v2")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, copy.join(path.file_name().unwrap())).unwrap();
        }
    }
    let digest = |path: &Path| {
        let (_, said) = check(&write_config(
            dir.path(),
            &format!("[server]\nlisten = \"127.0.0.1:0\"\n[[models]]\nname = \"m\"\npath = {path:?}"),
        ));
        said.split("manifest ").nth(1).unwrap()[..64].to_string()
    };
    let expected = digest(&copy);
    let weights = copy.join("model.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&weights, bytes).unwrap();
    let config = write_config(
        dir.path(),
        &format!(
            "data_dir = {:?}\n[chain]\nurl = \"\"\n[server]\nlisten = \"127.0.0.1:0\"\n\
             [[models]]\nname = \"m\"\npath = {copy:?}\nmanifest = \"{expected}\"",
            dir.path()
        ),
    );
    let output = sidecar().arg("run").arg("--config").arg(config).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("has digest"), "{said}");
}

struct Running {
    child: Child,
    address: String,
    _dir: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run() -> Running {
    let dir = tempfile::tempdir().unwrap();
    let cache = std::env::temp_dir().join("souk-sidecar-test-weights/weights");
    std::fs::create_dir_all(&cache).unwrap();
    // The dequantised weights are shared between tests.
    std::os::unix::fs::symlink(&cache, dir.path().join("weights")).unwrap();
    let mut child = sidecar()
        .args(["run", "--open-access", "--listen", "127.0.0.1:0", "--chain-url", "", "--data-dir"])
        .arg(dir.path())
        .arg(format!("--model=demo={}", model("smollm2-135m-instruct").display()))
        .arg(format!("--model=embed={}", model("all-minilm-l6-v2").display()))
        .env("SOUK_SIDECAR_LOG__FORMAT", "json")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let address = loop {
        let line = lines.next().expect("the sidecar ended before it was ready").unwrap();
        let entry: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        if entry["fields"]["message"] == "ready" {
            break entry["fields"]["address"].as_str().unwrap().to_string();
        }
    };
    std::thread::spawn(move || lines.for_each(drop));
    Running { child, address, _dir: dir }
}

async fn post(running: &Running, path: &str, body: Value) -> Value {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = http.post(format!("http://{}{path}", running.address)).json(&body).send().await.unwrap();
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn sidecar_should_answer_as_the_model_does_and_end_on_sigterm() {
    let mut running = run();
    let fixtures: Value = serde_json::from_str(include_str!("fixtures/reference_completions.json")).unwrap();
    let case = &fixtures["cases"][0];
    let greedy = case["greedy"].as_array().unwrap();
    let answer = post(
        &running,
        "/v1/chat/completions",
        json!({"model": "demo", "messages": case["messages"], "temperature": 0, "max_tokens": greedy.len()}),
    )
    .await;
    assert_eq!(answer["choices"][0]["token_ids"], case["greedy"], "{answer}");
    assert_eq!(answer["usage"]["prompt_tokens"], case["prompt_ids"].as_array().unwrap().len());
    let vectors = post(&running, "/v1/embeddings", json!({"model": "embed", "input": ["one", "two"]})).await;
    assert_eq!(vectors["data"][1]["embedding"].as_array().unwrap().len(), 384);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let base = format!("http://{}", running.address);
    let models: Value = http.get(format!("{base}/v1/models")).send().await.unwrap().json().await.unwrap();
    let manifest = models["data"][0]["souk"]["manifest"].as_str().unwrap();
    let bytes =
        http.get(format!("{base}/v1/manifests/{manifest}")).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(format!("0x{}", hex::encode(souk_primitives::hash(&[&bytes]))), manifest);
    let described: Value = serde_json::from_slice(&bytes).unwrap();
    let blob = described["tokenizer"].as_str().unwrap();
    let bundle = http.get(format!("{base}/v1/blobs/{blob}")).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(hex::encode(souk_primitives::hash(&[&bundle])), blob);

    let pid = running.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    for _ in 0..200 {
        if let Some(status) = running.child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the sidecar did not end on SIGTERM");
}
