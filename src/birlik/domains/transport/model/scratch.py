"""What is worked out of each row of one object before its way over a crossing is walked: arrays in, arrays out.

Once an object: how it moved from row to row. Once a crossing that it came near: where on the axis each row lies.
Definitions: transport.md, "Side and place come from an axis", "Own interval".
"""

import numba
import numpy as np

from birlik.domains.transport.model.axis import (
    AT_A,
    AT_B,
    BESIDE_KM,
    CORE_A,
    CORE_B,
    FIX,
    MIDDLE,
    NEAR_KM,
    NOWHERE,
    REACH_KM,
    SEEN_KM,
    TOLD,
    UNPLACED,
    Z_A_OUT,
    Z_A_POST,
    Z_A_QUEUE,
    Z_B_OUT,
    Z_B_POST,
    Z_B_QUEUE,
    Z_UNKNOWN,
    along_km,
    zone_of,
)
from birlik.domains.transport.model.doubt import apart_km
from birlik.domains.transport.model.zones import KM_PER_DEG
from birlik.domains.transport.vocabulary import ACTIVITIES

NEVER = np.iinfo(np.int64).min
NONE = -1
A_POSITION, A_QUEUE = ACTIVITIES.index("position"), ACTIVITIES.index("queue")
SAME_PLACE_KM = 0.3
HALF_HOUR_S, TWO_HOURS_S, EIGHT_HOURS_S = 1800, 7200, 28_800
INTERVALS = 2.5
DEEP_KM = 60.0
"""A lone fix so far from both its neighbours, and slow enough, was a trip."""

# Columns of the scratch rows of an object, and of their kilometres.
(R_ROW, R_ZONE, R_SIDE, R_LONE, R_MOVES, R_STANDS) = range(6)
(K_ALONG, K_OUT, K_STEP) = range(3)
ROW_WIDTH, KM_WIDTH = R_STANDS + 1, K_STEP + 1


@numba.njit(cache=True)
def longest_of(starts):  # type: ignore[no-untyped-def]
    """Rows of the object that has most: so many rows of scratch are enough for each."""
    longest = 1
    for o in range(starts.size - 1):
        longest = max(longest, starts[o + 1] - starts[o])
    return longest


@numba.njit(cache=True)
def set_limits(limits, interval, beat):  # type: ignore[no-untyped-def]
    """Debounce, and the longest gap between two places that breaks nothing, from what `rhythm` says."""
    limits[0] = max(HALF_HOUR_S, np.int64(INTERVALS * interval) if interval != NEVER else 0)
    limits[1] = max(limits[0], TWO_HOURS_S, beat)


@numba.njit(cache=True)
def box_of(first, end, lat, lon, where):  # type: ignore[no-untyped-def]
    """South, north, west and east of an object's rows; west beyond east where there are none."""
    south, north, west, east = 91.0, -91.0, 181.0, -181.0
    for i in range(first, end):
        if where[i] == FIX or where[i] == TOLD:
            south, north = min(south, lat[i]), max(north, lat[i])
            west, east = min(west, lon[i]), max(east, lon[i])
    return south, north, west, east


@numba.njit(cache=True, inline="always")
def _may_have_been_at(box, frame):  # type: ignore[no-untyped-def]
    """Whether an object with such a box can have come within SEEN_KM of a crossing. A box over the date line is all."""
    reach = SEEN_KM / KM_PER_DEG
    d_lon = reach / max(frame[2], 0.1)
    if box[3] - box[2] > 180.0:
        return box[0] - reach <= frame[0] <= box[1] + reach
    return box[0] - reach <= frame[0] <= box[1] + reach and box[2] - d_lon <= frame[1] <= box[3] + d_lon


@numba.njit(cache=True)
def came_near(box, first, end, lat, lon, where, frame, extent):  # type: ignore[no-untyped-def]
    """Whether any row can be within REACH_KM of a crossing as its axis counts: who drives from China to Turkey has all
    borders between in its box, and was at few. A few comparisons a row; `prepare` costs fifty times as much."""
    if not _may_have_been_at(box, frame):
        return False
    # As the axis counts, a row is nearer than on the plane by no more than what is free beside it, its own length, and
    # what its posts were found to stand off: (off - free, p - shift) is at least |(off, p)| - free - shift long.
    shift = max(abs(extent[AT_A]), abs(extent[AT_B] - frame[5]))
    reach = (REACH_KM + 1.0 + frame[5] + max(BESIDE_KM, 0.5 * frame[5]) + shift) / KM_PER_DEG
    wide = reach / max(frame[2], 1e-9)
    for i in range(first, end):
        if abs(lat[i] - frame[0]) <= reach and (where[i] == FIX or where[i] == TOLD):
            d_lon = abs(lon[i] - frame[1])
            if min(d_lon, 360.0 - d_lon) <= wide:
                return True
    return False


