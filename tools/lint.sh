#!/usr/bin/env bash
set -euo pipefail
.venv/bin/ruff check src tests bench tools
.venv/bin/ruff format --check --quiet src tests bench tools
.venv/bin/mypy
.venv/bin/bandit --quiet --recursive --configfile pyproject.toml src/birlik 2> >(grep -v "nosec encountered" >&2 || true)
.venv/bin/lint-imports --no-logo 2>/dev/null || .venv/bin/lint-imports
if grep -nE 'https?://' requirements/*.txt package-lock.json; then
  echo 'lint: a lock file names a host' >&2; exit 1
fi
long=$(git ls-files '*.py' | xargs wc -l | awk '$2 != "total" && $1 > 600 {print $2}')
if [ -n "$long" ]; then echo "lint: past 600 lines: $long" >&2; exit 1; fi
