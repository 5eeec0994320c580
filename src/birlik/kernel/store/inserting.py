"""Putting rows into a table: all of them, or those that are new.

Where a statement says `arriving_rows`, the engine finds the variable of that name in the function that runs it. To
register the rows by a name instead would cost more than to insert them.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.kernel.store.database import quoted
from birlik.kernel.store.seen import Flags, Hashes, Question, Seen
from birlik.kernel.store.system import MESSAGE
from birlik.kernel.tables import Table, Type


def identity(table: Table) -> Question | None:
    """What makes a row the same row; None where twice is as good as once, since what leads to rows of another table is
    only ever asked for those; or where versions have no time, and an older word may hold again."""
    if table.rule is not None:
        return (table.name, ("content",)) if table.rule.time else None
    return None if table.beside else (table.name, table.key)


def insert(cursor: Any, table: str, rows: Any) -> None:
    """Append Arrow rows by the names of their columns, within the cursor's transaction."""
    arriving_rows = rows  # noqa: F841
    cursor.execute(f'INSERT INTO "{table}" BY NAME SELECT * FROM arriving_rows')


def insert_new(cursor: Any, table: Table, rows: Any, seen: Seen, senders: Mapping[int, str]) -> int:
    """Insert what is neither twice among these rows nor in the table.

    A row that its own source sends again with other labels is relabelled. Another source's is another row: one that
    is hidden must not keep a visible one out.
    senders: by number of a message in this commit, who sent it.
    """
    own = identity(table)
    questions = list(dict.fromkeys((*([own] if own else []), *seen.watched(table.name))))
    keys = (
        dict(zip(questions, hashed(cursor, rows, [seen.key(q) for q in questions]), strict=True)) if questions else {}
    )
    doubted = np.zeros(rows.num_rows, np.bool_) if own is None else seen.doubted(own, keys[own]) | _twice(keys[own])
    for question, hashes in keys.items():
        seen.note(question, hashes)
    if own is None:
        insert(cursor, table.name, rows)
        return int(rows.num_rows)
    sure = rows.filter(pa.array(~doubted)) if doubted.any() else rows
    if sure.num_rows:
        insert(cursor, table.name, sure)
    if sure.num_rows == rows.num_rows:
        return int(rows.num_rows)
    return int(sure.num_rows) + insert_doubted(cursor, table, own[1], rows.filter(pa.array(doubted)), senders)


def hashed(cursor: Any, rows: Any, expressions: Sequence[str]) -> list[Hashes]:
    """What each of these SQL expressions is for each of the rows."""
    arriving_rows = rows  # noqa: F841
    columns = ", ".join(f"{expression} AS k{i}" for i, expression in enumerate(expressions))
    found = cursor.execute(f"SELECT {columns} FROM arriving_rows").fetchnumpy()
    return [found[f"k{i}"].view(np.uint64) for i in range(len(expressions))]


def _twice(hashes: Hashes) -> Flags:
    """Which keys stand more than once in a batch."""
    distinct, back, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    if distinct.size == hashes.size:
        return np.zeros(hashes.size, np.bool_)
    twice: Flags = counts[back] > 1
    return twice


def insert_doubted(cursor: Any, table: Table, key: Sequence[str], rows: Any, senders: Mapping[int, str]) -> int:
    """Insert those rows that the table has not; what a source sent before under other labels gets the new ones.

    key: columns that make a row the same. Returns how many rows were inserted or relabelled.
    """
    said = _said_last(cursor, table, key, rows, senders)
    met = _met(cursor, table, key, said)
    relabelled = _relabel(cursor, table, said, met)
    if relabelled:
        met = _met(cursor, table, key, said)
    new = said.filter(pa.array(~_are_there(said, met))).drop_columns("birlik_sender")
    if new.num_rows:
        insert(cursor, table.name, new)
    return int(new.num_rows) + relabelled


def _said(table: Table) -> list[str]:
    """Only what says the same is relabelled: the words of a hidden row must not come to light under new labels."""
    return [f.name for f in table.fields if f.name not in table.received]


def _said_last(cursor: Any, table: Table, key: Sequence[str], rows: Any, senders: Mapping[int, str]) -> Any:
    """Each row once, with its `birlik_sender`. Within a commit, too, the labels that a source said last hold."""
    words = _said(table)
    arriving_keys = _by_number(rows.select([*dict.fromkeys((*words, *key)), "views", "message_no"]))  # noqa: F841
    arriving_senders = pa.table({"message_no": list(senders), "birlik_sender": list(senders.values())})  # noqa: F841
    same = quoted(key)
    found = cursor.sql(
        f"SELECT DISTINCT ON ({same}, views) birlik_n, views, birlik_sender FROM (SELECT * REPLACE "
        f"(arg_max(views, message_no) OVER (PARTITION BY {quoted(words)}, birlik_sender) AS views) "
        "FROM arriving_keys JOIN arriving_senders USING (message_no)) "
        f"ORDER BY {same}, views, message_no, birlik_n"
    ).to_arrow_table()
    said = rows.take(found.column("birlik_n"))
    said = said.set_column(said.schema.get_field_index("views"), "views", found.column("views"))
    return said.append_column("birlik_sender", found.column("birlik_sender"))


