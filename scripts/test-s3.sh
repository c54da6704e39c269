#!/usr/bin/env bash
# Runs the content store against an S3 server that we did not write (moto), on a free port.
# Ends with "s3: N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

venv="$SOUK_CACHE/venv-s3"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv" || exit 1
"$venv/bin/pip" install --quiet -r tests/s3/requirements.txt || exit 1

log=$(mktemp)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null
    rm -f "$log"
}
trap cleanup EXIT

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$venv/bin/moto_server" -H 127.0.0.1 -p "$port" >"$log" 2>&1 &
server=$!
for _ in $(seq 60); do
    curl --silent --fail --output /dev/null -X PUT "http://127.0.0.1:$port/souk" && break
    sleep 0.5
done

export AWS_ENDPOINT_URL="http://127.0.0.1:$port" AWS_ALLOW_HTTP=true AWS_REGION=us-east-1
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test SOUK_TEST_S3=s3://souk/test
# The whole workspace, since another choice of packages would be built with other features.
if cargo nextest run --release --locked --workspace --run-ignored only -E 'binary(s3)'; then
    echo "s3: 1 passed, 0 failed"
else
    cat "$log"
    echo "s3: 0 passed, 1 failed"
    exit 1
fi
