"""The compiled part of `bootstrap`: intervals for ratios of sums of units, many groups in one call.

Imported where it is used, since numba alone takes the better part of a second.
"""

import numpy as np
from numba import njit

UNITS_FOR_BOOTSTRAP = 10
"""With fewer, resampled standard errors scatter so much that a t quantile covers better."""

NONE, LOG_T, BOOTSTRAP_T = 0, 1, 2

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)


@njit(cache=True)
def _type_7(ordered, p):  # type: ignore[no-untyped-def]
    position = (ordered.size - 1) * p
    below = int(position)
    above = min(below + 1, ordered.size - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


@njit(cache=True)
def _inflation(residuals, labels):  # type: ignore[no-untyped-def]
    """What the correlation of neighbouring units (labels one apart) does to the standard error of the mean.

    sqrt((1+r)/(1-r)) of an autoregression of order 1, with r made free of its small-sample bias (Kendall 1954,
    about -(1+3r)/n) and at most 0.9. A lag-one correlation below 1/sqrt(n) is noise, and is left out: acting on it
    would widen every interval of independent days by a tenth.
    """
    together = 0.0
    alone = 0.0
    count = residuals.size
    for i in range(count):
        alone += residuals[i] * residuals[i]
        if i > 0 and labels[i] - labels[i - 1] == 1:
            together += residuals[i] * residuals[i - 1]
    correlation = together / alone
    if correlation * np.sqrt(count) < 1.0:
        return 1.0
    correlation = min((count * correlation + 1.0) / (count - 3.0), 0.9)
    return np.sqrt((1.0 + correlation) / (1.0 - correlation))


@njit(cache=True)
def _studentised(residuals, weights, seed, resamples):  # type: ignore[no-untyped-def]
    """The sorted t statistics of `resamples` draws of whole units, with replacement.

    SplitMix64 (Steele, Lea & Flood 2014) instead of numba's generator: the same on every machine and release.
    """
    count = residuals.size
    bound = np.uint64(count)
    state = np.uint64(seed)
    t = np.empty(resamples)
    for draw in range(resamples):
        u = 0.0
        w = 0.0
        uu = 0.0
        uw = 0.0
        ww = 0.0
        for _ in range(count):
            state += _GOLDEN
            z = state
            z = (z ^ (z >> _S30)) * _MIX_1
            z = (z ^ (z >> _S27)) * _MIX_2
            z = z ^ (z >> _S31)
            i = np.int64(((z >> _S32) * bound) >> _S32)
            r = residuals[i]
            v = weights[i]
            u += r
            w += v
            uu += r * r
            uw += r * v
            ww += v * v
        if w <= 0.0:
            # Units without weight are real (kilometres in no whole second); a draw of nothing else has no ratio.
            t[draw] = 0.0
            continue
        shift = u / w
        spread = uu - 2.0 * shift * uw + shift * shift * ww
        # Of one unit drawn throughout nothing can be studentised; rounding may leave less than nothing.
        t[draw] = 0.0 if spread <= 1e-12 * uu or spread <= 0.0 else u / np.sqrt(spread * count / (count - 1.0))
    t.sort()
    return t


@njit(cache=True)
def ratio_intervals(sums, weights, labels, offsets, t_quantiles, tail, seed, resamples):  # type: ignore[no-untyped-def]
    """Interval for sum(sums)/sum(weights) of each group of units; labels ascend within a group.

    sums, weights: float64, one a unit. labels: int64, one a unit. offsets: int64, groups + 1.
    t_quantiles: by degrees of freedom, for groups of fewer than UNITS_FOR_BOOTSTRAP units. tail: probability a side.
    Returns: low, high (float64, NaN where there are fewer than two units) and the way taken (int8), one a group.
    """
    groups = offsets.size - 1
    low = np.full(groups, np.nan)
    high = np.full(groups, np.nan)
    way = np.zeros(groups, dtype=np.int8)
    for g in range(groups):
        first, last = offsets[g], offsets[g + 1]
        count = last - first
        if count < 2:
            continue
        s = sums[first:last]
        w = weights[first:last]
        total = w.sum()
        if not total > 0.0:
            continue
        ratio = s.sum() / total
        residuals = s - ratio * w
        spread = (residuals * residuals).sum()
        error = np.sqrt(spread * count / (count - 1.0)) / total
        way[g] = BOOTSTRAP_T if count >= UNITS_FOR_BOOTSTRAP else LOG_T
        if error <= 1e-12 * abs(ratio):
            low[g] = ratio
            high[g] = ratio
        elif way[g] == LOG_T:
            q = t_quantiles[count - 1]
            if s.min() >= 0.0:
                low[g] = ratio * np.exp(-q * error / ratio)
                high[g] = ratio * np.exp(q * error / ratio)
            else:
                low[g] = ratio - q * error
                high[g] = ratio + q * error
        else:
            error *= _inflation(residuals, labels[first:last])
            t = _studentised(residuals, w, seed, resamples)
            low[g] = ratio - _type_7(t, 1.0 - tail) * error
            high[g] = ratio - _type_7(t, tail) * error
            if s.min() >= 0.0:
                low[g] = max(low[g], 0.0)
    return low, high, way
