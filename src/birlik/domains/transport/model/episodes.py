"""Crossing episodes: from the queue before side A to the exit from the post of side B.

Definitions: transport.md, "Crossing episodes". The rules at the row are in `crossing_machine`, the brackets and the
parts in `measure`. The result for an object depends on nothing but that object's rows and the ground it moved on.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from birlik.domains.transport.model import crossing_machine as machine
from birlik.domains.transport.model import measure as m
from birlik.domains.transport.model.axis import FENCE_BASES
from birlik.domains.transport.model.finding import O_RIVAL, find_episodes
from birlik.domains.transport.model.registers import Ground
from birlik.domains.transport.model.scratch import NEVER
from birlik.domains.transport.model.timeline import CHUNK_ROWS, MODE_BASES, Timeline, local_parts, timelines
from birlik.domains.transport.vocabulary import BASES, CAUSES, MODES, OBJECT_KINDS
from birlik.kernel.kept import Reference
from birlik.kernel.tables import Field, Type, arrow_schema

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What stays and legs mean by being away, and by too uncertain to be called measured."""

    debounce_s: int = 600
    """Away for less than this, from the last fix in to the next fix in, is a jump of the signal."""
    uncertainty_limit_s: int = 7200
    """A duration less certain than this has the basis `estimated`."""


RULES = Rules()

STATUSES = tuple(sorted(machine.STATUSES))
DIRECTIONS = ("a_to_b", "b_to_a")
FAMILIES = ("tracked", "told")
INTERVAL_CLASSES = ("told", "≤ 5 min", "≤ 15 min", "≤ 1 h", "> 1 h", "unknown")
INTERVAL_ENDS_S = (300, 900, 3600)
"""Between the second class and the fifth."""


def seconds_field(name: str, description: str, *, nullable: bool = False) -> Field:
    return Field(name=name, type=Type.INT, unit="s", nullable=nullable, description=description)


def _time(name: str, description: str) -> Field:
    return Field(name=name, type=Type.TIME, description=description)


FIELDS: tuple[Field, ...] = (
    Field(
        name="crossing_id",
        type=Type.TEXT,
        nullable=False,
        description="The crossing: two posts and a mode.",
        of=Reference(table="transport_crossing"),
    ),
    Field(name="direction", type=Type.TEXT, nullable=False, codes=DIRECTIONS, description="From which side to which."),
    Field(
        name="mode",
        type=Type.TEXT,
        nullable=False,
        codes=(*MODES, "unknown"),
        description="Mode of the crossing; `unknown` where rows could be of either.",
    ),
    Field(
        name="mode_basis",
        type=Type.TEXT,
        nullable=False,
        codes=MODE_BASES,
        description="Where the mode comes from: the record, the kind of object, the only crossing there is.",
    ),
    Field(name="object_id", type=Type.TEXT, nullable=False, description="The object, with the agency of its id."),
    Field(name="object_key", type=Type.ID, nullable=False, description="63-bit hash of `object_id`, for joins."),
    Field(name="object_kind", type=Type.TEXT, nullable=False, codes=OBJECT_KINDS, description="What it is."),
    Field(
        name="status",
        type=Type.TEXT,
        nullable=False,
        codes=STATUSES,
        description="`finished`: out of the other side's post. `open`: not seen to leave: inside, or silent. "
        "`turned_back`: back out where it came in. `entry_unknown`: over, but first seen inside. `undetermined`: too "
        "much is unknown. `lost`: heard elsewhere since. `local`: of who lives or works there. `approaching`: last "
        "heard on its way there.",
    ),
    Field(name="entry_time", type=Type.TIME, nullable=False, description="Estimated entry; first sight if unknown."),
    Field(name="exit_time", type=Type.TIME, description="Estimated exit; only if finished or turned back."),
    _time("entry_low_time", "It had not entered yet; equal to the next where it was told."),
    _time("entry_high_time", "It had entered."),
    _time("exit_low_time", "It had not left yet; null while it is not seen to have left."),
    _time("exit_high_time", "It had left."),
    Field(name="last_time", type=Type.TIME, nullable=False, description="Last row inside, or on its way there."),
    seconds_field("dwell_s", "From entry to exit; if open, from entry to the last row inside, a lower bound."),
    seconds_field(
        "entry_half_width_s", "Half of the gap in which it entered; 0 if told, null if unknown.", nullable=True
    ),
    seconds_field("exit_half_width_s", "Half of the gap in which it left; 0 if told, null if not left.", nullable=True),
    seconds_field("uncertainty_s", "Sum of both half-widths: the most that `dwell_s` can be off.", nullable=True),
    seconds_field("own_interval_s", "Usual gap between its fixes near the border; null if unknown.", nullable=True),
    Field(
        name="interval_class",
        type=Type.TEXT,
        nullable=False,
        codes=INTERVAL_CLASSES,
        description="How often it reports: `told` by an agency, at most every 5 min, 15 min, 1 h, or less often.",
    ),
    seconds_field("heartbeat_s", "Its longest silence at one place, up to 8 h; null if unknown.", nullable=True),
    seconds_field("silent_after_s", "Not heard for so long, it is lost: max(6 h, 4 own intervals)."),
    Field(
        name="identified",
        type=Type.BOOL,
        nullable=False,
        description="False where silence ends hours after the exit: then only the bounds are known.",
    ),
    seconds_field("queue_s", "Time in the queue zone of the side it came from."),
    seconds_field("post_a_s", "Time at the post of the side it came from."),
    seconds_field("between_s", "Time at neither post, between them."),
    seconds_field("post_b_s", "Time at the post of the other side."),
    *(seconds_field(f"cause_{cause}_s", f"Time whose cause is: {cause.replace('_', ' ')}.") for cause in CAUSES),
    Field(
        name="entry_month", type=Type.TEXT, nullable=False, description="`2026-03`, on the clock of the side of entry."
    ),
    Field(name="exit_month", type=Type.TEXT, description="`2026-03`, on the clock of the place of exit."),
    Field(name="exit_day", type=Type.DAY, description="The day of the exit, on the clock of its place."),
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
    Field(
        name="family",
        type=Type.TEXT,
        nullable=False,
        codes=FAMILIES,
        description="`told` by an agency at either end, or `tracked` by its positions.",
    ),
    Field(
        name="fence_basis",
        type=Type.TEXT,
        nullable=False,
        codes=FENCE_BASES,
        description="Where the posts and the queue come from: the register's points, what was learned, a steward.",
    ),
    Field(
        name="provisional",
        type=Type.BOOL,
        nullable=False,
        description="A turn-back of an object that may yet turn out to be local.",
    ),
    Field(name="source_id", type=Type.TEXT, nullable=False, description="Supplier of its first row inside."),
    Field(
        name="counts",
        type=Type.INT,
        unit="1",
        nullable=False,
        description="1; 0 where the other record of the same vehicle counts in its place.",
    ),
    Field(name="twin_object_id", type=Type.TEXT, description="The other id of the same vehicle, if one was found."),
)
SCHEMA = arrow_schema(FIELDS)
WAY = Field(name="way", type=Type.TEXT, nullable=False, description="Crossing and direction, as one word.")
KEY = ("object_key", "entry_time", "crossing_id")


