"""What a year's or a day's figures cost in CPU: intervals, brackets, and who waits now, each beside one bare sort and
sum in the same run. Twice of what was measured first is still well."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from tests.domains.transport.indicators.episodes import DAY, episode, table

from bench.result import Result
from bench.timing import timed
from birlik.domains.transport.indicators.waiting import WAITING_NOW
from birlik.kernel.store.figures import compute
from birlik.methods.bootstrap import mean_intervals
from birlik.methods.brackets import bracketed

ROWS, GROUPS, H = 400_000, 3_000, 3_600
EPISODES, CROSSINGS = 100_000, 40
TURNS = 3
NOW = DAY + timedelta(hours=12)


def run() -> list[Result]:
    rng = np.random.default_rng(6)
    offsets = np.sort(np.concatenate(([0, ROWS], rng.integers(0, ROWS, GROUPS - 1))))
    values, cluster = rng.integers(0, 10**6, ROWS), rng.integers(0, 31, ROWS)
    bounds, days = _bounds(rng), np.sort(rng.integers(0, 45, ROWS))
    sort_s = _cpu_s(lambda: np.add.reduceat(np.sort(values), offsets[:-1]))
    queue = _queue(rng)
    return [
        _row(f"means with intervals, {ROWS:,} values in {GROUPS:,} groups",
             lambda: mean_intervals(values, cluster, offsets), sort_s, at_most=300),
        _row(f"durations within brackets, {ROWS:,} passages in {GROUPS:,} groups",
             lambda: bracketed(*bounds, days, offsets), sort_s, at_most=200),
        _row(f"waiting now, {EPISODES:,} episodes at {CROSSINGS} crossings",
             lambda: compute(WAITING_NOW, queue, NOW), sort_s, at_most=120),
    ]  # fmt: skip


def _row(name: str, job: Callable[[], object], sort_s: float, *, at_most: float) -> Result:
    took_s = _cpu_s(job)
    return Result(
        name=name,
        value=took_s,
        unit="CPU s",
        yardstick=f"sorting and summing {ROWS:,} whole numbers, {sort_s:.3g} CPU s",
        ratio=took_s / sort_s,
        target=f"<= {at_most:g} x",
        reached=took_s <= at_most * sort_s,
    )


def _cpu_s(job: Callable[[], object]) -> float:
    """The best of a few, after one that compiles."""
    job()
    return min(timed(job, time.process_time) for _ in range(TURNS))


def _bounds(rng: np.random.Generator) -> list[np.ndarray]:
    """Passages of a skewed law, seen once an hour."""
    entry, lasted = rng.uniform(0, 45 * 24, ROWS), rng.lognormal(2.0, 0.7, ROWS)
    low = [np.floor(t) for t in (entry, entry + lasted)]
    return [np.rint(t * H).astype(np.int64) for t in (low[0], low[0] + 1, low[1], low[1] + 1)]


def _queue(rng: np.random.Generator) -> pa.Table:
    """Visits of eight weeks; the last few of them stand there still, and are heard every ten minutes."""
    rows: list[dict[str, Any]] = []
    for hours_ago in rng.uniform(0, 56 * 24, EPISODES // CROSSINGS):
        came, took_h = NOW - timedelta(hours=float(hours_ago)), float(rng.lognormal(1.5, 0.6))
        inside = took_h > hours_ago
        rows.append(episode(came, None if inside else took_h, **({"last_time": NOW} if inside else {})))
    one = table(rows).select([*WAITING_NOW.dimension_names, *WAITING_NOW.columns])
    return pa.concat_tables([one.set_column(0, "crossing_id", [[f"c{i:02}"] * one.num_rows]) for i in range(CROSSINGS)])
