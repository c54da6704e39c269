//! Memory of running programs.

use crate::market::process::Process;
use anyhow::{Context, Result};
use std::{collections::BTreeMap, fs};

/// What a program has in memory, in MiB.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Memory {
    /// All of its pages.
    pub resident: f64,
    /// Its pages, those shared with others by their share: adds up over programs.
    pub proportional: f64,
}

/// Reads `/proc/<pid>/smaps_rollup`.
pub fn of(pid: i32) -> Result<Memory> {
    let path = format!("/proc/{pid}/smaps_rollup");
    parse(&fs::read_to_string(&path).with_context(|| path.clone())?).with_context(|| format!("read {path}"))
}

fn parse(text: &str) -> Option<Memory> {
    let mib = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib / 1024.0)
    };
    Some(Memory { resident: mib("Rss:")?, proportional: mib("Pss:")? })
}

/// The largest values of each program over several looks.
#[derive(Clone, Debug, Default)]
pub struct Peaks(pub BTreeMap<String, Memory>);

impl Peaks {
    /// Looks at every program once. One that is gone is left out.
    pub fn look(&mut self, processes: &[Process]) {
        for process in processes {
            let Ok(now) = of(process.pid) else { continue };
            let peak = self.0.entry(process.name.clone()).or_default();
            peak.resident = peak.resident.max(now.resident);
            peak.proportional = peak.proportional.max(now.proportional);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rollup_should_be_read_in_mebibytes() {
        let text = "00400000-7ffd ---p 00000000 00:00 0   [rollup]\nRss:     2048 kB\nPss:     1024 kB\nPss_Dirty: 9 kB\n";
        assert_eq!(parse(text), Some(Memory { resident: 2.0, proportional: 1.0 }));
        assert_eq!(parse("nothing"), None);
    }

    #[test]
    fn own_memory_should_be_readable() {
        assert!(of(std::process::id() as i32).unwrap().resident > 1.0);
    }
}
