//! A plain web server to compare with: nginx, which `scripts/bench.sh` brings, and curl.

use super::Setup;
use crate::market::ports::free;
use anyhow::{bail, ensure, Context, Result};
use std::{
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// How long nginx may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long curl takes to fetch `file` from nginx into `root`; none without an nginx.
pub async fn fetch(setup: &Setup, root: &Path, file: &Path) -> Result<Option<Duration>> {
    let Some(nginx) = setup.nginx.clone() else { return Ok(None) };
    let (root, file) = (root.to_path_buf(), file.to_path_buf());
    tokio::task::spawn_blocking(move || serve_and_fetch(&nginx, &root, &file)).await?.map(Some)
}

fn serve_and_fetch(nginx: &Path, root: &Path, file: &Path) -> Result<Duration> {
    let home = root.join("nginx");
    std::fs::create_dir_all(&home)?;
    let [port] = free()?;
    let folder = file.parent().context("a file lies in a folder")?.display();
    // One process, so that it reads the file as who started it.
    let mut config = String::from("daemon off; master_process off; pid nginx.pid; error_log error.log;\n");
    config.push_str("events {}\nhttp { access_log off; sendfile on; tcp_nopush on;\n");
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        config.push_str(&format!("  {kind}_temp_path {kind};\n"));
    }
    config
        .push_str(&format!("  server {{ listen 127.0.0.1:{port}; location / {{ root {folder}; }} }}\n}}\n"));
    std::fs::write(home.join("nginx.conf"), config)?;
    let mut server = Command::new(nginx)
        .arg("-p")
        .arg(&home)
        .args(["-c", "nginx.conf", "-e", "error.log"])
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| format!("start {}", nginx.display()))?;
    let fetched = wait(port).and_then(|()| {
        let (out, name) = (root.join("fetched"), file.file_name().context("a file has a name")?);
        let url = format!("http://127.0.0.1:{port}/{}", name.to_string_lossy());
        let begun = Instant::now();
        let status =
            Command::new("curl").args(["--silent", "--fail", "--output"]).arg(&out).arg(&url).status()?;
        let took = begun.elapsed();
        ensure!(status.success(), "curl failed");
        ensure!(out.metadata()?.len() == file.metadata()?.len(), "curl fetched something else");
        std::fs::remove_file(&out)?;
        Ok(took)
    });
    let _ = server.kill();
    let _ = server.wait();
    fetched
}

fn wait(port: u16) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if Instant::now() > deadline {
            bail!("nginx does not listen");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
