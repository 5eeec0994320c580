"""The derived tables of this domain, as the kernel is told of them."""

from collections.abc import Mapping

from birlik.domains.transport.model import episodes, reach, stays, timeline
from birlik.domains.transport.model.registers import (
    CROSSING_COLUMNS,
    EDGE_COLUMNS,
    FENCE_COLUMNS,
    PLACE_COLUMNS,
    edges_of,
    index_of,
    places_of,
)
from birlik.kernel.tables import By, Derived, Rows, Source

MOVEMENTS = Source(table="transport_movement", columns=timeline.COLUMNS, by="object_key", time="phenomenon_time")
ZONES = (
    Source(table="transport_place", columns=PLACE_COLUMNS, touches=By(reach.of_places)),
    Source(table="transport_geofence", columns=FENCE_COLUMNS, touches=By(reach.of_fences)),
    Source(table="transport_crossing", columns=CROSSING_COLUMNS, touches=By(reach.of_crossings)),
)
"""What the zones are made of."""


def _episodes(tables: Mapping[str, Rows]) -> Rows:
    return episodes.episodes_in(tables["transport_movement"], index_of(tables))


CROSSING_EPISODE = Derived(
    name="transport_crossing_episode",
    title="Crossing episodes",
    description="One passage of one object through both posts of a border, the queue before them included.",
    fields=episodes.FIELDS,
    key=episodes.KEY,
    sources=(MOVEMENTS, *ZONES),
    by="object_key",
    time="entry_time",
    function=_episodes,
)


def _legs(tables: Mapping[str, Rows]) -> Rows:
    return stays.legs(
        stays.stays_in(tables["transport_movement"], index_of(tables)),
        edges_of(tables["transport_edge"]),
        places_of(tables["transport_place"]),
    )


LEG = Derived(
    name="transport_leg",
    title="Legs",
    description="From one known place to the next, with the time under way and the time of all stops.",
    fields=stays.LEG_FIELDS,
    key=stays.LEG_KEY,
    sources=(MOVEMENTS, *ZONES, Source(table="transport_edge", columns=EDGE_COLUMNS)),
    by="object_key",
    time="start_time",
    method=2,
    function=_legs,
)

DERIVED = (CROSSING_EPISODE, LEG)
