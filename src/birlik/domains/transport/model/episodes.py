"""Crossing episodes: from the queue before side A to the exit from the post of side B.

Definitions: transport.md, "Crossing episodes"; the rules at the row are in `crossing_machine`. The result for an
object depends on nothing but that object's rows, the zones and the rules.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from birlik.domains.transport.model import crossing_machine as machine
from birlik.domains.transport.model.timeline import CHUNK_ROWS, Timeline, local_parts, timelines
from birlik.domains.transport.model.zones import ZoneIndex, geofences_of, zone_index
from birlik.domains.transport.vocabulary import (
    BASES,
    CAUSES,
    MODES,
    OBJECT_KINDS,
    Crossing,
    crossings,
    places,
)
from birlik.kernel.tables import Field, Type, arrow_schema
from birlik.places import Place

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What is meant by being away, by never arriving, and by too uncertain to be called measured."""

    debounce_s: int = 600
    """Away for less than this, from the last fix in to the next fix in, is a jump of the signal."""
    pending_s: int = 86_400
    """Who left side A and is not seen at side B within this has turned back."""
    uncertainty_limit_s: int = 7200
    """A duration less certain than this has the basis `estimated`."""


RULES = Rules()

STATUSES = tuple(sorted(machine.STATUSES))
DIRECTIONS = ("a_to_b", "b_to_a")


def seconds_field(name: str, description: str, *, nullable: bool = False) -> Field:
    return Field(name=name, type=Type.INT, unit="s", nullable=nullable, description=description)


FIELDS: tuple[Field, ...] = (
    Field(name="crossing_id", type=Type.TEXT, nullable=False, description="The crossing: two posts and a mode."),
    Field(name="direction", type=Type.TEXT, nullable=False, codes=DIRECTIONS, description="From which side to which."),
    Field(name="mode", type=Type.TEXT, nullable=False, codes=MODES, description="Mode of the crossing."),
    Field(name="object_id", type=Type.TEXT, nullable=False, description="The object, with the agency of its id."),
    Field(name="object_key", type=Type.INT, nullable=False, description="63-bit hash of `object_id`, for joins."),
    Field(name="object_kind", type=Type.TEXT, nullable=False, codes=OBJECT_KINDS, description="What it is."),
    Field(
        name="status",
        type=Type.TEXT,
        nullable=False,
        codes=STATUSES,
        description="`finished`: out of the other side's post. `open`: not yet, so its duration is censored. "
        "`turned_back`: back out where it came in. `entry_unknown`: over, but first seen inside.",
    ),
    Field(name="entry_time", type=Type.TIME, nullable=False, description="Estimated entry; first sight if unknown."),
    Field(name="exit_time", type=Type.TIME, description="Estimated exit; only if finished or turned back."),
    Field(name="last_time", type=Type.TIME, nullable=False, description="Last row inside; if open, last row seen."),
    seconds_field("dwell_s", "From entry to exit; if open, from entry to the last row, a lower bound."),
    seconds_field(
        "entry_half_width_s", "Half of the gap in which it entered; 0 if told, null if unknown.", nullable=True
    ),
    seconds_field("exit_half_width_s", "Half of the gap in which it left; 0 if told, null if not left.", nullable=True),
    seconds_field("uncertainty_s", "Sum of both half-widths: the most that `dwell_s` can be off.", nullable=True),
    seconds_field("queue_s", "Time in the queue zone of the side it came from."),
    seconds_field("post_a_s", "Time at the post of the side it came from."),
    seconds_field("between_s", "Time at neither post, between them."),
    seconds_field("post_b_s", "Time at the post of the other side."),
    *(seconds_field(f"cause_{cause}_s", f"Time whose cause is: {cause.replace('_', ' ')}.") for cause in CAUSES),
    Field(name="exit_month", type=Type.TEXT, description="`2026-03`, on the clock of the place of exit."),
    Field(name="exit_day", type=Type.INT, unit="d", description="Days since 1970, on the clock of the place of exit."),
    Field(
        name="entry_hour_of_week_local",
        type=Type.INT,
        unit="h",
        nullable=False,
        description="0 to 167 from Monday midnight, on the clock of the side it came from.",
    ),
    Field(name="basis", type=Type.TEXT, nullable=False, codes=BASES, description="How the duration is known."),
    Field(name="rows_n", type=Type.INT, unit="1", nullable=False, description="Rows inside that it rests on."),
    Field(
        name="conflict",
        type=Type.INT,
        unit="1",
        nullable=False,
        description="Rows that put the object elsewhere in the same second.",
    ),
    Field(
        name="latest_received_time",
        type=Type.TIME,
        nullable=False,
        description="When the last row that it rests on was taken in.",
    ),
    Field(
        name="month",
        type=Type.TEXT,
        nullable=False,
        description="`2026-03`: of the exit; of the last sight while it is open, or where the exit is unknown; local.",
    ),
)
SCHEMA = arrow_schema(FIELDS)
KEY = ("object_key", "entry_time", "crossing_id")


def crossing_episodes(
    movements: pa.Table,
    geofences: pa.Table,
    crossings: tuple[Crossing, ...] = crossings(),
    places: tuple[Place, ...] = places(),
    rules: Rules = RULES,
) -> pa.Table:
    """Episodes of whole objects, the way both engines run it.

    movements: `timeline.COLUMNS` of `transport_movement`, all rows of one or many objects, in any order.
    geofences: geofence_id, place_id, zone, radius_m, polygon_wkt. Returns: FIELDS, by object_key and entry.
    Raises: OutOfRange for a register that doesn't hold together, see `zones.zone_index`.
    """
    return episodes_in(movements, zone_index(places, geofences_of(geofences), crossings), rules)


