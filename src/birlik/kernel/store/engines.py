"""Declarations run on one of two engines, over the same rows and with equal results, bit for bit.

The embedded engine is what a node runs on. Spark is for where there are more rows than one machine takes: there a
member's Parquet, the same declarations and the same functions, group by group. Neither reads more than one view may
see, and which view that is has to be said.
"""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeAlias
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc

from birlik.errors import Unknown
from birlik.kernel.indicators import Indicator
from birlik.kernel.store.database import fetch, quoted
from birlik.kernel.store.derive import derive
from birlik.kernel.store.figures import Test, compute, condition, grouped_rows, suppressed, tests_of
from birlik.kernel.tables import Derived, Field, Rows, arrow_schema

Given: TypeAlias = Path | Rows
"""Rows of a table: a Parquet file, a folder of them, or an Arrow table."""


class Engine(Protocol):
    """Runs a declaration over all rows of its sources that one view may see.

    Returns exactly the declared fields, of the declared types, sorted by key, ties by all else and nulls last: what
    two engines return compares row by row. Where a table has no column `views`, its rows are taken as meant for
    whoever asks; a register is given as it stands. Raises Unknown for a column or source that is declared and not
    there.
    """

    def derived(self, declared: Derived, tables: Mapping[str, Given], *, view_bit: int) -> Rows:
        """The derived table. tables: its sources by name, and maybe others. view_bit: of `Principal.bit`."""
        ...

    def figures(self, indicator: Indicator, source: Given, now: datetime, *, view_bit: int) -> Rows:
        """Dimensions, measures and `withheld`: what the store keeps before it gives a version."""
        ...


def _columns(wanted: Sequence[str], there: Sequence[str], name: str) -> tuple[str, ...]:
    if missing := [column for column in wanted if column not in there]:
        raise Unknown(f"{name}: its source has no column {', '.join(missing)}; it has {', '.join(there)}")
    return tuple(dict.fromkeys(wanted))


def _must_be_given(declared: Derived, tables: Mapping[str, Given]) -> None:
    if missing := [source.table for source in declared.sources if source.table not in tables]:
        raise Unknown(f"{declared.name}: its source {', '.join(missing)} is not given")


def _looked_up(rows: Rows) -> Rows:
    """A table that is looked up whole: each row once, in an order of its values."""
    names = rows.column_names
    return rows.group_by(names).aggregate([]).select(names).sort_by([(name, "ascending") for name in names])


def _read_by(indicator: Indicator) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*indicator.dimension_names, *indicator.also.values(), *indicator.columns)))


def _shaped(rows: Rows, fields: tuple[Field, ...], key: Sequence[str]) -> Rows:
    names = [field.name for field in fields]
    order = [*key, *(name for name in names if name not in key)]
    return rows.select(names).cast(arrow_schema(fields)).sort_by([(name, "ascending") for name in order])


def _published(indicator: Indicator, made: Rows) -> Rows:
    fields = (*indicator.dimensions, *indicator.measures)
    return suppressed(indicator, _shaped(made, fields, indicator.dimension_names))


