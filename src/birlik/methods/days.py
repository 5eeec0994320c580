"""Figures of days that remember each other: how many they are worth, and how wide an interval must be."""

import numpy as np

from birlik.methods.bootstrap import Floats, Intervals, Ints, checked_offsets, mean_intervals, units_of, whole

DAYS_A_WEEK = 7
FEW = 50
"""Below so many values a mean of skewed ones has no bootstrap that covers."""
WEEKS_AT_LEAST = 3
"""With two the t quantile is 12.7: an interval that says nothing."""
TOO_FEW_DAYS = 8.0
"""Worth fewer independent days, an interval can't be trusted, however it is made."""
YEAR_DAYS = 366


def duration_intervals(values_s: Ints, day: Ints, offsets: Ints, *, level: float = 0.95) -> Intervals:
    """Interval for the mean of durations by group: by days, and by weeks where days remember each other.

    values_s: n whole seconds. day: n whole numbers, days since 1970 of the exit. offsets: as `mean_intervals`.
    Where neighbouring days are alike by more than noise, or a group has fewer than 50 values: the wider of the
    studentised bootstrap of whole days and a t quantile on the logarithm of the mean with whole weeks as units (from
    three weeks on). Else the first. Returns: bounds in s.
    Raises: OutOfRange as `mean_intervals`.
    Source: batch means, Law, Simulation Modeling and Analysis (2015), 9.5.3, over weeks; else as `mean_intervals`.
    """
    by_day = mean_intervals(values_s, day, offsets, level=level)
    days, cuts = whole("day", day), checked_offsets(offsets, np.size(values_s))
    # 1970-01-01 was a Thursday.
    weeks = (days + 3) // DAYS_A_WEEK
    n = np.diff(cuts)
    doubted = (by_day.alike | (n < FEW)) & (_distinct(weeks, cuts) >= WEEKS_AT_LEAST)
    if not doubted.any():
        return by_day
    rows = np.repeat(doubted, n)
    some = np.concatenate(([0], np.cumsum(np.where(doubted, n, 0)))).astype(np.int64)
    by_week = mean_intervals(whole("values_s", values_s)[rows], weeks[rows], some, level=level)
    doubted &= ~np.isnan(by_week.low)
    low = np.where(doubted, np.fmin(by_day.low, by_week.low), by_day.low)
    high = np.where(doubted, np.fmax(by_day.high, by_week.high), by_day.high)
    return Intervals(low, high, by_day.method, by_day.alike)


def independent_days(values_s: Ints, day: Ints, offsets: Ints) -> Floats:
    """How many independent days a group's days are worth: their number over the steps that they remember.

    values_s, day, offsets: as `duration_intervals`; at most the last 366 days of a group are looked at for its memory.
    Returns: float64, one a group, at most its number of days; 0 for an empty one.
    Source: integrated autocorrelation time with the initial positive sequence, Geyer, Practical Markov chain Monte
    Carlo (1992), 3.3, of the days' residuals from the mean.
    """
    values, days, cuts = whole("values_s", values_s), whole("day", day), checked_offsets(offsets, np.size(values_s))
    from birlik.methods._resampling import independent_units

    groups = np.repeat(np.arange(cuts.size - 1), np.diff(cuts))
    last = np.full(cuts.size - 1, np.iinfo(np.int64).min)
    np.maximum.at(last, groups, days)
    within = days > last[groups] - YEAR_DAYS
    kept = np.concatenate(([0], np.cumsum(within)))[cuts]
    ones = np.ones(values.size, np.int64)
    sums, weights, labels, units, single = units_of(values[within], ones[within], days[within], kept)
    found: Floats = independent_units(sums, weights, labels, units)
    distinct = _distinct(days, cuts)
    looked_at = np.diff(units)
    # Of one day the units are its values: it is one day all the same.
    found = np.where(single, 1.0, found * np.where(looked_at > 0, distinct / np.maximum(looked_at, 1), 0.0))
    return np.minimum(found, distinct)


def share_intervals(successes: Ints, cluster: Ints, offsets: Ints, *, level: float = 0.95) -> Intervals:
    """Interval of a share by group: Wilson's, with as many cases as clusters that are alike leave.

    successes: n of 0 or 1. cluster: n whole numbers, the day. offsets: as `mean_intervals`.
    Returns: bounds within 0 to 1. Raises: OutOfRange as `mean_intervals`.
    Source: Wilson (1927), with n divided by the design effect (Korn & Graubard, Confidence intervals for proportions
    with small expected number of positive counts estimated from survey data, 1998), which is never taken below 1.
    """
    hits, days, cuts = (
        whole("successes", successes),
        whole("cluster", cluster),
        checked_offsets(offsets, np.size(successes)),
    )
    sums, weights, _, units, single = units_of(hits, np.ones(hits.size, np.int64), days, cuts)
    n = np.diff(cuts).astype(np.float64)
    total = np.diff(np.concatenate(([0], np.cumsum(hits)))[cuts])
    share = np.divide(total, n, out=np.zeros(n.size), where=n > 0)
    groups = np.repeat(np.arange(n.size), np.diff(units))
    squares = np.bincount(groups, (sums - share[groups] * weights) ** 2, minlength=n.size)
    count = np.diff(units)
    plain = n * share * (1 - share)
    plain = plain * n / np.maximum(n - 1, 1)
    effect = np.divide(squares * count, np.maximum(count - 1, 1) * plain, out=np.ones(n.size), where=plain > 0)
    effect = np.where(single | (count < 2), 1.0, np.maximum(effect, 1.0))
    from scipy.special import ndtri

    from birlik.methods.bootstrap import tail_of

    z2 = float(ndtri(1 - tail_of(level))) ** 2
    cases = np.where(n > 0, n / effect, np.nan)
    centre = (share + z2 / (2 * cases)) / (1 + z2 / cases)
    half = np.sqrt(z2 * (share * (1 - share) + z2 / (4 * cases)) / cases) / (1 + z2 / cases)
    low = np.where(total == 0, np.where(n > 0, 0.0, np.nan), np.maximum(centre - half, 0))
    high = np.where((total == n) & (n > 0), 1.0, np.minimum(centre + half, 1))
    return Intervals(low, high, np.zeros(n.size, np.int8), effect > 1)


def _distinct(labels: Ints, cuts: Ints) -> Ints:
    """How many distinct labels each group has."""
    groups = np.repeat(np.arange(cuts.size - 1), np.diff(cuts))
    order = np.lexsort((labels, groups))
    fresh = np.ones(order.size, np.bool_)
    fresh[1:] = (np.diff(groups[order]) != 0) | (np.diff(labels[order]) != 0)
    return np.bincount(groups[order][fresh], minlength=cuts.size - 1).astype(np.int64)
