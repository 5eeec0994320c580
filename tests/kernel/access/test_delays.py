"""Who guesses waits longer each time, and locks nobody out."""

import doctest
from datetime import UTC, datetime, timedelta

import pytest

from birlik.errors import Refused, TooMany
from birlik.kernel.access import begun, delays
from birlik.kernel.access.begun import Begun
from birlik.kernel.access.delays import Delays

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)


def test_the_examples_hold() -> None:
    assert doctest.testmod(delays).failed == 0


def guessed_until_made_to_wait(at: Delays, now: datetime, name: str = "aida", address: str = "192.0.2.7") -> int:
    """Seconds to wait."""
    for _ in range(100):
        try:
            at.begins(name, address, "", now)
        except TooMany as told:
            return told.wait_s
    raise AssertionError("a hundred wrong ones and no wait")


def test_each_wrong_try_doubles_the_wait_and_an_hour_is_the_most() -> None:
    at, now, waits = Delays(), NOW, []
    for _ in range(15):
        waits.append(guessed_until_made_to_wait(at, now))
        now += timedelta(seconds=waits[-1])
    assert waits[:4] == [3, 5, 9, 17]
    assert waits[-1] == 3_601
    assert guessed_until_made_to_wait(at, now + timedelta(days=1)) == 3, "a day later it is forgotten"


def test_ten_at_once_are_ten() -> None:
    at = Delays()
    for _ in range(5):
        at.begins("aida", "192.0.2.7", "", NOW)
    with pytest.raises(TooMany):
        at.begins("aida", "192.0.2.7", "", NOW)


def test_who_guesses_at_a_name_makes_its_owner_wait_nowhere_else() -> None:
    at = Delays()
    guessed_until_made_to_wait(at, NOW)
    at.begins("aida", "192.0.2.8", "", NOW)
    at.begins("bek", "192.0.2.7", "", NOW)
    at.begins("aida", "192.0.2.7", "a browser of hers", NOW)


def test_a_name_guessed_at_from_many_addresses_waits_half_a_minute_at_most_and_never_at_known_browsers() -> None:
    at, now = Delays(), NOW
    waits = []
    for n in range(200):
        try:
            at.begins("aida", f"198.51.100.{n}", "", now)
        except TooMany as told:
            waits.append(told.wait_s)
            now += timedelta(seconds=told.wait_s)
    assert max(waits) <= 31
    assert len(waits) > 10
    at.begins("aida", "192.0.2.7", "a browser of hers", now)


def test_who_tries_many_names_once_each_waits_too_and_a_ministry_that_mistypes_now_and_then_never_does() -> None:
    at, waits = Delays(), 0
    for n in range(300):
        try:
            at.begins(f"name {n}", "192.0.2.7", "", NOW)
        except TooMany:
            waits += 1
    assert waits == 200
    at.begins("aida", "192.0.2.7", "a browser of hers", NOW)
    ministry, now = Delays(), NOW
    for n in range(3_000):
        ministry.begins(f"name {n % 500}", "192.0.2.7", "", now)
        now += timedelta(minutes=2)
        if n % 2:
            ministry.succeeded(f"name {n % 500}", "192.0.2.7", "")


def test_who_signs_in_is_forgiven_what_they_mistyped() -> None:
    at = Delays()
    for _ in range(4):
        at.begins("aida", "192.0.2.7", "", NOW)
    at.succeeded("aida", "192.0.2.7", "")
    for _ in range(5):
        at.begins("aida", "192.0.2.7", "", NOW)


def test_many_names_cost_no_memory_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delays, "REMEMBERED", 100)
    at = Delays()
    for n in range(1_000):
        at.begins(f"name {n}", f"192.0.{n % 250}.7", "", NOW)
    assert len(at._wrong) == 100


def _changed(text: str) -> str:
    return text[:20] + ("A" if text[20] != "A" else "B") + text[21:]


def test_what_a_browser_began_it_ends_once_as_what_it_was_and_in_ten_minutes() -> None:
    here = Begun()
    text = here.sealed("passkey", {"challenge": "abc"}, NOW)
    assert "abc" not in text
    for kind, other in (
        ("oidc", text),
        ("passkey", _changed(text)),
        ("passkey", None),
        ("passkey", "é"),
        ("passkey", ""),
    ):
        with pytest.raises(Refused):
            here.ended(kind, other, NOW)
    with pytest.raises(Refused):
        Begun().ended("passkey", text, NOW)
    assert here.ended("passkey", text, NOW) == {"challenge": "abc"}
    with pytest.raises(Refused, match="already"):
        here.ended("passkey", text, NOW)
    late = here.sealed("passkey", {}, NOW)
    with pytest.raises(Refused, match="too long ago"):
        here.ended("passkey", late, NOW + begun.HOLDS)
    here.ended("passkey", here.sealed("passkey", {}, NOW + begun.HOLDS), NOW + begun.HOLDS)
    assert len(here._ended) == 1, "what is void need not be remembered"
