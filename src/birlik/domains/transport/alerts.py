"""What is out of the ordinary at the borders."""

from collections.abc import Iterable, Mapping
from typing import Any

from birlik.kernel.alerts import AlertRule, Signal, Situation

CLOSED = 0.59
"""The most that the level of a closed alarm may be: below `closes_at`, so that nothing stands or opens by it."""


def crossing_slow(situation: Situation) -> Iterable[Signal]:
    """A signal for every crossing, direction and mode that is heard and has a usual clearance.

    level: the alarm of `waiting_now` (a CUSUM of exits against the usual ones of the hour, over its threshold), which
    follows from the rows of eight weeks: at least 1 while it is open, below 0.6 while it isn't. So a node that is
    rebuilt, or was away, has the alert that it would have had.
    """
    crossings = {row["crossing_id"]: row for row in situation.table("transport_crossing").to_pylist()}
    places = {row["place_id"]: row for row in situation.table("transport_place").to_pylist()}
    for row in situation.figures("waiting_now").to_pylist():
        crossing = crossings.get(row["crossing_id"])
        if crossing is not None and row["slow_level"] is not None and row["expected_wait_h"] is not None:
            yield _signal(row, crossing, places)


def _signal(row: Mapping[str, Any], crossing: Mapping[str, Any], places: Mapping[str, Mapping[str, Any]]) -> Signal:
    direction, mode = row["direction"], row["mode"]
    destination = places.get(crossing["side_b" if direction == "a_to_b" else "side_a"], {})
    crossing_id = row["crossing_id"]
    towards = destination.get("name_en") or direction
    named = crossing_id.endswith(f"--{mode}")
    usual = row["usual_all_h"] if row["usual_h"] is None else row["usual_h"]
    return Signal(
        key="/".join((crossing_id, direction) if named else (crossing_id, direction, mode)),
        level=max(row["slow_level"], 1.0) if row["slow_open_h"] else min(row["slow_level"], CLOSED),
        values={
            "crossing": crossing["name_en"],
            "crossing_kk": crossing["name_kk"] or crossing["name_en"],
            "towards": towards,
            "towards_kk": destination.get("name_kk") or towards,
            "crossing_id": crossing_id,
            "direction": direction,
            "mode": mode,
            "value": round(row["expected_wait_h"], 2),
            "low": round(row["expected_wait_low_h"], 2),
            "high": round(row["expected_wait_high_h"], 2),
            "usual": round(usual or 0.0, 2),
            "usual_n": row["usual_n"],
            "unit": "h",
            "waiting_n": round(row["value"]),
            "slow_h": row["slow_open_h"],
        },
        latitude=crossing["latitude"],
        longitude=crossing["longitude"],
        area=crossing["name_en"],
    )


ALERT_RULES = (
    AlertRule(
        name="crossing_slow",
        title="Crossing slower than it clears usually",
        judge=crossing_slow,
        opens_at=1.0,
        closes_at=0.6,
        severities=((1.0, "Minor"), (3.0, "Moderate"), (6.0, "Severe")),
        urgency="Expected",
        certainty="Observed",
        category="Transport",
        event="Slow border crossing",
        headline="{crossing}, {mode}, towards {towards}: expected wait {value:duration}, usually {usual:duration}",
        description="For {slow_h:duration} fewer have left than usual while six or more waited. {waiting_n} wait; who "
        "joins now will take {low:duration} to {high:duration} (8 of 10). Usual is the median of those who joined at "
        "this weekday and hour in the last eight weeks (n = {usual_n}).",
        instruction="See the causes on the crossing's page; tell carriers, and ask the neighbouring post.",
        reference="CUSUM of a Poisson rate: Lucas, Counted data CUSUM's (1985); one false alarm in ten weeks",
        watches=("waiting_now",),
    ),
)
