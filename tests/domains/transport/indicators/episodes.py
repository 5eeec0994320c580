"""Episodes by hand: a test states only the columns that it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from birlik.domains.transport.vocabulary import CAUSES
from birlik.kernel.indicators import Indicator
from birlik.kernel.store.figures import compute, grouped_rows, suppressed

DAY = datetime(2026, 3, 10, tzinfo=UTC)
"""A Tuesday. The toy border keeps UTC."""
TIMES = ("entry", "exit", "entry_low", "entry_high", "exit_low", "exit_high", "last")
TEXTS = ("crossing_id", "direction", "mode", "status", "basis", "family", "month", "exit_month", "entry_month",
         "source_id", "interval_class")  # fmt: skip


def episode(
    entry: datetime, took_h: float | None, *, late_h: float = 0.0, early_h: float = 0.0, **changes: Any
) -> dict[str, Any]:
    """One that entered then and took so long; None has not left. late_h: half of each bracket."""
    gone = None if took_h is None else entry + timedelta(hours=took_h)
    half = timedelta(hours=late_h)
    row = {
        "crossing_id": "x",
        "direction": "a_to_b",
        "mode": "road",
        "status": "open" if gone is None else "finished",
        "entry_time": entry,
        "exit_time": gone,
        "entry_low_time": entry - half,
        "entry_high_time": entry + half,
        "exit_low_time": None if gone is None else gone - half,
        "exit_high_time": None if gone is None else gone + half,
        "last_time": gone or entry,
        "own_interval_s": 600,
        "heartbeat_s": 0,
        "silent_after_s": 6 * 3600,
        "identified": True,
        "provisional": False,
        "family": "tracked",
        "basis": "measured",
        "counts": 1,
        "source_id": "s",
        "interval_class": "≤ 15 min",
        **{f"cause_{cause}_s": 0 for cause in CAUSES},
    } | changes
    gone, last = row["exit_time"], row["last_time"]
    hour = (row["entry_time"] - datetime(2026, 1, 5, tzinfo=UTC)) // timedelta(hours=1)
    made = {
        "exit_day": None if gone is None else (gone - datetime(1970, 1, 1, tzinfo=UTC)).days,
        "entry_month": f"{row['entry_time']:%Y-%m}",
        "exit_month": None if gone is None else f"{gone:%Y-%m}",
        "month": f"{gone or last:%Y-%m}",
        "entry_hour_of_week_local": hour % 168,
        "dwell_s": round(((gone or last) - row["entry_time"]).total_seconds()),
    }
    row = made | row
    return row | {
        "cause_unexplained_s": row["dwell_s"] - sum(row[f"cause_{c}_s"] for c in CAUSES if c != "unexplained")
    }


def table(rows: list[dict[str, Any]]) -> Any:
    kinds: dict[str, Any] = {f"{name}_time": pa.timestamp("us", "UTC") for name in TIMES}
    kinds |= {name: pa.string() for name in TEXTS} | {"identified": pa.bool_(), "provisional": pa.bool_()}
    return pa.table({name: pa.array([r[name] for r in rows], kinds.get(name, pa.int64())) for name in rows[0]})


def figures(indicator: Indicator, rows: list[dict[str, Any]], now: datetime = DAY) -> list[dict[str, Any]]:
    """What the store would make of these rows: those that count, in columns that the declaration names."""
    kept = [r for r in rows if all(_is(r[c], v) for c, v in indicator.only.items())]
    read = dict.fromkeys((*indicator.dimension_names, *indicator.also.values(), *indicator.columns))
    made: list[dict[str, Any]] = suppressed(
        indicator, compute(indicator, grouped_rows(indicator, table(kept).select(list(read))), now)
    ).to_pylist()
    return made


def figure(indicator: Indicator, rows: list[dict[str, Any]], now: datetime = DAY) -> dict[str, Any]:
    (made,) = figures(indicator, rows, now)
    return made


def _is(value: Any, wanted: Any) -> bool:
    return value in wanted if isinstance(wanted, tuple) else value == wanted
