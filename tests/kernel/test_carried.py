"""State that a key carries: what a row costs, what it cuts, and who goes on from which state."""

import dataclasses
from datetime import timedelta
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support import quay, wells
from tests.support.nodes import FOR_MEMBERS, HIDDEN, SMALL, delivery, follow, opened, principal, rows, take
from tests.support.wells import WELLS, told, watched

from birlik import assembly
from birlik.clock import SetClock
from birlik.kernel import pipeline, retention, upkeep
from birlik.kernel.domain import Carried, Through
from birlik.kernel.policy import Labels, Marking
from birlik.kernel.registers import ROWS
from birlik.kernel.store import derive

PUBLIC = Labels(marking=Marking.CLEAR, audience=("public",))
LABELS = (HIDDEN, FOR_MEMBERS, PUBLIC)
VIEWS = ("own", "members", "public")
DAY = 24


def say(node, *changes, labels=HIDDEN, source_id="keeper"):
    receipt = take(node, told(*changes), media_type=wells.MEDIA_TYPE, labels=labels, source_id=source_id)
    assert receipt.failed is None, receipt.failed


def reading(hour, came, well="a", says="whole", said=0):
    more = {} if came is None else {"came_mm": came}
    return ("wells_reading", says, {"well": well, "at": hour, "said_at": said, **more})


def pumping(hour, taken, well="a"):
    return ("wells_pumping", "whole", {"well": well, "at": hour, "taken_mm": taken})


def depth(mm, well="a", said=0):
    return ("wells_depth", "whole", {"well": well, "depth_mm": mm, "said_at": said})


def stands(node, view="own", well="a"):
    made = [r for r in rows(node, "wells_level", view) if r["well"] == well]
    return {(r["day"] - wells.START).days: round(r["level_mm"], 6) for r in made}


@pytest.fixture
def given_rows():
    """(wells that had a state, rows of each timed source) of each call since it was last cleared."""
    return []


@pytest.fixture
def node(tmp_path, given_rows):
    def see(before, tables):
        timed = tables["wells_reading"].num_rows + tables["wells_pumping"].num_rows
        given_rows.append((before.column("well").to_pylist(), timed))

    with opened(tmp_path / "node", declared=(watched(see),)) as made:
        yield made


# --- what a row costs ------------------------------------------------------------------------------------------


def test_each_day_goes_on_from_what_the_day_before_left(node):
    say(node, reading(0, 100.0), reading(DAY, 10.0), reading(3 * DAY, 0.0))
    follow(node)
    assert stands(node) == {0: 100.0, 1: 100.0, 3: 81.0}


def test_a_row_at_the_end_costs_its_day_and_no_more(node, given_rows):
    say(node, *(reading(day * DAY, 10.0, well) for day in range(50) for well in ("a", "b")))
    follow(node)
    given_rows.clear()
    say(node, reading(50 * DAY, 1.0))
    follow(node)
    assert given_rows == [(["a"], 1)]
    say(node, reading(50 * DAY + 1, 1.0))
    follow(node)
    assert given_rows[1:] == [(["a"], 2)], "the day's earlier row stands in the same period"


def test_a_late_row_costs_what_comes_after_it_and_a_step_at_rest_nothing(node, given_rows):
    say(node, *(reading(day * DAY, 10.0) for day in range(50)))
    follow(node)
    stood = stands(node)
    given_rows.clear()
    say(node, pumping(47 * DAY + 5, 3.0))
    follow(node)
    assert given_rows == [(["a"], 2), (["a"], 1), (["a"], 1)]
    assert {d: v for d, v in stands(node).items() if d < 47} == {d: v for d, v in stood.items() if d < 47}
    assert stands(node)[49] == pytest.approx(stood[49] - 3.0 * 0.81, abs=1e-5)
    follow(node)
    assert len(given_rows) == 3


