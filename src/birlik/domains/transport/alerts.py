"""What is out of the ordinary at the borders."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from birlik.domains.transport.indicators import SILENT_AFTER_H
from birlik.kernel.alerts import AlertRule, Signal, Situation
from birlik.methods.robust import robust_z

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

HISTORY_DAYS = 1_100
"""Three years: three times the same month."""
MINIMUM_DAYS = 4
"""A season of fewer days is widened."""
MINIMUM_N = 5
RECENT_DAYS = 2
"""A day further back says nothing of now: then there is no signal."""
RELATIVE_FLOOR = 0.1
"""Of the usual time: at a crossing as regular as a clock, a few minutes more are no news."""
ABSOLUTE_FLOOR_H = 0.25
WAITING_SHARE = 0.25
"""Of a usual day's crossings: that many long waits at once are not the usual slowest twentieth."""


def _month(days: Longs) -> Longs:
    months: Longs = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    return months


SEASONS: tuple[tuple[str, Callable[[Longs, int], npt.NDArray[np.bool_]]], ...] = (
    (
        "the same weekday and month",
        lambda days, day: ((days - day) % 7 == 0) & (_month(days) == _month(np.array([day]))[0]),
    ),
    ("the same weekday", lambda days, day: (days - day) % 7 == 0),
    ("any day", lambda days, day: np.ones(days.size, np.bool_)),
)
"""From narrow to wide; the first with days enough is taken, and the message says which."""


@dataclass(frozen=True, slots=True)
class Days:
    """The daily figures of one crossing, direction and mode, ascending."""

    day: Longs
    median_h: Floats
    p90_h: Floats
    n: Longs

    def of(self, chosen: npt.NDArray[np.bool_]) -> "Days":
        return Days(self.day[chosen], self.median_h[chosen], self.p90_h[chosen], self.n[chosen])


@dataclass(frozen=True, slots=True)
class Season:
    """What is usual: the days that a day is held against."""

    name: str
    days: Days

    @property
    def usual_h(self) -> float:
        return float(np.median(self.days.median_h))

    @property
    def usual_n(self) -> float:
        return float(np.median(self.days.n))

    def z(self, value_h: float, n: int) -> float:
        """Robust z of a median of n, wider where it rests on fewer than a usual day: five early ones prove little."""
        floor = max(RELATIVE_FLOOR * self.usual_h, ABSOLUTE_FLOOR_H)
        z = robust_z(value_h, self.days.median_h, scale_floor=floor)
        return (z or 0.0) / math.sqrt(max(1.0, self.usual_n / n))


