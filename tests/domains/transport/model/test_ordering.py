"""Rows stand in order of object and time, however they came."""

import numpy as np
import pytest

from birlik.domains.transport.model.ordering import in_order

DRAW = np.random.default_rng(3)


@pytest.mark.parametrize(
    ("keys", "times"),
    [
        pytest.param([], [], id="no rows"),
        pytest.param([5, 5, 5], [1, 2, 3], id="one object, in order"),
        pytest.param([9, 2, 9, 2], [1, 2, 3, 4], id="by time, as they arrive"),
        pytest.param([9, 2, 9, 2], [4, 3, 2, 1], id="late rows"),
        pytest.param([7, 7, 3, 7, 3], [1, 1, 1, 1, 1], id="one second: as they came"),
        pytest.param(DRAW.integers(0, 2**62, 5000), DRAW.integers(0, 9, 5000), id="thousands of objects"),
        pytest.param(DRAW.integers(0, 900, 5000) << 40, DRAW.integers(0, 9, 5000), id="keys alike in their last bits"),
        pytest.param(DRAW.integers(-50, 50, 5000), DRAW.integers(0, 5000, 5000), id="few objects, out of order"),
    ],
)
def test_rows_stand_by_object_and_time_and_those_of_one_time_as_they_came(keys: list[int], times: list[int]) -> None:
    key, time_us = np.array(keys, np.int64), np.array(times, np.int64)
    assert in_order(key, time_us).tolist() == np.lexsort((time_us, key)).tolist()