class EmbeddedEngine:
    """DuckDB and the store's own code, in this process."""

    def __init__(self) -> None:
        import duckdb

        config: dict[str, Any] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
        self._connection = duckdb.connect(config=config)
        self._connection.execute("SET TimeZone = 'UTC'")

    def derived(self, declared: Derived, tables: Mapping[str, Given], *, view_bit: int) -> Rows:
        """As `Engine.derived`."""
        _must_be_given(declared, tables)
        read: dict[str, Rows] = {}
        for source in declared.sources:
            order = [name for name in (source.by, source.time) if name is not None]
            rows = self._rows(tables[source.table], source.columns, declared.name, view_bit, [], order)
            read[source.table] = _looked_up(rows) if source.by is None else rows.filter(pc.field(source.by).is_valid())
        return _shaped(derive(declared, read), declared.fields, declared.key)

    def figures(self, indicator: Indicator, source: Given, now: datetime, *, view_bit: int) -> Rows:
        """As `Engine.figures`."""
        order = indicator.dimension_names
        tests = tests_of(indicator, now)
        rows = self._rows(source, _read_by(indicator), indicator.name, view_bit, tests, order)
        return _published(indicator, compute(indicator, grouped_rows(indicator, rows), now))

    def _rows(
        self,
        source: Given,
        wanted: Sequence[str],
        name: str,
        view_bit: int,
        tests: Sequence[Test],
        order: Sequence[str],
    ) -> Rows:
        cursor = self._connection.cursor()
        if isinstance(source, Path):
            relation = cursor.read_parquet(str(source / "*.parquet" if source.is_dir() else source))
        else:
            relation = cursor.from_arrow(source)
        chosen = _columns(wanted, relation.columns, name)
        where, values = condition(tests)
        if "views" in relation.columns:
            where, values = f"{where} AND (views & ?) <> 0", [*values, view_bit]
        ordered = f" ORDER BY {quoted(order)}" if order else ""
        relation.create_view("source")
        try:
            return fetch(cursor, f"SELECT {quoted(chosen)} FROM source WHERE {where}{ordered}", values)
        finally:
            cursor.execute("DROP VIEW source")
            cursor.close()


