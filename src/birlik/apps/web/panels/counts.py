"""How many rows of a table have each value of a column, what that means, and the newest of each as examples."""

from collections.abc import Sequence
from typing import Any

from birlik.apps.web.panels.content import Content, Facts, Grid
from birlik.apps.web.panels.table import cell, heading
from birlik.apps.web.sight import Read, Row, Sight
from birlik.kernel.domain import Counts

EXAMPLES = 3
MOST = 200


def content(panel: Counts, sight: Sight) -> Content:
    table, column = panel.table, panel.split
    filters = tuple(sorted(sight.table_filters(table, panel.fixed).items()))
    rows = sight.answer(Read("counts", table, filters, (column,), MOST, slow=True))
    total, of = sum(r["n"] for r in rows), _of(panel, sight)
    words = sight.words
    said = ""
    if rows and of:
        said = words.t("{n} of {of} records ({share})").format(
            n=words.count(total), of=words.count(of), share=words.percent(total / of)
        )
    return Content(
        values={"items": [_item(panel, sight, r, of) for r in rows], "said": said, "of": bool(of)},
        facts=Facts(n=words.count(total)),
        empty=not rows,
    )


def _of(panel: Counts, sight: Sight) -> int:
    """How many rows there are of which these are a part: those of `beside` that the page is about."""
    filters = sight.table_filters(panel.beside, {}) if panel.beside else {}
    if not panel.beside or not filters:
        return 0
    found = sight.answer(Read("counts", panel.beside, tuple(sorted(filters.items())), tuple(filters), slow=True))
    return sum(r["n"] for r in found)


def _item(panel: Counts, sight: Sight, row: Row, of: int) -> dict[str, Any]:
    column, words = panel.split, sight.words
    value = row[column]
    about = words.translations.pgettext(f"about {column}", str(value))
    return {
        "name": sight.label(column, value),
        "about": about if about != str(value) else "",
        "n": words.count(row["n"]),
        "share": words.percent(row["n"] / of) if of else "",
        "first": sight.stamp(row["first_time"]) if row["first_time"] is not None else "",
        "last": sight.stamp(row["last_time"]) if row["last_time"] is not None else "",
        "examples": _examples(panel, sight, value),
    }


def _examples(panel: Counts, sight: Sight, value: object) -> Grid:
    table, column = panel.table, panel.split
    fields = sight.columns(table)
    chosen = [fields[m] for m in panel.columns if m in fields]
    order = panel.order or (f"-{_time(sight, table)}",)
    rows: Sequence[Row] = sight.rows(table, {**panel.fixed, column: str(value)}, order=order, limit=EXAMPLES, slow=True)
    return Grid(
        headings=[heading(sight, f) for f in chosen],
        numeric=[False] * len(chosen),
        rows=[[cell(sight, f, row) for f in chosen] for row in rows],
    )


def _time(sight: Sight, table: str) -> str:
    declared = sight.node.store.catalogue
    return str((declared.tables.get(table) or declared.derived[table]).time)
