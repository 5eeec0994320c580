"""The tables as one step finds and makes them: what is read of each, and what changed in it, before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from birlik.kernel.meaning.beside import Beside
from birlik.kernel.store import keeping
from birlik.kernel.store.catalogue import Catalogue
from birlik.kernel.store.database import fetch, quoted
from birlik.kernel.store.folding import holding, lapses
from birlik.kernel.store.held import Held
from birlik.kernel.store.standing import Standing, merged
from birlik.kernel.store.system import changes_of, state_of
from birlik.kernel.tables import By, Rows, Source, Table, Type


@dataclass
class Snapshot:
    """Inside the step's transaction. Names of tables go in, SQL that may stand after FROM comes out.

    A changed row stands there as it was (`was`), as it is, or both; `views` are those who saw or see it.
    """

    cursor: Any
    catalogue: Catalogue
    standing: Standing
    after_seq: int
    to_seq: int
    before: datetime
    """The moment of the last step; `now` is that of this one."""
    now: datetime
    last_seq: dict[str, int]
    """By table that suppliers send, the last commit that brought it rows."""
    made: dict[str, str] = field(default_factory=dict)
    """By derived table that was refreshed in this step and came out otherwise: its changed rows."""
    held: Held = field(default_factory=Held)
    meant: Beside | None = None
    """Makes what rows mean; None where the node has no model."""
    _registered: set[str] = field(default_factory=set)
    _told: dict[Source, Rows] = field(default_factory=dict)
    _by_time: dict[str, bool] = field(default_factory=dict)

    def relation(self, name: str) -> str:
        """Its rows, with `views`; a register as it stands."""
        table = self.catalogue.tables.get(name)
        if table is None or not table.is_kept:
            return self.catalogue.relation(name)
        if name not in self.standing.registers:
            held = f'"{state_of(name)}"'
            return f"(SELECT * FROM {held} WHERE {holding(table, self.now)})" if lapses(table) else held
        view = f"standing_{name}"
        if view not in self._registered:
            self.cursor.register(view, self.standing.at(self.cursor, name, self.to_seq))
            self._registered.add(view)
        return f'"{view}"'

    def looked_up(self, source: Source) -> Rows:
        """A table that is looked up whole: the source's columns, and `views`."""
        table = self.catalogue.tables.get(source.table)
        if table is not None and table.is_register:
            return self.standing.columns(self.cursor, source.table, source.columns, self.to_seq)
        return fetch(self.cursor, merged(self.relation(source.table), source.columns))

    def changed(self, name: str) -> str | None:
        """Its changed rows in full: fields, `views`, `was`. None where nothing changed."""
        if name in self.catalogue.derived:
            made, attached = self.made.get(name), self.catalogue.attached
            return made if made is None or attached is None else attached.beside(self.catalogue.derived[name], made)
        table = self.catalogue.tables[name]
        if lapses(table) and self._turned(table):
            return self._changed_by_time(table)
        if self.last_seq.get(name, self.to_seq) <= self.after_seq:
            return None
        if table.is_kept:
            return f'(FROM "{changes_of(name)}" WHERE seq <= {self.to_seq} AND {holding(table, self.before)})'
        return f'(SELECT *, FALSE AS was FROM "{name}" WHERE seq > {self.after_seq} AND seq <= {self.to_seq})'

    def _turned(self, table: Table) -> bool:
        """Whether time alone changed what holds, since the last step."""
        if table.name not in self._by_time:
            turned = f"{holding(table, self.before)} <> {holding(table, self.now)}"
            asked = f'SELECT 1 FROM "{{}}" WHERE {turned} LIMIT 1'
            tables = (state_of(table.name), changes_of(table.name))
            self._by_time[table.name] = any(self.cursor.execute(asked.format(name)).fetchall() for name in tables)
        return self._by_time[table.name]

    def _changed_by_time(self, table: Table) -> str:
        """First what commits changed, as it held at the last step; then what time changed of all that stands.

        What came since the step began stands already: for what it changed, the table is taken as it was.
        """
        names, state, changes = quoted([*table.by_name, "views"]), state_of(table.name), changes_of(table.name)
        before, now = holding(table, self.before), holding(table, self.now)
        return (
            f'(SELECT {names}, was FROM "{changes}" WHERE seq <= {self.to_seq} AND {before} '
            f'UNION ALL SELECT {names}, {before} AS was FROM "{state}" WHERE {before} <> {now} '
            f'UNION ALL SELECT {names}, was = {before} AS was FROM "{changes}" '
            f"WHERE seq > {self.to_seq} AND {before} <> {now})"
        )

    def changed_columns(self, source: Source) -> str | None:
        """The changed rows of a source as far as its columns go: where those came out the same, nothing changed."""
        changed = self.changed(source.table)
        if changed is None:
            return None
        names = quoted(source.columns)
        if source.table in self.catalogue.tables and not self.catalogue.tables[source.table].is_kept:
            return f"(SELECT {names} FROM {changed})"
        return (
            f"(SELECT {names} FROM {changed} GROUP BY {names} "
            "HAVING bit_or(views) FILTER (was) IS DISTINCT FROM bit_or(views) FILTER (NOT was) "
            "OR sum(CASE WHEN was THEN -views ELSE views END) <> 0)"
        )

    def with_gone(self, name: str) -> str:
        """Its rows, and those that stood there before this step and no longer do."""
        standing, table = self.relation(name), self.catalogue.tables.get(name)
        if table is not None and not table.is_kept:
            return standing  # what suppliers send is added to, never taken away
        changed = self.changed(name)
        return standing if changed is None else f"(FROM {standing} UNION ALL BY NAME FROM {changed} WHERE was)"

    def look_up(
        self,
        table: str,
        columns: Sequence[str] = (),
        *,
        among: Mapping[str, Sequence[Any]] = MappingProxyType({}),
        within: Mapping[str, tuple[Any, Any]] = MappingProxyType({}),
    ) -> Rows:
        """Implements `kernel.tables.LookUp`."""
        chosen = quoted(columns or [*self.catalogue.fields(table)])
        tests = [f'"{name}" IN (SELECT unnest(?))' for name in among]
        tests += [f'"{name}" BETWEEN ? AND ?' for name in within]
        values = [*(list(asked) for asked in among.values()), *(end for ends in within.values() for end in ends)]
        where = " AND ".join(tests) or "TRUE"
        return fetch(self.cursor, f"SELECT DISTINCT {chosen} FROM {self.with_gone(table)} WHERE {where}", values)

    def told(self, source: Source, rule: By, changed: str) -> Rows:
        """What a rule's function says: k, since. Asked once a step, however many tables have the source."""
        if source not in self._told:
            rows = fetch(self.cursor, f"SELECT * FROM {changed}")
            said = rule.function(rows, self.look_up) if rows.num_rows else pa.table({"k": pa.nulls(0)})
            if "since" not in said.column_names:
                said = said.append_column("since", pa.nulls(said.num_rows, Type.TIME.arrow))
            self._told[source] = said
        return self._told[source]

    def done(self) -> None:
        """Let go of what was noted for this step only."""
        self.held.clear()
        for name, table in self.catalogue.tables.items():
            if table.is_kept and self.last_seq.get(name, self.to_seq) > self.after_seq:
                keeping.noticed(self.cursor, table, self.to_seq)
        for relation in self.made.values():
            if relation.startswith('"'):
                self.cursor.execute(f"DROP TABLE IF EXISTS temp.{relation}")

    def close(self) -> None:
        """Take back what was registered and made for this step."""
        for name in self._registered:
            if name.startswith("standing_"):
                self.cursor.unregister(name)
