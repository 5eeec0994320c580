"""Positions that were left out of everything, with the reason: what a supplier can mend is said to it.

Definitions: transport.md, "Positions are doubted before they are used". Lone fixes are told at the crossing whose
middle they lie beyond.
"""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from birlik.domains.transport.model.axis import Axes
from birlik.domains.transport.model.doubt import LONE, REASONS
from birlik.domains.transport.model.episodes import times_of, words_of
from birlik.domains.transport.model.finding import arrays_of
from birlik.domains.transport.model.registers import Ground
from birlik.domains.transport.model.scratch import (
    K_OUT,
    KM_WIDTH,
    R_LONE,
    R_ROW,
    ROW_WIDTH,
    box_of,
    came_near,
    line_up,
    longest_of,
    prepare,
)
from birlik.domains.transport.model.timeline import CHUNK_ROWS, Timeline, timelines
from birlik.kernel.tables import Field, Type, arrow_schema

LONE_KM = 100.0
"""Farther from a crossing than this, its middle is no border that a fix could be beyond."""

FIELDS: tuple[Field, ...] = (
    Field(name="object_id", type=Type.TEXT, nullable=False, description="The object, with the agency of its id."),
    Field(name="object_key", type=Type.ID, nullable=False, description="63-bit hash of `object_id`, for joins."),
    Field(name="phenomenon_time", type=Type.TIME, nullable=False, description="When it was said to be there."),
    Field(name="latitude", type=Type.FLOAT, unit="°", description="WGS 84; as put right where it was swapped."),
    Field(name="longitude", type=Type.FLOAT, unit="°", description="WGS 84; as put right where it was swapped."),
    Field(
        name="reason",
        type=Type.TEXT,
        nullable=False,
        codes=REASONS[1:],
        description="`spike`: too far from both its neighbours for the time. `lone`: a single one beyond a border, "
        "which changes no side. `swap`: latitude and longitude changed places, put right. `stuck`: repeated digit by "
        "digit while its clock went on.",
    ),
    Field(name="source_id", type=Type.TEXT, nullable=False, description="The supplier."),
)
SCHEMA = arrow_schema(FIELDS)
KEY = ("object_key", "phenomenon_time", "reason", "latitude", "longitude")


def left_out_in(movements: pa.Table, ground: Ground, chunk_rows: int = CHUNK_ROWS) -> pa.Table:
    """What was left out, or put right, of whole objects: input as `episodes.episodes_in`. Returns: FIELDS."""
    tables = timelines(movements, ground.index, lambda line: _table(line, ground.axes), chunk_rows)
    return pa.concat_tables(tables) if tables else SCHEMA.empty_table()


def _table(line: Timeline, axes: Axes) -> pa.Table:
    reason = line.doubt.copy()
    mark: Any = _mark_lone
    mark(*arrays_of(line, axes), reason)
    row: npt.NDArray[np.int64] = np.flatnonzero(reason)
    at = line.order[row]
    values = {
        "object_id": line.object_id.take(at),
        "object_key": line.key[row],
        "phenomenon_time": times_of(line.seconds[row]),
        "latitude": line.latitude[row],
        "longitude": line.longitude[row],
        "reason": words_of(REASONS, reason[row]),
        "source_id": line.source_id.take(at),
    }
    return pa.table({name: values[name] for name in SCHEMA.names}).cast(SCHEMA)


@numba.njit(cache=True, nogil=True)
def _mark_lone(  # type: ignore[no-untyped-def]
    starts, t, lat, lon, where, named, speed, activity, mask, modes, sides, frame, rays, extent, reason
):
    longest = longest_of(starts)
    rows, km = np.empty((longest, ROW_WIDTH), np.int64), np.empty((longest, KM_WIDTH))
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
            if nearest > LONE_KM:
                continue
            for k in range(n):
                if rows[k, R_LONE] and km[k, K_OUT] <= LONE_KM:
                    reason[rows[k, R_ROW]] = LONE
