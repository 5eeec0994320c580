"""Every episode of every object at every crossing that it can have been at: the loop around walk and measure."""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from birlik.domains.transport.model.axis import FIX, SEEN_KM, Axes
from birlik.domains.transport.model.crossing_machine import (
    APPROACHING,
    ENTRY_UNKNOWN,
    FINISHED,
    FOUND,
    LOCAL,
    LOST,
    OPEN,
    TURNED_BACK,
    UNDETERMINED,
    tell_locals,
    walk,
)
from birlik.domains.transport.model.measure import (
    O_CROSSING,
    O_END,
    O_ENTRY_HIGH,
    O_ENTRY_LOW,
    O_EXIT_HIGH,
    O_EXIT_LOW,
    O_NEAREST_M,
    O_PROVISIONAL,
    O_ROWS,
    O_SIDES,
    O_START,
    O_STATUS,
    WIDTH,
    measure,
)
from birlik.domains.transport.model.scratch import (
    HALF_HOUR_S,
    K_OUT,
    KM_WIDTH,
    NEVER,
    NONE,
    R_LONE,
    R_ROW,
    ROW_WIDTH,
    box_of,
    came_near,
    line_up,
    longest_of,
    prepare,
    rhythm,
    set_limits,
)
from birlik.domains.transport.model.timeline import Timeline

Longs = npt.NDArray[np.int64]

RANK = np.zeros(APPROACHING + 1, np.int64)
for _status, _rank in (
    (FINISHED, 5), (OPEN, 4), (ENTRY_UNKNOWN, 3), (TURNED_BACK, 1), (UNDETERMINED, 1), (LOST, 1), (LOCAL, 1),
):  # fmt: skip
    RANK[_status] = _rank
"""Of two episodes of one object at one time the one that says more stands."""
O_RIVAL = WIDTH
"""A further column: whether an equal episode at a crossing of another mode gave way."""


def find_episodes(line: Timeline, axes: Axes) -> Longs:
    """Episodes of all objects of a timeline by object and entry, one row of `measure`'s columns and O_RIVAL each."""
    find: Any = _find
    found: Longs = find(*arrays_of(line, axes), line.basis, line.received_us)
    return found


def arrays_of(line: Timeline, axes: Axes) -> tuple[Any, ...]:
    """What every walk along the axes is given, in the order of its parameters."""
    return (
        line.starts, line.seconds, line.latitude, line.longitude, line.where, line.named, line.speed_m_s,
        line.activity, line.mask, axes.modes, axes.sides, axes.frame, axes.rays, axes.extent,
    )  # fmt: skip


@numba.njit(cache=True)
def _settle(out, a, b, modes):  # type: ignore[no-untyped-def]
    """Of episodes at one time, at several crossings, let one stand. Marks the others with status NONE."""
    for i in range(a, b):
        for j in range(i + 1, b):
            if out[i, O_STATUS] == NONE:
                break
            apart = out[i, O_END] <= out[j, O_START] or out[j, O_END] <= out[i, O_START]
            if out[j, O_STATUS] == NONE or out[i, O_CROSSING] == out[j, O_CROSSING] or apart:
                continue
            better = RANK[out[i, O_STATUS]] - RANK[out[j, O_STATUS]]
            even = better == 0
            if even:
                # Who was in the queue or post of both sides was there; who was between may have passed near by.
                better = out[i, O_SIDES] - out[j, O_SIDES]
            if better == 0:
                better = out[j, O_NEAREST_M] - out[i, O_NEAREST_M]
            if better == 0:
                better = out[i, O_ROWS] - out[j, O_ROWS]
            if better == 0:
                better = out[j, O_CROSSING] - out[i, O_CROSSING]
            kept, lost = (i, j) if better > 0 else (j, i)
            if even and modes[out[i, O_CROSSING]] != modes[out[j, O_CROSSING]]:
                out[kept, O_RIVAL] = 1
            out[lost, O_STATUS] = NONE


@numba.njit(cache=True, nogil=True)
def _find(  # type: ignore[no-untyped-def]
    starts, t, lat, lon, where, named, speed, activity, mask, modes, sides, frame, rays, extent, basis, received
):
    longest = longest_of(starts)
    rows, km = np.empty((longest, ROW_WIDTH), np.int64), np.empty((longest, KM_WIDTH))
    gaps = np.empty(longest, np.int64)
    found = np.empty((2 * longest + 2, FOUND), np.int64)
    out, n = np.zeros((1024, WIDTH + 1), np.int64), 0
    limits = np.empty(2, np.int64)
    for o in range(starts.size - 1):
        first, end, begun = starts[o], starts[o + 1], n
        box, m = box_of(first, end, lat, lon, where), -1
        for c in range(modes.size):
            if not (mask[first] >> modes[c]) & 1:
                continue
            if not came_near(box, first, end, lat, lon, where, frame[c], extent[c]):
                continue
            if m < 0:
                m = line_up(first, end, t, lat, lon, where, speed, rows, km)
            nearest = prepare(m, lat, lon, where, named, activity, sides[c], frame[c], rays[c], extent[c], rows, km)
            if nearest > SEEN_KM:
                continue
            interval, beat = rhythm(m, t, lat, lon, where, rows, km, gaps)
            set_limits(limits, interval, beat)
            e = walk(m, rows, km, t, lat, lon, activity, where, limits, frame[c], found)
            farthest, tracked = 0.0, False
            for k in range(m):
                tracked = tracked or where[rows[k, R_ROW]] == FIX
                if not rows[k, R_LONE] and km[k, K_OUT] < np.inf:
                    farthest = max(farthest, km[k, K_OUT])
            known_s = t[rows[m - 1, R_ROW]] - t[rows[0, R_ROW]] if m else 0
            provisional = tell_locals(e, found, farthest if tracked else np.inf, rows, km, t, known_s)
            while n + e >= out.shape[0]:
                grown = np.zeros((2 * out.shape[0], WIDTH + 1), np.int64)
                grown[:n] = out[:n]
                out = grown
            for x in range(e):
                row = out[n]
                measure(
                    found[x], m, t, lat, lon, where, activity, basis, received, rows, km, interval, beat, frame[c],
                    extent[c], c, row,
                )  # fmt: skip
                if row[O_STATUS] == FINISHED and row[O_ENTRY_LOW] == NEVER:
                    row[O_STATUS] = ENTRY_UNKNOWN
                if row[O_STATUS] in (TURNED_BACK, UNDETERMINED, LOCAL) and row[O_EXIT_LOW] != NEVER:
                    lasted = (row[O_EXIT_LOW] + row[O_EXIT_HIGH] - row[O_ENTRY_LOW] - row[O_ENTRY_HIGH]) // 2
                    if row[O_ENTRY_LOW] != NEVER and lasted < HALF_HOUR_S:
                        continue  # it passed by
                row[O_PROVISIONAL] = provisional and row[O_STATUS] == TURNED_BACK
                n += 1
        if n - begun > 1:
            _settle(out, begun, n, modes)
            kept = begun
            order = np.argsort(out[begun:n, O_START], kind="mergesort")
            some = out[begun:n].copy()
            for x in range(n - begun):
                if some[order[x], O_STATUS] != NONE:
                    out[kept] = some[order[x]]
                    kept += 1
            n = kept
    return out[:n]
