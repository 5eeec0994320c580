"""The only place that asks what time it is."""

import math
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from birlik.errors import BadRequest


class Clock(Protocol):
    def now(self) -> datetime:
        """An aware datetime in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class SetClock:
    """A clock that stands until it is moved: for tests, and for playing a past period."""

    at: datetime = field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def now(self) -> datetime:
        return self.at

    def advance(self, step: timedelta) -> None:
        self.at += step


def utc(text: str) -> datetime:
    """Read ISO 8601; a time without an offset is taken as UTC.

    >>> utc("2026-03-01T12:00:00+05:00").isoformat()
    '2026-03-01T07:00:00+00:00'
    """
    given = datetime.fromisoformat(text)
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)


_EPOCH = date(1970, 1, 1)


def date_of(day: int) -> date:
    """The date of a day, which is whole days since 1970 where it is kept.

    >>> date_of(20_514).isoformat()
    '2026-03-02'
    """
    return _EPOCH + timedelta(days=day)


def day_number(of: date) -> int:
    """The other way round.

    >>> day_number(date(2026, 3, 2))
    20514
    """
    return (of - _EPOCH).days


def past(moment: datetime | None, now: datetime) -> datetime | None:
    """The moment of which a reader asks, if any. Raises BadRequest for one of which nothing can be known yet."""
    if moment is not None and moment > now:
        raise BadRequest(f"as_of lies in the future: {isoformat(moment)}", parameter="as_of")
    return moment


def isoformat(time: datetime) -> str:
    """RFC 3339 in UTC, to the second where it is whole, else to the millisecond.

    >>> isoformat(datetime(2026, 3, 1, 7, tzinfo=UTC))
    '2026-03-01T07:00:00Z'
    """
    spec = "milliseconds" if time.microsecond else "seconds"
    return time.astimezone(UTC).isoformat(timespec=spec).replace("+00:00", "Z")


def in_units(hours: float) -> list[tuple[int, str]]:
    """A duration of 0 or more as one or two whole numbers with their units, no finer than three digits bear.

    >>> [in_units(h) for h in (0.004, 0.97, 2, 9.09, 14.53, 31.2, 51.4, 300)]
    [[(0, 'min')], [(58, 'min')], [(2, 'h')], [(9, 'h'), (5, 'min')], [(14, 'h'), (30, 'min')], [(31, 'h')], \
[(2, 'd'), (3, 'h')], [(12, 'd')]]
    """
    for below_h, step_min, great, small in _STEPS:
        if hours >= below_h:
            continue
        minutes = step_min * round(hours * 60 / step_min)
        greater, rest = divmod(minutes, _MINUTES[great])
        made = [(greater, great), (rest // _MINUTES[small] if small else 0, small)]
        return [(n, unit) for n, unit in made if n] or [(0, great)]
    raise AssertionError("the last step has no end")


_MINUTES = {"d": 1440, "h": 60, "min": 1}
_STEPS: tuple[tuple[float, int, str, str], ...] = (
    (59.5 / 60, 1, "min", ""),
    (10, 1, "h", "min"),
    (24, 10, "h", "min"),
    (48, 60, "h", ""),
    (240, 60, "d", "h"),
    (math.inf, 1440, "d", ""),
)
"""(below so many hours, rounded to so many minutes, in these units)."""
