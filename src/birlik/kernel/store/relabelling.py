"""Other labels for rows that are there: who newly sees one gets it, who no longer may loses it, its past too."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from birlik.kernel.intake import Relabel
from birlik.kernel.store.database import fetch
from birlik.kernel.store.inserting import move
from birlik.kernel.store.keeping import keep
from birlik.kernel.store.prepared import Prepared
from birlik.kernel.tables import Table


def relabelled(cursor: Any, tables: Mapping[str, Table], batch: Sequence[Prepared], seq: int) -> None:
    """Give rows the labels that a steward says. A row stays its source's, which may say others later."""
    for item in batch:
        for told in item.decoded.relabels:
            _relabel(cursor, tables[told.table], told, seq)
            for beside in tables.values():
                if beside.beside == told.table and set(told.key) <= set(beside.by_name):
                    _relabel(cursor, beside, told, seq)


def _relabel(cursor: Any, table: Table, told: Relabel, seq: int) -> None:
    same = " AND ".join(f'"{name}" IS NOT DISTINCT FROM ?' for name in told.key)
    values = list(told.key.values())
    if not table.is_kept:
        # By its commit all that follows finds it, for those who lose it as for those who get it.
        rows = f'SELECT * REPLACE ({told.views} AS views, {seq} AS seq), rowid AS birlik_at FROM "{table.name}"'
        move(cursor, table.name, fetch(cursor, f"{rows} WHERE {same} ORDER BY seq, message_no", values))
        return
    cursor.execute(f'UPDATE "{table.name}" SET views = ? WHERE {same}', [told.views, *values])
    keys = [k for (k,) in cursor.execute(f'SELECT DISTINCT k FROM "{table.name}" WHERE {same}', values).fetchall()]
    if keys:
        keep(cursor, table, pa.table({"seq": pa.array([seq] * len(keys), pa.int64()), "k": pa.array(keys, pa.int64())}))
