"""What who reads may find by a column, and what who sends a delivery may: what their view sees, and what they sent.

Of those who read the node's own view nothing is hidden, and they ask of what stands. Of others who send, the versions
that they see are folded anew, for the few keys that a delivery names: a hidden word about a row of theirs must not
answer.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from birlik.kernel.policy import OWN
from birlik.kernel.store.database import Database, fetch, quoted
from birlik.kernel.store.folding import folded, holding
from birlik.kernel.store.prepared import Prepared
from birlik.kernel.store.seeing import seen_by
from birlik.kernel.store.system import MESSAGE, state_of
from birlik.kernel.tables import Rows, Table

OWN_BIT = 1 << OWN
MOST = 10_001
"""Rows that are found at once."""
Find = Callable[[str, str, Sequence[Any]], Rows]
"""(table, column, values) -> the rows that hold, as far as who asks sees them."""


def finder(database: Database, tables: Mapping[str, Table], bit: int, at: datetime) -> Find:
    """What a view sees (`bit`) of what holds at a moment."""

    def find(name: str, column: str, values: Sequence[Any]) -> Rows:
        source = f'"{state_of(name) if tables[name].is_kept else name}"'
        sql = f"SELECT {quoted(list(tables[name].by_name))} FROM {source} WHERE {seen_by(bit)} AND {{}}"
        return fetch(database.cursor(), sql.format(_wanted(tables[name], column, at)), [list(values)])

    return find


def due(
    database: Database, table: Table, bit: int, column: str, now: datetime, until: datetime, begin: int, limit: int
) -> Rows:
    """The rows that hold now, as far as a view sees them, of which a moment lies behind now and no later than until, in
    order of that; from the one behind `begin` of them on. As with `finder`, who is named by a row is told of it,
    whoever may read the table."""
    sql = (
        f'SELECT {quoted(list(table.by_name))} FROM "{state_of(table.name)}" WHERE {seen_by(bit)} '
        f'AND {holding(table, now)} AND "{column}" > ? AND "{column}" <= ? '
        f'ORDER BY "{column}", {quoted(table.key)} LIMIT ? OFFSET ?'
    )
    return fetch(database.cursor(), sql, [now, until, limit, begin])


def _wanted(table: Table, column: str, at: datetime) -> str:
    return f'{holding(table, at)} AND "{column}" IN (SELECT unnest(?)) LIMIT {MOST}'


def sees_all(item: Prepared) -> bool:
    """Is nothing hidden from who sends it?"""
    return item.sight == OWN_BIT


def sees(item: Prepared, views: int, source_id: str) -> bool:
    """Does who sends it see a row of these views, which a source has sent?"""
    return views & item.sight != 0 or source_id == item.delivery.source_id


def senders_finder(database: Database, tables: Mapping[str, Table], item: Prepared, *, shared: bool = False) -> Find:
    """What who sends sees of what holds when it came: by that time, not by a clock, since a rebuild must find the same.

    shared: only what all readers of the delivery may see, too.
    """
    at = item.delivery.received_time
    if sees_all(item):
        return finder(database, tables, OWN_BIT, at)

    def find(name: str, column: str, values: Sequence[Any]) -> Rows:
        cursor, table = database.cursor(), tables[name]
        seen = _seen(cursor, table, column, values, item, item.views if shared else 0)
        sql = f"SELECT {quoted(list(table.by_name))} FROM ({seen}) WHERE {_wanted(table, column, at)}"
        return fetch(cursor, sql, [list(values)])

    return find


def _seen(cursor: Any, table: Table, column: str, values: Sequence[Any], item: Prepared, views: int) -> str:
    """SQL: the rows, or what holds of the versions, that who sends sees of whatever has one of the values.

    views: by which a row must be seen besides.
    """
    theirs = f"message_no IN (SELECT message_no FROM {MESSAGE.name} WHERE source_id = ?)"
    named = f'"{column}" IN (SELECT unnest(?))'
    among = f'k IN (SELECT k FROM "{table.name}" WHERE {named})' if table.is_kept else named
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE seen_by_sender AS SELECT * REPLACE ({OWN_BIT}::BIGINT AS views) "
        f'FROM "{table.name}" WHERE {among} AND ({seen_by(item.sight)} OR {theirs}) AND views & {views} = {views}',
        [list(values), item.delivery.source_id],
    )
    return folded(table, "seen_by_sender", [OWN_BIT]) if table.is_kept else "FROM seen_by_sender"
