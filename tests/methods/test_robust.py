"""Robust z: the published figures, the fallback, the floor."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from birlik.errors import OutOfRange
from birlik.methods.robust import PER_MAD, PER_MEAN_DEVIATION, robust_scale, robust_z

NUMBERS = st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("value", "history", "floor", "expected"),
    [
        pytest.param(10, [1, 2, 3, 4, 5], 0, PER_MAD * 7 / 1, id="0.6745 times the distance in MADs"),
        pytest.param(3, [1, 2, 3, 4, 5], 0, 0.0, id="the median is not odd"),
        pytest.param(1, [1, 2, 3, 4, 5], 0, -PER_MAD * 2, id="below is negative"),
        pytest.param(9, [5, 5, 5, 5, 10], 0, 4 * PER_MEAN_DEVIATION, id="MAD 0: the mean deviation, here 1"),
        pytest.param(9, [5, 5, 5], 0, None, id="nothing varies and nothing is the floor"),
        pytest.param(9, [5, 5, 5], 2, 2.0, id="nothing varies: the floor"),
        pytest.param(10, [1, 2, 3, 4, 5], 7, 1.0, id="the floor is above the scale"),
        pytest.param(9, [], 2, None, id="no history"),
    ],
)
def test_a_value_is_as_odd_as_its_distance_in_robust_deviations(value, history, floor, expected):
    found = robust_z(value, np.array(history, dtype=float), scale_floor=floor)
    assert found == (expected if expected is None else pytest.approx(expected))


def test_one_wild_value_in_the_history_does_not_hide_the_next():
    calm = np.arange(20.0, 40.0)
    wild = np.append(calm, 10_000.0)
    assert robust_z(60.0, wild) == pytest.approx(robust_z(60.0, calm), rel=0.1)


@settings(deadline=None, derandomize=True)
@given(NUMBERS, st.integers(-(10**6), 10**6), st.randoms(use_true_random=False), st.sampled_from([2.0, 60.0, 3600.0]))
def test_neither_order_nor_unit_matters(history, value, random, factor):
    shuffled = list(history)
    random.shuffle(shuffled)
    z = robust_z(value, np.array(history))
    assert robust_z(value, np.array(shuffled)) == z
    scaled = robust_z(value * factor, np.array(history) * factor)
    assert scaled == (z if z is None else pytest.approx(z, rel=1e-9, abs=1e-9))


@settings(deadline=None, derandomize=True)
@given(NUMBERS, st.integers(-(10**6), 10**6), st.integers(0, 1000))
def test_a_larger_value_is_never_less_odd_above(history, value, more):
    past = np.array(history)
    assert robust_z(value, past, scale_floor=1.0) <= robust_z(value + more, past, scale_floor=1.0)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: robust_z(float("nan"), np.array([1.0])), id="value"),
        pytest.param(lambda: robust_z(1.0, np.array([np.inf])), id="history"),
        pytest.param(lambda: robust_scale(np.array([1.0]), floor=-1.0), id="floor"),
    ],
)
def test_what_cannot_be_judged_is_said(call):
    with pytest.raises(OutOfRange):
        call()
