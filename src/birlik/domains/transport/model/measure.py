"""What an episode comes to: the brackets in which it began and ended, and where its time went. Arrays in, arrays out.

Definitions: transport.md, "A duration is a bracket".
"""

import numba
import numpy as np

from birlik.domains.transport.model.axis import A_FROM, B_TO, NEAR_KM, QUEUE_A, QUEUE_B, TOLD, Z_A_QUEUE, Z_B_POST
from birlik.domains.transport.model.crossing_machine import (
    APPROACH_KM_H,
    APPROACHING,
    EXACT_IN,
    EXACT_OUT,
    F_A_TO_B,
    F_AFTER,
    F_BEFORE,
    F_CONFLICT,
    F_FIRST,
    F_IN_TOLD,
    F_LAST,
    F_OUT_TOLD,
    F_ROWS,
    F_STATUS,
    FINISHED,
    SOMETIME,
    TURNED_BACK,
    UNDETERMINED,
    relative,
)
from birlik.domains.transport.model.doubt import apart_km
from birlik.domains.transport.model.scratch import (
    A_POSITION,
    INTERVALS,
    K_ALONG,
    K_OUT,
    NEVER,
    NONE,
    R_LONE,
    R_MOVES,
    R_ROW,
    R_ZONE,
    TWO_HOURS_S,
)
from birlik.domains.transport.model.zones import KM_PER_DEG
from birlik.domains.transport.vocabulary import ACTIVITIES, BASES, CAUSE_STARTED_BY, CAUSES

# One column each; times are whole seconds since 1970, NEVER stands for null.
(
    O_ROW, O_CROSSING, O_A_TO_B, O_STATUS, O_ENTRY_LOW, O_ENTRY_HIGH, O_EXIT_LOW, O_EXIT_HIGH, O_LAST, O_INTERVAL,
    O_BEAT, O_IDENTIFIED, O_TOLD, O_PROVISIONAL, O_ROWS, O_CONFLICT, O_BASES, O_RECEIVED, O_NEAREST_M, O_SIDES,
    O_START, O_END, O_QUEUE, O_POST_A, O_BETWEEN, O_POST_B, O_CAUSE,
) = range(27)  # fmt: skip
WIDTH = O_CAUSE + len(CAUSES)

FASTEST_KM_H, SLOWEST_KM_H, LONGEST_KM = 90.0, 45.0, 100.0
SILENCE_S = 3600
LEAST_KM = 1.0
"""Who was silent so near the edge may have been on either side of it meanwhile."""
HEADING_S = 3 * 3600
"""Two fixes farther apart don't say where an object was heading."""
SEGMENTS = np.array([O_QUEUE, O_POST_A, O_BETWEEN, O_POST_B], np.int64)
C_QUEUE, C_UNEXPLAINED = CAUSES.index("queue"), CAUSES.index("unexplained")
CAUSE_OF = np.array([CAUSES.index(CAUSE_STARTED_BY[a]) if a in CAUSE_STARTED_BY else NONE for a in ACTIVITIES])
BASIS_BIT = np.array([1 << i for i in range(len(BASES))])
ESTIMATED_BIT = 1 << BASES.index("estimated")


@numba.njit(cache=True, inline="always")
def _drive_s(km, km_h):  # type: ignore[no-untyped-def]
    return np.int64(min(max(km, 0.0), LONGEST_KM) / km_h * 3600.0)


@numba.njit(cache=True)
def _narrowed(t_out, t_in, out_km, in_km, moves, heads, interval):  # type: ignore[no-untyped-def]
    """Bounds of the way from the outer fix to the edge, in seconds after the outer fix; and whether it is a silence.

    heads: 1 if at the outer fix the object headed for the border, -1 if away from it, 0 if that is not known. The same
    holds for an exit with the clock turned round.
    """
    gap = t_in - t_out
    low, high = _drive_s(out_km, FASTEST_KM_H), gap - _drive_s(in_km, FASTEST_KM_H)
    known = interval != NEVER
    silent = gap > SILENCE_S and gap > (INTERVALS * interval if known else 0)
    near = out_km <= NEAR_KM and ((heads == 1 and out_km > LEAST_KM) if silent else heads >= 0)
    if near and (moves or silent):
        high = min(high, _drive_s(out_km, SLOWEST_KM_H))
    low = min(max(low, 0), gap)
    high = min(max(high, 0), gap)
    if high < low:
        low = high = (low + high) // 2
    return low, high, silent


@numba.njit(cache=True)
def _heading(k, other, n, t, rows, km):  # type: ignore[no-untyped-def]
    """1 if the row beyond scratch row k, as seen from the border, is farther out; -1 if nearer; 0 if nobody knows."""
    if other < 0 or other >= n or abs(t[rows[other, R_ROW]] - t[rows[k, R_ROW]]) > HEADING_S:
        return 0
    return 1 if km[other, K_OUT] > km[k, K_OUT] else -1 if km[other, K_OUT] < km[k, K_OUT] else 0


