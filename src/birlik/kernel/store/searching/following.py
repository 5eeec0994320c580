"""Keeping the indexes up with a step: what of a table changed, set of views by set, before and after.

The file is committed just before the store is. Where a crash comes between the two, it has one commit more than the
store knows of: the keys of that commit are read again, whatever has become of them.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

import apsw
import orjson

from birlik.clock import utc
from birlik.kernel.meaning.texts import Meaning, Spoken
from birlik.kernel.search import Keyed
from birlik.kernel.store.database import fetch, quoted
from birlik.kernel.store.derive import Progress
from birlik.kernel.store.searching.entries import Entry
from birlik.kernel.store.searching.file import DAMAGED, SearchFile, drop, rows, said, say, world
from birlik.kernel.store.searching.parts import Part, begun, parted, parts_of, split
from birlik.kernel.store.searching.vectors import Nearest
from birlik.kernel.store.searching.writing import Reading, add, count_anew, put, stored, take
from birlik.kernel.store.seeing import seen_by
from birlik.kernel.store.snapshot import Snapshot
from birlik.kernel.tables import Derived, Rows, Table, Type

SEARCH = "search:"
"""Begins the name under which a table's indexes are something that is made."""
NOTED = "searched"
"""Key of the store's state: which commit of which file belongs to it."""
AT_ONCE = 20_000
"""Rows that are put into an index in one go."""
ALL = "*"
"""In the place of a key: any of the table's may have changed."""


class Following:
    """The indexes of one node, as its steps keep them."""

    def __init__(self, file: SearchFile, tables: Mapping[str, Table | Derived], meaning: Meaning | None = None) -> None:
        """tables: those that declare a `search`, by name. meaning: None where rows are found by words only."""
        self.file, self.tables, self.meaning = file, tables, meaning
        self.readings = {
            name: Reading(t.key, t.search, Keyed(t.search.key), t.search.meaning and meaning is not None)
            for name, t in tables.items()
            if t.search is not None
        }
        self.nearest = Nearest()
        self._ahead: dict[str, set[str]] = {}
        """By table, the keys of a commit that the store doesn't know of."""
        self._next, self._is_open = 0, False

    # --- a step ---------------------------------------------------------------------------------------------------

    def begin(self, noted: str | None) -> frozenset[str]:
        """The tables that are made anew, with SEARCH before each. noted: what the store has under NOTED."""
        if self.file.damaged:
            self.file.begin_anew("a reader couldn't read it")
        connection = self.file.writer
        mine, n = said(connection, "id"), int(said(connection, "n") or 0)
        of, _, number = (noted or "").partition(" ")
        is_ours = of == mine and int(number) in (n, n - 1)
        self._next, self._ahead = (int(number) if is_ours else n) + 1, {}
        if not is_ours:
            return frozenset(SEARCH + name for name in self.readings)
        if self._next == n:
            for table, key in rows(connection, "SELECT tbl, key FROM last"):
                self._ahead.setdefault(table, set()).add(key)
        there = {name for (name,) in rows(connection, "SELECT DISTINCT tbl FROM part WHERE ready")}
        lacking = {name for name in self.readings if name not in there or ALL in self._ahead.get(name, ())}
        return frozenset(SEARCH + name for name in lacking)

    @property
    def is_ahead(self) -> bool:
        """A step has to look what has become of a commit that the store doesn't know of."""
        return bool(self._ahead)

    def _open(self) -> apsw.Connection:
        connection = self.file.writer
        if not self._is_open:
            connection.execute("BEGIN IMMEDIATE")
            if not self._ahead:
                connection.execute("DELETE FROM last")
            say(connection, n=str(self._next))
            self._is_open = True
        return connection

    def commit(self) -> str | None:
        """Returns what the store is to note with the same step; None where nothing was done."""
        if not self._is_open:
            return None
        connection = self.file.writer
        with world():
            for (name,) in rows(connection, "SELECT DISTINCT tbl FROM part"):
                if name not in self.readings:
                    _drop_all(connection, name)
                    self.file.to_clear = True
            connection.execute("COMMIT")
        self._is_open = False
        return f"{said(connection, 'id')} {self._next}"

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        """Around the store's own transaction. What was taken out is left in no log either."""
        try:
            yield
        except BaseException:
            if self._is_open:
                self._is_open = False
                self.file.writer.execute("ROLLBACK")
            raise
        self._ahead = {}
        self.file.clear_log()

    # --- one table ------------------------------------------------------------------------------------------------

    def refresh(self, snapshot: Snapshot, name: str, views: int, progress: Progress, *, anew: bool) -> bool:
        """Bring the indexes of a table up to date. False where the file turns out to be damaged: the next step makes
        them."""
        try:
            with world():
                if anew:
                    self._make(snapshot, name, views, progress)
                else:
                    self._follow(snapshot, name)
        except DAMAGED as error:
            self._is_open = False
            self.file.begin_anew(str(error))
            return False
        return True

    def _make(self, snapshot: Snapshot, name: str, views: int, progress: Progress) -> None:
        """From nothing. Readers have the old ones until it is done; until there is any, none."""
        reading, relation = self.readings[name], snapshot.relation(name)
        connection = self._open()
        connection.execute("INSERT OR IGNORE INTO last VALUES (?, ?)", (name, ALL))
        old = parts_of(connection, name)
        masks = [mask for (mask,) in snapshot.cursor.execute(f"SELECT DISTINCT views FROM {relation}").fetchall()]
        time = self.tables[name].time
        order = quoted(list(dict.fromkeys((*((time,) if time else ()), *reading.key))))
        made = [begun(connection, name, each) for each in parted([views], masks)]
        for done, part in enumerate(made, start=1):
            asked = f"SELECT {quoted(reading.columns)} FROM {relation} WHERE {seen_by(part.bit)} ORDER BY {order}"
            pieces = (_read(reading, piece) for piece in _pieces(snapshot.cursor, asked))
            for entries, meant in _beside(pieces):
                _first(connection, part, entries, meant)
                connection.execute("COMMIT; BEGIN IMMEDIATE")
            count_anew(connection, part)
            progress(f"search of {name}", done, len(made))
        for part in old:
            drop(connection, part.no)
            self.file.to_clear = True
        connection.execute("UPDATE part SET ready = TRUE WHERE tbl = ?", (name,))

    def _follow(self, snapshot: Snapshot, name: str) -> None:
        told = self._told(snapshot, name)
        ahead = self._ahead.get(name, set())
        if not told and not ahead:
            return
        connection, meant = self._open(), {each.entry: each.meant for each in told if each.meant is not None}
        keys = {each.entry.key for each in told}
        connection.executemany("INSERT OR IGNORE INTO last VALUES (?, ?)", [(name, key) for key in sorted(keys)])
        table = self.tables[name]
        comes_only = isinstance(table, Table) and not table.is_kept
        for part in split(connection, name, {each.views for each in told}):
            come, gone = _net(told, part)
            # Of what is only added to, nobody says that a row was there for others before.
            unsure = ahead | (set(stored(connection, part, keys - set(come))) if comes_only else set())
            if unsure:
                stand = self._standing(snapshot, name, unsure, part, meant)
                come, gone = {**come, **stand}, (gone | unsure) - set(stand)
            out = take(connection, part, sorted(gone)) + put(connection, part, come.values(), meant)
            self.file.to_clear = self.file.to_clear or out > 0

    def _told(self, snapshot: Snapshot, name: str) -> list["_Told"]:
        """The changed rows, in their order."""
        reading, changed, table = self.readings[name], snapshot.changed(name), self.tables[name]
        if changed is None:
            return []
        was = "FALSE" if isinstance(table, Table) and not table.is_kept else "was"
        rows = fetch(snapshot.cursor, f"SELECT {quoted(reading.columns)}, views, {was} AS was FROM {changed}")
        rows = rows.sort_by(
            [(k, "ascending") for k in (*((table.time,) if table.time in reading.columns else ()), *reading.key)]
        )
        views, gone = rows.column("views").to_pylist(), rows.column("was").to_pylist()
        entries, meant = _read(reading, rows)
        return list(map(_Told, entries, views, gone, map(meant.get, entries)))

    def _standing(
        self, snapshot: Snapshot, name: str, keys: set[str], part: Part, meant: dict[Entry, Spoken]
    ) -> dict[str, Entry]:
        """By key, what stands now of some rows, as a set of views sees them; what they say is put into `meant`."""
        reading, fields = self.readings[name], self.tables[name].by_name
        asked = [orjson.loads(key) for key in sorted(keys)]
        first = [utc(v) if fields[reading.key[0]].type is Type.TIME and v is not None else v for v, *_ in asked]
        sql = (
            f"SELECT {quoted(reading.columns)} FROM {snapshot.relation(name)} "
            f'WHERE {seen_by(part.bit)} AND "{reading.key[0]}" IN (SELECT unnest(?)) ORDER BY {quoted(reading.key)}'
        )
        entries, said = _read(reading, fetch(snapshot.cursor, sql, [first]))
        meant |= said
        found = {entry.key: entry for entry in entries}
        return {key: found[key] for key in keys if key in found}


