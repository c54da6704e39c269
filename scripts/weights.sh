#!/usr/bin/env bash
# Measures what the calls of our pallets weigh and writes pallets/*/src/weights.rs.
#
#   scripts/weights.sh                       all seven pallets
#   scripts/weights.sh pallet_channels ...   some of them
#   scripts/weights.sh pallet_balances ...   a pallet of the SDK: only prints, to compare with the weights it ships
#
# STEPS (50) and REPEAT (20) say how thoroughly. See docs/weights.md.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
# The runtime and the node with other features than usual: in the usual folder each build would undo the other.
export CARGO_TARGET_DIR="$CARGO_TARGET_DIR-benchmarks"

cargo build --release --locked -p souk-runtime --features souk-runtime/runtime-benchmarks
runtime="$CARGO_TARGET_DIR/release/wbuild/souk-runtime/souk_runtime.compact.wasm"
# The tool itself needs no runtime in it.
SKIP_WASM_BUILD=1 cargo build --release --locked -p souk-node --features souk-node/runtime-benchmarks

# The dearest that governance can make of these.
patch=$(mktemp)
trap 'rm -f "$patch"' EXIT
echo '{"governance": {"parameters": {"beaconWindow": 128, "committeeSize": 7}}}' > "$patch"

if [ $# -eq 0 ]; then
    set -- pallet_listings pallet_compute pallet_channels pallet_attestation pallet_licensing pallet_rewards \
        pallet_governance
fi
for pallet in "$@"; do
    measure=("$CARGO_TARGET_DIR/release/souk-node" benchmark pallet --runtime "$runtime" --genesis-patch "$patch"
        --steps "${STEPS:-50}" --repeat "${REPEAT:-20}" --pallet "$pallet")
    file="pallets/${pallet#pallet_}/src/weights.rs"
    if [ -f "$file" ]; then
        measure+=(--output "$file")
    fi
    "${measure[@]}"
done
