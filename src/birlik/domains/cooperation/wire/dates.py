"""Dates as standards write them, as exact as they are."""

import re
from datetime import date
from typing import Any

from birlik.errors import Malformed
from birlik.said import Said

_DATE_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}.*)?", re.ASCII)
ZONED = re.compile(r".*[T ]\d{2}:\d{2}.*(?:Z|[+-]\d{2}:?\d{2})", re.ASCII | re.IGNORECASE)
_PARTIAL = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?", re.ASCII)


def day(value: Any) -> str:
    """The day of a moment of RFC 3339, with its time and zone or without. Raises Malformed.

    >>> day("2018-12-10T15:53:00Z"), day("2018-12-10")
    ('2018-12-10', '2018-12-10')
    """
    if not isinstance(value, str):
        raise Malformed(Said("it must be text"))
    if not value.strip():
        return ""
    found = _DATE_TIME.fullmatch(value.strip())
    if found is None:
        raise Malformed(Said("{text} is no date: write 2026-05-17T00:00:00Z", text=value))
    return real(found[1])


def partial(value: Any) -> str:
    """A year, a month or a day. Raises Malformed."""
    if not isinstance(value, str):
        raise Malformed(Said("it must be text"))
    text = value.strip()
    if text and _PARTIAL.fullmatch(text) is None:
        raise Malformed(Said("{text} is no date: write 2026, 2026-05 or 2026-05-17", text=text))
    return real(text)


def real(text: str) -> str:
    """The same date, if there is such a day in the calendar. Raises Malformed."""
    parts = [int(part) for part in text.split("-")] if text else []
    try:
        if parts and parts[0] > 9998:
            raise ValueError
        if parts:
            date(*(*parts, 1, 1)[:3])
    except ValueError:
        raise Malformed(Said("{text}: there is no such day", text=text)) from None
    return text


def moment(value: str, lang: str, before: Any) -> str:
    """A date as a moment of RFC 3339: what is less exact than a day begins with its first.

    >>> moment("2027-03", "", None), moment("2018-12-11", "", "2018-12-10T15:53:00+04:00")
    ('2027-03-01T00:00:00Z', '2018-12-11T00:00:00Z')
    """
    parts = value.split("-")
    return f"{'-'.join((*parts, '01', '01')[:3])}T00:00:00Z"


def last_moment(value: str, lang: str, before: Any) -> str:
    """As `moment`, but what is less exact than a day ends with its last.

    >>> last_moment("2027-02", "", None), last_moment("2027", "", None)
    ('2027-02-28T00:00:00Z', '2027-12-31T00:00:00Z')
    """
    parts = [int(part) for part in value.split("-")]
    if len(parts) == 1:
        parts.append(12)
    if len(parts) == 2:
        after = (parts[0] + 1, 1) if parts[1] == 12 else (parts[0], parts[1] + 1)
        parts.append((date(*after, 1) - date(parts[0], parts[1], 1)).days)
    return f"{parts[0]:04d}-{parts[1]:02d}-{parts[2]:02d}T00:00:00Z"