@dataclass(frozen=True, slots=True)
class _Told:
    """A changed row, as an index has it."""

    entry: Entry
    views: int
    was: bool
    meant: Spoken | None


def _net(told: Sequence[_Told], part: Part) -> tuple[dict[str, Entry], set[str]]:
    """What came for a set of views by key, and the keys of what went, after all that was said in a step."""
    counted = Counter[Entry]()
    for each in told:
        if each.views & part.bit:
            counted[each.entry] += -1 if each.was else 1
    come = {entry.key: entry for entry, n in counted.items() if n > 0}
    return come, {entry.key for entry, n in counted.items() if n < 0} - set(come)


_Read: TypeAlias = tuple[list[Entry], dict[Entry, Spoken]]


def _read(reading: Reading, rows: Rows) -> _Read:
    entries = reading.entries(rows)
    return entries, reading.meant(rows, entries)


def _first(connection: apsw.Connection, part: Part, entries: Sequence[Entry], meant: Mapping[Entry, Spoken]) -> None:
    """Into an index that is made: nearly always under keys that aren't there."""
    try:
        with connection:
            add(connection, part, entries, meant, counted=False)
    except apsw.ConstraintError:
        put(connection, part, entries, meant, counted=False)


def _beside(made: Iterator[_Read]) -> Iterator[_Read]:
    """The same, each made in a thread while the one before is written."""
    with ThreadPoolExecutor(1, "birlik words") as maker:
        coming = maker.submit(next, made, None)
        while (read := coming.result()) is not None:
            coming = maker.submit(next, made, None)
            yield read


def _pieces(cursor: Any, asked: str) -> Iterator[Rows]:
    import pyarrow as pa

    for batch in cursor.sql(asked).to_arrow_reader(AT_ONCE):
        yield pa.Table.from_batches([batch])


def _drop_all(connection: apsw.Connection, table: str) -> None:
    """The indexes of a table that is searched no more."""
    for (no,) in rows(connection, "SELECT no FROM part WHERE tbl = ?", [table]):
        drop(connection, no)
