"""A proposal breaks no rule and places as many as can be, as trying everything does; what is left over is told why."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from birlik.domains.cooperation.model.programme import Hours, Talk, broken
from birlik.domains.cooperation.model.proposing import propose
from birlik.domains.cooperation.vocabulary.programme import Rule

NINE = datetime(2027, 3, 1, 9, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def hours(room: str, begin: int, end: int) -> Hours:
    return Hours(room, at(begin), at(end))


def talk(name: str, minutes: int = 30, *, by: str = "", after: str = "", room: str = "", begins: int = -1) -> Talk:
    return Talk(
        talk_id=name,
        title=f"On {name}",
        speakers=frozenset(by.split()),
        minutes=minutes,
        after=after,
        room=room,
        begins=at(begins) if begins >= 0 else None,
    )


# --- the rules --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("placed", "other", "rule"),
    [
        pytest.param(talk("a", room="A", begins=0), talk("b", room="A", begins=15), Rule.ROOM, id="a room twice"),
        pytest.param(
            talk("a", by="aida", room="A", begins=0),
            talk("b", by="aida omar", room="B", begins=29),
            Rule.SPEAKER,
            id="a speaker twice",
        ),
        pytest.param(talk("a", room="A", begins=45), talk("b"), Rule.HOURS, id="beyond its hours"),
        pytest.param(talk("a", room="C", begins=0), talk("b"), Rule.HOURS, id="in a room that isn't open"),
        pytest.param(talk("a", 90, room="A", begins=0), talk("b"), Rule.LENGTH, id="longer than any room is open"),
        pytest.param(
            talk("a", after="b", room="A", begins=0), talk("b", room="B", begins=0), Rule.ORDER, id="before its turn"
        ),
        pytest.param(talk("a", after="b", room="A", begins=0), talk("b"), Rule.ORDER, id="after what has no place"),
        pytest.param(
            talk("a", room="A", begins=30), talk("b", after="a", room="B", begins=0), Rule.ORDER, id="behind its turn"
        ),
    ],
)
def test_a_broken_rule_is_named_with_what_it_meets(placed: Talk, other: Talk, rule: Rule) -> None:
    faults = list(broken(placed, [placed, other], [hours("A", 0, 60), hours("B", 0, 60)]))
    assert rule in [fault.rule for fault in faults]
    met = {fault.other for fault in faults if fault.rule is rule}
    assert met == ({other} if rule in (Rule.ROOM, Rule.SPEAKER, Rule.ORDER) else {None})


def test_what_ends_when_another_begins_does_not_meet_it() -> None:
    one, other = talk("a", by="aida", room="A", begins=0), talk("b", by="aida", room="A", begins=30)
    assert not list(broken(one, [other], [hours("A", 0, 60)]))
    assert not list(broken(other, [one], [hours("A", 0, 60)]))


# --- what is left over ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("talks", "left", "rule"),
    [
        pytest.param([talk("a", 90)], "a", Rule.LENGTH, id="too long"),
        pytest.param([talk("a", 60, room="A", begins=0), talk("b")], "b", Rule.ROOM, id="no room is free"),
        pytest.param([talk("b", after="gone")], "b", Rule.ORDER, id="after a talk that isn't there"),
    ],
)
def test_of_what_finds_no_place_it_is_said_why(talks: Sequence[Talk], left: str, rule: Rule) -> None:
    made = propose(talks, [hours("A", 0, 60)])
    assert next(fault.rule for fault in made.left[left]) is rule


def test_a_speaker_who_is_elsewhere_all_the_time_is_named() -> None:
    stands = talk("a", 60, by="aida", room="A", begins=0)
    made = propose([stands, talk("b", 30, by="aida")], [hours("A", 0, 60), hours("B", 0, 60)])
    (first, *_) = made.left["b"]
    assert (first.rule, first.other, first.speaker) in {
        (Rule.SPEAKER, stands, "aida"),
        (Rule.ROOM, stands, ""),
    }
    assert Rule.SPEAKER in [fault.rule for fault in made.left["b"]]


def test_what_stands_stays_where_it_is_and_the_rest_comes_early() -> None:
    made = propose([talk("a", room="A", begins=30), talk("b")], [hours("A", 0, 90)])
    assert [(each.talk_id, each.begins) for each in made.placed] == [("b", at(0))]
    assert made.is_best


def test_nothing_open_places_nothing() -> None:
    made = propose([talk("a")], [])
    assert (list(made.placed), list(made.left)) == ([], ["a"])


def test_a_day_of_many_rooms_is_filled_within_the_time() -> None:
    rng = np.random.default_rng(54)
    open_hours = [hours(room, 0, 480) for room in "ABCD"]
    talks = [talk(f"t{n}", int(rng.choice([30, 45, 60])), by=f"s{rng.integers(30)}") for n in range(40)]
    made = propose(talks, open_hours, most_s=10)
    assert not made.left
    placed = list(made.placed)
    assert not [fault for each in placed for fault in broken(each, placed, open_hours)]


# --- by trying everything -----------------------------------------------------------------------------------------


def tried(talks: Sequence[Talk], open_hours: Sequence[Hours], step: int) -> int:
    """The most that can be placed, by trying all: a talk after another, at any moment or nowhere.

    Its own words for the rules: intervals that overlap, in one room or of one speaker; hours; turns.
    """
    best = 0

    def clash(one: Talk, other: Talk) -> bool:
        assert one.begins is not None
        assert other.begins is not None
        starts, ends = max(one.begins, other.begins), min(_end(one), _end(other))
        return starts < ends and (one.room == other.room or bool(one.speakers & other.speakers))

    def turns(placed: Sequence[Talk]) -> bool:
        by_id = {each.talk_id: each for each in placed}
        return all(
            not each.after or (each.after in by_id and _end(by_id[each.after]) <= each.begins)
            for each in placed
            if each.begins is not None
        )

    def go(i: int, placed: list[Talk]) -> None:
        nonlocal best
        if len(placed) + len(talks) - i <= best:
            return
        if i == len(talks):
            if turns(placed):
                best = max(best, len(placed))
            return
        for each in open_hours:
            for minutes in range(0, int((each.closes - each.opens).total_seconds()) // 60, step):
                made = talks[i].at(each.room, each.opens + timedelta(minutes=minutes))
                if _end(made) <= each.closes and not any(clash(made, other) for other in placed):
                    go(i + 1, [*placed, made])
        go(i + 1, placed)

    go(0, [])
    return best


def _end(one: Talk) -> datetime:
    assert one.begins is not None
    return one.begins + timedelta(minutes=one.minutes)


@st.composite
def eight(draw: st.DrawFn) -> tuple[list[Talk], list[Hours]]:
    """Up to eight talks of few speakers, some after others, and rooms that are too few for them at times."""
    n = draw(st.integers(1, 8))
    talks = [
        talk(
            f"t{i}",
            draw(st.sampled_from([30, 60])),
            by=" ".join(draw(st.sets(st.sampled_from(["aida", "omar", "kim"]), max_size=2))),
            after=f"t{draw(st.integers(0, i - 1))}" if i and draw(st.booleans()) and draw(st.booleans()) else "",
        )
        for i in range(n)
    ]
    rooms = [hours(room, 0, draw(st.sampled_from([60, 90, 120]))) for room in "AB"[: draw(st.integers(1, 2))]]
    return talks, rooms


@settings(max_examples=60, deadline=None, derandomize=True)
@given(told=eight())
def test_as_many_are_placed_as_trying_everything_places_and_no_rule_is_broken(
    told: tuple[list[Talk], list[Hours]],
) -> None:
    talks, rooms = told
    made = propose(talks, rooms)
    whole = [*made.placed, *(each for each in talks if each.talk_id in made.left)]
    assert not [fault for each in made.placed for fault in broken(each, whole, rooms)]
    assert len(made.placed) == tried(talks, rooms, 30)
    assert made.is_best
    assert {each.talk_id for each in made.placed} | set(made.left) == {each.talk_id for each in talks}
    assert all(faults for faults in made.left.values())


def test_the_other_way_to_try_knows_the_rules_too() -> None:
    """Else it would say the same as the proposal by saying nothing."""
    assert tried([talk("a", by="aida"), talk("b", by="aida")], [hours("A", 0, 30), hours("B", 0, 30)], 30) == 1
    assert tried([talk("a", after="b"), talk("b")], [hours("A", 0, 30), hours("B", 0, 30)], 30) == 1
    assert tried([talk("a"), talk("b")], [hours("A", 0, 30), hours("B", 0, 30)], 30) == 2
