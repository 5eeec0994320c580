"""A play: one world with a known truth, and what reaches a node of it, past and present."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
import pyarrow as pa

from birlik.domains.transport.simulate.corridor import passages
from birlik.domains.transport.simulate.events import events
from birlik.domains.transport.simulate.faults import LEVELS, fixes
from birlik.domains.transport.simulate.heard import Heard, chosen_singles, with_broken_json
from birlik.domains.transport.simulate.law import DEMO_CROSSINGS, Law, demo_law
from birlik.domains.transport.simulate.truth import law_table, truth_table
from birlik.errors import OutOfRange
from birlik.kernel.intake import Delivery

Faults = Literal["none", "default", "harsh"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What was put in, and what a node sees of it."""

    law: Law
    start: datetime
    end: datetime
    truth: pa.Table
    """One row a passage, see `truth.truth_table`."""
    laws: pa.Table
    """The law's mean by crossing, direction and mode, see `truth.law_table`."""
    refused_expected: Mapping[str, int]
    """What must end in quarantine of all that `deliveries` yields, by kind."""
    single_fixes: int
    """How many of these deliveries are single fixes."""
    heard: Heard = field(repr=False)

    def deliveries(self) -> Iterator[Delivery]:
        """All that reaches the node from start to end, in the order of arrival, which is the `received_time`."""
        return self.heard.past()

    def live(self, since: datetime | None = None, *, per_second: float = 3.0) -> Iterator[Delivery]:
        """The same world from `since` (default: the end) to the horizon: wait for each until its `received_time`.

        Trackers send as often as makes about `per_second` messages a second of all; each event comes by itself.
        """
        return self.heard.live(((since or self.end) - self.start) / timedelta(seconds=1), per_second)


def play(
    *,
    start: datetime,
    days: int,
    seed: int,
    faults: Faults = "default",
    crossings: tuple[str, ...] = DEMO_CROSSINGS,
    rate: float = 1.0,
    horizon_days: int = 2,
    single_fixes_max: int = 100_000,
    incidents: bool | None = None,
) -> Play:
    """Play the corridor.

    start: aware. days: of history; the end is start + days. rate: how many times the usual traffic. horizon_days: how
    much lies ahead of the end for `live`; a longer play from the same start and seed has the very same passages, and
    more. single_fixes_max: so many fixes come one by one, the other trackers' in files. incidents: whether one
    crossing slows down in the last 36 hours and one source falls silent; default: unless faults is `none`.
    Raises: OutOfRange for a level of faults, a crossing, a rate or a number of days that there isn't.
    """
    if faults not in LEVELS:
        raise OutOfRange(f"faults: {faults!r}; it takes {', '.join(LEVELS)}")
    if days < 1 or horizon_days < 0:
        raise OutOfRange(f"days: {days}, and {horizon_days} ahead; it takes at least 1, and 0")
    happens = faults != "none" if incidents is None else incidents
    law, level = demo_law(tuple(crossings), rate), LEVELS[faults]
    start = start.astimezone(UTC).replace(microsecond=0)
    end = start + timedelta(days=days)
    world = passages(law, start=start, days=days, horizon_days=horizon_days, seed=seed, degrade=happens)
    seen = fixes(world, level, np.random.default_rng((seed, 1)))
    single = chosen_singles(world, seen, single_fixes_max)
    heard = Heard(
        start=start,
        end_s=days * 86_400,
        world=world,
        fixes=with_broken_json(seen, single, level, np.random.default_rng((seed, 2))),
        single=single,
        events=events(world, level, np.random.default_rng((seed, 5))),
        level=level,
        quiet=happens,
        seed=seed,
    )
    return Play(
        law=law,
        start=start,
        end=end,
        truth=truth_table(world, start, end),
        laws=law_table(law),
        refused_expected=heard.refused(),
        single_fixes=int((single & (seen.arrival_s <= heard.end_s)).sum()),
        heard=heard,
    )
