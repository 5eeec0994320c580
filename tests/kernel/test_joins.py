"""What is the same as the same is the same: found by rounds, whoever looks up."""

import pytest

from birlik.kernel.kept import closure


def test_closure_asks_by_rounds_for_what_is_new_alone():
    pairs = {("a", "b"), ("b", "c"), ("c", "d"), ("x", "y")}
    asked = []

    def look_up(ids):
        asked.append("".join(sorted(ids)))
        return [pair for pair in pairs if set(pair) & ids]

    assert closure(["a"], look_up) == frozenset("abcd")
    assert asked == ["a", "b", "c", "d"]


def test_closure_of_nothing_asks_nothing():
    assert closure([], lambda ids: pytest.fail("asked")) == frozenset()
