"""How what is derived lies in the store depends on nothing that is hidden: time would tell of it."""

from itertools import groupby

import pytest
from tests.support.nodes import FOR_MEMBERS, HIDDEN, follow, opened, principal, take
from tests.support.orchard import line

GAP = "orchard_gap"
TREES, TIMES = 40, 6


@pytest.fixture
def worlds(tmp_path):
    """Every second tree, and in one of the worlds the others too, which members don't see."""
    with opened(tmp_path / "whole") as whole, opened(tmp_path / "part") as part:
        for node in (whole, part):
            for at in range(TIMES):
                if at == TIMES - 1:
                    follow(node)
                for labels, first in ((HIDDEN, 0), (FOR_MEMBERS, 1)):
                    if node is whole or labels is FOR_MEMBERS:
                        trees = range(first, TREES, 2)
                        take(node, [line(f"ash-{i:03}", f"2026-03-0{at + 1}T10:00:00Z", 1.0) for i in trees],
                             labels=labels)  # fmt: skip
            follow(node)
        yield whole, part


def as_it_lies(node):
    bit = principal(node, "members").bit
    names = ", ".join(node.store.catalogue.fields(GAP))
    return node.store.database.all(f"SELECT {names} FROM {GAP} WHERE views & {bit} <> 0 ORDER BY rowid")


def test_rows_that_a_view_sees_lie_in_the_same_order_whatever_it_does_not_see(worlds):
    whole, part = worlds
    assert len(as_it_lies(part)) == TREES // 2 * (TIMES - 1)
    assert as_it_lies(whole) == as_it_lies(part)


def test_rows_of_one_set_of_views_lie_together(worlds):
    found = worlds[0].store.database.all(f"SELECT views FROM {GAP} ORDER BY rowid")
    assert len([views for views, _ in groupby(found)]) == len(set(found)) == 2


def test_a_page_unpacks_only_the_rows_that_are_on_it(worlds):
    """Which rows they are is found by the order's columns; the wide rest of the others stays shut, seen or not."""
    for node in worlds:
        reader = node.reader(principal(node, "members"))
        sql, parameters = reader._asked(GAP, (), None, ("tree_id_orchard", "end_time"), 84).sql
        ((_, plan),) = node.store.database.all(f"EXPLAIN {sql}", parameters)
        assert "SEMI" in plan, plan
