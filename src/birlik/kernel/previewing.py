"""What an act would do, as who acts may see it, of which nothing is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from birlik.errors import Refused, Unknown
from birlik.kernel import acting, records
from birlik.kernel.acts import Done, Keeper
from birlik.kernel.changes import Change, Says
from birlik.kernel.intake import Decoded, Delivery
from birlik.kernel.members import Need
from birlik.kernel.node import Node, StoreReader
from birlik.kernel.tables import Table
from birlik.said import Said

FIRST = 20
"""Rows of each table that are shown; all are counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Was:
    """A row before and after: None where it isn't there."""

    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Touched:
    table: Table
    n: int
    rows: Sequence[Was]
    """The first of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    n: int
    """Rows that it would touch."""
    touched: Sequence[Touched] = ()
    delivery: Delivery | None = None
    """What would be taken in by it."""
    brought: Decoded | None = None
    """And what would come of that, where it was read."""
    repeated: bool = False
    """It was done before, and would not be done again."""


def previewed(node: Node, ask: acting.Ask, keeper: Keeper) -> Preview:
    """Raises what doing it would raise now, and Refused where to see it would tell of others."""
    if ask.act.is_unsaid:
        raise Refused(Said("what it would do isn't shown before: that would tell what others have said"))
    if ask.act.beyond:
        raise Refused(Said("what it would do isn't shown before: that would tell of what is others'"))
    done = acting.decided(node, ask, keeper)
    if not isinstance(done, Done):
        return Preview(n=done.result["changes_n"], repeated=True)
    reader = node.reader(ask.by)
    changes = acting.whole(node, reader, done)
    if changes:
        acting.line(node, ask, done)  # what would be refused is told now
    by_table: dict[str, list[Change]] = {}
    for change in changes:
        by_table.setdefault(change.table, []).append(change)
    catalogue = node.store.catalogue
    tables = catalogue.tables
    # Who may not read a table may see those of its rows that name them.
    readers = {name: reader if catalogue.may_read(ask.by, name) else reader.as_party() for name in by_table}
    touched = [_touched(readers[name], tables[name], each) for name, each in by_table.items()]
    touched += [
        Touched(table=tables[name], n=rows.num_rows, rows=[Was(before=r, after=None) for r in _first(rows)])
        for name, rows in done.touched.items()
    ]
    return Preview(n=sum(each.n for each in touched), touched=touched, delivery=done.delivery)


def _touched(reader: StoreReader, table: Table, changes: Sequence[Change]) -> Touched:
    """Of a table that no role reads only what who acts sees there now, and what they begin for themselves: that there
    are more rows tells of others."""
    if table.role is not Need.NAMED:
        return Touched(table=table, n=len(changes), rows=[_was(reader, table, c) for c in changes[:FIRST]])
    every = [_was(reader, table, change) for change in changes]
    own = [
        was for was, c in zip(every, changes, strict=True) if was.before is not None or _begins_own(reader, table, c)
    ]
    return Touched(table=table, n=len(own), rows=own[:FIRST])


def _begins_own(reader: StoreReader, table: Table, change: Change) -> bool:
    named = table.party.column if table.party is not None else ""
    return change.says is Says.WHOLE and bool(named) and change.row.get(named) == reader.principal.name


def held_against(node: Node, ask: acting.Ask, keeper: Keeper) -> None:
    """Raises what doing it would raise now; of what would come of it it tells nothing."""
    done = acting.decided(node, ask, keeper)
    if isinstance(done, Done) and acting.whole(node, node.reader(ask.by), done):
        acting.line(node, ask, done)


def _first(rows: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rows.slice(0, FIRST).to_pylist()
    return found


def _was(reader: StoreReader, table: Table, change: Change) -> Was:
    key = {name: change.row[name] for name in table.key}
    try:
        before: Mapping[str, Any] | None = records.row_of(reader, table, key)
    except Unknown:
        before = None
    if change.says is Says.END:
        return Was(before=before, after=None)
    base = before if change.says is Says.PART and before is not None else dict.fromkeys(table.by_name)
    return Was(before=before, after={**base, **change.row})