def season_of(days: Days, day: int) -> Season | None:
    """The narrowest season of `day` that has days enough before it; None where even all days are too few."""
    before = days.of(days.day < day)
    for name, belongs in SEASONS:
        chosen = belongs(before.day, day)
        if np.count_nonzero(chosen) >= MINIMUM_DAYS:
            return Season(name, before.of(chosen))
    return None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who is inside and has waited longer than 95 % of the season did."""

    n: int = 0
    median_h: float = 0.0
    p95_h: float | None = None


def crossing_slow(situation: Situation) -> Iterable[Signal]:
    """A signal for every crossing, direction and mode that has a season and a recent day, or a crowd that waits.

    level: robust z of the median time of the newest day with n ≥ 5 (the running one too) against its season; or that
    of the median wait of those who are inside for longer than the season's p95, if it is higher and they are many.
    """
    crossings = {row["crossing_id"]: row for row in situation.table("transport_crossing").to_pylist()}
    places = {row["place_id"]: row for row in situation.table("transport_place").to_pylist()}
    open_waits = _open_waits(situation)
    for key, days in _daily(situation).items():
        crossing = crossings.get(key[0])
        if crossing is not None:
            signal = _signal(situation, key, days, open_waits.get(key, np.empty(0)), crossing, places)
            if signal is not None:
                yield signal


Key = tuple[str, str, str]
"""(crossing_id, direction, mode)"""


def _daily(situation: Situation) -> dict[Key, Days]:
    since = int(situation.now.timestamp() // 86_400) - HISTORY_DAYS
    rows = situation.figures("tfi1_day", since_exit_day=since)
    kept = [r for r in rows.to_pylist() if r["median"] is not None and r["n"] >= MINIMUM_N]
    grouped: dict[Key, list[dict[str, Any]]] = {}
    for row in sorted(kept, key=lambda r: r["exit_day"]):
        grouped.setdefault((row["crossing_id"], row["direction"], row["mode"]), []).append(row)
    return {
        key: Days(
            np.array([r["exit_day"] for r in group], np.int64),
            np.array([r["median"] for r in group], np.float64),
            np.array([r["p90"] for r in group], np.float64),
            np.array([r["n"] for r in group], np.int64),
        )
        for key, group in grouped.items()
    }


def _open_waits(situation: Situation) -> dict[Key, Floats]:
    """Hours since entry of who is inside. Who is silent for days has left unseen, or its tracker is dead."""
    rows = situation.table(
        "transport_crossing_episode",
        columns=("crossing_id", "direction", "mode", "entry_time"),
        status="open",
        since_last_time=situation.now - timedelta(hours=SILENT_AFTER_H),
    )
    waits: dict[Key, list[float]] = {}
    for row in rows.to_pylist():
        hours = (situation.now - row["entry_time"]).total_seconds() / 3600
        waits.setdefault((row["crossing_id"], row["direction"], row["mode"]), []).append(hours)
    return {key: np.array(hours, np.float64) for key, hours in waits.items()}


def _signal(
    situation: Situation,
    key: Key,
    days: Days,
    waits: Floats,
    crossing: Mapping[str, Any],
    places: Mapping[str, Mapping[str, Any]],
) -> Signal | None:
    now = situation.now.astimezone(ZoneInfo(crossing["zone_tz"] or "UTC"))
    today = now.date().toordinal() - 719_163  # ordinal of 1970-01-01
    recent = int(days.day[-1]) if today - int(days.day[-1]) < RECENT_DAYS else None
    season = season_of(days, today if recent is None else recent)
    if season is None:
        return None
    waiting = _long_waits(situation, key, season, waits)
    crowd = waiting.n >= max(MINIMUM_N, WAITING_SHARE * season.usual_n)
    if recent is None and not crowd:
        return None
    z_done = season.z(float(days.median_h[-1]), int(days.n[-1])) if recent is not None else -math.inf
    z_waiting = season.z(waiting.median_h, waiting.n) if crowd else -math.inf
    done = z_done >= z_waiting
    level = max(z_done, z_waiting)
    destination = places.get(crossing["side_b" if key[1] == "a_to_b" else "side_a"], {})
    return Signal(
        key="/".join((key[0], key[1])) if key[0].endswith(f"--{key[2]}") else "/".join(key),
        level=level,
        values={
            "crossing": crossing["name_en"],
            "crossing_kk": crossing["name_kk"] or crossing["name_en"],
            "towards": destination.get("name_en") or key[1],
            "towards_kk": destination.get("name_kk") or destination.get("name_en") or key[1],
            "crossing_id": key[0],
            "direction": key[1],
            "mode": key[2],
            "value": round(float(days.median_h[-1]) if done else waiting.median_h, 2),
            "usual": round(season.usual_h, 2),
            "unit": "h",
            "n": int(days.n[-1]) if done else waiting.n,
            "z": round(level, 2),
            "about": "median time of who left" if done else "median wait of who is still inside",
            "day": str(np.datetime64(recent if done and recent is not None else today, "D")),
            "season": season.name,
            "season_days": int(season.days.day.size),
            "waiting_n": waiting.n,
            "waiting_p95_h": None if waiting.p95_h is None else round(waiting.p95_h, 2),
        },
        latitude=crossing["latitude"],
        longitude=crossing["longitude"],
        area=crossing["name_en"],
    )


def _long_waits(situation: Situation, key: Key, season: Season, waits: Floats) -> Waiting:
    # The p95 needs the season's single durations: they are read only where many wait beyond the figures' p90.
    if np.count_nonzero(waits > np.median(season.days.p90_h)) < MINIMUM_N:
        return Waiting()
    crossing_id, direction, mode = key
    rows = situation.table(
        "transport_crossing_episode",
        columns=("exit_day", "dwell_s"),
        crossing_id=crossing_id,
        direction=direction,
        mode=mode,
        status="finished",
        since_exit_day=int(season.days.day[0]),
    )
    exit_day = np.asarray(rows.column("exit_day").to_numpy(), np.int64)
    lasted_h = np.asarray(rows.column("dwell_s").to_numpy(), np.float64)[np.isin(exit_day, season.days.day)] / 3600
    if not lasted_h.size:
        return Waiting()
    p95_h = float(np.quantile(lasted_h, 0.95))
    beyond = waits[waits > p95_h]
    return Waiting(int(beyond.size), float(np.median(beyond)) if beyond.size else 0.0, p95_h)


ALERT_RULES = (
    AlertRule(
        name="crossing_slow",
        title="Crossing slower than its own season",
        judge=crossing_slow,
        opens_at=3.5,
        closes_at=2.0,
        severities=((3.5, "Minor"), (6.0, "Moderate"), (10.0, "Severe")),
        urgency="Expected",
        certainty="Observed",
        category="Transport",
        event="Slow border crossing",
        headline="{crossing}, {mode}, towards {towards}: {value:.1f} h, usually {usual:.1f} h",
        description="{day}: {about}, n = {n}. Usual is the median of {season_days} days ({season}); "
        "robust z = {z:.1f}. {waiting_n} still inside have waited longer than 95 % of that season did.",
        instruction="See the causes on the crossing's page; tell carriers, and ask the neighbouring post.",
        reference="Iglewicz & Hoaglin, How to Detect and Handle Outliers (1993), 3.3: above 3.5 is an outlier",
        watches=("tfi1_day",),
    ),
)