def episodes_in(movements: pa.Table, ground: Ground, chunk_rows: int = CHUNK_ROWS) -> pa.Table:
    """Episodes of whole objects, the way both engines run it.

    movements: `coded.COLUMNS` of `transport_movement`, all rows of one or many objects, in any order. Returns:
    FIELDS, by object_key and entry.
    """
    tables = timelines(
        movements, ground.index, lambda line: _table(line, find_episodes(line, ground.axes), ground), chunk_rows
    )
    return pa.concat_tables(tables) if tables else SCHEMA.empty_table()


def _table(line: Timeline, found: Longs, ground: Ground) -> pa.Table:
    axes, index = ground.axes, ground.index
    row, crossing, status = (found[:, c] for c in (m.O_ROW, m.O_CROSSING, m.O_STATUS))
    a_to_b = found[:, m.O_A_TO_B] == 1
    start, far = (np.where(a_to_b, axes.sides[crossing, k], axes.sides[crossing, 1 - k]) for k in (0, 1))
    unknown, no_exit = found[:, m.O_ENTRY_LOW] == NEVER, found[:, m.O_EXIT_LOW] == NEVER
    entry, entry_half = _middle(found[:, m.O_ENTRY_LOW], found[:, m.O_ENTRY_HIGH])
    exit_, exit_half = _middle(found[:, m.O_EXIT_LOW], found[:, m.O_EXIT_HIGH])
    last = found[:, m.O_LAST]
    entry = np.where(unknown, line.seconds[row], entry)
    exit_ = np.where(no_exit, entry, np.maximum(exit_, entry))
    uncertainty = np.where(unknown, 0, entry_half) + np.where(no_exit, 0, exit_half)
    exit_place = np.where(status == machine.FINISHED, far, start).astype(np.int32)
    exit_local = local_parts(exit_, exit_place, index.zones_tz)
    last_local = local_parts(last, start.astype(np.int32), index.zones_tz)
    entry_local = local_parts(entry, start.astype(np.int32), index.zones_tz)
    interval, beat = found[:, m.O_INTERVAL], found[:, m.O_BEAT]
    untimed = interval == NEVER
    rival = found[:, O_RIVAL] == 1
    mode_from = np.where(rival, MODE_BASES.index("unknown"), line.mode_from[row])
    too_wide = unknown | (uncertainty > RULES.uncertainty_limit_s) | (found[:, m.O_IDENTIFIED] == 0)
    at = line.order[row]
    values = {
        "crossing_id": words_of(axes.crossing_ids, crossing),
        "direction": words_of(DIRECTIONS, 1 - found[:, m.O_A_TO_B]),
        "mode": words_of((*MODES, "unknown"), np.where(rival, len(MODES), axes.modes[crossing])),
        "mode_basis": words_of(MODE_BASES, mode_from),
        "object_id": line.object_id.take(at),
        "object_key": line.key[row],
        "object_kind": words_of(OBJECT_KINDS, line.kind[row]),
        "status": words_of(machine.STATUSES, status),
        "entry_time": times_of(entry),
        "exit_time": times_of(exit_, no_exit),
        "entry_low_time": times_of(found[:, m.O_ENTRY_LOW], unknown),
        "entry_high_time": times_of(found[:, m.O_ENTRY_HIGH], unknown),
        "exit_low_time": times_of(found[:, m.O_EXIT_LOW], no_exit),
        "exit_high_time": times_of(found[:, m.O_EXIT_HIGH], no_exit),
        "last_time": times_of(last),
        "dwell_s": np.where(no_exit, np.maximum(last, entry), exit_) - entry,
        "entry_half_width_s": pa.array(entry_half, mask=unknown),
        "exit_half_width_s": pa.array(exit_half, mask=no_exit),
        "uncertainty_s": pa.array(uncertainty, mask=unknown),
        "own_interval_s": pa.array(interval, mask=untimed),
        "interval_class": words_of(INTERVAL_CLASSES, _interval_class(interval, untimed, found[:, m.O_TOLD] == 1)),
        "heartbeat_s": pa.array(beat, mask=beat == NEVER),
        "silent_after_s": np.maximum(machine.SIX_HOURS_S, np.where(untimed, 0, 4 * interval)),
        "identified": found[:, m.O_IDENTIFIED] == 1,
        "queue_s": found[:, m.O_QUEUE],
        "post_a_s": found[:, m.O_POST_A],
        "between_s": found[:, m.O_BETWEEN],
        "post_b_s": found[:, m.O_POST_B],
        **{f"cause_{cause}_s": found[:, m.O_CAUSE + i] for i, cause in enumerate(CAUSES)},
        "entry_month": months_of(entry_local, np.zeros(entry_local.size, np.bool_)),
        "exit_month": months_of(exit_local, no_exit),
        "month": months_of(np.where(no_exit, last_local, exit_local), np.zeros(exit_local.size, np.bool_)),
        "exit_day": pa.array(exit_local // 86_400, mask=no_exit),
        # 1970-01-01 was a Thursday, three days after a Monday.
        "entry_hour_of_week_local": (entry_local // 3600 + 72) % 168,
        "basis": words_of(BASES, basis_of(found[:, m.O_BASES], too_wide)),
        "rows_n": found[:, m.O_ROWS],
        "conflict": found[:, m.O_CONFLICT],
        "latest_received_time": pa.array(np.maximum(found[:, m.O_RECEIVED], line.received_us[row])).cast(
            Type.TIME.arrow
        ),
        "family": words_of(FAMILIES, found[:, m.O_TOLD]),
        "fence_basis": words_of(FENCE_BASES, axes.fence_basis[crossing]),
        "provisional": found[:, m.O_PROVISIONAL] == 1,
        "source_id": line.source_id.take(at),
        "counts": np.ones(row.size, np.int64),
        "twin_object_id": pa.nulls(row.size, pa.string()),
    }
    columns = [_column(values[f.name]).cast(f.type.arrow) for f in FIELDS]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _middle(low: Longs, high: Longs) -> tuple[Longs, Longs]:
    """The middle of each bracket, and half its width; both meaningless where it is NEVER."""
    width = np.where(low == NEVER, 0, high - low)
    return low + width // 2, (width + 1) // 2


def _interval_class(interval: Longs, untimed: npt.NDArray[np.bool_], told: npt.NDArray[np.bool_]) -> Longs:
    """Index in INTERVAL_CLASSES."""
    timed = 1 + np.searchsorted(INTERVAL_ENDS_S, interval, side="left")
    chosen: Longs = np.where(told, 0, np.where(untimed, len(INTERVAL_CLASSES) - 1, timed)).astype(np.int64)
    return chosen


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
