"""One ranked list of what is so now, with its map: a line a figure, the greatest of its rank first.

Nothing here is of another period than the rest. What was not heard for long says so, and nothing of now.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from birlik.apps.web import freshness, saying
from birlik.apps.web.panels import alerts
from birlik.apps.web.panels.content import Content, facts_of, withheld_of
from birlik.apps.web.panels.geography import Line as Stroke
from birlik.apps.web.panels.geography import countries_of, lines_of
from birlik.apps.web.panels.written import interval, line_of, ranking, split_of, written
from birlik.apps.web.sight import Row, Sight
from birlik.apps.web.words import NOTHING
from birlik.kernel.domain import Column, Indicator, Ranked

NO_USUAL = -1
"""The class of what has no usual yet, or is not heard."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    text: str
    interval: str = ""
    note: str | Markup = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    key: str
    name: str
    href: str
    note: str
    cells: Sequence[Cell]
    alert: Mapping[str, str] | None
    level: int
    said: str
    """The class of its colour in words."""
    silent: str
    """Since when nothing was heard of it, where that is too long."""
    rank: float | None
    area: float


def content(panel: Ranked, sight: Sight) -> Content:
    indicator = sight.indicator(panel.indicator)
    rows = sight.figures(indicator.name, panel.fixed, spanned=False)
    shown = [r for r in rows if not r["withheld"] and r["value"] is not None]
    old = freshness.of(sight).is_old
    opened = alerts.opened(sight)
    lines = [_line(panel, sight, indicator, row, opened, old=old) for row in shown]
    lines.sort(key=lambda line: (line.rank is None, -(line.rank or 0.0), -line.area, line.name))
    register = sight.register(panel.register)
    key = sight.node.store.catalogue.tables[panel.register].key[0]
    seen = {str(row[key]) for row in shown}
    others = sorted((sight.name(k), sight.link(panel.link, k)) for k in register if k not in seen)
    values = {
        "lines": lines[: panel.limit],
        "left_out": max(0, len(lines) - panel.limit),
        "headings": [sight.words.t(c.title) for c in panel.columns],
        "others": others if sight.ask.as_of is None else [],
        "legend": _legend(panel, sight, lines),
        "largest": _largest(panel, sight, lines),
        "map": _map(panel, sight, lines),
    }
    reasons = withheld_of(sight, rows) if rows and not shown else []
    facts = facts_of(sight, indicator, rows)
    return Content(values=values, facts=facts, empty=not lines and not register, withheld=reasons)


def _line(
    panel: Ranked,
    sight: Sight,
    indicator: Indicator,
    row: Row,
    opened: Sequence[Row],
    *,
    old: bool,
) -> Line:
    about, name, href = line_of(panel, sight, row)
    named = (sight.node.store.catalogue.tables[panel.register].key[0], split_of(panel, sight))
    heard = freshness.of_row(sight, row)
    silent = old or heard.is_old
    zone = sight.zone_of(panel.register, about)
    level = NO_USUAL if silent else level_of(panel, indicator, row)
    mine = [a for a in opened if alerts.is_about(a, {d: row[d] for d in indicator.dimension_names})]
    return Line(
        key=str(row[named[0]]),
        name=name,
        href=href,
        note=", ".join(sight.label(n, row[n]) for n in indicator.dimension_names if n not in named),
        cells=[
            Cell(text=NOTHING) if silent else _cell(sight, indicator, column, row, zone) for column in panel.columns
        ],
        alert=alerts.mark(sight, mine[0]) if mine else None,
        level=level,
        said=_class_words(panel, sight, level),
        silent=freshness.ago_words(sight, heard) if silent and heard.last is not None else "",
        rank=None if silent else ranking(indicator, row, panel.rank),
        area=0.0 if silent else float(row["value"] or 0.0),
    )


def _cell(sight: Sight, indicator: Indicator, column: Column, row: Row, zone: str) -> Cell:
    said = written(sight, indicator, column.measure, row, signed=column.signed, zone=zone)
    if not said:
        return Cell(text=NOTHING)
    note: str | Markup = ""
    if column.note:
        note = saying.sentence(
            sight.words.t(column.note), lambda name: written(sight, indicator, name, row, zone=zone), bold=False
        )
    return Cell(text=said, interval=interval(sight, indicator, column.ends, row) if column.ends else "", note=note)


# --- colour -----------------------------------------------------------------------------------------------


def level_of(panel: Ranked, indicator: Indicator, row: Row) -> int:
    """The class of a line by the panel's scale, from 0; NO_USUAL where its measure is missing."""
    value = ranking(indicator, row, panel.colour.measure) if panel.colour is not None else None
    if value is None or panel.colour is None:
        return NO_USUAL
    return sum(value >= step for step in panel.colour.steps)


def _class_words(panel: Ranked, sight: Sight, level: int) -> str:
    if panel.colour is None:
        return ""
    return sight.words.t("no usual yet") if level == NO_USUAL else sight.words.t(panel.colour.words[level])


def _legend(panel: Ranked, sight: Sight, lines: Sequence[Line]) -> list[tuple[int, str]]:
    """(class, words) of all classes, and of the one without a usual where it is there."""
    if panel.colour is None:
        return []
    made = [(level, _class_words(panel, sight, level)) for level in range(len(panel.colour.words))]
    return made + ([(NO_USUAL, sight.words.t("no usual yet"))] if any(x.level == NO_USUAL for x in lines) else [])


# --- map --------------------------------------------------------------------------------------------------


def _largest(panel: Ranked, sight: Sight, lines: Sequence[Line]) -> float:
    return max((float(spot["area"]) for spot in _spots(panel, sight, lines)), default=0.0)


def _spots(panel: Ranked, sight: Sight, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """A circle a thing of the register: its lines together, by the worst of their colours."""
    register = sight.register(panel.register)
    made: list[dict[str, Any]] = []
    for key in dict.fromkeys(line.key for line in lines):
        row, own = register.get(key, {}), [line for line in lines if line.key == key]
        if row.get("latitude") is None or row.get("longitude") is None:
            continue
        made.append(
            {
                "key": key,
                "name": sight.name(key),
                "href": own[0].href,
                "at": [row["latitude"], row["longitude"]],
                "area": sum(line.area for line in own),
                "level": max(line.level for line in own),
            }
        )
    return made


def _map(panel: Ranked, sight: Sight, lines: Sequence[Line]) -> str:
    strokes: Sequence[Stroke] = lines_of(panel.lines, sight) if panel.lines is not None else ()
    said = {"spots": _spots(panel, sight, lines), "lines": strokes, "countries": countries_of(sight)}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
