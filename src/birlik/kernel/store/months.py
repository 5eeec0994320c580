"""The rows of whole months, as an archive takes them: what a commit up to the watermark brought, and no others."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from birlik.kernel.store.database import Database, fetch, quoted
from birlik.kernel.store.standing import cut
from birlik.kernel.store.store import Store
from birlik.kernel.store.writer import state
from birlik.kernel.tables import Rows, Table


@dataclass(frozen=True, slots=True)
class Month:
    begin: datetime
    end: datetime
    """The first moment that isn't in it."""
    rows_n: int

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
    """Of months before `sealed`, only rows that a later commit than this brought."""
    sealed: datetime | None
    end: datetime
    """Rows that happened before this."""

    def where(self, table: Table) -> tuple[str, list[Any]]:
        """As SQL, with its parameters."""
        tests, values = [f'seq <= ? AND "{table.time}" < ?'], [self.to_seq, self.end]
        if self.bit is not None:
            tests, values = [*tests, "(views & ?) <> 0"], [*values, self.bit]
        if self.sealed is not None:
            tests, values = [*tests, f'(seq > ? OR "{table.time}" >= ?)'], [*values, self.after_seq, self.sealed]
        return " AND ".join(tests), values


def followed(store: Store) -> tuple[datetime, int]:
    """The watermark and the last commit that is in everything that follows."""
    with store.database.world():
        known = state(store.database)
    return datetime.fromisoformat(known.get("watermark", "1970-01-01T00:00:00+00:00")), int(
        known.get("followed_seq", 0)
    )


def is_whole(table: Table) -> bool:
    """Does it stand as a whole, as registers do, rather than as what happened in a month?"""
    return table.facts is not None or not table.time


def found(database: Database, table: Table, chosen: Cut) -> list[Month]:
    """The months in which there are such rows, the earliest first."""
    where, values = chosen.where(table)
    time = f'"{table.time}"'
    rows = database.all(
        # By number, not by date_trunc, which asks the time zone of every row.
        f'SELECT year({time}) * 12 + month({time}) - 1 AS m, count(*) FROM "{table.name}" WHERE {where} '
        "GROUP BY m ORDER BY m",
        values,
    )
    return [Month(_first(m), _first(m + 1), n) for m, n in rows]


def _first(month: int) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)


def rows(database: Database, table: Table, chosen: Cut, month: Month) -> Iterator[Any]:
    """The schema, then record batches: the table's fields, and `views`; in order of time."""
    where, values = chosen.where(table)
    names = quoted([f.name for f in table.fields])
    views = "views" if chosen.bit is None else f"{chosen.bit}::BIGINT AS views"
    return database.batches(
        f'SELECT {names}, {views} FROM "{table.name}" WHERE {where} AND "{table.time}" >= ? AND "{table.time}" < ? '
        f'ORDER BY "{table.time}"',
        [*values, month.begin, month.end],
    )


def whole(store: Store, table: Table, chosen: Cut) -> Rows:
    """A table that stands as a whole, as it stood: fields and `views`, in order of its key."""
    with store.database.world():
        cursor = store.database.cursor()
        stood = store.standing.at(cursor, table.name, chosen.to_seq)
        if chosen.bit is None:
            return stood
        cursor.register("seen_whole", cut(stood, chosen.bit))
        try:
            views = f"{chosen.bit}::BIGINT AS views"
            return fetch(cursor, f"SELECT *, {views} FROM seen_whole ORDER BY {quoted(table.key)}")
        finally:
            cursor.unregister("seen_whole")
