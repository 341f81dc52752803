#!/bin/sh
# A CPython newer than this system's, as Debian unstable builds it, with the C library it needs: unpacked into FOLDER, nothing is
# installed. Usage: newer_python.sh FOLDER [3.14]. Needs apt-get, dpkg and the network; for `make python314`.
set -eu
folder=$1
version=${2:-3.14}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
[ -x "$folder/root/usr/bin/python$version" ] && exit 0

keys=/usr/share/keyrings/debian-archive-keyring.gpg
mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/debs" "$folder/root"
echo "deb [signed-by=$keys] http://deb.debian.org/debian sid main" > "$folder/sources.list"
: > "$folder/status"
cat > "$folder/apt.conf" <<EOF
Dir::Etc::sourcelist "$folder/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$folder/lists";
Dir::State::status "$folder/status";
Dir::Cache "$folder/cache";
Acquire::Languages "none";
EOF
export APT_CONFIG="$folder/apt.conf"
apt-get -qq update
python="python$version"
cd "$folder/debs"
apt-get -qq download "$python-minimal" "lib$python" "lib$python-minimal" "lib$python-stdlib" libc6 libexpat1 libffi8 \
    libsqlite3-0 libssl3t64 zlib1g
for package in ./*.deb; do
    dpkg -x "$package" "$folder/root"
done
echo "Unpacked $python into $folder/root" >&2
