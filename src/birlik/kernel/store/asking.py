"""Questions that an intake leaves to the commit: one look-up for all that commit together, each in its turn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from birlik.errors import DeliveryError, Malformed
from birlik.kernel.intake import MOST_ROUNDS, Asks, Decoded, listed
from birlik.kernel.store.database import Database, quoted
from birlik.kernel.store.prepared import Prepared
from birlik.kernel.store.seen import Seen
from birlik.kernel.store.sight import sees, senders_finder
from birlik.kernel.store.system import MESSAGE, state_of
from birlik.kernel.tables import ENDED, WHOLE, Table
from birlik.said import Said

Place = tuple[str, str]
"""(table, column)"""


class _Row(NamedTuple):
    give: Callable[[], dict[str, Any]]
    """A row is taken out only where somebody asks for it."""
    views: int
    source_id: str


_Rows = dict[str, list[_Row]]
"""By value."""


def answered(
    database: Database, tables: Mapping[str, Table], batch: Sequence[Prepared], seen: Seen
) -> Sequence[Prepared]:
    """The batch with its questions answered: by the store, and by what stands earlier in the batch.

    A row counts only where its sender and every reader of the delivery may see it: one that is hidden from some of them
    must not decide what they are told. The order of a batch is that of its journal, so a rebuild answers alike.
    """
    if not any(item.decoded.asks for item in batch):
        return batch
    asked = _asked(batch)
    known = {place: _in_store(database, tables[place[0]], place[1], of, seen) for place, of in asked.items()}
    # Mostly nobody asks for what another one of the batch brings: then nothing need be noted.
    repeat = {place for place, of in asked.items() if len(of) < _asked_n(batch, place)}
    made: list[Prepared] = []
    for item in batch:
        first = item.decoded.asks
        if first is not None:
            commit = _Commit(database, tables, seen, made)
            item = replace(item, decoded=_in_rounds(commit, item, known[first.table, first.column]))
        for name, column in repeat:
            _note(known[name, column], tables[name], column, item)
        made.append(item)
    return made


@dataclass(frozen=True, slots=True)
class _Commit:
    """What a question is asked of."""

    database: Database
    tables: Mapping[str, Table]
    seen: Seen
    earlier: Sequence[Prepared]
    """What commits together, but before."""


def _in_rounds(commit: _Commit, item: Prepared, known: _Rows) -> Decoded:
    """What comes of a delivery when all of its questions are answered. known: the store's answer to the first."""
    decoded = item.decoded
    for _ in range(MOST_ROUNDS):
        if (asks := decoded.asks) is None:
            return decoded
        found = _found(commit, known, asks, item)
        if asks.none_too:
            found = _with_earlier(commit, asks, found, item)
        if not found and not asks.none_too:
            return replace(decoded, asks=None)
        try:
            decoded = listed(asks.again(found))
        except DeliveryError as error:
            return _refused(item, error)
        if (more := decoded.asks) is not None:
            table = commit.tables[more.table]
            known = _in_store(commit.database, table, more.column, set(more.values), commit.seen)
    if decoded.asks is None:
        return decoded
    return _refused(item, Malformed(Said("it asks in more than {n} rounds", n=MOST_ROUNDS)))


def _refused(item: Prepared, error: DeliveryError) -> Decoded:
    error.raw = error.raw or item.delivery.body
    return Decoded(refused=(error,), failed=error)


def _with_earlier(commit: _Commit, asks: Asks, found: list[dict[str, Any]], asker: Prepared) -> list[dict[str, Any]]:
    """With what commits together but before: rows that begin, change or end."""
    table, values = commit.tables[asks.table], set(asks.values)
    time = table.rule.time if table.rule is not None else ""
    rows = {tuple(row[k] for k in table.key): row for row in found}
    for item in commit.earlier:
        made = item.decoded.rows.get(table.name)
        if made is None or len(made) == 0:
            continue
        for row in _as_rows(table, made, item.views):
            key = tuple(row[k] for k in table.key)
            says = row.pop("says")
            if not _counts(asks, asker, row.pop("views"), item.delivery.source_id):
                continue
            if time and key in rows and row[time] < rows[key][time]:
                continue  # by its source's own time it was said before what holds
            if says == ENDED:
                rows.pop(key, None)
            elif says == WHOLE and row[asks.column] in values:
                rows[key] = row
            elif says != WHOLE and key in rows:
                rows[key] |= {n: row[n] for i, n in enumerate(table.by_name) if says & (1 << i)}
    return list(rows.values())


def _as_rows(table: Table, made: Any, views: int) -> list[dict[str, Any]]:
    """Rows of a delivery with `says` and `views`, whether or not they say them."""
    told = made.to_pylist() if isinstance(made, pa.Table) else [_named(tuple(table.by_name), row) for row in made]
    usual = {"says": WHOLE, "views": views}
    return [{**usual, **{n: v for n, v in row.items() if v is not None or n not in usual}} for row in told]


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
    names = quoted([*table.by_name, "views", "message_no"])
    source = state_of(table.name) if table.is_kept else table.name
    sql = f'SELECT {names} FROM "{source}" WHERE "{column}" IN (SELECT "{column}" FROM doubted) ORDER BY seq'
    rows = cursor.execute(sql).to_arrow_table()
    senders = _senders(cursor, rows.column("message_no"))
    found: _Rows = {}
    columns = (rows.column(name).to_pylist() for name in (column, "views", "message_no"))
    for index, (value, views, number) in enumerate(zip(*columns, strict=True)):
        found.setdefault(value, []).append(_Row(partial(_taken_out, rows, index), views, senders.get(number, "")))
    return found


def _senders(cursor: Any, numbers: Any) -> dict[int, str]:
    """By number of a message, who sent it; facts that birlik ships are of none."""
    messages = f"SELECT message_no, source_id FROM {MESSAGE.name} WHERE message_no IN (SELECT unnest(?))"
    return dict(cursor.execute(messages, [pc.unique(numbers).to_pylist()]).fetchall())


def _taken_out(rows: Any, index: int) -> dict[str, Any]:
    row: dict[str, Any] = rows.slice(index, 1).to_pylist()[0]
    return row


def _found(commit: _Commit, known: _Rows, asks: Asks, item: Prepared) -> list[dict[str, Any]]:
    if commit.tables[asks.table].is_kept and item.views & item.sight == 0:
        # Versions that its readers see and its sender doesn't may have decided what stands.
        find = senders_finder(commit.database, commit.tables, item, shared=True)
        made: list[dict[str, Any]] = find(asks.table, asks.column, asks.values).to_pylist()
        return made
    rows = [row for value in asks.values for row in known.get(value, ())]
    return [row.give() for row in rows if _counts(asks, item, row.views, row.source_id)]


def _counts(asks: Asks, item: Prepared, views: int, source_id: str) -> bool:
    """Does a row count for who asks?"""
    if views & item.views != item.views or (asks.own and source_id != item.delivery.source_id):
        return False
    return sees(item, views, source_id)


def _note(known: _Rows, table: Table, column: str, item: Prepared) -> None:
    rows, views, source_id = item.decoded.rows.get(table.name, ()), item.views, item.delivery.source_id
    if isinstance(rows, pa.Table):
        for index, value in enumerate(rows.column(column).to_pylist()):
            known.setdefault(value, []).append(_Row(partial(_taken_out, rows, index), views, source_id))
        return
    names = tuple(table.by_name)
    at = names.index(column)
    for row in rows:
        known.setdefault(row[at], []).append(_Row(partial(_named, names, row), views, source_id))


def _named(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(names, row, strict=True))