def test_a_row_before_all_others_begins_the_key_anew(node, given_rows):
    say(node, reading(5 * DAY, 10.0), reading(6 * DAY, 10.0))
    follow(node)
    given_rows.clear()
    say(node, reading(4 * DAY, 100.0))
    follow(node)
    assert given_rows == [([], 1), (["a"], 1), (["a"], 1)]
    assert stands(node) == {4: 100.0, 5: 100.0, 6: 100.0}


def test_what_has_no_time_makes_its_key_whole_and_no_other(node, given_rows):
    say(node, *(reading(day * DAY, 10.0, well) for day in range(4) for well in ("a", "b")))
    follow(node)
    given_rows.clear()
    say(node, depth(12.0))
    follow(node)
    assert given_rows == [([], 1), (["a"], 1), (["a"], 1), (["a"], 1)]
    assert stands(node) == {0: 10.0, 1: 12.0, 2: 12.0, 3: 12.0}
    assert stands(node, well="b")[3] == 34.39


def test_of_two_keys_each_is_made_from_where_it_is_touched(node, given_rows):
    say(node, *(reading(day * DAY, 10.0, well) for day in range(10) for well in ("a", "b")))
    follow(node)
    given_rows.clear()
    say(node, pumping(8 * DAY, 1.0, "a"), pumping(9 * DAY, 1.0, "b"))
    follow(node)
    assert given_rows == [(["a"], 2), (["a", "b"], 3)]


def test_more_rows_than_memory_holds_are_made_span_after_span(tmp_path, monkeypatch):
    changes = [reading(day * DAY + hour, 1.0, well) for day in range(9) for hour in range(3) for well in ("a", "b")]
    with opened(tmp_path / "whole", declared=(WELLS,)) as node:
        say(node, *changes)
        follow(node)
        stood = rows(node, "wells_level")
    monkeypatch.setattr(derive, "ROWS_AT_ONCE", 13)
    spans = []
    with opened(tmp_path / "spans", declared=(WELLS,)) as node:
        say(node, *changes)
        node.clock.advance(timedelta(minutes=1))
        pipeline.follow(node, progress=lambda name, done, of: spans.append((done, of)))
        assert rows(node, "wells_level") == stood
        assert spans == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
        say(node, depth(2.0))
        follow(node)
        assert stands(node) == dict.fromkeys(range(9), 2.0)


# --- what is cut -----------------------------------------------------------------------------------------------


def states(node):
    found = node.store.database.all(
        'SELECT well, birlik_begin, round(level_mm, 6), views FROM "wells_level__carried" ORDER BY ALL'
    )
    return [(well, (begin - wells.START).days, level, views) for well, begin, level, views in found]


def test_what_is_taken_back_takes_its_state_along(node):
    say(node, reading(0, 10.0), reading(DAY, 20.0), reading(2 * DAY, 30.0))
    follow(node)
    say(node, reading(DAY, None, says="end", said=1))
    follow(node)
    assert stands(node) == {0: 10.0, 2: 38.1}
    assert states(node) == [("a", 0, 10.0, 1), ("a", 2, 38.1, 1)]
    say(node, reading(0, None, says="end", said=1), reading(2 * DAY, None, says="end", said=1))
    follow(node)
    assert (stands(node), states(node)) == ({}, [])


def test_labels_that_come_for_the_first_time_part_the_states_from_there_on(node):
    say(node, reading(0, 10.0), reading(DAY, 0.0), labels=PUBLIC)
    follow(node)
    everyone = node.views.everyone
    assert states(node) == [("a", 0, 10.0, everyone), ("a", 1, 9.0, everyone)]
    say(node, reading(DAY + 1, 1.0), labels=HIDDEN)
    follow(node)
    assert states(node) == [("a", 0, 10.0, everyone), ("a", 1, 9.0, everyone & ~1), ("a", 1, 10.0, 1)]
    assert (stands(node), stands(node, "public")) == ({0: 10.0, 1: 10.0}, {0: 10.0, 1: 9.0})
    say(node, reading(2 * DAY, 0.0), labels=PUBLIC)
    follow(node)
    assert (stands(node)[2], stands(node, "public")[2]) == (9.0, 8.1)


