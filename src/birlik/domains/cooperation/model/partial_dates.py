"""Dates as exact as their source, and when a period is over for those who owe something within it."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from birlik.errors import Malformed
from birlik.periods import Period, period_of
from birlik.said import Said

_FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-\d{2})?)?", re.ASCII)
_LAST_ON_EARTH = ZoneInfo("Etc/GMT+12")
"""UTC-12, where the day ends last: who owes is given the benefit while nobody knows their clock."""
_TICK = timedelta(microseconds=1)
"""What times in tables are counted in."""
LAST_YEAR = 9998
"""The day after its last one must have a name, too."""


def read(text: str) -> Period | None:
    """The period that a text states, a year, a month or a day, and no more; None where it states none.

    text: ISO 8601 calendar date, extended form, cut to the day, the month or the year; blank is none.
    Raises: Malformed for anything else, with what is wrong of it.
    Source: ISO 8601-1:2019, 5.2.2 (complete) and 5.2.2.2 (reduced precision).
    >>> [(str(p.first), str(p.last)) for p in map(read, ("2024-02", "2026")) if p]
    [('2024-02-01', '2024-02-29'), ('2026-01-01', '2026-12-31')]
    """
    stated = text.strip()
    if not stated:
        return None
    found = _FORM.fullmatch(stated)
    if not found:
        raise Malformed(Said("{text} is no date: write 2026, 2026-05 or 2026-05-17", text=stated))
    year, month = int(found[1]), int(found[2] or 1)
    if not 1 <= year <= LAST_YEAR:
        raise Malformed(Said("{text}: no such year", text=stated))
    if not 1 <= month <= 12:
        raise Malformed(Said("{text}: no such month", text=stated))
    try:
        return period_of(stated)
    except ValueError:
        raise Malformed(Said("{text}: no such day in that month", text=stated)) from None


def due(period: Period | None, zones: Sequence[ZoneInfo]) -> datetime | None:
    """The last instant of a period on the clocks of those who owe, in UTC.

    zones: of all owners whose zone is known; the latest counts. None known: UTC-12, the last clock on Earth.
    Returns: the last microsecond of the period; None where no period is stated, for nothing stated is never due.

    The offset is that of the day itself: Almaty is +06 up to 29 February 2024 and +05 from 1 March.
    >>> print(due(read("2026-05"), [ZoneInfo("Asia/Almaty")]))
    2026-05-31 18:59:59.999999+00:00
    """
    if period is None:
        return None
    # The start of the next day, less a tick: a last hour that occurs twice is over only when both are.
    return max(period.end(zone.key).astimezone(UTC) for zone in zones or (_LAST_ON_EARTH,)) - _TICK
