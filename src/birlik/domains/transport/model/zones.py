"""At which place, and in which of its zones, a position lies.

Rules, in this order:
1. polygons win over radii, the smaller polygon over the larger; but inside a queue polygon the post's own circle
   still is the post;
2. within reach of several posts a fix belongs to the nearest one: inside its post radius it is at the post, else
   in its queue zone, unless a known place that is no border post holds it more closely;
3. only places of the object's modes count: a truck near a rail-only post is not at that post.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from birlik.domains.transport.vocabulary import MODES, MODES_OF_KIND, OBJECT_KINDS, Crossing, Geofence, Place, Zone
from birlik.errors import OutOfRange
from birlik.places import EARTH_RADIUS_KM, distance_km

Ints = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]

ZONES = (Zone.POST, Zone.QUEUE, Zone.PLACE)
POST, QUEUE, PLACE, NO_ZONE = 0, 1, 2, -1
OUTSIDE, UNLOCATED = -1, -2
"""Place index of a fix that is at no known place, and of a row that says nothing of where."""

FARTHEST_KM = 100.0
"""No zone of a place reaches farther from its point."""
CELL_DEG = 0.25
COLUMNS = int(360 / CELL_DEG)
ROWS = int(180 / CELL_DEG)
KM_PER_DEG = EARTH_RADIUS_KM * np.pi / 180

MASK_OF_KIND = np.array([sum(1 << MODES.index(mode) for mode in MODES_OF_KIND[kind]) for kind in OBJECT_KINDS], np.int8)
"""Set of modes, one bit each, by index in OBJECT_KINDS."""
ALL_MODES = (1 << len(MODES)) - 1


@dataclass(frozen=True, slots=True)
class ZoneIndex:
    """Geofences and crossings of one register as plain arrays: built at once, then only read.

    Circles are one a place: `radii_km[p]` holds its post, queue and place radius, 0 where it has none. Rings of
    polygon g are `vertices[ring_start[r]:ring_start[r + 1]]` for r from `polygon_ring[g]` to `polygon_ring[g + 1]`.
    The grid lists for each cell what may touch it: places from 0, polygons as -1 - g. `facing[p, k]` is
    (other place, crossing, bit of the mode, whether p is side A), filled from k = 0 on; -1 where there is none.
    """

    place_ids: tuple[str, ...]
    zones_tz: tuple[str, ...]
    codes: Mapping[str, int]
    """Index of the place that an agency's code names: `esr:707701`, `own:kz-dostyk`."""
    crossing_ids: tuple[str, ...]
    crossing_mode: Bytes
    country: Ints
    mask: Bytes
    centres: Floats
    radii_km: Floats
    polygon_place: Ints
    polygon_zone: Bytes
    polygon_area: Floats
    polygon_ring: Ints
    ring_start: Ints
    vertices: Floats
    cell_start: Ints
    cell_items: Ints
    facing: Ints

    def place_codes(self) -> dict[str, int]:
        return {place_id: code for code, place_id in enumerate(self.place_ids)}


