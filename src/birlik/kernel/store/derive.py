"""Making derived tables: the keys that are touched, piece by piece, from nothing but what each view may see."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.kernel.policy import atoms
from birlik.kernel.store.database import fetch, quoted
from birlik.kernel.store.snapshot import Snapshot
from birlik.kernel.store.sought import columns_sql, order_sql
from birlik.kernel.store.standing import cut
from birlik.kernel.store.stepping import no_states, stepped
from birlik.kernel.store.touching import TOUCHED, Touched
from birlik.kernel.tables import Derived, Rows, Source

ROWS_AT_ONCE = 4_000_000
"""Source rows held in memory at a time."""
FEW_KEYS = 1_000
"""So many keys are made in one piece without asking how many rows they have."""
MARGIN = timedelta(days=10)
"""Source rows before the look-back that are read too, so that what straddles it is seen whole."""

Progress = Callable[[str, int, int], None]
"""(table, pieces that are made, pieces in all)"""


def no_progress(table: str, done: int, of: int) -> None:
    """Tells nobody."""


def refresh(
    snapshot: Snapshot, derived: Derived, touched: Touched, all_views: int, progress: Progress = no_progress
) -> None:
    """Make the derived rows of the touched keys again inside the step's transaction, and note which came out otherwise.

    Memory holds ROWS_AT_ONCE source rows, or one key's if they are more.
    """
    if touched.is_empty:
        return
    making = Making(snapshot, derived, touched, all_views)
    pieces = making.pieces()
    for piece in range(pieces):
        making.make(piece, pieces)
        progress(derived.name, piece + 1, pieces)


def derive(derived: Derived, tables: Mapping[str, Rows]) -> Rows:
    """Run the declaration over whole groups, in process.

    tables: by source, its columns; of those read by key the rows in `Derived.order_of`.
    """
    if derived.carried is not None:
        return stepped(derived, no_states(derived), tables)[0]
    first, *others = derived.grouped
    if others:
        groups = tables[first.table].column(first.by).combine_chunks().unique()
        kept = {s.table: tables[s.table].filter(pc.is_in(tables[s.table].column(s.by), groups)) for s in others}
        tables = {**tables, **kept}
    if derived.function is not None:
        made = derived.function(tables)
    else:
        import ibis

        assert derived.expression is not None
        made = derived.expression({name: ibis.memtable(rows) for name, rows in tables.items()}).to_pyarrow()
    return made.select([f.name for f in derived.fields]).cast(derived.schema)


@dataclass
class Making:
    """One derived table in one step; `TOUCHED` has its touched keys."""

    snapshot: Snapshot
    derived: Derived
    touched: Touched
    all_views: int

    def __post_init__(self) -> None:
        cursor = self.cursor = self.snapshot.cursor
        self.names = [f.name for f in self.derived.fields]
        stands = f'SELECT 1 FROM "{self.derived.name}" LIMIT 1'
        self.is_first = self.touched.everything and not cursor.execute(stands).fetchall()
        self.changes = f"changed_{self.derived.name}"
        self.noted = False

    @cached_property
    def looked_up(self) -> Mapping[str, Rows]:
        """By source, what is looked up whole, with `views`."""
        return {s.table: self.snapshot.looked_up(s) for s in self.derived.sources if s.by is None}

    @cached_property
    def keys(self) -> Rows:
        """The touched keys, and since when each is."""
        return fetch(self.cursor, f"SELECT k, since FROM {TOUCHED} ORDER BY k")

    def pieces(self) -> int:
        """Into how many the keys must be parted so that memory holds each one's source rows."""
        if not self.touched.everything and self.touched.keys <= FEW_KEYS:
            return 1
        rows = 0
        for source in self.derived.grouped:
            tail = self._tail(source, 0, 1)
            rows += int(self.cursor.execute(f"SELECT count(*) {tail}").fetchall()[0][0])
        return max(1, -(-rows // ROWS_AT_ONCE))

    def make(self, piece: int, pieces: int) -> None:
        """Make the keys of one piece again."""
        rows = {s.table: self._read(s, piece, pieces) for s in self.derived.grouped}
        made = self._made({**rows, **self.looked_up})
        del rows
        self.cursor.register("made", made)
        try:
            self._put(self._condition(f'd."{self.derived.by}"', piece, pieces))
        finally:
            self.cursor.unregister("made")

    def _condition(self, key: str, piece: int, pieces: int) -> str:
        return "TRUE" if pieces == 1 else f"hash({key}) % {pieces} = {piece}"

    def _tail(self, source: Source, piece: int, pieces: int) -> str:
        """FROM and WHERE of a source's rows of one piece of the touched keys."""
        relation = self.snapshot.relation(source.table)
        wanted = [f's."{source.by}" IS NOT NULL', self._condition(f's."{source.by}"', piece, pieces)]
        join = ""
        if not self.touched.everything:
            join = f' JOIN {TOUCHED} t ON s."{source.by}" = t.k'
            if source.time is not None and self.touched.since is not None:
                back = self._back + MARGIN
                wanted.append(f's."{source.time}" >= t.since - INTERVAL {back.days} DAY')
                # The constant lets whole blocks be skipped; the join alone would not.
                earliest = self.touched.since - back
                wanted.append(f"s.\"{source.time}\" >= TIMESTAMPTZ '{earliest.isoformat()}'")
        return f"FROM {relation} s{join} WHERE {' AND '.join(wanted)}"

    @property
    def _back(self) -> timedelta:
        return timedelta(days=self.derived.look_back_days or 0)

    def _read(self, source: Source, piece: int, pieces: int) -> Rows:
        if self.touched.everything or pieces > 1:
            return self._fetch(source, piece, pieces)
        since = self.touched.since - self._back - MARGIN if source.time and self.touched.since else None
        return self.snapshot.held.read(source, self.keys, since, lambda: self._fetch(source, piece, pieces))

    def _fetch(self, source: Source, piece: int, pieces: int) -> Rows:
        columns = ", ".join(f's."{c}"' for c in source.columns)
        order = ", ".join(f's."{name}"' for name in self.derived.order_of(source))
        tail = self._tail(source, piece, pieces) + (f" ORDER BY {order}" if order else "")
        return fetch(self.cursor, f"SELECT {columns}, s.views {tail}")

    def _made(self, tables: Mapping[str, Rows]) -> Rows:
        """The derived rows of whole groups, once for each set of views that see the same, with `views`."""
        first = self.derived.sources[0].table
        masks = {mask for rows in tables.values() for mask in pc.unique(rows.column("views")).to_pylist()}
        parts = []
        for atom in atoms(masks, self.all_views):
            seen = {name: self._meant(name, cut(rows, atom & -atom)) for name, rows in tables.items()}
            if seen[first].num_rows == 0:
                continue
            made = derive(self.derived, seen)
            parts.append(made.append_column("views", pa.repeat(pa.scalar(atom, pa.int64()), made.num_rows)))
        return self._once(parts, self.derived.schema)

    def _meant(self, name: str, rows: Rows) -> Rows:
        """With what they mean beside, where the source asks for it and there is a model."""
        asked = next((s.meant for s in self.derived.sources if s.table == name), None)
        return rows if asked is None or self.snapshot.meant is None else self.snapshot.meant.added(rows, asked)

    def _once(self, parts: Sequence[Rows], schema: Any) -> Rows:
        """Where two sets of views see the same, the row is stored once, for both. schema: without `views`.

        They lie set by set, and within a set as they were made: how long a reader's question takes then tells little of
        rows that it doesn't see.
        """
        if not parts:
            return schema.append(pa.field("views", pa.int64())).empty_table()
        if len(parts) == 1:
            return parts[0]
        numbered = [part.append_column("birlik_n", pa.array(np.arange(part.num_rows))) for part in parts]
        self.cursor.register("parts", pa.concat_tables(numbered))
        try:
            names = quoted(schema.names)
            together = f"FROM parts GROUP BY {names} ORDER BY bit_or(views), min(birlik_n)"
            return fetch(self.cursor, f"SELECT {names}, bit_or(views) AS views {together}")
        finally:
            self.cursor.unregister("parts")

    def _bound(self) -> str:
        """SQL: which of a touched key's rows may come out otherwise."""
        if self.touched.since is None:
            return ""
        time = self.derived.time
        return f' AND (d."{time}" IS NULL OR d."{time}" >= t.since - INTERVAL {self._back.days} DAY)'

    def _put(self, in_piece: str) -> None:
        """Let what was made take the place of what stood, where it differs; note what differs.

        in_piece: SQL of a row `d`. Joined with the touched keys, since a test whether one exists looks at every row.
        """
        cursor, name, by = self.cursor, self.derived.name, self.derived.by
        names = quoted([*self.names, "views"])
        if self.is_first:
            laid = f"SELECT {names}{columns_sql(self.derived)} FROM made{order_sql(self.derived)}"
            if cursor.execute(f'INSERT INTO "{name}" BY NAME {laid}').fetchall()[0][0]:
                self.snapshot.made[name] = f'(SELECT {names}, FALSE AS was FROM "{name}")'
            return
        where, join = in_piece, ""
        if not self.touched.everything:
            where, join = f"{in_piece}{self._bound()}", f' JOIN {TOUCHED} t ON t.k = d."{by}"'
        chosen = ", ".join(f'd."{column}"' for column in (*self.names, "views"))
        rows = (
            f'SELECT {chosen}, -1 AS birlik_d FROM "{name}" d{join} WHERE {where} '
            f"UNION ALL SELECT {chosen}, 1 AS birlik_d FROM made d{join} WHERE {where}"
        )
        changed = f"SELECT {names}, sum(birlik_d) < 0 AS was FROM ({rows}) GROUP BY {names} HAVING sum(birlik_d) <> 0"
        piece = f"{self.changes}_piece" if self.noted else self.changes
        found = cursor.execute(f'CREATE OR REPLACE TEMP TABLE "{piece}" AS {changed}').fetchall()[0][0]
        if found:
            where += f' AND d."{by}" IN (SELECT DISTINCT "{by}" FROM "{piece}")'
            using = f' USING {TOUCHED} t WHERE t.k = d."{by}" AND' if join else " WHERE"
            cursor.execute(f'DELETE FROM "{name}" d{using} {where}')
            again = f"SELECT {chosen} FROM made d{join} WHERE {where}"
            cursor.execute(f'INSERT INTO "{name}" BY NAME SELECT *{columns_sql(self.derived)} FROM ({again})')
            if self.noted:
                cursor.execute(f'INSERT INTO "{self.changes}" FROM "{piece}"')
            self.snapshot.made[name] = f'"{self.changes}"'
        self.noted = True


__all__ = ["Making", "Progress", "derive", "no_progress", "refresh"]
