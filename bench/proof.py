"""The proof: every fault alone, and all together, over seeds. `python -m bench.proof --faults spikes --seeds 2`."""

import argparse
import os
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

from bench.result import Result
from birlik.domains.transport.simulate import harsh
from birlik.domains.transport.simulate.harsh.table import Line

SEEDS = 20
MOMENTS = 2
CLEAN, CONFIRMED = "clean", "clean, fences confirmed"


def play(job: tuple[str, int, int, int]) -> tuple[str, list[harsh.Score]]:
    """One world, scored: (name of its faults, seed, days, moments)."""
    name, seed, days, moments = job
    if name == CONFIRMED:
        # Long and busy enough for 300 passages a month and direction.
        made = harsh.world(seed, days=days + 31, rate=1.6, crossings=2, confirmed=True)
    else:
        made = harsh.world(seed, faults=() if name == CLEAN else name.split("+"), days=days)
    return name, harsh.score(made, harsh.Declared(made, made.end), moments=moments)


def prove(
    names: Iterable[str], seeds: int, *, first_seed: int = 0, days: int = 45, moments: int = MOMENTS,
    workers: int | None = None, said: bool = False,
) -> list[Line]:  # fmt: skip
    """The table of these faults over so many seeds."""
    jobs = [(name, seed, days, moments) for name in names for seed in range(first_seed, first_seed + seeds)]
    scores: dict[str, list[harsh.Score]] = {}
    began = time.monotonic()
    with ProcessPoolExecutor(workers or os.cpu_count()) as pool:
        for n, (name, found) in enumerate(pool.map(play, jobs), 1):
            scores.setdefault(name, []).extend(found)
            if said:
                print(f"# {name}: {n} of {len(jobs)} worlds, {time.monotonic() - began:.0f} s", flush=True)
    return harsh.table(scores)


def run() -> list[Result]:
    """Each asked line as a row of the bench: how many of the faults reach what is asked of that measure."""
    lines = prove([CLEAN, *harsh.FAULTS, "all", CONFIRMED], SEEDS)
    print(harsh.shown(lines))
    return [_result(line) for line in lines if abs(line.low) != float("inf") or abs(line.high) != float("inf")]


def _result(line: Line) -> Result:
    return Result(
        name=f"proof: {line.measure}, {line.faults}", value=100 * line.value, unit="%",
        yardstick=f"n {line.n}", ratio=None, target=f"{100 * line.low:g} to {100 * line.high:g}", reached=line.reached,
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", nargs="*", help=f"of {', '.join(harsh.FAULTS)}; all; clean; a+b for both together")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--days", type=int, default=45)
    parser.add_argument("--moments", type=int, default=MOMENTS)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--missed", action="store_true", help="only what is not reached")
    given = parser.parse_args()
    lines = prove(
        given.faults or [CLEAN, *harsh.FAULTS, "all", CONFIRMED], given.seeds, first_seed=given.first_seed,
        days=given.days, moments=given.moments, workers=given.workers, said=True,
    )  # fmt: skip
    print(harsh.shown(line for line in lines if not given.missed or not line.reached))
    return 0 if all(line.reached for line in lines) else 1


if __name__ == "__main__":
    raise SystemExit(main())
