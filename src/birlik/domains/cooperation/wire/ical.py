"""iCalendar feeds (RFC 5545) of events."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import icalendar


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """One event as a calendar has it."""

    uid: str
    """The same for ever."""
    sequence: int
    """Rises with what is said of it."""
    changed: datetime
    """UTC."""
    name: str
    first: date | datetime
    """A day, or a moment with an IANA zone."""
    last: date | datetime
    """The last day of it, or the moment at which it ends."""
    place: str = ""
    text: str = ""
    url: str = ""
    is_cancelled: bool = False


def calendar(name: str, happenings: Iterable[Happening]) -> bytes:
    """A feed, with a VTIMEZONE of the IANA data for each zone that it uses."""
    made = icalendar.Calendar()
    made.add("prodid", "-//birlik//cooperation//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", name)
    for each in happenings:
        made.add_component(_event(each))
    made.add_missing_timezones()
    return bytes(made.to_ical())


def _event(happening: Happening) -> icalendar.Event:
    made = icalendar.Event()
    made.add("uid", happening.uid)
    made.add("sequence", happening.sequence)
    made.add("dtstamp", happening.changed)
    made.add("last-modified", happening.changed)
    made.add("summary", happening.name)
    made.add("dtstart", happening.first)
    # The end is the first moment that is no more of it (RFC 5545, 3.6.1).
    is_day = not isinstance(happening.last, datetime)
    made.add("dtend", happening.last + timedelta(days=1) if is_day else happening.last)
    for field, value in (("location", happening.place), ("description", happening.text), ("url", happening.url)):
        if value:
            made.add(field, value)
    made.add("status", "CANCELLED" if happening.is_cancelled else "CONFIRMED")
    return made
