"""Movements of whole objects as plain arrays in the order in which they happened, a bounded chunk at a time.

What is derived from a timeline must not depend on how rows came: in which order, in which batch, beside which other
objects. So the order is total (ties are settled by content), and a chunk always holds whole objects.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from birlik.domains.transport.model.axis import FIX, NOWHERE, TOLD, UNPLACED
from birlik.domains.transport.model.coded import COLUMNS, Coded, empty, fill, sorted_codes, without_void
from birlik.domains.transport.model.crossing_machine import EXACT_OUT
from birlik.domains.transport.model.doubt import SPIKE, STUCK, SWAP, doubted
from birlik.domains.transport.model.ordering import carried_on, in_order, settled, tied
from birlik.domains.transport.model.zones import (
    MASK_OF_KIND,
    OUTSIDE,
    POST,
    QUEUE,
    UNLOCATED,
    ZoneIndex,
    label_positions,
)
from birlik.domains.transport.vocabulary import ACTIVITIES, BASES, MODES

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

FIRST, LAST = ("arrive", "queue", "position"), ("clear", "depart", "pass")
ACTIVITY_ORDER = np.array(
    [FIRST.index(a) if a in FIRST else 100 + LAST.index(a) if a in LAST else 10 + i for i, a in enumerate(ACTIVITIES)],
    np.int64,
)
"""Order of rows of one second, by index in ACTIVITIES: one arrives before anything else and departs after it."""

CHUNK_ROWS = 500_000
AT_ONCE = 4
"""Chunks in memory."""

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Timeline:
    """Rows of whole objects in total order; all arrays but `starts` have one element a row.

    starts: first row of each object, and the number of rows at the end. seconds: phenomenon_time, whole UTC seconds.
    place, zone: see `model.zones`; empty where they were not asked for. activity, basis, kind: index in ACTIVITIES,
    BASES, OBJECT_KINDS. received_us: received_time, microseconds. mask: modes of the object. A row's kind is the least
    of its object's. where: NOWHERE, FIX, UNPLACED or TOLD. named: the place that its source named, or -1. latitude,
    longitude: of the named place where there is one; swapped ones are put right. doubt: `doubt.REASONS`; what is left
    out is NOWHERE. speed_m_s: NaN where none is told.
    """

    object_id: Any
    starts: Longs
    key: Longs
    seconds: Longs
    place: npt.NDArray[np.int32]
    zone: npt.NDArray[np.int8]
    activity: npt.NDArray[np.int8]
    basis: npt.NDArray[np.int8]
    kind: npt.NDArray[np.int8]
    mask: npt.NDArray[np.int8]
    received_us: Longs
    latitude: npt.NDArray[np.float64]
    longitude: npt.NDArray[np.float64]
    mode_from: npt.NDArray[np.int8]
    """Index in MODE_BASES, as far as the rows themselves tell."""
    where: npt.NDArray[np.int8]
    named: npt.NDArray[np.int32]
    doubt: npt.NDArray[np.int8]
    speed_m_s: npt.NDArray[np.float64]
    source_id: Any
    order: Longs
    """Row of `object_id` and `source_id`, which are as they came."""


def timelines(
    movements: pa.Table,
    index: ZoneIndex,
    work: Callable[[Timeline], Made],
    chunk_rows: int = CHUNK_ROWS,
    *,
    labelled: bool = False,
) -> list[Made]:
    """What `work` makes of timelines of whole objects, about `chunk_rows` rows each, in the order of object_key.

    movements: COLUMNS, whole objects, in any order. work: must not share anything between its calls; several run at
    once, a processor each. labelled: also say in which zone of which place each row lies.
    """
    movements = without_void(movements.select(COLUMNS))
    rows, n = empty(movements), movements.num_rows
    # What takes long in a timeline is compiled and lets other threads run.
    with ThreadPoolExecutor(max(1, min(-(-n // chunk_rows), os.cpu_count() or 1, AT_ONCE))) as pool:
        each: Any = map if n <= chunk_rows else pool.map
        slices = [(first, min(first + chunk_rows, n)) for first in range(0, n, chunk_rows)]
        for _ in each(lambda cut: fill(rows, movements, cut[0], cut[1], index), slices):
            pass
        order = in_order(rows.key, rows.time_us)
        cuts = _cuts(rows.key[order], chunk_rows)
        return list(each(lambda cut: work(_timeline(rows, order[cut[0] : cut[1]], index, labelled)), cuts))


def _cuts(key: Longs, chunk_rows: int) -> Iterator[tuple[int, int]]:
    first, n = 0, key.size
    while first < n:
        # The first row of the next object at or after the aim; an object is never cut.
        end = min(first + chunk_rows, n)
        end = int(np.searchsorted(key, key[end - 1], side="right"))
        yield first, end
        first = end


def _timeline(rows: Coded, order: Longs, index: ZoneIndex, labelled: bool) -> Timeline:
    key, time_us = rows.key[order], rows.time_us[order]
    if tied(key, time_us):
        order = order[_settled(rows, order, key, time_us)]
    starts = np.concatenate(([0], np.flatnonzero(key[1:] != key[:-1]) + 1, [key.size])).astype(np.int64)
    kind = np.repeat(np.minimum.reduceat(rows.kind[order], starts[:-1]), np.diff(starts))
    named, activity, basis = rows.named[order], rows.activity[order], rows.basis[order]
    latitude, longitude = rows.latitude[order], rows.longitude[order]
    where = _where(latitude, longitude, named, activity, rows.elsewhere[order])
    if (named >= 0).any():
        latitude = np.where(named >= 0, index.centres[named, 0], latitude)
        longitude = np.where(named >= 0, index.centres[named, 1], longitude)
    seconds = time_us // 1_000_000
    doubt, latitude, longitude = doubted(starts, seconds, latitude, longitude, where == FIX, kind)
    where[(doubt == SPIKE) | (doubt == STUCK)] = NOWHERE
    basis[doubt == SWAP] = BASES.index("estimated")
    mask, mode_from = _modes(rows, order, starts, kind)
    place, zone = np.empty(0, np.int32), np.empty(0, np.int8)
    if labelled:
        place, zone = _labels(latitude, longitude, named, where, activity, mask, index)
    return Timeline(
        object_id=rows.object_id, starts=starts, key=key, seconds=seconds, place=place, zone=zone,
        activity=activity, basis=basis, kind=kind, mask=mask, received_us=rows.received_us[order], latitude=latitude,
        longitude=longitude, mode_from=mode_from, where=where, named=named, doubt=doubt,
        speed_m_s=rows.speed_m_s[order], source_id=rows.source_id, order=order,
    )  # fmt: skip


def _settled(rows: Coded, order: Longs, key: Longs, time_us: Longs) -> Longs:
    """Where each row of `order` belongs so that those of one second stand in an order of their content."""
    activity, named = rows.activity[order], rows.named[order]
    degrees = (np.nan_to_num(of[order]) * 1e7 for of in (rows.latitude, rows.longitude))
    ranks = np.column_stack((
        ACTIVITY_ORDER[activity], named, rows.basis[order], rows.received_us[order], *degrees,
        sorted_codes(rows.source_id.take(order)),
    )).astype(np.int64)  # fmt: skip
    settle: Any = settled
    carry_on: Any = carried_on
    at: Longs = settle(key, time_us, ranks)
    carry_on(at, key, time_us, named, EXACT_OUT[activity])
    return at


MODE_BASES = ("record", "kind", "crossing", "unknown")
RECORD, KIND, CROSSING = MODE_BASES.index("record"), MODE_BASES.index("kind"), MODE_BASES.index("crossing")
ROAD_BIT, RAIL_BIT = (1 << MODES.index(mode) for mode in ("road", "rail"))


def _modes(
    rows: Coded, order: Longs, starts: Longs, kind: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Modes of each row's object, and where that is from: a record tells more than the kind of object."""
    mask = MASK_OF_KIND[kind]
    several = (mask & (mask - 1)) != 0
    source = np.where(several, CROSSING, KIND).astype(np.int8)
    if not several.any():
        return mask, source
    for bit, says in ((ROAD_BIT, rows.by_plate), (RAIL_BIT, rows.by_station)):
        says_so = np.repeat(np.maximum.reduceat(says[order], starts[:-1]), np.diff(starts))
        changes = several & says_so & ((mask & bit) != 0)
        mask, source = np.where(changes, bit, mask).astype(np.int8), np.where(changes, RECORD, source).astype(np.int8)
    return mask, source


