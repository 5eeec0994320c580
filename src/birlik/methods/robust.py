"""How odd a value is, judged by a history that may itself hold odd values."""

import numpy as np
from numpy.typing import NDArray

from birlik.errors import OutOfRange

Floats = NDArray[np.float64]

PER_MAD = 0.6745
"""The normal law's upper quartile: the expected MAD, in standard deviations."""
PER_MEAN_DEVIATION = 0.797885
"""sqrt(2/pi): the expected mean absolute deviation, in standard deviations."""


def robust_z(value: float, history: NDArray[np.generic], *, scale_floor: float = 0.0) -> float | None:
    """How many standard deviations `value` lies above the middle of `history`.

    value: a finite number. history: n finite numbers in the same unit, any order; without the value itself.
    scale_floor: the least standard deviation to reckon with, in the same unit: what is too small to matter.
    Returns: 0.6745 (value - median) / MAD; where more than half of the history is equal and the MAD therefore 0, the
    mean absolute deviation about the median takes its place; None without history, or where nothing varies and
    there is no floor.
    Raises: OutOfRange for a number that is not finite, or a negative floor.
    Source: Iglewicz & Hoaglin, How to Detect and Handle Outliers (1993), 3.3, who flag above 3.5; the fallback: the
    modified z score of IBM SPSS Statistics, (value - median) / (1.253314 x mean absolute deviation).
    >>> round(robust_z(10.0, np.array([1, 2, 3, 4, 5])), 4)
    4.7215
    """
    past = _finite("history", history)
    if not np.isfinite(value):
        raise OutOfRange(f"value: {value} is not finite")
    scale = robust_scale(past, floor=scale_floor)
    if scale is None or scale == 0:
        return None
    return float((value - np.median(past)) / scale)


def robust_scale(history: NDArray[np.generic], *, floor: float = 0.0) -> float | None:
    """The standard deviation that a normal law with this MAD would have, and not less than `floor`; else as `robust_z`.

    Returns: in the unit of `history`; None where it is empty.
    """
    if not floor >= 0:
        raise OutOfRange(f"floor: {floor} is negative")
    past = _finite("history", history)
    if not past.size:
        return None
    away = np.sort(np.abs(past - np.median(past)))  # sorted, so that the sum does not hang on the order
    scale = float(np.median(away)) / PER_MAD
    if scale == 0:
        scale = float(np.mean(away)) / PER_MEAN_DEVIATION
    return max(scale, floor)


def _finite(name: str, numbers: NDArray[np.generic]) -> Floats:
    array = np.asarray(numbers, dtype=np.float64)
    if not np.isfinite(array).all():
        raise OutOfRange(f"{name}: every number must be finite")
    return array
