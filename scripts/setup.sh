#!/usr/bin/env bash
# Installs what is missing to build and test Souk: system packages, the Rust toolchain with the wasm target, the test
# runner. Does nothing, quickly, when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

say() { echo "setup: $*"; }

# --- System packages -------------------------------------------------------------------------------------------------

# package:probe; the probe is a command that must exist, or a file after an "@".
PACKAGES=(
    build-essential:cc
    protobuf-compiler:protoc
    clang:clang
    cmake:cmake
    pkg-config:pkg-config
    curl:curl
    git:git
    ca-certificates:@/etc/ssl/certs/ca-certificates.crt
    libssl-dev:@openssl/ssl.h
    libclang-dev:@libclang
)

# present PROBE
present() {
    case "$1" in
    @openssl/ssl.h)
        pkg-config --exists openssl 2>/dev/null || [ -e /usr/include/openssl/ssl.h ]
        ;;
    @libclang)
        [ -n "${LIBCLANG_PATH:-}" ] || ldconfig -p 2>/dev/null | grep -q 'libclang.*\.so' ||
            compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null
        ;;
    @*) [ -e "${1#@}" ] ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

missing=()
for entry in "${PACKAGES[@]}"; do
    present "${entry#*:}" || missing+=("${entry%%:*}")
done

if [ "${#missing[@]}" -gt 0 ]; then
    as_root=()
    can_install=yes
    if [ "$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
            as_root=(sudo -n)
        else
            can_install=no
        fi
    fi
    command -v apt-get >/dev/null 2>&1 || can_install=no
    if [ "$can_install" = no ]; then
        say "these packages are missing and this script may not install them:" >&2
        say "    ${missing[*]}" >&2
        say "install them (on Debian or Ubuntu: sudo apt-get install ${missing[*]}) and run this again" >&2
        exit 1
    fi
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}"
fi

# --- Rust ------------------------------------------------------------------------------------------------------------

if ! command -v rustup >/dev/null 2>&1; then
    say "installing rustup"
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs |
        sh -s -- -y --no-modify-path --profile minimal --default-toolchain none
fi

toolchain_ready() {
    local installed
    installed=$(rustup component list --installed --toolchain "$SOUK_TOOLCHAIN" 2>/dev/null) || return 1
    for part in rustfmt clippy rust-src rust-std-wasm32v1-none; do
        grep -q "^$part" <<<"$installed" || return 1
    done
}

if ! toolchain_ready; then
    # rust-toolchain.toml names the target too, but that alone did not install it everywhere.
    say "installing Rust $SOUK_TOOLCHAIN with clippy, rustfmt, the sources and the wasm32v1-none target"
    rustup toolchain install "$SOUK_TOOLCHAIN" --profile minimal --no-self-update \
        --component rustfmt,clippy,rust-src --target wasm32v1-none
fi

# --- Test runner -----------------------------------------------------------------------------------------------------

if ! cargo nextest --version >/dev/null 2>&1; then
    # Built with its own target folder and without our lints: it is not our code.
    say "installing cargo-nextest (compiles for some minutes)"
    env -u RUSTC_WORKSPACE_WRAPPER -u CARGO_TARGET_DIR cargo install --locked cargo-nextest
fi

say "all is there"
