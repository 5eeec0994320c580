"""What every panel hands to its template."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from birlik.apps.web.ask import MOST_MORE
from birlik.apps.web.sight import Row, Sight
from birlik.kernel.domain import FigureTable, Indicator, Quarantine, Queue, RowTable, Type
from birlik.periods import Cycle
from birlik.quantity import Quantity

BASES = ("measured", "reported", "estimated", "forecast")
OUR_READING = BASES[2:]
"""What stands in no source, but follows from what does."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What stands below every figure: what it is of, and on how much it rests."""

    unit: str = ""
    period: str = ""
    n: str = ""
    basis: Sequence[str] = ()
    interval: str = ""
    notes: Sequence[str] = ()
    """What the figures say of themselves in the measures that are declared for it: `interval too narrow`."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table: headings with their units, and cells written in the reader's way."""

    headings: Sequence[str]
    numeric: Sequence[bool]
    rows: Sequence[Sequence[Any]]
    left_out: int = 0


@dataclass(frozen=True, kw_only=True)
class Content:
    values: Mapping[str, Any] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)
    empty: bool = False
    withheld: Sequence[str] = ()
    """Why all of it, or a part, is not shown."""
    chart: bool = False
    """It can be had as a picture."""
    grid: Grid | None = None
    """The same as a table, for who can't see the chart."""
    expression: str = ""
    """Which rows of its table the panel has chosen itself (CQL2): its files have the same."""
    description: str = ""
    """What the chart shows, in a sentence."""


@dataclass(frozen=True, slots=True)
class More:
    """There are rows that are not shown: where they are."""

    address: str = ""
    """Of the page with more of them; empty where it shows as many as it can."""


def more_of(panel: RowTable | FigureTable | Queue | Quarantine, sight: Sight, left_out: int) -> More | None:
    if left_out <= 0:
        return None
    shown = sight.ask.more
    more = shown + max(panel.limit, shown)
    return More(f"{sight.ask.address(more=str(more))}#{panel.name}" if shown < MOST_MORE else "")


def day_of(indicator: Indicator, value: Any) -> date | None:
    """The first day of a period, whatever form the period has."""
    found = indicator.period_of({str(indicator.period): value})
    return found.first if found is not None else None


def period_words(sight: Sight, indicator: Indicator, value: Any) -> str:
    found = indicator.period_of({str(indicator.period): value})
    return sight.words.period(found) if found is not None else ""


def facts_of(sight: Sight, indicator: Indicator, rows: Sequence[Row]) -> Facts:
    words = sight.words
    shown = [r for r in rows if not r["withheld"]]
    return Facts(
        unit=words.unit(indicator.unit),
        period=_range(sight, indicator, shown),
        n=words.count(sum(r["n"] or 0 for r in shown)) if shown else "",
        basis=[words.code("basis", b) for b in BASES if any(r["basis"] == b for r in shown)],
        interval=words.t(indicator.interval),
        notes=sorted({words.t(r[n]) for n in indicator.notes for r in shown if r.get(n)}),
    )


def _range(sight: Sight, indicator: Indicator, rows: Sequence[Row]) -> str:
    if indicator.live:
        return sight.words.t("now") if sight.ask.as_of is None else ""
    if not indicator.period:
        return sight.words.t("all of the record")
    found = sorted({r[indicator.period] for r in rows})
    if not found:
        return ""
    first, last = (period_words(sight, indicator, value) for value in (found[0], found[-1]))
    return first if first == last else f"{first} – {last}"


def withheld_of(sight: Sight, rows: Iterable[Row]) -> list[str]:
    """Each reason once, in words."""
    return [sight.words.t(reason) for reason in sorted({str(r["withheld"]) for r in rows if r["withheld"]})]


CALLED = {Quantity.SHARE: "share", Quantity.COUNT: "number"}
"""What the figure itself is called, where it is no mean."""


def measure_words(sight: Sight, indicator: Indicator, name: str) -> str:
    """A measure's name and its unit. Seconds are read as hours."""
    words, declared = sight.words, indicator.told[name]
    called = indicator.called or CALLED.get(indicator.quantity, name) if name == "value" else name
    said = words.named("measure", called, declared.unit)
    unit = "h" if declared.unit == "s" else declared.unit
    return f"{said}, {words.unit(unit)}" if unit not in ("", "1") else said


def measure_value(sight: Sight, indicator: Indicator, name: str, row: Row) -> str:
    """A measure as the reader writes it; seconds as hours, shares as per cent."""
    value, words, declared = row.get(name), sight.words, indicator.told[name]
    if name == "basis":
        return words.code("basis", value) if value else ""
    if value is None:
        return ""
    if declared.type is Type.INT:
        return words.count(value)
    if isinstance(value, datetime):
        return sight.stamp(value)
    if not isinstance(value, (int, float)):
        return words.t(value) if name in indicator.notes else words.code(name, value)
    if declared.is_of is Quantity.SHARE:
        return words.percent(value)
    return words.number(value / 3600 if declared.unit == "s" else value)


def grid_of(
    sight: Sight, indicator: Indicator, rows: Sequence[Row], measures: Sequence[str] = (), limit: int = 500
) -> Grid:
    """Figures as a table. Dimensions that the page fixes, or that have one value only, are left out."""
    names = tuple(measures) or ("n", "value", "low", "high", *(m.name for m in indicator.further), "basis")
    dimensions = [
        d.name
        for d in indicator.dimensions
        if d.name not in sight.ask.given and (d.name == indicator.period or len({r[d.name] for r in rows}) > 1)
    ]
    made = [
        [
            *[_dimension(sight, indicator, d, r) for d in dimensions],
            *[measure_value(sight, indicator, m, r) for m in names],
            sight.words.t(r["withheld"]) if r["withheld"] else "",
        ]
        for r in rows[:limit]
    ]
    notes = any(row[-1] for row in made)
    headings = [sight.words.code("dimension", d) for d in dimensions]
    headings += [measure_words(sight, indicator, m) for m in names]
    return Grid(
        headings=[*headings, sight.words.t("note")] if notes else headings,
        numeric=[False] * len(dimensions) + [m != "basis" for m in names] + ([False] if notes else []),
        rows=made if notes else [row[:-1] for row in made],
        left_out=max(0, len(rows) - limit),
    )


def _dimension(sight: Sight, indicator: Indicator, name: str, row: Row) -> str:
    if name == indicator.period:
        return period_words(sight, indicator, row[name])
    if next(d for d in indicator.dimensions if d.name == name).cycle is Cycle.HOUR_OF_WEEK:
        return sight.words.hour_of_week(row[name])
    return sight.label(name, row[name])
