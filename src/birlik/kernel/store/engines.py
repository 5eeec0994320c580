"""Declarations run on one of two engines, over the same rows and with equal results, bit for bit.

The embedded engine is what a node runs on. Spark is for where there are more rows than one machine takes: there a
member's Parquet, the same declarations and the same functions, group by group. Neither reads more than one view may
see, and which view that is has to be said.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias

import pyarrow.compute as pc

from birlik.errors import Unknown
from birlik.kernel.indicators import Indicator
from birlik.kernel.store.database import fetch, quoted
from birlik.kernel.store.derive import derive
from birlik.kernel.store.figures import Test, compute, condition, grouped_rows, suppressed, tests_of
from birlik.kernel.tables import Derived, Field, Rows, arrow_schema

Given: TypeAlias = Path | Rows
"""Rows of a table: a Parquet file, a folder of them, an Arrow table, or a `pyarrow.dataset`."""


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


class Part(NamedTuple):
    """One of several parts of the keys: an object's whole group is in one."""

    number: int = 0
    of: int = 1


ALL = Part()


def columns_there(wanted: Sequence[str], there: Sequence[str], name: str) -> tuple[str, ...]:
    """Each wanted column once. Raises Unknown for one that isn't there."""
    if missing := [column for column in wanted if column not in there]:
        raise Unknown(f"{name}: its source has no column {', '.join(missing)}; it has {', '.join(there)}")
    return tuple(dict.fromkeys(wanted))


def must_be_given(declared: Derived, tables: Mapping[str, Any]) -> None:
    """Raises Unknown for a source that isn't."""
    if missing := [source.table for source in declared.sources if source.table not in tables]:
        raise Unknown(f"{declared.name}: its source {', '.join(missing)} is not given")


def each_once(rows: Rows) -> Rows:
    """A table that is looked up whole: each row once, in an order of its values."""
    names = rows.column_names
    return rows.group_by(names).aggregate([]).select(names).sort_by([(name, "ascending") for name in names])


def read_by(indicator: Indicator) -> tuple[str, ...]:
    """The columns of its source that it reads."""
    return tuple(dict.fromkeys((*indicator.dimension_names, *indicator.also.values(), *indicator.columns)))


def shaped(rows: Rows, fields: tuple[Field, ...], key: Sequence[str]) -> Rows:
    """The declared fields, of the declared types, in order of the key, ties by all else."""
    names = [field.name for field in fields]
    order = [*key, *(name for name in names if name not in key)]
    return rows.select(names).cast(arrow_schema(fields)).sort_by([(name, "ascending") for name in order])


def published(indicator: Indicator, made: Rows) -> Rows:
    """Figures as a view may be told of them."""
    fields = (*indicator.dimensions, *indicator.measures)
    return suppressed(indicator, shaped(made, fields, indicator.dimension_names))


class EmbeddedEngine:
    """DuckDB and the store's own code, in this process."""

    def __init__(self) -> None:
        import duckdb

        config: dict[str, Any] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
        self._connection = duckdb.connect(config=config)
        self._connection.execute("SET TimeZone = 'UTC'")

    def derived(self, declared: Derived, tables: Mapping[str, Given], *, view_bit: int, part: Part = ALL) -> Rows:
        """As `Engine.derived`; of the keys in one part."""
        must_be_given(declared, tables)
        read: dict[str, Rows] = {}
        for source in declared.sources:
            given, by = tables[source.table], () if source.by is None else (source.by,)
            order = declared.order_of(source) if source.by is not None else ()
            rows = self._rows(given, source.columns, declared.name, view_bit, [], order, part, by)
            read[source.table] = each_once(rows) if source.by is None else rows.filter(pc.field(source.by).is_valid())
        return shaped(derive(declared, read), declared.fields, declared.key)

    def figures(self, indicator: Indicator, source: Given, now: datetime, *, view_bit: int) -> Rows:
        """As `Engine.figures`."""
        order = indicator.dimension_names
        tests = tests_of(indicator, now)
        rows = self._rows(source, read_by(indicator), indicator.name, view_bit, tests, order, ALL, ())
        return published(indicator, compute(indicator, grouped_rows(indicator, rows), now))

    def _rows(
        self,
        source: Given,
        wanted: Sequence[str],
        name: str,
        view_bit: int,
        tests: Sequence[Test],
        order: Sequence[str],
        part: Part,
        by: Sequence[str],
    ) -> Rows:
        cursor = self._connection.cursor()
        if isinstance(source, Path):
            relation = cursor.read_parquet(str(source / "*.parquet" if source.is_dir() else source))
        else:
            relation = cursor.from_arrow(source)
        chosen = columns_there(wanted, relation.columns, name)
        where, values = condition(tests)
        if "views" in relation.columns:
            where, values = f"{where} AND (views & ?) <> 0", [*values, view_bit]
        if by and part.of > 1:
            where = f"{where} AND hash({quoted(by)}) % {part.of} = {part.number}"
        ordered = f" ORDER BY {quoted(order)}" if order else ""
        relation.create_view("source")
        try:
            return fetch(cursor, f"SELECT {quoted(chosen)} FROM source WHERE {where}{ordered}", values)
        finally:
            cursor.execute("DROP VIEW source")
            cursor.close()
