"""Columns by whose value rows are looked for one by one among millions.

Beside each lies 63 bits of its value. Numbers are compared without unpacking text, and the engine skips blocks whose
smallest and greatest can't be it; of text it knows the first eight bytes only, which ids of one kind share. Many rows
that come at once are laid in order, so that most blocks are skipped: what holds by the first of these columns, by which
readers look; versions by their key, by which whoever edits looks, and who asks for the past. Nothing but time hangs on
that: what is found is compared whole.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.kernel.query import Filter, Where
from birlik.kernel.tables import Derived, Field, Table, Type

BULK = 50_000
"""Rows of one commit from which on they are laid in order: fewer don't fill a block that could be skipped."""
NOTHING = -1
FEW = 8
"""Values of which each is looked for by itself."""
MOST = 1_000
"""Values that are looked for at once; more are found by reading through."""


def column_of(name: str) -> str:
    """The hidden column with the bits of a column."""
    return f"birlik_{name}"


def fields_of(declared: Table | Derived) -> tuple[Field, ...]:
    """The hidden columns."""
    return tuple(
        Field(name=column_of(name), type=Type.INT, description=f"63 bits of {name}, by which rows are found.")
        for name in declared.sought
    )


def bits_sql(name: str) -> str:
    """SQL: the bits of a column of text; NOTHING where there is none."""
    return f'coalesce((md5_number_lower("{name}") >> 1)::BIGINT, {NOTHING})'


def bits(text: str) -> int:
    """The same of a value."""
    return (
        int.from_bytes(hashlib.md5(text.encode(errors="surrogatepass"), usedforsecurity=False).digest()[8:], "little")
        >> 1
    )


def columns_sql(declared: Table | Derived) -> str:
    """SQL behind a list of columns: the hidden ones, made of the others; empty where there are none."""
    return "".join(f', {bits_sql(name)} AS "{column_of(name)}"' for name in declared.sought)


def names_sql(declared: Table | Derived) -> str:
    """The same, where they are there already."""
    return "".join(f', "{column_of(name)}"' for name in declared.sought)


def order_sql(declared: Table | Derived) -> str:
    """SQL behind a query of all rows: in what order they are laid."""
    return f' ORDER BY views, "{column_of(declared.sought[0])}"' if declared.sought else ""


def laid(rows: Any, declared: Table, column: str = "") -> Any:
    """Arrow rows of one commit, with the hidden columns, as they are laid: by one of their columns of numbers, else by
    the bits of the first that is sought."""
    if not declared.sought or rows.num_rows < BULK:
        return rows
    numbers = rows.column(column or column_of(declared.sought[0])).to_numpy()
    return rows.take(pa.array(np.argsort(numbers, kind="stable")))


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Where rows are looked for."""

    source: str
    """The table in which they lie, as SQL; or those of its rows of which each has one of several values."""
    found: str = ""
    """SQL: what is asked of the hidden columns; empty where it is asked of the source already, or nothing is."""
    first: str = ""
    """SQL: the same of them, to be asked before anything else; empty where other columns are looked at with them."""

    @property
    def is_handful(self) -> bool:
        """Rows of one value, or of a few, are mostly few."""
        return bool(self.first)

    def only(self, condition: str) -> str:
        """SQL: a condition that rows `t` fulfil, asked of none but those that the hidden columns have found.

        Asked beside them, it would be asked of all rows, and all texts that it names would be unpacked for that.
        """
        guarded = f"CASE WHEN {self.first} THEN {condition} ELSE FALSE END" if self.first else condition
        return f"{self.found} AND {guarded}" if self.found else guarded


def narrowed(declared: Table | Derived | None, source: str, where: Where) -> Narrowed:
    """The same rows, found by the hidden columns.

    One number is compared as rows are read; of several the engine would unpack all columns of all rows to compare
    them. source: the table in which they lie, as SQL; of a query nothing is found so.
    """
    if declared is None or source.startswith("("):
        return Narrowed(source)
    table, found, first = source, [], []
    for item in where:
        if isinstance(item, Filter) and item.column in declared.sought and (values := _values(item)) is not None:
            hidden, asked = f'"{column_of(item.column)}"', sorted({bits(value) for value in values})
            if len(asked) == 1:
                found.append(f"t.{hidden} = {asked[0]}")
                first.append(found[-1])
            elif source == table and len(asked) <= FEW:
                source = f"({' UNION ALL '.join(f'FROM {table} WHERE {hidden} = {one}' for one in asked)})"
                first.append(f"t.{hidden} IN ({', '.join(map(str, asked))})")
            else:
                found.append(f"t.{hidden} IN (SELECT unnest([{', '.join(map(str, asked))}]))")
    return Narrowed(source, " AND ".join(found), " AND ".join(first))


def which(source: str, column: str, asked: Sequence[int]) -> str:
    """SQL: it is one of the rows in which a column of numbers is one of these."""
    listed = ", ".join(map(str, asked))
    # Joined, since to compare each row with a list takes the engine half as long again.
    return f"rowid IN (SELECT rowid FROM {source} WHERE {column} IN (SELECT unnest([{listed}]::BIGINT[])))"


def _values(item: Filter) -> Sequence[str] | None:
    asked = {"=": lambda value: [value], "in": list}.get(item.operator)
    values = asked(item.value) if asked is not None else []
    return values if 0 < len(values) <= MOST and all(isinstance(value, str) for value in values) else None