@lru_cache(maxsize=8)
def zone_index(
    places: tuple[Place, ...], geofences: tuple[Geofence, ...], crossings: tuple[Crossing, ...]
) -> ZoneIndex:
    """Compile a register. Equal registers give the same object, so call it freely.

    Raises: OutOfRange for a geofence or crossing of an unknown place, or a shape that is missing or invalid.
    """
    code = {place.place_id: i for i, place in enumerate(places)}
    if strangers := sorted({fence.place_id for fence in geofences} - code.keys()):
        raise OutOfRange(f"geofences of places that are in no register: {', '.join(strangers)}")
    operating = [c for c in crossings if c.status == "operating"]
    for crossing in operating:
        for side in (crossing.side_a, crossing.side_b):
            if side not in code:
                raise OutOfRange(f"crossing {crossing.crossing_id}: its side {side} is in no register of places")
    operating.sort(key=lambda c: (MODES.index(c.mode), c.crossing_id))
    countries = {name: i for i, name in enumerate(sorted({place.country for place in places}))}
    centres = np.array([(place.latitude, place.longitude) for place in places], np.float64).reshape(-1, 2)
    radii = np.zeros((len(places), len(ZONES)))
    for fence in geofences:
        if not fence.polygon_wkt:
            if fence.radius_m is None or not fence.radius_m > 0:
                raise OutOfRange(f"geofence {fence.geofence_id} has neither a polygon nor a radius above 0")
            radii[code[fence.place_id], ZONES.index(fence.zone)] = fence.radius_m / 1000
    drawn = [fence for fence in geofences if fence.polygon_wkt]
    shapes = [_shape(fence) for fence in drawn]
    for fence, shape in zip(drawn, shapes, strict=True):
        _must_be_near(fence, shape, places[code[fence.place_id]])
    if (radii > FARTHEST_KM).any():
        raise OutOfRange(f"a radius of more than {FARTHEST_KM:g} km is no geofence of a place")
    rings = [_rings(shape) for shape in shapes]
    flat = [ring for of_one in rings for ring in of_one]
    cell_start, cell_items = _grid(_boxes(centres, radii, shapes))
    return ZoneIndex(
        place_ids=tuple(place.place_id for place in places),
        zones_tz=tuple(place.zone_tz for place in places),
        codes={code: i for i, place in reversed(list(enumerate(places))) for code in place.codes()},
        crossing_ids=tuple(c.crossing_id for c in operating),
        crossing_mode=np.array([MODES.index(c.mode) for c in operating], np.int8),
        country=np.array([countries[place.country] for place in places], np.int32),
        mask=_masks(len(places), code, operating),
        centres=centres,
        radii_km=radii,
        polygon_place=np.array([code[fence.place_id] for fence in drawn], np.int32),
        polygon_zone=np.array([ZONES.index(fence.zone) for fence in drawn], np.int8),
        polygon_area=np.array([_area(shape) for shape in shapes], np.float64),
        polygon_ring=_offsets([len(of_one) for of_one in rings]),
        ring_start=_offsets([len(ring) for ring in flat]),
        vertices=np.concatenate(flat) if flat else np.empty((0, 2)),
        cell_start=cell_start,
        cell_items=cell_items,
        facing=_facing(len(places), code, operating),
    )


def geofences_of(rows: pa.Table) -> tuple[Geofence, ...]:
    """Geofences out of the rows of a node's own table, sorted by id so that equal tables compile once."""
    names = ("geofence_id", "place_id", "zone", "radius_m", "polygon_wkt", "basis")
    columns = zip(*(rows.column(name).to_pylist() for name in names), strict=True)
    fences = [
        Geofence(geofence_id=i, place_id=p, zone=Zone(z), radius_m=r, polygon_wkt=w or "", basis=b or "estimated")
        for i, p, z, r, w, b in columns
    ]
    return tuple(sorted(fences, key=lambda fence: fence.geofence_id))


def label_positions(
    latitude: Floats, longitude: Floats, place_codes: Ints, masks: Bytes, index: ZoneIndex
) -> tuple[Ints, Bytes]:
    """Place and zone of each row.

    latitude, longitude: degrees, NaN where a row has no position. place_codes: index of the place that the source
    itself named, or -1; it is believed, as the post of that place. masks: modes of each row's object, MASK_OF_KIND.
    Returns: place index (OUTSIDE or UNLOCATED where none) and zone (POST, QUEUE, PLACE, or NO_ZONE).
    """
    place, zone = np.empty(latitude.size, np.int32), np.empty(latitude.size, np.int8)
    label: Any = _label  # numba's own types know no arguments
    label(latitude, longitude, place_codes, masks, *_arrays(index), place, zone)
    return place, zone


def _arrays(index: ZoneIndex) -> tuple[Any, ...]:
    cos_sin = np.column_stack((np.cos(np.radians(index.centres[:, 0])), np.sin(np.radians(index.centres[:, 0]))))
    return (
        index.mask, index.centres, cos_sin, index.radii_km, index.polygon_place, index.polygon_zone,
        index.polygon_area, index.polygon_ring, index.ring_start, index.vertices, index.cell_start,
        index.cell_items, (index.facing[:, 0, 0] >= 0) | (index.radii_km[:, POST] > 0),
    )  # fmt: skip


