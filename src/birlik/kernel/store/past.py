"""What was said of rows of kept tables, version by version, as far as a reader sees it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from birlik.kernel.store.database import Database
from birlik.kernel.store.folding import holding, moment_of, order_of
from birlik.kernel.store.seeing import seen_by
from birlik.kernel.store.sought import Narrowed, which
from birlik.kernel.store.system import MESSAGE, state_of
from birlik.kernel.tables import WHOLE, Table

FEW_KEYS = 1_000
"""Of fewer rows each is found by its number, without a look at all others."""
KNOWN = {"known_time": "m.received_time", "known_from": "m.source_id"}
"""When the node got a version and from whom: null for a fact that birlik ships, and where the message is not the
reader's to see, such as an operator's act."""


def versions_sql(table: Table, bit: int) -> str:
    """SQL that has every version a reader sees of a table: its fields, `says`, and the columns of `KNOWN`."""
    own = {f.name for f in table.fields}
    names = ", ".join(f'v."{f.name}"' for f in table.fields)
    beside = ", ".join(f"{sql} AS {name}" for name, sql in KNOWN.items() if name not in own)
    return (
        f'SELECT {names}, coalesce(v.says, {WHOLE}) AS says, {beside} FROM "{table.name}" v '
        f"LEFT JOIN {MESSAGE.name} m ON m.message_no = v.message_no AND v.message_no > 0 "
        f"AND {seen_by(bit, 'm')} WHERE {seen_by(bit, 'v')}"
    )


def later(moment: datetime) -> str:
    """SQL: the messages that the node took after a moment."""
    return f"SELECT message_no FROM {MESSAGE.name} WHERE received_time > {moment_of(moment)}"


def unforgotten(table: Table, bit: int, now: datetime, of: str = "") -> str:
    """SQL behind a condition for versions and past rows: of a table that forgets, those whose key holds now for who has
    this bit. of: what stands before `k`."""
    if table.rule is None or not table.rule.forgets:
        return ""
    holds = f'SELECT k FROM "{state_of(table.name)}" WHERE {holding(table, now)} AND {seen_by(bit)}'
    return f" AND {of}k IN ({holds})"


def of_one(table: Table, bit: int, same: str) -> str:
    """SQL: the versions of one row, the one that holds first. same: which versions `v` are of it."""
    assert table.rule is not None
    return f"{versions_sql(table, bit)} AND {same} ORDER BY {order_of(table.rule, 'v.')} DESC"


def of_which(
    database: Database, where_from: Narrowed, table: Table, condition: str, parameters: Sequence[Any]
) -> tuple[str, list[Any]]:
    """(SQL, its parameters): all versions of the rows of which one fulfils a condition."""
    keys, versions = f"SELECT k FROM {where_from.source} AS t WHERE {where_from.only(condition)}", f'"{table.name}"'
    if where_from != Narrowed(versions):
        few = {k for (k,) in database.all(f"{keys} LIMIT {FEW_KEYS}", parameters)}
        if len(few) < FEW_KEYS:
            return which(versions, "k", sorted(few)), []
    return f"k IN ({keys})", list(parameters)


def newest(
    table: Table, bit: int, mine: str, parameters: Sequence[Any], *, since: datetime | None, limit: int
) -> tuple[str, list[Any]]:
    """(SQL, its parameters): what was said last of some rows, the newest first. mine: SQL that tells them.

    When that was is when the node got it; where that isn't to be seen, the source's own time (`at_time`).
    """
    assert table.rule is not None
    own = f'v."{table.rule.time}"' if table.rule.time else "NULL"
    at = f"coalesce(m.received_time, {own})"
    later = f" AND {at} >= ?" if since is not None else ""
    made = versions_sql(table, bit).replace("SELECT ", f"SELECT {at} AS at_time, v.content AS content, ", 1)
    order = f"at_time DESC NULLS LAST, {order_of(table.rule, 'v.')} DESC"
    values: list[Any] = [*parameters, *([since] if since is not None else []), limit]
    return f"{made} AND v.{mine}{later} ORDER BY {order} LIMIT ?", values
