"""What the node found beside what was put in: TFI1 of each crossing and direction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

from birlik.kernel.domain import Recovery
from birlik.kernel.tables import Rows

TOLERANCE = 0.05
ENOUGH_N = 200
"""From so many episodes on, 5 % is asked for (design, section 6)."""
SAME = timedelta(hours=12)
"""An episode is the passage of the same object whose entry is nearest, if it is not further off than this: objects
rest for a day before they come back."""

Leg = tuple[str, str]
Answered = Callable[[str], Sequence[Mapping[str, Any]]]


def compare(truth: Rows, rows: Answered, figures: Answered) -> list[Recovery]:
    """TFI1 over all months against the realised mean of the very passages that the node has as finished episodes."""
    episodes = [e for e in rows("transport_crossing_episode") if e["status"] == "finished"]
    realised_h = _realised_h(truth, episodes)
    months: dict[Leg, list[Mapping[str, Any]]] = {}
    for figure in figures("tfi1"):
        if figure["value"] is not None:
            months.setdefault((figure["crossing_id"], figure["direction"]), []).append(figure)
    return [
        _recovery(leg, months[leg], realised_h[leg]) for leg in sorted(months) if realised_h.get(leg)
    ]  # fmt: skip


def _recovery(leg: Leg, months: Sequence[Mapping[str, Any]], realised_h: Sequence[float]) -> Recovery:
    n = sum(m["n"] for m in months)
    mean = sum(m["value"] * m["n"] for m in months) / n
    # Months are weighed by n, and their errors are taken to be independent.
    low = mean - sqrt(sum(((m["value"] - m["low"]) * m["n"] / n) ** 2 for m in months))
    high = mean + sqrt(sum(((m["high"] - m["value"]) * m["n"] / n) ** 2 for m in months))
    return Recovery(
        indicator="TFI1",
        what=f"{leg[0]} {leg[1]}",
        recovered=mean,
        truth=sum(realised_h) / len(realised_h),
        n=n,
        low=low,
        high=high,
        unit="h",
        tolerance=TOLERANCE if n >= ENOUGH_N else None,
    )


def _realised_h(truth: Rows, episodes: Sequence[Mapping[str, Any]]) -> dict[Leg, list[float]]:
    """True hours of the passages that episodes stand for, by leg; each passage once."""
    passages: dict[tuple[str, str, str], list[tuple[datetime, float]]] = {}
    names = ("crossing_id", "direction", "object_id", "entry_time", "dwell_s")
    for crossing_id, direction, object_id, entry, dwell_s in zip(
        *(truth.column(name).to_pylist() for name in names), strict=True
    ):
        if dwell_s is not None:
            passages.setdefault((crossing_id, direction, object_id), []).append((entry, dwell_s / 3600))
    found: dict[Leg, list[float]] = {}
    for episode in episodes:
        here = passages.get((episode["crossing_id"], episode["direction"], episode["object_id"]), [])
        entry = datetime.fromisoformat(episode["entry_time"])
        nearest = min(here, key=lambda passage: abs(passage[0] - entry), default=None)
        if nearest is not None and abs(nearest[0] - entry) <= SAME:
            here.remove(nearest)
            found.setdefault((episode["crossing_id"], episode["direction"]), []).append(nearest[1])
    return found