def test_who_sees_later_rows_only_begins_with_these(node):
    say(node, reading(0, 10.0), labels=HIDDEN)
    follow(node)
    say(node, reading(DAY, 1.0), labels=FOR_MEMBERS)
    follow(node)
    assert (stands(node), stands(node, "members")) == ({0: 10.0, 1: 10.0}, {1: 1.0})


def test_a_relabelled_row_leaves_no_trace_with_those_who_no_longer_see_it(node):
    say(node, reading(0, 10.0), labels=PUBLIC)
    say(node, reading(DAY, 1.0), labels=PUBLIC, source_id="another")
    follow(node)
    say(node, reading(0, 10.0), labels=HIDDEN)
    follow(node)
    assert (stands(node), stands(node, "public")) == ({0: 10.0, 1: 10.0}, {1: 1.0})


def test_another_method_or_another_state_begins_all_anew(tmp_path, given_rows):
    with opened(tmp_path, declared=(WELLS,)) as node:
        say(node, reading(0, 10.0), reading(DAY, 10.0))
        follow(node)
    seen = watched(lambda before, tables: given_rows.append(before.column("well").to_pylist()))
    with opened(tmp_path, declared=(seen,)) as node:
        follow(node)
        assert given_rows == []
    (level,) = seen.derived
    other = dataclasses.replace(seen, derived=(dataclasses.replace(level, method=2),))
    with opened(tmp_path, declared=(other,)) as node:
        follow(node)
        assert given_rows == [[], ["a"]]
        assert len(states(node)) == 2


def test_what_kept_days_ended_is_in_no_state_either(tmp_path):
    clock, folder = SetClock(wells.START), tmp_path / "node"
    with opened(folder, declared=(WELLS,), clock=clock) as node:
        say(node, reading(2, 50.0))
        for day in range(200):
            say(node, pumping(day * DAY + 1, float(day == 1)))
            clock.advance(timedelta(days=1))
        follow(node)

    def opener(at, **more):
        return assembly.open_node(at, declared=(WELLS,), clock=clock, **SMALL, **more)

    assert retention.retain(folder, opener).messages > 50
    with opened(folder, declared=(WELLS,), clock=clock) as node, opened(tmp_path / "left", declared=(WELLS,)) as left:
        follow(node)
        days = [row["day"] for row in rows(node, "wells_level")]
        say(left, reading(2, 50.0))
        for day in days[1:]:
            say(left, pumping((day - wells.START).days * DAY + 1, 0.0))
        follow(left)
        assert len(days) < 150
        assert (rows(node, "wells_level"), states(node)) == (rows(left, "wells_level"), states(left))


# --- what a declaration must hold ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"function": lambda tables: tables}, "has no other function", id="two functions"),
        pytest.param({"time": ""}, "needs a `time`", id="no time"),
        pytest.param({"time": "level_mm"}, "needs a `time`", id="a time that is none"),
        pytest.param({"sources": wells.LEVEL.sources[2:]}, "needs a source with a `by` and a `time`", id="no periods"),
        pytest.param(
            {"carried": dataclasses.replace(wells.LEVEL.carried, every=timedelta())}, "a period has to last", id="never"
        ),
        pytest.param(
            {"carried": dataclasses.replace(wells.LEVEL.carried, state=(wells.WELL,))}, "says well twice", id="key"
        ),
    ],
)
def test_what_cannot_carry_is_named(changed, said):
    with pytest.raises(ValueError, match=said):
        dataclasses.replace(wells.LEVEL, **changed)


