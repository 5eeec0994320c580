"""Promises with a known outcome: what two coders of known error agree on is what their error lets them."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from birlik.domains.cooperation.simulate import promises
from birlik.methods.agreement import Verdict


def test_the_same_seed_is_the_same_world_and_another_is_another():
    one, again, other = promises(3), promises(3), promises(4)
    assert (one.due_text, one.owners) == (again.due_text, again.owners) != (other.due_text, other.owners)
    assert np.array_equal(one.codes, again.codes)


@pytest.mark.parametrize("errors", [(0.0, 0.1), (0.1, 0.15), (0.3, 0.3)])
def test_alpha_of_many_promises_is_that_of_the_law(errors):
    world = promises(1, n=9_000, errors=errors)
    assert world.agreement().value == pytest.approx(world.expected_alpha(), abs=0.02)


def test_in_nine_worlds_of_ten_the_interval_holds_the_alpha_of_the_law():
    worlds = [promises(seed, n=60) for seed in range(60)]
    found = [(world.agreement().interval, world.expected_alpha()) for world in worlds]
    assert np.mean([interval.low <= alpha <= interval.high for interval, alpha in found]) >= 0.88


@pytest.mark.parametrize(
    ("errors", "verdict"),
    [((0.02, 0.02), Verdict.SHOWN), ((0.1, 0.12), Verdict.MARKED), ((0.3, 0.3), Verdict.WITHHELD)],
)
def test_coders_who_err_more_are_marked_and_then_withheld(errors, verdict):
    assert promises(2, n=2_000, errors=errors).agreement().verdict is verdict


def test_what_is_undated_is_never_due_and_nothing_is_passed_before_the_first_day():
    world = promises(5)
    assert [last is None for last in world.due()] == [text == "" for text in world.due_text]
    assert world.passed(datetime(2023, 12, 31, tzinfo=UTC)) == 0


def test_in_the_end_all_that_is_dated_and_not_done_has_passed():
    world = promises(5)
    end = max(last for last in world.due() if last) + timedelta(days=1)
    dated = np.array([text != "" for text in world.due_text])
    assert world.passed(end) == int((dated & (world.progress != 2)).sum())
