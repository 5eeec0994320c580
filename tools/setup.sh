#!/usr/bin/env bash
# Make .venv from the locked requirements. `run` is what a node needs, `dev` adds the tests and the docs.
set -euo pipefail
kind=$1
python=${PYTHON:-python3}
"$(dirname "$0")/system.sh" venv
say() { printf 'birlik: %s\n' "$*"; }
[ -x .venv/bin/python ] || { say "making .venv"; "$python" -m venv .venv; }
if ! .venv/bin/uv --version >/dev/null 2>&1; then
  .venv/bin/python -m pip install --quiet --require-hashes -r requirements/bootstrap.txt
fi
export VIRTUAL_ENV=$PWD/.venv
say "installing the locked packages ($kind)"
.venv/bin/uv pip install --quiet --require-hashes -r "requirements/$kind.txt"
say "copying the browser's packages"
if ! command -v npm >/dev/null 2>&1; then
  # Only to fetch with: a node needs no npm, so it stays out of .venv.
  .venv/bin/uv pip install --quiet --require-hashes --target build/npm -r requirements/node.txt
  export PYTHONPATH=$PWD/build/npm
fi
.venv/bin/python tools/vendor.py "$kind"
unset PYTHONPATH
rm -rf build/npm
.venv/bin/python tools/catalogue.py
# An editable install without a build backend's download: one line in site-packages, and the command itself.
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
printf '%s\n' "$PWD/src" > "$site/birlik.pth"
cat > .venv/bin/birlik <<SCRIPT
#!$PWD/.venv/bin/python
from birlik.apps.cli.main import main
main()
SCRIPT
chmod +x .venv/bin/birlik
# Compiled once here: where nothing may write beside the sources, every start would compile them again.
.venv/bin/python -m compileall -q src
touch ".venv/.$kind"
