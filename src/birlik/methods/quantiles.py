"""Quantiles that agree with the store's, bit for bit."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from birlik.errors import OutOfRange


def quantile(values: NDArray[np.generic], p: float) -> float | None:
    """The p-quantile of a sample, linear between order statistics.

    values: one axis, n numbers of any real type in any unit and order; finite.
    p: 0 to 1; 0.5 is the median, 0.9 is p90.
    Returns: in the unit of `values`; None where there is no value. Equal to DuckDB's `quantile_cont` over DOUBLE.
    Raises: OutOfRange if p lies outside 0 to 1 or a value is not finite.
    Source: Hyndman & Fan, Sample quantiles in statistical packages (1996), definition 7: h = (n-1)p.
    >>> quantile(np.array([4, 1, 2, 3]), 0.5)
    2.5
    """
    return quantiles(values, (p,))[0]


def quantiles(values: NDArray[np.generic], ps: tuple[float, ...]) -> tuple[float | None, ...]:
    """Several quantiles of one sample of n values, sorted once; one a `p`, each as `quantile` has it."""
    for p in ps:
        if not 0 <= p <= 1:
            raise OutOfRange(f"p: {p} is not within 0 to 1")
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    if not ordered.size:
        return (None,) * len(ps)
    if not np.isfinite(ordered[[0, -1]]).all():  # NaN sorts last
        raise OutOfRange("values: every number must be finite")
    return tuple(_of_ordered(ordered, p) for p in ps)


def _of_ordered(ordered: NDArray[np.float64], p: float) -> float:
    position = (ordered.size - 1) * p
    below = int(position)
    above = min(below + 1, ordered.size - 1)
    low, high = float(ordered[below]), float(ordered[above])
    part = position - below
    if not part:
        return low
    # In the store's form, low(1-d) + high d, whose compiler fuses the first product with the sum: rounded once.
    # Written otherwise, one value in ten differs in the last bit, and a page would disagree with its export.
    return float(Fraction(low) * Fraction(1.0 - part) + Fraction(high * part))
