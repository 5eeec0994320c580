"""One vehicle, one passage: a plate that an agency tells and a tracker are one where their passages agree.

Definitions: transport.md, "One vehicle, one passage". Two passages *meet* where what was told lies within the brackets
of what was tracked. Two ids are twins where they meet repeatedly, or once with nobody else who might be meant.
"""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.model import episodes
from birlik.domains.transport.model.coded import numbers
from birlik.domains.transport.model.grouping import grouped
from birlik.kernel.tables import Field, Type, arrow_schema

Longs = npt.NDArray[np.int64]

CLOCKS_S = 600
"""Two clocks may differ by so much."""
NARROW_S = 3600
"""A wider bracket has room for the neighbours in the queue."""
TWICE = 2

MEETING_COLUMNS = (
    "way", "object_key", "object_id", "family", "status", "entry_time", "entry_low_time", "exit_low_time",
    "exit_high_time", "last_time",
)  # fmt: skip
MEETING_FIELDS: tuple[Field, ...] = (
    Field(name="way", type=Type.TEXT, nullable=False, description="Crossing and direction."),
    Field(name="object_key", type=Type.ID, nullable=False, description="One of the two; each pair stands twice."),
    Field(name="entry_time", type=Type.TIME, nullable=False, description="Entry of its passage."),
    Field(name="twin_key", type=Type.ID, nullable=False, description="The other."),
    Field(name="twin_object_id", type=Type.TEXT, nullable=False, description="The other's id."),
    Field(name="twin_status", type=Type.TEXT, nullable=False, description="What became of the other's passage."),
    Field(name="agrees", type=Type.BOOL, nullable=False, description="Their exits agree; else one has none."),
    Field(name="alone", type=Type.BOOL, nullable=False, description="Nobody else agrees with either."),
)
MEETING_SCHEMA = arrow_schema(MEETING_FIELDS)
MEETING_KEY = ("object_key", "entry_time", "twin_key")


def meetings_in(passages: pa.Table) -> pa.Table:
    """Who may have been the same vehicle. passages: MEETING_COLUMNS, whole ways, any order. Returns: MEETING_FIELDS."""
    begun = pc.coalesce(passages["entry_low_time"], passages["entry_time"])
    order = [(name, "ascending") for name in ("begun_time", "entry_time", "object_key")]
    groups = grouped(passages.append_column("begun_time", begun).sort_by(order), ("way",))
    entry, begun_s, last = (_seconds(groups.rows, name) for name in ("entry_time", "begun_time", "last_time"))
    exit_low, exit_high = (_seconds(groups.rows, name) for name in ("exit_low_time", "exit_high_time"))
    told = groups.is_equal("family", "told")
    find: Any = _meet
    a, b, agrees, alone = find(groups.offsets, told, entry, begun_s, last, exit_low, exit_high)
    both = np.concatenate((a, b))
    other = np.concatenate((b, a))
    values = {
        "way": groups.rows["way"].take(both),
        "object_key": groups.rows["object_key"].take(both),
        "entry_time": groups.rows["entry_time"].take(both),
        "twin_key": groups.rows["object_key"].take(other),
        "twin_object_id": groups.rows["object_id"].take(other),
        "twin_status": groups.rows["status"].take(other),
        "agrees": np.concatenate((agrees, agrees)),
        "alone": np.concatenate((alone, alone)),
    }
    return pa.table(values).cast(MEETING_SCHEMA)


NEVER = np.iinfo(np.int64).min


