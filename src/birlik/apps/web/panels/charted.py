"""Series, heat map and bars: a specification by address, facts, and the same figures as a table."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TypeAlias

import numpy as np

from birlik.apps.web.panels.content import BASES, Content, day_of, facts_of, grid_of, withheld_of
from birlik.apps.web.panels.sentence import newest_of
from birlik.apps.web.sight import Row, Sight
from birlik.kernel.domain import Band, Bars, Heat, Indicator, Series
from birlik.methods.quantiles import quantiles
from birlik.periods import Cycle

Charted: TypeAlias = Series | Heat | Bars


def content(panel: Charted, sight: Sight) -> Content:
    indicator = sight.told(panel.indicator)
    rows = ordered(indicator, sight.told_figures(indicator.name, panel.fixed))
    if isinstance(panel, Bars) and indicator.period:
        newest = newest_of(indicator, rows)
        rows = [r for r in rows if newest is not None and r[indicator.period] == newest[indicator.period]]
    shown = [r for r in rows if not r["withheld"]]
    beside = reported(panel, sight) if isinstance(panel, Series) else []
    measures = panel.measures if isinstance(panel, Bars) else ()
    return Content(
        values={
            "reported": beside,
            "sound": any(not row["fault"] for row in beside),
            "doubtful": any(row["fault"] for row in beside),
            "usual": bool(isinstance(panel, Series) and usual_days(panel, sight)),
            "bases": [(b, sight.words.code("basis", b)) for b in BASES if any(r["basis"] == b for r in shown)],
        },
        facts=facts_of(sight, indicator, rows),
        empty=not rows,
        withheld=withheld_of(sight, rows),
        chart=bool(shown),
        grid=grid_of(sight, indicator, list(reversed(rows)) if indicator.period else rows, measures),
        description=described(panel, sight, indicator, shown),
    )


def ordered(indicator: Indicator, rows: Sequence[Row]) -> Sequence[Row]:
    if not indicator.period:
        return rows
    period = indicator.period
    return sorted(rows, key=lambda r: str(day_of(indicator, r[period])))


def reported(panel: Series, sight: Sight) -> list[dict[str, str]]:
    """Published figures that stand beside ours, with the faults that are known of them."""
    told = panel.reported
    if told is None:
        return []
    made = []
    for row in sight.rows(told.table, told.fixed):
        if row.get(told.value) is not None:
            made.append(
                {
                    "when": str(row.get(told.when) or ""),
                    "value": sight.words.number(row[told.value]),
                    "unit": sight.words.unit(str(row.get(told.unit) or "")),
                    "source": str(row.get(told.source) or ""),
                    "fault": sight.words.t(str(row.get(told.fault) or "")),
                }
            )
    return sorted(made, key=lambda row: row["when"])


def described(panel: Charted, sight: Sight, indicator: Indicator, rows: Sequence[Row]) -> str:
    """What a reader who can't see the chart is told of it."""
    words = sight.words
    values = [r["value"] for r in rows if r["value"] is not None]
    if not values:
        return ""
    text = words.t("{title}: {count} figures, from {least} to {most} {unit}. The table below has all of them.")
    return text.format(
        title=words.t(panel.title),
        count=words.count(len(values)),
        least=words.number(min(values)),
        most=words.number(max(values)),
        unit=words.unit(indicator.unit),
    )


def usual_days(panel: Series, sight: Sight) -> Mapping[date, tuple[float, float, float]]:
    """By day: lower quartile, median, upper quartile of the same weekday in the weeks before it."""
    indicator = sight.indicator(panel.indicator)
    times = indicator.times(sight.ask.unit) or 1.0
    if panel.band is None or not period_is_days(indicator):
        return {}
    rows = sight.figures(indicator.name, panel.fixed, spanned=False)
    values: dict[date, float] = {}
    for row in rows:
        day = day_of(indicator, row[indicator.period or ""])
        if day is not None and not row["withheld"] and row[panel.y] is not None:
            values[day] = float(row[panel.y]) * times
    return usual_by_weekday(values, panel.band)


def usual_by_weekday(values: Mapping[date, float], band: Band) -> Mapping[date, tuple[float, float, float]]:
    """
    >>> monday = date(2026, 3, 2)
    >>> values = {monday + timedelta(weeks=i): hours for i, hours in enumerate((2.0, 4.0, 6.0, 60.0))}
    >>> usual_by_weekday(values, Band())
    {datetime.date(2026, 3, 23): (3.0, 4.0, 5.0)}
    """
    made = {}
    for day in sorted(values):
        before = [values.get(day - timedelta(weeks=week)) for week in range(1, band.weeks + 1)]
        known = np.array([value for value in before if value is not None], np.float64)
        if known.size >= band.least:
            low, middle, high = (value or 0.0 for value in quantiles(known, (0.25, 0.5, 0.75)))
            made[day] = (low, middle, high)
    return made


def period_is_days(indicator: Indicator) -> bool:
    return indicator.cycle is Cycle.DAY
