"""What a panel says of figures that the rows of this node don't make: computed elsewhere, or sealed."""

from datetime import date, timedelta

from birlik.apps.web.sight import Sight
from birlik.kernel.domain import Indicator


def note(sight: Sight, indicator: Indicator) -> str:
    """From when to when it was computed elsewhere, and whether newer rows have been archived since; else empty."""
    held = sight.reader.attached(indicator.name)
    if not held:
        return ""
    words = sight.words
    told = words.t("computed elsewhere from {begin} to {end}")
    if any(one["stale"] for one in held):
        told = words.t("computed elsewhere from {begin} to {end}; stale: more rows have been archived since")
    last = max(one["end"] for one in held) - timedelta(days=1)
    return told.format(begin=words.day(min(one["begin"] for one in held).date()), end=words.day(last.date()))


def sealed(sight: Sight, indicator: Indicator) -> str:
    """Up to which day its figures stand though rows of theirs were removed; else empty."""
    day = sight.reader.sealed_until(indicator.name)
    if day is None:
        return ""
    words = sight.words
    return words.t("sealed before {day}: rows were removed, their figures stay").format(
        day=words.day(date.fromisoformat(day))
    )
