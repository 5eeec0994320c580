"""Dates as standards write them, as exact as they are."""

import re
from functools import lru_cache
from typing import Any

from birlik.errors import Malformed
from birlik.periods import period_of
from birlik.said import Said

_DATE_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}.*)?", re.ASCII)
ZONED = re.compile(r".*[T ]\d{2}:\d{2}.*(?:Z|[+-]\d{2}:?\d{2})", re.ASCII | re.IGNORECASE)
LAST_YEAR = 9998
"""The day after its last one must have a name, too."""
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


@lru_cache(maxsize=16_384)
def real(text: str) -> str:
    """The same date, if there is such a day in the calendar. Raises Malformed."""
    try:
        if text and period_of(text).first.year > LAST_YEAR:
            raise ValueError
    except ValueError:
        raise Malformed(Said("{text}: there is no such day", text=text)) from None
    return text


def moment(value: str, lang: str, before: Any) -> str:
    """A date as a moment of RFC 3339: what is less exact than a day begins with its first.

    >>> moment("2027-03", "", None), moment("2018-12-11", "", "2018-12-10T15:53:00+04:00")
    ('2027-03-01T00:00:00Z', '2018-12-11T00:00:00Z')
    """
    return f"{period_of(value).first}T00:00:00Z"


def last_moment(value: str, lang: str, before: Any) -> str:
    """As `moment`, but what is less exact than a day ends with its last.

    >>> last_moment("2027-02", "", None), last_moment("2027", "", None)
    ('2027-02-28T00:00:00Z', '2027-12-31T00:00:00Z')
    """
    return f"{period_of(value).last}T00:00:00Z"
