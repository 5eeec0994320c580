"""A kept table: which version of a key holds, for whom, whatever order they came in."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.aviary import AVIARY, BIRD, CAGE, CROWD, MASS, MEDIA_TYPE, change, changes, moment
from tests.support.nodes import FOR_MEMBERS, HIDDEN, delivery, follow, opened, principal, rows

from birlik.kernel import pipeline, upkeep
from birlik.kernel.policy import Labels, Marking

PUBLIC = Labels(marking=Marking.CLEAR, audience=("public",))
LABELS = (HIDDEN, FOR_MEMBERS, PUBLIC)


@pytest.fixture
def node(tmp_path):
    with opened(tmp_path, declared=(AVIARY,)) as made:
        yield made


def say(node, *items, labels=HIDDEN, source_id="keeper"):
    message = delivery(changes(items), node, media_type=MEDIA_TYPE, labels=labels, source_id=source_id)
    return pipeline.take(node, [message])[0]


def cage(name, minute=0, says="whole", **row):
    return change(CAGE, says, minute=minute, cage_id="c1", name=name, **row)


def names(node, view="own"):
    return [row["name"] for row in rows(node, CAGE.name, view)]


def test_the_latest_by_the_sources_own_time_holds_whatever_came_last(node):
    say(node, cage("new", 9))
    say(node, cage("old", 5))
    assert names(node) == ["new"]


def test_a_tie_is_broken_by_content_and_not_by_arrival(tmp_path):
    held = set()
    for i, order in enumerate((("a", "b"), ("b", "a"))):
        with opened(tmp_path / str(i), declared=(AVIARY,)) as node:
            for name in order:
                say(node, cage(name, 3))
            held.add(tuple(names(node)))
    assert len(held) == 1


def test_a_part_keeps_what_it_does_not_say(node):
    say(node, cage("north", 1, area_m2=4.0))
    say(node, change(CAGE, "part", minute=2, cage_id="c1", area_m2=5.0))
    say(node, change(CAGE, "part", minute=3, cage_id="c1", name="south"))
    (row,) = rows(node, CAGE.name)
    assert (row["name"], row["area_m2"], row["changed_time"]) == ("south", 5.0, moment(3))


def test_a_part_that_comes_late_still_counts_for_what_nothing_later_says(node):
    say(node, cage("north", 1, area_m2=4.0))
    say(node, change(CAGE, "part", minute=9, cage_id="c1", name="south"))
    say(node, change(CAGE, "part", minute=5, cage_id="c1", name="west", area_m2=7.0))
    (row,) = rows(node, CAGE.name)
    assert (row["name"], row["area_m2"]) == ("south", 7.0)


def test_a_part_can_say_that_there_is_no_value(node):
    say(node, cage("north", 1, area_m2=4.0))
    say(node, change(CAGE, "part", minute=2, cage_id="c1", area_m2=None))
    assert rows(node, CAGE.name)[0]["area_m2"] is None


def test_what_has_ended_is_gone_until_a_whole_version_begins_it_again(node):
    say(node, cage("north", 1))
    say(node, change(CAGE, "end", minute=2, cage_id="c1"))
    assert names(node) == []
    say(node, change(CAGE, "part", minute=3, cage_id="c1", name="ghost"))
    assert names(node) == [], "a part of what has ended begins nothing"
    say(node, cage("again", 4))
    assert names(node) == ["again"]


def test_of_several_that_say_it_the_best_rank_holds_and_then_the_latest(node):
    def mass(source, basis, grams, minute):
        return change(MASS, minute=minute, bird_id="b", source_id=source, basis=basis, mass_g=grams)

    say(node, mass("vet", "measured", 30.0, 1), mass("guide", "estimated", 50.0, 9))
    assert [r["mass_g"] for r in rows(node, MASS.name)] == [30.0]
    say(node, mass("vet", "estimated", 33.0, 2))
    assert [r["mass_g"] for r in rows(node, MASS.name)] == [50.0], "the vet has taken it back"


def test_who_may_not_see_the_latest_sees_the_latest_of_what_they_may(node):
    say(node, cage("open", 1), labels=PUBLIC)
    say(node, cage("secret", 5), labels=HIDDEN)
    assert (names(node), names(node, "members")) == (["secret"], ["open"])
    say(node, change(CAGE, "end", minute=7, cage_id="c1"), labels=HIDDEN)
    assert (names(node), names(node, "public")) == ([], ["open"])


def test_a_version_that_is_sent_again_under_other_labels_is_relabelled(node):
    say(node, cage("north", 1), labels=PUBLIC)
    assert names(node, "public") == ["north"]
    say(node, cage("north", 1), labels=HIDDEN)
    assert (names(node), names(node, "public")) == (["north"], [])
    say(node, cage("north", 1), labels=FOR_MEMBERS)
    assert (names(node, "members"), names(node, "public")) == (["north"], [])


def test_a_row_may_bear_labels_of_its_own_within_one_message(node):
    own = change(CAGE, cage_id="c1", name="ours")
    theirs = {**change(CAGE, cage_id="c2", name="theirs"), "audience": ["members"]}
    say(node, own, theirs, labels=HIDDEN)
    assert (sorted(names(node)), names(node, "members"), names(node, "public")) == (["ours", "theirs"], ["theirs"], [])
    say(node, own, {**theirs, "audience": []}, labels=HIDDEN)
    assert (sorted(names(node)), names(node, "members")) == (["ours", "theirs"], [])
    follow(node)
    assert rows(node, CROWD.name, "members") == []


def test_another_source_does_not_relabel_what_it_did_not_send(node):
    say(node, cage("north", 1), labels=PUBLIC, source_id="keeper")
    say(node, cage("north", 1), labels=HIDDEN, source_id="passer-by")
    assert names(node, "public") == ["north"]


def test_what_follows_sees_a_kept_row_as_it_was_and_as_it_is(node):
    say(node, change(CAGE, cage_id="c1", name="one"), change(CAGE, cage_id="c2", name="two"))
    say(node, change(BIRD, minute=1, bird_id="b", name="Bek", cage_id="c1"))
    follow(node)
    assert {r["cage_id"]: r["birds_n"] for r in rows(node, CROWD.name)} == {"c1": 1, "c2": 0}
    say(node, change(BIRD, "part", minute=2, bird_id="b", cage_id="c2"))
    follow(node)
    assert {r["cage_id"]: r["birds_n"] for r in rows(node, CROWD.name)} == {"c1": 0, "c2": 1}
    say(node, change(CAGE, "end", minute=3, cage_id="c1"))
    follow(node)
    assert {r["cage_id"]: r["birds_n"] for r in rows(node, CROWD.name)} == {"c2": 1}


def test_what_follows_for_those_who_no_longer_see_it_ends(node):
    say(node, change(CAGE, cage_id="c1", name="one"), labels=FOR_MEMBERS)
    follow(node)
    assert len(rows(node, CROWD.name, "members")) == 1
    say(node, change(CAGE, cage_id="c1", name="one"), labels=HIDDEN)
    follow(node)
    assert (len(rows(node, CROWD.name)), rows(node, CROWD.name, "members")) == (1, [])


# --- any order of arrival ------------------------------------------------------------------------------------


def holds(said: Sequence[tuple[Mapping[str, Any], int]], bit: int) -> list[dict[str, Any]]:
    """The same rule, said as plainly as can be: of one key, of what a view sees."""
    seen = [item for item, views in said if views & bit]
    wholes = [i for i in seen if i["says"] != "part"]
    if not wholes:
        return []
    last = max(wholes, key=lambda i: i["row"]["changed_time"])
    if last["says"] == "end":
        return []
    row = {f.name: None for f in CAGE.fields} | dict(last["row"])
    for item in sorted(seen, key=lambda i: i["row"]["changed_time"]):
        if item["says"] == "part" and item["row"]["changed_time"] > last["row"]["changed_time"]:
            row |= item["row"]
    return [row]


VERSION = st.tuples(
    st.sampled_from(["whole", "whole", "part", "end"]),
    st.sampled_from(["c1", "c2", "c3"]),
    st.sampled_from([None, "a", "b"]),
    st.sampled_from([None, 1.0, 2.0]),
    st.sampled_from([0, 1, 2]),
)


def _items(drawn):
    """Each has a time of its own, so that nothing is a tie."""
    for minute, (says, key, name, area, label) in enumerate(drawn):
        row = {"cage_id": key}
        if says == "whole":
            row |= {"name": name or "x", "area_m2": area}
        elif says == "part":
            row |= {k: v for k, v in (("name", name), ("area_m2", area)) if v is not None}
        yield change(CAGE, says, minute=minute, **row), LABELS[label]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(VERSION, min_size=1, max_size=14), st.randoms(use_true_random=False), st.integers(1, 5))
def test_any_order_of_arrival_gives_what_a_node_with_its_rows_only_would_say(tmp_path_factory, drawn, order, pieces):
    items = list(_items(drawn))
    shuffled = list(items)
    order.shuffle(shuffled)
    folder = tmp_path_factory.mktemp("node")
    with opened(folder, declared=(AVIARY,)) as node:
        for start in range(0, len(shuffled), pieces):
            pipeline.take(
                node,
                [
                    delivery(changes([item]), node, media_type=MEDIA_TYPE, labels=labels, source_id="keeper")
                    for item, labels in shuffled[start : start + pieces]
                ],
            )
            if order.random() < 0.5:
                follow(node)
        follow(node)
        seen = {view: (rows(node, CAGE.name, view), rows(node, CROWD.name, view)) for view in node.views.names}
        for view in node.views.names:
            bit = principal(node, view).bit
            told = [(item, node.views.of(labels)) for item, labels in items]
            expected = [
                row
                for key in ("c1", "c2", "c3")
                for row in holds([(i, v) for i, v in told if i["row"]["cage_id"] == key], bit)
            ]
            assert sorted(seen[view][0], key=str) == sorted(expected, key=str)
            assert sorted((r["cage_id"], r["name"]) for r in seen[view][1]) == sorted(
                (r["cage_id"], r["name"]) for r in expected
            )
        state = _state(node)
    _rebuilt(folder)
    with opened(folder, declared=(AVIARY,)) as node:
        assert _state(node) == state
        assert seen == {view: (rows(node, CAGE.name, view), rows(node, CROWD.name, view)) for view in node.views.names}


def _state(node):
    found = node.store.database.all(f'SELECT * EXCLUDE (seq, message_no) FROM "{CAGE.name}__state"')
    return sorted(found, key=str)


def _rebuilt(folder):
    def again(at, **more):
        from tests.support.nodes import NOON, SMALL

        from birlik import assembly
        from birlik.clock import SetClock

        return assembly.open_node(at, declared=(AVIARY,), clock=SetClock(NOON + timedelta(days=1)), **SMALL, **more)

    upkeep.rebuild(folder, again)


# --- labels that change --------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(VERSION, min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0, 1, 2])), max_size=6),
)
def test_whatever_labels_a_source_says_last_are_what_a_node_with_these_only_would_say(
    tmp_path_factory, drawn, relabelled
):
    items = list(_items(drawn))
    last = dict(enumerate(label for _, label in items))
    with opened(tmp_path_factory.mktemp("node"), declared=(AVIARY,)) as node:
        for item, label in items:
            say(node, item, labels=label)
        follow(node)
        for i, label in relabelled:
            if i in last and last[i] != LABELS[label]:
                say(node, items[i][0], labels=LABELS[label])
                last[i] = LABELS[label]
                follow(node)
        for view in node.views.names:
            told = [(item, node.views.of(last[i])) for i, (item, _) in enumerate(items)]
            bit = principal(node, view).bit
            expected = [
                row
                for key in ("c1", "c2", "c3")
                for row in holds([(t, v) for t, v in told if t["row"]["cage_id"] == key], bit)
            ]
            assert sorted(rows(node, CAGE.name, view), key=str) == sorted(expected, key=str)
            assert sorted(r["cage_id"] for r in rows(node, CROWD.name, view)) == sorted(r["cage_id"] for r in expected)


def test_many_new_things_at_once_hold_as_they_were_sent_and_for_whom(node):
    """None of their keys was there before, so that nothing is folded: it comes to the same."""
    for labels, key in ((HIDDEN, "h"), (PUBLIC, "p")):
        new = [change(CAGE, "whole", minute=1, cage_id=f"{key}{i}", name=f"{key}{i}", area_m2=i / 2) for i in range(60)]
        assert say(node, *new, labels=labels).accepted == 60
    before = {view: rows(node, CAGE.name, view) for view in ("own", "public")}
    assert [len(before["own"]), len(before["public"])] == [120, 60]
    say(node, *[change(CAGE, "part", minute=2, cage_id=f"p{i}", name=f"p{i}") for i in range(60)], labels=PUBLIC)
    folded = {row["cage_id"]: (row["name"], row["area_m2"]) for row in rows(node, CAGE.name, "public")}
    assert folded == {row["cage_id"]: (row["name"], row["area_m2"]) for row in before["public"]}
