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
    Returns: low, high (float64, NaN where there are fewer than two units), the way taken (int8), and how much
    neighbours that are alike widened it (float64, 1 for not), one a group.
    """
    groups = offsets.size - 1
    low = np.full(groups, np.nan)
    high = np.full(groups, np.nan)
    way = np.zeros(groups, dtype=np.int8)
    widened = np.ones(groups)
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
            widened[g] = _inflation(residuals, labels[first:last])
            error *= widened[g]
            t = _studentised(residuals, w, seed, resamples)
            low[g] = ratio - _type_7(t, 1.0 - tail) * error
            high[g] = ratio - _type_7(t, tail) * error
            if s.min() >= 0.0:
                low[g] = max(low[g], 0.0)
    return low, high, way, widened


@njit(cache=True)
def _steps_of_memory(residuals, labels):  # type: ignore[no-untyped-def]
    """1 + 2 x the sum of autocorrelations over lags, as far as pairs of them stay positive (Geyer 1992).

    Each is made free of what subtracting the mean of so few units takes from it, which is the result over their
    number: found in four rounds. Lags go to a third of the record; at least as an autoregression of order 1 has it.
    """
    count = residuals.size
    span = labels[-1] - labels[0] + 1
    series = np.zeros(span)
    there = np.zeros(span)
    for i in range(count):
        series[labels[i] - labels[0]] = residuals[i]
        there[labels[i] - labels[0]] = 1.0
    alone = (residuals * residuals).sum() / count
    lags = max(span // 3, 1)
    correlation = np.zeros(lags + 2)
    for k in range(1, lags + 1):
        pairs = 0.0
        together = 0.0
        for i in range(span - k):
            pairs += there[i] * there[i + k]
            together += series[i] * series[i + k]
        if pairs > 0:
            correlation[k] = together / pairs / alone
    steps = 1.0
    for _ in range(4):
        found = 1.0
        for k in range(1, lags + 1, 2):
            pair = correlation[k] + correlation[k + 1] + (2.0 if k < lags else 1.0) * (steps - 1.0) / count
            # One pair that noise could make is no memory.
            if pair * np.sqrt(count) < 1.0:
                break
            found += 2.0 * pair
        steps = min(found, float(count))
    # A short record hides its memory: then an autoregression with the correlation that lies a standard error above
    # what was found (Kendall's bias added back) says how long it may be.
    r = correlation[1]
    if r * np.sqrt(count) >= 1.0:
        r = min((count * r + 1.0) / max(count - 3.0, 1.0), 0.98)
        r = min(r + np.sqrt((1.0 - r * r) / count), 0.98)
        steps = max(steps, (1.0 + r) / (1.0 - r))
    return min(steps, float(count))


@njit(cache=True)
def independent_units(sums, weights, labels, offsets):  # type: ignore[no-untyped-def]
    """How many independent units each group of units is worth; whole labels that ascend within a group."""
    groups = offsets.size - 1
    found = np.zeros(groups)
    for g in range(groups):
        first, last = offsets[g], offsets[g + 1]
        count = last - first
        if count == 0:
            continue
        s = sums[first:last]
        w = weights[first:last]
        total = w.sum()
        residuals = s - s.sum() / total * w if total > 0.0 else s - s.mean()
        found[g] = count
        if count >= 4 and (residuals * residuals).sum() > 0.0:
            found[g] = count / _steps_of_memory(residuals, labels[first:last])
    return found
