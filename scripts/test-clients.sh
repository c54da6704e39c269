#!/usr/bin/env bash
# Runs clients that we did not write (OpenAI SDKs, polkadot.js, polkadot-api) against a market on free ports.
# Ends with "clients: N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

root=$(mktemp -d)
log=$(mktemp)
market="$CARGO_TARGET_DIR/release/souk-local"
cleanup() {
    "$market" --root "$root" down >/dev/null 2>&1
    rm -rf "$root" "$log"
}
trap cleanup EXIT

if ! "$market" --root "$root" up --detach --free-ports 2>&1 | tee "$log"; then
    tail -n 20 "$root"/logs/*.log
    # Last, so that it can't be overlooked.
    echo "the clients' market did not come up: $(tail -n 3 "$log")"
    exit 1
fi
eval "$("$market" --root "$root" env)"

passed=0
failed=0

# Not `npm ci`: it refuses a lock file without the optional packages of other platforms, which npm itself leaves out.
npm --prefix tests/clients/js install --no-save --no-audit --no-fund --silent || exit 1
# Runs so many files at a time.
javascript() {
    local together=$1
    shift
    (cd tests/clients/js && node --test --test-concurrency="$together" --test-reporter=tap "$@") 2>&1 | tee "$log"
    passed=$((passed + $(sed -nE 's/^# pass ([0-9]+)/\1/p' "$log" | tail -1)))
    failed=$((failed + $(sed -nE 's/^# fail ([0-9]+)/\1/p' "$log" | tail -1)))
}
# These wait for eras and polls, so they wait together.
slow="governance.test.mjs moderation.test.mjs stake.test.mjs"
quick=$(cd tests/clients/js && printf '%s\n' *.test.mjs | grep -vxF "${slow// /$'\n'}")
javascript 1 $quick
javascript 3 $slow

venv="$SOUK_CACHE/venv-clients"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv" || exit 1
"$venv/bin/pip" install --quiet -r tests/clients/python/requirements.txt || exit 1
"$venv/bin/python" -m pytest -q -p no:cacheprovider tests/clients/python 2>&1 | tee "$log"
passed=$((passed + $(grep -oE '[0-9]+ passed' "$log" | tail -1 | cut -d' ' -f1 || true)))
bad=$(grep -oE '[0-9]+ (failed|error)' "$log" | cut -d' ' -f1 | paste -sd+ || true)
failed=$((failed + ${bad:-0}))

echo "clients: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
