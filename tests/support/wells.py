"""A domain that no state has, of what a key carries: wells, what is read of them, and how deep each is.

    wells_level   by well, day after day: what stands in it   <- readings (kept), pumpings (appended), depths (no time)

Readings are versions: they are corrected, taken back and relabelled. A message is a JSON list of changes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pyarrow as pa

from birlik.kernel.changes import Change, Says, versions
from birlik.kernel.domain import (
    Carried,
    Decoded,
    Delivery,
    Derived,
    Domain,
    Field,
    Intake,
    Kept,
    Lookup,
    Rows,
    Source,
    Table,
    Type,
)
from birlik.kernel.members import Role

MEDIA_TYPE = "application/vnd.wells.changes+json"
START = datetime(2026, 3, 1, tzinfo=UTC)


def _field(name: str, kind: Type, **more: Any) -> Field:
    return Field(name=name, type=kind, description=f"The {name}.", **more)


WELL = _field("well", Type.TEXT, nullable=False)
AT = _field("at", Type.TIME, nullable=False)
SAID = _field("said_at", Type.TIME, nullable=False)

READING = Table(
    name="wells_reading",
    title="Readings",
    description="What came into a well.",
    key=("well", "at"),
    time="at",
    kept=Kept(time="said_at"),
    fields=(WELL, AT, _field("came_mm", Type.FLOAT, unit="mm"), SAID),
)
PUMPING = Table(
    name="wells_pumping",
    title="Pumpings",
    description="What was taken out of a well.",
    key=("well", "at", "taken_mm"),
    time="at",
    fields=(WELL, AT, _field("taken_mm", Type.FLOAT, unit="mm")),
    kept_days=100,
)
DEPTH = Table(
    name="wells_depth",
    title="Depths",
    description="How much a well holds.",
    key=("well",),
    time="said_at",
    kept=Kept(time="said_at"),
    fields=(WELL, _field("depth_mm", Type.FLOAT, unit="mm"), SAID),
)
TABLES = {table.name: table for table in (READING, PUMPING, DEPTH)}


def day_of(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def levels(before: Rows, tables: Mapping[str, Rows]) -> tuple[Rows, Rows]:
    """A tenth seeps away each day; then comes and goes what is said of the day; what doesn't fit runs over."""
    states = {row["well"]: row for row in before.to_pylist()}
    depth = {row["well"]: row["depth_mm"] for row in tables["wells_depth"].to_pylist()}
    came, taken = defaultdict(list), defaultdict(list)
    for row in tables["wells_reading"].to_pylist():
        came[row["well"]].append((row["at"], row["came_mm"] or 0.0))
    for row in tables["wells_pumping"].to_pylist():
        taken[row["well"]].append((row["at"], -row["taken_mm"]))
    rows, after = [], []
    for well in sorted({*came, *taken}):
        moves = [*came[well], *taken[well]]
        day = day_of(moves[0][0])
        had = states.get(well, {"level_mm": 0.0, "day": day})
        level = had["level_mm"]
        for _ in range((day - had["day"]).days):
            level *= 0.9
        for _, mm in sorted(moves):
            level = min(max(level + mm, 0.0), depth.get(well, 1e9))
        rows.append({"well": well, "day": day, "level_mm": level})
        after.append({"well": well, "level_mm": level, "day": day})
    return pa.Table.from_pylist(rows, schema=LEVEL.schema), pa.Table.from_pylist(after, schema=_of(LEVEL.states))


def _of(fields: Iterable[Field]) -> Any:
    return pa.schema([pa.field(f.name, f.type.arrow) for f in fields])


DAY = _field("day", Type.TIME, nullable=False)
LEVEL_MM = _field("level_mm", Type.FLOAT, unit="mm")
LEVEL = Derived(
    name="wells_level",
    title="Levels",
    description="What stands in a well.",
    fields=(WELL, DAY, LEVEL_MM),
    key=("well", "day"),
    sources=(
        Source(table="wells_reading", columns=("well", "at", "came_mm"), by="well", time="at"),
        Source(table="wells_pumping", columns=("well", "at", "taken_mm"), by="well", time="at"),
        Source(table="wells_depth", columns=("well", "depth_mm"), by="well"),
    ),
    by="well",
    time="day",
    carried=Carried(function=levels, state=(LEVEL_MM, DAY)),
)


def _decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    by_table: dict[str, list[Change]] = defaultdict(list)
    for name, says, row in orjson.loads(delivery.body):
        times = {k: START + timedelta(hours=v) for k, v in row.items() if k in ("at", "said_at")}
        by_table[name].append(Change(name, {**row, **times}, Says(says)))
    rows = {name: versions(TABLES[name], changes) for name, changes in by_table.items()}
    rows = {n: r if TABLES[n].is_kept else r.drop_columns("says").cast(TABLES[n].schema) for n, r in rows.items()}
    return Decoded(rows=rows)


TOLD = Intake(name="wells", title="Changes", media_type=MEDIA_TYPE, decode=_decode, tables=tuple(TABLES), example="[]")
WELLS = Domain(
    role=Role.READER, name="wells", title="Wells", tables=tuple(TABLES.values()), derived=(LEVEL,), intakes=(TOLD,)
)


def told(*changes: tuple[str, str, Mapping[str, Any]]) -> bytes:
    """A message: (table, what is said, the row); a time is the hours since START."""
    return orjson.dumps(changes)


def watched(seen: Callable[[Rows, Mapping[str, Rows]], None]) -> Domain:
    """The same, where somebody sees what the function is given."""

    def function(before: Rows, tables: Mapping[str, Rows]) -> tuple[Rows, Rows]:
        seen(before, tables)
        return levels(before, tables)

    assert LEVEL.carried is not None
    return replace(WELLS, derived=(replace(LEVEL, carried=replace(LEVEL.carried, function=function)),))
