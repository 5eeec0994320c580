"""The same on Apache Spark: workers read the archive and write the result themselves; the driver gets counts only.

What is read, is read by birlik and not by Spark: so each file is held against its manifest where it is read, and a row
outside the view leaves no worker. Every file that a worker writes has a name of its own, and counts only once the
driver has heard of it: a worker that is killed, or a task that runs twice, leaves nothing that anyone would read.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from birlik.errors import BirlikError, StoreUnavailable
from birlik.kernel.archiving import listing, shipping
from birlik.kernel.archiving.computing import Target
from birlik.kernel.archiving.listing import File, Listing
from birlik.kernel.domain import Derived, Indicator
from birlik.kernel.store.engines import columns_there, each_once, published, read_by, shaped
from birlik.kernel.store.figures import tests_of
from birlik.kernel.store.spark import Put, SparkEngine, WholeTable, counting, spark_session
from birlik.kernel.tables import Rows

ANSWER = pa.schema([("path", pa.string()), ("rows_n", pa.int64()), ("size_bytes", pa.int64()), ("sha256", pa.string())])
"""What a worker says of each file that it wrote: all that the driver gets."""
ROWS_A_BUCKET = 500_000
BUCKETS_A_CORE = 4
ROWS_A_BATCH = 65_536
ASKED_FOR = "spark.sql.shuffle.partitions"


@contextmanager
def started(master: str, settings: Mapping[str, str]) -> Iterator["Spark"]:
    """Spark at a master, with whatever else is said of it; ended at the end.

    Raises UnknownSetting where PySpark isn't there or another Spark is; StoreUnavailable for what fails on the way.
    """
    shipping.must_be_there()
    with tempfile.TemporaryDirectory(prefix="birlik-spark-") as folder, said():
        # What fails is said once, by us; --conf spark.log.level=INFO says all that Spark has to say.
        given = {"spark.log.level": "FATAL", **shipping.settings(master, Path(folder), settings), **settings}
        with spark_session(Path(folder), master=master, settings=given) as session:
            shipping.must_fit(session, master)
            yield Spark(session, fixed=ASKED_FOR in settings)


@contextmanager
def said() -> Iterator[None]:
    """Spark's own words as ours: one sentence, and the way out."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except BirlikError:
        raise
    except (PySparkException, Py4JError) as error:
        raise StoreUnavailable(shipping.words(str(error))) from error


@dataclass(frozen=True, slots=True)
class Whole:
    """A table that is looked up whole, as a worker reads it: once, however many buckets it is given."""

    source: Listing
    columns: tuple[str, ...]
    bit: int

    def rows(self) -> Rows:
        """As `WholeTable.rows`."""
        return _read_whole(self)


@lru_cache(maxsize=16)
def _read_whole(table: Whole) -> Rows:
    parts = [_seen(table.source, file, table.columns, table.bit) for file in table.source.files]
    if not parts:
        return table.source.schema.empty_table().select(list(table.columns))
    return each_once(pa.concat_tables(parts))


def _seen(source: Listing, file: File, columns: Sequence[str], bit: int) -> Rows:
    """Some columns of those rows of a file that the view sees."""
    if "views" not in (name for name, _ in source.columns):
        return listing.read(source, file, columns)
    rows = listing.read(source, file, [*columns, "views"])
    seen = pc.not_equal(pc.bit_wise_and(rows.column("views"), pa.scalar(bit, pa.int64())), 0)
    return rows.filter(seen).select(list(columns))


@dataclass
class Spark:
    """Implements `computing.Computer`."""

    session: Any
    fixed: bool = False
    """How many partitions a shuffle has was said in the settings."""
    name: str = "spark"

    def derived(self, declared: Derived, sources: Mapping[str, Listing], bit: int, target: Target) -> tuple[File, ...]:
        """As `Computer.derived`."""
        engine = self._engine(sum(sources[source.table].rows_n for source in declared.grouped))
        grouped = declared.sources if declared.expression is not None else declared.grouped
        frames = {s.table: self._frame(sources[s.table], s.columns, declared.name, bit) for s in grouped}
        looked_up: dict[str, WholeTable] = {
            s.table: Whole(sources[s.table], s.columns, bit) for s in declared.sources if s.by is None
        }
        put = Put(_writing(target, lambda rows: shaped(rows, declared.fields, declared.key)), ANSWER)
        return _files(engine.derive(declared, frames, looked_up, put))

    def figures(
        self, indicator: Indicator, source: Listing, bit: int, now: datetime, target: Target
    ) -> tuple[File, ...]:
        """As `Computer.figures`."""
        tests, wanted = tests_of(indicator, now), read_by(indicator)
        also = tuple(test.column for test in tests if test.column not in wanted)
        frame = counting(self._frame(source, (*wanted, *also), indicator.name, bit), tests).select(*wanted)
        put = Put(_writing(target, lambda rows: published(indicator, rows)), ANSWER)
        return _files(self._engine(source.rows_n).compute(indicator, frame, now, put))

    def _engine(self, rows: int) -> SparkEngine:
        cores = self.session.sparkContext.defaultParallelism
        buckets = max(BUCKETS_A_CORE * cores, -(-rows // ROWS_A_BUCKET))
        if not self.fixed:
            self.session.conf.set(ASKED_FOR, str(buckets))
        return SparkEngine(self.session, buckets)

    def _frame(self, source: Listing, wanted: Sequence[str], name: str, bit: int) -> Any:
        """The rows that the view sees; each file is read by one task."""
        from pyspark.sql.pandas.types import from_arrow_schema

        columns = columns_there(wanted, [name for name, _ in source.columns], name)
        schema = pa.schema([source.schema.field(column) for column in columns])
        files = len(source.files)
        numbered = self.session.range(0, files, 1, max(1, files))
        return numbered.mapInArrow(_reading(source, columns, bit), from_arrow_schema(schema))


def _reading(source: Listing, columns: Sequence[str], bit: int) -> Any:
    def read(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                rows = _seen(source, source.files[number], columns, bit)
                yield from rows.to_batches(max_chunksize=ROWS_A_BATCH)

    return read


def _writing(target: Target, shape: Any) -> Any:
    def write(rows: Rows) -> Rows:
        if rows.num_rows == 0:
            return ANSWER.empty_table()
        file = target.write(shape(rows))
        return pa.Table.from_pylist([{name: getattr(file, name) for name in ANSWER.names}], schema=ANSWER)

    return write


def _files(answered: Any) -> tuple[File, ...]:
    return tuple(sorted((File(**row) for row in answered.toArrow().to_pylist()), key=lambda file: file.path))