def _offsets(lengths: Sequence[int]) -> Ints:
    return np.concatenate(([0], np.cumsum(np.array(lengths, np.int32)))).astype(np.int32)


def _shape(fence: Geofence) -> Any:
    import shapely  # a tenth of a second, and only where a polygon was drawn

    try:
        shape = shapely.from_wkt(fence.polygon_wkt)
    except shapely.errors.GEOSException as error:
        raise OutOfRange(f"geofence {fence.geofence_id}: {error}") from error
    if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty or not shape.is_valid:
        why = f"{shape.geom_type}, {shapely.is_valid_reason(shape)}"
        raise OutOfRange(f"geofence {fence.geofence_id}: {why}; it takes a valid polygon")
    west, south, east, north = shape.bounds
    if max(-west, east) > 180 or max(-south, north) > 90:
        raise OutOfRange(f"geofence {fence.geofence_id}: outside of longitude ±180 or latitude ±90")
    return shape


def _must_be_near(fence: Geofence, shape: Any, place: Place) -> None:
    away_km = distance_km(place.latitude, place.longitude, shape.centroid.y, shape.centroid.x)
    if away_km > FARTHEST_KM:
        raise OutOfRange(
            f"geofence {fence.geofence_id} lies {away_km:.0f} km from its place; WKT writes longitude first"
        )


def _rings(shape: Any) -> list[Floats]:
    parts = shape.geoms if shape.geom_type == "MultiPolygon" else (shape,)
    return [np.asarray(ring.coords)[:, :2] for part in parts for ring in (part.exterior, *part.interiors)]


def _area(shape: Any) -> float:
    return float(shape.area * np.cos(np.radians(shape.centroid.y)))


def _masks(n: int, code: dict[str, int], operating: Sequence[Crossing]) -> Bytes:
    masks = np.zeros(n, np.int8)
    for crossing in operating:
        for side in (crossing.side_a, crossing.side_b):
            masks[code[side]] |= 1 << MODES.index(crossing.mode)
    masks[masks == 0] = ALL_MODES
    return masks


def _facing(n: int, code: dict[str, int], operating: Sequence[Crossing]) -> Ints:
    found: list[list[tuple[int, int, int, int]]] = [[] for _ in range(n)]
    for number, crossing in enumerate(operating):
        a, b, bit = code[crossing.side_a], code[crossing.side_b], 1 << MODES.index(crossing.mode)
        found[a].append((b, number, bit, 1))
        found[b].append((a, number, bit, 0))
    table = np.full((n, max((len(f) for f in found), default=0) + 1, 4), -1, np.int32)
    for place, rows in enumerate(found):
        for k, row in enumerate(rows):
            table[place, k] = row
    return table


def _boxes(centres: Floats, radii: Floats, shapes: Sequence[Any]) -> Iterable[tuple[int, float, float, float, float]]:
    """(item, south, north, west, east) of each circle and polygon."""
    for place, (latitude, longitude) in enumerate(centres):
        if (reach := radii[place].max()) > 0:
            d_lat = reach / KM_PER_DEG * 1.01
            d_lon = min(d_lat / max(np.cos(np.radians(abs(latitude) + d_lat)), 0.01), 180.0)
            yield place, latitude - d_lat, latitude + d_lat, longitude - d_lon, longitude + d_lon
    for number, shape in enumerate(shapes):
        west, south, east, north = shape.bounds
        yield -1 - number, south, north, west, east


def _grid(boxes: Iterable[tuple[int, float, float, float, float]]) -> tuple[Ints, Ints]:
    cells: dict[int, list[int]] = {}
    for item, south, north, west, east in boxes:
        first, last = (int(np.floor((edge + 90) / CELL_DEG)) for edge in (south, north))
        for row in range(max(first, 0), min(last, ROWS - 1) + 1):
            for column in range(int(np.floor((west + 180) / CELL_DEG)), int(np.floor((east + 180) / CELL_DEG)) + 1):
                held = cells.setdefault(row * COLUMNS + column % COLUMNS, [])
                if item not in held:
                    held.append(item)
    counts = np.zeros(ROWS * COLUMNS + 1, np.int32)
    for cell, items in cells.items():
        counts[cell + 1] = len(items)
    flat = [item for cell in sorted(cells) for item in cells[cell]]
    return np.cumsum(counts).astype(np.int32), np.array(flat, np.int32)


