//! One program of the market: started in its own process group, logging to a file, ended by us alone.

use anyhow::{bail, Context, Result};
use nix::{
    sys::signal::{kill, Signal},
    unistd::Pid,
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, OpenOptions},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// A started program. Survives us: `up --detach` leaves it running and `down` finds it by this record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Process {
    /// Name in the market, such as `node-alice`.
    pub name: String,
    /// Process id.
    pub pid: i32,
    /// Start time in clock ticks since boot: tells a recycled pid apart.
    pub started: u64,
    /// Where its output goes.
    pub log: PathBuf,
}

impl Process {
    /// Starts `command` with its output appended to `log`.
    pub fn start(name: &str, mut command: Command, log: &Path) -> Result<Process> {
        let out = OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("open {}", log.display()))?;
        let program = command.get_program().to_owned();
        let child = command
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .process_group(0)
            .spawn()
            .with_context(|| format!("start {}", program.to_string_lossy()))?;
        let pid = i32::try_from(child.id())?;
        // Reaped by a thread of our own, so that an ended child is not mistaken for a running one.
        std::thread::spawn(move || {
            let mut child = child;
            let _ = child.wait();
        });
        Ok(Process { name: name.into(), pid, started: start_time(pid).unwrap_or(0), log: log.into() })
    }

    /// Whether it still runs.
    pub fn is_running(&self) -> bool {
        start_time(self.pid) == Some(self.started)
    }

    /// Sends SIGKILL and waits until it is gone.
    pub fn kill(&self) -> Result<()> {
        self.signal(Signal::SIGKILL, Duration::from_secs(10))
    }

    /// Sends SIGTERM; after `patience`, SIGKILL. Waits until it is gone.
    pub fn stop(&self, patience: Duration) -> Result<()> {
        if self.signal(Signal::SIGTERM, patience).is_err() {
            self.kill()?;
        }
        Ok(())
    }

    fn signal(&self, signal: Signal, patience: Duration) -> Result<()> {
        if !self.is_running() {
            return Ok(());
        }
        kill(Pid::from_raw(self.pid), signal).with_context(|| format!("signal {}", self.name))?;
        let deadline = Instant::now() + patience;
        while self.is_running() {
            if Instant::now() > deadline {
                bail!("{} (pid {}) did not end on {signal} within {patience:?}", self.name, self.pid);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// The last lines of its log, for an error message.
    pub fn log_tail(&self, lines: usize) -> String {
        let text = fs::read(&self.log).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default();
        let all: Vec<&str> = text.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }
}

/// Start time of a process from `/proc/<pid>/stat`, `None` when it is gone or waits only to be reaped.
///
/// A killed process is a zombie as soon as its first thread has ended. The others may still hold its files
/// open, a database's lock among them: it counts as running until that first thread is alone.
fn start_time(pid: i32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the name in parentheses and may hold spaces.
    let rest: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let threads: u32 = rest.get(17)?.parse().ok()?;
    if rest.first() == Some(&"Z") && threads <= 1 {
        return None;
    }
    rest.get(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_killed_process_is_not_running() {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new("sleep");
        command.arg("60");
        let process = Process::start("sleeper", command, &dir.path().join("log")).unwrap();
        assert!(process.is_running());
        process.kill().unwrap();
        assert!(!process.is_running());
    }

    #[test]
    fn a_process_whose_first_thread_has_ended_still_runs() {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new("python3");
        command.arg("-c").arg(
            "import ctypes, threading, time\n\
             threading.Thread(target=time.sleep, args=(60,)).start()\n\
             ctypes.CDLL(None).pthread_exit(None)",
        );
        let process = Process::start("threads", command, &dir.path().join("log")).unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !fs::read_to_string(format!("/proc/{}/stat", process.pid)).unwrap().contains(") Z ") {
            assert!(Instant::now() < deadline, "the first thread did not end");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(process.is_running());
        process.kill().unwrap();
        assert!(!process.is_running());
    }

    #[test]
    fn another_process_with_the_pid_is_not_ours() {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new("sleep");
        command.arg("60");
        let process = Process::start("sleeper", command, &dir.path().join("log")).unwrap();
        let recycled = Process { started: process.started + 1, ..process.clone() };
        assert!(!recycled.is_running());
        recycled.kill().unwrap();
        assert!(process.is_running());
        process.kill().unwrap();
    }
}
