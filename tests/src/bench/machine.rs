//! What the numbers were measured on.

use anyhow::Result;
use std::{
    fs,
    io::{Seek, SeekFrom, Write},
    path::Path,
    process::Command,
    time::Instant,
};

use super::stats::Samples;

fn output(program: &str, args: &[&str]) -> String {
    let out = Command::new(program).args(args).output();
    out.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_string()).unwrap_or_default()
}

/// The time in UTC.
pub fn now() -> String {
    output("date", &["-u", "+%Y-%m-%d %H:%M"])
}

/// Commit of the checkout that we are in; with a plus when tracked files differ from it.
pub fn commit() -> String {
    let commit = output("git", &["rev-parse", "--short=10", "HEAD"]);
    let changed = !output("git", &["status", "--porcelain", "--untracked-files=no"]).is_empty();
    match (commit.is_empty(), changed) {
        (true, _) => "unknown".into(),
        (false, false) => commit,
        (false, true) => commit + "+",
    }
}

/// The one-minute load.
pub fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

/// Processor, cores, memory.
pub fn name() -> String {
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map(|(_, value)| value.trim().to_string()).unwrap_or_default()
    };
    let flags = field("/proc/cpuinfo", "flags");
    let wide = ["avx2", "avx512f", "avx512_bf16", "amx_tile"];
    let wide: Vec<&str> = wide.into_iter().filter(|flag| flags.split(' ').any(|f| f == *flag)).collect();
    let kib: f64 = field("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0.0);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processor = format!("{} ({})", field("/proc/cpuinfo", "model name"), wide.join(", "));
    format!("{processor}, {cores} cores, {:.1} GiB", kib / 1024.0 / 1024.0)
}

/// Milliseconds that 4 KiB take to be safely on the disk, in a file that has its size already: what a commit of the
/// ledger waits for at the least.
pub fn sync_millis(folder: &Path, rounds: usize) -> Result<Samples> {
    fs::create_dir_all(folder)?;
    let mut file = tempfile::tempfile_in(folder)?;
    let page = [7u8; 4096];
    for _ in 0..64 {
        file.write_all(&page)?;
    }
    file.sync_all()?;
    let mut samples = Samples::default();
    for i in 0..rounds {
        file.seek(SeekFrom::Start((i as u64 % 64) * 4096))?;
        file.write_all(&page)?;
        let began = Instant::now();
        file.sync_data()?;
        samples.push(began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(samples)
}
