"""Apache Spark: the same declarations and functions, on as many machines as there are.

What a key has goes into one bucket, whole; a worker runs the function over the buckets' groups. PySpark is an extra:
a node runs without it, and nothing here is imported before somebody asks for it.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias
from uuid import uuid4

import pyarrow as pa

from birlik.kernel.indicators import Indicator
from birlik.kernel.store.derive import derive
from birlik.kernel.store.engines import Given, columns_there, each_once, must_be_given, published, read_by, shaped
from birlik.kernel.store.figures import Test, compute, tests_of
from birlik.kernel.tables import Derived, Rows, arrow_schema

BUCKETS = 8
Made: TypeAlias = Callable[[Rows], Rows]


class WholeTable(Protocol):
    """A table that is looked up whole; a worker asks for it once."""

    def rows(self) -> Rows:
        """Each row once, in an order of its values."""
        ...


@dataclass(frozen=True, slots=True)
class Packed:
    """One that travels with the function."""

    body: bytes

    def rows(self) -> Rows:
        """As `WholeTable.rows`."""
        return _unpacked(self.body)


@dataclass(frozen=True, slots=True)
class Put:
    """What becomes of the rows that a worker made, there and then: what it answers goes to the driver."""

    function: Made
    schema: Any
    """Of the answer."""


@contextlib.contextmanager
def spark_session(
    folder: Path,
    *,
    master: str = "local[2]",
    java_options: str = "",
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Any]:
    """A Spark session, ended at the end. A local one is heard by nothing but this machine, and leaves nothing outside
    `folder`.

    java_options: QUICK_START where little is to be done. settings: what else is said of it, stronger than ours.
    """
    from pyspark.sql import SparkSession

    given = {
        "spark.driver.memory": "1g",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        **SETTINGS,
        **(_of_this_machine(folder, java_options) if is_local(master) else {}),
        **settings,
    }
    # Spark's workers are found by name, not by this process: another Python would not have our packages.
    python = given.get(PYTHON, sys.executable if is_local(master) else "python3")
    names = {"PYSPARK_PYTHON": python} | ({"SPARK_LOCAL_IP": "127.0.0.1"} if is_local(master) else {})
    with _environment(**names):
        session = SparkSession.builder.master(master).appName("birlik").config(map=dict[str, Any](given)).getOrCreate()
    try:
        yield session
    finally:
        session.stop()


PYTHON = "spark.pyspark.python"


def is_local(master: str) -> bool:
    """Whether it runs in this process, with this environment's Python."""
    return master == "local" or master.startswith("local[")


def _of_this_machine(folder: Path, java_options: str) -> Mapping[str, str]:
    return {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": f'-Djava.io.tmpdir="{folder}" {java_options}',
        "spark.local.dir": str(folder),
    }


QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""A third of the time to the first answer; more time from the first minute on."""

SETTINGS: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # what overflows or divides by zero is an error here as there, never a null
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.pyspark.fallback.enabled": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.shuffle.partitions": "2",
    # Few rows of a bucket are much work for Python: none is put together with others for being small.
    "spark.sql.adaptive.coalescePartitions.enabled": "false",
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
    """Functions as a grouped map over Arrow, bucket by bucket; expressions through Ibis."""

    session: Any
    """A `pyspark.sql.SparkSession` with SETTINGS."""
    buckets: int = BUCKETS

    def derived(self, declared: Derived, tables: Mapping[str, Given], *, view_bit: int) -> Rows:
        """As `Engine.derived`; groups go to the workers, what is looked up goes with them."""
        must_be_given(declared, tables)
        frames = {
            s.table: self._frame(tables[s.table], s.columns, declared.name, view_bit, []) for s in declared.sources
        }
        looked_up: dict[str, WholeTable] = {}
        if declared.expression is None:
            whole = {s.table: frames[s.table].toArrow() for s in declared.sources if s.by is None}
            looked_up = {name: Packed(_packed(each_once(rows))) for name, rows in whole.items()}
        return shaped(self.derive(declared, frames, looked_up).toArrow(), declared.fields, declared.key)

    def figures(self, indicator: Indicator, source: Given, now: datetime, *, view_bit: int) -> Rows:
        """As `Engine.figures`."""
        frame = self._frame(source, read_by(indicator), indicator.name, view_bit, tests_of(indicator, now))
        return published(indicator, self.compute(indicator, frame, now).toArrow())

    def derive(
        self, declared: Derived, frames: Mapping[str, Any], looked_up: Mapping[str, WholeTable], put: Put | None = None
    ) -> Any:
        """A frame of the derived rows, or of what became of them. frames: by source, its columns.

        looked_up: what a function looks up whole; an expression finds it among the frames.
        """
        if declared.expression is not None:
            whole = {s.table: frames[s.table].distinct() for s in declared.sources if s.by is None}
            made = self._expressed(declared.expression, {**frames, **whole})
            return made if put is None else self._put(made, put)
        return self._mapped(_tagged(declared, frames), ("group",), _derive(declared, looked_up), declared.schema, put)

    def compute(self, indicator: Indicator, frame: Any, now: datetime, put: Put | None = None) -> Any:
        """A frame of the figures, or of what became of them. frame: the source's rows that count."""
        whole = frame
        for dimension, other in indicator.also.items():
            # Nulls are no group here, nor in the other engine.
            frame = frame.unionByName(whole.where(whole[other] != whole[dimension]).withColumn(dimension, whole[other]))
        if indicator.expression is not None:
            expression = indicator.expression
            made = self._expressed(lambda tables: expression(tables[indicator.source], now), {indicator.source: frame})
            return made if put is None else self._put(made, put)
        schema = arrow_schema((*indicator.dimensions, *indicator.measures))
        return self._mapped(frame, indicator.dimension_names, _compute(indicator, now), schema, put)

    def _frame(self, source: Given, wanted: Sequence[str], name: str, view_bit: int, tests: Sequence[Test]) -> Any:
        from pyspark.sql import functions as f

        if isinstance(source, Path):
            frame = self.session.read.parquet(str(source))
        else:
            frame = self.session.createDataFrame(source)
        chosen = columns_there(wanted, frame.columns, name)
        if "views" in frame.columns:
            frame = frame.filter(f.col("views").bitwiseAND(f.lit(view_bit)) != 0)
        return counting(frame, tests).select(*chosen)

    def _mapped(self, frame: Any, by: Sequence[str], run: Made, schema: Any, put: Put | None) -> Any:
        from pyspark.sql import functions as f
        from pyspark.sql.pandas.types import from_arrow_schema

        bucket = f.pmod(f.xxhash64(*by), f.lit(self.buckets)).alias(BUCKET)
        answer = schema if put is None else put.schema
        grouped = frame.select("*", bucket).groupBy(BUCKET)
        return grouped.applyInArrow(_one_bucket(run, put, tuple(frame.columns)), from_arrow_schema(answer))

    def _put(self, frame: Any, put: Put) -> Any:
        from pyspark.sql.pandas.types import from_arrow_schema

        return frame.mapInArrow(_one_partition(put), from_arrow_schema(put.schema))

    def _expressed(self, expression: Any, frames: Mapping[str, Any]) -> Any:
        """An Ibis expression of tables by name, over views that exist while it is read."""
        import ibis

        backend = ibis.pyspark.connect(self.session)
        mark = uuid4().hex
        for name, frame in frames.items():
            frame.createOrReplaceTempView(f"{name}_{mark}")
        try:
            made = expression({name: backend.table(f"{name}_{mark}") for name in frames})
            return self.session.sql(str(backend.compile(made)))
        finally:
            for name in frames:
                self.session.catalog.dropTempView(f"{name}_{mark}")


BUCKET = "birlik_bucket"


def counting(frame: Any, tests: Sequence[Test]) -> Any:
    """The rows of a frame that fulfil all tests."""
    from pyspark.sql import functions as f

    for column, values, since in tests:
        frame = frame.filter(f.col(column) >= f.lit(since) if since else f.col(column).isin(list(values)))
    return frame


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


def _derive(declared: Derived, looked_up: Mapping[str, WholeTable]) -> Made:
    """What a worker runs on the rows of whole groups, which come in no order."""

    def run(rows: Rows) -> Rows:
        tables = {name: table.rows() for name, table in looked_up.items()}
        for source in declared.grouped:
            mine = rows.column(source.table).combine_chunks().drop_null()
            table = pa.Table.from_arrays(mine.flatten(), list(source.columns))
            order = [(name, "ascending") for name in declared.order_of(source)]
            tables[source.table] = table.sort_by(order) if order else table
        making = declared.timed if declared.carried is not None else declared.grouped[:1]
        if not any(tables[source.table].num_rows for source in making):
            return declared.schema.empty_table()
        return derive(declared, tables)

    return run


def _compute(indicator: Indicator, now: datetime) -> Made:
    def run(rows: Rows) -> Rows:
        return compute(indicator, rows.sort_by([(name, "ascending") for name in indicator.dimension_names]), now)

    return run


def _one_bucket(run: Made, put: Put | None, columns: Sequence[str]) -> Made:
    def whole(rows: Rows) -> Rows:
        made = run(rows.select(list(columns)))
        return made if put is None else put.function(made)

    return whole


def _one_partition(put: Put) -> Any:
    def whole(batches: Iterator[Any]) -> Iterator[Any]:
        held = [batch for batch in batches if batch.num_rows]
        if held:
            yield from put.function(pa.Table.from_batches(held)).to_batches()

    return whole