def episodes_in(movements: pa.Table, index: ZoneIndex, rules: Rules = RULES, chunk_rows: int = CHUNK_ROWS) -> pa.Table:
    """As `crossing_episodes`, with a register that is already compiled: for many calls with few objects each."""
    find: Any = machine.find_episodes
    tables = [
        _table(line, find(
            line.starts, line.seconds, line.place, line.zone, line.activity, line.basis, line.mask, line.received_us,
            index.facing, index.country, rules.debounce_s, rules.pending_s,
        ), index, rules)
        for line in timelines(movements, index, chunk_rows)
    ]  # fmt: skip
    return pa.concat_tables(tables) if tables else SCHEMA.empty_table()


def _table(line: Timeline, found: Longs, index: ZoneIndex, rules: Rules) -> pa.Table:
    row, start, far, status = (found[:, c] for c in (machine.O_ROW, machine.O_START, machine.O_FAR, machine.O_STATUS))
    entry, exit_, last = (found[:, c] for c in (machine.O_ENTRY, machine.O_EXIT, machine.O_LAST))
    entry_half, exit_half = found[:, machine.O_ENTRY_HALF], found[:, machine.O_EXIT_HALF]
    unknown, is_open = entry_half == machine.NEVER, status == machine.OPEN
    status = np.where(unknown & ~is_open, machine.ENTRY_UNKNOWN, status)
    no_exit = is_open | (status == machine.ENTRY_UNKNOWN)
    crossing = found[:, machine.O_CROSSING]
    uncertainty = np.where(unknown, 0, entry_half) + np.where(is_open, 0, exit_half)
    exit_place = np.where(status == machine.FINISHED, far, start).astype(np.int32)
    exit_local = local_parts(np.where(no_exit, entry, exit_), exit_place, index.zones_tz)
    last_local = local_parts(last, start.astype(np.int32), index.zones_tz)
    entry_local = local_parts(entry, start.astype(np.int32), index.zones_tz)
    values = {
        "crossing_id": words_of(index.crossing_ids, crossing),
        "direction": words_of(DIRECTIONS, 1 - found[:, machine.O_A_TO_B]),
        "mode": words_of(MODES, index.crossing_mode[crossing]),
        "object_id": line.object_id.take(row),
        "object_key": line.key[row],
        "object_kind": words_of(OBJECT_KINDS, line.kind[row]),
        "status": words_of(machine.STATUSES, status),
        "entry_time": times_of(entry),
        "exit_time": times_of(exit_, no_exit),
        "last_time": times_of(last),
        "dwell_s": np.where(is_open, last, exit_) - entry,
        "entry_half_width_s": pa.array(entry_half, mask=unknown),
        "exit_half_width_s": pa.array(exit_half, mask=no_exit),
        "uncertainty_s": pa.array(uncertainty, mask=unknown),
        "queue_s": found[:, machine.O_QUEUE],
        "post_a_s": found[:, machine.O_POST_A],
        "between_s": found[:, machine.O_BETWEEN],
        "post_b_s": found[:, machine.O_POST_B],
        **{f"cause_{cause}_s": found[:, machine.O_CAUSE + i] for i, cause in enumerate(CAUSES)},
        "exit_month": months_of(exit_local, no_exit),
        "month": months_of(np.where(no_exit, last_local, exit_local), np.zeros(exit_local.size, np.bool_)),
        "exit_day": pa.array(exit_local // 86_400, mask=no_exit),
        # 1970-01-01 was a Thursday, three days after a Monday.
        "entry_hour_of_week_local": (entry_local // 3600 + 72) % 168,
        "basis": words_of(
            BASES, basis_of(found[:, machine.O_BASES], unknown | (uncertainty > rules.uncertainty_limit_s))
        ),
        "rows_n": found[:, machine.O_ROWS],
        "conflict": found[:, machine.O_CONFLICT],
        "latest_received_time": pa.array(found[:, machine.O_RECEIVED]).cast(Type.TIME.arrow),
    }
    columns = [_column(values[f.name]).cast(f.type.arrow) for f in FIELDS]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def basis_of(seen: Longs, too_wide: npt.NDArray[np.bool_]) -> Longs:
    """Index in BASES: estimated if too wide or resting on any such row, reported if on nothing else, else measured."""
    bit = {basis: 1 << i for i, basis in enumerate(BASES)}
    estimated = too_wide | ((seen & (bit["estimated"] | bit["forecast"])) != 0)
    known = np.where(seen == bit["reported"], BASES.index("reported"), BASES.index("measured"))
    chosen: Longs = np.where(estimated, BASES.index("estimated"), known)
    return chosen


def words_of(words: tuple[str, ...], codes: Any) -> Any:
    return pa.array(words, pa.string()).take(pa.array(codes.astype(np.int64)))


def times_of(seconds: Longs, absent: npt.NDArray[np.bool_] | None = None) -> Any:
    filled = seconds if absent is None else np.where(absent, 0, seconds)
    return pa.array(filled * 1_000_000, mask=absent).cast(Type.TIME.arrow)


def months_of(local: Longs, absent: npt.NDArray[np.bool_]) -> Any:
    months = local.astype("datetime64[s]").astype("datetime64[M]")
    distinct, back = np.unique(months, return_inverse=True)
    return pa.array([str(month) for month in distinct], pa.string()).take(pa.array(back.reshape(-1), mask=absent))


def _column(values: Any) -> Any:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return values if isinstance(values, pa.Array) else pa.array(values)
