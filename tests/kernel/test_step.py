"""Following: what was touched is made again, once a view, and comes out as if it had been made at once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.nodes import FOR_MEMBERS, HIDDEN, NOON, everything, figures, follow, opened, rows, take
from tests.support.orchard import line

from birlik.kernel.store import step as room

START = datetime(2026, 3, 1, tzinfo=UTC)
LABELS = {"own": HIDDEN, "members": FOR_MEMBERS}

picking = st.tuples(
    st.sampled_from(["ash-1", "ash-2", "ash-3"]),
    st.integers(0, 90),
    st.sampled_from([1.0, 40.0, None]),
    st.sampled_from(["own", "members"]),
)
histories = st.lists(st.lists(picking, min_size=1, max_size=6), min_size=1, max_size=4)
FEW = settings(
    derandomize=True, deadline=None, max_examples=8, suppress_health_check=[HealthCheck.too_slow], database=None
)


def send(node, pickings):
    for view, labels in LABELS.items():
        lines = [
            line(tree, (START + timedelta(hours=h)).isoformat(), kg) for tree, h, kg, seer in pickings if seer == view
        ]
        if lines:
            # From a source of its own: a row that comes again from the same one is relabelled.
            take(node, lines, labels=labels, source_id=f"of {view}")


@FEW
@given(histories)
def test_step_by_step_is_the_same_as_all_at_once(tmp_path_factory, history):
    with opened(tmp_path_factory.mktemp("steps")) as steps, opened(tmp_path_factory.mktemp("once")) as once:
        for pickings in history:
            send(steps, pickings)
            follow(steps)
            send(once, pickings)
        follow(once)
        for view in ("own", "members", "public"):
            for name in ("orchard_gap",):
                assert rows(steps, name, view) == rows(once, name, view)
            key = ("row", "month", "value", "n", "low", "high", "withheld")
            seen = [[{k: f[k] for k in key} for f in figures(n, "picking_gap", view)] for n in (steps, once)]
            assert seen[0] == seen[1]


@FEW
@given(st.lists(picking, min_size=1, max_size=25))
def test_a_view_is_served_as_by_a_node_that_has_its_rows_only(tmp_path_factory, pickings):
    with opened(tmp_path_factory.mktemp("all")) as node, opened(tmp_path_factory.mktemp("seen")) as only:
        send(node, pickings)
        send(only, [p for p in pickings if p[3] == "members"])
        follow(node)
        follow(only)
        assert everything(node, "members") == everything(only, "members")


def test_a_row_that_one_view_may_not_see_parts_a_gap_for_the_other_only(tmp_path):
    with opened(tmp_path) as node:
        send(node, [("ash-1", 0, 1.0, "members"), ("ash-1", 1, 1.0, "own"), ("ash-1", 4, 1.0, "members")])
        follow(node)
        assert [r["gap_s"] // 3600 for r in rows(node, "orchard_gap", "own")] == [1, 3]
        assert [r["gap_s"] // 3600 for r in rows(node, "orchard_gap", "members")] == [4]
        assert rows(node, "orchard_gap", "public") == []


def test_a_row_on_which_views_agree_is_stored_once(tmp_path):
    with opened(tmp_path) as node:
        send(node, [("ash-1", 0, 1.0, "members"), ("ash-1", 4, 1.0, "members"), ("ash-2", 0, 1.0, "own")])
        follow(node)
        assert node.store.database.all("SELECT views FROM orchard_gap") == [(0b11,)]


def test_only_touched_keys_are_made_again(tmp_path, monkeypatch):
    seen = []
    real = room.derive.derive
    with opened(tmp_path) as node:
        send(node, [("ash-1", 0, 1.0, "own"), ("ash-2", 0, 1.0, "own")])
        follow(node)
        monkeypatch.setattr(
            room.derive,
            "derive",
            lambda d, t: seen.extend(set(t["orchard_picking"]["tree_id_orchard"].to_pylist())) or real(d, t),
        )
        send(node, [("ash-2", 3, 1.0, "own")])
        follow(node)
    assert seen == ["ash-2"]


def test_where_nothing_is_new_and_no_minute_has_turned_nothing_is_done(tmp_path, monkeypatch):
    with opened(tmp_path) as node:
        send(node, [("ash-1", 0, 1.0, "own")])
        follow(node)
        monkeypatch.setattr(room.Step, "refresh", lambda *a: pytest.fail("worked for nothing"))
        watermark = follow(node, minutes=0)
        assert watermark == node.store.watermark == NOON + timedelta(minutes=1)


def test_a_step_that_fails_leaves_what_stood_and_the_next_one_catches_up(tmp_path, monkeypatch):
    with opened(tmp_path) as node:
        send(node, [("ash-1", h, 1.0, "own") for h in (0, 2, 4)])
        follow(node)
        before, stood = rows(node, "orchard_gap"), node.store.watermark
        send(node, [("ash-1", 1, 1.0, "own")])
        with monkeypatch.context() as patched:
            patched.setattr(room.Step, "figures", lambda *a: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                follow(node)
        assert (rows(node, "orchard_gap"), node.store.watermark) == (before, stood)
        follow(node)
        assert [r["gap_s"] // 3600 for r in rows(node, "orchard_gap")] == [1, 1, 2]


def test_a_node_goes_on_where_it_was_closed(tmp_path):
    with opened(tmp_path) as node:
        send(node, [("ash-1", 0, 1.0, "own"), ("ash-1", 4, 1.0, "own")])
        watermark = follow(node)
    with opened(tmp_path) as node:
        assert node.store.watermark == watermark
        send(node, [("ash-1", 6, 1.0, "own")])
        follow(node, minutes=2)
        assert sorted(r["gap_s"] // 3600 for r in rows(node, "orchard_gap")) == [2, 4]
