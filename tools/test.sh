#!/usr/bin/env bash
# The whole suite in two passes, one of them (`alone`, `together`), or what is asked for as pytest's own arguments.
set -euo pipefail
"$(dirname "$0")/system.sh" chromium java curl nginx systemd-analyze
python=.venv/bin/python
# Hundreds of tests start birlik as a process of its own: each would compile all modules anew.
unset PYTHONDONTWRITEBYTECODE
# What is timed by the clock, or has a process for each core itself, gets the machine alone; it goes first, since it
# leaves numba's cache behind for the two workers, who would each compile it.
alone() { $python -m pytest -m alone --durations=10 $(grep -rl --include="test_*.py" "mark\.alone" tests); }
# A file stays with one worker, so that its node is made once; tests/conftest.py says which files begin.
together() { $python -m pytest -m "not alone" -n 2 --dist loadfile --no-loadscope-reorder --durations=20; }
status=0
case "$*" in
  "") alone || status=$?; together || status=$? ;;
  alone | together) $1 || status=$? ;;
  *) $python -m pytest "$@" || status=$? ;;
esac
exit $status
