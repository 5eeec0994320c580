"""The compiled part of `brackets`: many groups of passages in one call.

Imported where it is used, since numba alone takes the better part of a second.
"""

import numpy as np
from numba import njit

from birlik.methods._resampling import _inflation

ROUNDS = 60
"""Of EM at most; it ends earlier where the mean no longer moves."""
SETTLED = 1e-5


@njit(cache=True)
def _area(d, a, b, c, z):  # type: ignore[no-untyped-def]
    """Area below d of a trapezoid of height one with corners a <= b <= c <= z."""
    if d <= a:
        return 0.0
    if d <= b:
        return (d - a) * (d - a) / (2.0 * (b - a))
    if d <= c:
        return (b - a) / 2.0 + (d - b)
    whole = (b - a) / 2.0 + (c - b) + (z - c) / 2.0
    if d >= z:
        return whole
    return whole - (z - d) * (z - d) / (2.0 * (z - c))


@njit(cache=True)
def _quantile(values, position, total, p):  # type: ignore[no-untyped-def]
    """Type 7 over weighted points: `position` is the weight before a point and half of its own."""
    wanted = min(max(0.5 + (total - 1.0) * p, position[0]), position[-1])
    k = np.searchsorted(position, wanted)
    if k == 0 or position[k] == wanted:
        return values[k]
    part = (wanted - position[k - 1]) / (position[k] - position[k - 1])
    return values[k - 1] + part * (values[k] - values[k - 1])


@njit(cache=True)
def _bin_of(d, edges):  # type: ignore[no-untyped-def]
    return min(max(np.searchsorted(edges, d, side="right") - 1, 0), edges.size - 2)


