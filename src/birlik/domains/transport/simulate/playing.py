"""A play: one world with a known truth, and what reaches a state's node of it, past and present."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.simulate import railway
from birlik.domains.transport.simulate.harsh.faults import chosen
from birlik.domains.transport.simulate.hearing import Hearing, chosen_singles
from birlik.domains.transport.simulate.telling import FLEETS, LEVELS, told_of, with_broken_json
from birlik.errors import OutOfRange
from birlik.kernel.intake import Delivery

Faults = Literal["none", "default", "harsh"]
CROSSINGS = (*FLEETS, railway.CROSSING)
"""Kazakhstan's: to China, to Kyrgyzstan, to and from Uzbekistan by road and by rail."""
AHEAD_DAYS = 21
"""The world goes on so long after its past, and ends: its queues and closures are drawn over the whole span."""
SLOW = ("kz-kordai--kg-akzhol--road", "a_to_b")
"""Where it goes slower and slower at the end."""
SLOW_BEFORE_END_H, SLOW_AFTER_END_H = 30.0, 20.0
SINGLES = 0.35
"""Share of the trackers that send by themselves."""
RATE = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What was put in, and what a node hears of it."""

    start: datetime
    end: datetime
    truth: pa.Table
    """One row a true passage of the node's own vehicles and of wagons, as `harsh.world.truth_of` makes it, that began
    between start and end, or lasts beyond it. Exits beyond the end are told; these are `inside`."""
    refused_expected: Mapping[str, int]
    """What must end in quarantine of all that `deliveries` yields, by kind."""
    single_fixes: int
    """How many of these deliveries are single fixes."""
    hearing: Hearing = field(repr=False)

    def deliveries(self) -> Iterator[Delivery]:
        """All that reaches the node from start to end, in the order of arrival, which is the `received_time`."""
        return self.hearing.past()

    def live(self, since: datetime | None = None, *, per_second: float = 3.0) -> Iterator[Delivery]:
        """The same world from `since` (default: the end) until it ends: wait for each until its `received_time`."""
        return self.hearing.live(((since or self.end) - self.start) / timedelta(seconds=1), per_second)


def play(
    *,
    start: datetime,
    days: int,
    seed: int,
    faults: Faults = "default",
    crossings: tuple[str, ...] = CROSSINGS,
    rate: float = RATE,
    horizon_days: int = AHEAD_DAYS,
    single_fixes_max: int = 100_000,
    incidents: bool | None = None,
) -> Play:
    """Play what one state's node hears.

    start: aware. days: of history; the end is start + days. rate: how many times the usual traffic. horizon_days: of
    no account up to AHEAD_DAYS, beyond which there is no world. single_fixes_max: so many fixes come one by one, the
    other trackers' in files. incidents: whether a crossing slows down at the end, sources have outages and one falls
    silent; default: unless faults is `none`.
    Raises: OutOfRange for a level of faults, a crossing, a rate or a number of days that there isn't.
    """
    if faults not in LEVELS:
        raise OutOfRange(f"faults: {faults!r}; it takes {', '.join(LEVELS)}")
    if days < 1 or horizon_days < 0:
        raise OutOfRange(f"days: {days}, and {horizon_days} ahead; it takes at least 1, and 0")
    if not rate > 0:
        raise OutOfRange(f"rate: {rate} is not above 0")
    if strangers := sorted(set(crossings) - set(CROSSINGS)):
        raise OutOfRange(f"no crossing {', '.join(strangers)}; there are {', '.join(CROSSINGS)}")
    happens = faults != "none" if incidents is None else incidents
    names, level = LEVELS[faults]
    start = start.astimezone(UTC).replace(microsecond=0)
    end, end_s = start + timedelta(days=days), days * 86_400
    slow_h = (SLOW[1], days * 24 - SLOW_BEFORE_END_H, days * 24 + SLOW_AFTER_END_H)
    told = told_of(
        crossings, chosen(names), level, start=start, days=days + AHEAD_DAYS, seed=seed, rate=rate, singles=SINGLES,
        slow={SLOW[0]: slow_h} if happens else {},
    )  # fmt: skip
    single = chosen_singles(told.positions, single_fixes_max, end_s, seed)
    hearing = Hearing(
        start=start,
        end_s=end_s,
        fixes=with_broken_json(told.positions, single, level, seed),
        single=single,
        events=told.events,
        level=level,
        happens=happens,
        seed=seed,
    )
    return Play(
        start=start,
        end=end,
        truth=_known(told.truth, start, end),
        refused_expected=hearing.refused(),
        single_fixes=int(np.count_nonzero(single & (hearing.arrivals() <= end_s))),
        hearing=hearing,
    )


def _known(truth: pa.Table, start: datetime, end: datetime) -> pa.Table:
    """The truth as it stands at the end of the past."""
    first, last = (pa.scalar(moment, truth.schema.field("entry_time").type) for moment in (start, end))
    lasts = pc.greater(truth["exit_time"], last)
    known = truth.filter(
        pc.and_(pc.less(truth["entry_time"], last), pc.or_(pc.greater_equal(truth["entry_time"], first), lasts))
    )
    lasts = pc.and_(pc.greater(known["exit_time"], last), pc.not_equal(known["status"], "local"))
    status = pc.if_else(lasts, "inside", known["status"])
    return known.set_column(known.schema.get_field_index("status"), "status", status)
