"""What references promise, asked at the commit: no row refers to what isn't there, none ends that others hold.

It is asked of what the sender or actor may see, and of what commits together with it but before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from birlik.errors import Dangling, DeliveryError, Where
from birlik.kernel.changes import Change, Says, versions
from birlik.kernel.kept import Deletion, Missing
from birlik.kernel.store.database import Database
from birlik.kernel.store.prepared import Prepared
from birlik.kernel.store.sight import Find, sees, sees_all, senders_finder
from birlik.kernel.tables import ENDED, WHOLE, Rows, Table
from birlik.said import Said

MOST_ENDED = 10_000
"""Rows that end with one row at most; more are to be ended by themselves first."""


@dataclass(frozen=True, slots=True)
class Holds:
    """A row that refers to one that was to end, and forbids it."""

    table: str
    index: int
    """Of the row that was to end."""
    by: str
    """The table of the one that refers."""
    key: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Found:
    dangling: Sequence[tuple[str, int, str]] = ()
    """(table, index, field) of rows that refer to what isn't there."""
    holding: Sequence[Holds] = ()
    cascade: Mapping[str, Sequence[Change]] = field(default_factory=dict)
    """Ends that follow from ends, by table."""

    @property
    def is_clean(self) -> bool:
        """Nothing is broken."""
        return not (self.dangling or self.holding)


