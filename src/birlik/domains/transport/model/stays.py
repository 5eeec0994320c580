"""Stays at one place, and the legs between them: what speeds with and without delay are made of.

A stay is presence at a border post or inside another known place; a post's queue zone is not the place. It is
debounced and bracketed as crossing episodes are. A leg goes from the start of one stay to the start of the next, so
that every second between two places is in exactly one leg, as travel or as stop.
"""

from collections.abc import Mapping
from functools import lru_cache
from heapq import heappop, heappush
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from birlik.domains.transport.model.crossing_machine import EXACT_IN, EXACT_OUT
from birlik.domains.transport.model.episodes import RULES, Rules, basis_of, months_of, seconds_field, times_of, words_of
from birlik.domains.transport.model.measure import BASIS_BIT
from birlik.domains.transport.model.scratch import NEVER
from birlik.domains.transport.model.timeline import CHUNK_ROWS, Timeline, local_parts, timelines
from birlik.domains.transport.model.under_way import NAMES as WAY_NAMES
from birlik.domains.transport.model.under_way import U_WIDTH, add_up, at
from birlik.domains.transport.model.zones import (
    KM_PER_DEG,
    POST,
    QUEUE,
    UNLOCATED,
    ZoneIndex,
    geofences_of,
    zone_index,
)
from birlik.domains.transport.vocabulary import (
    BASES,
    MODES,
    MODES_OF_KIND,
    OBJECT_KINDS,
    Crossing,
    Edge,
    Place,
    crossings,
    edges,
    places,
)
from birlik.kernel.kept import Reference
from birlik.kernel.tables import Field, Type, arrow_schema

STILL_KM = 0.2
STILL_S = 600
"""An object within 200 m of one point for more than ten minutes stands still."""

SEEN_CLOSELY = 0.5
"""Of the way of a leg: so much lies between close fixes, or nothing is said of its speed without stops."""
LEAST_INTERVALS = 4
"""A leg that moves for fewer of its intervals than this is too short to tell moving from standing."""
FASTEST_KM_H = {"vehicle": 90.0}
FASTEST_ELSE_KM_H = 160.0
"""Nobody drives faster: what a gap at least took."""

OPEN, ENDED, ENTRY_UNKNOWN = 0, 1, 2
STATUSES = ("open", "ended", "entry_unknown")

_OBJECT = (
    Field(name="object_id", type=Type.TEXT, nullable=False, description="The object, with the agency of its id."),
    Field(name="object_key", type=Type.ID, nullable=False, description="63-bit hash of `object_id`, for joins."),
    Field(name="object_kind", type=Type.TEXT, nullable=False, codes=OBJECT_KINDS, description="What it is."),
)
_BASIS = Field(name="basis", type=Type.TEXT, nullable=False, codes=BASES, description="How the durations are known.")
_RECEIVED = Field(
    name="latest_received_time",
    type=Type.TIME,
    nullable=False,
    description="When the last row that it rests on was taken in.",
)

STAY_FIELDS: tuple[Field, ...] = (
    Field(
        name="place_id",
        type=Type.TEXT,
        nullable=False,
        description="Where it was.",
        of=Reference(table="transport_place"),
    ),
    Field(name="place_zone", type=Type.TEXT, nullable=False, codes=("post", "place"), description="Post or other."),
    *_OBJECT,
    Field(
        name="status",
        type=Type.TEXT,
        nullable=False,
        codes=STATUSES,
        description="`ended`; `open`: still there, so censored; `entry_unknown`: over, but first seen inside.",
    ),
    Field(name="entry_time", type=Type.TIME, nullable=False, description="Estimated entry; first sight if unknown."),
    Field(name="exit_time", type=Type.TIME, description="Estimated exit; null while open."),
    Field(name="last_time", type=Type.TIME, nullable=False, description="Last row inside."),
    seconds_field("dwell_s", "From entry to exit; if open, to the last row, a lower bound."),
    seconds_field("entry_half_width_s", "Half of the gap in which it entered; null if unknown.", nullable=True),
    seconds_field("exit_half_width_s", "Half of the gap in which it left; null while open.", nullable=True),
    seconds_field("uncertainty_s", "Sum of both half-widths.", nullable=True),
    seconds_field("stop_s", "Time in it without moving; all of it at a post, or where no position was told."),
    seconds_field("stop_after_s", "Time without moving between this stay and the object's next one."),
    *(
        Field(name=f"before_{name}", type=Type.INT, nullable=False, description=f"`{name}` of the object before it.")
        for name in WAY_NAMES
    ),
    Field(name="exit_month", type=Type.TEXT, description="`2026-03`, on the clock of the place; null while open."),
    Field(name="exit_day", type=Type.DAY, description="The day of the exit, on the clock of the place."),
    _BASIS,
    Field(name="rows_n", type=Type.INT, unit="1", nullable=False, description="Rows inside."),
    _RECEIVED,
)
STAY_SCHEMA = arrow_schema(STAY_FIELDS)

