#!/bin/sh
# What only tests and benchmarks use from Debian: a browser, a database server with its ODBC and JDBC drivers, a foreign
# host (GT.M), valgrind, a clock that jumps (libfaketime), and peers (SQLite's ODBC driver, Redis). One package a line.
# Installed when that is permitted; without them those tests say that they are skipped, and the benchmark names the peer.
set -u
packages="
chromium
chromium-driver
default-jre-headless
fis-gtm
libfaketime
libpostgresql-jdbc-java
libsqliteodbc
odbc-postgresql
postgresql
redis-server
unixodbc
valgrind
"

missing=""
for package in $packages; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then
    as_root="sudo -n"
else
    echo "Not installed, so some tests are skipped:$missing" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086  # the words are meant to be split
if { $as_root apt-get update && $as_root apt-get install --yes --no-install-recommends $missing; } >/dev/null 2>&1 </dev/null; then
    echo "Installed for tests:$missing" >&2
else
    echo "Could not be installed, so some tests are skipped:$missing" >&2
fi