def _met(cursor: Any, table: Table, key: Sequence[str], said: Any) -> Any:
    """Rows of the table that are the same as those of `said`.

    Columns: `birlik_at`, its rowid; `birlik_n`, the index in `said`; `alike`, whether their labels are the same too.

    A supplier that sends again what it sent asks for thousands of rows at once. Which of the table's they may be is
    found by the narrow columns of the key, looking only at their days; all of its columns are unpacked of those only.
    """
    arriving_keys = _by_number(said.select([*key, "views"]))  # noqa: F841
    name, days, moments = f'"{table.name}"', "TRUE", []
    if not table.is_kept:
        times = said.column(table.time)
        moments = [moment for run in runs_of_days(times) for moment in run]
        within = [f'(s."{table.time}" >= ? AND s."{table.time}" < ?)'] * (len(moments) // 2)
        days = " OR ".join([*within, *([f's."{table.time}" IS NULL'] if times.null_count else [])])
    near = " AND ".join(f's."{k}" IS NOT DISTINCT FROM d."{k}"' for k in narrow(table, key))
    matches = " AND ".join(f't."{k}" IS NOT DISTINCT FROM i."{k}"' for k in key)
    which = f"SELECT s.rowid FROM {name} s JOIN arriving_keys d ON {near} WHERE {days}"
    return cursor.sql(
        "SELECT i.birlik_n, t.birlik_at, t.views = i.views AS alike FROM arriving_keys i JOIN "
        f"(SELECT rowid AS birlik_at, views, {quoted(key)} FROM {name} WHERE rowid IN ({which})) t ON {matches}",
        params=moments,
    ).to_arrow_table()


def _by_number(rows: Any) -> Any:
    """With a column `birlik_n`, the index of each; no declared column may be called so."""
    return rows.append_column("birlik_n", pa.array(range(rows.num_rows), pa.int64()))


def _are_there(said: Any, met: Any) -> Flags:
    """Which of the rows the table has under the same labels."""
    there = np.zeros(said.num_rows, np.bool_)
    there[met.filter(met.column("alike")).column("birlik_n").to_numpy()] = True
    return there


def _relabel(cursor: Any, table: Table, said: Any, met: Any) -> int:
    """Give rows of the same source that have other labels those that it says now; how many were given."""
    others = met.filter(pa.array(~_are_there(said, met)[met.column("birlik_n").to_numpy()]))
    if not others.num_rows:
        return 0
    told = said.take(others.column("birlik_n")).append_column("birlik_n", others.column("birlik_n"))
    said_anew = told.append_column("birlik_at", others.column("birlik_at"))  # noqa: F841
    alike = "".join(f' AND t."{k}" IS NOT DISTINCT FROM i."{k}"' for k in _said(table))
    same = f"t.rowid = i.birlik_at AND m.message_no = t.message_no AND m.source_id = i.birlik_sender{alike}"
    if table.is_kept:  # a version stays the one that was known since the first
        done = cursor.execute(
            f'UPDATE "{table.name}" t SET views = i.views FROM said_anew i, {MESSAGE.name} m WHERE {same}'
        )
        return int(done.fetchall()[0][0])
    # An event is the later message's from now on, and lies where that one's rows do.
    moved = cursor.sql(
        f"SELECT t.* REPLACE (i.views AS views, i.seq AS seq, i.message_no AS message_no), i.birlik_at "
        f'FROM "{table.name}" t, said_anew i, {MESSAGE.name} m WHERE {same} ORDER BY i.birlik_n, t.seq'
    ).to_arrow_table()
    return move(cursor, table.name, moved)


def move(cursor: Any, table: str, moved: Any) -> int:
    """Put rows behind all others, as they are given. moved: its columns, and `birlik_at`, where each lies now."""
    cursor.execute(f'DELETE FROM "{table}" WHERE rowid IN (SELECT birlik_at FROM moved)')
    insert(cursor, table, moved.drop_columns("birlik_at"))
    return int(moved.num_rows)


def narrow(table: Table, key: Sequence[str]) -> Sequence[str]:
    """The columns of a key that are quickly read through: numbers and times that every row has, or else its first."""
    fixed = (Type.ID, Type.INT, Type.DAY, Type.TIME)
    declared = [field for name in key if (field := table.by_name.get(name)) is not None]
    return [f.name for f in declared if f.type in fixed and not f.nullable] or key[:1]


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
