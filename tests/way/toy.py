"""A domain that says what follows in expressions, each with something on which engines like to differ."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa

from birlik.kernel.domain import Derived, Domain, Field, Indicator, Source, Table, Type
from birlik.kernel.members import Role

NOW = datetime(2026, 4, 1, tzinfo=UTC)
OBJECT = Field(name="object_key", type=Type.INT, nullable=False, description="Object.")
TIME = Field(name="phenomenon_time", type=Type.TIME, nullable=False, description="When.")
KIND = Field(name="kind", type=Type.TEXT, description="Kind; null where it is unknown.")
LEVEL = Field(name="level", type=Type.FLOAT, description="A reading.")
SURE = Field(name="sure", type=Type.BOOL, description="Whether it was checked.")
COUNT = Field(name="count_n", type=Type.INT, description="A count.")

READING = Table(
    name="toy_reading",
    title="Readings",
    description="One reading.",
    fields=(OBJECT, TIME, KIND, LEVEL, SURE, COUNT),
    key=("object_key", "phenomenon_time"),
    time="phenomenon_time",
)
LIMIT = Table(
    name="toy_limit",
    title="Limits",
    description="A limit by kind.",
    fields=(KIND, Field(name="limit_n", type=Type.INT, description="At most.")),
    key=("kind",),
    time="",
    facts=lambda: pa.table({"kind": ["a", "b"], "limit_n": pa.array([40, None], pa.int64())}),
)


def _steps(tables: Mapping[str, Any]) -> Any:
    rows = tables["toy_reading"]
    window = ibis.window(group_by="object_key", order_by="phenomenon_time")
    whole = ibis.cumulative_window(group_by="object_key", order_by="phenomenon_time")
    second = rows.phenomenon_time.truncate("s").epoch_seconds()  # DuckDB fails on what is below a second
    rows = rows.mutate(
        before_level=rows.level.lag().over(window),
        next_time=rows.phenomenon_time.lead().over(window),
        gap_s=(second - second.lag().over(window)).cast("int64"),
        total_n=rows.count_n.sum().over(whole).cast("int64"),
        place_no=(ibis.row_number().over(window) + 1).cast("int64"),
        day=rows.phenomenon_time.truncate("D"),
        month=rows.phenomenon_time.strftime("%Y-%m"),
        each=rows.level / rows.count_n.cast("float64").nullif(0.0),
    )
    limits = tables["toy_limit"]
    joined = rows.left_join(limits, rows.kind == limits.kind)
    return joined.mutate(over=(joined.count_n > joined.limit_n).fill_null(False))


STEP = Derived(
    name="toy_step",
    title="Steps",
    description="From one reading to the next.",
    fields=(
        OBJECT,
        TIME,
        KIND,
        SURE,
        COUNT,
        Field(name="before_level", type=Type.FLOAT, description="lag"),
        Field(name="next_time", type=Type.TIME, description="lead"),
        Field(name="gap_s", type=Type.INT, unit="s", description="Whole seconds since the one before."),
        Field(name="total_n", type=Type.INT, description="Running sum."),
        Field(name="place_no", type=Type.INT, nullable=False, description="From 1."),
        Field(name="day", type=Type.TIME, description="Midnight before it, UTC."),
        Field(name="month", type=Type.TEXT, description="`2026-03`"),
        Field(name="each", type=Type.FLOAT, description="A share; null over nothing."),
        Field(name="over", type=Type.BOOL, nullable=False, description="More than the register's limit."),
    ),
    key=("object_key", "phenomenon_time"),
    sources=(
        Source(
            table="toy_reading",
            columns=("object_key", "phenomenon_time", "kind", "level", "sure", "count_n"),
            by="object_key",
            time="phenomenon_time",
        ),
        Source(table="toy_limit", columns=("kind", "limit_n")),
    ),
    by="object_key",
    time="phenomenon_time",
    expression=_steps,
)


def _gap(rows: Any, now: datetime) -> Any:
    recent = rows.filter(rows.phenomenon_time < ibis.literal(now))
    made = recent.group_by("kind", "month").aggregate(
        total=recent.gap_s.sum(),
        n=recent.gap_s.count().cast("int64"),
        low=recent.gap_s.cast("float64").quantile(0.1),
        high=recent.gap_s.cast("float64").quantile(0.9),
        median=recent.gap_s.cast("float64").median(),
        over_n=recent.over.cast("int64").sum().cast("int64"),
    )
    # Whole seconds are summed and divided once: a mean of floats has other last bits on each engine.
    return made.mutate(
        value=made.total.cast("float64") / made.n.cast("float64").nullif(0.0) / ibis.literal(3600.0),
        basis=ibis.literal("measured"),
    )


GAP = Indicator(
    name="toy_gap",
    code="gap",
    title="Gap",
    unit="h",
    source="toy_step",
    columns=("phenomenon_time", "gap_s", "over"),
    dimensions=(KIND, Field(name="month", type=Type.TEXT, description="`2026-03`")),
    expression=_gap,
    further=(
        Field(name="median", type=Type.FLOAT, unit="s", description="Half were no longer."),
        Field(name="over_n", type=Type.INT, unit="1", description="Over their limit."),
    ),
    method="Sum over number.",
    reference="none",
    interval="quantiles",
)
TOY = Domain(role=Role.READER, name="toy", title="Toy", tables=(READING, LIMIT), derived=(STEP,), indicators=(GAP,))


def readings() -> Any:
    """Times to the microsecond, nulls everywhere they may be, numbers that a double can't hold."""
    rows = []
    for n in range(500):
        key = 2**62 + 1 + n % 7
        rows.append(
            {
                "object_key": key,
                "phenomenon_time": NOW - timedelta(seconds=n * 7919 + n % 11, microseconds=n * 37 % 1_000_000 + 1),
                "kind": (None, "a", "b", "ü")[n % 4],
                "level": None if n % 5 == 0 else (n * 7 % 23) / 7,
                "sure": (True, False, None)[n % 3],
                "count_n": None if n % 13 == 0 else n * n % 97 - 1,
                "views": 1 if n % 6 == 0 else 3,
            }
        )
    return pa.Table.from_pylist(rows, schema=READING.schema.append(pa.field("views", pa.int64())))
