"""Positions are doubted before they are used: what a receiver can't have seen is left out, and said with its reason.

Definitions: transport.md, "Positions are doubted before they are used". Pure: arrays in, arrays out; the answer for an
object depends on that object's rows alone.
"""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from birlik.domains.transport.model.zones import KM_PER_DEG
from birlik.domains.transport.vocabulary import OBJECT_KINDS

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]

KEPT, SPIKE, LONE, SWAP, STUCK = 0, 1, 2, 3, 4
REASONS = ("", "spike", "lone", "swap", "stuck")

FASTEST_KM_H = {"vehicle": 150.0, "wagon": 250.0, "vessel": 60.0}
OTHERS_KM_H = 250.0
"""Of what may be a truck or a train."""
LEAST_KM = 1.0
"""Nearer than this a receiver may jitter, however short the time."""
APART_KM, AGREE_KM = 10.0, 2.0
PASSES = 3
LONGEST_RUN = 3
"""So many fixes at one wrong place are still a jump."""
LONGEST_S = 7200
SWAP_KM, SWAP_SHARE, NEIGHBOURS = 100.0, 0.2, 3
STILL_KM = 0.05
REPEATS = 2
"""So many repetitions of a position, digit by digit, are no chance where the receiver jitters otherwise."""
ON_ROAD_KM_H = 110.0


def doubted(
    starts: Longs, seconds: Longs, latitude: Floats, longitude: Floats, is_fix: npt.NDArray[np.bool_], kind: Bytes
) -> tuple[Bytes, Floats, Floats]:
    """What is wrong with each row, and the positions with what was swapped put right.

    starts: first row of each object, and the number of rows. seconds: ascending within an object. latitude, longitude:
    degrees, NaN where a row has none. is_fix: a bare position; what an agency tells of a place is not doubted here.
    kind: index in OBJECT_KINDS. Returns: KEPT, SPIKE, SWAP (put right, so kept) or STUCK by row; degrees.
    """
    reason = np.zeros(seconds.size, np.int8)
    latitude, longitude = latitude.copy(), longitude.copy()
    limits = np.array([FASTEST_KM_H.get(kind, OTHERS_KM_H) for kind in OBJECT_KINDS])
    find: Any = _doubt
    find(starts, seconds, latitude, longitude, is_fix & ~np.isnan(latitude), limits[kind], reason)
    return reason, latitude, longitude


@numba.njit(cache=True, inline="always")
def apart_km(lat_a, lon_a, lat_b, lon_b):  # type: ignore[no-untyped-def]
    """Distance on the plane that touches half-way; farther than 2,000 km it is only far."""
    d_lon = lon_b - lon_a
    if d_lon > 180.0:
        d_lon -= 360.0
    elif d_lon < -180.0:
        d_lon += 360.0
    x = d_lon * np.cos((lat_a + lat_b) * (np.pi / 360))
    y = lat_b - lat_a
    return np.sqrt(x * x + y * y) * KM_PER_DEG


@numba.njit(cache=True, inline="always")
def _surely_near(lat, lon, a, b, km):  # type: ignore[no-untyped-def]
    """True only where two rows lie within so many kilometres: without a cosine, which most rows then don't need."""
    x, y = lon[b] - lon[a], lat[b] - lat[a]
    return (x * x + y * y) * (KM_PER_DEG * KM_PER_DEG) < 0.99 * km * km


@numba.njit(cache=True, inline="always")
def _too_fast(rows, t, lat, lon, a, b, limit):  # type: ignore[no-untyped-def]
    if _surely_near(lat, lon, rows[a], rows[b], LEAST_KM):
        return False
    d = apart_km(lat[rows[a]], lon[rows[a]], lat[rows[b]], lon[rows[b]])
    return d > LEAST_KM and d * 3600.0 > limit * max(t[rows[b]] - t[rows[a]], 1)


@numba.njit(cache=True)
def _swapped(rows, n, lat, lon, reason):  # type: ignore[no-untyped-def]
    """Put right a latitude and a longitude that stand in each other's place."""
    near = np.empty((2, 2 * NEIGHBOURS))
    for k in range(n):
        i, m = rows[k], 0
        # The cheap test first: nearly all fixes lie near the one before or the one after.
        before, after = rows[max(k - 1, 0)], rows[min(k + 1, n - 1)]
        if k > 0 and _surely_near(lat, lon, i, before, SWAP_KM):
            continue
        if apart_km(lat[i], lon[i], lat[before], lon[before]) < SWAP_KM and k > 0:
            continue
        if apart_km(lat[i], lon[i], lat[after], lon[after]) < SWAP_KM and k < n - 1:
            continue
        for j in range(max(k - NEIGHBOURS, 0), min(k + NEIGHBOURS + 1, n)):
            if j != k:
                near[0, m], near[1, m] = lat[rows[j]], lon[rows[j]]
                m += 1
        if m < 2 or not -90.0 <= lon[i] <= 90.0:
            continue
        lat_m, lon_m = np.median(near[0, :m]), np.median(near[1, :m])
        d = apart_km(lat[i], lon[i], lat_m, lon_m)
        if d > SWAP_KM and apart_km(lon[i], lat[i], lat_m, lon_m) < SWAP_SHARE * d:
            lat[i], lon[i] = lon[i], lat[i]
            reason[i] = SWAP


