"""Movements as plain arrays: words as the numbers that they stand for, a bounded slice at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.model.zones import ZoneIndex
from birlik.domains.transport.vocabulary import ACTIVITIES, BASES, OBJECT_KINDS

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]

COLUMNS = (
    "object_id", "object_key", "object_kind", "phenomenon_time", "latitude", "longitude", "place_id", "place_code",
    "activity", "received_time", "basis", "source_record_id", "speed_m_s", "source_id",
)  # fmt: skip
"""What a timeline needs of `transport_movement`."""
STATIONS = ("esr:", "unlocode:")
"""Codes of agencies that name one place each: of one that is in no register we know that it is another one."""


@dataclass(frozen=True, slots=True)
class Coded:
    """Rows as they came; each array has one element a row.

    activity, basis, kind: index in ACTIVITIES, BASES, OBJECT_KINDS. named: the place that its source named, or -1.
    elsewhere: it named one that is in no register. by_plate, by_station: what its id, or its place's, says of its mode.
    Positions and speeds are NaN where there are none.
    """

    object_id: Any
    source_id: Any
    key: Longs
    time_us: Longs
    received_us: Longs
    latitude: Floats
    longitude: Floats
    speed_m_s: Floats
    named: npt.NDArray[np.int32]
    activity: Bytes
    basis: Bytes
    kind: Bytes
    elsewhere: Flags
    by_plate: Flags
    by_station: Flags


def empty(movements: pa.Table) -> Coded:
    """Of so many rows, for `fill`; ids and times are there already."""
    n = movements.num_rows
    return Coded(
        object_id=movements["object_id"].combine_chunks(),
        source_id=movements["source_id"].combine_chunks(),
        key=numbers(movements["object_key"]),
        time_us=numbers(movements["phenomenon_time"]),
        received_us=numbers(movements["received_time"]),
        latitude=np.empty(n),
        longitude=np.empty(n),
        speed_m_s=np.empty(n),
        named=np.empty(n, np.int32),
        activity=np.empty(n, np.int8),
        basis=np.empty(n, np.int8),
        kind=np.empty(n, np.int8),
        elsewhere=np.empty(n, np.bool_),
        by_plate=np.empty(n, np.bool_),
        by_station=np.empty(n, np.bool_),
    )


def fill(coded: Coded, movements: pa.Table, first: int, end: int, index: ZoneIndex) -> None:
    """Code the rows of one slice; several threads may fill several."""
    rows, at = movements.slice(first, end - first), slice(first, end)
    for name in ("latitude", "longitude", "speed_m_s"):
        getattr(coded, name)[at] = _floats(rows[name])
    named = coded.named[at] = _named(rows, index)
    coded.activity[at] = _codes(rows["activity"], ACTIVITIES)
    coded.basis[at] = _codes(rows["basis"], BASES)
    coded.kind[at] = _codes(rows["object_kind"], OBJECT_KINDS)
    coded.elsewhere[at] = _begins(rows["place_code"], *STATIONS) & (named < 0)
    coded.by_plate[at] = _begins(rows["object_id"], "plate:")
    coded.by_station[at] = _begins(rows["place_code"], "esr:")


def without_void(movements: pa.Table) -> pa.Table:
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


def _named(rows: pa.Table, index: ZoneIndex) -> npt.NDArray[np.int32]:
    """The place that a source named: as it was known when the row came, else by its code as it is known now."""
    named = _codes(rows["place_id"], index.place_ids)
    if rows["place_code"].null_count < rows.num_rows:
        named = np.where(named >= 0, named, _indexes(rows["place_code"], index.codes))
    return named.astype(np.int32)


def _begins(column: Any, *starts: str) -> Flags:
    """Which words begin with one of these."""
    if column.null_count == len(column):
        return np.zeros(len(column), np.bool_)
    column = column.cast(pa.string())
    found = np.zeros(len(column), np.bool_)
    for start in starts:
        found |= pc.fill_null(pc.starts_with(column, start), False).to_numpy()
    return found


def sorted_codes(column: Any) -> npt.NDArray[np.int64]:
    """Numbers in the order of the words."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = pc.dictionary_encode(column)
    rank = np.argsort(np.argsort(np.array(encoded.dictionary.to_pylist(), object).astype(str)))
    codes: npt.NDArray[np.int64] = rank[pc.fill_null(encoded.indices, 0).to_numpy(zero_copy_only=False)]
    return codes


def _codes(column: Any, words: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """Index of each word in `words`, -1 for null and for a word that is not there."""
    return _indexes(column, {word: i for i, word in enumerate(words)})


def _indexes(column: Any, known: Mapping[str, int]) -> npt.NDArray[np.int64]:
    if column.null_count == len(column):
        return np.full(len(column), -1, np.int64)
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
