"""Series, heat map and bars: a specification by address, facts, and the same figures as a table."""

from collections.abc import Sequence

from birlik.apps.web.panels.content import BASES, Content, day_of, facts_of, grid_of, withheld_of
from birlik.apps.web.panels.sentence import newest_of
from birlik.apps.web.sight import Row, Sight
from birlik.kernel.domain import Indicator, Kind, Panel, Type


def content(panel: Panel, sight: Sight) -> Content:
    indicator = sight.indicator(panel.indicator or "")
    rows = ordered(indicator, sight.figures(indicator.name, panel.fixed))
    if panel.kind is Kind.BARS and indicator.period:
        newest = newest_of(indicator, rows)
        rows = [r for r in rows if newest is not None and r[indicator.period] == newest[indicator.period]]
    shown = [r for r in rows if not r["withheld"]]
    beside = reported(panel, sight)
    return Content(
        values={
            "reported": beside,
            "bases": [(b, sight.words.code("basis", b)) for b in BASES if any(r["basis"] == b for r in shown)],
        },
        facts=facts_of(sight, indicator, rows),
        empty=not rows,
        withheld=withheld_of(sight, rows),
        chart=bool(shown),
        grid=grid_of(sight, indicator, list(reversed(rows)) if indicator.period else rows, panel.measures),
        description=described(panel, sight, indicator, shown),
    )


def ordered(indicator: Indicator, rows: Sequence[Row]) -> Sequence[Row]:
    if not indicator.period:
        return rows
    period = indicator.period
    return sorted(rows, key=lambda r: str(day_of(indicator, r[period])))


def reported(panel: Panel, sight: Sight) -> list[dict[str, str]]:
    """Published figures that stand beside ours, with the faults that are known of them."""
    if panel.kind is not Kind.SERIES or not panel.beside:
        return []
    when = panel.beside_x or ""
    made = []
    for row in sight.rows(panel.beside, panel.beside_fixed):
        if row.get("value") is not None:
            made.append(
                {
                    "when": str(row.get(when) or ""),
                    "value": sight.words.number(row["value"]),
                    "unit": sight.words.unit(str(row.get("unit") or "")),
                    "source": str(row.get("source") or ""),
                    "fault": sight.words.t(str(row.get("fault") or "")),
                }
            )
    return sorted(made, key=lambda row: row["when"])


def described(panel: Panel, sight: Sight, indicator: Indicator, rows: Sequence[Row]) -> str:
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


def period_is_days(indicator: Indicator) -> bool:
    declared = next((d for d in indicator.dimensions if d.name == indicator.period), None)
    return declared is not None and declared.type is Type.INT
