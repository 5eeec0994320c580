"""Quantiles: type 7, and the same number that the store gives."""

import duckdb
import numpy as np
import pytest

from birlik.errors import OutOfRange
from birlik.methods.quantiles import quantile, quantiles


@pytest.mark.parametrize(
    ("values", "p", "expected"),
    [
        pytest.param([5], 0.9, 5.0, id="one value is every quantile"),
        pytest.param([1, 2], 0.5, 1.5, id="between two"),
        pytest.param([1, 2, 3, 4], 0.25, 1.75, id="type 7: h = (n-1)p"),
        pytest.param([3, 1, 2], 1.0, 3.0, id="p = 1 is the largest"),
        pytest.param([3, 1, 2], 0.0, 1.0, id="p = 0 is the smallest"),
        pytest.param([], 0.5, None, id="nothing has no quantile"),
    ],
)
def test_a_quantile_lies_linearly_between_order_statistics(values, p, expected):
    assert quantile(np.array(values), p) == expected


@pytest.mark.parametrize("n", [1, 2, 7, 30, 1001])
@pytest.mark.parametrize("p", [0.05, 0.5, 0.9, 0.95, 1 / 3])
@pytest.mark.parametrize("kind", ["seconds", "floats"])
def test_the_store_gives_the_same_number_to_the_last_place(n, p, kind):
    rng = np.random.default_rng([n, int(p * 100)])
    values = rng.lognormal(10, 1, n)
    if kind == "seconds":
        values = values.astype(np.int64).astype(np.float64)
    with duckdb.connect() as connection:
        sql = f"SELECT quantile_cont(v, {p!r}) FROM (SELECT unnest($1::DOUBLE[]) AS v)"
        theirs = connection.execute(sql, [values.tolist()]).fetchone()[0]
    # A store built for a processor without fused products may differ in the last bit.
    assert abs(theirs - quantile(values, p)) <= np.spacing(theirs)


def test_several_quantiles_are_sorted_once_and_the_same():
    values = np.array([9, 1, 5, 7])
    assert quantiles(values, (0.5, 0.9)) == (quantile(values, 0.5), quantile(values, 0.9))


@pytest.mark.parametrize(("values", "p"), [([1.0], 1.1), ([1.0], -0.1), ([1.0], float("nan")), ([float("nan")], 0.5)])
def test_what_has_no_quantile_is_said(values, p):
    with pytest.raises(OutOfRange):
        quantile(np.array(values), p)
