"""An estimate against the whole truth of its world: one row a measure, crossing and direction, poolable over worlds.

Every row holds `ours`, `true` and `weight` (sums over its months), or `hits` of `n` where something holds or not.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from birlik.domains.transport.simulate.harsh.world import World

Figures = list[dict[str, Any]]
Leg = tuple[str, str]
FAST_S = 900.0
"""The text's "trackers ≤ 15 min"."""
MOMENTS_FROM_DAY = 20
ENOUGH_N = 300
JOINS_WITHIN = timedelta(hours=3)
"""An expected wait is held against the next who joins, if one does so soon."""


class Estimate(Protocol):
    """What an estimator must say of a world to be scored."""

    @property
    def episodes(self) -> pa.Table: ...
    @property
    def tfi1(self) -> Figures: ...
    @property
    def turned_back(self) -> Figures: ...
    def tfi1_of(self, object_ids: Collection[str]) -> Figures: ...
    def waiting(self, now: datetime) -> Figures: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One measure of one crossing and direction of one world."""

    measure: str
    leg: Leg
    seed: int
    ours: float = 0.0
    true: float = 0.0
    weight: float = 0.0
    hits: int = 0
    n: int = 0


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth of one crossing and direction as arrays; hours from the start. Locals are left out."""

    status: Any
    entry_h: Any
    exit_h: Any
    interval_s: Any
    vehicle: Any

    @property
    def passed(self) -> Any:
        """Whose passage began within the record and has ended."""
        return (self.status == "finished") & (self.entry_h >= 0)


def score(world: World, estimate: Estimate, *, moments: int = 4) -> list[Score]:
    """Hold an estimate against its world. moments: at how many random moments it is asked who waits."""
    truths = _truths(world)
    return [
        *_durations(world, estimate, truths),
        *_found(world, estimate.episodes),
        *_turned(world, estimate, truths),
        *_waiting(world, estimate, truths, moments),
    ]


def _truths(world: World) -> dict[Leg, Truth]:
    rows = world.truth
    leg = list(zip(rows["crossing_id"].to_pylist(), rows["direction"].to_pylist(), strict=True))
    status = np.array(rows["status"].to_pylist())
    base = world.start.timestamp() * 1e6
    entry, exit_ = ((rows[n].cast(pa.int64()).to_numpy() - base) / 3.6e9 for n in ("entry_time", "exit_time"))
    interval = rows["reporting_interval_s"].to_numpy()
    vehicle = np.array(rows["vehicle_id"].to_pylist())
    made = {}
    for one in sorted(set(leg)):
        mine = np.array([at == one for at in leg]) & (status != "local")
        made[one] = Truth(status[mine], entry[mine], exit_[mine], interval[mine], vehicle[mine])
    return made


# --- durations ------------------------------------------------------------------------------------------------


def _durations(world: World, estimate: Estimate, truths: Mapping[Leg, Truth]) -> Iterable[Score]:
    fast_ids = [
        i
        for ids, interval in zip(
            world.truth["ids"].to_pylist(), world.truth["reporting_interval_s"].to_pylist(), strict=True
        )
        for i in ids.split("|")
        if interval <= FAST_S
    ]
    of_all, of_fast = _by_month(estimate.tfi1), _by_month(estimate.tfi1_of(set(fast_ids)))
    law = world.law_month_mean_h
    for leg, truth in truths.items():
        ends = world.months(*leg)
        begin = 0.0
        pooled: dict[str, list[tuple[float, float, float]]] = {}
        for month, end in ends.items():
            mine = truth.passed & (truth.exit_h >= begin) & (truth.exit_h < end)
            begin = end
            took = (truth.exit_h - truth.entry_h)[mine]
            fast = took[truth.interval_s[mine] <= FAST_S]
            figure, fast_figure = of_all.get((*leg, month)), of_fast.get((*leg, month))
            if fast_figure and fast.size:
                pooled.setdefault("mean_fast", []).append((fast_figure["value"], float(fast.mean()), fast.size))
            if figure is None or not took.size:
                continue
            median, p90 = np.quantile(took, (0.5, 0.9))
            for measure, ours, true in (
                ("mean", figure["value"], took.mean()),
                ("median", figure["median"], median),
                ("p90", figure["p90"], p90),
            ):
                if ours is not None:
                    pooled.setdefault(measure, []).append((ours, float(true), took.size))
            yield from _intervals(world, leg, figure, float(took.mean()), law[(*leg, month)])
        for measure, cells in pooled.items():
            weight = float(sum(n for *_, n in cells))
            ours, true = (sum(cell[i] * cell[2] for cell in cells) for i in (0, 1))
            yield Score(measure=measure, leg=leg, seed=world.seed, ours=ours, true=true, weight=weight)


