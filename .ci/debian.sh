#!/bin/sh
# debian.sh PYTHON: what the build needs from the system. Missing Debian packages are installed when that is permitted
# (root, or sudo without a password); else the command to type is printed and the status is 1.
set -eu
python=$1

has_header() { printf '#include <%s>\n' "$1" | "${CC:-cc}" ${2:+"-I$2"} -E - >/dev/null 2>&1; }

if ! command -v "${CC:-cc}" >/dev/null 2>&1; then
    echo "A C compiler is needed (${CC:-cc} was not found): apt-get install gcc libc6-dev, or your system's own." >&2
    exit 1
fi

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
missing=""
has_header lmdb.h || missing="$missing liblmdb-dev"
has_header Python.h "$include" || missing="$missing python$version-dev"
"$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || missing="$missing python$version-venv"
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "These are missing, by their Debian names:$missing." >&2
    echo "Install them under your system's names (lmdb: Fedora 'dnf install lmdb-devel', macOS 'brew install lmdb')." >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then
    as_root="sudo -n"
else
    echo "Debian packages are missing. Type this, then try again:" >&2
    echo "    sudo apt-get install --yes$missing" >&2
    exit 1
fi
echo "Installing Debian packages:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086  # the words are meant to be split
if ! { $as_root apt-get update && $as_root apt-get install --yes --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
    tail -n 5 "$log" >&2
    echo "That failed. Type this, then try again: ${as_root:+sudo }apt-get install --yes$missing" >&2
    exit 1
fi