def _where(
    latitude: Floats,
    longitude: Floats,
    named: npt.NDArray[np.int32],
    activity: npt.NDArray[np.int8],
    elsewhere: npt.NDArray[np.bool_],
) -> npt.NDArray[np.int8]:
    located = (np.abs(latitude) <= 90) & (np.abs(longitude) <= 180)
    where = np.where(located, np.where(activity == ACTIVITIES.index("position"), FIX, TOLD), NOWHERE)
    where[elsewhere] = UNPLACED
    where[named >= 0] = TOLD
    return where.astype(np.int8)


def _labels(
    latitude: Floats,
    longitude: Floats,
    named: npt.NDArray[np.int32],
    where: npt.NDArray[np.int8],
    activity: npt.NDArray[np.int8],
    mask: npt.NDArray[np.int8],
    index: ZoneIndex,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int8]]:
    """Place and zone of each row; of what was left out neither."""
    seen = (where == FIX) | (where == TOLD)
    place, zone = label_positions(np.where(seen, latitude, np.nan), longitude, named, mask, index)
    place[(where == UNPLACED) & (place == UNLOCATED)] = OUTSIDE
    zone[(named >= 0) & (activity == ACTIVITIES.index("queue")) & (zone == POST)] = QUEUE
    return place, zone


def local_parts(seconds: Longs, zone_of_row: npt.NDArray[np.int32], zones: tuple[str, ...]) -> Longs:
    """Seconds since 1970 as the wall clock at each row's zone counts them.

    Offsets are looked up once for each zone and day that occur; in a day on which they change, for each half hour: no
    zone of today changes in between.
    """
    begins = _offsets(seconds // DAY_S, zone_of_row, zones, DAY_S)
    changes = np.flatnonzero(begins != _offsets(seconds // DAY_S + 1, zone_of_row, zones, DAY_S))
    begins[changes] = _offsets(seconds[changes] // 1800, zone_of_row[changes], zones, 1800)
    local: Longs = seconds + begins
    return local


def _offsets(number: Longs, zone_of_row: npt.NDArray[np.int32], zones: tuple[str, ...], step_s: int) -> Longs:
    """How far each row's zone is ahead of UTC, in seconds, where its step of time begins. number: steps since 1970."""
    if not number.size:
        return np.empty(0, np.int64)
    first = int(number.min())
    span = int(number.max()) - first + 1
    zone = zone_of_row.astype(np.int64)
    pairs = np.where(zone < 0, zone + len(zones), zone) * span + (number - first)
    if (below := span * len(zones)) > MOST_PAIRS:
        distinct, of_row = np.unique(pairs, return_inverse=True)
        offsets = np.empty(distinct.size, np.int64)
        at = np.arange(distinct.size)
    else:
        # A table by pair, of which only what occurs is touched: sorting the pairs would take ten times as long.
        occurs = np.zeros(below, np.bool_)
        occurs[pairs] = True
        distinct, of_row = np.flatnonzero(occurs), pairs
        offsets, at = np.empty(below, np.int64), distinct
    offsets[at] = [_offset_s(zones[pair // span], (pair % span + first) * step_s) for pair in distinct.tolist()]
    found: Longs = offsets[of_row.reshape(-1)]
    return found


DAY_S = 86_400
MOST_PAIRS = 20_000_000
"""Zones times steps from the first time to the last: one time far off must not need a table of centuries."""


@lru_cache(maxsize=500_000)
def _offset_s(zone: str, seconds: int) -> int:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return int((at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()).total_seconds())
