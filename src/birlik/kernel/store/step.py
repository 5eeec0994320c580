"""One step of following: everything that follows from the rows committed since the last, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from birlik.kernel.indicators import Indicator
from birlik.kernel.store import derive, figures
from birlik.kernel.store.database import Database, fetch, quoted
from birlik.kernel.store.derive import Touched
from birlik.kernel.store.reader import Catalogue
from birlik.kernel.store.system import SYSTEM_TABLES
from birlik.kernel.tables import Derived, Rows, arrow_schema


@dataclass
class Step:
    """What `follow` works with. Its cursor is inside a transaction; nothing is seen by readers before it ends."""

    database: Database
    cursor: Any
    catalogue: Catalogue
    registers: Mapping[str, Rows]
    all_views: int
    after_seq: int
    to_seq: int
    now: datetime
    everything: bool
    """A fact was edited, a declaration changed, or nothing was made yet."""
    touched: dict[str, Touched] = field(default_factory=dict)
    groups: dict[str, Rows | None] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    def refresh(self, derived: Derived) -> None:
        """Make a derived table again for what was touched, and note the groups of figures that this changes."""
        touched = self._touched(derived)
        self.touched[derived.name] = touched
        if touched.is_empty:
            return
        followers = [i for i in self.catalogue.indicators.values() if i.source == derived.name]
        if touched.everything:
            derive.refresh(self.cursor, derived, touched, self.registers, self.all_views)
            self.groups |= dict.fromkeys((i.name for i in followers), None)
        else:
            self.cursor.register("touched_keys", touched.keys)
            try:
                self._snapshot(derived, "rows_before")
                derive.refresh(self.cursor, derived, touched, self.registers, self.all_views)
                self._snapshot(derived, "rows_after")
            finally:
                self.cursor.unregister("touched_keys")
            # Most rows of a touched object come out as they were: only what differs changes a figure.
            changed = (
                "((FROM rows_before EXCEPT ALL FROM rows_after) UNION ALL "
                "(FROM rows_after EXCEPT ALL FROM rows_before))"
            )
            self.groups |= {i.name: figures.groups_of(self.cursor, i, "TRUE", source=changed) for i in followers}
        self.changed.add(derived.name)

    def _snapshot(self, derived: Derived, name: str) -> None:
        self.cursor.execute(
            f'CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM "{derived.name}" '
            f'WHERE "{derived.by}" IN (SELECT k FROM touched_keys)'
        )

    def _touched(self, derived: Derived) -> Touched:
        if self.everything:
            return Touched(None, everything=True)
        if derived.source in self.touched:
            return self.touched[derived.source]
        return derive.touched_by_rows(self.database, derived, self.after_seq, self.to_seq)

    def figures(self, indicator: Indicator) -> None:
        """Make the figures of an indicator again for the groups that changed."""
        now = self.now.replace(second=0, microsecond=0) if indicator.live else self.now
        if indicator.live or self.everything:
            groups: Rows | None = None
        elif indicator.source in self.catalogue.derived:
            if indicator.name not in self.groups:
                return
            groups = self.groups[indicator.name]
        else:
            condition = "seq > ? AND seq <= ?"
            groups = figures.groups_of(self.cursor, indicator, condition, [self.after_seq, self.to_seq])
        if figures.refresh(self.cursor, indicator, groups, now, self.all_views):
            self.changed.add(indicator.name)

    def views_with_rows(self) -> list[int]:
        """The views for which anything was computed: rules are judged for these."""
        seen = 1
        for name in (*self.catalogue.derived, *self.catalogue.tables):
            for (mask,) in self.cursor.execute(f'SELECT DISTINCT views FROM "{name}"').fetchall():
                seen |= mask
        return [v for v in range(seen.bit_length()) if seen & (1 << v) & self.all_views]

    def situation(self, view: int) -> "StepSituation":
        return StepSituation(self, view)

    def alerts(self, view: int, rule: str) -> list[dict[str, Any]]:
        """The open alerts of a rule, as one view has them."""
        names = [f.name for f in ALERT_TABLE.fields]
        sql = f"SELECT {quoted(names)} FROM birlik_alert WHERE views = ? AND rule = ? AND status = 'open' ORDER BY key"
        rows: list[dict[str, Any]] = fetch(self.cursor, sql, [1 << view, rule]).to_pylist()
        return rows

    def put(self, table: str, rows: list[dict[str, Any]], view: int, key: str) -> None:
        """Replace system rows (alerts, messages, outbox) by key."""
        if not rows:
            return
        self.cursor.execute(f'DELETE FROM "{table}" WHERE "{key}" IN (SELECT unnest(?))', [[r[key] for r in rows]])
        fields = next((t.fields for t in SYSTEM_TABLES if t.name == table), None)
        if fields is None:
            for row in rows:
                marks = ", ".join("?" for _ in row)
                self.cursor.execute(f'INSERT INTO "{table}" ({quoted(list(row))}) VALUES ({marks})', list(row.values()))
            return
        made = pa.Table.from_pylist(rows, schema=arrow_schema(fields))
        made = made.append_column("views", pa.repeat(pa.scalar(1 << view, pa.int64()), made.num_rows))
        derive.insert(self.cursor, table, made)
        self.changed.add(table)


ALERT_TABLE = next(t for t in SYSTEM_TABLES if t.name == "birlik_alert")


class StepSituation:
    """Implements `kernel.alerts.Situation` for one view."""

    def __init__(self, step: Step, view: int) -> None:
        self._step, self._view = step, view

    @property
    def now(self) -> datetime:
        return self._step.now.replace(second=0, microsecond=0)

    def table(self, name: str, *, columns: Sequence[str] | None = None, **equal: Any) -> Rows:
        if name in self._step.registers:
            return self._step.registers[name]
        chosen = columns or tuple(self._step.catalogue.fields(name))
        condition, values = _equal(equal)
        sql = f'SELECT {quoted(chosen)} FROM "{name}" WHERE (views & ?) <> 0{condition}'
        return fetch(self._step.cursor, sql, [1 << self._view, *values])

    def latest_by_minute(self, name: str, *, time: str, by: str, since: datetime) -> Rows:
        sql = (
            f'SELECT "{by}", max("{time}") AS "{time}" FROM "{name}" WHERE (views & ?) <> 0 AND "{time}" >= ? '
            # Not date_trunc, which asks the time zone of every row and is three times as slow.
            f'GROUP BY "{by}", epoch_us("{time}") // 60_000_000 ORDER BY 1, 2'
        )
        return fetch(self._step.cursor, sql, [1 << self._view, since])

    def figures(self, indicator: str, **equal: Any) -> Rows:
        declared = self._step.catalogue.indicators[indicator]
        condition, values = _equal(equal)
        names = quoted([f.name for f in declared.fields])
        sql = f"SELECT {names} FROM {declared.table} WHERE view = ? AND valid_to IS NULL{condition}"
        return fetch(self._step.cursor, sql, [self._view, *values])


def _equal(equal: Mapping[str, Any]) -> tuple[str, list[Any]]:
    text, values = "", []
    for name, value in equal.items():
        column, operator = (name.removeprefix("since_"), ">=") if name.startswith("since_") else (name, "=")
        text += f' AND "{column}" {operator} ?'
        values.append(value)
    return text, values
