"""The only place that asks what time it is."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
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
