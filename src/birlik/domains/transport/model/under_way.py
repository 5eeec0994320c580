"""How long an object moved between its rows: by close fixes, and what longer gaps leave open.

Source: transport.md, section 3, SWOD. Numbers add up from an object's first row on, so that those of a leg are a
difference, and every second belongs to one leg.
"""

import numba
import numpy as np

from birlik.domains.transport.model.zones import KM_PER_DEG, POST, QUEUE, UNLOCATED

CLOSE_S = 300
"""Fixes at most five minutes apart show whether an object moves."""
HERE_KM = 0.2
"""Between two fixes nearer than this it has gone nowhere."""
LEAST_KM_H = 20.0
"""Slower than this between close fixes is no free way."""

(U_MOVING, U_LOW, U_HIGH, U_CLOSE_M, U_WAY_M, U_CLOSE_N, U_CLOSE_S) = range(7)
U_WIDTH = 7
NAMES = ("moving_s", "moving_low_s", "moving_high_s", "close_m", "way_m", "close_n", "close_s")


@numba.njit(cache=True)
def add_up(  # type: ignore[no-untyped-def]
    first, end, seconds, place, zone, latitude, longitude, standing, fastest_km_h, way
):
    """Fill way[first:end] (int64, rows x U_WIDTH) with what one object did up to each of its rows.

    standing: int64, seconds that it stood before each row. Between close fixes it moves unless it stands. In a longer
    gap it moves at its own free speed (that of its close moving fixes) and stands for the rest; at least it moves as
    fast as anything of its kind, at most for the whole gap. From zone to zone of a border it stands: a queue is a stop.
    """
    metres = np.zeros(end - first, np.int64)
    before = np.full(end - first, -1, np.int64)
    last, free_m, free_s = -1, 0, 0
    for i in range(first, end):
        if place[i] == UNLOCATED or np.isnan(latitude[i]):
            continue
        if last >= 0:
            x = (longitude[i] - longitude[last]) * np.cos(np.radians(latitude[i]))
            y = latitude[i] - latitude[last]
            km = np.sqrt(x * x + y * y) * KM_PER_DEG
            metres[i - first] = np.int64(km * 1000.0)
            before[i - first] = last
            gap = seconds[i] - seconds[last]
            if 0 < gap <= CLOSE_S and km * 3600.0 >= LEAST_KM_H * gap and km * 3600.0 <= fastest_km_h * gap:
                free_m += metres[i - first]
                free_s += gap
        last = i
    free_km_h = free_m * 3.6 / free_s if free_s > 0 else fastest_km_h
    way[first] = 0
    for i in range(first + 1, end):
        way[i] = way[i - 1]
        j = before[i - first]
        if j < 0:
            continue
        gap = seconds[i] - seconds[j]
        at_border = (zone[i] == QUEUE or zone[i] == POST) and (zone[j] == QUEUE or zone[j] == POST)
        if gap <= 0 or at_border:
            continue
        m = metres[i - first]
        if gap <= CLOSE_S:
            moved = max(gap - (standing[i] - standing[j]), 0)
            way[i, U_MOVING] += moved
            way[i, U_LOW] += moved
            way[i, U_HIGH] += moved
            if moved > 0:
                way[i, U_CLOSE_N] += 1
                way[i, U_CLOSE_S] += gap
                way[i, U_CLOSE_M] += m
                way[i, U_WAY_M] += m
        elif m > HERE_KM * 1000.0:
            way[i, U_MOVING] += min(gap, np.int64(m * 3.6 / free_km_h))
            way[i, U_LOW] += min(gap, np.int64(m * 3.6 / fastest_km_h))
            way[i, U_HIGH] += gap
            way[i, U_WAY_M] += m


@numba.njit(cache=True)
def at(t, first, end, seconds, way, found):  # type: ignore[no-untyped-def]
    """Fill found (U_WIDTH) with what was done up to a time within the object's rows; linear between two rows."""
    j = first + np.searchsorted(seconds[first:end], t, side="right") - 1
    if j < first:
        found[:] = 0
    elif j + 1 >= end or seconds[j + 1] == seconds[j]:
        found[:] = way[j]
    else:
        for k in range(U_WIDTH):
            found[k] = way[j, k] + (way[j + 1, k] - way[j, k]) * (t - seconds[j]) // (seconds[j + 1] - seconds[j])
