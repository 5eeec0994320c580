"""Values of the same thing side by side, each with its source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from markupsafe import Markup

from birlik.apps.web import naming
from birlik.apps.web.ask import iso
from birlik.apps.web.panels.content import Content, Facts
from birlik.apps.web.panels.table import address_link, cell, heading
from birlik.apps.web.sight import Row, Sight
from birlik.kernel.domain import Compare


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    source: str | Markup
    beside: Sequence[tuple[str, str]]
    """(what it is, what it says)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """What several sources may say alike."""

    said: str | Markup
    lang: str
    told: Sequence[Told]


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """One thing of which something is said."""

    name: str
    values: Sequence[Value]
    """The one that stands first, then the others."""
    differs: bool
    """They can't all be so."""


def content(panel: Compare, sight: Sight) -> Content:
    order = panel.order or (panel.by,)
    rows = sight.rows(panel.table, panel.fixed, order=order, limit=MOST_VALUES)
    titles = _titles(panel, sight, rows)
    things = [_thing(panel, sight, name, of, titles) for name, of in _grouped(panel, rows)]
    return Content(
        empty=not rows,
        facts=Facts(n=sight.words.count(len(rows))),
        values={"things": things, "day": _day(sight), **_past(panel, sight)},
    )


def _grouped(panel: Compare, rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """By what is compared; in each the rows in their order."""
    place = {name: i for i, name in enumerate(panel.first)}
    by_name = sorted(rows, key=lambda row: (place.get(row[panel.by], len(place)), str(row[panel.by])))
    return [(str(name), list(of)) for name, of in groupby(by_name, key=lambda row: row[panel.by])]


def _thing(panel: Compare, sight: Sight, name: str, rows: list[Row], titles: Mapping[str, Markup]) -> Thing:
    field = sight.columns(panel.table)[panel.by]
    many = bool(panel.many) and bool(rows[0][panel.many])
    said: dict[str, list[Row]] = {}
    for row in rows:
        said.setdefault(str(row[panel.value]), []).append(row)
    values = [_value(panel, sight, value, of, titles) for value, of in said.items()]
    return Thing(name=sight.words.code(field.name, name), values=values, differs=not many and len(said) > 1)


def _value(panel: Compare, sight: Sight, said: str, rows: list[Row], titles: Mapping[str, Markup]) -> Value:
    return Value(
        said=titles.get(said) or sight.words.text(sight.words.translations.pgettext(str(rows[0][panel.by]), said)),
        lang=str(rows[0].get("lang") or ""),
        told=[_told(panel, sight, row) for row in rows],
    )


def _told(panel: Compare, sight: Sight, row: Row) -> Told:
    fields = sight.columns(panel.table)
    named = [n for n in panel.beside if row[n] not in (None, "", panel.usual.get(n))]
    beside = [("" if fields[n].codes else heading(sight, fields[n]), cell(sight, fields[n], row)) for n in named]
    return Told(
        source=address_link(str(row[panel.source] or "")), beside=[(name, text) for name, text in beside if text]
    )


def _titles(panel: Compare, sight: Sight, rows: Sequence[Row]) -> Mapping[str, Markup]:
    """Values that are keys of rows that have a page: each as a link that says what it is called."""
    page = sight.page(panel.link) if panel.link else None
    if page is None or not page.about:
        return {}
    (parameter,) = page.parameters
    declared = sight.node.store.catalogue.declared(page.about)
    values = tuple(sorted({str(row[panel.value]) for row in rows if row[panel.by] not in panel.plain}))
    found = sight.among(page.about, parameter, values, naming.needed(sight, declared))
    link = Markup('<a href="{}">{}</a>')
    return {
        str(row[parameter]): link.format(
            sight.link(panel.link, str(row[parameter])), naming.title_of(sight, declared, row)
        )
        for row in found
    }


def _past(panel: Compare, sight: Sight) -> dict[str, Any]:
    """`moments` at which what is said changed, the newest first: (when, address, is it looked at); `stops` of the
    slider over the same, the oldest first, at whose end is now; and `at`, which of them is looked at."""
    table = sight.node.store.catalogue.tables.get(panel.table)
    moments = []
    if table is not None and table.rule is not None:
        moments = sorted(sight.changed(panel.table), reverse=True)[:MOST_MOMENTS]
    then = sight.ask.as_of
    said = [
        (sight.words.moment(at, sight.zone), sight.ask.at(at), then is not None and iso(then) == iso(at))
        for at in moments
    ]
    now = (sight.words.t("now"), sight.ask.live())
    stops = [*((when, href) for when, href, _ in reversed(said[1:])), now]
    before = [i for i, at in enumerate(reversed(moments[1:])) if then is not None and at <= then]
    is_now = then is None or not moments or then >= moments[0]
    return {"moments": said, "stops": stops, "at": len(stops) - 1 if is_now else max(before, default=0)}


def _day(sight: Sight) -> Any:
    return sight.now.date().isoformat()


MOST_MOMENTS = 30
MOST_VALUES = 2_000
