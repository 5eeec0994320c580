"""The wall clock at a place, of many times at once, against the standard library's."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from birlik.domains.transport.model import timeline
from birlik.domains.transport.model.timeline import local_parts

ZONES = ("Asia/Almaty", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns")
"""One that changed its offset for good, two of summer times (one of half an hour), two of odd offsets."""


def by_hand(seconds, zone):
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))
    return int(seconds) + int(at.astimezone(ZoneInfo(ZONES[zone])).utcoffset().total_seconds())


@pytest.mark.parametrize("most_pairs", [timeline.MOST_PAIRS, 0], ids=["looked up", "sorted"])
@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2024-03-30", "2024-04-08"),
        ("2024-10-26", "2024-11-04"),
        ("1960-01-01", "2030-01-01"),
        ("0100-01-01", "9000-01-01"),
    ],
)
def test_times_of_any_zone_are_told_as_its_clocks_tell_them(first, last, most_pairs, monkeypatch):
    monkeypatch.setattr(timeline, "MOST_PAIRS", most_pairs)
    dice = np.random.default_rng(3)
    low, high = (int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) for day in (first, last))
    seconds = dice.integers(low, high, 3_000)
    zone = dice.integers(0, len(ZONES), seconds.size).astype(np.int32)
    assert local_parts(seconds, zone, ZONES).tolist() == [by_hand(s, z) for s, z in zip(seconds, zone, strict=True)]


def test_no_times_are_no_local_times():
    assert local_parts(np.empty(0, np.int64), np.empty(0, np.int32), ZONES).size == 0
