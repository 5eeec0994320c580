"""Movements of whole objects as plain arrays in the order in which they happened, a bounded chunk at a time.

What is derived from a timeline must not depend on how rows came: in which order, in which batch, beside which other
objects. So the order is total (ties are settled by content), and a chunk always holds whole objects.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.model.axis import FIX, NOWHERE, TOLD, UNPLACED
from birlik.domains.transport.model.crossing_machine import EXACT_OUT
from birlik.domains.transport.model.doubt import SPIKE, STUCK, SWAP, doubted
from birlik.domains.transport.model.zones import (
    MASK_OF_KIND,
    OUTSIDE,
    POST,
    QUEUE,
    UNLOCATED,
    ZoneIndex,
    label_positions,
)
from birlik.domains.transport.vocabulary import ACTIVITIES, BASES, MODES, OBJECT_KINDS

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

COLUMNS = (
    "object_id", "object_key", "object_kind", "phenomenon_time", "latitude", "longitude", "place_id", "place_code",
    "activity", "received_time", "basis", "source_record_id", "speed_m_s", "source_id",
)  # fmt: skip
"""What a timeline needs of `transport_movement`."""

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

    work: must not share anything between its calls; several run at once, a processor each. labelled: also say in
    which zone of which place each row lies.

    Costs one pass where the rows come sorted by object and time, and a sort of the two columns where they don't.
    """
    movements = _without_void(movements.select(COLUMNS))
    key, time_us = numbers(movements["object_key"]), numbers(movements["phenomenon_time"])
    ascending: Any = _ascending
    order = None if ascending(key, time_us) else np.lexsort((time_us, key))
    key = key if order is None else key[order]

    def made(cut: tuple[int, int]) -> Made:
        first, end = cut
        rows = movements.slice(first, end - first) if order is None else movements.take(order[first:end])
        return work(_timeline(rows, index, labelled))

    cuts = list(_cuts(key, chunk_rows))
    if len(cuts) < 2:
        return [made(cut) for cut in cuts]
    # What takes long in a timeline is compiled and lets other threads run.
    with ThreadPoolExecutor(min(len(cuts), os.cpu_count() or 1, AT_ONCE)) as pool:
        return list(pool.map(made, cuts))


def _without_void(movements: pa.Table) -> pa.Table:
    """Leave out what its source has taken back: rows of the same object, time and record as one marked `void`."""
    void = pc.equal(movements["activity"], "void")
    if not pc.any(void).as_py():
        return movements
    names = ["object_key", "phenomenon_time", "source_record_id"]
    back = movements.filter(void).select(names).group_by(names).aggregate([])
    back = back.append_column("taken_back", pa.repeat(pa.scalar(True), back.num_rows))
    order = movements.append_column("row", pa.array(np.arange(movements.num_rows)))
    kept = order.join(back, keys=names, join_type="left outer").filter(pc.is_null(pc.field("taken_back")))
    return movements.take(np.sort(kept["row"].to_numpy()))