@njit(cache=True)
def estimate(a, b, c, z, narrow, day, offsets, edges, ps, t_quantiles):  # type: ignore[no-untyped-def]
    """Expected duration of each passage, quantiles and Woodruff bounds of each group, and its weights on the grid.

    a, b, c, z: float64, corners of each passage's trapezoid of durations, from 0 up; days are together in a group.
    narrow: bool, one a passage: taken as an atom at the middle of (a, z). edges: float64, of the grid's bins.
    t_quantiles: by degrees of freedom, the last for all above.
    Returns: expected (float64, one a passage), quantiles, low, high (groups x ps), mass (groups x bins; sums to 1).
    """
    groups, bins, count = offsets.size - 1, edges.size - 1, a.size
    expected = np.empty(count)
    found = np.full((groups, ps.size), np.nan)
    low = np.full((groups, ps.size), np.nan)
    high = np.full((groups, ps.size), np.nan)
    mass = np.zeros((groups, bins))
    first_bin = np.zeros(count, np.int64)
    begins = np.zeros(count + 1, np.int64)
    for i in range(count):
        begins[i + 1] = begins[i]
        if narrow[i]:
            expected[i] = (a[i] + z[i]) / 2.0
            first_bin[i] = _bin_of(expected[i], edges)
        else:
            first_bin[i] = _bin_of(a[i], edges)
            begins[i + 1] += _bin_of(z[i], edges) - first_bin[i] + 1
    overlap = np.empty(begins[count])
    where = np.empty(begins[count])
    for i in range(count):
        for k in range(begins[i], begins[i + 1]):
            j = first_bin[i] + k - begins[i]
            left, right = edges[j], edges[j + 1]
            overlap[k] = (_area(right, a[i], b[i], c[i], z[i]) - _area(left, a[i], b[i], c[i], z[i])) / (right - left)
            where[k] = (max(left, a[i]) + min(right, z[i])) / 2.0
    for g in range(groups):
        first, last = offsets[g], offsets[g + 1]
        n = last - first
        if n == 0:
            continue
        atoms = np.zeros(bins)
        wide = 0
        for i in range(first, last):
            if narrow[i]:
                atoms[first_bin[i]] += 1.0
            else:
                wide += 1
        p = mass[g]
        p[:] = atoms
        if wide:
            # The first guess lets each wide one stand where its overlap is, by the widths of the bins.
            for i in range(first, last):
                whole = 0.0
                for k in range(begins[i], begins[i + 1]):
                    j = first_bin[i] + k - begins[i]
                    whole += overlap[k] * (edges[j + 1] - edges[j])
                for k in range(begins[i], begins[i + 1]):
                    j = first_bin[i] + k - begins[i]
                    p[j] += overlap[k] * (edges[j + 1] - edges[j]) / whole
            p /= n
            before = -1.0
            for _ in range(ROUNDS):
                fresh = atoms.copy()
                total = 0.0
                for i in range(first, last):
                    if narrow[i]:
                        total += expected[i]
                        continue
                    likely = 0.0
                    mean = 0.0
                    for k in range(begins[i], begins[i + 1]):
                        r = p[first_bin[i] + k - begins[i]] * overlap[k]
                        likely += r
                        mean += r * where[k]
                    for k in range(begins[i], begins[i + 1]):
                        j = first_bin[i] + k - begins[i]
                        fresh[j] += p[j] * overlap[k] / likely
                    expected[i] = mean / likely
                    total += expected[i]
                p[:] = fresh / n
                if abs(total - before) <= SETTLED * total:
                    break
                before = total
        else:
            p /= n
        # Points: each atom, and what the wide ones weigh in each bin.
        weight = np.zeros(bins)
        place = np.zeros(bins)
        for i in range(first, last):
            likely = 0.0
            for k in range(begins[i], begins[i + 1]):
                likely += p[first_bin[i] + k - begins[i]] * overlap[k]
            for k in range(begins[i], begins[i + 1]):
                j = first_bin[i] + k - begins[i]
                r = p[j] * overlap[k] / likely
                weight[j] += r
                place[j] += r * where[k]
        filled = np.flatnonzero(weight > 1e-9)
        values = np.empty(n - wide + filled.size)
        weights = np.ones(values.size)
        at = 0
        for i in range(first, last):
            if narrow[i]:
                values[at] = expected[i]
                at += 1
        for j in filled:
            values[at], weights[at] = place[j] / weight[j], weight[j]
            at += 1
        order = np.argsort(values)
        values, weights = values[order], weights[order]
        position = np.cumsum(weights) - weights / 2.0
        days = 1
        for i in range(first + 1, last):
            days += day[i] != day[i - 1]
        alone = days == 1
        units = n if alone else days
        for q in range(ps.size):
            cut = _quantile(values, position, float(n), ps[q])
            found[g, q] = cut
            if units < 2:
                continue
            residuals = np.zeros(units)
            labels = np.zeros(units, np.int64)
            u = -1
            for i in range(first, last):
                if i == first or alone or day[i] != day[i - 1]:
                    u += 1
                    # Single values have no neighbour in time.
                    labels[u] = 2 * u if alone else day[i]
                below = 0.0
                if narrow[i]:
                    below = 1.0 if expected[i] < cut else (0.5 if expected[i] == cut else 0.0)
                else:
                    likely = 0.0
                    for k in range(begins[i], begins[i + 1]):
                        j = first_bin[i] + k - begins[i]
                        r = p[j] * overlap[k]
                        likely += r
                        below += r * min(max((cut - edges[j]) / (edges[j + 1] - edges[j]), 0.0), 1.0)
                    below /= likely
                residuals[u] += below - ps[q]
            residuals -= residuals.sum() / units
            spread = (residuals * residuals).sum()
            if spread <= 0.0:
                continue
            error = np.sqrt(spread * units / (units - 1.0)) / n
            if units >= 10:
                error *= _inflation(residuals, labels)
            error = max(error, np.sqrt(ps[q] * (1 - ps[q]) / n) * 0.5)
            far = t_quantiles[min(units - 1, t_quantiles.size - 1)] * error / (ps[q] * (1.0 - ps[q]))
            middle = np.log(ps[q] / (1.0 - ps[q]))
            low[g, q] = _quantile(values, position, float(n), 1.0 / (1.0 + np.exp(far - middle)))
            high[g, q] = _quantile(values, position, float(n), 1.0 / (1.0 + np.exp(-far - middle)))
    return expected, found, low, high, mass
