"""Who came near which border, and where those who crossed it stood: what fences are learned from.

Definitions: transport.md, "Where the posts stand on the axis is learned". Along and beside are of the register's own
axis (`axis`), so that nothing here depends on what is learned from it.
"""

from typing import Any

import numba
import numpy as np
import pyarrow as pa

from birlik.domains.transport.model.axis import FIX, REACH_KM, SEEN_KM, Axes
from birlik.domains.transport.model.crossing_machine import (
    F_A_TO_B,
    F_AFTER,
    F_BEFORE,
    F_STATUS,
    FINISHED,
    FOUND,
    walk,
)
from birlik.domains.transport.model.doubt import apart_km
from birlik.domains.transport.model.episodes import DIRECTIONS, times_of, words_of
from birlik.domains.transport.model.finding import arrays_of
from birlik.domains.transport.model.registers import Ground
from birlik.domains.transport.model.scratch import (
    HALF_HOUR_S,
    K_ALONG,
    K_OUT,
    KM_WIDTH,
    NEVER,
    NONE,
    R_LONE,
    R_ROW,
    ROW_WIDTH,
    SAME_PLACE_KM,
    box_of,
    came_near,
    line_up,
    longest_of,
    prepare,
    rhythm,
    set_limits,
)
from birlik.domains.transport.model.timeline import CHUNK_ROWS, Timeline, timelines
from birlik.kernel.kept import Reference
from birlik.kernel.tables import Field, Type, arrow_schema

STANDS_KM, OFTEN_S = 40.0, 1000
"""Stands are kept this near, since queues are long, of objects heard every quarter of an hour, give or take."""

FIELDS: tuple[Field, ...] = (
    Field(name="object_key", type=Type.ID, nullable=False, description="63-bit hash of the object's id."),
    Field(
        name="crossing_id",
        type=Type.TEXT,
        nullable=False,
        description="The crossing that it came near.",
        of=Reference(table="transport_crossing"),
    ),
    Field(
        name="passage_time",
        type=Type.TIME,
        description="When it was first seen on the other side; null in the one row that says that it came near.",
    ),
    Field(name="direction", type=Type.TEXT, codes=DIRECTIONS, description="From which side to which it passed."),
    Field(name="stand_time", type=Type.TIME, description="When it came to stand, for half an hour or more."),
    Field(
        name="along_km",
        type=Type.FLOAT,
        unit="km",
        description="Where it stood on the axis, in tenths: 0 at the point of side A in the register.",
    ),
    Field(name="latitude", type=Type.FLOAT, unit="°", description="Where it stood, WGS 84, to about 100 m."),
    Field(name="longitude", type=Type.FLOAT, unit="°", description="Where it stood, WGS 84, to about 100 m."),
)
SCHEMA = arrow_schema(FIELDS)
KEY = ("object_key", "crossing_id", "stand_time")
STANDS = ("object_key", "crossing_id", "passage_time", "direction", "along_km", "latitude", "longitude")
"""What fences are learned from."""


def visits_in(movements: pa.Table, ground: Ground, chunk_rows: int = CHUNK_ROWS) -> pa.Table:
    """Visits of whole objects: input as `episodes.episodes_in`. Returns: FIELDS, by object_key, crossing and time."""
    tables = timelines(movements, ground.index, lambda line: _table(line, ground.axes), chunk_rows)
    return pa.concat_tables(tables) if tables else SCHEMA.empty_table()


def _table(line: Timeline, axes: Axes) -> pa.Table:
    find: Any = _find
    numbers, spots = find(*arrays_of(line, axes))
    row, crossing, a_to_b, passed, stood = (numbers[:, i] for i in range(5))
    near = passed == NEVER
    values = {
        "object_key": line.key[row],
        "crossing_id": words_of(axes.crossing_ids, crossing),
        "passage_time": times_of(passed, near),
        "direction": pa.array(DIRECTIONS).take(pa.array(1 - a_to_b, mask=near)),
        "stand_time": times_of(stood, near),
        **{
            name: pa.array(np.round(spots[:, i], digits), mask=near)
            for i, (name, digits) in enumerate((("along_km", 1), ("latitude", 3), ("longitude", 3)))
        },
    }
    return pa.table({name: values[name] for name in SCHEMA.names}).cast(SCHEMA)