def _seconds(rows: pa.Table, name: str) -> Longs:
    column = rows[name]
    found = numbers(column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).fill_null(NEVER))
    return np.where(found == NEVER, NEVER, found // 1_000_000)


@numba.njit(cache=True)
def _meet(offsets, told, entry, begun, last, exit_low, exit_high):  # type: ignore[no-untyped-def]
    """Pairs of rows (told, tracked) of one way that meet, whether their exits agree, and whether they are alone."""
    pairs, n = np.empty((256, 2), np.int64), 0
    agree = np.empty(256, np.bool_)
    for g in range(offsets.size - 1):
        for i in range(offsets[g], offsets[g + 1]):
            if not told[i]:
                continue
            for j in range(offsets[g], offsets[g + 1]):
                if begun[j] > entry[i] + CLOCKS_S:
                    break  # rows come in the order in which they begin
                if told[j]:
                    continue
                ended = exit_high[j] if exit_high[j] != NEVER else last[j]
                if entry[i] > ended + CLOCKS_S:
                    continue
                known = exit_high[i] != NEVER and exit_high[j] != NEVER
                if known:
                    narrow = exit_high[j] - exit_low[j] <= NARROW_S
                    if not narrow or exit_high[i] < exit_low[j] - CLOCKS_S or exit_low[i] > exit_high[j] + CLOCKS_S:
                        continue
                elif last[i] > ended + CLOCKS_S:
                    continue
                if n == pairs.shape[0]:
                    more, sure = np.empty((2 * n, 2), np.int64), np.empty(2 * n, np.bool_)
                    more[:n], sure[:n] = pairs, agree
                    pairs, agree = more, sure
                pairs[n, 0], pairs[n, 1], agree[n] = i, j, known
                n += 1
    met = np.zeros(entry.size, np.int64)
    for p in range(n):
        if agree[p]:
            met[pairs[p, 0]] += 1
            met[pairs[p, 1]] += 1
    alone = np.zeros(n, np.bool_)
    for p in range(n):
        alone[p] = agree[p] and met[pairs[p, 0]] == 1 and met[pairs[p, 1]] == 1
    return pairs[:n, 0].copy(), pairs[:n, 1].copy(), agree[:n].copy(), alone


def counted(passages: pa.Table, meetings: pa.Table) -> pa.Table:
    """Episodes out of passages: of twins one counts. passages: `episodes.FIELDS` of whole objects.

    meetings: MEETING_FIELDS of the same objects. Returns: `episodes.FIELDS`, by object_key and entry.
    """
    passages = passages.sort_by([(name, "ascending") for name in episodes.KEY])
    linked = _linked(meetings)
    if not linked:
        return passages
    keys, entries = passages["object_key"].to_pylist(), passages["entry_time"].cast(pa.int64()).to_pylist()
    family, status = passages["family"].to_pylist(), passages["status"].to_pylist()
    counts, twins = passages["counts"].to_pylist(), passages["twin_object_id"].to_pylist()
    for i, at in enumerate(zip(keys, entries, strict=True)):
        if at not in linked:
            continue
        twins[i], other = linked[at]
        done, other_done = status[i] == "finished", other == "finished"
        # What was tracked holds the queue too; what was only told stands where the tracker saw no end.
        counts[i] = int(
            not other_done if family[i] == "told" and done else family[i] == "tracked" and done >= other_done
        )
    for name, values, kind in (("counts", counts, pa.int64()), ("twin_object_id", twins, pa.string())):
        at_column = passages.schema.get_field_index(name)
        passages = passages.set_column(at_column, passages.schema.field(name), pa.array(values, kind))
    return passages


def _linked(meetings: pa.Table) -> dict[tuple[int, int], tuple[str, str]]:
    """(object, entry) -> (the twin's id, what became of its passage), for the passages of those that are twins."""
    if meetings.num_rows == 0:
        return {}
    pairs = meetings.group_by(["object_key", "twin_key"]).aggregate([("agrees", "sum"), ("alone", "max")])
    sure = pairs.filter(pc.or_(pc.greater_equal(pairs["agrees_sum"], TWICE), pairs["alone_max"]))
    best: dict[tuple[int, int], int] = {
        (row["object_key"], row["twin_key"]): row["agrees_sum"] for row in sure.to_pylist()
    }
    found: dict[tuple[int, int], tuple[tuple[int, int], str, str]] = {}
    at = meetings["entry_time"].cast(pa.int64()).to_pylist()
    rows = meetings.select(["object_key", "twin_key", "twin_object_id", "twin_status"]).to_pylist()
    for entry, row in zip(at, rows, strict=True):
        pair = row["object_key"], row["twin_key"]
        if pair in best:
            passage = row["object_key"], entry
            rank = best[pair], row["twin_key"]
            if passage not in found or rank > found[passage][0]:
                found[passage] = rank, row["twin_object_id"], row["twin_status"]
    return {passage: (twin, status) for passage, (_, twin, status) in found.items()}
