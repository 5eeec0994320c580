"""An event as a calendar has it: out of the claims that stand, and the same days as its page."""

from datetime import UTC, date, datetime

import pytest

from birlik.domains.cooperation.exports.calendars import happening
from birlik.domains.cooperation.model.happenings import first_of, when

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def claims(**said):
    return [
        {"claim_id": f"c:{n}", "property": name, "value": value, "lang": "kk" if name == "name" else None,
         "order_n": n, "status": "published", "changed_time": NOW}
        for n, (name, value) in enumerate(said.items())
    ]  # fmt: skip


def test_one_that_has_no_english_name_is_called_what_it_is_called():
    made = happening("event:1", claims(name="Алматы форумы", start="2026-05-17"), "http://node/1")
    assert made.name == "Алматы форумы"


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ({"start": "2026-05-17", "end": "2026-05-18"}, date(2026, 5, 17), date(2026, 5, 18)),
        ({"start": "2026-05-17", "end": "2026-05-16"}, date(2026, 5, 17), date(2026, 5, 17)),
        ({"begins": "2026-05-17T10:00"}, date(2026, 5, 17), date(2026, 5, 17)),
    ],
)
def test_of_whole_days_the_page_has_their_first_and_last_instant(said, first, last):
    told = claims(state="state:KAZ", **said)
    made = happening("event:1", told, "http://node/1")
    assert (made.first, made.last) == (first, last)
    begins, ends, zone = when(first_of(told))
    assert zone == "Asia/Almaty"
    assert begins.isoformat() == f"{date.fromordinal(first.toordinal() - 1)}T19:00:00+00:00"
    assert ends.isoformat() == f"{last}T19:00:00+00:00"


def test_of_a_month_neither_knows_the_days():
    told = claims(start="2026-05")
    assert happening("event:1", told, "http://node/1") is None
    assert when(first_of(told)) == (None, None, None)
