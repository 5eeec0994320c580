"""Measures of a figure as a sentence, a cell of a ranked list or a tooltip says them."""

from collections.abc import Mapping
from typing import Any

from birlik.apps.web.sight import Row, Sight
from birlik.kernel.domain import Indicator, Ranked, Sentence, Type, Usual
from birlik.quantity import Quantity


def written(sight: Sight, indicator: Indicator, name: str, row: Row, *, signed: bool = False, zone: str = "") -> str:
    """Empty where there is nothing. Hours and seconds as durations, moments in their zone, shares as per cent.

    signed: a change, such as `+1.2 h`.
    """
    value, declared, words = row.get(name), indicator.told.get(name), sight.words
    if value is None or declared is None:
        return ""
    unit = declared.unit
    if declared.type is Type.TIME:
        return sight.stamp(value, zone)
    if not isinstance(value, (int, float)):
        return words.code(name, value)
    if unit in ("h", "s"):
        hours = value / 3600 if unit == "s" else value
        return words.change(hours) if signed else words.duration(hours)
    if declared.is_of is Quantity.SHARE:
        return words.percent(value)
    if declared.is_of is Quantity.COUNT:
        return words.count(value)
    return f"{words.number(value)} {words.unit(unit)}".strip()


def interval(sight: Sight, indicator: Indicator, ends: tuple[str, str], row: Row) -> str:
    """`8–11 h`; nothing where an end is missing or both are the same."""
    kinds, values = indicator.told, [row.get(end) for end in ends]
    units = {kinds[end].unit for end in ends if end in kinds}
    if units == {"h"} and values[0] is not None and values[1] is not None:
        return sight.words.durations(values[0], values[1])
    low, high = (written(sight, indicator, end, row) for end in ends)
    return f"{low}–{high}" if low and high and low != high else ""


def against_usual(sight: Sight, indicator: Indicator, row: Row) -> str:
    """Nothing where there is no usual."""
    told, words = indicator.against, sight.words
    more = row.get(told.difference) if told is not None else None
    if told is None or more is None or row.get(told.usual) is None:
        return ""
    if is_about_usual(told, row):
        return words.t("about as usual")
    text = words.t("{difference} more than usual") if more > 0 else words.t("{difference} less than usual")
    return text.format(difference=written(sight, indicator, told.difference, {told.difference: abs(more)}))


def is_about_usual(told: Usual, row: Row) -> bool:
    """Is the difference less than what counts as one?"""
    more = row.get(told.difference)
    return more is not None and abs(more) < max(told.least, told.share * (row.get(told.usual) or 0.0))


def ranking(indicator: Indicator, row: Row, measure: str) -> float | None:
    """What a figure is ranked and coloured by: its measure; of what is about as usual, nought."""
    value, told = row.get(measure), indicator.against
    alike = told is not None and measure == told.difference and is_about_usual(told, row)
    return 0.0 if value is not None and alike else value


def line_of(panel: Ranked | Sentence, sight: Sight, row: Mapping[str, Any]) -> tuple[Row, str, str]:
    """(the register's row that a figure is of, the line's name, its address).

    A line is named by what the reader switches on the page that it leads to, where the words for it name the sides.
    """
    register = sight.register(panel.register)
    key = sight.node.store.catalogue.tables[panel.register].key[0]
    identity = str(row.get(key))
    about = register.get(identity, {})
    split = split_of(panel, sight)
    name = sight.label(split, row[split], about) if split and about else sight.name(identity)
    choices = {split: str(row[split])} if split else {}
    return about, name, sight.link(panel.link, identity, choices)


def split_of(panel: Ranked | Sentence, sight: Sight) -> str:
    page = sight.page(panel.link) if panel.link else None
    told = panel.split if isinstance(panel, Ranked) else ""
    return told or (next(iter(page.choices), "") if page is not None else "")
