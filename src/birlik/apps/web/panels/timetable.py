"""What happens where and when: of each place what is on and what comes next, then day by day, place beside place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from birlik.apps.web import naming
from birlik.apps.web.ask import iso
from birlik.apps.web.panels.content import Content, Facts
from birlik.apps.web.panels.filtering import expression
from birlik.apps.web.panels.table import cell
from birlik.apps.web.sight import Row, Sight
from birlik.apps.web.words import zone_name
from birlik.kernel.domain import Timetable


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One row as it stands in the timetable."""

    name: Markup
    begins: Markup
    until: Markup
    where: str
    beside: Sequence[str]
    is_off: bool
    is_now: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Hour:
    """What begins at one moment: of each place, in their order."""

    begins: Markup
    cells: Sequence[Sequence[Item]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    title: str
    places: Sequence[str]
    hours: Sequence[Hour]


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """What is on at one place, and what comes next there."""

    name: str
    now: Sequence[Item]
    next: Item | None


def content(panel: Timetable, sight: Sight) -> Content:
    # Where only now and next are shown, what has ended is none of it.
    text = "" if panel.has_days else f"{panel.ends} > TIMESTAMP('{iso(sight.minute)}')"
    asked = expression(panel.table, sight, text) if text else None
    found = sight.rows(
        panel.table, panel.fixed, order=(panel.begins, panel.by), limit=panel.limit + 1, expression=asked
    )
    rows = found[: panel.limit]
    placed = [row for row in rows if _is_placed(panel, row)]
    apart = [_item(panel, sight, row) for row in rows if not _is_placed(panel, row)] if panel.text_unplaced else []
    places = _places(panel, sight, placed)
    return Content(
        empty=not (placed or apart) if panel.has_days else not places,
        facts=Facts(n=sight.words.count(len(rows)) + ("+" if len(found) > panel.limit else "")),
        values={"places": places, "days": _days(panel, sight, placed) if panel.has_days else [], "apart": apart},
        expression=text,
    )


def _is_placed(panel: Timetable, row: Row) -> bool:
    return row[panel.begins] is not None and row[panel.ends] is not None and bool(row[panel.by])


def _is_off(panel: Timetable, row: Row) -> bool:
    return any(row[column] in codes for column, codes in panel.off.items())


def _clock(panel: Timetable, sight: Sight, row: Row) -> ZoneInfo:
    return ZoneInfo(str((row[panel.zone] if panel.zone else "") or sight.zone))


def _time(panel: Timetable, sight: Sight, row: Row, moment: datetime) -> Markup:
    local = moment.astimezone(_clock(panel, sight, row))
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        iso(moment), sight.words.moment(moment), f"{local:%H:%M}"
    )


def _item(panel: Timetable, sight: Sight, row: Row, *, is_now: bool = False) -> Item:
    fields = sight.columns(panel.table)
    told = [cell(sight, fields[name], row) for name in panel.columns]
    page = sight.page(panel.link) if panel.link else None
    name = Markup("{}").format(told[0] if told else "")
    if page is not None:
        name = Markup('<a href="{}">{}</a>').format(sight.link(panel.link, str(row[page.parameters[0]])), name)
    is_placed = _is_placed(panel, row)
    return Item(
        name=name + naming.mark(sight, sight.node.store.catalogue.declared(panel.table), row),
        begins=_time(panel, sight, row, row[panel.begins]) if is_placed else Markup(""),
        until=_time(panel, sight, row, row[panel.ends]) if is_placed else Markup(""),
        where=_where(panel, sight, row) if is_placed else "",
        beside=[text for text in told[1:] if text],
        is_off=_is_off(panel, row),
        is_now=is_now,
    )


def _where(panel: Timetable, sight: Sight, row: Row) -> str:
    return str(cell(sight, sight.columns(panel.table)[panel.by], row))


# --- now and next -----------------------------------------------------------------------------------------------------


def _places(panel: Timetable, sight: Sight, rows: Sequence[Row]) -> list[Place]:
    """Only places where something is on or still to come."""
    now, made = sight.minute, []
    for name, of in _by_place(panel, rows).items():
        goes_on = [row for row in of if not _is_off(panel, row) and row[panel.ends] > now]
        on = [_item(panel, sight, row, is_now=True) for row in goes_on if row[panel.begins] <= now]
        ahead = [row for row in goes_on if row[panel.begins] > now]
        if on or ahead:
            # What comes next on another day says which.
            made.append(Place(name=name, now=on, next=_ahead(panel, sight, ahead[0]) if ahead else None))
    return made


def _ahead(panel: Timetable, sight: Sight, row: Row) -> Item:
    made, zone = _item(panel, sight, row), _clock(panel, sight, row)
    day = row[panel.begins].astimezone(zone).date()
    if day == sight.minute.astimezone(zone).date():
        return made
    return replace(made, begins=Markup("{}, {}").format(sight.words.day(day), made.begins))


def _by_place(panel: Timetable, rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    made: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (str(row[panel.by]), row[panel.begins])):
        made.setdefault(str(row[panel.by]), []).append(row)
    return made


# --- day by day -------------------------------------------------------------------------------------------------------


def _days(panel: Timetable, sight: Sight, rows: Sequence[Row]) -> list[Day]:
    by_day: dict[tuple[date, str], list[Row]] = {}
    for row in rows:
        local = row[panel.begins].astimezone(_clock(panel, sight, row))
        by_day.setdefault((local.date(), zone_name(local)), []).append(row)
    return [_day(panel, sight, day, zone, of) for (day, zone), of in sorted(by_day.items())]


def _day(panel: Timetable, sight: Sight, day: date, zone: str, rows: Sequence[Row]) -> Day:
    places = list(_by_place(panel, rows))
    by_hour: dict[datetime, list[Row]] = {}
    for row in rows:
        by_hour.setdefault(row[panel.begins], []).append(row)
    return Day(
        title=f"{sight.words.day(day)} ({zone})",
        places=places,
        hours=[
            Hour(begins=_time(panel, sight, of[0], begins), cells=[_at(panel, sight, of, place) for place in places])
            for begins, of in sorted(by_hour.items())
        ],
    )


def _at(panel: Timetable, sight: Sight, rows: Sequence[Row], place: str) -> list[Item]:
    now = sight.minute
    return [
        _item(panel, sight, row, is_now=row[panel.begins] <= now < row[panel.ends] and not _is_off(panel, row))
        for row in rows
        if str(row[panel.by]) == place
    ]
