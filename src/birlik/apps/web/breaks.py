"""Where the method of an indicator changed: what a page says of it, and the rule that a chart draws there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from birlik.apps.web.panels.charted import period_is_days
from birlik.apps.web.panels.content import day_of
from birlik.apps.web.sight import Row, Sight
from birlik.apps.web.tokens import Theme
from birlik.clock import day_number
from birlik.kernel.domain import Indicator

DAY_MS = 86_400_000
MONTH_DAYS = 31
"""The longest period that a series is drawn by: so far behind the last one's begin a change still lies in it."""


@dataclass(frozen=True, slots=True)
class Break:
    """The method by which the figures of a page were made came into use while the node was saying others."""

    method: int
    since: datetime
    what: str
    """What changed, as the declaration has it; empty of a method that is no more."""


def of(sight: Sight, indicator: Indicator) -> Break | None:
    """The last change of method before the moment of which the page speaks; None where there was none."""
    key = ("methods", sight.principal.view, sight.watermark, indicator.name)
    known: Sequence[tuple[int, datetime]] = sight.memo.get(key, lambda: sight.reader.methods(indicator.name))
    past = [(number, since) for number, since in known if since <= sight.now]
    if len(past) < 2:
        return None
    number, since = past[-1]
    return Break(number, since, indicator.method_since if number == indicator.method_version else "")


def note(sight: Sight, indicator: Indicator) -> str:
    """`method 2 since 25 Nov 2026`, for the foot of a panel; empty where the method has not changed."""
    found = of(sight, indicator)
    return "" if found is None else said(sight, found)


def said(sight: Sight, found: Break) -> str:
    words = sight.words
    return words.t("method {number} since {day}").format(number=found.method, day=words.day(found.since.date()))


def method_row(sight: Sight, indicator: Indicator) -> list[tuple[str, str]]:
    """(name, text) for the page of a method: its number, since when, and what changed; nothing of a first one."""
    found = of(sight, indicator)
    if found is None and indicator.method_version == 1:
        return []
    text = said(sight, found) if found is not None else sight.words.count(indicator.method_version)
    what = _what(sight, found or Break(indicator.method_version, sight.now, indicator.method_since))
    return [(sight.words.t("version of the method"), f"{text}: {what}" if what else text)]


def _what(sight: Sight, change: Break) -> str:
    return sight.words.t(change.what) if change.what else ""


def place(sight: Sight, indicator: Indicator, rows: Sequence[Row]) -> tuple[Break, date] | None:
    """The change that lies within a series, and the day at which it is drawn.

    Where figures of both methods stand side by side it is the first of the new one's; else all were made again, and it
    is the day since when the node says so: who remembers another figure sees why.
    """
    found = of(sight, indicator)
    if found is None or not indicator.period:
        return None
    methods = {day: row["method_version"] for row in rows if (day := day_of(indicator, row[indicator.period]))}
    days = sorted(methods)
    if not days:
        return None
    older = [day for day in days if methods[day] != found.method]
    if older:
        newer = [day for day in days if methods[day] == found.method and day > older[0]]
        return (found, newer[0]) if newer else None
    day, first, last = found.since.date(), days[0], days[-1]
    longest = 1 if period_is_days(indicator) else MONTH_DAYS
    return (found, day) if first <= day and (day - last).days <= longest else None


def _altair() -> Any:
    """Imported where a chart is made: it takes half a second. Some of its calls have no types."""
    import altair

    return altair


def layers(
    sight: Sight, indicator: Indicator, fixed: Mapping[str, str], along: Mapping[str, Any], theme: Theme
) -> list[Any]:
    """A vertical rule with its note, above a series; nothing where no change lies within it."""
    alt = _altair()
    found = place(sight, indicator, sight.figures(indicator.name, fixed))
    if found is None:
        return []
    change, day = found
    at = day_number(day) * DAY_MS
    values = [{"method_at": at, "method_said": said(sight, change), "method_what": _what(sight, change)}]
    base = alt.Chart(alt.Data(values=values))
    x = alt.X("method_at:T", title=None, **along)
    tips = [alt.Tooltip("method_said:N", title=" "), alt.Tooltip("method_what:N", title="  ")]
    return [
        base.mark_rule(color=theme.ink, strokeDash=[2, 3], strokeWidth=1.2).encode(x=x, tooltip=tips),
        base.mark_text(align="right", dx=-5, baseline="top", fontSize=11, color=theme.quiet).encode(
            x=x, y=alt.value(2), text="method_said:N", tooltip=tips
        ),
    ]
