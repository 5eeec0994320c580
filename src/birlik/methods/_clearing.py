"""The compiled part of `clearance`: forecasts of a queue hour by hour, and the state of its alarm.

Imported where it is used, since numba alone takes the better part of a second.
"""

import numpy as np
from numba import njit

from birlik.methods._resampling import _GOLDEN, _MIX_1, _MIX_2, _S27, _S30, _S31


@njit(cache=True)
def run_forward(usual, row, hour_of_week, clearance, inside, part, fades_h, longest_h):  # type: ignore[no-untyped-def]
    """Hours until `inside` have left, from each of several moments.

    usual: float64, rows x 168, mean exits of an hour of the week. row (of usual), hour_of_week, clearance, inside
    and part: one a moment; part is the share of its hour that is over. clearance fades to 1 in a line within fades_h.
    """
    found = np.empty(inside.size)
    for i in range(inside.size):
        left, waited, how = inside[i], 0.0, hour_of_week[i]
        step = 1.0 - part[i]
        while left > 0.0 and waited < longest_h:
            now = 1.0 + (clearance[i] - 1.0) * max(1.0 - (waited + step / 2.0) / fades_h, 0.0)
            leave = usual[row[i], how] * now * step
            if leave >= left:
                waited += step * left / leave
                left = 0.0
            else:
                left -= leave
                waited += step
            step = 1.0
            how = (how + 1) % 168
        found[i] = min(waited, longest_h)
    return found


@njit(cache=True)
def cusum(exits, usual, counts, slow, fades):  # type: ignore[no-untyped-def]
    """c = max(0, c + D ln(slow) + (1 - slow) m) while an hour counts, else c fades. One value an hour."""
    found = np.empty(exits.size)
    log_slow, c = np.log(slow), 0.0
    for i in range(exits.size):
        if counts[i]:
            c = max(0.0, c + exits[i] * log_slow + (1.0 - slow) * usual[i])
        else:
            c *= fades
        found[i] = c
    return found


@njit(cache=True)
def state(c, threshold, opens_after, closes_after, closes_below):  # type: ignore[no-untyped-def]
    """Hours since it opened, one an hour: 0 where it is closed, 1 in the hour in which it opens."""
    found = np.zeros(c.size, np.int64)
    above, below, opened = 0, 0, -1
    for i in range(c.size):
        above = above + 1 if c[i] > threshold else 0
        below = below + 1 if c[i] < closes_below * threshold else 0
        if opened < 0 and above >= opens_after:
            opened = i
        elif opened >= 0 and below >= closes_after:
            opened = -1
        found[i] = i - opened + 1 if opened >= 0 else 0
    return found


@njit(cache=True)
def _uniform(seed):  # type: ignore[no-untyped-def]
    """SplitMix64: the next state, and a number within 0 to 1; the same on every machine."""
    seed = seed + _GOLDEN
    z = (seed ^ (seed >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return seed, (np.float64((z ^ (z >> _S31)) >> np.uint64(11)) + 0.5) / 9007199254740992.0


@njit(cache=True)
def quiet_hours(hours, mean, dispersion, seed):  # type: ignore[no-untyped-def]
    """Exits in hours that are as usual: `dispersion` times a Poisson number, so the variance is that times the mean."""
    found = np.empty(hours)
    rate, state_ = mean / dispersion, np.uint64(seed)
    for i in range(hours):
        if rate > 60.0:
            state_, u = _uniform(state_)
            state_, v = _uniform(state_)
            drawn = max(np.round(rate + np.sqrt(-2.0 * np.log(u) * rate) * np.cos(2.0 * np.pi * v)), 0.0)
        else:
            drawn, product, floor = -1.0, 1.0, np.exp(-rate)
            while product > floor:
                state_, u = _uniform(state_)
                product *= u
                drawn += 1.0
        found[i] = dispersion * drawn
    return found


@njit(cache=True)
def openings(c, thresholds, opens_after, closes_after, closes_below):  # type: ignore[no-untyped-def]
    """How often an alarm opens at each threshold."""
    found = np.zeros(thresholds.size, np.int64)
    for k in range(thresholds.size):
        for hours in state(c, thresholds[k], opens_after, closes_after, closes_below):
            found[k] += hours == 1
    return found
