"""A border post as booths that open, tire and close: another law than any that an estimator here is made from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Post:
    """Hours since a Monday midnight. slow: (begin, end) of each stretch in which it clears at `pace` of the usual."""

    entry_h: Floats
    exit_h: Floats
    slow: list[tuple[float, float]]


def post(seed: int, *, weeks: int, slow: list[tuple[float, float]], pace: float = 0.5, a_day: float = 70.0) -> Post:
    """First come, first served by booths: two at night, five by day; service times gamma, some papers take hours.

    Arrivals come in a daily wave with a random level a day; the booths clear about a fifth more than arrive.
    """
    rng = np.random.default_rng(seed)
    hours = weeks * 168
    level = np.repeat(rng.gamma(25, 1 / 25, weeks * 7), 24)
    wave = 1 + 0.6 * np.sin((np.arange(hours) % 24 - 8) / 24 * 2 * np.pi)
    n = rng.poisson(a_day / 24 * level * wave)
    entry = np.sort(np.repeat(np.arange(hours), n) + rng.uniform(0, 1, n.sum()))
    work = rng.gamma(2.0, 0.5, entry.size)  # in units of the mean booth time
    by_day = np.isin(np.arange(hours) % 24, range(7, 20))
    capacity = np.where(by_day, 5.0, 2.0)
    capacity *= a_day * 1.15 / 24 / capacity.mean()
    for begin, end in slow:
        capacity[int(begin) : int(end)] *= pace
    served = np.concatenate(([0.0], np.cumsum(capacity)))
    when = np.arange(hours + 1, dtype=float)
    clock = np.interp(entry, when, served)
    ends = np.empty(entry.size)
    free = 0.0
    for i in range(entry.size):
        free = max(free, clock[i]) + work[i]
        ends[i] = free
    papers = np.where(rng.uniform(size=entry.size) < 0.05, rng.lognormal(1.5, 0.8, entry.size), 0.4)
    left = np.where(ends <= served[-1], np.interp(ends, served, when), np.nan) + papers
    return Post(entry, left, slow)
