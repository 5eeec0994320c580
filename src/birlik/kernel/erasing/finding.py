"""What is to go: the rows of a person, their texts, and the messages in which either stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from birlik.kernel.erasing.texts import SHORTEST, Texts
from birlik.kernel.erasure import tables_of
from birlik.kernel.node import Node
from birlik.kernel.store.database import fetch, literal
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
    lives: Mapping[str, datetime] = field(default_factory=dict)
    """In the place of keys: by table, the moment before which what came has had its life, whoever's it is."""
    messages: frozenset[bytes] = frozenset()
    """Keyed hashes of messages of which something was erased before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """What is to go, as it was found at one moment."""

    order: Order
    conditions: Mapping[str, str]
    """By table, SQL: is it theirs?"""
    rows: Mapping[str, Rows]
    """By table, with the system's columns."""
    keys: Texts
    texts: Texts
    """The keys, and what else their rows say of them."""
    bringing: Flags
    """Messages that brought any of the rows."""
    doubtful: Flags
    """Messages of which not all bytes became rows of their own: refused in part, a repetition, moved since."""

    @property
    def rows_n(self) -> int:
        """In all tables."""
        return sum(rows.num_rows for rows in self.rows.values())


def condition(table: Table, order: Order) -> str:
    """SQL: is a row theirs?"""
    if order.lives:
        return _came_before(order.lives[table.name])
    keys = ", ".join(map(literal, order.keys)) or "NULL"
    theirs = f'coalesce(CAST("{table.person}" AS VARCHAR) IN ({keys}), FALSE)'
    if order.before is None:
        return theirs
    return f"({theirs} AND {_came_before(order.before)})"


def _came_before(moment: datetime) -> str:
    came = f"SELECT message_no FROM birlik_message WHERE received_time < TIMESTAMPTZ '{moment.isoformat()}'"
    return f"message_no IN ({came})"


def found(node: Node, cursor: Any, order: Order) -> Gone:
    """cursor: reads all of one moment."""
    tables = [node.tables[n] for n in order.lives] if order.lives else tables_of(node.tables, order.people)
    conditions = {table.name: condition(table, order) for table in tables}
    rows = {n: fetch(cursor, f'SELECT * FROM "{n}" WHERE {sql} ORDER BY rowid') for n, sql in conditions.items()}
    # What many people's rows say isn't looked for elsewhere: they may have others that are younger.
    said = {text for table in tables for text in _texts(table, rows[table.name])} if not order.lives else set()
    last = int(cursor.execute("SELECT coalesce(max(message_no), 0) FROM birlik_message").fetchall()[0][0])
    bringing = np.zeros(last + 1, np.bool_)
    for each in rows.values():
        bringing[each.column("message_no").to_numpy()] = True
    return Gone(
        order=order,
        conditions=conditions,
        rows={name: each for name, each in rows.items() if each.num_rows},
        keys=Texts(order.keys),
        texts=Texts({*order.keys, *order.texts, *said}),
        bringing=bringing,
        doubtful=_doubtful(node, cursor, last),
    )


def _texts(table: Table, rows: Rows) -> Sequence[str]:
    texts = [f.name for f in table.personal if f.type in (Type.TEXT, Type.JSON)]
    found = {value for name in texts for value in rows.column(name).to_pylist() if value}
    return [text for text in found if len(text) >= SHORTEST]


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
