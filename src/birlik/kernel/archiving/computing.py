"""From an archive to a result: storey by storey, in this process or on a cluster; the same rows either way."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import uuid4

from birlik.clock import isoformat
from birlik.errors import BadRequest, Unknown
from birlik.kernel.archiving import listing, manifest, result
from birlik.kernel.archiving.listing import Columns, File, Listing, columns_of
from birlik.kernel.archiving.location import Location
from birlik.kernel.archiving.manifest import Manifest
from birlik.kernel.archiving.plan import Plan, plan
from birlik.kernel.archiving.result import Result
from birlik.kernel.domain import Derived, Indicator
from birlik.kernel.store import Catalogue
from birlik.kernel.store.derive import ROWS_AT_ONCE
from birlik.kernel.store.engines import EmbeddedEngine, Part
from birlik.kernel.tables import Field, Rows, Type, arrow_schema

WITHHELD = Field(name="withheld", type=Type.TEXT, description="Why the figure is not shown, where it is not.")


@dataclass(frozen=True, slots=True)
class Target:
    """Where the files of one table go. Picklable: a worker elsewhere writes there itself."""

    place: Location
    folder: str
    private: bool

    def write(self, rows: Rows) -> File:
        """One more file. One that nobody lists in the end, its writer having been killed, is taken away by the run."""
        path = f"{self.folder}/{uuid4().hex}.parquet"
        return listing.write(self.place, path, rows.to_batches(), rows.schema, private=self.private)


class Computer(Protocol):
    """An engine that reads listings and writes files, and answers with what it wrote."""

    name: str

    def derived(self, declared: Derived, sources: Mapping[str, Listing], bit: int, target: Target) -> tuple[File, ...]:
        """The rows of a derived table, out of what the view may see."""
        ...

    def figures(
        self, indicator: Indicator, source: Listing, bit: int, now: datetime, target: Target
    ) -> tuple[File, ...]:
        """Dimensions, measures and `withheld`."""
        ...


class Embedded:
    """In this process."""

    name = "embedded"

    def __init__(self) -> None:
        self._engine = EmbeddedEngine()
        self._read: set[File] = set()

    def _dataset(self, source: Listing) -> Any:
        """The listed files and no others, each held against its listing once."""
        for file in source.files:
            if file not in self._read:
                listing.check(source, file)
                self._read.add(file)
        return dataset(source)

    def derived(self, declared: Derived, sources: Mapping[str, Listing], bit: int, target: Target) -> tuple[File, ...]:
        """As `Computer.derived`; part after part, so that memory holds a few million rows."""
        tables = {name: self._dataset(source) for name, source in sources.items()}
        rows = sum(sources[source.table].rows_n for source in declared.grouped)
        parts = max(1, -(-rows // ROWS_AT_ONCE))
        made = []
        for number in range(parts):
            part = self._engine.derived(declared, tables, view_bit=bit, part=Part(number, parts))
            if part.num_rows:
                made.append(target.write(part))
        return tuple(made)

    def figures(
        self, indicator: Indicator, source: Listing, bit: int, now: datetime, target: Target
    ) -> tuple[File, ...]:
        """As `Computer.figures`."""
        made = self._engine.figures(indicator, self._dataset(source), now, view_bit=bit)
        return (target.write(made),) if made.num_rows else ()


def dataset(source: Listing) -> Any:
    """The listed files and no others, for the engine to read what it needs of them."""
    from pyarrow import dataset as ds

    if not source.files:
        return source.schema.empty_table()
    paths = [source.place.path(file.path) for file in source.files]
    return ds.dataset(paths, filesystem=source.place.filesystem, format="parquet", schema=source.schema)


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What is to be computed."""

    name: str
    archive: Location
    view: str
    out: Location


