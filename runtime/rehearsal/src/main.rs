//! Writes the wasm of the upgrade rehearsal's runtime to standard output: this workspace's runtime with a version far
//! above its own, and with one changed pallet (see `pallet_channels::rehearsal`). `tests/tests/upgrade.rs` upgrades a
//! live network to it; no network is ever meant to run it for good.

use std::{io::Write, process::ExitCode};

#[allow(missing_docs, dead_code)]
mod wasm {
    include!(concat!(env!("OUT_DIR"), "/rehearsal.rs"));
}

fn main() -> ExitCode {
    let Some(code) = wasm::WASM_BINARY else {
        eprintln!("built without wasm (SKIP_WASM_BUILD was set): build it again without");
        return ExitCode::FAILURE;
    };
    match std::io::stdout().write_all(code) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write the wasm: {error}");
            ExitCode::FAILURE
        }
    }
}
