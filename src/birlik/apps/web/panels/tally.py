"""How many rows have each value of a column, in words and by a bar's length; small numbers are withheld."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from birlik.apps.web import naming
from birlik.apps.web.panels.content import Content, Facts
from birlik.apps.web.sight import Read, Row, Sight
from birlik.kernel.domain import Tally

MOST = 10_000
"""Values that are looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    said: Markup
    n: int
    """The length of its bar; nought where the number is withheld."""


def content(panel: Tally, sight: Sight) -> Content:
    words = sight.words
    where = tuple(sorted(sight.table_filters(panel.table, panel.fixed).items()))
    read = Read("groups", panel.table, where, (panel.by,), MOST, slow=True, mine=sight.is_party, by_duty=sight.by_duty)
    found = sight.answer(read)
    rows = sorted((r for r in found if r[panel.by] not in (None, "")), key=lambda r: (-int(r["count"]), r[panel.by]))
    told = [row for row in rows if row["count"] >= panel.least]
    few = len(told) < len(rows)
    shown = told[: panel.limit]
    called = _called(panel, sight, shown)
    return Content(
        empty=not rows,
        # With the sum of all one could find what is withheld.
        facts=Facts(n="" if few else words.count(sum(int(row["count"]) for row in rows))),
        withheld=[words.t("fewer than {n}").format(n=words.count(panel.least))] if few else [],
        values={
            "lines": [_line(panel, sight, row, called) for row in shown],
            "most": max((int(row["count"]) for row in shown), default=0),
            "left_out": len(told) - len(shown),
        },
    )


def _called(panel: Tally, sight: Sight, rows: Sequence[Row]) -> Mapping[str, str]:
    """By value, what the row is called about which the page is to which it leads."""
    page = sight.page(panel.link) if panel.link else None
    if page is None or not page.about or len(page.parameters) != 1:
        return {}
    declared, (key,) = sight.node.store.catalogue.declared(page.about), page.parameters
    values = tuple(str(row[panel.by]) for row in rows)
    found = sight.among(page.about, key, values) if values else []
    return {str(row[key]): naming.title_of(sight, declared, row) for row in found}


def _line(panel: Tally, sight: Sight, row: Row, called: Mapping[str, str]) -> Line:
    value, n, words = str(row[panel.by]), int(row["count"]), sight.words
    name = escape(called.get(value) or sight.label(panel.by, value))
    page = sight.page(panel.link) if panel.link else None
    # Of what the reader sees nothing there is no page to be led to.
    if page is not None and (value in called or not page.about):
        name = Markup('<a href="{}">{}</a>').format(sight.link(panel.link, value), name)
    text = words.n(panel.text_one, panel.text, n) if panel.text_one else words.t(panel.text)
    return Line(said=escape(text).format(name=name, n=words.count(n)), n=n)
