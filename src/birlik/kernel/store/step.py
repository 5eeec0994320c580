"""One step of following: everything that follows from the rows committed since the last, in one transaction."""

import functools
import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from birlik.kernel.alerts import AlertRule, Signal
from birlik.kernel.indicators import Indicator
from birlik.kernel.store import derive, figures, states, touching, went_back
from birlik.kernel.store.catalogue import Catalogue
from birlik.kernel.store.database import fetch, quoted
from birlik.kernel.store.inserting import insert
from birlik.kernel.store.searching.following import SEARCH, Following
from birlik.kernel.store.seeing import seen_by
from birlik.kernel.store.snapshot import Snapshot
from birlik.kernel.store.standing import cut
from birlik.kernel.store.system import SYSTEM_TABLES
from birlik.kernel.store.touching import Touched
from birlik.kernel.tables import Derived, Rows, arrow_schema


@dataclass
class Step:
    """What `follow` works with. Its cursor is inside a transaction; nothing is seen by readers before it ends."""

    snapshot: Snapshot
    all_views: int
    now: datetime
    anew: frozenset[str]
    """Derived tables and indicators that are declared otherwise than when they were last made, or never were."""
    masks: frozenset[int]
    """The sets of views for which any row was ever taken."""
    progress: derive.Progress = lambda *_: None
    search: Following | None = None
    changed: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    """Of those that are made anew, which were."""
    latest: dict[tuple[Any, ...], Rows] = field(default_factory=dict)
    """What rules asked for all views at once: each view's answer is cut from it."""
    again: Mapping[str, Rows] = field(default_factory=dict)
    """By indicator, groups to make again whether or not their rows changed."""
    _signals: dict[tuple[str, frozenset[int]], Mapping[str, Signal]] = field(default_factory=dict)
    _open: list[dict[str, Any]] | None = None
    """The open alerts of all views and rules, until one changes."""

    @property
    def cursor(self) -> Any:
        """The step's own, within its transaction."""
        return self.snapshot.cursor

    @property
    def catalogue(self) -> Catalogue:
        """What is declared, as the step began."""
        return self.snapshot.catalogue

    def went_back(self) -> None:
        """The clock was ahead when something was last said, and is no more."""
        self.again = went_back.to(self.cursor, list(self.catalogue.indicators.values()), self.now)

    def refresh(self, derived: Derived) -> None:
        """Make a derived table again for the keys that its sources' changes touch."""
        self.made.add(derived.name)
        touched = Touched(everything=True) if derived.name in self.anew else touching.touched(self.snapshot, derived)
        if touched.is_empty:
            return
        refresh = derive.refresh if derived.carried is None else states.refresh
        refresh(self.snapshot, derived, touched, self.all_views, self.progress)
        self.changed.add(derived.name)

    def figures(self, indicator: Indicator) -> None:
        """Make the figures of an indicator again for the groups that changed."""
        self.made.add(indicator.name)
        now = self.now.replace(second=0, microsecond=0) if indicator.live else self.now
        groups: Rows | None = None
        if not indicator.live and indicator.name not in self.anew:
            changed = self.snapshot.changed(indicator.source)
            named = [figures.groups_of(self.cursor, indicator, changed)] if changed is not None else []
            named += [self.again[indicator.name]] if indicator.name in self.again else []
            if not named:
                return
            groups = named[0] if len(named) == 1 else _distinct(named)
        source = self.snapshot.relation(indicator.source)
        if figures.refresh(self.cursor, indicator, source, groups, now, self.all_views):
            self.changed.add(indicator.name)

    def index(self, name: str) -> None:
        """Bring what is found by words of a table up to date."""
        if self.search is not None:
            made = SEARCH + name
            anew = made in self.anew or name in self.anew
            if self.search.refresh(self.snapshot, name, self.all_views, self.progress, anew=anew):
                self.made.add(made)

    def views_with_rows(self) -> list[int]:
        """The views that may see anything: rules are judged for these."""
        seen = functools.reduce(operator.or_, self.masks, 1) & self.all_views
        return [v for v in range(seen.bit_length()) if seen & (1 << v)]

    def signals(self, rule: AlertRule, view: int) -> Mapping[str, Signal]:
        """What a rule says to a view, by key: once for all views that see the same rows."""
        asked = (rule.name, frozenset(mask for mask in self.masks if mask & (1 << view)))
        if asked not in self._signals:
            said = rule.judge(self.situation(view))
            self._signals[asked] = {signal.key: signal for signal in said if math.isfinite(signal.level)}
        return self._signals[asked]

    def situation(self, view: int) -> "StepSituation":
        """What an alert rule may look at, as one view has it."""
        return StepSituation(self, view)

    def alerts(self, view: int, rule: str) -> list[dict[str, Any]]:
        """The open alerts of a rule, as one view has them."""
        if self._open is None:
            names = quoted([*(f.name for f in ALERT_TABLE.fields), "views"])
            found = fetch(self.cursor, f"SELECT {names} FROM birlik_alert WHERE status = 'open' ORDER BY key")
            self._open = found.to_pylist()
        mine = [dict(row) for row in self._open if (row["views"], row["rule"]) == (1 << view, rule)]
        return [{name: value for name, value in row.items() if name != "views"} for row in mine]

    def put(self, table: str, rows: list[dict[str, Any]], view: int, key: str) -> None:
        """Replace system rows (alerts, messages, outbox) by key."""
        if not rows:
            return
        self._open = None
        self.cursor.execute(f'DELETE FROM "{table}" WHERE "{key}" IN (SELECT unnest(?))', [[r[key] for r in rows]])
        fields = next((t.fields for t in SYSTEM_TABLES if t.name == table), None)
        if fields is None:
            for row in rows:
                marks = ", ".join("?" for _ in row)
                self.cursor.execute(f'INSERT INTO "{table}" ({quoted(list(row))}) VALUES ({marks})', list(row.values()))
            return
        made = pa.Table.from_pylist(rows, schema=arrow_schema(fields))
        made = made.append_column("views", pa.repeat(pa.scalar(1 << view, pa.int64()), made.num_rows))
        insert(self.cursor, table, made)
        self.changed.add(table)


