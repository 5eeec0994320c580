#!/usr/bin/env bash
# The bundle that makes a node where there is no internet: every wheel of the lock, birlik's own with the browser's code
# in it, and what a machine needs to run it as a service. For this kind of machine and Python.
set -euo pipefail
target=${1:-dist}
python=.venv/bin/python
say() { printf 'birlik: %s\n' "$*"; }
[ -f src/birlik/apps/web/static/vendor/vega.js ] || { echo "birlik: the browser's code is missing: make setup" >&2; exit 2; }
name=$($python - <<'PYTHON'
import platform, sys
from birlik import __version__
print(f"birlik-kit-{__version__}-{platform.system().lower()}-{platform.machine()}-py{sys.version_info[0]}{sys.version_info[1]}")
PYTHON
)
kit=$target/$name
rm -rf "$kit" "$kit.tar" "$kit.tar.sha256"
mkdir -p "$kit/wheels"
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
say "fetching the locked wheels"
$python -m pip download --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r requirements/run.txt -d "$kit/wheels"
$python -m pip install --quiet --disable-pip-version-check --require-hashes --target "$tools" -r requirements/build.txt
say "making birlik's own wheel"
PYTHONPATH=$tools $python -m hatchling build -t wheel -d "$kit" 2>/dev/null
cp requirements/run.txt requirements/meaning.txt CHANGELOG.md LICENSE "$kit/"
$python tools/sbom.py "$kit/birlik.cdx.json" >/dev/null
cp -r deploy/. "$kit/"
(cd "$kit" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum > SHA256SUMS)
# Owners and times don't count, so that equal contents are an equal file.
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@315532800 -C "$target" -cf "$kit.tar" "$name"
(cd "$target" && sha256sum "$name.tar" > "$name.tar.sha256")
say "$kit.tar, $(du -m "$kit.tar" | cut -f1) MB; carry it with $name.tar.sha256"