LEG_FIELDS: tuple[Field, ...] = (
    Field(
        name="from_place",
        type=Type.TEXT,
        nullable=False,
        description="Place of the stay before.",
        of=Reference(table="transport_place"),
    ),
    Field(
        name="to_place",
        type=Type.TEXT,
        nullable=False,
        description="Place of the stay after.",
        of=Reference(table="transport_place"),
    ),
    Field(name="mode", type=Type.TEXT, codes=MODES, description="Mode of the shortest way; null if there is none."),
    *_OBJECT,
    Field(name="start_time", type=Type.TIME, nullable=False, description="Entry to the stay before."),
    Field(name="departure_time", type=Type.TIME, nullable=False, description="Exit from the stay before."),
    Field(name="arrival_time", type=Type.TIME, nullable=False, description="Entry to the stay after."),
    Field(name="length_km", type=Type.FLOAT, unit="km", description="Shortest way on the corridor graph."),
    seconds_field("travel_s", "Time moving."),
    seconds_field("stop_s", "Time standing: on the way, and in the stay at its start."),
    seconds_field("stay_s", "The stay at its start, moving or not."),
    seconds_field(
        "moving_s", "Time moving, gaps crossed at its own free speed; null unless it is seen closely.", nullable=True
    ),
    seconds_field("moving_low_s", "The same, gaps crossed as fast as anything of its kind.", nullable=True),
    seconds_field("moving_high_s", "The same, moving for the whole of each gap.", nullable=True),
    seconds_field("moving_interval_s", "Mean time between its close fixes while it moves.", nullable=True),
    seconds_field("uncertainty_s", "Sum of the half-widths of both entries.", nullable=True),
    Field(name="arrival_month", type=Type.TEXT, nullable=False, description="`2026-03`, on the clock of `to_place`."),
    Field(name="arrival_day", type=Type.DAY, nullable=False, description="The day of the arrival, on the same clock."),
    _BASIS,
    _RECEIVED,
)
LEG_KEY = ("object_key", "start_time", "from_place")

(S_PLACE, S_STATUS, S_ENTRY, S_EXIT, S_LAST, S_ENTRY_HALF, S_EXIT_HALF, S_ROWS, S_FIXES, S_BASES, S_RECEIVED,
 S_ROW, S_STOP, S_STOP_AFTER, S_WAY) = range(15)  # fmt: skip
S_WIDTH = S_WAY + U_WIDTH


FASTEST_OF_KIND = np.array([FASTEST_KM_H.get(kind, FASTEST_ELSE_KM_H) for kind in OBJECT_KINDS])


def stays(
    movements: pa.Table,
    geofences: pa.Table,
    crossings: tuple[Crossing, ...] = crossings(),
    places: tuple[Place, ...] = places(),
    rules: Rules = RULES,
) -> pa.Table:
    """Stays of whole objects: input as `episodes.crossing_episodes`. Returns: STAY_FIELDS, by object_key and entry."""
    return stays_in(movements, zone_index(places, geofences_of(geofences), crossings), rules)