@numba.njit(cache=True)
def _stands(a_to_b, passed, c, n, t, lat, lon, where, rows, km, first, end, numbers, spots, m):  # type: ignore[no-untyped-def]
    """Append the stands among the scratch rows from `first` to before `end`, which lie near the pair."""
    k = first
    while k < end:
        i = rows[k, R_ROW]
        if where[i] != FIX or rows[k, R_LONE]:
            k += 1
            continue
        along, y, x, seen, last, q = 0.0, 0.0, 0.0, 0, k, k
        while q < end:
            j = rows[q, R_ROW]
            if where[j] == FIX and not rows[q, R_LONE]:
                if apart_km(lat[i], lon[i], lat[j], lon[j]) > SAME_PLACE_KM:
                    break
                along, y, x, seen, last = along + km[q, K_ALONG], y + lat[j], x + lon[j], seen + 1, q
            q += 1
        if t[rows[last, R_ROW]] - t[i] >= HALF_HOUR_S:
            if m >= numbers.shape[0]:
                return -1
            numbers[m, 0], numbers[m, 1], numbers[m, 2], numbers[m, 3], numbers[m, 4] = i, c, a_to_b, passed, t[i]
            spots[m, 0], spots[m, 1], spots[m, 2] = along / seen, y / seen, x / seen
            m += 1
            k = last + 1
        else:
            k += 1
    return m


@numba.njit(cache=True, nogil=True)
def _find(  # type: ignore[no-untyped-def]
    starts, t, lat, lon, where, named, speed, activity, mask, modes, sides, frame, rays, extent
):
    longest = longest_of(starts)
    rows, km = np.empty((longest, ROW_WIDTH), np.int64), np.empty((longest, KM_WIDTH))
    gaps = np.empty(longest, np.int64)
    found, limits = np.empty((2 * longest + 2, FOUND), np.int64), np.empty(2, np.int64)
    numbers, spots, m = np.empty((1024, 5), np.int64), np.zeros((1024, 3)), 0
    for o in range(starts.size - 1):
        first, end = starts[o], starts[o + 1]
        box, n = box_of(first, end, lat, lon, where), -1
        for c in range(modes.size):
            if not (mask[first] >> modes[c]) & 1:
                continue
            if not came_near(box, first, end, lat, lon, where, frame[c], extent[c]):
                continue
            if n < 0:
                n = line_up(first, end, t, lat, lon, where, speed, rows, km)
            nearest = prepare(n, lat, lon, where, named, activity, sides[c], frame[c], rays[c], extent[c], rows, km)
            if nearest > REACH_KM:
                continue  # through the others a moved fence finds whose episodes are made again
            while m + n + 1 >= numbers.shape[0]:
                more, wider = np.empty((2 * numbers.shape[0], 5), np.int64), np.zeros((2 * numbers.shape[0], 3))
                more[:m], wider[:m] = numbers[:m], spots[:m]
                numbers, spots = more, wider
            numbers[m, 0], numbers[m, 1], numbers[m, 2], numbers[m, 3], numbers[m, 4] = first, c, 0, NEVER, NEVER
            m += 1
            if nearest > SEEN_KM:
                continue
            interval, beat = rhythm(n, t, lat, lon, where, rows, km, gaps)
            if interval == NEVER or interval > OFTEN_S:
                continue
            set_limits(limits, interval, beat)
            e = walk(n, rows, km, t, lat, lon, activity, where, limits, frame[c], found)
            done = 0
            for x in range(e):
                if found[x, F_STATUS] != FINISHED or found[x, F_BEFORE] == NONE:
                    continue  # who was not seen to come tells nothing of where one stands on the way through
                after = found[x, F_AFTER]
                a, b = after, after
                while a > done and km[a - 1, K_OUT] <= STANDS_KM:
                    a -= 1
                while b < n and km[b, K_OUT] <= STANDS_KM:
                    b += 1
                m = _stands(
                    found[x, F_A_TO_B], t[rows[after, R_ROW]], c, n, t, lat, lon, where, rows, km, a, b, numbers,
                    spots, m,
                )  # fmt: skip
                done = b
    return numbers[:m], spots[:m]
