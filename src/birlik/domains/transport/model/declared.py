"""The derived tables of this domain, as the kernel is told of them."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.model import coded, episodes, fences, left_out, reach, stays, twins, visits
from birlik.domains.transport.model.registers import (
    CROSSING_COLUMNS,
    EDGE_COLUMNS,
    FENCE_COLUMNS,
    LEARNED_COLUMNS,
    PLACE_COLUMNS,
    frames_of,
    ground_of,
)
from birlik.kernel.tables import By, Derived, Rows, Source, Through

MOVEMENTS = Source(
    table="transport_movement", columns=coded.COLUMNS, by="object_key", time="phenomenon_time", in_order=False
)
GROUND = (
    Source(table="transport_place", columns=PLACE_COLUMNS, touches=By(reach.of_places)),
    Source(table="transport_geofence", columns=FENCE_COLUMNS, touches=By(reach.of_fences)),
    Source(table="transport_crossing", columns=CROSSING_COLUMNS, touches=By(reach.of_crossings)),
    Source(table="transport_edge", columns=EDGE_COLUMNS),
)
"""What the zones, the axes and the ways between places are made of."""


def _visits(tables: Mapping[str, Rows]) -> Rows:
    return visits.visits_in(tables["transport_movement"], ground_of(tables))


VISIT = Derived(
    name="transport_visit",
    title="Visits to borders",
    description="Who came near which border, and where those who crossed it stood for half an hour or more.",
    fields=visits.FIELDS,
    key=visits.KEY,
    sources=(MOVEMENTS, *GROUND),
    by="object_key",
    function=_visits,
    look_back_days=None,
)


def _fences(tables: Mapping[str, Rows]) -> Rows:
    return fences.fences_in(tables["transport_visit"], frames_of(tables))


FENCE = Derived(
    name="transport_fence",
    title="Learned fences",
    description="Where vehicles really stand at the posts of a crossing, and how far its queues reach.",
    fields=fences.FIELDS,
    key=fences.KEY,
    sources=(
        Source(table="transport_visit", columns=visits.STANDS, by="crossing_id"),
        Source(table="transport_place", columns=PLACE_COLUMNS, touches=By(reach.crossings_at)),
        Source(table="transport_crossing", columns=CROSSING_COLUMNS, touches=By(reach.crossings_themselves)),
    ),
    by="crossing_id",
    function=_fences,
    look_back_days=None,
)


PASSING = ("entry_time", "exit_time", "exit_high_time", "last_time")
"""From when to when the rows reach that a passage was made of."""


def _passages(tables: Mapping[str, Rows]) -> Rows:
    found = episodes.episodes_in(tables["transport_movement"], ground_of(tables))
    way = pc.binary_join_element_wise(found["crossing_id"], found["direction"], "/")
    return found.append_column(pa.field(episodes.WAY.name, pa.string(), nullable=False), way)


PASSAGE = Derived(
    name="transport_passage",
    title="Passages as each record tells them",
    description="Crossing episodes of each id by itself, before those of one vehicle are joined.",
    fields=(*episodes.FIELDS, episodes.WAY),
    key=episodes.KEY,
    sources=(
        MOVEMENTS,
        *GROUND,
        Source(
            table="transport_fence",
            columns=LEARNED_COLUMNS,
            touches=Through(table="transport_visit", on={"crossing_id": "crossing_id"}, key="object_key"),
        ),
    ),
    by="object_key",
    time="entry_time",
    lasts=PASSING,
    function=_passages,
)


def _meetings(tables: Mapping[str, Rows]) -> Rows:
    return twins.meetings_in(tables["transport_passage"])


MEETING = Derived(
    name="transport_meeting",
    title="Meetings of records",
    description="Passages that an agency told and passages that a tracker made, which may be of one vehicle.",
    fields=twins.MEETING_FIELDS,
    key=twins.MEETING_KEY,
    sources=(Source(table="transport_passage", columns=twins.MEETING_COLUMNS, by="way", time="entry_time"),),
    by="way",
    time="entry_time",
    function=_meetings,
    look_back_days=30,
)


def _episodes(tables: Mapping[str, Rows]) -> Rows:
    return twins.counted(tables["transport_passage"].select(episodes.SCHEMA.names), tables["transport_meeting"])


CROSSING_EPISODE = Derived(
    name="transport_crossing_episode",
    title="Crossing episodes",
    description="One passage of one vehicle through both posts of a border, the queue before them included.",
    fields=episodes.FIELDS,
    key=episodes.KEY,
    sources=(
        Source(table="transport_passage", columns=tuple(episodes.SCHEMA.names), by="object_key"),
        Source(
            table="transport_meeting",
            columns=tuple(field.name for field in twins.MEETING_FIELDS if field.name != "way"),
            by="object_key",
        ),
    ),
    by="object_key",
    lasts=PASSING,
    function=_episodes,
    look_back_days=None,
    method=2,
)


def _left_out(tables: Mapping[str, Rows]) -> Rows:
    return left_out.left_out_in(tables["transport_movement"], ground_of(tables))


LEFT_OUT = Derived(
    name="transport_left_out",
    title="Positions that were left out",
    description="Positions that a receiver can't have seen, with the reason for which they were left out.",
    fields=left_out.FIELDS,
    key=left_out.KEY,
    sources=(MOVEMENTS, *GROUND),
    by="object_key",
    time="phenomenon_time",
    function=_left_out,
    latitude="latitude",
    longitude="longitude",
)


def _legs(tables: Mapping[str, Rows]) -> Rows:
    ground = ground_of(tables)
    return stays.legs(stays.stays_in(tables["transport_movement"], ground.index), ground.edges, ground.places)


LEG = Derived(
    name="transport_leg",
    title="Legs",
    description="From one known place to the next, with the time under way and the time of all stops.",
    fields=stays.LEG_FIELDS,
    key=stays.LEG_KEY,
    sources=(MOVEMENTS, *GROUND),
    by="object_key",
    time="start_time",
    lasts=("start_time", "departure_time", "arrival_time"),
    function=_legs,
    method=2,
)

DERIVED = (VISIT, FENCE, PASSAGE, MEETING, CROSSING_EPISODE, LEFT_OUT, LEG)
