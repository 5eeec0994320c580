"""Dates as exact as their source, and when a period is over for those who owe something within it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from birlik.errors import Malformed
from birlik.said import Said

_FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_LAST_ON_EARTH = timezone(timedelta(hours=-12))
"""Where the day ends last: who owes is given the benefit while nobody knows their clock."""
_TICK = timedelta(microseconds=1)
"""What times in tables are counted in."""
LAST_YEAR = 9998
"""The day after its last one must have a name, too."""


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A year, a month or a day: the period that a source states, and no more."""

    first: date
    """First day of the period."""
    last: date
    """Last day of the period."""
    text: str
    """As stated: `2026`, `2026-05` or `2026-05-17`."""

    def __str__(self) -> str:
        return self.text


def read(text: str) -> PartialDate | None:
    """The period that a text states; None where it states none.

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
    year, month, day = (int(part) if part else None for part in found.groups())
    if not 1 <= (year or 0) <= LAST_YEAR:
        raise Malformed(Said("{text}: no such year", text=stated))
    assert year is not None
    if month is not None and not 1 <= month <= 12:
        raise Malformed(Said("{text}: no such month", text=stated))
    if day is not None:
        return _day(year, month or 1, day, stated)
    first = date(year, month or 1, 1)
    after = date(year + 1, 1, 1) if month in (None, 12) else date(year, (month or 1) + 1, 1)
    return PartialDate(first, after - timedelta(days=1), stated)


def due(period: PartialDate | None, zones: Sequence[ZoneInfo]) -> datetime | None:
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
    after = period.last + timedelta(days=1)
    midnights = (datetime(after.year, after.month, after.day, tzinfo=zone) for zone in zones or (_LAST_ON_EARTH,))
    return max(midnight.astimezone(UTC) for midnight in midnights) - _TICK


def _day(year: int, month: int, day: int, stated: str) -> PartialDate:
    try:
        at = date(year, month, day)
    except ValueError:
        raise Malformed(Said("{text}: no such day in that month", text=stated)) from None
    return PartialDate(at, at, stated)
