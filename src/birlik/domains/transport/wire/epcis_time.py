"""The times of EPCIS: RFC 3339 with an offset, which allows a little more than Python reads."""

from datetime import UTC, datetime, timedelta

from birlik.errors import Implausible, Where
from birlik.said import Said


def instant_or_none(text: object) -> datetime | None:
    """In UTC; None where it is no time, has no offset, or lies outside the years 1 to 9999.

    >>> instant_or_none("2016-12-31t23:59:60z")
    datetime.datetime(2017, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if not isinstance(text, str):
        return None
    leap = text[16:19] == ":60"
    try:
        time = datetime.fromisoformat(text.upper() if not leap else f"{text[:17]}59{text[19:]}".upper())
        if time.tzinfo is UTC and not leap:
            return time
        if time.tzinfo is None:
            return None
        return time.astimezone(UTC) + timedelta(seconds=1) if leap else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def instant(text: str, *, pointer: str) -> datetime:
    """`instant_or_none`, but raises Implausible where there is none."""
    time = instant_or_none(text)
    if time is None:
        raise Implausible(
            Said("{text} is no time that can be reckoned with", text=text),
            raw=text.encode(),
            where=Where(pointer=pointer),
        )
    return time