@numba.njit(cache=True)
def _excursion(rows, n, t, lat, lon, p, k):  # type: ignore[no-untyped-def]
    """How many fixes from k on lie far from two that agree, before and behind them; 0 for none."""
    i, a = rows[k], rows[p]
    if apart_km(lat[i], lon[i], lat[a], lon[a]) <= APART_KM:
        return 0
    for run in range(1, LONGEST_RUN + 1):
        if k + run >= n:
            return 0
        b = rows[k + run]
        if apart_km(lat[a], lon[a], lat[b], lon[b]) <= AGREE_KM:
            # Several fixes may be a drive, and back, where there was time for it.
            return run if run == 1 or t[b] - t[a] <= LONGEST_S else 0
        if apart_km(lat[i], lon[i], lat[b], lon[b]) > AGREE_KM:
            return 0
    return 0


@numba.njit(cache=True)
def _spiked(rows, n, t, lat, lon, limit, reason):  # type: ignore[no-untyped-def]
    """Leave out what is too fast to and from, or far from two that agree. Returns how many rows are left."""
    kept, k = 0, 0
    while k < n:
        out = 0
        if kept == 0:
            # The first has one neighbour only: it is doubted if the two behind it agree against it.
            if k + 2 < n and _too_fast(rows, t, lat, lon, k, k + 1, limit):
                out = 0 if _too_fast(rows, t, lat, lon, k + 1, k + 2, limit) else 1
        else:
            p = kept - 1  # rows[:kept] holds what was kept so far
            for run in range(1, LONGEST_RUN + 1):
                q = k + run
                if q > n or not _too_fast(rows, t, lat, lon, p, k, limit):
                    break
                if q == n:
                    out = run if run == 1 else out
                    break
                if _too_fast(rows, t, lat, lon, q - 1, q, limit) and (
                    run == 1 or not _too_fast(rows, t, lat, lon, p, q, limit)
                ):
                    out = run
                    break
            if out == 0 and not _surely_near(lat, lon, rows[k], rows[p], APART_KM):
                out = _excursion(rows, n, t, lat, lon, p, k)
        if out:
            for j in range(k, k + out):
                reason[rows[j]] = SPIKE
            k += out
        else:
            rows[kept] = rows[k]
            kept += 1
            k += 1
    return kept


@numba.njit(cache=True)
def _stuck(rows, n, t, lat, lon, reason):  # type: ignore[no-untyped-def]
    """Leave out repetitions of a position by a receiver that hung; the first of a run was seen."""
    near, same = 0, 0
    for k in range(1, n):
        a, b = rows[k - 1], rows[k]
        if t[b] > t[a] and (
            _surely_near(lat, lon, a, b, STILL_KM) or apart_km(lat[a], lon[a], lat[b], lon[b]) < STILL_KM
        ):
            near += 1
            same += lat[a] == lat[b] and lon[a] == lon[b]
    if same < REPEATS:
        return
    jitters = 2 * same < near
    k = 0
    while k < n:
        end = k + 1
        while end < n and lat[rows[end]] == lat[rows[k]] and lon[rows[end]] == lon[rows[k]]:
            end += 1
        if end - k > REPEATS and end < n:
            last, after = rows[end - 1], rows[end]
            d = apart_km(lat[last], lon[last], lat[after], lon[after])
            leapt = d * 3600.0 > ON_ROAD_KM_H * max(t[after] - t[last], 1)
            if d > LEAST_KM and (leapt or jitters):
                for j in range(k + 1, end):
                    reason[rows[j]] = STUCK
        k = end


@numba.njit(cache=True, nogil=True)
def _doubt(starts, t, lat, lon, is_fix, limits, reason):  # type: ignore[no-untyped-def]
    rows = np.empty(0, np.int64)
    for o in range(starts.size - 1):
        first, end = starts[o], starts[o + 1]
        if rows.size < end - first:
            rows = np.empty(2 * (end - first), np.int64)
        n = 0
        for i in range(first, end):
            if is_fix[i]:
                rows[n] = i
                n += 1
        if n < 2:
            continue
        _swapped(rows, n, lat, lon, reason)
        for _ in range(PASSES):
            left = _spiked(rows, n, t, lat, lon, limits[first], reason)
            if left == n:
                break
            n = left
        _stuck(rows, n, t, lat, lon, reason)
