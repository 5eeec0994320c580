"""The derived tables of this domain, as the kernel is told of them."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.model import episodes, stays, timeline
from birlik.domains.transport.model.registers import WAYS, ZONES, edges_of, index_of, places_of
from birlik.kernel.tables import Derived, Field, Rows, Type

MONTH = Field(
    name="month",
    type=Type.TEXT,
    nullable=False,
    description="`2026-03`: of the exit; of the last sight while it is open, or where the exit is unknown.",
)


def _episodes(rows: Rows, registers: Mapping[str, Rows]) -> Rows:
    made = episodes.episodes_in(rows, index_of(registers))
    return made.append_column("month", pc.coalesce(made.column("exit_month"), _month_of(made.column("last_time"))))


def _month_of(times: Any) -> Any:
    """Calendar month in UTC, `2026-03`; arithmetic only, since engines differ in their formats."""
    year, month = pc.cast(pc.year(times), pa.string()), pc.cast(pc.month(times), pa.string())
    return pc.binary_join_element_wise(year, pc.utf8_lpad(month, 2, "0"), "-")


CROSSING_EPISODE = Derived(
    name="transport_crossing_episode",
    title="Crossing episodes",
    description="One passage of one object through both posts of a border, the queue before them included.",
    fields=(*episodes.FIELDS, MONTH),
    key=episodes.KEY,
    source="transport_movement",
    columns=timeline.COLUMNS,
    by="object_key",
    source_time="phenomenon_time",
    time="entry_time",
    registers=ZONES,
    function=_episodes,
)


def _legs(rows: Rows, registers: Mapping[str, Rows]) -> Rows:
    return stays.legs(
        stays.stays_in(rows, index_of(registers)),
        edges_of(registers["transport_edge"]),
        places_of(registers["transport_place"]),
    )


LEG = Derived(
    name="transport_leg",
    title="Legs",
    description="From one known place to the next, with the time under way and the time of all stops.",
    fields=stays.LEG_FIELDS,
    key=stays.LEG_KEY,
    source="transport_movement",
    columns=timeline.COLUMNS,
    by="object_key",
    source_time="phenomenon_time",
    time="start_time",
    registers=WAYS,
    function=_legs,
)

DERIVED = (CROSSING_EPISODE, LEG)
