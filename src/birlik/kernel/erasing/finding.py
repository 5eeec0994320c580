"""What is to go: the rows of a person, their texts, and the messages in which either stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from birlik.kernel.erasing.texts import SHORTEST, Texts
from birlik.kernel.erasure import tables_of
from birlik.kernel.node import Node
from birlik.kernel.store.database import fetch, literal, quoted
from birlik.kernel.store.system import LASTING, state_of
from birlik.kernel.tables import Rows, Table, Type

Flags = npt.NDArray[np.bool_]
"""By number of a message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """Whom an erasure is about."""

    erasure_id: str
    people: str
    """The table whose key they are."""
    keys: tuple[str, ...]
    """Their keys, as text."""
    before: datetime | None = None
    """Only of what came before, where it was done once and a backup has brought it back."""
    texts: tuple[str, ...] = ()
    """What else is known to be looked for, as from a try that was interrupted."""
    ended: Mapping[str, datetime] = field(default_factory=dict)
    """In the place of keys too: by table that forgets, the moment before which all that a key said had ended."""
    lives: Mapping[str, datetime] = field(default_factory=dict)
    """In the place of keys: by table, the moment before which what came has had its life, whoever's it is."""
    messages: frozenset[bytes] = frozenset()
    """Keyed hashes of messages of which something was erased before."""

    @property
    def is_of_time(self) -> bool:
        """It is about what is over, whoever's it is."""
        return bool(self.lives or self.ended)


@dataclass(frozen=True, kw_only=True)
class Gone:
    """What is to go, as it was found at one moment."""

    order: Order
    tables: Mapping[str, Table]
    conditions: Mapping[str, str]
    """By table, SQL: is it theirs?"""
    rows: Mapping[str, Rows]
    """By table, with the system's columns."""
    keys: Texts
    texts: Texts
    """The keys, and what else their rows say of them."""
    ended: Mapping[str, frozenset[tuple[str, ...]]]
    """By table, the keys of which nothing holds any more, as text."""
    bringing: Flags
    """Messages that brought any of the rows."""
    doubtful: Flags
    """Messages of which not all bytes became rows of their own: refused in part, a repetition, moved since."""

    @property
    def rows_n(self) -> int:
        """In all tables."""
        return sum(rows.num_rows for rows in self.rows.values())

    @cached_property
    def touched(self) -> Mapping[str, frozenset[tuple[str, ...]]]:
        """By table, the keys of which something goes, as text."""
        return {name: frozenset(keys_of(self.tables[name], rows)) for name, rows in self.rows.items()}


def condition(table: Table, order: Order) -> str:
    """SQL: is a row theirs?"""
    if order.is_of_time:
        over = [_came_before(order.lives[table.name])] if table.name in order.lives else []
        over += [has_ended(table, order.ended[table.name])] if table.name in order.ended else []
        return f"(({' OR '.join(over)}) AND {of_anybody(table)})"
    theirs = of_persons(table, ", ".join(map(literal, order.keys)) or "NULL")
    if order.before is None:
        return theirs
    return f"({theirs} AND {_came_before(order.before)})"


_SENT = "message_no > 0"
"""What birlik ships is written down in what was installed, and not erased here."""


def of_persons(table: Table, keys: str) -> str:
    """SQL: is a row of one of these? keys: literals, or a parameter, between commas."""
    columns = table.whose.columns if table.whose is not None else ()
    return _with_parts(
        table, " OR ".join(f'coalesce(CAST("{name}" AS VARCHAR) IN ({keys}), FALSE)' for name in columns)
    )


def of_anybody(table: Table) -> str:
    """SQL: is a row any person's?"""
    if table.whose is None or not table.whose.begins:
        return "TRUE"
    begins = literal(table.whose.begins)
    named = (f'coalesce(starts_with("{name}", {begins}), FALSE)' for name in table.whose.columns)
    return _with_parts(table, " OR ".join(named))


def _with_parts(table: Table, named: str) -> str:
    """SQL: does a row name them, or is it a part or an end of one that does, and says no name itself?"""
    columns = table.whose.columns if table.whose is not None else ()
    if table.is_kept and not set(columns) & set(table.key):
        unsaid = " AND ".join(f'"{name}" IS NULL' for name in columns)
        named = f'({named}) OR ({unsaid} AND coalesce(k IN (SELECT k FROM "{table.name}" WHERE {named}), FALSE))'
    return f"(({named}) AND {_SENT})" if table.facts is not None else f"({named})"


