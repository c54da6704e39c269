#!/usr/bin/env bash
# The local market: four validators with a sidecar each, a served model, a consumer's gateway.
#
#   ./scripts/local.sh                 sets up, builds, starts everything, runs the demo, stays until Ctrl-C
#   ./scripts/local.sh up [--detach]   starts (continuing the last chain; --fresh wipes it)
#   ./scripts/local.sh demo            one paid, audited call, told step by step
#   ./scripts/local.sh status          what runs, how high the chain is, what everybody has
#   ./scripts/local.sh down            ends everything
set -euo pipefail
cd "$(dirname "$0")/.."

# Said before anything is installed or built.
usage() {
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' scripts/local.sh
}
case "${1:-}" in
-h | --help | help)
    usage
    exit 0
    ;;
"" | up | demo | status | down | --*) ;;
*)
    echo "local.sh: there is no command $1" >&2
    usage >&2
    exit 2
    ;;
esac
case "${1:-}" in
status | down) ;;
*) ./scripts/setup.sh ;;
esac
. scripts/env.sh
market="$CARGO_TARGET_DIR/release/souk-local"

case "${1:-}" in
status | down | demo)
    if [ ! -x "$market" ]; then
        echo "Nothing is built here yet: ./scripts/local.sh builds and starts the market." >&2
        exit 1
    fi
    ;;
*)
    ./scripts/fetch-models.sh >/dev/null
    echo "==> build (about half an hour on two cores the first time, seconds after that)"
    cargo build --release --locked --workspace --all-targets
    ;;
esac
exec "$market" --root "${SOUK_LOCAL_DIR:-$PWD/.local}" "$@"