def _intervals(world: World, leg: Leg, figure: Mapping[str, Any], realised: float, law: float) -> Iterable[Score]:
    def held(measure: str, hit: bool) -> Score:
        return Score(measure=measure, leg=leg, seed=world.seed, hits=int(hit), n=1)

    noted = bool(figure.get("interval_note"))
    estimated = figure["basis"] == "estimated"
    low, high = figure["low"], figure["high"]
    if low is None or high is None:
        yield held("no_interval", True)
        return
    yield held("too_narrow_said", noted)
    if not noted:
        yield held("law_held", low <= law <= high)
    yield held("realised_held", low <= realised <= high)
    if not low <= realised <= high:
        yield held("biased_says_estimated", estimated)
    if figure["n"] >= ENOUGH_N:
        yield held("flagged", noted or estimated)


def _by_month(figures: Figures) -> dict[tuple[str, str, str], dict[str, Any]]:
    return {
        (f["crossing_id"], f["direction"], f["month"]): f
        for f in figures
        if f["value"] is not None and f["month"] is not None
    }


# --- passages -------------------------------------------------------------------------------------------------


def _found(world: World, episodes: pa.Table) -> Iterable[Score]:
    """Passages found, of those heard on both sides, and invented. A second episode of one passage is invented."""
    of_id, true = _passages(world)
    taken: set[int] = set()
    invented: dict[Leg, int] = {}
    for e in _finished(episodes):
        leg = (e["crossing_id"], e["direction"])
        begin, end = e["entry_low_time"] or e["entry_time"], e["exit_high_time"] or e["exit_time"]
        here = [
            i
            for i in of_id.get(e["object_id"], ())
            if true[i]["leg"] == leg and true[i]["entry"] <= end and begin <= true[i]["exit"]
        ]
        free = [i for i in here if i not in taken]
        if free:
            taken.add(min(free, key=lambda i: abs(true[i]["exit"] - e["exit_time"])))
        elif not here or all(true[i]["family"].get(e["family"]) for i in here):
            invented[leg] = invented.get(leg, 0) + 1
        for i in here:
            true[i]["family"][e["family"]] = True
    legs = sorted({t["leg"] for t in true} | set(invented))
    for leg in legs:
        mine = [i for i, t in enumerate(true) if t["leg"] == leg and t["wanted"]]
        hits = sum(i in taken for i in mine)
        yield Score(measure="found", leg=leg, seed=world.seed, hits=hits, n=len(mine))
        all_n = sum(t["leg"] == leg for t in true)
        yield Score(measure="invented", leg=leg, seed=world.seed, hits=invented.get(leg, 0), n=all_n)


def _passages(world: World) -> tuple[dict[str, list[int]], list[dict[str, Any]]]:
    of_id: dict[str, list[int]] = {}
    true: list[dict[str, Any]] = []
    for row in world.truth.to_pylist():
        if row["status"] not in ("finished", "inside"):
            continue
        for name in row["ids"].split("|"):
            of_id.setdefault(name, []).append(len(true))
        true.append(
            {
                "leg": (row["crossing_id"], row["direction"]),
                "entry": row["entry_time"],
                "exit": row["exit_time"],
                # At the very end the fixes that prove the exit may still be on their way.
                "wanted": row["status"] == "finished" and row["heard_a"] and row["heard_b"]
                and row["entry_time"] >= world.start and row["exit_time"] < world.end - timedelta(hours=12),
                "family": {},
            }
        )  # fmt: skip
    return of_id, true


