"""What lies ahead by a time, the nearest first, or what has passed; below whose it is, where that is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from birlik.apps.web import naming
from birlik.apps.web.ask import iso
from birlik.apps.web.navigation import Link, address_of
from birlik.apps.web.panels.content import Content, Facts, Grid
from birlik.apps.web.panels.filtering import expression
from birlik.apps.web.panels.table import cell, heading, noted, readable, things_listed
from birlik.apps.web.sight import Row, Sight
from birlik.clock import date_of
from birlik.kernel.domain import Agenda
from birlik.periods import period_of

LENGTH_OF_DAY = len("2026-12-05")


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    title: str
    grid: Grid


def content(panel: Agenda, sight: Sight) -> Content:
    text = chosen(panel, sight)
    order = (f"-{panel.until}" if panel.passed else panel.until, *panel.order)
    asked = expression(panel.table, sight, text) if text else None
    found = sight.rows(panel.table, panel.fixed, order=order, limit=panel.limit + 1, expression=asked)
    rows, words = found[: panel.limit], sight.words
    said = words.count(len(rows)) + ("+" if len(found) > panel.limit else "")
    return Content(
        empty=not rows,
        facts=Facts(n=said),
        values={"groups": _groups(panel, sight, rows), "onward": _onward(panel, sight)},
        expression=text,
    )


def chosen(panel: Agenda, sight: Sight) -> str:
    """Which rows, in CQL2: those ahead, as far as the reader wants to look, or those that have passed."""
    now = sight.minute
    days = sight.ask.given.get(panel.within, "")
    parts = [
        f"({column} IS NULL OR {column} NOT IN ({', '.join(repr(code) for code in codes)}))"
        for column, codes in panel.settled.items()
    ]
    if panel.passed:
        parts.insert(0, f"{panel.until} < TIMESTAMP('{iso(now)}')")
    elif not panel.within or days.isdigit():
        parts.insert(0, f"{panel.until} >= TIMESTAMP('{iso(now)}')")
    if days.isdigit():
        parts.insert(1, f"{panel.until} < TIMESTAMP('{iso(now + timedelta(days=int(days)))}')")
    return " AND ".join(parts)


def _groups(panel: Agenda, sight: Sight, rows: Sequence[Row]) -> list[Group]:
    """By the nearest of their rows, as these come; what belongs to nobody stands last."""
    if not panel.by:
        return [Group(title="", grid=_grid(panel, sight, rows))] if rows else []
    field, below = sight.columns(panel.table)[panel.by], dict[str, list[Row]]()
    called: dict[str, str] = {}
    for row in rows:
        value = str(row[panel.by] or "")
        if panel.between and value:
            called |= things_listed(sight, field, row, panel.between)
        for each in value.split(panel.between) if panel.between else [value]:
            below.setdefault(each, []).append(row)
    nobody = panel.lacking.get(panel.by, "")
    return [
        Group(
            title=called.get(name) or cell(sight, field, {panel.by: name}) if name else sight.words.t(nobody),
            grid=_grid(panel, sight, below[name]),
        )
        for name in sorted(below, key=lambda name: not name)
    ]


def _grid(panel: Agenda, sight: Sight, rows: Sequence[Row]) -> Grid:
    fields = [sight.columns(panel.table)[name] for name in panel.columns]
    words = sight.words
    return Grid(
        headings=[heading(sight, fields[0]), words.t("how long"), *(heading(sight, f) for f in fields[1:])],
        numeric=[False] * (len(fields) + 1),
        rows=[
            [
                _first(panel, sight, row),
                noted(
                    sight,
                    sight.columns(panel.table)[panel.until],
                    row,
                    left(sight, row[panel.until], row.get(panel.day)),
                ),
                *(_cell(panel, sight, f, row) for f in fields[1:]),
            ]
            for row in rows
        ],
    )


def _first(panel: Agenda, sight: Sight, row: Row) -> Markup:
    """What it is, with the way to its page; what is invented says so."""
    text = cell(sight, sight.columns(panel.table)[panel.columns[0]], row)
    page = sight.page(panel.link) if panel.link else None
    marked = naming.mark(sight, sight.node.store.catalogue.declared(panel.table), row)
    if page is None:
        return Markup("{}{}").format(text, marked)
    href = sight.link(panel.link, str(row[page.parameters[0]]), row=row)
    return Markup('<a href="{}">{}</a>{}').format(href, text, marked)


def _cell(panel: Agenda, sight: Sight, field: Any, row: Row) -> str | Markup:
    if row[field.name] in (None, "") and field.name in panel.lacking:
        return Markup('<span class="quiet">{}</span>').format(sight.words.t(panel.lacking[field.name]))
    return readable(noted(sight, field, row))


def left(sight: Sight, until: datetime | None, day: object = None) -> str:
    """`35 days left`, `today`, `passed 4 days ago`: as people count them on a calendar, not by the hour.

    day: that day as people read it, by the clock that it goes by; else it is taken on the page's own clock. Today is
    the page's, where the reader is.
    """
    words = sight.words
    if until is None:
        return words.t("no date")
    zone = ZoneInfo(sight.zone)
    last = _last_day(day) or until.astimezone(zone).date()
    days = (last - sight.minute.astimezone(zone).date()).days
    if until < sight.minute:
        days = max(0, -days)
        said = words.n("passed {n} day ago", "passed {n} days ago", days) if days else words.t("passed today")
    else:
        days = max(0, days)
        said = words.n("{n} day left", "{n} days left", days) if days else words.t("today")
    return said.format(n=words.count(days))


def _last_day(day: object) -> date | None:
    """The last day of what a column says: of `2026-12` the 31st, of `2026-12-05T07:00[Asia/Almaty]` the 5th."""
    if isinstance(day, int):
        return date_of(day)
    try:
        return period_of(str(day)[:LENGTH_OF_DAY]).until - timedelta(days=1)
    except ValueError:
        return None


def _onward(panel: Agenda, sight: Sight) -> Link | None:
    page = sight.page(panel.onward) if panel.onward else None
    return Link(sight.words.t(page.title), address_of(sight.ask.domain, page)) if page is not None else None