def _late(rows_made, after):
    moved = [{**row, "day": row["day"] + timedelta(days=1)} for row in rows_made.to_pylist()]
    return pa.Table.from_pylist(moved, schema=rows_made.schema), after


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param(lambda made, after: (made, after.slice(1)), "each key of a period leaves one state", id="none"),
        pytest.param(lambda made, after: (made, pa.concat_tables([after] * 2)), "leaves one state", id="two"),
        pytest.param(_late, "day of a period's rows lies within it", id="another period"),
    ],
)
def test_a_function_that_does_not_keep_its_promise_is_a_bug_and_loud(tmp_path, wrong, said):
    carried = dataclasses.replace(wells.LEVEL.carried, function=lambda *given: wrong(*wells.levels(*given)))
    level = dataclasses.replace(wells.LEVEL, carried=carried)
    with opened(tmp_path, declared=(dataclasses.replace(WELLS, derived=(level,)),)) as node:
        say(node, reading(0, 1.0))
        with pytest.raises(ValueError, match=said):
            follow(node)


# --- any order of arrival --------------------------------------------------------------------------------------

FEW = settings(
    derandomize=True, deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow], database=None
)
HOURS = st.integers(0, 12 * DAY)
CHANGE = st.one_of(
    st.tuples(st.just("reading"), st.sampled_from("ab"), st.integers(0, 6), st.sampled_from([None, 1.0, 5.3, 40.0])),
    st.tuples(st.just("pumping"), st.sampled_from("ab"), HOURS, st.sampled_from([0.5, 2.0])),
    st.tuples(st.just("depth"), st.sampled_from("ab"), st.just(0), st.sampled_from([8.0, 20.0])),
)
HISTORY = st.lists(st.tuples(CHANGE, st.sampled_from([0, 1, 2])), min_size=1, max_size=14)


def _told(drawn) -> list[tuple[tuple[Any, ...], Labels]]:
    """Each is said at a time of its own, so that nothing is a tie or said twice; null takes a reading back."""
    made = []
    for said, ((what, well, hour, mm), label) in enumerate(drawn):
        if what == "reading":
            change = reading(hour * 36, mm, well, "end" if mm is None else "whole", said)
        else:
            change = pumping(hour + said / 64, mm, well) if what == "pumping" else depth(mm, well, said)
        made.append((change, LABELS[label]))
    return made


def _sent(node, items, pieces):
    """From a source of its own for each labels, or a row that comes again would relabel the first."""
    for n, (change, labels) in enumerate(items):
        say(node, change, labels=labels, source_id=f"of {labels.audience}")
        if n % pieces == 0:
            follow(node)
    follow(node)


def _seen(node) -> dict[str, Any]:
    return {view: rows(node, "wells_level", view) for view in VIEWS}


@FEW
@given(HISTORY, st.randoms(use_true_random=False), st.integers(1, 5))
def test_any_order_and_any_steps_give_what_a_node_with_the_rows_only_would_say(tmp_path_factory, drawn, order, pieces):
    items = _told(drawn)
    shuffled = list(items)
    order.shuffle(shuffled)
    new = tmp_path_factory.mktemp
    with opened(new("steps"), declared=(WELLS,)) as node:
        _sent(node, shuffled, pieces)
        made, folder, clock = _seen(node), node.store.folder, node.clock
        left = states(node)
        for view in VIEWS:
            bit = principal(node, view).bit
            with opened(new(view), declared=(WELLS,)) as only:
                _sent(only, [(c, HIDDEN) for c, labels in items if node.views.of(labels) & bit], 100)
                assert made[view] == rows(only, "wells_level")
                alike = [state[:3] for state in left if state[3] & bit]
                assert alike == [state[:3] for state in states(only)]
    upkeep.rebuild(folder, lambda at, **more: assembly.open_node(at, declared=(WELLS,), clock=clock, **SMALL, **more))
    with opened(folder, declared=(WELLS,), clock=clock) as again:
        assert (_seen(again), states(again)) == (made, left)


