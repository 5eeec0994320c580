"""Criteria of projects as ranges between 0 and 1: what isn't known is a range, never nought."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Criteria:
    """low, high: float64, projects x criteria, 0 the least and 1 the most that any project is known to have; equal
    where it is known exactly."""

    low: Floats
    high: Floats

    @property
    def middle(self) -> Floats:
        """As good a guess as any, where one choice is made."""
        return (self.low + self.high) / 2

    def drawn(self, rng: np.random.Generator) -> Floats:
        """projects x criteria: evenly out of each range."""
        return np.asarray(rng.uniform(self.low, self.high))


def scaled(low: Floats, high: Floats) -> Criteria:
    """low, high: float64, projects x criteria, in any unit; NaN where nothing is known, which is the whole range.

    A criterion in which all that are known agree tells none from another: it is 0 for all of them, and still a range
    for who is not known.
    >>> made = scaled(np.array([[2.0], [4.0], [np.nan]]), np.array([[2.0], [4.0], [np.nan]]))
    >>> made.low.ravel().tolist(), made.high.ravel().tolist()
    ([0.0, 1.0, 0.0], [0.0, 1.0, 1.0])
    """
    known = np.isfinite(low) & np.isfinite(high)
    least = np.where(known, low, np.inf).min(axis=0, initial=np.inf)
    most = np.where(known, high, -np.inf).max(axis=0, initial=-np.inf)
    span = np.where(most > least, most - least, 1.0)
    base = np.where(np.isfinite(least), least, 0.0)
    return Criteria(np.where(known, (low - base) / span, 0.0), np.where(known, (high - base) / span, 1.0))


LEAST = 1e-3
"""What each project counts in any case: else one that has the least of everything would be left out of a budget that
has room for it."""


def scores(values: Floats, weights: Sequence[float] | Floats) -> Floats:
    """values: projects x criteria, 0 to 1. weights: one a criterion, whatever they add up to. Returns 0 to 1 each, and
    LEAST."""
    given = np.asarray(weights, np.float64)
    whole = given.sum()
    mean = values @ (given / whole if whole > 0 else np.full(given.size, 1 / max(given.size, 1)))
    return np.asarray(mean + LEAST)
