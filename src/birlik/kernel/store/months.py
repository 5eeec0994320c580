"""The rows of whole months, as an archive takes them: what a commit up to the watermark brought, and no others."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from birlik.kernel.store.database import Database, fetch, quoted
from birlik.kernel.store.folding import holding
from birlik.kernel.store.seeing import seen_by
from birlik.kernel.store.store import Store
from birlik.kernel.store.system import state_of
from birlik.kernel.store.writer import state
from birlik.kernel.tables import Rows, Table


@dataclass(frozen=True, slots=True)
class Month:
    begin: datetime
    end: datetime
    """The first moment that isn't in it."""

    @property
    def name(self) -> str:
        """`2026-03`"""
        return f"{self.begin:%Y-%m}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """Which rows of a table are meant."""

    bit: int | None
    """Those of one view; None: all."""
    to_seq: int
    after_seq: int
    """Of months before `sealed`, only what a later commit than this brought or relabelled."""
    sealed: datetime | None
    end: datetime
    """Rows that happened before this."""

    def is_sealed(self, month: Month) -> bool:
        """Whether its rows up to `after_seq` are there already."""
        return self.sealed is not None and month.end <= self.sealed

    def later(self, alias: str) -> str:
        """SQL: did a commit bring it, or its labels, that isn't there yet?"""
        return f"{alias}.seq > {self.after_seq} AND {alias}.seq <= {self.to_seq}"


def followed(store: Store) -> tuple[datetime, int]:
    """The watermark and the last commit that is in everything that follows."""
    with store.database.world():
        known = state(store.database)
    return datetime.fromisoformat(known.get("watermark", "1970-01-01T00:00:00+00:00")), int(
        known.get("followed_seq", 0)
    )


def is_whole(table: Table) -> bool:
    """Does it stand as a whole, as what is kept does, rather than as what happened in a month?"""
    return table.is_kept or not table.time


def found(database: Database, table: Table, chosen: Cut) -> list[Month]:
    """The months of which there is something to bring, whoever may see it; the earliest first."""
    time = f't."{table.time}"'
    tests, values = [f"t.seq <= {chosen.to_seq} AND {time} < ?"], [chosen.end]
    if chosen.sealed is not None:
        tests, values = [*tests, f"({time} >= ? OR {chosen.later('t')})"], [*values, chosen.sealed]
    rows = database.all(
        # By number, not by date_trunc, which asks the time zone of every row.
        f'SELECT year({time}) * 12 + month({time}) - 1 AS m FROM "{table.name}" t WHERE {" AND ".join(tests)} '
        "GROUP BY m ORDER BY m",
        values,
    )
    return [Month(_first(m), _first(m + 1)) for (m,) in rows]


def _first(month: int) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)


def rows(database: Database, table: Table, chosen: Cut, month: Month) -> Iterator[Any]:
    """The schema, then record batches: the table's fields, and `views`; in order of time.

    Of a sealed month all rows of the keys of which something is later: see `changed`.
    """
    names = quoted([f.name for f in table.fields])
    views, seen = _cut(chosen.bit)
    keys = ""
    if chosen.is_sealed(month):
        same = " AND ".join(f'c."{k}" IS NOT DISTINCT FROM t."{k}"' for k in table.key)
        keys = f"AND EXISTS (FROM ({_later(table, chosen)}) c WHERE {same})"
    values = [month.begin, month.end] * (2 if keys else 1)
    return database.batches(
        f'SELECT {names}, {views} FROM "{table.name}" t WHERE {seen} AND seq <= {chosen.to_seq} '
        f'AND "{table.time}" >= ? AND "{table.time}" < ? {keys} ORDER BY "{table.time}"',
        values,
    )


def _cut(bit: int | None) -> tuple[str, str]:
    """SQL: what stands for `views`, and which rows are meant."""
    return ("views", "TRUE") if bit is None else (f"{bit}::BIGINT AS views", seen_by(bit))


def _later(table: Table, chosen: Cut) -> str:
    time = f'l."{table.time}"'
    return (
        f'SELECT DISTINCT {quoted(table.key)} FROM "{table.name}" l '
        f"WHERE {chosen.later('l')} AND {time} >= ? AND {time} < ?"
    )


def changed(database: Database, table: Table, chosen: Cut, month: Month) -> Rows:
    """The keys of a sealed month of which something is later: a late row, or other labels of one that is there.

    Whatever is there of them gives way to what holds now, or a row would stand under its old labels beside the new.
    """
    return database.arrow(_later(table, chosen), [month.begin, month.end])


def without(database: Database, table: Table, archived: Rows, keys: Rows) -> Rows:
    """Archived rows, less those of some keys; in their order."""
    same = " AND ".join(f'k."{name}" IS NOT DISTINCT FROM a."{name}"' for name in table.key)
    with database.world():
        cursor = database.cursor()
        cursor.register("archived_rows", archived)
        cursor.register("changed_keys", keys)
        try:
            kept = f"SELECT * FROM archived_rows a WHERE NOT EXISTS (FROM changed_keys k WHERE {same})"
            return fetch(cursor, f'{kept} ORDER BY "{table.time}"')
        finally:
            cursor.unregister("archived_rows")
            cursor.unregister("changed_keys")


def whole(store: Store, table: Table, bit: int | None) -> Rows:
    """A table that stands as a whole, as it stands at the watermark: fields and `views`, in order of its key."""
    names, source = quoted([f.name for f in table.fields]), state_of(table.name) if table.is_kept else table.name
    views, seen = _cut(bit)
    seen = f"{seen} AND {holding(table, followed(store)[0])}"
    return store.database.arrow(f'SELECT {names}, {views} FROM "{source}" WHERE {seen} ORDER BY ALL')
