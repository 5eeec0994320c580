"""Durations known only within brackets: something came in one gap and left in another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from birlik.errors import OutOfRange
from birlik.methods.bootstrap import checked_offsets, tail_of, whole

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

RATIO = 0.05
"""Each bin of the grid is so much wider than the one before."""
SHORTEST_S = 60.0
LONGEST_S = 60 * 86_400.0
EDGES_S: Floats = np.concatenate(
    ([0.0], SHORTEST_S * np.exp(RATIO * np.arange(np.ceil(np.log(LONGEST_S / SHORTEST_S) / RATIO) + 1)))
)
"""Edges of the bins of durations, in seconds: one below a minute, then each 5 % longer, up to 60 days."""
NARROW_SHARE = 0.1
NARROW_S = 600.0
"""A duration known to a tenth, or to ten minutes, is taken as known: its place in the bracket can't matter."""


@dataclass(frozen=True, slots=True, eq=False)
class Bracketed:
    """What is known of the durations of groups of passages.

    expected_s: int64, one a passage, in the order given: its mean given its bracket and its group's distribution.
    mean_s: float64, one a group; NaN where it is empty. quantile_s, quantile_low_s, quantile_high_s: float64,
    groups x ps; the bounds NaN where a group has one passage. mass: float64, groups x bins of `EDGES_S`: the
    distribution, which sums to 1 in each group that isn't empty.
    """

    expected_s: Ints
    mean_s: Floats
    quantile_s: Floats
    quantile_low_s: Floats
    quantile_high_s: Floats
    mass: Floats


def bracketed(
    entry_low_s: Ints,
    entry_high_s: Ints,
    exit_low_s: Ints,
    exit_high_s: Ints,
    cluster: Ints,
    offsets: Ints,
    *,
    ps: tuple[float, ...] = (0.5, 0.9),
    level: float = 0.95,
) -> Bracketed:
    """The distribution of durations whose ends lie in brackets, by group; the same bits for rows in any order.

    entry_low_s, entry_high_s, exit_low_s, exit_high_s: n whole seconds each: it came in (low, high] and left in
    [low, high); equal where told. cluster: n whole numbers, the day of exit. offsets: as `bootstrap.mean_intervals`.
    Raises: OutOfRange for a bracket that ends before it begins, an exit wholly before its entry, or other shapes.

    A passage weighs a duration d by how much of its entry's bracket, moved by d, lies in its exit's bracket (a
    trapezoid over d); what is narrow is an atom. EM makes the distribution that best agrees with all of them on a
    logarithmic grid (Turnbull, The empirical distribution function with arbitrarily grouped, censored and truncated
    data, 1976; both ends in brackets: De Gruttola & Lagakos 1989). Quantiles are type 7. Their bounds are Woodruff's
    (Confidence intervals for medians and other position measures, 1952) with the error of the share below them
    clustered by day, on the logit, so that they stay within 0 to 1.
    """
    from birlik.methods._bracketing import estimate

    e0, e1, x0, x1 = (np.asarray(v, np.int64) for v in (entry_low_s, entry_high_s, exit_low_s, exit_high_s))
    days, cuts = whole("cluster", cluster), checked_offsets(offsets, e0.size)
    if not e0.shape == e1.shape == x0.shape == x1.shape == days.shape:
        raise OutOfRange("brackets and cluster must be as many")
    if (e1 < e0).any() or (x1 < x0).any() or (x1 < e0).any():
        raise OutOfRange("brackets: each must end after it begins, and none may leave before it came")
    groups = np.repeat(np.arange(cuts.size - 1), np.diff(cuts))
    # By all that matters, so that no sum hangs on the order of delivery.
    order = np.lexsort((x1 - e0, x0 - e1, e1 - e0, days, groups))
    entry, exit_ = (e1 - e0)[order], (x1 - x0)[order]
    inner, outer = (x0 - e1)[order], (x1 - e0)[order]
    a, z = np.maximum(inner, 0).astype(np.float64), np.maximum(outer, 0).astype(np.float64)
    b, c = inner + np.minimum(entry, exit_), inner + np.maximum(entry, exit_)
    known = z - a <= np.maximum(NARROW_S, NARROW_SHARE * (a + z) / 2)
    # What begins below nothing is cut there: the corner moves, the slope beyond it stays near enough.
    expected, quantile, low, high, mass = estimate(
        a, np.maximum(b, a), np.maximum(c, a), z, known, days[order], cuts, EDGES_S,
        np.asarray(ps, np.float64), _t_quantiles(tail_of(level)),
    )  # fmt: skip
    back = np.empty(order.size, np.int64)
    back[order] = np.rint(expected).astype(np.int64)
    sums = np.diff(np.concatenate(([0], np.cumsum(back)))[cuts])
    n = np.diff(cuts)
    # Whole seconds are summed, and divided once.
    mean = np.where(n > 0, sums / np.maximum(n, 1), np.nan)
    return Bracketed(back, mean, quantile, low, high, mass)


def survival_at(mass: Floats, ages_s: NDArray[np.generic]) -> Floats:
    """The share that lasts longer than each age, from weights on the grid; linear within a bin.

    mass: float64, one a bin of `EDGES_S`, summing to 1. ages_s: any shape, seconds; below nothing all last.
    Returns: as `ages_s`, 0 to 1.
    >>> survival_at(np.eye(EDGES_S.size - 1)[0], np.array([0, 30, 60]))
    array([1. , 0.5, 0. ])
    """
    left = 1.0 - np.concatenate(([0.0], np.cumsum(mass)))
    return np.clip(np.interp(np.asarray(ages_s, np.float64), EDGES_S, left), 0.0, 1.0)


def _t_quantiles(tail: float) -> Floats:
    from scipy.special import ndtri, stdtrit

    found: Floats = np.full(61, float(ndtri(1 - tail)))
    found[1:60] = stdtrit(np.arange(1, 60), 1 - tail)
    return found
