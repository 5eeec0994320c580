"""Typed tables: an Arrow schema whose fields carry unit, description and the standard's term.

This room and `store` are the only ones that touch pyarrow's untyped surface beside the domains' own batches.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeAlias

import pyarrow as pa

Rows: TypeAlias = Any
"""A `pyarrow.Table`, which ships no types."""


class Type(StrEnum):
    """What a field holds. Times are UTC; durations are whole seconds in an `int` with the suffix `_s`."""

    TEXT = "text"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    TIME = "time"
    JSON = "json"

    @property
    def arrow(self) -> Any:
        return _ARROW[self]


_ARROW = {
    Type.TEXT: pa.string(),
    Type.INT: pa.int64(),
    Type.FLOAT: pa.float64(),
    Type.BOOL: pa.bool_(),
    Type.TIME: pa.timestamp("us", tz="UTC"),
    Type.JSON: pa.string(),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    name: str
    type: Type
    description: str
    unit: str = ""
    """UCUM-like: h, s, m/s, °, km, 1. Empty where there is none."""
    term: str = ""
    """The standard's own word for it, e.g. `EPCIS 2.0 eventTime`."""
    nullable: bool = True
    codes: tuple[str, ...] = ()
    """The closed list it is taken from, if there is one."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of rows as suppliers sent them.

    Every table also has the columns of `SYSTEM`, which the kernel fills.
    """

    name: str
    """Unique in the node; starts with the domain's name: `transport_movement`."""
    title: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    """What makes a row the same row. Two rows that agree here are one."""
    time: str
    """The time column by which rows are deduplicated, filtered and archived."""
    latitude: str | None = None
    longitude: str | None = None
    kept_days: int | None = None
    """How long rows are kept; None is for ever."""
    public_fields: tuple[str, ...] = ()
    """Fields that API and export show; empty means all."""
    facts: Callable[[], Rows] | None = None
    """Makes it a register: the rows that birlik ships. A later row with the same key takes a fact's place."""

    @cached_property
    def schema(self) -> Any:
        """The Arrow schema of what an intake delivers: the declared fields only."""
        return arrow_schema(self.fields)

    @cached_property
    def stored(self) -> Any:
        """The Arrow schema with the columns that the store adds."""
        return arrow_schema((*self.fields, *SYSTEM))

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {f.name: f for f in self.fields}


SYSTEM = (
    Field(name="seq", type=Type.INT, description="Number of the commit that brought the row; never shown."),
    Field(name="message_no", type=Type.INT, description="The message in the journal it came in; never shown."),
    Field(
        name="views",
        type=Type.INT,
        description="Set of views that may see the row, one bit each; never shown.",
    ),
)


def arrow_schema(fields: tuple[Field, ...]) -> Any:
    return pa.schema([pa.field(f.name, f.type.arrow, nullable=f.nullable) for f in fields])


def empty(table: Table) -> Rows:
    return table.schema.empty_table()


def rows_of(table: Table, rows: list[dict[str, Any]]) -> Rows:
    """A batch out of Python dicts: for small deliveries and tests, never for a hot path."""
    return pa.Table.from_pylist(rows, schema=table.schema)


GroupFunction = Callable[[Rows, Mapping[str, Rows]], Rows]
"""(rows of whole groups, registers by name) -> derived rows. Pure; a group's result depends on that group alone."""


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A table that follows from another, key by key, and can be thrown away and made again.

    New source rows name the keys they touch; the derived rows of those keys, from `look_back_days` before
    the earliest new row, are deleted and made again in one transaction. Either `expression` (Ibis, engine-neutral)
    or `function` (Arrow in, Arrow out, over whole groups, which the distributed engine runs as a grouped map).
    """

    name: str
    title: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    source: str
    """The table, or earlier derived table, that it follows from."""
    columns: tuple[str, ...]
    """What it reads of its source. The function sees these and nothing else."""
    by: str
    """The column, in source and result, whose value is the group."""
    source_time: str
    time: str
    """Its own time column, by which rows before the look-back are left as they are."""
    registers: tuple[str, ...] = ()
    """Tables of facts that it looks up. When one is edited, everything is made again."""
    function: GroupFunction | None = None
    expression: Callable[[Any, Mapping[str, Any]], Any] | None = None
    look_back_days: int = 400
    latitude: str | None = None
    longitude: str | None = None
    public_fields: tuple[str, ...] = ()

    @cached_property
    def schema(self) -> Any:
        return arrow_schema(self.fields)

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {f.name: f for f in self.fields}
