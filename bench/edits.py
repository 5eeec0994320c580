"""What a change costs is what it touches: an edit of a register, and a step at rest, at twenty million movements."""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from bench.result import Result

ROWS = 20_000_000


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        made = _in_a_process("bench.recompute", folder, str(ROWS))
        took = _in_a_process("bench.edited", folder)
    nothing = made["episodes"] + made["all"]
    whole = max(took["whole"])
    return [
        _row("an edit of a name at 20 M, to the figures", took["name"], "< 2 s", 2.0),
        _row("an edit of a fence that 1 % of the objects passed, at 20 M", took["few"], "< 2 s", 2.0),
        Result(
            name="an edit of a fence that all objects passed, at 20 M",
            value=whole,
            unit="s",
            yardstick=f"all that follows, from nothing, {nothing:.3g} s",
            ratio=whole / nothing,
            target="<= 1.2 x",
            reached=whole <= 1.2 * nothing,
        ),
        _row("a step at rest at 20 M, a register of 100,000", took["rest"], "< 0.01 s", 0.01),
        _row("the same where a minute has turned", took["minute"], "", float("inf")),
    ]


def _row(name: str, seconds: Sequence[float], target: str, limit: float) -> Result:
    value = statistics.median(seconds)
    return Result(name=name, value=value, unit="s", yardstick="", ratio=None, target=target, reached=value < limit)


def _in_a_process(module: str, *arguments: str) -> dict[str, list[float]]:
    command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, list[float]] = json.loads(made.stdout.splitlines()[-1])
    return told


if __name__ == "__main__":
    print(run())