def _finished(episodes: pa.Table) -> list[dict[str, Any]]:
    names = ("crossing_id", "direction", "object_id", "status", "entry_time", "exit_time", "entry_low_time",
             "exit_high_time", "counts", "family")  # fmt: skip
    rows = episodes.select([name for name in names if name in episodes.column_names]).to_pylist()
    absent = {"entry_low_time": None, "exit_high_time": None, "counts": 1, "family": "tracked"}
    rows = [absent | row for row in rows]
    rows = [row for row in rows if row["status"] == "finished" and row["counts"] == 1]
    return sorted(rows, key=lambda row: row["exit_time"])


def _turned(world: World, estimate: Estimate, truths: Mapping[Leg, Truth]) -> Iterable[Score]:
    figures: dict[Leg, list[tuple[float, int]]] = {}
    for f in estimate.turned_back:
        if f["value"] is not None:
            figures.setdefault((f["crossing_id"], f["direction"]), []).append((f["value"], f["n"]))
    for leg, truth in truths.items():
        back = int(((truth.status == "turned_back") & (truth.entry_h >= 0)).sum())
        n = back + int(truth.passed.sum())
        told = figures.get(leg)
        if told and n:
            ours = sum(value * m for value, m in told) / max(1, sum(m for _, m in told))
            yield Score(measure="turned_back", leg=leg, seed=world.seed, ours=ours * n, true=back, weight=n)


# --- the present ----------------------------------------------------------------------------------------------


def _waiting(world: World, estimate: Estimate, truths: Mapping[Leg, Truth], moments: int) -> Iterable[Score]:
    rng = np.random.default_rng((world.seed, 4711))
    begin = min(MOMENTS_FROM_DAY, world.days // 2) * 24.0
    for at_h in rng.uniform(begin, world.days * 24.0, moments).tolist():
        now = (world.start + timedelta(hours=at_h)).astimezone(UTC)
        said = {(f["crossing_id"], f["direction"]): f for f in estimate.waiting(now)}
        for leg, truth in truths.items():
            yield from _at(world, leg, truth, at_h, said.get(leg), now)


def _at(
    world: World, leg: Leg, truth: Truth, at_h: float, said: Mapping[str, Any] | None, now: datetime
) -> Iterable[Score]:
    def held(measure: str, hit: bool) -> Score:
        return Score(measure=measure, leg=leg, seed=world.seed, hits=int(hit), n=1)

    inside = (truth.entry_h <= at_h) & (at_h < truth.exit_h)
    waits = int(inside.sum())
    value, low, high = ((said or {}).get(name) for name in ("value", "low", "high"))
    if value is None:
        # Nothing said is nobody waiting.
        value = low = high = 0.0
    yield Score(measure="waiting", leg=leg, seed=world.seed, ours=value, true=waits, weight=1)
    if low is None or high is None:
        yield held("waiting_held", False)
    else:
        yield held("waiting_held", low - 1e-9 <= waits <= high + 1e-9)
        yield held("waiting_narrow", (high - low) / 2 <= max(2.0, 0.15 * value) + 1e-9)
    oldest = (said or {}).get("oldest_h")
    if waits and oldest is not None:
        ages = (at_h - truth.entry_h)[inside]
        eldest = int(np.argmax(ages))
        allowed = max(truth.interval_s[inside][eldest], 600.0) / 3600
        yield held("oldest_held", bool(abs(ages[eldest] - oldest) <= allowed))
    elif waits:
        yield held("oldest_held", False)
    yield from _expected(world, leg, truth, at_h, said or {}, now)


def _expected(
    world: World, leg: Leg, truth: Truth, at_h: float, said: Mapping[str, Any], now: datetime
) -> Iterable[Score]:
    low, high = said.get("expected_wait_low_h"), said.get("expected_wait_high_h")
    if low is None or high is None or now > world.end:
        return
    joins = np.flatnonzero((truth.entry_h > at_h) & (truth.status != "turned_back"))
    if not joins.size:
        return
    following = joins[np.argmin(truth.entry_h[joins])]
    if truth.entry_h[following] - at_h <= JOINS_WITHIN.total_seconds() / 3600:
        took = float(truth.exit_h[following] - truth.entry_h[following])
        yield Score(measure="expected_held", leg=leg, seed=world.seed, hits=int(low <= took <= high), n=1)
