#!/usr/bin/env bash
# The whole suite in two passes, or what is asked for as pytest's own arguments.
set -euo pipefail
"$(dirname "$0")/system.sh" chromium java curl systemd-analyze
python=.venv/bin/python
[ $# -eq 0 ] || exec $python -m pytest "$@"
# What is timed by the clock, or has a process for each core itself, gets the machine alone; it leaves numba's cache
# behind for the two workers, who would each compile it. A file stays with one worker, so that its node is made once.
$python -m pytest -m alone --durations=10
exec $python -m pytest -m "not alone" -n 2 --dist loadfile --no-loadscope-reorder --durations=20
