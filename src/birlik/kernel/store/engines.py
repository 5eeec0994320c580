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

from birlik.errors import Unknown
from birlik.kernel.indicators import Indicator
from birlik.kernel.store.database import fetch, quoted
from birlik.kernel.store.derive import derive
from birlik.kernel.store.figures import compute, suppressed
from birlik.kernel.tables import Derived, Field, Rows, arrow_schema

Source: TypeAlias = Path | Rows
"""A Parquet file, a folder of them, or an Arrow table."""


class Engine(Protocol):
    """Runs a declaration over all rows of its source that one view may see.

    Returns exactly the declared fields, of the declared types, sorted by key, ties by all else and nulls last: what
    two engines return compares row by row. Where the source has no column `views`, its rows are taken as meant for
    whoever asks. Raises Unknown for a column or register that is declared and not there.
    """

    def derived(self, declared: Derived, source: Source, registers: Mapping[str, Rows], *, view_bit: int) -> Rows:
        """The derived table. registers: those that it names, and maybe others. view_bit: of `Principal.bit`."""
        ...

    def figures(self, indicator: Indicator, source: Source, now: datetime, *, view_bit: int) -> Rows:
        """Dimensions, measures and `withheld`: what the store keeps before it gives a version."""
        ...


def _columns(wanted: Sequence[str], there: Sequence[str], name: str) -> tuple[str, ...]:
    if missing := [column for column in wanted if column not in there]:
        raise Unknown(f"{name}: its source has no column {', '.join(missing)}; it has {', '.join(there)}")
    return tuple(dict.fromkeys(wanted))


def _looked_up(declared: Derived, registers: Mapping[str, Rows]) -> dict[str, Rows]:
    if missing := [name for name in declared.registers if name not in registers]:
        raise Unknown(f"{declared.name}: no register {', '.join(missing)}")
    return {name: registers[name] for name in declared.registers}


def _read_by(indicator: Indicator) -> tuple[str, ...]:
    return (*indicator.dimension_names, *indicator.columns)


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

    def derived(self, declared: Derived, source: Source, registers: Mapping[str, Rows], *, view_bit: int) -> Rows:
        looked_up = _looked_up(declared, registers)
        order = (declared.by, declared.source_time)
        rows = self._rows(source, declared.columns, declared.name, view_bit, {}, order)
        return _shaped(derive(declared, rows, looked_up), declared.fields, declared.key)

    def figures(self, indicator: Indicator, source: Source, now: datetime, *, view_bit: int) -> Rows:
        order = indicator.dimension_names
        rows = self._rows(source, _read_by(indicator), indicator.name, view_bit, indicator.only, order)
        return _published(indicator, compute(indicator, rows, now))

    def _rows(
        self,
        source: Source,
        wanted: Sequence[str],
        name: str,
        view_bit: int,
        only: Mapping[str, str],
        order: Sequence[str],
    ) -> Rows:
        cursor = self._connection.cursor()
        if isinstance(source, Path):
            relation = cursor.read_parquet(str(source / "*.parquet" if source.is_dir() else source))
        else:
            relation = cursor.from_arrow(source)
        chosen = _columns(wanted, relation.columns, name)
        tests: dict[str, Any] = {f'"{column}" = ?': value for column, value in only.items()}
        if "views" in relation.columns:
            tests["(views & ?) <> 0"] = view_bit
        where = " AND ".join(tests) or "TRUE"
        relation.create_view("source")
        try:
            sql = f"SELECT {quoted(chosen)} FROM source WHERE {where} ORDER BY {quoted(order)}"
            return fetch(cursor, sql, list(tests.values()))
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

    def derived(self, declared: Derived, source: Source, registers: Mapping[str, Rows], *, view_bit: int) -> Rows:
        looked_up = _looked_up(declared, registers)
        frame = self._frame(source, declared.columns, declared.name, view_bit, {})
        if declared.expression is not None:
            made = self._expressed(declared.expression, frame, looked_up)
        else:
            packed = tuple((name, _packed(rows)) for name, rows in looked_up.items())
            run = _derive_group(declared, packed)
            made = self._mapped(frame, (declared.by,), run, declared.schema)
        return _shaped(made, declared.fields, declared.key)

    def figures(self, indicator: Indicator, source: Source, now: datetime, *, view_bit: int) -> Rows:
        frame = self._frame(source, _read_by(indicator), indicator.name, view_bit, indicator.only)
        if indicator.expression is not None:
            expression = indicator.expression
            made = self._expressed(lambda rows, _: expression(rows, now), frame, {})
        else:
            schema = arrow_schema((*indicator.dimensions, *indicator.measures))
            made = self._mapped(frame, indicator.dimension_names, _compute_group(indicator, now), schema)
        return _published(indicator, made)

    def _frame(self, source: Source, wanted: Sequence[str], name: str, view_bit: int, only: Mapping[str, str]) -> Any:
        from pyspark.sql import functions as f

        if isinstance(source, Path):
            frame = self.session.read.parquet(str(source))
        else:
            frame = self.session.createDataFrame(source)
        chosen = _columns(wanted, frame.columns, name)
        for column, value in only.items():
            frame = frame.filter(f.col(column) == f.lit(value))
        if "views" in frame.columns:
            frame = frame.filter(f.col("views").bitwiseAND(f.lit(view_bit)) != 0)
        return frame.select(*chosen)

    def _mapped(self, frame: Any, by: Sequence[str], run: Any, schema: Any) -> Rows:
        from pyspark.sql.pandas.types import from_arrow_schema

        return frame.groupBy(*by).applyInArrow(run, from_arrow_schema(schema)).toArrow()

    def _expressed(self, expression: Any, frame: Any, registers: Mapping[str, Rows]) -> Rows:
        """An Ibis expression of the source and the registers, over views that exist while it runs."""
        import ibis

        backend = ibis.pyspark.connect(self.session)
        mark = uuid4().hex
        frames = {name: self.session.createDataFrame(rows) for name, rows in registers.items()}
        for name, one in {**frames, "source": frame}.items():
            one.createOrReplaceTempView(f"{name}_{mark}")
        try:
            made = expression(
                backend.table(f"source_{mark}"), {name: backend.table(f"{name}_{mark}") for name in frames}
            )
            return self.session.sql(str(backend.compile(made))).toArrow()
        finally:
            for name in (*frames, "source"):
                self.session.catalog.dropTempView(f"{name}_{mark}")


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


def _derive_group(declared: Derived, registers: tuple[tuple[str, bytes], ...]) -> Any:
    """What a worker runs on the rows of one group, which come in no order."""

    def run(rows: Rows) -> Rows:
        looked_up = {name: _unpacked(packed) for name, packed in registers}
        return derive(declared, rows.sort_by(declared.source_time), looked_up)

    return run


def _compute_group(indicator: Indicator, now: datetime) -> Any:
    def run(rows: Rows) -> Rows:
        return compute(indicator, rows, now)

    return run
