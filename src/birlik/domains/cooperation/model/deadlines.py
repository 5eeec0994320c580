"""Until when one can apply: an instant, said by the clock of a zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")


def instant(text: str, zone: str) -> datetime:
    """The moment, UTC, at which a clock in a zone shows a time. Of two, as in autumn, the later: nobody is late by the
    earlier one.

    Raises ValueError for what is no time, LookupError for what is no zone or a time that its clocks leave out.
    >>> instant("2026-10-25 02:30", "Europe/Budapest").isoformat()
    '2026-10-25T01:30:00+00:00'
    >>> instant("2026-03-01 23:59", "Asia/Almaty").isoformat()
    '2026-03-01T18:59:00+00:00'
    """
    local = _read(text.strip()).replace(tzinfo=_zone(zone), fold=1)
    made = local.astimezone(UTC)
    if made.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise LookupError(f"{text}: the clocks of {zone} leave this time out")
    return made


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise LookupError(f"{name}: no zone of the IANA database, such as Asia/Almaty") from None


def _read(text: str) -> datetime:
    for form in FORMS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 # its zone is said beside
        except ValueError:
            continue
    raise ValueError(f"{text}: a time is written 2026-03-01 23:59")
