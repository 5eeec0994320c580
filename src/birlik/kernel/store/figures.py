"""Making figures: for the groups that changed, once a view, with versions for what was published."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from birlik.kernel.indicators import Indicator
from birlik.kernel.policy import atoms
from birlik.kernel.store import sealing
from birlik.kernel.store.database import fetch, quoted
from birlik.kernel.store.standing import cut
from birlik.kernel.tables import Rows, arrow_schema

KEPT_EVERY_S = 3600
"""A figure of a running period that changes is overwritten, but what stood for an hour is kept."""


class Test(NamedTuple):
    """What a source row must be to count: one of several values, or not before a moment."""

    column: str
    values: tuple[Any, ...] = ()
    since: datetime | None = None


def tests_of(indicator: Indicator, now: datetime | None) -> list[Test]:
    """Which source rows count; without `now`, which could."""
    tests = [Test(c, v if isinstance(v, tuple) else (v,)) for c, v in indicator.only.items()]
    if indicator.window_days is not None and now is not None:
        tests.append(Test(indicator.window_time, since=now - timedelta(days=indicator.window_days)))
    return tests


def condition(tests: Sequence[Test]) -> tuple[str, list[Any]]:
    """As SQL, with its parameters."""
    texts, values = ["TRUE"], []
    for test in tests:
        if test.since is not None:
            texts.append(f'"{test.column}" >= ?')
            values.append(test.since)
        else:
            texts.append(f'"{test.column}" IN ({", ".join("?" for _ in test.values)})')
            values.extend(test.values)
    return " AND ".join(texts), values


def grouped_by(indicator: Indicator, source: str) -> str:
    """The relation of its rows, each once more for every other group that it is in."""
    relations = [f"FROM {source}"]
    for dimension, other in indicator.also.items():
        differs = f'"{other}" IS DISTINCT FROM "{dimension}" AND "{other}" IS NOT NULL'
        relations.append(f'SELECT * REPLACE ("{other}" AS "{dimension}") FROM {source} WHERE {differs}')
    return source if len(relations) == 1 else f"({' UNION ALL BY NAME '.join(relations)})"


def grouped_rows(indicator: Indicator, rows: Rows) -> Rows:
    """As `grouped_by`, of rows in memory."""
    made = [rows]
    for dimension, other in indicator.also.items():
        differs = pc.fill_null(pc.not_equal(rows.column(other), rows.column(dimension)), False)
        some = rows.filter(differs)
        at = some.schema.get_field_index(dimension)
        made.append(some.set_column(at, some.schema.field(at), some.column(other)))
    return pa.concat_tables(made)


def groups_of(cursor: Any, indicator: Indicator, changed: str) -> Rows:
    """The distinct groups among changed rows of the source."""
    where, values = condition(tests_of(indicator, None))
    relation = grouped_by(indicator, changed)
    return fetch(cursor, f"SELECT DISTINCT {quoted(indicator.dimension_names)} FROM {relation} WHERE {where}", values)


def refresh(cursor: Any, indicator: Indicator, source: str, groups: Rows | None, now: datetime, all_views: int) -> bool:
    """Make the figures of `groups` again (all of them where it is None). True if any figure changed.

    source: the relation of its rows, with `views`.
    """
    if groups is not None and groups.num_rows == 0:
        return False
    if groups is not None:
        cursor.register("touched_groups", groups)
    try:
        rows = _read(cursor, indicator, source, groups is not None, now)
        return _publish(cursor, indicator, _computed(indicator, rows, now, all_views), groups is not None, now)
    finally:
        if groups is not None:
            cursor.unregister("touched_groups")


def _read(cursor: Any, indicator: Indicator, source: str, bounded: bool, now: datetime) -> Rows:
    join = ""
    if bounded:
        matches = " AND ".join(f's."{d}" IS NOT DISTINCT FROM g."{d}"' for d in indicator.dimension_names)
        join = f" JOIN touched_groups g ON {matches}"
    where, values = condition(tests_of(indicator, now))
    columns = ", ".join(f's."{c}"' for c in dict.fromkeys((*indicator.dimension_names, *indicator.columns)))
    order = ", ".join(f's."{d}"' for d in indicator.dimension_names)
    return fetch(
        cursor,
        f"SELECT {columns}, s.views FROM (FROM {grouped_by(indicator, source)} WHERE {where}) s{join} ORDER BY {order}",
        values,
    )


def _computed(indicator: Indicator, rows: Rows, now: datetime, all_views: int) -> Rows:
    parts = []
    for atom in atoms(pc.unique(rows.column("views")).to_pylist(), all_views):
        made = suppressed(indicator, compute(indicator, cut(rows, atom & -atom), now))
        for view in range(atom.bit_length()):
            if atom & (1 << view):
                parts.append(made.append_column("view", pa.repeat(pa.scalar(view, pa.int64()), made.num_rows)))
    schema = arrow_schema((*indicator.dimensions, *indicator.measures)).append(pa.field("withheld", pa.string()))
    schema = schema.append(pa.field("view", pa.int64()))
    return pa.concat_tables(parts) if parts else schema.empty_table()


def compute(indicator: Indicator, rows: Rows, now: datetime) -> Rows:
    """Run the declaration over whole groups, in process. Returns dimensions and measures."""
    fields = (*indicator.dimensions, *indicator.measures)
    if rows.num_rows == 0:
        return arrow_schema(fields).empty_table()
    if indicator.function is not None:
        made = indicator.function(rows, now)
    else:
        import ibis

        assert indicator.expression is not None
        made = indicator.expression(ibis.memtable(rows), now).to_pyarrow()
    return made.select([f.name for f in fields]).cast(arrow_schema(fields))


def suppressed(indicator: Indicator, figures: Rows) -> Rows:
    """Below the minimum n nothing is shown but that."""
    few = pc.fill_null(pc.less(figures.column("n"), indicator.minimum_n), True)
    words = pa.scalar(f"n < {indicator.minimum_n}", pa.string())
    for field in indicator.measures:
        if field.name == "basis":
            continue
        position = figures.schema.get_field_index(field.name)
        hidden = pc.if_else(few, pa.scalar(None, field.type.arrow), figures.column(field.name))
        figures = figures.set_column(position, field.name, hidden)
    return figures.append_column("withheld", pc.if_else(few, words, pa.scalar(None, pa.string())))


def _publish(cursor: Any, indicator: Indicator, new: Rows, bounded: bool, now: datetime) -> bool:
    """Put new figures in the place of old ones. What was said of a period that had ended stays, as a version."""
    table, dimensions = indicator.table, indicator.dimension_names
    measures = [f.name for f in indicator.measures] + ["withheld"]
    same_group = " AND ".join(f'f."{d}" IS NOT DISTINCT FROM n."{d}"' for d in dimensions) + " AND f.view = n.view"
    same_figure = " AND ".join(f'f."{m}" IS NOT DISTINCT FROM n."{m}"' for m in measures)
    same_figure += f" AND f.method_version = {indicator.method_version}"
    in_scope = "TRUE"
    if bounded:
        matches = " AND ".join(f'f."{d}" IS NOT DISTINCT FROM g."{d}"' for d in dimensions)
        in_scope = f"EXISTS (SELECT 1 FROM touched_groups g WHERE {matches})"
    if (day := sealing.until(cursor, indicator)) is not None:
        # Of the rows on which these rested some are no more: what stands stays, whatever the rest would say.
        in_scope += f" AND NOT {sealing.is_sealed(indicator, day, 'f')}"
        new = _open(cursor, indicator, new, day)
    cursor.register("new_figures", new)
    try:
        changed = cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM new_figures n WHERE NOT EXISTS (SELECT 1 FROM {table} f "
            f"WHERE f.valid_to IS NULL AND {same_group} AND {same_figure})) "
        ).fetchall()[0][0]
        gone = cursor.execute(
            f"SELECT count(*) FROM {table} f WHERE f.valid_to IS NULL AND {in_scope} "
            f"AND NOT EXISTS (SELECT 1 FROM new_figures n WHERE {same_group})"
        ).fetchall()[0][0]
        if not changed and not gone:
            return False
        # 1. Which standing figures end, and which of them are kept.
        cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE ending AS SELECT f.* FROM {table} f WHERE f.valid_to IS NULL AND {in_scope} "
            f"AND NOT EXISTS (SELECT 1 FROM new_figures n WHERE {same_group} AND {same_figure})"
        )
        kept = _kept(indicator)
        same_row = " AND ".join(f'f."{d}" IS NOT DISTINCT FROM e."{d}"' for d in dimensions)
        cursor.execute(
            f"DELETE FROM {table} f USING ending e WHERE f.valid_to IS NULL AND f.view = e.view AND {same_row}"
        )
        cursor.execute(
            f"INSERT INTO {table} BY NAME SELECT * REPLACE (?::TIMESTAMPTZ AS valid_to) FROM ending WHERE {kept}",
            [now, *([now] if "?" in kept else [])],
        )
        # 2. The new ones: the next version where one was kept, the same where it was overwritten.
        names = [*dimensions, *measures, "view"]
        chosen = ", ".join(f'n."{c}"' for c in names)
        again = " AND ".join(f'n."{d}" IS NOT DISTINCT FROM e."{d}"' for d in dimensions) + " AND n.view = e.view"
        cursor.execute(
            f"INSERT INTO {table} BY NAME SELECT {chosen}, coalesce(CASE WHEN {kept} THEN e.version + 1 "
            f"ELSE e.version END, 1) AS version, coalesce(CASE WHEN {_anew(indicator)} THEN NULL ELSE "
            f"e.valid_from END, ?) AS valid_from, NULL::TIMESTAMPTZ AS valid_to, "
            f"{indicator.method_version} AS method_version, FALSE AS pinned FROM new_figures n "
            f"LEFT JOIN ending e ON {again} WHERE NOT EXISTS (SELECT 1 FROM {table} f WHERE f.valid_to IS NULL "
            f"AND {same_group})",
            [*([now, now] if "?" in kept else []), now],
        )
        return True
    finally:
        cursor.unregister("new_figures")


def _open(cursor: Any, indicator: Indicator, new: Rows, day: str) -> Rows:
    cursor.register("made_figures", new)
    try:
        return fetch(cursor, f"SELECT * FROM made_figures n WHERE NOT {sealing.is_sealed(indicator, day, 'n')}")
    finally:
        cursor.unregister("made_figures")


def _kept(indicator: Indicator) -> str:
    """SQL: does a figure that ends stay as a version? One parameter, now, where it has a `?`."""
    if indicator.live:
        return "FALSE"
    # The last word of another method is kept, however short it stood: readers compare the two.
    return f"(pinned OR {_by_another(indicator)} OR date_diff('second', valid_from, ?::TIMESTAMPTZ) >= {KEPT_EVERY_S})"


def _anew(indicator: Indicator) -> str:
    """SQL: does a figure that takes another's place stand since now? Parameters as for `_kept`."""
    return _by_another(indicator) if indicator.live else _kept(indicator)


def _by_another(indicator: Indicator) -> str:
    return f"method_version <> {indicator.method_version}"
