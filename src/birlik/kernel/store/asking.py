"""Questions that an intake leaves to the commit: one look-up for all that commit together, each in its turn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pyarrow as pa

from birlik.kernel.intake import Asks
from birlik.kernel.store.database import Database, quoted
from birlik.kernel.store.prepared import Prepared
from birlik.kernel.store.seen import Seen
from birlik.kernel.tables import Table

Place = tuple[str, str]
"""(table, column)"""
_Rows = dict[str, list[tuple[Callable[[], dict[str, Any]], int]]]
"""By value: (what gives the row, its views); a row is taken out only where somebody asks for it."""


def answered(
    database: Database, tables: Mapping[str, Table], batch: Sequence[Prepared], seen: Seen
) -> Sequence[Prepared]:
    """The batch with its questions answered: by the store, and by what stands earlier in the batch.

    A row counts only where every reader of the delivery may see it: one that is hidden from some of them must not
    decide what they are told. The order of a batch is that of its journal, so a rebuild answers alike.
    """
    if not any(item.decoded.asks for item in batch):
        return batch
    asked = _asked(batch)
    known = {place: _in_store(database, tables[place[0]], place[1], of, seen) for place, of in asked.items()}
    # Mostly nobody asks for what another one of the batch brings: then nothing need be noted.
    repeat = {place for place, of in asked.items() if len(of) < _asked_n(batch, place)}
    made: list[Prepared] = []
    for item in batch:
        asks = item.decoded.asks
        if asks is not None:
            found = _found(known[asks.table, asks.column], asks, item.views)
            decoded = asks.again(found) if found else replace(item.decoded, asks=None)
            item = replace(item, decoded=decoded)
        for name, column in repeat:
            _note(known[name, column], tables[name], column, item.decoded.rows.get(name, ()), item.views)
        made.append(item)
    return made


def _asked(batch: Sequence[Prepared]) -> dict[Place, set[str]]:
    asked: dict[Place, set[str]] = {}
    for item in batch:
        if (asks := item.decoded.asks) is not None:
            asked.setdefault((asks.table, asks.column), set()).update(asks.values)
    return asked


def _asked_n(batch: Sequence[Prepared], place: Place) -> int:
    """How often values are asked for, once a delivery each."""
    return sum(len(set(a.values)) for i in batch if (a := i.decoded.asks) and (a.table, a.column) == place)


def _in_store(database: Database, table: Table, column: str, values: set[str], seen: Seen) -> _Rows:
    # The engine finds Arrow rows by the names of variables: to register them would cost more than the question.
    cursor = database.cursor()
    asked = pa.table({column: pa.array(sorted(values), pa.string())})
    question = (table.name, (column,))
    hashes = cursor.execute(f"SELECT {seen.key(question)} AS k FROM asked").fetchnumpy()["k"]
    maybe = seen.doubted(question, hashes)
    if not maybe.any():
        return {}
    doubted = asked.filter(pa.array(maybe))  # noqa: F841
    names = quoted([*table.by_name, "views"])
    sql = f'SELECT {names} FROM "{table.name}" WHERE "{column}" IN (SELECT "{column}" FROM doubted) ORDER BY seq'
    rows = cursor.execute(sql).to_arrow_table()
    found: _Rows = {}
    pairs = zip(rows.column(column).to_pylist(), rows.column("views").to_pylist(), strict=True)
    for index, (value, views) in enumerate(pairs):
        found.setdefault(value, []).append((partial(_taken_out, rows, index), views))
    return found


def _taken_out(rows: Any, index: int) -> dict[str, Any]:
    row: dict[str, Any] = rows.slice(index, 1).to_pylist()[0]
    return row


def _found(known: _Rows, asks: Asks, views: int) -> list[dict[str, Any]]:
    return [row() for value in asks.values for row, seen_by in known.get(value, ()) if seen_by & views == views]


def _note(known: _Rows, table: Table, column: str, rows: Any, views: int) -> None:
    if isinstance(rows, pa.Table):
        for index, value in enumerate(rows.column(column).to_pylist()):
            known.setdefault(value, []).append((partial(_taken_out, rows, index), views))
        return
    names = tuple(table.by_name)
    at = names.index(column)
    for row in rows:
        known.setdefault(row[at], []).append((partial(_named, names, row), views))


def _named(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(names, row, strict=True))
