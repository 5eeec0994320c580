"""Honest intervals: for the mean of skewed durations that come in correlated days, for ratios, shares and medians."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from birlik.errors import OutOfRange

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

METHODS = (
    "none: fewer than two values",
    "log-normal t over clusters",
    "bootstrap-t over clusters",
    "log-normal t over values",
    "bootstrap-t over values",
)
"""What `Interval.method` of a mean or ratio may say. `over values`: all lay in one cluster; independence is assumed."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds in the unit of what was estimated; both None where there is too little to say anything."""

    low: float | None
    high: float | None
    method: str


@dataclass(frozen=True, slots=True)
class Intervals:
    """One interval a group. low, high: float64, NaN where there is none. method: int8, an index into METHODS.

    alike: bool; neighbouring clusters are correlated by more than noise would be.
    """

    low: Floats
    high: Floats
    method: NDArray[np.int8]
    alike: NDArray[np.bool_]

    def __len__(self) -> int:
        return self.low.size

    def __getitem__(self, group: int) -> Interval:
        low, high = float(self.low[group]), float(self.high[group])
        known = not np.isnan(low)
        return Interval(low if known else None, high if known else None, METHODS[self.method[group]])


def mean_interval(
    values_s: Ints, cluster: Ints, *, level: float = 0.95, resamples: int = 999, seed: int = 0
) -> Interval:
    """Interval for the mean of durations that are alike within a cluster, as trucks of one day in one queue are.

    values_s: n whole seconds. cluster: n whole numbers, ascending with time: the day of exit.
    level: the share of such intervals that should hold the law's mean. resamples: bootstrap draws.
    Returns: bounds in s. The same pairs in any order give the same bits; a non-negative sample a non-negative bound.
    Raises: OutOfRange for other types or shapes, a level outside 0 to 1, or fewer than 100 resamples.

    Ten clusters and more: studentised bootstrap of whole clusters, with the linearised standard error of a ratio
    of sums; where neighbouring days are correlated, the error is inflated by an autoregression of order 1.
    Two to nine: t quantile with clusters - 1 degrees of freedom on the logarithm of the mean. One cluster: the same
    two ways over the single values, which then are taken to be independent.

    Measured coverage at 95 %, in per cent of 1 600 seeded runs with 30 days unless said otherwise:
    - independent, n = 30 and 200, cv 0.5 and 1: log-normal 94.6 to 95.8, gamma 93.7 to 94.8;
    - days with an intraclass correlation of 0.1 or 0.2, n = 200 to 2 000: 93.6 to 95.1; in 3 to 15 days 94.2 to 94.9;
    - log-normal, n = 5, 8, 10, 15: 94 to 95 with cv 0.5; 91.4, 91.2, 91.6, 94.1 with cv 1, so too narrow;
    - M/G/1 queue, service cv 0.6, load 0.5 with 60 vehicles a day 94.4; load 0.7 with 60 and 200 a day 92.8 and 93.8;
      load 0.8 with 60 and 200 a day 91.2 and 92.7. A slower queue remembers for longer than thirty days can tell,
      and no method helps: load 0.9 with 20 a day 80; use more months.
    - 400 values all in one cluster, intraclass correlation 0.15: 19. Give the day, and two days at least.

    Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 12 (bootstrap-t); Davison & Hinkley,
    Bootstrap Methods and their Application (1997), 2.4 and 3.8 (clusters); Cochran, Sampling Techniques (1977), 6.13.
    """
    offsets = np.array([0, np.size(values_s)], dtype=np.int64)
    return mean_intervals(values_s, cluster, offsets, level=level, resamples=resamples, seed=seed)[0]


def mean_intervals(
    values_s: Ints, cluster: Ints, offsets: Ints, *, level: float = 0.95, resamples: int = 999, seed: int = 0
) -> Intervals:
    """`mean_interval` of many groups at once: group g is values_s[offsets[g]:offsets[g+1]].

    offsets: groups + 1 whole numbers from 0 to n, never falling. A group's interval depends on that group alone.
    Raises: OutOfRange as `mean_interval`, and for offsets that do not cut up the values.
    """
    values = whole("values_s", values_s)
    weights = np.ones(values.size, dtype=np.int64)
    return _intervals(values, weights, cluster, offsets, level, resamples, seed)


def ratio_interval(
    numerator: NDArray[np.generic],
    denominator: NDArray[np.generic],
    cluster: Ints,
    *,
    level: float = 0.95,
    resamples: int = 999,
    seed: int = 0,
) -> Interval:
    """Interval for sum(numerator)/sum(denominator), e.g. speed with delay: kilometres over hours.

    numerator, denominator: n finite numbers each, the denominator not negative. The rest: as `mean_interval`.
    Returns: bounds in the numerator's unit per the denominator's; none where the denominator adds up to nothing.
    Raises: OutOfRange as `mean_interval`, or for a value that is negative below the line or not finite.
    Source: as `mean_interval`; a mean is the ratio of a sum and a count.
    """
    above, below = np.asarray(numerator), np.asarray(denominator)
    if not (np.isfinite(above).all() and np.isfinite(below).all()):
        raise OutOfRange("numerator, denominator: every number must be finite")
    if below.size and below.min() < 0:
        raise OutOfRange("denominator: must not be negative")
    offsets = np.array([0, above.size], dtype=np.int64)
    return _intervals(above, below, cluster, offsets, level, resamples, seed)[0]


