"""Rows of one set of views lie together: what readers see is the same before and after, and while rows come."""

import threading
from datetime import timedelta
from itertools import pairwise

import pytest
from tests.support.nodes import FOR_MEMBERS, HIDDEN, everything, follow, opened, principal, rows, take
from tests.support.orchard import line

from birlik.errors import StoreUnavailable
from birlik.kernel.policy import Labels, Marking
from birlik.kernel.store import gathering
from birlik.kernel.store.gathering import Gathering

PICKING = "orchard_picking"
FOR_OBSERVERS = Labels(marking=Marking.GREEN, audience=("observers",))
NEWEST = 8
LABELS = (HIDDEN, FOR_MEMBERS, FOR_OBSERVERS)


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """A few rows are enough."""
    monkeypatch.setattr(gathering, "LEAST", NEWEST)


@pytest.fixture
def node(tmp_path):
    with opened(tmp_path / "node") as made:
        yield made


def mixed(node, messages, *, first=0):
    """Pickings of which every third message is for others."""
    for i in range(first, first + messages):
        lines = [line(f"ash-{i % 5}", f"2026-03-01T{i % 24:02}:{i // 24:02}:{k:02}Z", float(i)) for k in range(2)]
        take(node, lines, labels=LABELS[i % 3])


def gather(node):
    return node.store.gather()[PICKING]


def as_it_lies(node):
    found = node.store.database.all(f"SELECT views, seq FROM {PICKING} ORDER BY rowid")
    return [views for views, _ in found], found


def changes_of_sets(node):
    views, _ = as_it_lies(node)
    return sum(a != b for a, b in pairwise(views))


def shown(node, view):
    """Rows as a file has them that asks for no order."""
    _, *batches = node.reader(principal(node, view)).batches(PICKING)
    return [row for batch in batches for row in batch.to_pylist()]


def test_rows_of_one_set_lie_together_and_each_view_sees_what_it_saw(node):
    mixed(node, 30)
    follow(node)
    before = {view: everything(node, view) for view in ("own", "members", "observers")}
    assert changes_of_sets(node) > 20
    assert gather(node) == 60 - NEWEST
    assert changes_of_sets(node) <= 2 + NEWEST / 2, "of the newest each message may be for others"
    assert before == {view: everything(node, view) for view in ("own", "members", "observers")}


def test_a_file_without_an_order_has_the_same_bytes_however_the_rows_lie(node):
    mixed(node, 30)
    before = {view: shown(node, view) for view in ("own", "members", "observers")}
    assert len(before["members"]) == 40
    gather(node)
    mixed(node, 30, first=30)
    after = {view: shown(node, view) for view in before}
    gather(node)
    assert after == {view: shown(node, view) for view in before}
    for view, had in before.items():
        came = {row["phenomenon_time"] for row in had}
        assert [row for row in after[view] if row["phenomenon_time"] in came] == had


def test_of_what_came_later_only_little_is_moved_again(node):
    moved = []
    for first in range(0, 300, 10):
        mixed(node, 10, first=first)
        moved.append(gather(node))
    assert sum(moved) < 5 * 600
    assert changes_of_sets(node) < 16


def test_rows_of_one_set_only_stay_where_they_are(node):
    for i in range(20):
        take(node, [line("ash-1", f"2026-03-01T08:00:{i:02}Z")], labels=FOR_MEMBERS)
    before = as_it_lies(node)
    assert gather(node) == 0
    assert as_it_lies(node) == before


def test_runs_are_no_larger_than_they_may_be(node, monkeypatch):
    monkeypatch.setattr(gathering, "MOST", 20)
    mixed(node, 30)
    assert gather(node) == 60 - NEWEST
    assert 6 <= changes_of_sets(node) <= 11 + NEWEST / 2
    _, found = as_it_lies(node)
    for views in {v for v, _ in found}:
        seqs = [seq for v, seq in found if v == views]
        assert seqs == sorted(seqs), "of each set they lie as they came"


def test_what_is_committed_meanwhile_lies_behind(node, monkeypatch):
    mixed(node, 30)
    real = Gathering._ends

    def ends(self, cursor, table, plan):
        if table == PICKING:
            mixed(node, 3, first=30)
        return real(self, cursor, table, plan)

    monkeypatch.setattr(Gathering, "_ends", ends)
    assert gather(node) == 60 - NEWEST
    _, found = as_it_lies(node)
    assert len(found) == 66
    assert [seq for _, seq in found[-6 - NEWEST :]] == sorted(seq for _, seq in found)[-6 - NEWEST :]


def test_a_row_relabelled_meanwhile_is_as_its_source_says_and_stands_once(node, monkeypatch):
    mixed(node, 30)
    real = Gathering._ends

    def ends(self, cursor, table, plan):
        found = real(self, cursor, table, plan)
        if table == PICKING and not relabelled:
            relabelled.append(True)
            again = [line("ash-1", f"2026-03-01T01:00:{k:02}Z", 1.0) for k in range(2)]
            take(node, again, labels=HIDDEN)  # they were for the members
        return found

    relabelled = []
    members = rows(node, PICKING, "members")
    monkeypatch.setattr(Gathering, "_ends", ends)
    with pytest.raises(StoreUnavailable):
        gather(node)
    assert len(rows(node, PICKING)) == 60
    assert len(rows(node, PICKING, "members")) == len(members) - 2
    assert gather(node) > 0
    assert len(rows(node, PICKING)) == 60
    assert len(rows(node, PICKING, "members")) == len(members) - 2


def test_it_outlives_a_start_and_a_rebuild(tmp_path):
    with opened(tmp_path / "node") as node:
        mixed(node, 30)
        gather(node)
        lies = as_it_lies(node)
    with opened(tmp_path / "node") as node:
        assert as_it_lies(node) == lies
        assert gather(node) == 0
        mixed(node, 6, first=30)
        assert 0 < gather(node) <= 72


def test_who_writes_waits_for_the_end_of_it_only(node, monkeypatch):
    """While rows are put in order a delivery is taken."""
    mixed(node, 30)
    reached, go_on = threading.Event(), threading.Event()
    real = Gathering._ends

    def ends(self, cursor, table, plan):
        if table == PICKING:
            reached.set()
            assert go_on.wait(60)
        return real(self, cursor, table, plan)

    monkeypatch.setattr(Gathering, "_ends", ends)
    thread = threading.Thread(target=gather, args=(node,))
    thread.start()
    assert reached.wait(60)
    node.clock.advance(timedelta(minutes=1))
    assert take(node, [line("oak-1", "2026-03-02T08:00:00Z")]).accepted == 1
    go_on.set()
    thread.join(60)
    assert not thread.is_alive()
    assert len(rows(node, PICKING)) == 61