def has_ended(table: Table, moment: datetime) -> str:
    """SQL: had all that is said of a row's key ended before a moment?"""
    lasting = f"coalesce(\"{LASTING[1].name}\" > TIMESTAMPTZ '{moment.isoformat()}', TRUE)"
    return f'(k IS NOT NULL AND k NOT IN (SELECT k FROM "{state_of(table.name)}" WHERE {lasting}))'


def _came_before(moment: datetime) -> str:
    came = f"SELECT message_no FROM birlik_message WHERE received_time < TIMESTAMPTZ '{moment.isoformat()}'"
    return f"message_no IN ({came})"


def found(node: Node, cursor: Any, order: Order) -> Gone:
    """cursor: reads all of one moment."""
    over = dict.fromkeys([*order.lives, *order.ended])
    tables = [node.tables[n] for n in over] if order.is_of_time else tables_of(node.tables, order.people)
    conditions = {table.name: condition(table, order) for table in tables}
    rows = {n: fetch(cursor, f'SELECT * FROM "{n}" WHERE {sql} ORDER BY rowid') for n, sql in conditions.items()}
    # What many people's rows say isn't looked for elsewhere: they may have others that are younger.
    said = {text for table in tables for text in _texts(table, rows[table.name])} if not order.is_of_time else set()
    last = int(cursor.execute("SELECT coalesce(max(message_no), 0) FROM birlik_message").fetchall()[0][0])
    bringing = np.zeros(last + 1, np.bool_)
    for each in rows.values():
        bringing[each.column("message_no").to_numpy()] = True
    return Gone(
        order=order,
        tables={table.name: table for table in tables},
        conditions=conditions,
        rows={name: each for name, each in rows.items() if each.num_rows},
        keys=Texts(order.keys),
        texts=Texts({*order.keys, *order.texts, *said}),
        ended={name: _keys(node.tables[name], rows[name], cursor, moment) for name, moment in order.ended.items()},
        bringing=bringing,
        doubtful=_doubtful(node, cursor, last),
    )


def _texts(table: Table, rows: Rows) -> Sequence[str]:
    texts = [f.name for f in table.personal if f.type in (Type.TEXT, Type.JSON)]
    for name, values in (table.whose.known_by if table.whose is not None else {}).items():
        rows = rows.filter(pc.is_in(rows.column(name), value_set=pa.array(values, pa.string())))
    found = {value for name in texts for value in rows.column(name).to_pylist() if value}
    return [text for text in found if len(text) >= SHORTEST]


def _keys(table: Table, rows: Rows, cursor: Any, moment: datetime) -> frozenset[tuple[str, ...]]:
    """Of rows that go, the keys of which all goes since it has ended."""
    asked = f'SELECT DISTINCT {quoted(table.key)} FROM "{table.name}" WHERE {has_ended(table, moment)}'
    return frozenset(tuple(map(str, key)) for key in cursor.execute(asked).fetchall()) if rows.num_rows else frozenset()


def keys_of(table: Table, rows: Rows) -> Iterator[tuple[str, ...]]:
    """The keys of rows, as text."""
    return zip(*(map(str, rows.column(name).to_pylist()) for name in table.key), strict=True)


def _doubtful(node: Node, cursor: Any, last: int) -> Flags:
    counted = [i.media_type for i in node.intakes.values() if i.counted]
    brought = " UNION ALL ".join(
        f'SELECT message_no, count(*) AS n FROM "{name}" GROUP BY 1' for name in node.store.declared_tables
    )
    sql = (
        f"WITH brought AS (SELECT message_no, sum(n) AS n FROM ({brought}) GROUP BY 1) "
        "SELECT message_no FROM birlik_message m LEFT JOIN brought b USING (message_no) WHERE m.refused_n > 0 "
        "OR m.duplicate_n > 0 OR m.accepted_n > coalesce(b.n, 0) OR list_contains(?::VARCHAR[], m.media_type)"
    )
    flags = np.zeros(last + 1, np.bool_)
    flags[fetch(cursor, sql, [counted]).column(0).to_numpy()] = True
    return flags
