"""How far invented states' clocks are from UTC: worked out here by hand, so that what the node finds is held against
something that it didn't make.

Source: decisions of the governments, as tzdata's files `asia` and `europe` tell them: Kazakhstan one zone, UTC+5, from
1 March 2024; Hungary's summer time by Directive 2000/84/EC.
"""

from datetime import date, datetime, timedelta

ALMATY_CHANGED = date(2024, 2, 29)
"""The last hour of this day came twice there: the day was over at the second end."""
HOURS = {"QMA": 5, "QMB": 5, "QMC": 4, "QMD": 3, "QME": 6, "QMF": 5, "QMG": 1}


def offset_h(state: str, day: date) -> int:
    """Hours ahead of UTC at the end of a day there.

    >>> [offset_h("QMA", date(2024, 2, 28)), offset_h("QMA", date(2024, 2, 29)), offset_h("QMG", date(2024, 3, 31))]
    [6, 5, 2]
    """
    if state == "QMA" and day < ALMATY_CHANGED:
        return 6
    return HOURS[state] + (state == "QMG" and _last_sunday(day.year, 3) <= day < _last_sunday(day.year, 10))


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def last_instant(day: date, states: list[str]) -> datetime:
    """The end of a day on the latest of these clocks: the first instant that is no more of it, UTC without a zone."""
    return max(
        datetime.combine(day + timedelta(days=1), datetime.min.time()) - timedelta(hours=offset_h(state, day))
        for state in states
    )
