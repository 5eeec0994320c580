"""A text by paragraph, and what hangs on each."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from birlik.apps.web.panels.content import Content, Facts
from birlik.apps.web.panels.table import noted
from birlik.apps.web.sight import Row, Sight
from birlik.kernel.domain import Document

MOST_PARAGRAPHS = 2_000
MOST_HANGING = 2_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Hanging:
    name: str | Markup
    beside: Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    anchor: str
    called: str
    text: str
    lang: str
    hanging: Sequence[Hanging]


def content(panel: Document, sight: Sight) -> Content:
    rows = sight.rows(panel.table, panel.fixed, order=panel.order or (panel.paragraph,), limit=MOST_PARAGRAPHS)
    hanging = _hanging(panel, sight)
    known = {str(row[panel.paragraph]) for row in rows}
    rest = [each for on, of in hanging.items() if on not in known for each in of]
    return Content(
        empty=not rows and not rest,
        facts=Facts(n=sight.words.count(len(rows))),
        values={"paragraphs": [_paragraph(panel, row, hanging) for row in rows], "rest": rest},
    )


def _paragraph(panel: Document, row: Row, hanging: dict[str, list[Hanging]]) -> Paragraph:
    called = str(row[panel.paragraph])
    return Paragraph(
        anchor=f"{panel.name}-{called}",
        called=called,
        text=str(row[panel.text]),
        lang=str(row.get(panel.lang) or ""),
        hanging=hanging.get(called, ()),
    )


def _hanging(panel: Document, sight: Sight) -> dict[str, list[Hanging]]:
    """By what a paragraph is called, in the order of the table's key."""
    made: dict[str, list[Hanging]] = {}
    if panel.hanging:
        for row in sight.rows(panel.hanging, panel.hanging_fixed, limit=MOST_HANGING):
            made.setdefault(str(row[panel.on] or ""), []).append(_of(panel, sight, row))
    return made


def _of(panel: Document, sight: Sight, row: Row) -> Hanging:
    fields = sight.columns(panel.hanging)
    first, *others = (noted(sight, fields[name], row) for name in panel.hanging_columns)
    page = sight.page(panel.link) if panel.link else None
    name: str | Markup = first
    if page is not None:
        href = sight.link(panel.link, str(row[page.parameters[0]]), row=row)
        name = Markup('<a href="{}">{}</a>').format(href, first)
    return Hanging(name=name, beside=[text for text in others if text])
