"""The derived tables of this domain, as the kernel is told of them."""

from collections.abc import Mapping

from birlik.domains.transport.model import episodes, stays, timeline
from birlik.domains.transport.model.registers import WAYS, ZONES, edges_of, index_of, places_of
from birlik.kernel.tables import Derived, Rows


def _episodes(rows: Rows, registers: Mapping[str, Rows]) -> Rows:
    return episodes.episodes_in(rows, index_of(registers))


CROSSING_EPISODE = Derived(
    name="transport_crossing_episode",
    title="Crossing episodes",
    description="One passage of one object through both posts of a border, the queue before them included.",
    fields=episodes.FIELDS,
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