@numba.njit(cache=True, inline="always")
def _in_polygon(x, y, first, last, ring_start, vertices):  # type: ignore[no-untyped-def]
    """Even-odd rule over all rings, so that holes and several parts need no special care."""
    inside = False
    for ring in range(first, last):
        for i in range(ring_start[ring], ring_start[ring + 1] - 1):
            xa, ya, xb, yb = vertices[i, 0], vertices[i, 1], vertices[i + 1, 0], vertices[i + 1, 1]
            if (ya > y) != (yb > y) and x < (xb - xa) * (y - ya) / (yb - ya) + xa:
                inside = not inside
    return inside


@numba.njit(cache=True, inline="always")
def _squared_km(lat, lon, lat_c, lon_c, cos_c, sin_c):  # type: ignore[no-untyped-def]
    """Squared distance on the plane that touches half-way: within 0.1 % up to 100 km below 70° of latitude."""
    d_lat, d_lon = lat - lat_c, lon - lon_c
    if d_lon > 180.0:
        d_lon -= 360.0
    elif d_lon < -180.0:
        d_lon += 360.0
    x = d_lon * (cos_c - sin_c * (d_lat * (np.pi / 360)))
    return (x * x + d_lat * d_lat) * (KM_PER_DEG * KM_PER_DEG)


@numba.njit(cache=True, nogil=True)
def _label(  # type: ignore[no-untyped-def]
    latitude, longitude, named, masks, mask, centres, cos_sin, radii, polygon_place, polygon_zone, polygon_area,
    polygon_ring, ring_start, vertices, cell_start, cell_items, is_post, place, zone,
):  # fmt: skip
    for i in range(latitude.size):
        place[i], zone[i] = OUTSIDE, NO_ZONE
        lat, lon = latitude[i], longitude[i]
        if named[i] >= 0:
            place[i] = named[i]
            zone[i] = POST if is_post[named[i]] else PLACE
            continue
        if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0):  # NaN too
            place[i] = UNLOCATED
            continue
        row = min(int((lat + 90.0) / CELL_DEG), ROWS - 1)
        cell = row * COLUMNS + int((lon + 180.0) / CELL_DEG) % COLUMNS
        if cell_start[cell] == cell_start[cell + 1]:
            continue
        near_post, near_place, drawn = -1, -1, -1
        d_post, d_place = np.inf, np.inf
        for k in range(cell_start[cell], cell_start[cell + 1]):
            item = cell_items[k]
            if item < 0:
                g = -1 - item
                if (
                    mask[polygon_place[g]] & masks[i]
                    and (drawn < 0 or polygon_area[g] < polygon_area[drawn])
                    and _in_polygon(lon, lat, polygon_ring[g], polygon_ring[g + 1], ring_start, vertices)
                ):
                    drawn = g
            elif mask[item] & masks[i]:
                d = _squared_km(lat, lon, centres[item, 0], centres[item, 1], cos_sin[item, 0], cos_sin[item, 1])
                reach = max(radii[item, POST], radii[item, QUEUE])
                if reach > 0 and d <= reach * reach and d < d_post:
                    near_post, d_post = item, d
                reach = radii[item, PLACE]
                if reach > 0 and d <= reach * reach and d < d_place:
                    near_place, d_place = item, d
        at_post = near_post >= 0 and d_post <= radii[near_post, POST] * radii[near_post, POST]
        if drawn >= 0:
            place[i], zone[i] = polygon_place[drawn], polygon_zone[drawn]
            if zone[i] == QUEUE and at_post and near_post == place[i]:
                zone[i] = POST
        elif at_post:
            place[i], zone[i] = near_post, POST
        elif near_place >= 0:
            place[i], zone[i] = near_place, PLACE
        elif near_post >= 0:
            place[i], zone[i] = near_post, QUEUE
