"""`make bench`: every figure of the issue against its yardstick, into bench/results.csv. ARGS name some of them."""

import importlib
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.result import Result, write

PARTS = (
    *("cli", "positions", "files", "osmand", "keyed", "readers", "epcis_capture", "epcis_tracing", "epcis_query"),
    *("kept", "search", "meaning", "scale", "archived", "edits", "policy", "telling", "flood", "journal", "audit"),
    *(
        "registry",
        "doors",
        "fitting",
        "assignment",
        "registry_in",
        "linking",
        "kills",
        "erasing",
        "proof",
        "memory",
        "peers",
        "grants",
        "spam",
        "plans",
        "complexity",
        "methods",
    ),
)
FILE = Path(__file__).parent / "results.csv"


def main() -> int:
    chosen = sys.argv[1:] or PARTS
    results: list[Result] = []
    for name in chosen:
        started = time.monotonic()
        for result in importlib.import_module(f"bench.{name}").run():
            print(",".join(result.cells()), flush=True)
            results.append(result)
        print(f"# {name}: {time.monotonic() - started:.0f} s", flush=True)
    write(FILE, _where(), results, keep=bool(sys.argv[1:]))
    return 0 if all(r.reached for r in results) else 1


def _where() -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return f"{datetime.now(UTC):%Y-%m-%d}; {machine}; commit {commit.stdout.strip()}"


if __name__ == "__main__":
    raise SystemExit(main())
