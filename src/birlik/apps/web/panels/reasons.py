"""What fits, the best first: each with the parts of its sum and their weights, and the two sentences that met."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from birlik.apps.web import naming
from birlik.apps.web.ask import iso
from birlik.apps.web.panels.agenda import left
from birlik.apps.web.panels.content import Content, Facts
from birlik.apps.web.panels.filtering import expression
from birlik.apps.web.panels.table import cell, heading, readable
from birlik.apps.web.sight import Row, Sight
from birlik.kernel.domain import Part, Reasons

UNKNOWN = "not known"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """A row as it is told."""

    name: Markup
    left: str
    cells: list[tuple[str, Any]]
    sum: str
    parts: list[tuple[str, str, float | None, str, str]]
    """(title, how much of it there is, the same as a number, its weight, on what it rests)"""
    met: tuple[str, str] | None
    doubts: list[str]


def content(panel: Reasons, sight: Sight) -> Content:
    words = sight.words
    text = f"{panel.until} >= TIMESTAMP('{iso(sight.minute)}')" if panel.until else ""
    asked = expression(panel.table, sight, text) if text else None
    found = sight.rows(panel.table, panel.fixed, order=panel.order, limit=panel.limit + 1, expression=asked)
    rows = found[: panel.limit]
    return Content(
        empty=not rows,
        facts=Facts(n=words.count(len(rows)) + ("+" if len(found) > panel.limit else "")),
        values={
            "fits": [_fit(panel, sight, row) for row in rows],
            "left_out": words.t(panel.text_left_out) if panel.text_left_out else "",
        },
        expression=text,
    )


def _fit(panel: Reasons, sight: Sight, row: Row) -> Fit:
    words, fields = sight.words, sight.columns(panel.table)
    first, *others = panel.columns
    low, high = (words.percent(round(row[name], 2)) for name in (panel.low, panel.high))
    mine, theirs = (str(row[name] or "") for name in panel.met)
    doubts = str(row[panel.doubts] or "").split() if panel.doubts else []
    return Fit(
        name=_name(panel, sight, row, readable(cell(sight, fields[first], row))),
        left=left(sight, row[panel.until], row.get(panel.day)) if panel.until else "",
        cells=[(heading(sight, fields[name]), _cell(panel, sight, fields, name, row)) for name in others],
        sum=low if low == high else f"{low} – {high}",
        parts=[_part(sight, part, row) for part in panel.parts],
        met=(mine, theirs) if mine and theirs else None,
        doubts=[sight.label(panel.doubts, code) for code in doubts],
    )


def _name(panel: Reasons, sight: Sight, row: Row, text: Any) -> Markup:
    marked = naming.mark(sight, sight.node.store.catalogue.declared(panel.table), row)
    page = sight.page(panel.link) if panel.link else None
    if page is None:
        return Markup("{}{}").format(text, marked)
    href = sight.link(panel.link, str(row[panel.by or page.parameters[0]]))
    return Markup('<a href="{}">{}</a>{}').format(href, text, marked)


def _cell(panel: Reasons, sight: Sight, fields: Mapping[str, Any], name: str, row: Row) -> Any:
    if row[name] in (None, "") and name in panel.lacking:
        return Markup('<span class="quiet">{}</span>').format(sight.words.t(panel.lacking[name]))
    return readable(cell(sight, fields[name], row))


def _part(sight: Sight, part: Part, row: Row) -> tuple[str, str, float | None, str, str]:
    words, value = sight.words, row[part.column]
    note = sight.label(part.note, str(row[part.note])) if part.note and row[part.note] not in (None, "") else ""
    said = words.t(UNKNOWN) if value is None else words.percent(round(value, 2))
    return words.t(part.title), said, value, words.percent(part.weight), note
