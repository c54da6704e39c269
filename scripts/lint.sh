#!/usr/bin/env bash
# Builds everything with clippy's driver (see env.sh) and fails on any warning in our own crates.
#
# A separate `cargo clippy` would check 1,200 dependencies once more; this shares every one of them with the build.
# Cargo replays the warnings of crates that it need not rebuild, so a warm run sees them too.
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
./scripts/build.sh 2>&1 | tee "$log"
if grep -q '^warning' "$log"; then
    echo "lint: there are warnings, see above" >&2
    exit 1
fi
copies=$(grep -c '^name = "sp-runtime"$' Cargo.lock)
if [ "$copies" -ne 1 ]; then
    echo "lint: $copies versions of sp-runtime are locked; see the pins in Cargo.toml" >&2
    exit 1
fi
echo "lint: no warnings, one sp-runtime"
