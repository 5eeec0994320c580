"""Making derived tables: for the keys that new rows touch, from nothing but what each view may see."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa

from birlik.kernel.policy import atoms
from birlik.kernel.store.database import Database, fetch, quoted
from birlik.kernel.store.inserting import insert
from birlik.kernel.tables import Derived, Rows

ROWS_AT_ONCE = 4_000_000
"""Source rows held in memory at a time."""
KEYS_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class Touched:
    """Keys to make again, each from `since` on; `everything` where a fact changed or nothing was made yet."""

    keys: Rows | None
    everything: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.everything and (self.keys is None or self.keys.num_rows == 0)


def touched_by_rows(database: Database, derived: Derived, after_seq: int, to_seq: int) -> Touched:
    """Keys of the rows that were committed in (after_seq, to_seq], with the earliest time of each."""
    keys = database.arrow(
        f'SELECT "{derived.by}" AS k, min("{derived.source_time}") AS since FROM "{derived.source}" '
        "WHERE seq > ? AND seq <= ? GROUP BY 1",
        [after_seq, to_seq],
    )
    return Touched(keys)


def refresh(cursor: Any, derived: Derived, touched: Touched, registers: Mapping[str, Rows], all_views: int) -> None:
    """Delete and make again the derived rows of the touched keys, inside the caller's transaction."""
    if touched.is_empty:
        return
    if touched.everything:
        cursor.execute(f'DELETE FROM "{derived.name}"')
        for condition in _buckets(cursor, derived):
            _make(cursor, derived, condition, registers, all_views, None)
        return
    assert touched.keys is not None
    for start in range(0, touched.keys.num_rows, KEYS_AT_ONCE):
        keys = touched.keys.slice(start, KEYS_AT_ONCE)
        keys = keys.set_column(1, "since", _earlier(keys.column("since"), derived.look_back_days))
        cursor.register("touched", keys)
        try:
            cursor.execute(
                f'DELETE FROM "{derived.name}" USING touched WHERE "{derived.by}" = touched.k '
                f'AND ("{derived.time}" >= touched.since OR "{derived.time}" IS NULL)'
            )
            _make(cursor, derived, "TRUE", registers, all_views, keys)
        finally:
            cursor.unregister("touched")


def _earlier(times: Any, days: int) -> Any:
    import pyarrow.compute as pc

    return pc.subtract(times, pa.scalar(timedelta(days=days), pa.duration("us")))


def _buckets(cursor: Any, derived: Derived) -> Iterator[str]:
    """Conditions that part the source by key into pieces of a size that memory holds."""
    total = int(cursor.execute(f'SELECT count(*) FROM "{derived.source}"').fetchall()[0][0])
    pieces = max(1, -(-total // ROWS_AT_ONCE))
    for piece in range(pieces):
        yield "TRUE" if pieces == 1 else f'hash(s."{derived.by}") % {pieces} = {piece}'


MARGIN = timedelta(days=10)
"""Source rows before the look-back that are read too, so that what straddles it is seen whole."""


def _make(
    cursor: Any, derived: Derived, condition: str, registers: Mapping[str, Rows], all_views: int, keys: Rows | None
) -> None:
    join, bound = "", ""
    if keys is not None:
        join = f' JOIN touched ON s."{derived.by}" = touched.k'
        bound = f' AND s."{derived.source_time}" >= touched.since - INTERVAL {MARGIN.days} DAY'
        earliest = pa.compute.min(keys.column("since")).as_py() - MARGIN
        # The constant lets whole blocks be skipped; the join alone would not.
        bound += f" AND s.\"{derived.source_time}\" >= TIMESTAMPTZ '{earliest.isoformat()}'"
    tail = f'FROM "{derived.source}" s{join} WHERE {condition}{bound}'
    masks = [row[0] for row in cursor.execute(f"SELECT DISTINCT s.views {tail}").fetchall()]
    parts = []
    for atom in atoms(masks, all_views):
        sees_all = all(mask & atom for mask in masks)
        seen = "" if sees_all else f" AND (s.views & {atom & -atom}) <> 0"
        columns = ", ".join(f's."{c}"' for c in derived.columns)
        order = f' ORDER BY s."{derived.by}", s."{derived.source_time}"'
        rows = fetch(cursor, f"SELECT {columns} {tail}{seen}{order}")
        made = derive(derived, rows, registers)
        parts.append(made.append_column("views", pa.repeat(pa.scalar(atom, pa.int64()), made.num_rows)))
    if parts:
        _put(cursor, derived, parts, keys is not None)


def derive(derived: Derived, rows: Rows, registers: Mapping[str, Rows]) -> Rows:
    """Run the declaration over whole groups, in process."""
    if derived.function is not None:
        made = derived.function(rows, {name: registers[name] for name in derived.registers})
    else:
        import ibis

        assert derived.expression is not None
        looked_up = {name: ibis.memtable(registers[name]) for name in derived.registers}
        made = derived.expression(ibis.memtable(rows), looked_up).to_pyarrow()
    return made.select([f.name for f in derived.fields]).cast(derived.schema)


def _put(cursor: Any, derived: Derived, parts: Sequence[Any], bounded: bool) -> None:
    rows = pa.concat_tables(parts)
    names = [f.name for f in derived.fields]
    source = "made"
    if len(parts) > 1:
        # Where two atoms see the same, the row is stored once, for both.
        source = f"(SELECT {quoted(names)}, bit_or(views) AS views FROM made GROUP BY {quoted(names)})"
    cursor.register("made", rows)
    try:
        bound = ""
        if bounded:
            bound = (
                f' WHERE "{derived.time}" IS NULL OR "{derived.time}" >= '
                f'(SELECT since FROM touched WHERE touched.k = "{derived.by}")'
            )
        cursor.execute(f'INSERT INTO "{derived.name}" BY NAME SELECT {quoted([*names, "views"])} FROM {source}{bound}')
    finally:
        cursor.unregister("made")


__all__ = ["Touched", "derive", "insert", "refresh", "touched_by_rows"]
