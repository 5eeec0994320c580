"""The facts of a node's own tables, stewards' edits included, as what the model works with."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.model.axis import Axes, Fence, axes_of, frame_of
from birlik.domains.transport.model.zones import ZoneIndex, geofences_of, zone_index
from birlik.domains.transport.vocabulary import Crossing, Edge, Geofence, Place
from birlik.errors import OutOfRange
from birlik.kernel.tables import Rows

PLACE_COLUMNS = (
    "place_id", "country", "kind", "latitude", "longitude", "precision_km", "zone_tz", "place_id_unlocode",
    "station_ids_esr", "place_id_gln",
)  # fmt: skip
FENCE_COLUMNS = ("geofence_id", "place_id", "zone", "radius_m", "polygon_wkt", "basis")
CROSSING_COLUMNS = ("crossing_id", "side_a", "side_b", "mode", "status")
EDGE_COLUMNS = ("from_place", "to_place", "mode", "length_km", "status")
"""What the model reads of each register: names and sources are no part of it, so that their edit remakes nothing."""


LEARNED_COLUMNS = (
    "crossing_id", "basis", "post_a_km", "post_b_km", "a_from_km", "a_to_km", "b_from_km", "b_to_km", "queue_a_km",
    "queue_b_km", "core_a_km", "core_b_km",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ground:
    """Where everything is: the zones of places, and the axes of crossings with what was learned of them."""

    places: tuple[Place, ...]
    edges: tuple[Edge, ...]
    index: ZoneIndex
    axes: Axes


def ground(
    places: tuple[Place, ...],
    geofences: tuple[Geofence, ...],
    crossings: tuple[Crossing, ...],
    edges: tuple[Edge, ...] = (),
    learned: tuple[Fence, ...] = (),
) -> Ground:
    """Compile registers; equal ones are compiled once. Raises OutOfRange for those that don't hold together."""
    return Ground(
        places,
        edges,
        zone_index(places, geofences, crossings),
        axes_of(places, geofences, crossings, edges, learned),
    )


GROUND = ("transport_place", "transport_geofence", "transport_crossing", "transport_edge", "transport_fence")


def ground_of(tables: Mapping[str, Rows]) -> Ground:
    """Out of the rows of a node's own registers, and of its learned fences where they are among the tables.

    Raises OutOfRange for registers that don't hold together.
    """
    return _ground(tuple((name, _packed(tables[name])) for name in GROUND if name in tables))


def _packed(rows: Rows) -> bytes:
    """What equal rows are known by: reading them costs a hundred times as much, and each message would do it anew."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows.combine_chunks())
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


@lru_cache(maxsize=8)
def _ground(packed: tuple[tuple[str, bytes], ...]) -> Ground:
    tables = {name: pa.ipc.open_stream(rows).read_all() for name, rows in packed}
    return ground(
        places_of(tables["transport_place"]),
        geofences_of(tables["transport_geofence"]),
        crossings_of(tables["transport_crossing"]),
        edges_of(tables["transport_edge"]),
        learned_of(tables["transport_fence"]) if "transport_fence" in tables else (),
    )


def frames_of(tables: Mapping[str, Rows]) -> dict[str, tuple[float, ...]]:
    """The frame of the axis of each operating crossing: all that its fence is learned on."""
    places = {place.place_id: place for place in places_of(tables["transport_place"])}
    return {
        crossing.crossing_id: frame_of(places[crossing.side_a], places[crossing.side_b])
        for crossing in crossings_of(tables["transport_crossing"])
        if crossing.status == "operating" and {crossing.side_a, crossing.side_b} <= places.keys()
    }


def learned_of(rows: Rows) -> tuple[Fence, ...]:
    """The fences that are clear enough to be used."""
    names = ("crossing_id", *LEARNED_COLUMNS[2:])
    clear = rows.filter(pc.equal(rows["basis"], "learned")).select(names)
    return tuple(sorted((Fence(**row) for row in clear.to_pylist()), key=lambda fence: fence.crossing_id))


def places_of(rows: Rows) -> tuple[Place, ...]:
    """Sorted by id, so that equal tables compile once. Raises OutOfRange for a point or a zone that isn't one."""
    made = []
    for row in rows.to_pylist():
        place_id = row["place_id"]
        if not (-90 <= row["latitude"] <= 90 and -180 <= row["longitude"] <= 180):
            raise OutOfRange(f"place {place_id}: {row['latitude']:g}, {row['longitude']:g} is no point on Earth")
        if not _is_zone(row["zone_tz"]):
            raise OutOfRange(f"place {place_id}: {row['zone_tz']!r} is no time zone such as Asia/Almaty")
        made.append(
            Place(
                place_id=place_id,
                name_en=place_id,
                country=row["country"],
                kind=row["kind"],
                latitude=row["latitude"],
                longitude=row["longitude"],
                precision_km=row["precision_km"],
                zone_tz=row["zone_tz"],
                place_id_unlocode=row["place_id_unlocode"] or "",
                station_ids_esr=tuple((row["station_ids_esr"] or "").split()),
                place_id_gln=row["place_id_gln"] or "",
            )
        )
    return tuple(sorted(made, key=lambda place: place.place_id))


def crossings_of(rows: Rows) -> tuple[Crossing, ...]:
    """Raises OutOfRange for one with a single side, or two over the same pair and mode."""
    unread = dict.fromkeys(("name_en", "name_kk", "source", "basis"), "")
    made = [Crossing(**row, **unread) for row in rows.select(CROSSING_COLUMNS).to_pylist()]
    pairs: dict[tuple[frozenset[str], str], str] = {}
    for crossing in made:
        if crossing.side_a == crossing.side_b:
            raise OutOfRange(f"crossing {crossing.crossing_id}: its two sides are one place")
        pair = frozenset((crossing.side_a, crossing.side_b)), crossing.mode
        if crossing.status == "operating" and (other := pairs.setdefault(pair, crossing.crossing_id)) != (
            crossing.crossing_id
        ):
            raise OutOfRange(f"crossings {other} and {crossing.crossing_id} are of the same pair of posts and mode")
    return tuple(sorted(made, key=lambda crossing: crossing.crossing_id))


def edges_of(rows: Rows) -> tuple[Edge, ...]:
    made = [Edge(**row, basis="", source="") for row in rows.select(EDGE_COLUMNS).to_pylist()]
    for edge in made:
        if not edge.length_km > 0:
            raise OutOfRange(f"edge {edge.from_place} to {edge.to_place}: {edge.length_km:g} km is no length")
    return tuple(sorted(made, key=lambda edge: (edge.from_place, edge.to_place, edge.mode)))


@lru_cache(maxsize=512)
def _is_zone(name: str) -> bool:
    # `localtime` and its like name the zone of whatever machine reads them.
    if "/" not in name and name != "UTC":
        return False
    try:
        return bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
