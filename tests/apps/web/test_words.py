"""How figures, times and periods are written, by the reader's language."""

from datetime import UTC, datetime, timedelta

import pytest

from birlik.apps.web.words import Words, words
from birlik.periods import period_of

EN, KK = words("en", []), words("kk", [])
THREE = datetime(2026, 3, 1, 22, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "english", "kazakh"),
    [
        pytest.param(9.4, "9.4", "9,4", id="decimal mark"),
        pytest.param(9.446, "9.45", "9,45", id="three significant digits"),
        pytest.param(12345.6, "12\u202f300", "12\u202f300", id="thin spaces"),
        pytest.param(31.0, "31", "31", id="no trailing zero"),
        pytest.param(-2.05, "−2.05", "−2,05", id="a minus is no hyphen"),
        pytest.param(0.012345, "0.0123", "0,0123", id="small"),
        pytest.param(0, "0", "0", id="zero"),
        pytest.param(None, "–", "–", id="nothing"),
        pytest.param(float("nan"), "–", "–", id="no number"),
    ],
)
def test_a_figure_has_three_digits_and_the_readers_mark(value: float | None, english: str, kazakh: str) -> None:
    assert (EN.number(value), KK.number(value)) == (english, kazakh)


def test_a_count_is_exact() -> None:
    assert EN.count(12345) == "12\u202f345"


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        pytest.param("Asia/Almaty", "2 Mar 2026, 03:05 UTC+5", id="the zone of the place is named"),
        pytest.param("UTC", "1 Mar 2026, 22:05 UTC", id="UTC is UTC"),
        pytest.param("Asia/Kathmandu", "2 Mar 2026, 03:50 UTC+5:45", id="with minutes"),
    ],
)
def test_a_time_is_in_its_places_zone(zone: str, said: str) -> None:
    assert EN.moment(THREE, zone) == said


@pytest.mark.parametrize(
    ("period", "english", "kazakh"),
    [
        pytest.param("2026-03", "March 2026", "2026 ж. наурыз", id="month"),
        pytest.param("2026-03-05", "5 Mar 2026", "2026 ж. 5 нау.", id="day"),
        pytest.param("2026", "2026", "2026", id="year"),
        pytest.param("2026-03-21/P11D", "21–31 Mar 2026", "2026 ж. 21–31 нау.", id="ten days"),
        pytest.param("2025-10-01/P1Y", "Oct 2025 – Sept 2026", "2025 ж. қаз. – 2026 ж. қыр.", id="hydrological year"),
    ],
)
def test_a_period_is_written_by_cldr(period: str, english: str, kazakh: str) -> None:
    assert EN.period(period_of(period)).replace("\u2009", " ") == english
    assert KK.period(period_of(period)).replace("\u202f", " ").replace("\xa0", " ") == kazakh


def test_the_week_begins_on_monday() -> None:
    assert (EN.weekdays()[0], KK.weekdays("wide")[0].lower()) == ("Mon", "дүйсенбі")


@pytest.mark.parametrize(
    ("said", "ago"), [pytest.param(EN, "3 hours ago", id="en"), pytest.param(KK, "3 сағат бұрын", id="kk")]
)
def test_how_long_ago(said: Words, ago: str) -> None:
    assert said.ago(THREE - timedelta(hours=3), THREE) == ago


def test_charts_write_numbers_as_the_page_does() -> None:
    assert (KK.chart_numbers["decimal"], KK.chart_numbers["thousands"]) == (",", "\u202f")
    assert KK.chart_times["days"][1].lower() == "дүйсенбі"


def test_a_code_without_words_is_still_readable() -> None:
    assert EN.code("cause", "gauge_change") == "gauge change"