@numba.njit(cache=True)
def _nearest_m(f, came, lat, lon, rows, km, frame):  # type: ignore[no-untyped-def]
    """Mean distance of its rows inside from the nearer post's point in the register, in metres."""
    lat_b = frame[0] + frame[5] * frame[4] / KM_PER_DEG
    lon_b = frame[1] + frame[5] * frame[3] / (KM_PER_DEG * frame[2])
    summed, seen = 0.0, 0
    for k in range(came, (f[F_AFTER] if f[F_AFTER] != NONE else f[F_LAST]) + 1):
        if Z_A_QUEUE <= relative(rows[k, R_ZONE], f[F_A_TO_B]) <= Z_B_POST:
            i, seen = rows[k, R_ROW], seen + 1
            if km[k, K_OUT] < NEAR_KM:
                to_a = apart_km(lat[i], lon[i], frame[0], frame[1])
                summed += min(to_a, apart_km(lat[i], lon[i], lat_b, lon_b))
    return np.int64(summed / seen * 1000) if seen else np.int64(NEAR_KM * 1000)


@numba.njit(cache=True)
def measure(  # type: ignore[no-untyped-def]
    f, n, t, lat, lon, where, activity, basis, received, rows, km, interval, beat, frame, extent, crossing, out
):
    """Fill one row of `out` from an episode as `crossing_machine.walk` found it."""
    out[:] = 0
    a_to_b, before, first, last, after = f[F_A_TO_B], f[F_BEFORE], f[F_FIRST], f[F_LAST], f[F_AFTER]
    sign = 1.0 if a_to_b else -1.0
    edge = extent[QUEUE_A] if a_to_b else -extent[QUEUE_B]
    gate = extent[B_TO] if a_to_b else -extent[A_FROM]
    out[O_CROSSING], out[O_A_TO_B], out[O_STATUS] = crossing, a_to_b, f[F_STATUS]
    out[O_INTERVAL], out[O_BEAT], out[O_IDENTIFIED] = interval, beat, 1
    out[O_ROWS], out[O_CONFLICT] = f[F_ROWS], f[F_CONFLICT]
    out[O_ENTRY_LOW] = out[O_ENTRY_HIGH] = out[O_EXIT_LOW] = out[O_EXIT_HIGH] = NEVER
    came = first if first != NONE else after
    if f[F_STATUS] == APPROACHING:
        i = rows[before, R_ROW]
        out[O_ROW], out[O_LAST], out[O_RECEIVED] = i, t[i], received[i]
        out[O_ENTRY_LOW] = t[i] + _drive_s(edge - sign * km[before, K_ALONG], FASTEST_KM_H)
        out[O_ENTRY_HIGH] = t[i] + _drive_s(edge - sign * km[before, K_ALONG], APPROACH_KM_H) * 2
        out[O_BASES] = ESTIMATED_BIT
        out[O_START], out[O_END], out[O_NEAREST_M] = t[i], out[O_ENTRY_HIGH], np.int64(km[before, K_OUT] * 1000)
        return
    i = rows[came, R_ROW]
    out[O_ROW] = i
    if f[F_IN_TOLD]:
        out[O_ENTRY_LOW] = out[O_ENTRY_HIGH] = t[i]
        out[O_TOLD] = 1
    elif before != NONE:
        o = rows[before, R_ROW]
        u_out, u_in = sign * km[before, K_ALONG], sign * km[came, K_ALONG]
        joined = edge if u_out < edge else u_in  # it drove along the queue until it came to its end
        heads = _heading(before, before - 1, n, t, rows, km)
        low, high, silent = _narrowed(t[o], t[i], joined - u_out, u_in - joined, rows[before, R_MOVES], heads, interval)
        out[O_ENTRY_LOW], out[O_ENTRY_HIGH] = t[o] + low, t[o] + high
        if silent and high - low > TWO_HOURS_S:
            out[O_IDENTIFIED] = 0
        out[O_RECEIVED] = received[o]
        out[O_BASES] |= ESTIMATED_BIT & BASIS_BIT[basis[o]]
    stayed = last if last != NONE else before
    out[O_LAST] = t[rows[stayed, R_ROW]] if stayed != NONE else t[i]
    if after != NONE and stayed != NONE:
        _leave(f, n, t, received, rows, km, interval, sign, gate, edge, stayed, out)
    _spend(f, t, where, activity, basis, received, rows, out)
    out[O_START] = out[O_ENTRY_LOW] if out[O_ENTRY_LOW] != NEVER else t[i]
    out[O_END] = out[O_EXIT_HIGH] if out[O_EXIT_HIGH] != NEVER else out[O_LAST]
    out[O_NEAREST_M] = _nearest_m(f, came, lat, lon, rows, km, frame)


