# The environment of every build here: source it, don't run it.
#
# One target folder outside the checkout, so that a fresh clone reuses compiled dependencies; one compiler wrapper, so
# that lints come with the build and no second pass over the dependencies is needed.

SOUK_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
SOUK_TOOLCHAIN=1.95.0

case ":$PATH:" in
    *":${CARGO_HOME:-$HOME/.cargo}/bin:"*) ;;
    *) export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH" ;;
esac

# Everything that is made or fetched once and shared by clones: compiled dependencies, models, clients' packages.
export SOUK_CACHE="${SOUK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/souk}"
export CARGO_TARGET_DIR="${SOUK_TARGET_DIR:-$SOUK_CACHE/target}"
# Where the runtime's wasm build finds the workspace: the target folder is outside of it.
export WASM_BUILD_WORKSPACE_HINT="$SOUK_ROOT"

# clippy's driver compiles our own crates (and only ours) with the lints on. Its full path, since cargo starts it
# without the toolchain's proxies.
if command -v rustup >/dev/null 2>&1; then
    SOUK_CLIPPY="$(rustup which --toolchain "$SOUK_TOOLCHAIN" clippy-driver 2>/dev/null || true)"
    if [ -z "$SOUK_CLIPPY" ]; then
        # A machine whose default toolchain already is this version.
        SOUK_CLIPPY="$(rustup which clippy-driver 2>/dev/null || true)"
    fi
    if [ -n "$SOUK_CLIPPY" ]; then
        export RUSTC_WORKSPACE_WRAPPER="$SOUK_CLIPPY"
    fi
fi