def stays_in(movements: pa.Table, index: ZoneIndex, rules: Rules = RULES, chunk_rows: int = CHUNK_ROWS) -> pa.Table:
    """As `stays`, with a register that is already compiled."""
    find: Any = find_stays

    def work(line: Timeline) -> pa.Table:
        found = find(
            line.starts, line.seconds, line.place, line.zone, line.activity, line.basis, line.received_us,
            line.latitude, line.longitude, FASTEST_OF_KIND[line.kind], rules.debounce_s,
        )  # fmt: skip
        return _stay_table(line, found, index, rules)

    tables = timelines(movements, index, work, chunk_rows, labelled=True)
    return pa.concat_tables(tables) if tables else STAY_SCHEMA.empty_table()


def _stay_table(line: Timeline, found: npt.NDArray[np.int64], index: ZoneIndex, rules: Rules) -> pa.Table:
    place, row, entry, exit_ = (found[:, c] for c in (S_PLACE, S_ROW, S_ENTRY, S_EXIT))
    entry_half, exit_half, last = (found[:, c] for c in (S_ENTRY_HALF, S_EXIT_HALF, S_LAST))
    unknown, is_open = entry_half == NEVER, found[:, S_STATUS] == OPEN
    status = np.where(unknown & ~is_open, ENTRY_UNKNOWN, found[:, S_STATUS])
    uncertainty = np.where(unknown, 0, entry_half) + np.where(is_open, 0, exit_half)
    dwell = np.where(is_open, last, exit_) - entry
    is_post = line.zone[row] == POST
    local = local_parts(np.where(is_open, entry, exit_), place.astype(np.int32), index.zones_tz)
    values = {
        "place_id": words_of(index.place_ids, place),
        "place_zone": words_of(("place", "post"), is_post),
        "object_id": line.object_id.take(line.order[row]),
        "object_key": line.key[row],
        "object_kind": words_of(OBJECT_KINDS, line.kind[row]),
        "status": words_of(STATUSES, status),
        "entry_time": times_of(entry),
        "exit_time": times_of(exit_, is_open),
        "last_time": times_of(last),
        "dwell_s": dwell,
        "entry_half_width_s": pa.array(entry_half, mask=unknown),
        "exit_half_width_s": pa.array(exit_half, mask=is_open),
        "uncertainty_s": pa.array(uncertainty, mask=unknown),
        "stop_s": np.where(is_post | (found[:, S_FIXES] == 0), dwell, found[:, S_STOP]),
        "stop_after_s": found[:, S_STOP_AFTER],
        **{f"before_{name}": found[:, S_WAY + k] for k, name in enumerate(WAY_NAMES)},
        "exit_month": months_of(local, is_open),
        "exit_day": pa.array(local // 86_400, mask=is_open),
        "basis": words_of(BASES, basis_of(found[:, S_BASES], unknown | (uncertainty > rules.uncertainty_limit_s))),
        "rows_n": found[:, S_ROWS],
        "latest_received_time": pa.array(found[:, S_RECEIVED]).cast(Type.TIME.arrow),
    }
    return _as_table(values, STAY_FIELDS)


def legs(
    stays: pa.Table,
    edges: tuple[Edge, ...] = edges(),
    places: tuple[Place, ...] = places(),
    rules: Rules = RULES,
) -> pa.Table:
    """Legs between consecutive stays of one object at two places. Returns: LEG_FIELDS, by object_key and start.

    SWD is Σ length_km / Σ (travel_s + stop_s), SWOD Σ length_km / Σ travel_s, over the legs with a length.
    """
    stays = stays.sort_by([("object_key", "ascending"), ("entry_time", "ascending")])
    key, place = stays["object_key"].to_numpy(), np.array(stays["place_id"].to_pylist(), object)
    moves = (key[1:] != key[:-1]) | (place[1:] != place[:-1])
    last = np.flatnonzero(moves & (key[1:] == key[:-1])) if len(key) > 1 else np.array([], int)
    # Stays at one place that follow upon each other are one: who steps out and comes back has not gone on.
    begins = np.flatnonzero(np.concatenate(([True], moves))) if len(key) else np.array([], int)
    first = begins[np.searchsorted(begins, last, side="right") - 1] if len(last) else last
    before, after = stays.take(first), stays.take(last + 1)
    left_last = stays.take(last)
    start, left, came = (_seconds_of(c) for c in (before["entry_time"], left_last["exit_time"], after["entry_time"]))
    kinds, from_, to = (c.to_pylist() for c in (before["object_kind"], before["place_id"], after["place_id"]))
    lengths = {mode: shortest_km(edges, mode) for mode in MODES}
    ways = [_way(lengths, *which) for which in zip(kinds, from_, to, strict=True)]
    halves = [_seconds_or(t["entry_half_width_s"], NEVER) for t in (before, after)]
    unknown = (halves[0] == NEVER) | (halves[1] == NEVER)
    uncertainty = np.where(unknown, 0, halves[0] + halves[1])
    stood = np.concatenate(([0], np.cumsum(stays["stop_s"].to_numpy() + stays["stop_after_s"].to_numpy())))
    stop = stood[last + 1] - stood[first]
    way = {name: _way_between(before, after, name) for name in WAY_NAMES}
    interval = way["close_s"] // np.maximum(way["close_n"], 1)
    unseen = (
        (way["close_n"] < LEAST_INTERVALS)
        | (way["close_m"] < SEEN_CLOSELY * way["way_m"])
        | (way["moving_s"] < LEAST_INTERVALS * interval)
    )
    zones = tuple(p.zone_tz for p in places)
    code = {p.place_id: i for i, p in enumerate(places)}
    local = local_parts(came, np.array([code[p] for p in to], np.int32), zones)
    bits = _bits(before["basis"]) | _bits(after["basis"])
    received = [t["latest_received_time"].cast(pa.int64()).to_numpy() for t in (before, after)]
    values = {
        "from_place": pa.array(from_, pa.string()),
        "to_place": pa.array(to, pa.string()),
        "mode": pa.array([way[0] for way in ways], pa.string()),
        **{name: before[name].combine_chunks() for name in ("object_id", "object_key", "object_kind")},
        "start_time": times_of(start),
        "departure_time": times_of(left),
        "arrival_time": times_of(came),
        "length_km": pa.array([way[1] for way in ways], pa.float64()),
        "travel_s": came - start - stop,
        "stop_s": stop,
        "stay_s": left - start,
        **{name: pa.array(way[name], mask=unseen) for name in ("moving_s", "moving_low_s", "moving_high_s")},
        "moving_interval_s": pa.array(interval, mask=unseen),
        "uncertainty_s": pa.array(uncertainty, mask=unknown),
        "arrival_month": months_of(local, np.zeros(local.size, bool)),
        "arrival_day": local // 86_400,
        "basis": words_of(BASES, basis_of(bits, unknown | (uncertainty > rules.uncertainty_limit_s))),
        "latest_received_time": pa.array(np.maximum(*received)).cast(Type.TIME.arrow),
    }
    return _as_table(values, LEG_FIELDS)


def _way_between(before: Any, after: Any, name: str) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = after[f"before_{name}"].to_numpy() - before[f"before_{name}"].to_numpy()
    return found


def _way(
    lengths: Mapping[str, Mapping[tuple[str, str], float]], kind: str, from_place: str, to_place: str
) -> tuple[str | None, float | None]:
    """Mode and length of the shortest way that an object of a kind can take, each mode by itself."""
    found = [
        (km, mode) for mode in MODES_OF_KIND[kind] if (km := lengths[mode].get((from_place, to_place))) is not None
    ]
    return (min(found)[1], min(found)[0]) if found else (None, None)


@lru_cache(maxsize=16)
def shortest_km(edges: tuple[Edge, ...], mode: str) -> dict[tuple[str, str], float]:
    """Length of the shortest way between any two places over the open edges of one mode (Dijkstra)."""
    ends: dict[str, list[tuple[str, float]]] = {}
    for edge in edges:
        if edge.mode == mode and edge.status in ("operating", "seasonal"):
            ends.setdefault(edge.from_place, []).append((edge.to_place, edge.length_km))
            ends.setdefault(edge.to_place, []).append((edge.from_place, edge.length_km))
    reached: dict[tuple[str, str], float] = {}
    for source in ends:
        waiting = [(0.0, source)]
        while waiting:
            km, place = heappop(waiting)
            if (source, place) not in reached:
                reached[source, place] = km
                for neighbour, length in ends[place]:
                    heappush(waiting, (km + length, neighbour))
    return reached


def _seconds_of(column: Any) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = column.cast(pa.int64()).to_numpy() // 1_000_000
    return found


def _seconds_or(column: Any, absent: int) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = column.fill_null(absent).to_numpy()
    return found


def _bits(column: Any) -> npt.NDArray[np.int64]:
    return np.array([1 << BASES.index(basis) for basis in column.to_pylist()], np.int64)


def _as_table(values: dict[str, Any], fields: tuple[Field, ...]) -> pa.Table:
    arrays = [v if isinstance(v, pa.Array) else pa.array(v) for v in (values[f.name] for f in fields)]
    return pa.Table.from_arrays(
        [a.cast(f.type.arrow) for a, f in zip(arrays, fields, strict=True)], schema=arrow_schema(fields)
    )


@numba.njit(cache=True)
def _still(first, end, seconds, place, latitude, longitude, standing):  # type: ignore[no-untyped-def]
    """standing[i]: seconds before row i, since the object's first row, in which it kept to one point."""
    moved = np.zeros(end - first + 1, np.bool_)  # whether the object moved between the row before and this one
    moved[:] = True
    anchor, last = -1, -1
    for i in range(first, end + 1):
        if i < end:
            if place[i] == UNLOCATED or np.isnan(latitude[i]):
                continue
            if anchor >= 0:
                x = (longitude[i] - longitude[anchor]) * np.cos(np.radians(latitude[i]))
                y = latitude[i] - latitude[anchor]
                if (x * x + y * y) * KM_PER_DEG * KM_PER_DEG < STILL_KM * STILL_KM:
                    last = i
                    continue
        if anchor >= 0 and seconds[last] - seconds[anchor] > STILL_S:
            moved[anchor - first + 1 : last - first + 1] = False
        anchor, last = i, i
    standing[first] = 0
    for i in range(first + 1, end):
        standing[i] = standing[i - 1] + (0 if moved[i - first] else seconds[i] - seconds[i - 1])


@numba.njit(cache=True)
def _standing_at(t, first, end, seconds, standing):  # type: ignore[no-untyped-def]
    """Seconds of standing before a time within the object's rows; linear between two rows."""
    j = first + np.searchsorted(seconds[first:end], t, side="right") - 1
    if j < first:
        return 0
    if j + 1 >= end or seconds[j + 1] == seconds[j]:
        return standing[j]
    return standing[j] + (standing[j + 1] - standing[j]) * (t - seconds[j]) // (seconds[j + 1] - seconds[j])


@numba.njit(cache=True)
def _start(s, place, row, t, before, received_before, exact, entered):  # type: ignore[no-untyped-def]
    """Open a stay whose first row inside is `row` at t."""
    s[:] = 0
    s[S_PLACE], s[S_ROW], s[S_EXIT], s[S_EXIT_HALF], s[S_RECEIVED] = place, row, NEVER, NEVER, NEVER
    if exact:
        s[S_ENTRY], s[S_ENTRY_HALF] = t, 0
    elif before == NEVER:
        s[S_ENTRY], s[S_ENTRY_HALF] = t, NEVER
    else:
        s[S_ENTRY], s[S_ENTRY_HALF], s[S_RECEIVED] = (before + t) // 2, (t - before + 1) // 2, received_before
    # A place is left before the next one is entered, however the two gaps overlap.
    s[S_ENTRY] = max(s[S_ENTRY], entered)


@numba.njit(cache=True)
def _end(s, out, out_received, exact):  # type: ignore[no-untyped-def]
    """Close a stay whose first row outside is at `out`."""
    s[S_STATUS] = ENDED
    s[S_EXIT] = out if exact else (s[S_LAST] + out) // 2
    s[S_EXIT_HALF] = 0 if exact else (out - s[S_LAST] + 1) // 2
    s[S_RECEIVED] = max(s[S_RECEIVED], out_received)


@numba.njit(cache=True, nogil=True)
def find_stays(  # type: ignore[no-untyped-def]
    starts, seconds, place, zone, activity, basis, received, latitude, longitude, fastest, debounce
):
    """Stays of each object in the order of their entry, one row of S_WIDTH columns (`S_…`) each.

    Away for less than `debounce` seconds is a jump; who in that time turns up at another place, and stays there, is
    taken to have come there at the first row that says so.
    """
    out, n = np.empty((1024, S_WIDTH), np.int64), 0
    s = np.zeros(S_WIDTH, np.int64)
    standing = np.zeros(seconds.size, np.int64)
    way = np.zeros((seconds.size, U_WIDTH), np.int64)
    for o in range(starts.size - 1):
        first, end = starts[o], starts[o + 1]
        _still(first, end, seconds, place, latitude, longitude, standing)
        add_up(first, end, seconds, place, zone, latitude, longitude, standing, fastest[first], way)
        here, away, told = -1, False, False
        gone, gone_received = NEVER, NEVER
        next_place, next_row, next_before = -1, -1, -1
        before, entered, of_object = -1, NEVER, n
        for i in range(first, end + 1):
            if i < end and place[i] == UNLOCATED:
                continue
            t = seconds[i] if i < end else seconds[before] if before >= 0 else 0
            p = place[i] if i < end and zone[i] != QUEUE else -1
            if n + 2 >= out.shape[0]:
                grown = np.empty((2 * out.shape[0], S_WIDTH), np.int64)
                grown[:n] = out[:n]
                out = grown
            if here >= 0 and i < end and p != here and not away:
                away, told, gone, gone_received, next_place = True, False, t, received[i], -1
            if here >= 0 and i < end and p >= 0 and p != here and p != next_place:
                next_place, next_row, next_before = p, i, before
            if here >= 0 and (i == end or (away and t - s[S_LAST] >= debounce)):
                if away and t - s[S_LAST] >= debounce:
                    _end(s, gone, gone_received, told)
                    entered = s[S_EXIT]
                out[n] = s
                n += 1
                here = -1
            if i == end:
                break
            if here < 0 and p < 0:
                away, next_place = False, -1  # what was passed before is not where it comes to later
            if here < 0 and p >= 0:
                row = next_row if away and next_place == p else i
                prior = next_before if away and next_place == p else before
                low = seconds[prior] if prior >= 0 else NEVER
                seen = received[prior] if prior >= 0 else NEVER
                _start(s, p, row, seconds[row], low, seen, EXACT_IN[activity[row]], entered)
                here, away = p, False
            if p >= 0 and p == here:
                s[S_LAST] = t
                s[S_ROWS] += 1
                s[S_FIXES] += not np.isnan(latitude[i])
                s[S_BASES] |= BASIS_BIT[basis[i]]
                s[S_RECEIVED] = max(s[S_RECEIVED], received[i])
                away = EXACT_OUT[activity[i]]
                if away:
                    told, gone, gone_received, next_place = True, t, received[i], -1
            before = i
        for k in range(of_object, n):
            done = out[k, S_EXIT] if out[k, S_STATUS] == ENDED else out[k, S_LAST]
            at(out[k, S_ENTRY], first, end, seconds, way, out[k, S_WAY:])
            left = _standing_at(done, first, end, seconds, standing)
            out[k, S_STOP] = left - _standing_at(out[k, S_ENTRY], first, end, seconds, standing)
            until = out[k + 1, S_ENTRY] if k + 1 < n else seconds[end - 1]
            out[k, S_STOP_AFTER] = max(_standing_at(until, first, end, seconds, standing) - left, 0)
    return out[:n]