@contextlib.contextmanager
def spark_session(
    folder: Path, *, master: str = "local[2]", memory: str = "1g", java_options: str = ""
) -> Iterator[Any]:
    """A Spark of this process's own, heard by nothing but this machine, that leaves nothing outside `folder`.

    master: local only; where there is a cluster, hand its session to `SparkEngine`, with the same SETTINGS.
    java_options: QUICK_START where little is to be done.
    """
    from pyspark.sql import SparkSession

    local = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": memory,
        "spark.driver.extraJavaOptions": f'-Djava.io.tmpdir="{folder}" {java_options}',
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    # Spark's workers are found by name, not by this process: another Python would not have our packages.
    with _environment(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1"):
        builder = SparkSession.builder.master(master).appName("birlik")
        session = builder.config(map={**local, **SETTINGS}).getOrCreate()
    try:
        yield session
    finally:
        session.stop()


QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""A third of the time to the first answer; slower from the first minute on."""

SETTINGS: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # what overflows or divides by zero is an error here as there, never a null
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.pyspark.fallback.enabled": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.shuffle.partitions": "2",
}
"""What makes Spark mean what DuckDB means; the number of partitions is for one machine."""


@contextlib.contextmanager
def _environment(**names: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@dataclass(frozen=True, slots=True)
class SparkEngine:
    """Apache Spark: functions as a grouped map over Arrow, expressions through Ibis."""

    session: Any
    """A `pyspark.sql.SparkSession` with SETTINGS."""

    def derived(self, declared: Derived, tables: Mapping[str, Given], *, view_bit: int) -> Rows:
        """As `Engine.derived`; groups go to the workers, what is looked up goes with them."""
        _must_be_given(declared, tables)
        frames = {
            s.table: self._frame(tables[s.table], s.columns, declared.name, view_bit, []) for s in declared.sources
        }
        if declared.expression is not None:
            whole = {s.table: frames[s.table].distinct() for s in declared.sources if s.by is None}
            return _shaped(self._expressed(declared.expression, {**frames, **whole}), declared.fields, declared.key)
        looked_up = {s.table: _packed(_looked_up(frames[s.table].toArrow())) for s in declared.sources if s.by is None}
        made = self._mapped(_tagged(declared, frames), ("group",), _derive_group(declared, looked_up), declared.schema)
        return _shaped(made, declared.fields, declared.key)

    def figures(self, indicator: Indicator, source: Given, now: datetime, *, view_bit: int) -> Rows:
        """As `Engine.figures`."""
        tests = tests_of(indicator, now)
        frame = self._frame(source, _read_by(indicator), indicator.name, view_bit, tests)
        whole = frame
        for dimension, other in indicator.also.items():
            # Nulls are no group here, nor in the other engine.
            frame = frame.unionByName(whole.where(whole[other] != whole[dimension]).withColumn(dimension, whole[other]))
        if indicator.expression is not None:
            expression = indicator.expression
            made = self._expressed(lambda tables: expression(tables[indicator.source], now), {indicator.source: frame})
        else:
            schema = arrow_schema((*indicator.dimensions, *indicator.measures))
            made = self._mapped(frame, indicator.dimension_names, _compute_group(indicator, now), schema)
        return _published(indicator, made)

    def _frame(self, source: Given, wanted: Sequence[str], name: str, view_bit: int, tests: Sequence[Test]) -> Any:
        from pyspark.sql import functions as f

        if isinstance(source, Path):
            frame = self.session.read.parquet(str(source))
        else:
            frame = self.session.createDataFrame(source)
        chosen = _columns(wanted, frame.columns, name)
        for column, values, since in tests:
            frame = frame.filter(f.col(column) >= f.lit(since) if since else f.col(column).isin(list(values)))
        if "views" in frame.columns:
            frame = frame.filter(f.col("views").bitwiseAND(f.lit(view_bit)) != 0)
        return frame.select(*chosen)

    def _mapped(self, frame: Any, by: Sequence[str], run: Any, schema: Any) -> Rows:
        from pyspark.sql.pandas.types import from_arrow_schema

        return frame.groupBy(*by).applyInArrow(run, from_arrow_schema(schema)).toArrow()

    def _expressed(self, expression: Any, frames: Mapping[str, Any]) -> Rows:
        """An Ibis expression of tables by name, over views that exist while it runs."""
        import ibis

        backend = ibis.pyspark.connect(self.session)
        mark = uuid4().hex
        for name, frame in frames.items():
            frame.createOrReplaceTempView(f"{name}_{mark}")
        try:
            made = expression({name: backend.table(f"{name}_{mark}") for name in frames})
            return self.session.sql(str(backend.compile(made))).toArrow()
        finally:
            for name in frames:
                self.session.catalog.dropTempView(f"{name}_{mark}")


def _tagged(declared: Derived, frames: Mapping[str, Any]) -> Any:
    """The rows of all sources that are read by key as one frame: the group, and a structure a source.

    Spark groups two frames together at most, and a declaration may have more.
    """
    from pyspark.sql import functions as f

    parts = []
    for mine in declared.grouped:
        others = [
            f.lit(None).cast(frames[s.table].select(f.struct(*s.columns)).schema[0].dataType).alias(s.table)
            if s is not mine
            else f.struct(*s.columns).alias(s.table)
            for s in declared.grouped
        ]
        frame = frames[mine.table].filter(f.col(str(mine.by)).isNotNull())
        parts.append(frame.select(f.col(str(mine.by)).alias("group"), *others))
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.unionByName(part)
    return whole


def _packed(rows: Rows) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


@lru_cache(maxsize=16)
def _unpacked(packed: bytes) -> Rows:
    """Once a worker and register, not once a group."""
    return pa.ipc.open_stream(packed).read_all()


def _derive_group(declared: Derived, looked_up: Mapping[str, bytes]) -> Any:
    """What a worker runs on the rows of one group, which come in no order."""

    def run(rows: Rows) -> Rows:
        tables = {name: _unpacked(packed) for name, packed in looked_up.items()}
        for source in declared.grouped:
            mine = rows.column(source.table).combine_chunks().drop_null()
            table = pa.Table.from_arrays(mine.flatten(), list(source.columns))
            tables[source.table] = table.sort_by(source.time) if source.time else table
        if tables[declared.sources[0].table].num_rows == 0:
            return declared.schema.empty_table()
        return derive(declared, tables)

    return run


def _compute_group(indicator: Indicator, now: datetime) -> Any:
    def run(rows: Rows) -> Rows:
        return compute(indicator, rows, now)

    return run
