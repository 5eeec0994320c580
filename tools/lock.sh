#!/usr/bin/env bash
# Lock the requirements: hashed, for every platform, naming no host.
set -euo pipefail
cd requirements
lock() { ../.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header "$@"; }
lock dev.in -o dev.txt
lock -c dev.txt run.in -o run.txt   # the same versions in both, though only dev has what narrows them
lock -c dev.txt spark.in -o spark.txt
lock -c dev.txt meaning.in -o meaning.txt
lock -c dev.txt build.in -o build.txt
lock bootstrap.in -o bootstrap.txt
lock node.in -o node.txt
lock splink.in -o splink.txt      # what bench/linking.py measures against; never in our own environment
lock peers.in -o peers.txt        # what bench/peers.py measures against; never in our own environment
cd ..
npm install --package-lock-only --ignore-scripts --silent
.venv/bin/python tools/hostless.py
