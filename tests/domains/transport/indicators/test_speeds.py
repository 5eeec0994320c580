"""Speed with and without stops, on legs worked out by hand."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from birlik.domains.transport.indicators.speeds import SWD, SWOD
from birlik.kernel.store.figures import compute, suppressed

NOW = datetime(2026, 4, 1, tzinfo=UTC)


def leg(
    km: float | None, travel_h: float, stop_h: float, moving_h: tuple[float, float, float] | None, day: int = 0
) -> dict[str, Any]:
    """moving_h: least, most likely, most."""
    low, moving, high = (None, None, None) if moving_h is None else (round(h * 3600) for h in moving_h)
    return {
        "from_place": "town",
        "to_place": "city",
        "mode": "road",
        "arrival_month": "2026-03",
        "arrival_day": day,
        "length_km": km,
        "travel_s": round(travel_h * 3600),
        "stop_s": round(stop_h * 3600),
        "moving_s": moving,
        "moving_low_s": low,
        "moving_high_s": high,
        "basis": "measured",
    }


def figures(indicator: Any, *legs: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = {"length_km": pa.float64()} | {
        n: pa.string() for n in ("from_place", "to_place", "mode", "arrival_month", "basis")
    }
    table = pa.table({name: pa.array([one[name] for one in legs], kinds.get(name, pa.int64())) for name in legs[0]})
    made: list[dict[str, Any]] = suppressed(indicator, compute(indicator, table, NOW)).to_pylist()
    return made


def test_it_is_a_ratio_of_sums() -> None:
    # 100 km in 2 h and 100 km in 8 h, five times: 1,000 km in 50 h, not the mean of 50 and 12.5.
    legs = [leg(100, 1.5, 0.5, (1.5, 1.5, 1.5), d) for d in range(5)] + [leg(100, 2, 6, (2, 2, 2), d) for d in range(5)]
    (made,) = figures(SWD, *legs)
    assert (made["value"], made["n"]) == (20.0, 10)
    (made,) = figures(SWOD, *legs)
    assert made["value"] == pytest.approx(1000 / 17.5)
    assert made["low"] <= made["value"] <= made["high"]  # each day has both: nothing scatters
    assert made["basis"] == "measured"


def test_legs_of_no_length_or_not_seen_closely_say_nothing() -> None:
    seen = [leg(60, 1, 0, (1, 1, 1), d) for d in range(5)]
    (made,) = figures(SWOD, *seen, leg(None, 1, 0, (1, 1, 1)), leg(60, 5, 0, None))
    assert (made["value"], made["n"]) == (60.0, 5)
    (made,) = figures(SWD, *seen, leg(None, 1, 0, None), leg(60, 5, 0, None))
    assert (made["value"], made["n"]) == (36.0, 6)


def test_what_gaps_leave_open_is_in_the_interval() -> None:
    # 60 km each, moving an hour, but perhaps only 40 minutes, or for two hours: 30 to 90 km/h.
    (made,) = figures(SWOD, *(leg(60, 2, 0, (2 / 3, 1, 2), d) for d in range(8)))
    assert (made["value"], made["low"], made["high"]) == (60.0, 30.0, 90.0)
    assert (made["gap_low"], made["gap_high"]) == (30.0, 90.0)
    assert made["basis"] == "estimated"
