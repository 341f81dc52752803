#!/bin/sh
# Makes .venv with the project installed in it, or brings it up to date; does nothing when it is.
# The stamp is written last and says what was installed: after an interrupted install there is none, and the next run
# mends what it finds. One run at a time: a second one waits.
set -eu
cd "$(dirname "$0")/.."

EXTRAS="dev,samples,bench"
STAMP=.venv/installed

say() { printf '%s\n' "$*" >&2; }

suitable() {
    command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        suitable "$PYTHON" || { say "PYTHON=$PYTHON is no Python of version 3.11 or later: name another one."; return 1; }
        echo "$PYTHON"
        return
    fi
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if suitable "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    say "No Python of version 3.11 or later was found. Install one, or name it: make PYTHON=/path/to/python3.12 ..."
    return 1
}

# What an installed .venv depends on: build files and C sources by content, Python modules by name (strict editable
# mode links each module, so its text is always the current one), the interpreter and the place.
fingerprint() {
    {
        cat pyproject.toml setup.py CMakeLists.txt .ci/venv.sh
        sources -name '*.c' -o -name '*.h' | LC_ALL=C sort | xargs cat
        sources -name '*.py' -o -name '*.pyi' -o -name py.typed -o -path '*/templates/*.html' -o -path '*/static/*' \
            | LC_ALL=C sort
        "$1" -c 'import sys; print(sys.version, sys.base_prefix)'
        pwd
    } | cksum
}

sources() {
    find . -mindepth 2 \( -path './.*' -o -path ./build -o -path ./tests -o -path ./samples -o -path ./benchmarks \
        -o -path '*.egg-info' \) -prune -o -type f \( "$@" \) -print
}

python=$(find_python)

# The lock belongs to the open file: it goes with the process, whatever ends it.
if [ -z "${ISC_PY_LOCKED:-}" ] && command -v flock >/dev/null 2>&1; then
    mkdir -p build
    ISC_PY_LOCKED=1 exec flock build/venv.lock sh "$0"
fi

wanted="$EXTRAS $(fingerprint "$python")"
if [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$wanted" ]; then
    exit 0
fi

sh .ci/debian.sh "$python"
rm -f "$STAMP"
same='import sys; sys.exit(sys.argv[1] != f"{sys.base_prefix} {sys.version}")'
base=$("$python" -c 'import sys; print(f"{sys.base_prefix} {sys.version}")')
if ! .venv/bin/python -c "$same" "$base" >/dev/null 2>&1 || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    say "Making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
fi
say "Installing isc-py and what it needs into .venv (the first time takes a minute or two)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -e ".[$EXTRAS]" >&2
printf '%s\n' "$wanted" >"$STAMP"
