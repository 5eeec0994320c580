"""Calendar periods as values: when they begin and end, in which order they stand, and the text that is kept of them.

The text is SDMX's (SDMX 3.0, section 6, time periods): `2026`, `2026-03`, `2026-03-14`, and for what no Gregorian
period is a time range, `2026-03-11/P10D`. All begin with the day on which they begin, so that texts of one kind sort as
their periods do, and compare with a day. No I/O.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import total_ordering
from zoneinfo import ZoneInfo


class Cycle(StrEnum):
    """By what time is divided."""

    HOUR_OF_WEEK = "hour of week"
    """0 to 167, from Monday 00:00 by the place's clock: it comes again each week, and has no date."""
    DAY = "day"
    DECADE = "decade"
    """Ten days, from the 1st, the 11th and the 21st; the third one lasts to the end of its month."""
    MONTH = "month"
    SEASON = "season"
    YEAR = "year"
    HYDROLOGICAL_YEAR = "hydrological year"


RANGES = (Cycle.DECADE, Cycle.SEASON, Cycle.HYDROLOGICAL_YEAR)
"""Those that are no Gregorian period: their texts begin with the whole day on which they begin."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """What a place's periods are told by."""

    zone: str = "UTC"
    """IANA zone in whose days they begin."""
    seasons: tuple[int, ...] = (3, 6, 9, 12)
    """The months with which seasons begin: `(4, 10)` is a season of growth and the rest of the year."""
    year_begins: int = 10
    """The month with which a hydrological year begins."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Period:
    cycle: Cycle
    first: date
    """Its first day."""
    until: date
    """The day after its last."""

    def __lt__(self, other: "Period") -> bool:
        """The one that begins first; of two that do, the shorter."""
        return (self.first, self.until) < (other.first, other.until)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.until - timedelta(days=1)

    def begin(self, zone: str = "UTC") -> datetime:
        """In UTC, by the clock of a place."""
        return _midnight(self.first, zone)

    def end(self, zone: str = "UTC") -> datetime:
        """In UTC, by the clock of a place: the first moment that is no longer in it."""
        return _midnight(self.until, zone)

    @property
    def text(self) -> str:
        """As it is kept, and as SDMX writes it.

        >>> decade = Period(Cycle.DECADE, date(2026, 2, 21), date(2026, 3, 1))
        >>> (decade.text, Period(Cycle.MONTH, date(2026, 3, 1), date(2026, 4, 1)).text)
        ('2026-02-21/P8D', '2026-03')
        """
        if self.cycle in _PLAIN:
            return self.first.isoformat()[: _PLAIN[self.cycle]]
        months = 12 * (self.until.year - self.first.year) + self.until.month - self.first.month
        if self.cycle is Cycle.DECADE:
            return f"{self.first.isoformat()}/P{(self.until - self.first).days}D"
        return f"{self.first.isoformat()}/P1Y" if months == 12 else f"{self.first.isoformat()}/P{months}M"


_PLAIN = {Cycle.YEAR: 4, Cycle.MONTH: 7, Cycle.DAY: 10}
"""Letters of an ISO date that say all of it."""
_TEXT = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:/P(?:(\d{1,2})D|(\d{1,2})M|(1)Y))?)?)?")


def period_at(moment: datetime | date, cycle: Cycle, calendar: Calendar | None = None) -> Period:
    """The period in which a moment lies, by the calendar's clock; a date is one of its days already.

    Raises ValueError for hours of the week, which have no date.

    >>> dry = Calendar(seasons=(4, 10))
    >>> [period_at(date(2026, 3, 31), c, dry).text for c in (Cycle.DECADE, Cycle.SEASON, Cycle.HYDROLOGICAL_YEAR)]
    ['2026-03-21/P11D', '2025-10-01/P6M', '2025-10-01/P1Y']
    """
    told = calendar or Calendar()
    day = moment.astimezone(ZoneInfo(told.zone)).date() if isinstance(moment, datetime) else moment
    if cycle is Cycle.DAY:
        return Period(cycle, day, day + timedelta(days=1))
    if cycle is Cycle.DECADE:
        first = day.replace(day=min(21, 10 * ((day.day - 1) // 10) + 1))
        return Period(cycle, first, first + timedelta(days=10) if first.day < 21 else _month(day, 1))
    begins = {
        Cycle.MONTH: tuple(range(1, 13)),
        Cycle.YEAR: (1,),
        Cycle.SEASON: told.seasons,
        Cycle.HYDROLOGICAL_YEAR: (told.year_begins,),
    }.get(cycle)
    if begins is None:
        raise ValueError("an hour of the week comes again each week: it has no date")
    back = min((day.month - month) % 12 for month in begins)
    first = _month(day, -back)
    ahead = min((month - first.month) % 12 or 12 for month in begins)
    return Period(cycle, first, _month(first, ahead))


def period_of(text: str) -> Period:
    """What a text says. Raises ValueError.

    >>> [(p.cycle.value, p.until.isoformat()) for p in map(period_of, ("2026", "2026-03", "2026-04-01/P6M"))]
    [('year', '2027-01-01'), ('month', '2026-04-01'), ('season', '2026-10-01')]
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no period: 2026, 2026-03, 2026-03-14, 2026-03-11/P10D, 2026-04-01/P6M")
    year, month, day, days, months, years = found.groups()
    first = date(int(year), int(month or 1), int(day or 1))
    if days is not None:
        made = period_at(first, Cycle.DECADE)
        if made.text != text:
            raise ValueError(f"{text!r} is no period of ten days: they begin on the 1st, the 11th and the 21st")
        return made
    if months is not None or years is not None:
        if first.day != 1:
            raise ValueError(f"{text!r} does not begin with a month")
        cycle = Cycle.HYDROLOGICAL_YEAR if years else Cycle.SEASON
        return Period(cycle, first, _month(first, 12 if years else int(months)))
    return period_at(first, Cycle.DAY if day else Cycle.MONTH if month else Cycle.YEAR)


def periods(first: date, until: date, cycle: Cycle, calendar: Calendar | None = None) -> Iterator[Period]:
    """All that have a day from `first` on and before `until`, in their order: for what must have no gaps."""
    day = first
    while day < until:
        made = period_at(day, cycle, calendar)
        yield made
        day = made.until


def hour_of_week(moment: datetime, zone: str = "UTC") -> int:
    """0 to 167, by the place's clock.

    >>> hour_of_week(datetime(2026, 3, 3, 20, tzinfo=UTC), "Asia/Almaty")
    49
    """
    local = moment.astimezone(ZoneInfo(zone))
    return 24 * local.weekday() + local.hour


def _month(day: date, months: int) -> date:
    """The first day of the month that lies so many on."""
    count = 12 * day.year + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
