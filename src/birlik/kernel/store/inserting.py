"""Putting rows into a table: all of them, or those that are new."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.kernel.store.database import quoted
from birlik.kernel.store.seen import Flags, Hashes, Question, Seen
from birlik.kernel.store.system import MESSAGE
from birlik.kernel.tables import Table


def identity(table: Table) -> Question | None:
    """What makes a row the same row; None where twice is as good as once, or an older word may hold again."""
    if table.rule is not None:
        return (table.name, ("content",)) if table.rule.time else None
    return None if table.beside else (table.name, table.key)


def insert(cursor: Any, table: str, rows: Any) -> None:
    """Append Arrow rows by the names of their columns, within the cursor's transaction."""
    cursor.register("inserted", rows)
    try:
        cursor.execute(f'INSERT INTO "{table}" BY NAME SELECT * FROM inserted')
    finally:
        cursor.unregister("inserted")


def insert_new(cursor: Any, table: Table, rows: Any, seen: Seen, senders: Mapping[int, str]) -> int:
    """Insert what is neither twice in the batch nor in the table; `rows` are registered as `incoming`.

    A row that its own source sends again with other labels is relabelled. Another source's is another row: one that
    is hidden must not keep a visible one out.
    senders: by number of a message in this commit, who sent it.
    """
    own = identity(table)
    if own is None:
        # What leads to rows of another table is only ever asked for those: twice is as good as once.
        cursor.execute(f'INSERT INTO "{table.name}" BY NAME SELECT * FROM incoming')
        return int(rows.num_rows)
    questions = list(dict.fromkeys((own, *seen.watched(table.name))))
    keys = dict(zip(questions, _keys(cursor, [seen.key(q) for q in questions]), strict=True))
    doubted = seen.doubted(own, keys[own]) | _twice(keys[own])
    for question, hashes in keys.items():
        seen.note(question, hashes)
    if not doubted.any():
        cursor.execute(f'INSERT INTO "{table.name}" BY NAME SELECT * FROM incoming')
        return int(rows.num_rows)
    sure = rows.filter(pa.array(~doubted))
    if sure.num_rows:
        insert(cursor, table.name, sure)
    return int(sure.num_rows) + _insert_doubted(cursor, table, rows.filter(pa.array(doubted)), senders)


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


def _insert_doubted(cursor: Any, table: Table, rows: Any, senders: Mapping[int, str]) -> int:
    """Insert or relabel those of `rows` that are in the table perhaps, looking only at their days."""
    inserted = 0
    for first, last in runs_of_days(rows.column(table.time)):
        times = rows.column(table.time)
        within = pc.and_(pc.greater_equal(times, _of(times, first)), pc.less(times, _of(times, last)))
        cursor.register("incoming", rows.filter(within))
        inserted += relabel(cursor, table, table.key, senders, (first, last))
    cursor.register("incoming", rows)
    return inserted


def _of(times: Any, moment: datetime) -> Any:
    return pa.scalar(moment, times.type)


def relabel(
    cursor: Any,
    table: Table,
    identity: Sequence[str],
    senders: Mapping[int, str],
    within: tuple[datetime, datetime] | None = None,
) -> int:
    """Insert those `incoming` rows that the table has not; what a source sent before under other labels gets the new
    ones. Returns how many rows were inserted or relabelled.

    identity: columns that make a row the same. within: the time that all incoming rows are of.
    """
    names, same = quoted([field.name for field in table.stored]), quoted(identity)
    # Only what says the same is relabelled: the words of a hidden row must not come to light under new labels.
    said = [f.name for f in table.fields if f.name not in table.received]
    alike = "".join(f' AND t."{k}" IS NOT DISTINCT FROM i."{k}"' for k in said if k not in identity)
    matches = " AND ".join(f't."{k}" IS NOT DISTINCT FROM i."{k}"' for k in identity)
    bounds, values = "", []
    # An event is the later message's from now on. A version stays the one that was known since the first.
    anew = "" if table.is_kept else ", seq = i.seq, message_no = i.message_no"
    if within is not None:
        bounds, values = f'AND t."{table.time}" >= ? AND t."{table.time}" < ?', list(within)
    cursor.register("senders", pa.table({"message_no": list(senders), "sender": list(senders.values())}))
    try:
        # Within a commit, too, the labels that a source said last are its row's.
        cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE doubted AS SELECT DISTINCT ON ({same}, views) * FROM ("
            "SELECT * REPLACE (arg_max(views, message_no) OVER "
            f"(PARTITION BY {quoted(said)}, sender) AS views) FROM incoming JOIN senders USING (message_no)) "
            f"ORDER BY {same}, views, message_no"
        )
        relabelled = cursor.execute(
            f'UPDATE "{table.name}" t SET views = i.views{anew} FROM doubted i, {MESSAGE.name} m '
            f"WHERE {matches}{alike} {bounds} AND t.views <> i.views AND m.message_no = t.message_no "
            f'AND m.source_id = i.sender AND NOT EXISTS (FROM "{table.name}" o WHERE '
            f"{matches.replace('t.', 'o.')} {bounds.replace('t.', 'o.')} AND o.views = i.views)",
            [*values, *values],
        ).fetchall()[0][0]
        done = cursor.execute(
            f'INSERT INTO "{table.name}" BY NAME SELECT {names} FROM doubted i WHERE NOT EXISTS '
            f'(FROM "{table.name}" t WHERE {matches} {bounds} AND t.views = i.views)',
            values,
        )
        inserted = int(done.fetchall()[0][0]) + int(relabelled)
        cursor.execute("DROP TABLE doubted")
    finally:
        cursor.unregister("senders")
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
