"""Dates as exact as their source, and the last instant at which a promise is not yet late."""

import csv
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from birlik.domains.cooperation.model.partial_dates import due, read
from birlik.domains.cooperation.vocabulary.zones import ZONE_OF_STATE, zones_of
from birlik.errors import Malformed

ALMATY = [ZoneInfo("Asia/Almaty")]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        pytest.param("2026", "2026-01-01", "2026-12-31", id="a year"),
        pytest.param("2026-05", "2026-05-01", "2026-05-31", id="a month"),
        pytest.param("2024-02", "2024-02-01", "2024-02-29", id="a month of a leap year"),
        pytest.param("2026-12", "2026-12-01", "2026-12-31", id="the last month"),
        pytest.param(" 2026-05-17 ", "2026-05-17", "2026-05-17", id="a day, with space around"),
    ],
)
def test_a_date_is_as_exact_as_its_source(text, first, last):
    period = read(text)
    assert (period.first.isoformat(), period.last.isoformat(), period.text) == (first, last, text.strip())


@pytest.mark.parametrize("text", ["", "   "])
def test_no_date_is_none_and_no_fault(text):
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-13", "no such month"),
        ("2026-00", "no such month"),
        ("2026-02-29", "no such day"),
        ("2026-05-00", "no such day"),
        ("0000", "no such year"),
        ("9999", "no such year"),
        ("26-05", "write 2026"),
        ("2026-5", "write 2026"),
        ("17.05.2026", "write 2026"),
        ("2026-05-17T10:00", "write 2026"),
        ("next year", "write 2026"),
        ("٢٠٢٦", "write 2026"),
    ],
)
def test_an_invalid_date_is_refused_with_its_reason(text, why):
    with pytest.raises(Malformed, match=why):
        read(text)


@pytest.mark.parametrize(
    ("text", "zones", "last"),
    [
        pytest.param("2024-01", ALMATY, "2024-01-31 17:59:59.999999", id="Almaty at +06"),
        pytest.param("2024-02", ALMATY, "2024-02-29 18:59:59.999999", id="its last day at +06 has 25 hours"),
        pytest.param("2024-03", ALMATY, "2024-03-31 18:59:59.999999", id="Almaty at +05"),
        pytest.param("2026-05-17", [], "2026-05-18 11:59:59.999999", id="owner unknown: the last clock on Earth"),
        pytest.param("2026", zones_of(["KAZ", "TUR"]), "2026-12-31 20:59:59.999999", id="of several the latest"),
        pytest.param("2026-07", zones_of(["HUN"]), "2026-07-31 21:59:59.999999", id="summer time of that day"),
        pytest.param("2026-01", zones_of(["HUN"]), "2026-01-31 22:59:59.999999", id="winter time of that day"),
    ],
)
def test_due_is_the_last_instant_on_the_owners_clock(text, zones, last):
    assert due(read(text), zones) == datetime.fromisoformat(last).replace(tzinfo=UTC)


def test_what_states_no_date_is_never_due():
    assert due(None, ALMATY) is None


@given(day=st.dates(date(1971, 1, 1), date(2037, 12, 30)), zone=st.sampled_from(sorted(ZONE_OF_STATE.values())))
def test_the_last_instant_lies_in_the_period_and_the_next_does_not(day, zone):
    last = due(read(day.isoformat()), [ZoneInfo(zone)])
    assert last.astimezone(ZoneInfo(zone)).date() == day
    assert (last + timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date() == day + timedelta(days=1)


@given(day=st.dates(date(1971, 1, 1), date(2037, 12, 30)))
def test_more_owners_never_make_it_due_sooner(day):
    period = read(day.isoformat())
    assert due(period, zones_of(ZONE_OF_STATE)) >= due(period, zones_of(["TUR"]))
    assert due(period, ()) >= due(period, zones_of(ZONE_OF_STATE))


@pytest.mark.reference
def test_of_eighteen_known_commitments_eight_have_a_due_date_and_three_have_passed(reference_data):
    with (reference_data / "cooperation" / "ots" / "commitments.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    states = [[owner.strip() for owner in row["owner"].split(";")] for row in rows]
    # `members` and organisations have no zone of their own here: the last clock on Earth is theirs.
    found = [due(read(row["due"]), zones_of(owners)) for row, owners in zip(rows, states, strict=True)]
    dated = [last for last in found if last is not None]
    passed = [last for last in dated if last < datetime(2026, 11, 25, tzinfo=UTC)]
    assert (len(rows), len(dated), len(passed)) == (18, 8, 3)
