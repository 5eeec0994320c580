"""Registers as they stand: of the rows with one key, for each view the latest that it may see."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from birlik.kernel.store.database import Database, fetch, quoted
from birlik.kernel.store.system import state_of
from birlik.kernel.tables import Rows, Table

KEPT = 2
"""So many of the last edits are kept in memory: a step may still follow the one before."""


class Standing:
    """The registers of one store, each kept as it was after the last edits; any thread may ask."""

    def __init__(self, database: Database, kept: Mapping[str, Table], edited: Mapping[str, int]) -> None:
        """kept: tables whose versions fold. edited: by table, the number of the commit that edited it last; the writer
        keeps it."""
        self._database, self._tables, self._edited = database, kept, edited
        self.registers = {name: table for name, table in kept.items() if table.is_register}
        """Those that are small, and held in memory for who looks something up."""
        self._kept: dict[tuple[str, int, tuple[str, ...]], Rows] = {}
        self._lock = threading.Lock()

    def version(self, name: str, seq: int) -> int:
        """The same number for the same rows."""
        return min(self._edited.get(name, 0), seq)

    def at(self, cursor: Any, name: str, seq: int) -> Rows:
        """Fields and `views`, by key, after the commit `seq` or a later one, of which a later step is told. The same
        object while nothing is edited."""
        version = self.version(name, seq)
        return self._memo(name, version, (), lambda: self._fold(cursor, name, version))

    def _fold(self, cursor: Any, name: str, seq: int) -> Rows:
        table = self._tables[name]
        names = quoted([*table.by_name, "views"])
        return fetch(cursor, f'SELECT {names} FROM "{state_of(name)}" ORDER BY {quoted(table.key)}, views')

    def latest(self) -> Mapping[str, Rows]:
        """All of them, after the last commit."""
        with self._database.world():
            cursor = self._database.cursor()
            return {name: self.at(cursor, name, self._edited.get(name, 0)) for name in self.registers}

    def own(self) -> Mapping[str, Rows]:
        """What the node's own operators see, who see everything: fields only."""
        with self._database.world():
            cursor = self._database.cursor()
            return {name: self._own(cursor, name, self._edited.get(name, 0)) for name in self.registers}

    def _own(self, cursor: Any, name: str, version: int) -> Rows:
        schema = self.registers[name].schema
        return self._memo(name, version, ("own",), lambda: cut(self.at(cursor, name, version), 1).cast(schema))

    def columns(self, cursor: Any, name: str, names: Sequence[str], seq: int) -> Rows:
        """Some columns and `views`: rows that differ in nothing else are one, for all who see either."""
        version = self.version(name, seq)
        return self._memo(name, version, ("columns", *names), lambda: self._columns(cursor, name, names, version))

    def _columns(self, cursor: Any, name: str, names: Sequence[str], version: int) -> Rows:
        cursor.register("standing_whole", self.at(cursor, name, version))
        try:
            return fetch(cursor, merged("standing_whole", names))
        finally:
            cursor.unregister("standing_whole")

    def _memo(self, name: str, version: int, what: tuple[str, ...], make: Callable[[], Rows]) -> Rows:
        with self._lock:
            if (kept := self._kept.get((name, version, what))) is not None:
                return kept
        made = make()
        with self._lock:
            self._kept[name, version, what] = made
            newest = sorted({v for n, v, _ in self._kept if n == name})[-KEPT:]
            for key in [key for key in self._kept if key[0] == name and key[1] not in newest]:
                del self._kept[key]
        return made


def merged(relation: str, names: Sequence[str]) -> str:
    """SQL: some columns of rows with `views`, in one order whatever the store's; each row once."""
    chosen = quoted(names)
    return f"SELECT {chosen}, bit_or(views) AS views FROM {relation} GROUP BY {chosen} ORDER BY {chosen}"


def cut(rows: Rows, bits: int) -> Rows:
    """What those see who have one of these bits, without the column that says so."""
    seen = pc.not_equal(pc.bit_wise_and(rows.column("views"), pa.scalar(bits, pa.int64())), 0)
    kept = rows if pc.all(seen).as_py() is not False else rows.filter(seen)
    return kept.drop_columns("views")