@numba.njit(cache=True)
def _leave(f, n, t, received, rows, km, interval, sign, gate, edge, stayed, out):  # type: ignore[no-untyped-def]
    """The bracket of the exit: beyond the far post, or back over the edge where it came in."""
    q = rows[f[F_AFTER], R_ROW]
    out[O_RECEIVED] = max(out[O_RECEIVED], received[q])
    if f[F_OUT_TOLD] == 1:
        out[O_EXIT_LOW] = out[O_EXIT_HIGH] = t[q]
        out[O_TOLD] = 1
        return
    p = rows[stayed, R_ROW]
    u_in, u_out = sign * km[stayed, K_ALONG], sign * km[f[F_AFTER], K_ALONG]
    # Heard to the last at the far post, and then no more: it is the leaving that was not heard.
    heard = interval != NEVER and relative(rows[stayed, R_ZONE], f[F_A_TO_B]) == Z_B_POST
    latest = t[p] + np.int64(INTERVALS * interval) + _drive_s(gate - u_in, SLOWEST_KM_H) if heard else t[q]
    if np.isnan(u_out) or f[F_OUT_TOLD] == SOMETIME:
        out[O_EXIT_LOW], out[O_EXIT_HIGH], out[O_IDENTIFIED] = t[p], min(t[q], latest), 0
        return
    if f[F_STATUS] == TURNED_BACK or f[F_STATUS] == UNDETERMINED:
        out_km, in_km = edge - u_out, u_in - edge
    else:
        out_km, in_km = u_out - gate, gate - u_in
    k = f[F_AFTER]
    # Who comes back may be near, and drive, days after it left.
    heads = _heading(k, k + 1, n, t, rows, km)
    low, high, silent = _narrowed(t[p], t[q], out_km, in_km, rows[k, R_MOVES], heads, interval)
    # Turned round: `low` and `high` are seconds before the outer fix.
    out[O_EXIT_LOW], out[O_EXIT_HIGH] = t[q] - high, t[q] - low
    if silent and high - low > TWO_HOURS_S:
        out[O_IDENTIFIED] = 0
        if f[F_STATUS] == FINISHED:
            out[O_EXIT_HIGH] = max(min(out[O_EXIT_HIGH], latest), out[O_EXIT_LOW])


@numba.njit(cache=True, inline="always")
def _give(out, segment, cause, seconds):  # type: ignore[no-untyped-def]
    if seconds <= 0:
        return
    if cause == NONE:
        cause = C_QUEUE if segment == O_QUEUE else C_UNEXPLAINED
    out[segment] += seconds
    out[O_CAUSE + cause] += seconds


@numba.njit(cache=True)
def _spend(f, t, where, activity, basis, received, rows, out):  # type: ignore[no-untyped-def]
    """Part the time from entry to exit by segment and by cause; the middle of each bracket is its end."""
    i = out[O_ROW]
    entry = (out[O_ENTRY_LOW] + out[O_ENTRY_HIGH]) // 2 if out[O_ENTRY_LOW] != NEVER else t[i]
    exit_ = (out[O_EXIT_LOW] + out[O_EXIT_HIGH]) // 2 if out[O_EXIT_LOW] != NEVER else out[O_LAST]
    if f[F_FIRST] == NONE:
        _give(out, O_BETWEEN, NONE, exit_ - entry)
        return
    cause, now, segment, on_far, was_told = NONE, min(entry, exit_), NONE, False, False
    for k in range(f[F_FIRST], f[F_LAST] + 1):
        r = relative(rows[k, R_ZONE], f[F_A_TO_B])
        i = rows[k, R_ROW]
        if rows[k, R_LONE] or r < Z_A_QUEUE or r > Z_B_POST + 1:
            continue
        told = where[i] == TOLD
        if r == Z_B_POST + 1 and not told:
            continue
        out[O_SIDES] |= 1 if r <= 2 else 2 if r >= Z_B_POST else 0
        here, far = SEGMENTS[min(r, Z_B_POST) - 1], r >= Z_B_POST
        out[O_BASES] |= BASIS_BIT[basis[i]]
        out[O_RECEIVED] = max(out[O_RECEIVED], received[i])
        at = min(max(t[i], now), max(exit_, now))
        if segment == NONE:
            segment = here
        same_side = far == on_far or segment == here
        if segment == here:
            turn = at
        elif segment == O_BETWEEN and was_told:
            turn = at if told and EXACT_IN[activity[i]] else (now + at) // 2
        elif told and (EXACT_IN[activity[i]] or (cause != NONE and same_side)):
            turn = at
        else:
            turn = (now + at) // 2
        _give(out, segment, cause, turn - now)
        if not same_side:
            cause = NONE
        _give(out, here, cause, at - turn)
        if told and activity[i] != A_POSITION:
            cause = CAUSE_OF[activity[i]]
        segment, now, on_far, was_told = here, at, far, False
        if told and EXACT_OUT[activity[i]]:
            segment, cause, was_told = O_BETWEEN, NONE, True
    _give(out, segment, cause, exit_ - now)