@FEW
@given(HISTORY, st.lists(st.tuples(st.integers(0, 13), st.sampled_from([0, 1, 2])), min_size=1, max_size=5))
def test_whatever_labels_are_said_last_are_what_a_node_with_these_only_would_say(tmp_path_factory, drawn, relabelled):
    items = dict(enumerate(_told(drawn)))
    new = tmp_path_factory.mktemp
    with opened(new("node"), declared=(WELLS,)) as node:
        for n, (change, labels) in items.items():
            say(node, change, labels=labels, source_id=f"keeper {n}")
        follow(node)
        for n, label in relabelled:
            if n in items and items[n][1] != LABELS[label]:
                items[n] = (items[n][0], LABELS[label])
                say(node, items[n][0], labels=LABELS[label], source_id=f"keeper {n}")
                follow(node)
        with opened(new("only"), declared=(WELLS,)) as only:
            for n, (change, labels) in items.items():
                say(only, change, labels=labels, source_id=f"keeper {n}")
            follow(only)
            assert (_seen(node), states(node)) == (_seen(only), states(only))


# --- what is looked up -----------------------------------------------------------------------------------------


def _loads(before, tables):
    """What a crate weighed so far, at most its zone's limit at each sighting."""
    limit = {row["zone"]: row["limit"] for row in tables["quay_zone"].to_pylist()}
    total = {row["crate"]: row["weight"] for row in before.to_pylist()}
    day = {}
    for row in tables["quay_sighting"].to_pylist():
        total[row["crate"]] = total.get(row["crate"], 0) + min(row["weight"], limit.get(row["zone"], 0))
        day[row["crate"]] = row["at"].replace(hour=0)
    rows = [{"crate": crate, "day": at, "weight": total[crate]} for crate, at in day.items()]
    after = [{"crate": crate, "weight": total[crate]} for crate in day]
    return pa.Table.from_pylist(rows, schema=LOAD.schema), pa.Table.from_pylist(after)


LOAD = dataclasses.replace(
    quay.VISIT,
    name="quay_load",
    fields=(quay.text("crate"), quay.moment("day"), quay.whole("weight")),
    key=("crate", "day"),
    sources=(
        quay.VISIT.sources[0],
        dataclasses.replace(
            quay.VISIT.sources[1],
            touches=Through(table="quay_sighting", on={"zone": "zone"}, key="crate", time="at"),
        ),
    ),
    function=None,
    carried=Carried(function=_loads, state=(quay.whole("weight"),)),
)


def _edited(node, limit):
    row = {"zone": "z3", "name": "z3", "gate": "west", "limit": limit}
    body = orjson.dumps({"table": "quay_zone", "rows": [row]})
    assert pipeline.take(node, [delivery(body, node, media_type=ROWS)])[0].failed is None


def _sighted(node, *seen):
    take(node, orjson.dumps({"quay_sighting": seen}), media_type=quay.MEDIA_TYPE)


def test_an_edit_of_what_is_looked_up_goes_back_to_the_first_row_that_it_is_joined_with(tmp_path):
    calls = []

    def watched_loads(before, tables):
        calls.append(sorted(tables["quay_sighting"]["crate"].to_pylist()))
        return _loads(before, tables)

    load = dataclasses.replace(LOAD, carried=dataclasses.replace(LOAD.carried, function=watched_loads))
    domain = dataclasses.replace(quay.QUAY, derived=(load,), indicators=())
    seen = [["a", "z1", 0, 5], ["a", "z1", 24, 5], ["a", "z3", 48, 5], ["a", "z1", 72, 5], ["b", "z1", 0, 5]]
    with (
        opened(tmp_path / "later", declared=(domain,)) as node,
        opened(tmp_path / "first", declared=(domain,)) as first,
    ):
        _sighted(node, *seen)
        follow(node)
        calls.clear()
        _edited(node, 2)
        follow(node)
        assert [call for call in calls if call] == [["a"], ["a"]]
        assert [] in calls, "an edit is tried before it is taken"
        _edited(first, 2)
        _sighted(first, *seen)
        follow(first)
        assert rows(node, "quay_load") == rows(first, "quay_load")
        assert [row["weight"] for row in rows(node, "quay_load") if row["crate"] == "a"] == [5, 10, 12, 17]
