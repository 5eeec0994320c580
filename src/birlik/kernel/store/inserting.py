"""Putting rows into a table: all of them, or those that are new."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.kernel.store.database import quoted
from birlik.kernel.store.seen import Flags, Hashes, Question, Seen
from birlik.kernel.tables import SYSTEM, Table


def insert(cursor: Any, table: str, rows: Any) -> None:
    """Append Arrow rows by the names of their columns, within the cursor's transaction."""
    cursor.register("inserted", rows)
    try:
        cursor.execute(f'INSERT INTO "{table}" BY NAME SELECT * FROM inserted')
    finally:
        cursor.unregister("inserted")


def insert_new(cursor: Any, table: Table, rows: Any, seen: Seen) -> int:
    """Insert what is neither twice in the batch nor in the table; `rows` are registered as `incoming`."""
    if table.facts is not None or table.beside:
        # Each edit of a register stands beside the one before: the latest of a key holds, be it an older word again.
        # What leads to rows of another table is only ever asked for those: twice is as good as once.
        cursor.execute(f'INSERT INTO "{table.name}" BY NAME SELECT * FROM incoming')
        return int(rows.num_rows)
    # The same row under other labels is another row: one that is hidden must not keep a visible one out.
    identity: Question = (table.name, (*table.key, "views"))
    questions = list(dict.fromkeys((identity, *seen.watched(table.name))))
    keys = dict(zip(questions, _keys(cursor, [seen.key(q) for q in questions]), strict=True))
    doubted = seen.doubted(identity, keys[identity]) | _twice(keys[identity])
    for question, hashes in keys.items():
        seen.note(question, hashes)
    if not doubted.any():
        cursor.execute(f'INSERT INTO "{table.name}" BY NAME SELECT * FROM incoming')
        return int(rows.num_rows)
    sure = rows.filter(pa.array(~doubted))
    if sure.num_rows:
        insert(cursor, table.name, sure)
    return int(sure.num_rows) + _insert_doubted(cursor, table, identity[1], rows.filter(pa.array(doubted)))


def _keys(cursor: Any, expressions: Sequence[str]) -> list[Hashes]:
    columns = ", ".join(f"{expression} AS k{i}" for i, expression in enumerate(expressions))
    found = cursor.execute(f"SELECT {columns} FROM incoming").fetchnumpy()
    return [found[f"k{i}"].view(np.uint64) for i in range(len(expressions))]


def _twice(hashes: Hashes) -> Flags:
    """Which keys stand more than once in a batch."""
    distinct, back, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    if distinct.size == hashes.size:
        return np.zeros(hashes.size, np.bool_)
    twice: Flags = counts[back] > 1
    return twice


def _insert_doubted(cursor: Any, table: Table, identity: Sequence[str], rows: Any) -> int:
    """Insert those of `rows` that are neither twice among them nor in the table, looking only at their days."""
    matches = " AND ".join(f't."{k}" IS NOT DISTINCT FROM i."{k}"' for k in identity)
    names = [f.name for f in (*table.fields, *SYSTEM)]
    inserted = 0
    cursor.register("doubted", rows)
    try:
        for first, last in runs_of_days(rows.column(table.time)):
            sql = (
                f'INSERT INTO "{table.name}" BY NAME SELECT {quoted(names)} FROM '
                f"(SELECT DISTINCT ON ({quoted(identity)}) * FROM doubted "
                f'WHERE "{table.time}" >= ? AND "{table.time}" < ?) i WHERE NOT EXISTS (SELECT 1 FROM "{table.name}" t '
                f'WHERE t."{table.time}" >= ? AND t."{table.time}" < ? AND {matches})'
            )
            inserted += int(cursor.execute(sql, [first, last, first, last]).fetchall()[0][0])
    finally:
        cursor.unregister("doubted")
    return inserted


def runs_of_days(times: Any) -> list[tuple[datetime, datetime]]:
    """The distinct days of a column as runs of neighbouring days: one 1970 date costs one day, not half a century."""
    micros = pc.cast(pc.drop_null(times), pa.int64())
    days = sorted(pc.unique(pc.floor(pc.divide(pc.cast(micros, pa.float64()), 86_400e6))).to_pylist())
    runs: list[list[float]] = []
    for day in days:
        if runs and day <= runs[-1][1] + 1:
            runs[-1][1] = day
        else:
            runs.append([day, day])
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return [(epoch + timedelta(days=a), epoch + timedelta(days=b + 1)) for a, b in runs]
