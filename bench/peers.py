"""CPU a fix: episodes against `trackintel`'s staypoints and `movingpandas`' stops, on the same fixes.

Ours finds the stops and more: the crossing, its queue and both posts, with brackets. Theirs runs in an environment of
its own, made by pip from `requirements/peers.txt`; where no registry can be reached the rows say so.
"""

import json
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from bench.result import Result
from bench.world import commit, movements

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "peers.txt"
FIXES, WARM = 100_000, 10_000
TIMES = 2
"""Each is measured so often, and the better one counts: neighbours on the machine slow caches down."""
PEERS = {"trackintel": "staypoints", "movingpandas": "stops"}
TARGET = 20.0


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given)
        rows = pa.concat_tables(list(movements(FIXES)))
        fixes = folder / "fixes.npz"
        np.savez(fixes, **_columns(rows))
        ours = _in_ours(folder, rows)
        python, why = _environment(folder / "peers")
        return [_row(name, ours, python, fixes, why) for name in PEERS]


def _columns(rows: Any) -> dict[str, Any]:
    _, number = np.unique(rows.column("object_id").to_numpy(zero_copy_only=False), return_inverse=True)
    return {
        "object": number,
        "micros": rows.column("phenomenon_time").cast(pa.int64()).to_numpy(),
        "latitude": rows.column("latitude").to_numpy(),
        "longitude": rows.column("longitude").to_numpy(),
    }


def _in_ours(folder: Path, rows: Any) -> float:
    """CPU seconds of all tables up to the episodes, from nothing, reading and storing included."""
    _episodes(folder / "warm", rows.slice(0, WARM))  # compiles what is compiled once
    return min(_episodes(folder / f"node {i}", rows) for i in range(TIMES))


def _episodes(folder: Path, rows: Any) -> float:
    from birlik import assembly, settings
    from birlik.clock import SetClock
    from birlik.domains.transport.simulate.harsh.estimating import EPISODE, needed

    settings.write_new(folder, "KAZ")
    clock = SetClock(datetime(2026, 1, 2, tzinfo=UTC))
    node = assembly.open_node(folder, clock=clock)
    try:
        commit(node, rows, b"bench")
        started = time.process_time()
        with node.store.step(clock.now()) as step:
            assert step is not None
            for storey in needed(EPISODE):
                step.refresh(storey)
        return time.process_time() - started
    finally:
        node.close()


def _environment(folder: Path) -> tuple[Path | None, str]:
    """(the peers' Python, why there is none)."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r", LOCK]
    made = subprocess.run(install, capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return python, ""
    said = [line for line in made.stderr.splitlines() if line.startswith("ERROR")]
    return None, said[-1].removeprefix("ERROR: ")[:80] if said else "pip failed"


def _row(name: str, ours_s: float, python: Path | None, fixes: Path, why: str) -> Result:
    title = f"CPU a fix, episodes against {name}'s {PEERS[name]}"
    ours_us = ours_s / FIXES * 1e6
    if python is None:
        missing = f"not measured: its environment can't be made ({why})"
        return Result(
            name=title, value=ours_us, unit="us", yardstick=missing, ratio=None, target=">= 20 x", reached=False
        )
    command = [python, Path(__file__).with_name("peers_run.py"), name, fixes]
    theirs = min((_in_theirs(command) for _ in range(TIMES)), key=lambda made: made["cpu_s"])
    theirs_us = theirs["cpu_s"] / theirs["fixes"] * 1e6
    return Result(
        name=title,
        value=ours_us,
        unit="us",
        yardstick=f"{theirs_us:.4g} us on the same {FIXES:,} fixes ({theirs['stops']:,} stops)",
        ratio=ours_us / theirs_us,
        target=">= 20 x",
        reached=theirs_us >= TARGET * ours_us,
    )


def _in_theirs(command: Sequence[str | Path]) -> dict[str, Any]:
    """{"cpu_s", "fixes", "stops"}"""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr)
        raise SystemExit(f"{command[2]} failed")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