@dataclass(frozen=True)
class Integrity:
    """The references of a node's tables, by both ends."""

    tables: Mapping[str, Table]

    @cached_property
    def must(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """By table, (field, table that it has to be in)."""
        return {
            name: refs
            for name, table in self.tables.items()
            if (refs := [(f, r.table) for f, r in table.references.items() if r.missing is Missing.REFUSE])
        }

    @cached_property
    def held(self) -> Mapping[str, Sequence[tuple[str, str, Deletion]]]:
        """By table, (table that refers to it, by which field, what then)."""
        made: dict[str, list[tuple[str, str, Deletion]]] = {}
        for name, table in self.tables.items():
            for column, reference in table.references.items():
                if reference.deletion is not Deletion.KEEP:
                    made.setdefault(reference.table, []).append((name, column, reference.deletion))
        return made

    def concerns(self, names: Sequence[str]) -> bool:
        """Whether any of these tables refers to one, or is referred to, in a way that has to be looked after."""
        return any(name in self.must or name in self.held for name in names)

    def of(self, rows: Mapping[str, Rows], find: Find, begun: "Begun") -> Found:
        """What versions that are about to be taken break, or bring with them."""
        begun.note(self.tables, rows)
        dangling = [
            (name, index, column)
            for name in rows
            for column, target in self.must.get(name, ())
            for index in self._dangling(rows[name], column, target, find, begun)
        ]
        holding, cascade = self._ended(rows, find, begun)
        return Found(dangling, holding, cascade)

    def _dangling(self, rows: Rows, column: str, target: str, find: Find, begun: "Begun") -> list[int]:
        values = rows.column(column).combine_chunks()
        asked = [v for v in pc.unique(values).to_pylist() if v is not None]
        (key,) = self.tables[target].key
        unknown = [v for v in asked if v not in begun.keys.get(target, ())]
        there = set(find(target, key, unknown).column(key).to_pylist()) if unknown else set()
        missing = [v for v in unknown if v not in there]
        missing += [v for v in asked if v in begun.ended.get(target, ())]
        if not missing:
            return []
        flags = pc.is_in(values, value_set=pa.array(missing, values.type))
        found: list[int] = pc.indices_nonzero(pc.and_(flags, pc.not_equal(_says(rows), ENDED))).to_pylist()
        return found

    def _ended(
        self, rows: Mapping[str, Rows], find: Find, begun: "Begun"
    ) -> tuple[list[Holds], dict[str, list[Change]]]:
        holding: list[Holds] = []
        cascade: dict[str, list[Change]] = {}
        # Those that end together don't hold one another.
        gone = {(name, key) for name, made in rows.items() for _, key, _ in self._ends(name, made)}
        waiting = [(name, index, key, at) for name, made in rows.items() for index, key, at in self._ends(name, made)]
        while waiting:
            name, index, key, at = waiting.pop()
            for by, column, what in self.held.get(name, ()):
                for row in find(by, column, [key[0]]).to_pylist():
                    other = tuple(row[k] for k in self.tables[by].key)
                    if (by, other) in gone:
                        continue
                    if what is Deletion.REFUSE:
                        holding.append(Holds(name, index, by, other))
                        continue
                    gone.add((by, other))
                    cascade.setdefault(by, []).append(self._end(by, row, at))
                    waiting.append((by, index, other, at))
                    if len(gone) > MOST_ENDED:
                        holding.append(Holds(name, index, by, other))
                        return holding, cascade
        return holding, cascade

    def _ends(self, name: str, rows: Rows) -> list[tuple[int, tuple[Any, ...], Any]]:
        """(index, key, time) of the versions that end a row which others may hold."""
        if name not in self.held or "says" not in rows.column_names:
            return []
        table = self.tables[name]
        flags = pc.equal(rows.column("says"), ENDED)
        indices = pc.indices_nonzero(flags).to_pylist()
        time = table.rule.time if table.rule is not None else ""
        ended = rows.filter(flags).to_pylist()
        return [
            (i, tuple(row[k] for k in table.key), row[time] if time else None)
            for i, row in zip(indices, ended, strict=True)
        ]

    def _end(self, name: str, row: Mapping[str, Any], at: Any) -> Change:
        table = self.tables[name]
        said = {k: row[k] for k in table.key}
        if table.rule is not None and table.rule.time:
            said[table.rule.time] = at or row[table.rule.time]
        return Change(name, said, Says.END)


@dataclass
class Begun:
    """Keys that began or ended in what commits together, by table."""

    keys: dict[str, set[Any]] = field(default_factory=dict)
    ended: dict[str, set[Any]] = field(default_factory=dict)

    def note(self, tables: Mapping[str, Table], rows: Mapping[str, Rows]) -> None:
        """rows: of tables whose key is one column; others can't be referred to."""
        for name, made in rows.items():
            if len(tables[name].key) != 1 or not tables[name].is_kept:
                continue
            column = made.column(tables[name].key[0])
            says = _says(made)
            whole = set(column.filter(pc.equal(says, WHOLE)).to_pylist())
            ended = set(column.filter(pc.equal(says, ENDED)).to_pylist()) - whole
            self.keys[name] = (self.keys.get(name, set()) | whole) - ended
            self.ended[name] = (self.ended.get(name, set()) | ended) - whole


def _says(rows: Rows) -> Any:
    if "says" in rows.column_names:
        return rows.column("says")
    return pa.chunked_array([pa.repeat(pa.scalar(WHOLE, pa.int64()), rows.num_rows)])


# --- deliveries -----------------------------------------------------------------------------------------------


def whole(database: Database, integrity: Integrity, batch: Sequence[Prepared]) -> Sequence[Prepared]:
    """The batch without the rows that refer to nothing or end what is held, which are refused; and with the ends that
    follow from its ends."""
    if not any(integrity.concerns(list(item.decoded.rows)) for item in batch):
        return batch
    begun = Begun()
    made: list[Prepared] = []
    for item in batch:
        find = senders_finder(database, integrity.tables, item)
        if sees_all(item):
            made.append(_whole(integrity, item, find, begun))
            continue
        made.append(_whole(integrity, item, find, _begun_before(integrity, item, made)))
        begun.note(integrity.tables, _kept_rows(integrity, made[-1]))
    return made


def _begun_before(integrity: Integrity, item: Prepared, before: Sequence[Prepared]) -> Begun:
    """What began or ended in the same commit, as far as who sends the item sees it."""
    begun = Begun()
    for earlier in before:
        if sees(item, earlier.views, earlier.delivery.source_id):
            begun.note(integrity.tables, _kept_rows(integrity, earlier))
    return begun


def _kept_rows(integrity: Integrity, item: Prepared) -> dict[str, Rows]:
    tables = integrity.tables
    return {name: _as_arrow(tables[name], made) for name, made in item.decoded.rows.items() if tables[name].is_kept}


def _whole(integrity: Integrity, item: Prepared, find: Find, begun: Begun) -> Prepared:
    tables, rows = integrity.tables, _kept_rows(integrity, item)
    if item.checked:
        begun.note(tables, rows)
        return item
    found = integrity.of(rows, find, begun)
    if found.is_clean and not found.cascade:
        return item
    left = dict(item.decoded.rows)
    bad: dict[str, set[int]] = {}
    refused: list[DeliveryError] = []
    for name, index, column in found.dangling:
        bad.setdefault(name, set()).add(index)
        refused.append(_dangling(rows[name], index, column, tables[name].references[column].table))
    for holds in found.holding:
        if holds.index not in bad.setdefault(holds.table, set()):
            bad[holds.table].add(holds.index)
            refused.append(_holding(rows[holds.table], holds))
    for name, indices in bad.items():
        kept = [i for i in range(rows[name].num_rows) if i not in indices]
        left[name] = rows[name].take(pa.array(kept, pa.int64()))
    if not found.holding:
        for name, changes in found.cascade.items():
            more = versions(tables[name], changes)
            there = left.get(name)
            left[name] = (
                more
                if there is None
                else pa.concat_tables([_with_says(tables[name], there), more], promote_options="default")
            )
    decoded = replace(item.decoded, rows=left, refused=(*item.decoded.refused, *refused))
    return replace(item, decoded=decoded)


def _dangling(rows: Rows, index: int, column: str, target: str) -> Dangling:
    row = rows.slice(index, 1).to_pylist()[0]
    reason = Said("{value} is in {table} for nobody who sends this", value=repr(row[column]), table=target)
    return Dangling(reason, raw=repr(row).encode(), where=Where(field=column))


def _holding(rows: Rows, holds: Holds) -> Dangling:
    row = rows.slice(holds.index, 1).to_pylist()[0]
    reason = Said("it can't end while {table} {key} refers to it", table=holds.by, key=", ".join(map(str, holds.key)))
    return Dangling(reason, raw=repr(row).encode(), where=Where(field="says"))


def _as_arrow(table: Table, rows: Any) -> Rows:
    if isinstance(rows, pa.Table):
        return rows
    return pa.Table.from_pylist([dict(zip(table.by_name, row, strict=True)) for row in rows], schema=table.version)


def _with_says(table: Table, rows: Any) -> Rows:
    made = _as_arrow(table, rows)
    if "says" in made.column_names:
        return made
    whole_ones = pa.repeat(pa.scalar(WHOLE, pa.int64()), made.num_rows)
    return made.append_column("says", whole_ones)