def proportion_interval(successes: int, n: int, *, level: float = 0.95) -> Interval:
    """Interval for a share, as of late passages; independent cases.

    successes: 0 to n. Returns: bounds without unit, 0 to 1; none where n is 0.
    Raises: OutOfRange for counts that are none, or a level outside 0 to 1.
    Source: Wilson, Probable inference (1927); Brown, Cai & DasGupta (2001), equation 4.
    """
    if not 0 <= successes <= n:
        raise OutOfRange(f"successes: {successes} is not within 0 to {n}")
    tail = tail_of(level)
    if n == 0:
        return Interval(None, None, METHODS[0])
    from scipy.special import ndtri

    z2 = float(ndtri(1 - tail)) ** 2
    share = successes / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = float(np.sqrt(z2 * (share * (1 - share) + z2 / (4 * n)) / n)) / (1 + z2 / n)
    # At the ends the formula is exact, rounding is not.
    low = 0.0 if successes == 0 else max(centre - half, 0.0)
    high = 1.0 if successes == n else min(centre + half, 1.0)
    return Interval(low, high, "Wilson score")


def median_interval(values: NDArray[np.generic], *, level: float = 0.95) -> Interval:
    """Interval for the median between two order statistics; needs no law, but independent values.

    values: n numbers in any unit and order. Covers at least `level`; none with fewer than 6 values at 95 %.
    Of values that are alike within days it covers less: an intraclass correlation of 0.1 with 20 values a day
    triples the variance.
    Raises: OutOfRange for NaN or a level outside 0 to 1.
    Source: David & Nagaraja, Order Statistics (2003), 7.1: the largest r with P(Binomial(n, 1/2) < r) at most the tail.
    """
    tail = tail_of(level)
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = ordered.size
    if n and np.isnan(ordered[-1]):
        raise OutOfRange("values: NaN has no place in an order")
    from scipy.special import bdtr

    below = bdtr(np.arange((n + 1) // 2, dtype=np.float64), n, 0.5) if n else np.empty(0)
    rank = int(np.searchsorted(below, tail, side="right"))
    if rank == 0:
        return Interval(None, None, "none: too few values")
    return Interval(float(ordered[rank - 1]), float(ordered[n - rank]), "order statistics")


def _intervals(
    numerator: NDArray[np.generic],
    denominator: NDArray[np.generic],
    cluster: Ints,
    offsets: Ints,
    level: float,
    resamples: int,
    seed: int,
) -> Intervals:
    clusters, cuts = whole("cluster", cluster), checked_offsets(offsets, numerator.size)
    if not numerator.shape == denominator.shape == clusters.shape:
        raise OutOfRange("values and cluster must be as many")
    if resamples < 100:
        raise OutOfRange(f"resamples: {resamples} is not at least 100")
    tail = tail_of(level)
    from scipy.special import stdtrit

    from birlik.methods._resampling import UNITS_FOR_BOOTSTRAP, ratio_intervals

    t_quantiles = np.full(UNITS_FOR_BOOTSTRAP, np.nan)
    t_quantiles[1:] = stdtrit(np.arange(1, UNITS_FOR_BOOTSTRAP), 1 - tail)
    sums, weights, labels, units, single = units_of(numerator, denominator, clusters, cuts)
    low, high, way, widened = ratio_intervals(
        sums, weights, labels, units, t_quantiles, tail, np.uint64(seed % 2**64), resamples
    )
    return Intervals(low, high, np.where(single & (way > 0), way + 2, way).astype(np.int8), widened > 1)


def units_of(
    numerator: NDArray[np.generic], denominator: NDArray[np.generic], clusters: Ints, cuts: Ints
) -> tuple[Floats, Floats, Ints, Ints, NDArray[np.bool_]]:
    """Add up what is resampled as one: a cluster, or a single value where a group has one cluster only.

    Returns: sums, weights and labels of the units, their offsets by group, and which groups have one cluster.
    """
    sizes = np.diff(cuts)
    groups = np.repeat(np.arange(sizes.size), sizes)
    order = np.lexsort((clusters, groups))
    starts = np.ones(order.size, dtype=np.bool_)
    starts[1:] = (np.diff(groups) != 0) | (np.diff(clusters[order]) != 0)
    single = np.bincount(groups[starts], minlength=sizes.size) == 1
    if single.any() or not {numerator.dtype.kind, denominator.dtype.kind} <= set("iu"):
        # By the values too, so that neither sums of floats nor draws of values hang on the order of delivery.
        order = np.lexsort((denominator, numerator, clusters, groups))
    clusters = clusters[order]
    alone = single[groups]
    at = np.flatnonzero(starts | alone)
    # Two apart: single values have no neighbour in time.
    labels = np.where(alone[at], 2 * np.arange(at.size), clusters[at])
    units = np.concatenate(([0], np.cumsum(np.bincount(groups[at], minlength=sizes.size))))
    if not at.size:
        return np.empty(0), np.empty(0), labels, units, single
    sums = np.add.reduceat(numerator[order], at).astype(np.float64)
    weights = np.add.reduceat(denominator[order], at).astype(np.float64)
    return sums, weights, labels, units, single


def checked_offsets(offsets: Ints, n: int) -> Ints:
    """Offsets of groups in n values. Raises: OutOfRange where they do not cut the values up."""
    cuts = whole("offsets", offsets)
    if not cuts.size or cuts[0] != 0 or cuts[-1] != n or (np.diff(cuts) < 0).any():
        raise OutOfRange(f"offsets: must rise from 0 to {n}")
    return cuts


def whole(name: str, numbers: NDArray[np.generic]) -> Ints:
    """One axis of n whole numbers as int64. Raises: OutOfRange for another shape or kind."""
    array = np.asarray(numbers)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise OutOfRange(f"{name}: must be one axis of whole numbers")
    return array.astype(np.int64)


def tail_of(level: float) -> float:
    """The probability beyond each end. Raises: OutOfRange for a level outside 0 to 1."""
    if not 0 < level < 1:
        raise OutOfRange(f"level: {level} is not between 0 and 1")
    return (1 - level) / 2
