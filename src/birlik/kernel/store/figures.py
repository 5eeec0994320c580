"""Making figures: for the groups that changed, once a view, with versions for what was published."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from birlik.kernel.indicators import Indicator
from birlik.kernel.policy import atoms
from birlik.kernel.store.database import fetch, quoted
from birlik.kernel.tables import Rows, arrow_schema

KEPT_EVERY_S = 3600
"""A figure of a running period that changes is overwritten, but what stood for an hour is kept."""


def groups_of(
    cursor: Any, indicator: Indicator, condition: str, parameters: Sequence[Any] = (), *, source: str = ""
) -> Rows:
    """The distinct groups among source rows (or a relation of the same columns) that satisfy a condition."""
    only = "".join(f" AND \"{c}\" = '{v}'" for c, v in indicator.only.items())
    relation = source or f'"{indicator.source}"'
    return fetch(
        cursor,
        f"SELECT DISTINCT {quoted(indicator.dimension_names)} FROM {relation} WHERE {condition}{only}",
        parameters,
    )


def refresh(cursor: Any, indicator: Indicator, groups: Rows | None, now: datetime, all_views: int) -> bool:
    """Make the figures of `groups` again (all of them where it is None). True if any figure changed."""
    if groups is not None and groups.num_rows == 0:
        return False
    dimensions = indicator.dimension_names
    join = ""
    if groups is not None:
        cursor.register("touched_groups", groups)
        matches = " AND ".join(f's."{d}" IS NOT DISTINCT FROM g."{d}"' for d in dimensions)
        join = f" JOIN touched_groups g ON {matches}"
    try:
        new = _computed(cursor, indicator, join, now, all_views)
        return _publish(cursor, indicator, new, groups is not None, now)
    finally:
        if groups is not None:
            cursor.unregister("touched_groups")


def _computed(cursor: Any, indicator: Indicator, join: str, now: datetime, all_views: int) -> Rows:
    only = "".join(f" AND s.\"{c}\" = '{v}'" for c, v in indicator.only.items())
    tail = f'FROM "{indicator.source}" s{join} WHERE TRUE{only}'
    masks = [row[0] for row in cursor.execute(f"SELECT DISTINCT s.views {tail}").fetchall()]
    columns = ", ".join(f's."{c}"' for c in dict.fromkeys((*indicator.dimension_names, *indicator.columns)))
    order = ", ".join(f's."{d}"' for d in indicator.dimension_names)
    parts = []
    for atom in atoms(masks, all_views):
        seen = "" if all(mask & atom for mask in masks) else f" AND (s.views & {atom & -atom}) <> 0"
        rows = fetch(cursor, f"SELECT {columns} {tail}{seen} ORDER BY {order}")
        made = suppressed(indicator, compute(indicator, rows, now))
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
    import pyarrow.compute as pc

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
    in_scope = "TRUE"
    if bounded:
        matches = " AND ".join(f'f."{d}" IS NOT DISTINCT FROM g."{d}"' for d in dimensions)
        in_scope = f"EXISTS (SELECT 1 FROM touched_groups g WHERE {matches})"
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
            f"ELSE e.version END, 1) AS version, coalesce(CASE WHEN {kept} THEN NULL ELSE e.valid_from END, ?) "
            f"AS valid_from, NULL::TIMESTAMPTZ AS valid_to, FALSE AS pinned FROM new_figures n "
            f"LEFT JOIN ending e ON {again} WHERE NOT EXISTS (SELECT 1 FROM {table} f WHERE f.valid_to IS NULL "
            f"AND {same_group})",
            [*([now, now] if "?" in kept else []), now],
        )
        return True
    finally:
        cursor.unregister("new_figures")


def _kept(indicator: Indicator) -> str:
    """SQL: does a figure that ends stay as a version? One parameter, now, where it has a `?`."""
    if indicator.live:
        return "FALSE"
    return f"(pinned OR date_diff('second', valid_from, ?::TIMESTAMPTZ) >= {KEPT_EVERY_S})"