@numba.njit(cache=True)
def line_up(first, end, t, lat, lon, where, speed, rows, km):  # type: ignore[no-untyped-def]
    """Fill the scratch rows of one object as far as they are the same at each crossing. Returns how many there are."""
    n = 0
    for i in range(first, end):
        if where[i] == NOWHERE:
            continue
        rows[n, R_ROW], rows[n, R_MOVES], rows[n, R_STANDS], km[n, K_STEP] = i, 0, 0, np.inf
        if n > 0 and where[i] != UNPLACED and where[rows[n - 1, R_ROW]] != UNPLACED:
            q = rows[n - 1, R_ROW]
            d, dt = apart_km(lat[i], lon[i], lat[q], lon[q]), t[i] - t[q]
            km[n, K_STEP] = d
            if dt > 0:
                if d < SAME_PLACE_KM:
                    rows[n - 1, R_STANDS] = rows[n, R_STANDS] = 1
                if dt <= HALF_HOUR_S and d * 3600.0 > 20.0 * dt:
                    rows[n - 1, R_MOVES] = rows[n, R_MOVES] = 1
        n += 1
    for k in range(n):
        told = speed[rows[k, R_ROW]]
        if not np.isnan(told) and where[rows[k, R_ROW]] != UNPLACED:
            rows[k, R_MOVES] = told > 20 / 3.6
            rows[k, R_STANDS] = rows[k, R_STANDS] == 1 and told < 2.0
    return n


@numba.njit(cache=True)
def prepare(  # type: ignore[no-untyped-def]
    n, lat, lon, where, place, activity, sides, frame, rays, extent, rows, km
):  # fmt: skip
    """Fill the scratch rows of one object, which `line_up` began, at one crossing. Returns the nearest in km."""
    nearest, turns, before = np.inf, 0, NONE
    for k in range(n):
        i = rows[k, R_ROW]
        rows[k, R_LONE] = 0
        if where[i] == UNPLACED:
            rows[k, R_ZONE], rows[k, R_SIDE] = Z_UNKNOWN, NONE
            km[k, K_ALONG], km[k, K_OUT] = np.nan, np.inf
            continue
        # Who is told to be at a post is there, wherever vehicles are found to stand.
        if place[i] == sides[0]:
            s = extent[AT_A]
        elif place[i] == sides[1]:
            s = extent[AT_B]
        else:
            s = along_km(lat[i], lon[i], frame, rays, extent)
        side = 0 if s < extent[MIDDLE] else 1
        out = max(extent[AT_A] - s, s - extent[AT_B], 0.0)
        km[k, K_ALONG], km[k, K_OUT], rows[k, R_SIDE] = s, out, side
        nearest = min(nearest, out)
        turns += side != before
        before = side
        zone = zone_of(s, extent, rows[k, R_STANDS] == 1)
        if 0 <= place[i] != sides[0] and place[i] != sides[1]:
            zone = Z_A_OUT if side == 0 else Z_B_OUT  # it was told to be elsewhere
        elif zone == Z_A_QUEUE and s < extent[CORE_A] and where[i] == FIX and rows[k, R_MOVES]:
            zone = Z_A_OUT  # it has not come to the end of the queue
        elif zone == Z_B_QUEUE and s > extent[CORE_B] and where[i] == FIX and rows[k, R_MOVES]:
            zone = Z_B_OUT
        elif activity[i] == A_QUEUE and where[i] == TOLD:
            # Who reports to the queue at a post stands before it, on its own side.
            zone = Z_A_QUEUE if zone == Z_A_POST else Z_B_QUEUE if zone == Z_B_POST else zone
        rows[k, R_ZONE] = zone
    if turns > 2 and nearest <= SEEN_KM:
        _mark_lone(n, where, rows, km)
    return nearest


@numba.njit(cache=True)
def _mark_lone(n, where, rows, km):  # type: ignore[no-untyped-def]
    """A single fix beyond the middle, with both its neighbours on this side, changes no side."""
    for k in range(1, n - 1):
        if rows[k, R_SIDE] == NONE or where[rows[k, R_ROW]] != FIX or rows[k - 1, R_LONE]:
            continue
        if rows[k - 1, R_SIDE] == rows[k + 1, R_SIDE] == 1 - rows[k, R_SIDE]:
            rows[k, R_LONE] = min(km[k, K_STEP], km[k + 1, K_STEP]) < DEEP_KM


@numba.njit(cache=True)
def rhythm(n, t, lat, lon, where, rows, km, gaps):  # type: ignore[no-untyped-def]
    """(own interval, heartbeat) in seconds, NEVER where there is none; see transport.md, "Own interval"."""
    m, beat, last = 0, NEVER, NONE
    for k in range(n):
        i = rows[k, R_ROW]
        if where[i] != FIX or rows[k, R_LONE]:
            continue
        if km[k, K_OUT] <= NEAR_KM:
            if last != NONE:
                gap, j = t[i] - t[rows[last, R_ROW]], rows[last, R_ROW]
                apart = km[k, K_STEP] if last == k - 1 else apart_km(lat[i], lon[i], lat[j], lon[j])
                if apart > SAME_PLACE_KM:
                    gaps[m] = gap
                    m += 1
                elif gap <= EIGHT_HOURS_S:
                    beat = max(beat, gap)
            last = k
        else:
            last = NONE
    return (np.int64(np.median(gaps[:m])) if m else NEVER), beat
