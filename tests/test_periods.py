"""Calendar periods: when they begin and end, their order, their text, and what of them is no period."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from birlik.periods import Calendar, Cycle, Period, hour_of_week, period_at, period_of, periods

GROWTH = Calendar(seasons=(4, 10))
NO_PERIODS = ("", "all", "26", "2026-13", "2026-02-30", "2026-03-12/P10D", "2026-03-01/P9D", "2026-03-02/P3M")
DATED = [cycle for cycle in Cycle if cycle is not Cycle.HOUR_OF_WEEK]


@pytest.mark.parametrize(
    ("cycle", "day", "first", "until", "text"),
    [
        (Cycle.DAY, "2026-02-28", "2026-02-28", "2026-03-01", "2026-02-28"),
        (Cycle.DECADE, "2026-02-10", "2026-02-01", "2026-02-11", "2026-02-01/P10D"),
        (Cycle.DECADE, "2026-02-28", "2026-02-21", "2026-03-01", "2026-02-21/P8D"),
        (Cycle.DECADE, "2024-02-29", "2024-02-21", "2024-03-01", "2024-02-21/P9D"),
        (Cycle.DECADE, "2026-12-31", "2026-12-21", "2027-01-01", "2026-12-21/P11D"),
        (Cycle.MONTH, "2026-12-31", "2026-12-01", "2027-01-01", "2026-12"),
        (Cycle.SEASON, "2026-02-10", "2025-12-01", "2026-03-01", "2025-12-01/P3M"),
        (Cycle.YEAR, "2026-12-31", "2026-01-01", "2027-01-01", "2026"),
        (Cycle.HYDROLOGICAL_YEAR, "2026-09-30", "2025-10-01", "2026-10-01", "2025-10-01/P1Y"),
        (Cycle.HYDROLOGICAL_YEAR, "2026-10-01", "2026-10-01", "2027-10-01", "2026-10-01/P1Y"),
    ],
)
def test_a_day_lies_in_a_period_and_its_text_says_it(cycle: Cycle, day: str, first: str, until: str, text: str) -> None:
    made = period_at(date.fromisoformat(day), cycle)
    assert (made.first.isoformat(), made.until.isoformat(), made.text) == (first, until, text)
    assert period_of(text) == made


def test_seasons_and_the_hydrological_year_begin_when_the_calendar_says() -> None:
    assert period_at(date(2026, 3, 31), Cycle.SEASON, GROWTH).text == "2025-10-01/P6M"
    assert period_at(date(2026, 4, 1), Cycle.SEASON, GROWTH).text == "2026-04-01/P6M"
    assert period_at(date(2026, 8, 31), Cycle.HYDROLOGICAL_YEAR, Calendar(year_begins=9)).text == "2025-09-01/P1Y"
    assert period_at(date(2026, 5, 1), Cycle.SEASON, Calendar(seasons=(11, 5))).text == "2026-05-01/P6M"


@pytest.mark.parametrize("cycle", DATED)
def test_periods_follow_upon_each_other_without_a_gap_and_sort_as_their_texts_do(cycle: Cycle) -> None:
    found = list(periods(date(2023, 11, 17), date(2026, 3, 2), cycle))
    assert all(before.until == after.first for before, after in pairwise(found))
    assert found[0].first <= date(2023, 11, 17) < found[0].until
    assert found[-1].first < date(2026, 3, 2) <= found[-1].until
    assert [p.text for p in found] == sorted(p.text for p in found)
    assert [before < after for before, after in pairwise(found)] == [True] * (len(found) - 1)


def test_a_period_begins_at_midnight_by_the_clock_of_its_place() -> None:
    local = Calendar(zone="Asia/Almaty")
    late = datetime(2026, 3, 20, 19, 30, tzinfo=UTC)  # half past midnight of the 21st there
    made = period_at(late, Cycle.DECADE, local)
    assert made.text == "2026-03-21/P11D"
    assert (made.begin("Asia/Almaty"), made.end("Asia/Almaty")) == (
        datetime(2026, 3, 20, 19, tzinfo=UTC),
        datetime(2026, 3, 31, 19, tzinfo=UTC),
    )
    spring = Period(Cycle.DAY, date(2026, 3, 29), date(2026, 3, 30))
    assert (spring.end("Europe/Paris") - spring.begin("Europe/Paris")).total_seconds() == 23 * 3600


@pytest.mark.parametrize("text", NO_PERIODS)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        period_of(text)


def test_an_hour_of_the_week_is_told_by_the_places_clock_and_has_no_date() -> None:
    sunday = datetime(2026, 3, 1, 19, 30, tzinfo=UTC)
    assert (hour_of_week(sunday), hour_of_week(sunday, "Asia/Almaty")) == (163, 0)
    with pytest.raises(ValueError, match="no date"):
        period_at(sunday, Cycle.HOUR_OF_WEEK)
