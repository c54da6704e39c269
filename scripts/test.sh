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
trap 'rm -f "$log"' EXIT

# add PASSED FAILED NAME
add() {
    passed=$((passed + $1))
    failed=$((failed + $2))
    echo "--- $3: $1 passed, $2 failed"
}

# number PATTERN: the last number that the pattern's group finds in the log, else 0
number() {
    local found
    found=$(sed -nE "s/.*$1.*/\1/p" "$log" | tail -1)
    echo "${found:-0}"
}

echo "==> build"
if ! ./scripts/build.sh; then
    echo "0 passed, 1 failed"
    exit 1
fi

echo "==> Rust"
filter=(-E 'not (package(souk-e2e) & kind(test))')
[ "$end_to_end" = yes ] && filter=()
cargo nextest run --release --locked --workspace --no-fail-fast "${filter[@]}" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
ok=$(number 'run: ([0-9]+) passed')
bad=$(($(number ' ([0-9]+) failed') + $(number ' ([0-9]+) timed out')))
# A crash before the summary must not look like success.
[ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
add "$ok" "$bad" "Rust"

echo "==> published vectors, second implementation"
if python3 tests/vectors/check.py; then add 1 0 "vectors"; else add 0 1 "vectors"; fi

echo "==> the store over S3"
if ./scripts/test-s3.sh; then add 1 0 "S3"; else add 0 1 "S3"; fi

if [ "$end_to_end" = yes ]; then
    echo "==> clients that we did not write"
    ./scripts/test-clients.sh 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    ok=$(number '^clients: ([0-9]+) passed')
    bad=$(number '^clients: [0-9]+ passed, ([0-9]+) failed')
    [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
    add "$ok" "$bad" "clients"
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