def numbers(column: Any) -> Longs:
    """An integer or time column without nulls as int64, without a copy where it lies in one piece."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    found: Longs = column.to_numpy()
    return found


def _cuts(key: Longs, chunk_rows: int) -> Iterator[tuple[int, int]]:
    first, n = 0, key.size
    while first < n:
        # The first row of the next object at or after the aim; an object is never cut.
        end = min(first + chunk_rows, n)
        end = int(np.searchsorted(key, key[end - 1], side="right"))
        yield first, end
        first = end


def _timeline(rows: pa.Table, index: ZoneIndex, labelled: bool) -> Timeline:
    key, time_us = numbers(rows["object_key"]), numbers(rows["phenomenon_time"])
    starts = np.concatenate(([0], np.flatnonzero(key[1:] != key[:-1]) + 1, [key.size])).astype(np.int64)
    kinds = _codes(rows["object_kind"], OBJECT_KINDS)
    kind = np.repeat(np.minimum.reduceat(kinds, starts[:-1]), np.diff(starts)).astype(np.int8)
    latitude, longitude = _floats(rows["latitude"]), _floats(rows["longitude"])
    named = _named(rows, index)
    activity, basis = _codes(rows["activity"], ACTIVITIES).astype(np.int8), _codes(rows["basis"], BASES)
    received = numbers(rows["received_time"])
    ranks = np.column_stack((
        ACTIVITY_ORDER[activity], named, basis, received, np.nan_to_num(latitude) * 1e7, np.nan_to_num(longitude) * 1e7,
        _sorted_codes(rows["source_id"]),
    )).astype(np.int64) if _tied(key, time_us) else np.empty((key.size, 0), np.int64)  # fmt: skip
    settled: Any = _settled
    order = settled(key, time_us, ranks)
    if ranks.shape[1]:
        carried_on: Any = _carried_on
        carried_on(order, key, time_us, named, EXACT_OUT[activity])
    where = _where(latitude, longitude, named, activity, _elsewhere(rows, named))
    latitude = np.where(named >= 0, index.centres[named, 0], latitude)[order]
    longitude = np.where(named >= 0, index.centres[named, 1], longitude)[order]
    seconds, where, named, activity = time_us[order] // 1_000_000, where[order], named[order], activity[order]
    doubt, latitude, longitude = doubted(starts, seconds, latitude, longitude, where == FIX, kind)
    where[(doubt == SPIKE) | (doubt == STUCK)] = NOWHERE
    basis = basis[order].astype(np.int8)
    basis[doubt == SWAP] = BASES.index("estimated")
    mask, mode_from = _modes(rows, starts, kind)
    place, zone = np.empty(0, np.int32), np.empty(0, np.int8)
    if labelled:
        place, zone = _labels(latitude, longitude, named, where, activity, mask, index)
    return Timeline(
        object_id=rows["object_id"], starts=starts, key=key, seconds=seconds, place=place, zone=zone,
        activity=activity, basis=basis, kind=kind, mask=mask, received_us=received[order], latitude=latitude,
        longitude=longitude, mode_from=mode_from, where=where, named=named, doubt=doubt,
        speed_m_s=_floats(rows["speed_m_s"])[order], source_id=rows["source_id"], order=order,
    )  # fmt: skip


MODE_BASES = ("record", "kind", "crossing", "unknown")
RECORD, KIND, CROSSING = MODE_BASES.index("record"), MODE_BASES.index("kind"), MODE_BASES.index("crossing")
ROAD_BIT, RAIL_BIT = (1 << MODES.index(mode) for mode in ("road", "rail"))


def _modes(
    rows: pa.Table, starts: Longs, kind: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Modes of each row's object, and where that is from: a record tells more than the kind of object."""
    mask = MASK_OF_KIND[kind]
    several = (mask & (mask - 1)) != 0
    source = np.where(several, CROSSING, KIND).astype(np.int8)
    if not several.any():
        return mask, source
    told = (
        (ROAD_BIT, pc.starts_with(rows["object_id"], "plate:")),
        (RAIL_BIT, pc.starts_with(rows["place_code"].cast(pa.string()), "esr:")),
    )
    for bit, says in told:
        row_says = np.asarray(pc.fill_null(says, False).to_numpy(zero_copy_only=False), np.int8)
        says_so = np.repeat(np.maximum.reduceat(row_says, starts[:-1]), np.diff(starts)) > 0
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


def _named(rows: pa.Table, index: ZoneIndex) -> npt.NDArray[np.int32]:
    """The place that a source named: as it was known when the row came, else by its code as it is known now."""
    named = _codes(rows["place_id"], index.place_ids)
    if rows["place_code"].null_count < rows.num_rows:
        named = np.where(named >= 0, named, _indexes(rows["place_code"], index.codes))
    return named.astype(np.int32)


STATIONS = ("esr:", "unlocode:")
"""Codes of agencies that name one place each: of one that is in no register we know that it is another one."""


