#!/usr/bin/env bash
# Runs every test and ends with one line: "N passed, N failed".
#
#   ./scripts/test.sh          everything, with one of each of the slow kinds
#   ./scripts/test.sh --full   the slow repetitions too
#   ./scripts/test.sh --fast   without the end-to-end tests
set -uo pipefail
cd "$(dirname "$0")/.."

end_to_end=yes
for argument in "$@"; do
    case "$argument" in
    --full) export SOUK_TEST_FULL=1 ;;
    --fast) end_to_end=no ;;
    *)
        echo "usage: ./scripts/test.sh [--full | --fast]" >&2
        exit 2
        ;;
    esac
done

./scripts/setup.sh || exit 1
. scripts/env.sh
./scripts/fetch-models.sh >/dev/null || exit 1

passed=0
failed=0
log=$(mktemp)
clients_log=$(mktemp)
clients=
finish() {
    [ -z "$clients" ] || kill "$clients" 2>/dev/null
    rm -f "$log" "$clients_log"
}
trap finish EXIT

# add PASSED FAILED NAME
add() {
    passed=$((passed + $1))
    failed=$((failed + $2))
    echo "--- $3: $1 passed, $2 failed"
}

# number PATTERN FILE: the last number that the pattern's group finds in a log, else 0
number() {
    local found
    found=$(sed -nE "s/.*$1.*/\1/p" "$2" | tail -1)
    echo "${found:-0}"
}

# count STATUS OK BAD NAME: adds up what a runner said. A crash before its summary must not look like success.
count() {
    local bad=$3
    [ "$1" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
    add "$2" "$bad" "$4"
}

# rust FILTER NAME
rust() {
    cargo nextest run --release --locked --workspace --no-fail-fast -E "$1" 2>&1 | tee "$log"
    local status=${PIPESTATUS[0]}
    local bad=$(($(number ' ([0-9]+) failed' "$log") + $(number ' ([0-9]+) timed out' "$log")))
    count "$status" "$(number 'run: ([0-9]+) passed' "$log")" "$bad" "$2"
}

echo "==> build"
if ! ./scripts/build.sh; then
    echo "0 passed, 1 failed"
    exit 1
fi

echo "==> Rust"
rust 'not (package(souk-e2e) & kind(test))' "Rust"

echo "==> published vectors, second implementation"
if python3 tests/vectors/check.py; then add 1 0 "vectors"; else add 0 1 "vectors"; fi

echo "==> the store over S3"
if ./scripts/test-s3.sh; then add 1 0 "S3"; else add 0 1 "S3"; fi

if [ "$end_to_end" = yes ]; then
    # Twelve providers at once, and their auditors, need both cores.
    echo "==> the network of cheats"
    rust 'package(souk-e2e) & binary(adversaries)' "cheats"
    # The clients mostly wait, for blocks and eras: they have their market beside those of the others.
    echo "==> the other networks, and beside them the clients that we did not write"
    ./scripts/test-clients.sh >"$clients_log" 2>&1 &
    clients=$!
    rust 'package(souk-e2e) & kind(test) & not binary(adversaries)' "networks"
    wait "$clients"
    status=$?
    clients=
    cat "$clients_log"
    count "$status" "$(number '^clients: ([0-9]+) passed' "$clients_log")" \
        "$(number '^clients: [0-9]+ passed, ([0-9]+) failed' "$clients_log")" "clients"
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
