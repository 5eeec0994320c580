"""How many of several are so, when each is so with a probability of its own."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from birlik.errors import OutOfRange
from birlik.methods.bootstrap import tail_of

EXACT_UP_TO = 2_000
"""Uncertain ones. Beyond, the normal law with its skewness corrected is right to less than one."""


@dataclass(frozen=True, slots=True)
class Count:
    """Expected number, and the whole numbers between which it lies."""

    mean: float
    low: int
    high: int


def poisson_binomial(chances: NDArray[np.float64], *, level: float = 0.97) -> Count:
    """The number of independent cases that hold, each with its own chance.

    chances: n numbers from 0 to 1, any order. level: at least so much of the law lies within the bounds.
    Returns: mean, and the narrowest whole bounds that leave at most half of the rest beyond either.
    Raises: OutOfRange for a chance or level that is none.
    Source: Hong, On computing the distribution function for the Poisson binomial distribution (2013): by convolution;
    beyond 2,000 uncertain cases its refined normal approximation (Volkova 1995).
    >>> poisson_binomial(np.array([0.5, 0.5]))
    Count(mean=1.0, low=0, high=2)
    """
    p = np.sort(np.asarray(chances, np.float64))
    if p.size and not (p[0] >= 0 and p[-1] <= 1):
        raise OutOfRange("chances: each must lie within 0 to 1")
    tail = tail_of(level)
    mean = float(p.sum())
    sure = int(np.count_nonzero(p == 1))
    open_ = p[(p > 0) & (p < 1)]
    if not open_.size:
        return Count(mean, sure, sure)
    below = np.cumsum(_law(open_)) if open_.size <= EXACT_UP_TO else _refined(open_)
    low = int(np.searchsorted(below, tail, side="right"))
    high = int(np.searchsorted(below, 1 - tail - 1e-12, side="left"))
    return Count(mean, sure + low, sure + min(high, open_.size))


def _law(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of 0 to n, by halves that are convolved."""
    if p.size <= 32:
        law = np.ones(1)
        for chance in p:
            law = np.convolve(law, (1 - chance, chance))
        return law
    return np.convolve(_law(p[: p.size // 2]), _law(p[p.size // 2 :]))


def _refined(p: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import ndtr

    spread = float(np.sqrt((p * (1 - p)).sum()))
    skew = float((p * (1 - p) * (1 - 2 * p)).sum()) / spread**3
    x = (np.arange(p.size + 1) + 0.5 - p.sum()) / spread
    density = np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
    found: NDArray[np.float64] = np.clip(ndtr(x) + skew * (1 - x * x) * density / 6, 0, 1)
    return found