def _elsewhere(rows: pa.Table, named: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    codes = rows["place_code"]
    if codes.null_count == rows.num_rows:
        return np.zeros(rows.num_rows, np.bool_)
    codes = codes.cast(pa.string())
    official = pc.or_(*(pc.fill_null(pc.starts_with(codes, start), False) for start in STATIONS))
    return np.asarray(official.to_numpy(zero_copy_only=False)) & (named < 0)


def _tied(key: Longs, time_us: Longs) -> bool:
    return bool(((key[1:] == key[:-1]) & (time_us[1:] == time_us[:-1])).any())


def _sorted_codes(column: Any) -> npt.NDArray[np.int64]:
    """Numbers in the order of the words."""
    encoded = pc.dictionary_encode(column).combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = pa.concat_arrays(encoded.chunks) if encoded.num_chunks else pa.array([""]).dictionary_encode()
    rank = np.argsort(np.argsort(np.array(encoded.dictionary.to_pylist(), object).astype(str)))
    codes: npt.NDArray[np.int64] = rank[pc.fill_null(encoded.indices, 0).to_numpy(zero_copy_only=False)]
    return codes


def _codes(column: Any, words: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """Index of each word in `words`, -1 for null and for a word that is not there."""
    return _indexes(column, {word: i for i, word in enumerate(words)})


def _indexes(column: Any, known: Mapping[str, int]) -> npt.NDArray[np.int64]:
    encoded = column.combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):  # older than pyarrow 24, or of no chunk at all
        encoded = pa.concat_arrays(encoded.chunks) if encoded.num_chunks else pa.array([], encoded.type)
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.cast(pa.string()).dictionary_encode()
    found = np.array([known.get(word, -1) for word in encoded.dictionary.to_pylist()] + [-1], np.int64)
    codes: npt.NDArray[np.int64] = found[pc.fill_null(encoded.indices, len(found) - 1).to_numpy(zero_copy_only=False)]
    return codes


def _floats(column: Any) -> npt.NDArray[np.float64]:
    found: npt.NDArray[np.float64] = pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy()
    return found


def local_parts(seconds: Longs, zone_of_row: npt.NDArray[np.int32], zones: tuple[str, ...]) -> Longs:
    """Seconds since 1970 as the wall clock at each row's zone counts them.

    Offsets are looked up once for each zone and half hour that occur: no zone of today changes in between.
    """
    half_hours = seconds // 1800
    # One number for the pair: sorting numbers is many times faster than sorting pairs.
    distinct, back = np.unique(zone_of_row.astype(np.int64) * HALF_HOURS + half_hours, return_inverse=True)
    offsets = np.array([_offset_s(zones[pair // HALF_HOURS], pair % HALF_HOURS * 1800) for pair in distinct.tolist()])
    local: Longs = seconds + (offsets[back.reshape(-1)].astype(np.int64) if offsets.size else 0)
    return local


HALF_HOURS = 1 << 32
"""More half hours than any time here counts."""


@lru_cache(maxsize=500_000)
def _offset_s(zone: str, seconds: int) -> int:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return int((at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()).total_seconds())


@numba.njit(cache=True, nogil=True)
def _ascending(key, time_us):  # type: ignore[no-untyped-def]
    for i in range(1, key.size):
        if key[i] < key[i - 1] or (key[i] == key[i - 1] and time_us[i] < time_us[i - 1]):
            return False
    return True


@numba.njit(cache=True, nogil=True)
def _settled(key, time_us, ranks):  # type: ignore[no-untyped-def]
    """Order of rows that are already sorted by key and time, with ties settled by `ranks`: insertion within a tie."""
    order = np.arange(key.size)
    if ranks.shape[1] == 0:
        return order
    for i in range(1, key.size):
        j = i
        while j > 0 and key[i] == key[order[j - 1]] and time_us[i] == time_us[order[j - 1]]:
            less = False
            for k in range(ranks.shape[1]):
                a, b = ranks[i, k], ranks[order[j - 1], k]
                if a != b:
                    less = a < b
                    break
            if not less:
                break
            order[j] = order[j - 1]
            j -= 1
        order[j] = i
    return order


@numba.njit(cache=True, nogil=True)
def _carried_on(order, key, time_us, place, leaves):  # type: ignore[no-untyped-def]
    """Of the rows of one second those come first at which an object leaves where it was: then it arrives elsewhere."""
    first = 0
    moved = np.empty(order.size, order.dtype)
    while first < order.size:
        end, leaving = first + 1, False
        while (
            end < order.size and key[order[end]] == key[order[first]] and time_us[order[end]] == time_us[order[first]]
        ):
            end += 1
        if end - first > 1 and first > 0 and key[order[first - 1]] == key[order[first]]:
            here = place[order[first - 1]]
            for i in range(first, end):
                leaving = leaving or (here >= 0 and place[order[i]] == here and leaves[order[i]])
            if leaving:
                n = 0
                for at_here in (True, False):
                    for i in range(first, end):
                        if (place[order[i]] == here) == at_here:
                            moved[n] = order[i]
                            n += 1
                order[first:end] = moved[:n]
        first = end