ALERT_TABLE = next(t for t in SYSTEM_TABLES if t.name == "birlik_alert")


class StepSituation:
    """Implements `kernel.alerts.Situation` for one view."""

    def __init__(self, step: Step, view: int) -> None:
        self._step, self._view = step, view

    @property
    def now(self) -> datetime:
        """The step's time, to the minute: within one a rule is judged once."""
        return self._step.now.replace(second=0, microsecond=0)

    def table(self, name: str, *, columns: Sequence[str] | None = None, **equal: Any) -> Rows:
        """As `Situation.table`."""
        chosen = columns or tuple(self._step.catalogue.fields(name))
        condition, values = _equal(equal)
        relation = self._step.snapshot.relation(name)
        sql = f"SELECT {quoted(chosen)} FROM {relation} WHERE {seen_by(1 << self._view)}{condition}"
        return fetch(self._step.cursor, sql, values)

    def latest_by_minute(self, name: str, *, time: str, by: str, since: datetime) -> Rows:
        """As `Situation.latest_by_minute`; asked once a step for all views."""
        asked = (name, time, by, since)
        if asked not in self._step.latest:
            sql = (
                # Not date_trunc, which asks the time zone of every row and is three times as slow.
                f'SELECT "{by}", epoch_us("{time}") // 60_000_000 AS minute, max("{time}") AS "{time}", views '
                f'FROM "{name}" WHERE "{time}" >= ? GROUP BY "{by}", minute, views'
            )
            self._step.latest[asked] = fetch(self._step.cursor, sql, [since])
        seen = cut(self._step.latest[asked], 1 << self._view).group_by([by, "minute"]).aggregate([(time, "max")])
        named = seen.select([by, f"{time}_max"]).rename_columns([by, time])
        return named.sort_by([(by, "ascending"), (time, "ascending")])

    def figures(self, indicator: str, **equal: Any) -> Rows:
        """As `Situation.figures`."""
        declared = self._step.catalogue.indicators[indicator]
        condition, values = _equal(equal)
        names = quoted([f.name for f in declared.fields])
        sql = f"SELECT {names} FROM {declared.table} WHERE view = ? AND valid_to IS NULL{condition}"
        return fetch(self._step.cursor, sql, [self._view, *values])


def _distinct(groups: Sequence[Rows]) -> Rows:
    whole = pa.concat_tables([g.cast(groups[0].schema) for g in groups])
    return whole.group_by(whole.schema.names).aggregate([])


def _equal(equal: Mapping[str, Any]) -> tuple[str, list[Any]]:
    text, values = "", []
    for name, value in equal.items():
        column, operator = (name.removeprefix("since_"), ">=") if name.startswith("since_") else (name, "=")
        text += f' AND "{column}" {operator} ?'
        values.append(value)
    return text, values
