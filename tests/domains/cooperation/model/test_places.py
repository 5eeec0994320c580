"""Places by order of arrival, and a freed one for who is next: 48 hours, then on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from birlik.domains.cooperation.model.places import Registration, has_place_for_new, placed_n, settled
from birlik.domains.cooperation.vocabulary.programme import AHEAD_N, OFFERED_FOR, Attends

NOW = datetime(2027, 1, 10, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def came(n: int, state: Attends = Attends.WAITING) -> Registration:
    return Registration(registration_id=f"r{n:03d}", arrived=NOW + n * timedelta(minutes=1), state=state)


def turns(registrations: Sequence[Registration], places_n: int, now: datetime) -> list[tuple[int, int] | None]:
    """(from, until) in hours from now, of each that waits."""
    made = settled(registrations, places_n, now).values()
    return [
        (int((each.offered_from - now) / HOUR), int((each.offered_until - now) / HOUR))
        if each.offered_from is not None and each.offered_until is not None
        else None
        for each in made
        if each.state is Attends.WAITING
    ]


def test_who_comes_while_there_are_places_and_nobody_waits_has_one() -> None:
    assert has_place_for_new([came(1, Attends.PLACED)], 2, NOW)
    assert not has_place_for_new([came(1, Attends.PLACED), came(2, Attends.PLACED)], 2, NOW)
    assert not has_place_for_new([came(1, Attends.WAITING)], 2, NOW)  # nobody comes before who waits


def test_one_freed_place_is_kept_48_hours_for_each_in_turn() -> None:
    assert turns([came(1), came(2), came(3)], 1, NOW) == [(0, 48), (48, 96), (96, 144)]


def test_two_freed_places_are_kept_for_two_at_once() -> None:
    assert turns([came(1), came(2), came(3)], 2, NOW) == [(0, 48), (0, 48), (48, 96)]


def test_without_a_free_place_nobody_has_a_turn() -> None:
    assert turns([came(1, Attends.PLACED), came(2)], 1, NOW) == [None]


def test_a_turn_that_goes_on_stays_as_it_was_told() -> None:
    first, second = settled([came(1), came(2)], 1, NOW).values()
    later = NOW + 10 * HOUR
    again = list(settled([first, second, came(3)], 1, later).values())
    assert again[0] == first
    assert (again[1].offered_from, again[1].offered_until) == (first.offered_until, second.offered_until)


def test_who_lets_their_turn_pass_waits_no_more_and_the_next_has_theirs() -> None:
    told = list(settled([came(1), came(2)], 1, NOW).values())
    first, second = settled(told, 1, NOW + 49 * HOUR).values()
    assert first.state is Attends.LAPSED
    assert second.is_offered(NOW + 49 * HOUR)
    assert second.offered_until == NOW + 2 * OFFERED_FOR


def test_nothing_is_offered_once_the_event_has_begun() -> None:
    made = settled([came(1), came(2)], 1, NOW, until=NOW + 20 * HOUR)
    assert [each.offered_from for each in made.values()] == [NOW, None]
    assert all(each.offered_from is None for each in settled([came(1)], 1, NOW, until=NOW).values())


def test_of_twenty_who_come_after_these_it_is_said_beforehand() -> None:
    said = turns([came(n) for n in range(AHEAD_N + 8)], 3, NOW)
    assert said[AHEAD_N + 2] is not None
    assert said[AHEAD_N + 3 :] == [None] * 5


def test_however_many_places_are_free_all_of_them_are_offered() -> None:
    assert turns([came(n) for n in range(50)], 40, NOW)[:40] == [(0, 48)] * 40


MOVES = st.lists(st.tuples(st.sampled_from(["comes", "leaves", "takes", "time"]), st.integers(0, 30)), max_size=60)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(places_n=st.integers(1, 4), moves=MOVES)
def test_whatever_happens_no_more_have_places_than_there_are_and_nobody_overtakes(
    places_n: int, moves: list[tuple[str, int]]
) -> None:
    book: dict[str, Registration] = {}
    now, n = NOW, 0
    for what, which in moves:
        now += timedelta(minutes=1)
        if what == "time":
            now += which * 5 * HOUR
        elif what == "comes":
            n += 1
            has = has_place_for_new(list(book.values()), places_n, now)
            one = replace(came(n, Attends.PLACED if has else Attends.WAITING), arrived=now)
            book[one.registration_id] = one
        elif book:
            key = sorted(book)[which % len(book)]
            one = book[key]
            if what == "leaves" and one.state in (Attends.PLACED, Attends.WAITING):
                book[key] = replace(one, state=Attends.WITHDRAWN)
            elif what == "takes" and one.is_offered(now) and placed_n(list(book.values())) < places_n:
                book[key] = replace(one, state=Attends.PLACED, offered_from=None, offered_until=None)
        book = dict(settled(list(book.values()), places_n, now))
        placed, offered = placed_n(list(book.values())), [e for e in book.values() if e.is_offered(now)]
        assert placed + len(offered) <= places_n
        waits = [e for e in book.values() if e.state is Attends.WAITING]
        # A place is kept for the first who wait, and for nobody behind one for whom none is.
        assert [e.is_offered(now) for e in waits] == sorted((e.is_offered(now) for e in waits), reverse=True)
        assert len(offered) == min(len(waits), places_n - placed)
