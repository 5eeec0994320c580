"""Map and list: a register's rows with their figures. The map draws what the list beside it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from birlik.apps.web.panels.content import Content, facts_of, withheld_of
from birlik.apps.web.panels.sentence import newest_of
from birlik.apps.web.sight import Row, Sight
from birlik.kernel.domain import Indicator, Panel

CLASSES = 5
_LADDER = (1.0, 2.0, 3.0, 5.0, 7.5)


@dataclass(frozen=True, kw_only=True)
class Cell:
    text: str
    unit: str
    interval: str = ""
    withheld: str = ""
    level: int = -1
    """Class of its colour, from 0; -1 is none."""


@dataclass(frozen=True, kw_only=True)
class Line:
    label: str
    href: str
    cells: Sequence[Cell]


@dataclass(frozen=True, kw_only=True)
class Item:
    key: str
    name: str
    note: str
    href: str
    lines: Sequence[Line]
    area: float
    level: int
    latitude: float | None
    longitude: float | None


def content(panel: Panel, sight: Sight) -> Content:
    register = sight.register(panel.register or "")
    names = [name for name in (panel.indicator, panel.beside) if name]
    figures = {name: _by_key(panel, sight, name) for name in names}
    coloured = names[-1] if names else ""
    steps = breaks([r["value"] for rows in figures.get(coloured, {}).values() for r in rows if r["value"] is not None])
    items = [_item(panel, sight, key, row, figures, steps) for key, row in register.items()]
    items.sort(key=lambda item: (-item.area, item.name, item.key))
    others = [item for item in items if names and not item.lines]
    items = [item for item in items if item.lines or not names]
    every = [r for name in names for rows in figures[name].values() for r in rows]
    first = sight.indicator(names[0]) if names else None
    facts = facts_of(sight, first, [r for rows in figures[names[0]].values() for r in rows]) if first else None
    values = {
        "items": items[: panel.limit],
        "others": others,
        "headings": [sight.words.t(sight.indicator(n).title) for n in names],
        "units": [sight.words.unit(sight.indicator(n).unit) for n in names],
        "legend": legend(sight, steps),
        "largest": max((item.area for item in items), default=0.0),
        "left_out": max(0, len(items) - panel.limit),
    }
    reasons = withheld_of(sight, every) if every and all(r["withheld"] for r in every) else []
    base = Content(empty=not items and not others, withheld=reasons, values=values)
    return (
        base if facts is None else Content(empty=not items and not others, withheld=reasons, values=values, facts=facts)
    )


def _by_key(panel: Panel, sight: Sight, name: str) -> Mapping[str, Sequence[Row]]:
    """The newest figure of each line, by the register's key."""
    indicator = sight.indicator(name)
    key = sight.node.store.catalogue.tables[panel.register or ""].key[0]
    lines: dict[tuple[Any, ...], list[Row]] = {}
    for row in sight.figures(name, panel.fixed, spanned=False):
        lines.setdefault(tuple(row[d] for d in indicator.dimension_names if d != indicator.period), []).append(row)
    made: dict[str, list[Row]] = {}
    for rows in lines.values():
        row = newest_of(indicator, rows) or rows[-1]
        made.setdefault(row[key], []).append(row)
    return made


def _item(
    panel: Panel,
    sight: Sight,
    key: str,
    row: Row,
    figures: Mapping[str, Mapping[str, Sequence[Row]]],
    steps: Sequence[float],
) -> Item:
    split = _split(panel, sight)
    order = [r.get(split) for rows in figures.values() for r in rows.get(key, ())]
    lines = []
    for value in sorted(set(order), key=str):
        cells = [_cell(sight, n, _match(rows.get(key, ()), split, value), steps) for n, rows in figures.items()]
        href = sight.link(panel.link, key, {split: str(value)} if split else {})
        lines.append(Line(label=sight.label(split, value, row) if split else "", href=href, cells=cells))
    first = next(iter(figures.values()), {}).get(key, ())
    return Item(
        key=key,
        name=sight.name(key),
        note=", ".join(sight.words.code(n, row[n]) for n in ("mode", "kind") if row.get(n)),
        href=sight.link(panel.link, key),
        lines=lines,
        area=float(sum(r["value"] or 0 for r in first)),
        level=max((line.cells[-1].level for line in lines if line.cells), default=-1),
        latitude=row.get("latitude"),
        longitude=row.get("longitude"),
    )


def _split(panel: Panel, sight: Sight) -> str:
    """What tells an item's lines apart: said, or what the reader switches on the page it leads to."""
    key = sight.node.store.catalogue.tables[panel.register or ""].key[0]
    if panel.split and panel.split != key:
        return panel.split
    page = sight.page(panel.link) if panel.link else None
    return next(iter(page.choices), "") if page is not None else ""


def _match(rows: Sequence[Row], split: str, value: Any) -> Row | None:
    return next((r for r in rows if not split or r.get(split) == value), None)


def _cell(sight: Sight, name: str, row: Row | None, steps: Sequence[float]) -> Cell:
    indicator, words = sight.indicator(name), sight.words
    unit = words.unit(indicator.unit) if indicator.unit != "1" else ""
    if row is None:
        is_none = indicator.live and indicator.unit == "1" and sight.ask.as_of is None
        return Cell(text="0" if is_none else "–", unit="")
    if row["withheld"] or row["value"] is None:
        return Cell(text="", unit="", withheld=words.t(row["withheld"]) if row["withheld"] else words.t("no figure"))
    text = words.count(row["value"]) if indicator.unit == "1" else words.number(row["value"])
    return Cell(text=text, unit=unit, interval=interval(sight, indicator, row), level=level(row["value"], steps))


def interval(sight: Sight, indicator: Indicator, row: Row) -> str:
    """`8.1–10.9`; nothing where the ends are the figure."""
    low, high, value = row["low"], row["high"], row["value"]
    if low is None or high is None or low == high == value:
        return ""
    write = sight.words.count if indicator.unit == "1" else sight.words.number
    return f"{write(low)}–{write(high)}"


def breaks(values: Sequence[float]) -> list[float]:
    """Upper ends of the classes but the last: round numbers that part the values about evenly.

    >>> breaks([1.2, 3.4, 8.0, 9.5, 22.0, 40.0])
    [3.0, 7.5, 10.0, 20.0]
    """
    distinct = sorted(set(values))
    if len(distinct) < 2:
        return []
    wanted = [distinct[round(i * (len(distinct) - 1) / CLASSES)] for i in range(1, CLASSES)]
    return sorted({_round(value) for value in wanted if value > 0})


def _round(value: float) -> float:
    scale = 1e-6
    while scale * 10 <= value:
        scale *= 10
    return min((step * scale * more for step in _LADDER for more in (1, 10)), key=lambda step: abs(step - value))


def level(value: float, steps: Sequence[float]) -> int:
    if not steps:
        return CLASSES // 2
    return round(sum(value >= step for step in steps) * (CLASSES - 1) / len(steps))


def legend(sight: Sight, steps: Sequence[float]) -> list[tuple[int, str]]:
    """(class, words) of each colour, from the least."""
    if not steps:
        return []
    write = sight.words.number
    ends = [None, *steps, None]
    made = []
    for low, high in pairwise(ends):
        middle = (low if low is not None else 0) if high is None else (high - 1e-9)
        said = (
            f"< {write(high)}" if low is None else f"≥ {write(low)}" if high is None else f"{write(low)}–{write(high)}"
        )
        made.append((level(middle, steps), said))
    return made
