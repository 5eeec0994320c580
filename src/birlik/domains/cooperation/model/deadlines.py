"""Until when one can apply: an instant, said by the clock of a zone."""

from datetime import UTC, datetime

from birlik.domains.cooperation.vocabulary.moments import clock_of
from birlik.errors import Malformed
from birlik.said import Said

FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")


def instant(text: str, zone: str) -> datetime:
    """The moment, UTC, at which a clock in a zone shows a time. Of two, as in autumn, the later: nobody is late by the
    earlier one.

    Raises Malformed for what is no time, a time that its clocks leave out, or no zone.
    >>> instant("2026-10-25 02:30", "Europe/Budapest").isoformat()
    '2026-10-25T01:30:00+00:00'
    >>> instant("2026-03-01 23:59", "Asia/Almaty").isoformat()
    '2026-03-01T18:59:00+00:00'
    """
    local = _read(text.strip()).replace(tzinfo=clock_of(zone), fold=1)
    made = local.astimezone(UTC)
    if made.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Malformed(Said("{text}: the clocks of {zone} leave this time out", text=text, zone=zone))
    return made


def _read(text: str) -> datetime:
    for form in FORMS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 # its zone is said beside
        except ValueError:
            continue
    raise Malformed(Said("{text} is no time: write it as 2026-03-01 23:59", text=repr(text)))