def standing(catalogue: Catalogue, order: Order) -> Result | None:
    """What stands at the order's place, where it is the same that is asked for; None where nothing does.

    Raises Unknown, BadRequest for what can't be computed, or where another result stands; StoreUnavailable.
    """
    planned, of = plan(catalogue, order.name), manifest.must_be_there(order.archive)
    of.bit(order.view)
    _must_fit(planned, of)
    there = result.read(order.out)
    asked = (planned.name, planned.digest, order.archive.absolute, of.generation, order.view)
    if there is not None and there.identity != asked:
        raise BadRequest(
            f"at {order.out.uri} stands {there.name} of generation {there.generation} for {there.view}; "
            "name a new place for --out"
        )
    return there


def compute(catalogue: Catalogue, order: Order, computer: Computer) -> Result:
    """Make all storeys of what is ordered, and say so at the end; nothing is made that stands there already.

    Raises Unknown, BadRequest, StoreUnavailable where a file isn't what the manifest says.
    """
    if (there := standing(catalogue, order)) is not None:
        return there
    planned, of = plan(catalogue, order.name), manifest.must_be_there(order.archive)
    bit = of.bit(order.view)
    with _run(order, private=of.view is None) as run:
        tables = {name: of.tables[name] for name in planned.archived}
        for derived in planned.storeys:
            sources = {source.table: tables[source.table] for source in derived.sources}
            files = computer.derived(derived, sources, bit, run.target(derived.name))
            tables[derived.name] = Listing(
                place=order.out, name=derived.name, columns=columns_of(derived.schema), files=files
            )
        if planned.indicator is not None:
            indicator = planned.indicator
            files = computer.figures(indicator, tables[indicator.source], bit, of.end, run.target(indicator.name))
            columns = columns_made(catalogue, indicator.name)
            tables[indicator.name] = Listing(place=order.out, name=indicator.name, columns=columns, files=files)
        made = Result(
            name=planned.name,
            digest=planned.digest,
            archive=order.archive.absolute,
            generation=of.generation,
            view=order.view,
            begin=of.begin,
            end=of.end,
            member=of.member,
            engine=computer.name,
            rows=tables[planned.name],
        )
        result.write(order.out, made, private=run.private)
        run.keep(made.rows)
    return made


def columns_made(catalogue: Catalogue, name: str) -> Columns:
    """The columns of a result."""
    if name in catalogue.derived:
        return columns_of(catalogue.derived[name].schema)
    indicator = catalogue.indicators[name]
    return columns_of(arrow_schema((*indicator.dimensions, *indicator.measures, WITHHELD)))


def _must_fit(planned: Plan, of: Manifest) -> None:
    """Raises Unknown for a table that the archive has not, or has otherwise than is read of it."""
    if missing := [name for name in planned.archived if name not in of.tables]:
        raise Unknown(f"{planned.name}: the archive has no table {', '.join(missing)}")
    read = {source.table: source.columns for derived in planned.storeys for source in derived.sources}
    for name in planned.archived:
        there = {column for column, _ in of.tables[name].columns}
        if gone := [column for column in read.get(name, ()) if column not in there]:
            raise Unknown(f"{planned.name}: {name} has no column {', '.join(gone)} in this archive; archive it anew")


@dataclass
class _Run:
    place: Location
    folder: str
    private: bool
    kept: frozenset[str] = frozenset()

    def target(self, name: str) -> Target:
        return Target(self.place, f"{self.folder}/{name}", self.private)

    def keep(self, rows: Listing) -> None:
        self.kept = frozenset(file.path for file in rows.files)


@contextmanager
def _run(order: Order, *, private: bool) -> Iterator[_Run]:
    """A folder of its own, so that two who compute the same don't write into each other's files."""
    run = _Run(order.out, f"run-{uuid4().hex[:12]}", private)
    try:
        yield run
    finally:
        for name in order.out.names(run.folder):
            if name not in run.kept:
                order.out.remove(name)


def described(made: Result) -> dict[str, Any]:
    """For whoever asked."""
    return {
        "name": made.name,
        "rows_n": made.rows.rows_n,
        "generation": made.generation,
        "digest": made.digest,
        "view": made.view,
        "begin": isoformat(made.begin),
        "end": isoformat(made.end),
        "engine": made.engine,
    }
