#!/usr/bin/env bash
# Builds every program and test; afterwards `souk-sidecar-adversary`, the sidecar that the tests can tell to cheat,
# lies beside the ordinary programs. Both use one set of compiled dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
build=(cargo build --release --locked --workspace)
# Naming a test as well keeps the features of the dependencies what they are in the build below.
"${build[@]}" --features souk-sidecar/adversary --bin souk-sidecar --test engine
install -m 755 "$CARGO_TARGET_DIR/release/souk-sidecar" "$CARGO_TARGET_DIR/release/souk-sidecar-adversary"
"${build[@]}" --all-targets
