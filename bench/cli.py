"""How long the command line takes to say what it can do."""

import statistics
import subprocess
import sys
import time

from bench.result import Result

RUNS = 7


def _seconds(*command: str) -> float:
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def run() -> list[Result]:
    bare = _seconds(sys.executable, "-c", "pass")
    ours = _seconds(sys.executable, "-m", "birlik", "--help")
    return [
        Result(
            name="birlik --help",
            value=ours,
            unit="s",
            yardstick=f"python -c pass, {bare:.3f} s",
            ratio=ours / bare,
            target="< 0.4 s",
            reached=ours < 0.4,
        )
    ]
