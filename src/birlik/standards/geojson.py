"""GeoJSON: features out of columns, and polygons that people drew.

Source: RFC 7946. Positions are longitude first, in degrees of WGS 84, with six decimals (0.1 m; section 11.2 warns of
more). Rings are closed, outer ones counter-clockwise and holes clockwise (3.1.6).
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from birlik.errors import Malformed, Where

MEDIA_TYPE = "application/geo+json"
DECIMALS = 6

Position = tuple[float, float]
"""(longitude, latitude) in degrees."""
Ring = Sequence[Position]


def points(
    longitudes: Sequence[float | None],
    latitudes: Sequence[float | None],
    properties: Mapping[str, Sequence[Any]],
    *,
    ids: Sequence[str | int] | None = None,
) -> dict[str, Any]:
    """A FeatureCollection of points, one a row.

    longitudes, latitudes: n numbers in degrees; None or NaN gives a feature without place (null geometry, 3.2).
    properties: columns of n JSON values each. ids: n identifiers.
    Raises: ValueError where columns differ in length.
    """
    geometries = [
        None if x is None or y is None or x != x or y != y else {"type": "Point", "coordinates": _position(x, y)}
        for x, y in zip(longitudes, latitudes, strict=True)
    ]
    return _collection(geometries, properties, ids)


def polygons(
    shapes: Sequence[Sequence[Ring] | None],
    properties: Mapping[str, Sequence[Any]],
    *,
    ids: Sequence[str | int] | None = None,
) -> dict[str, Any]:
    """A FeatureCollection of polygons, one a row.

    shapes: n polygons, each its outer ring and then its holes; open rings are closed and all are turned the right
    way; None gives a feature without place. The rest: as `points`.
    """
    geometries = [None if rings is None else {"type": "Polygon", "coordinates": oriented(rings)} for rings in shapes]
    return _collection(geometries, properties, ids)


def oriented(rings: Sequence[Ring]) -> list[list[list[float]]]:
    """Rings as coordinates: closed, rounded, the first counter-clockwise and the others clockwise (3.1.6)."""
    out = []
    for index, ring in enumerate(rings):
        coordinates = [_position(x, y) for x, y in ring]
        if coordinates[0] != coordinates[-1]:
            coordinates.append(list(coordinates[0]))
        if (signed_area(coordinates) < 0) == (index == 0):
            coordinates.reverse()
        out.append(coordinates)
    return out


def signed_area(ring: Sequence[Sequence[float]]) -> float:
    """Area in square degrees of a closed ring on the plane of its coordinates; positive if counter-clockwise.

    Source: the shoelace formula, about the first point, so that small rings far from 0,0 keep their digits.
    """
    x0, y0 = ring[0][0], ring[0][1]
    return sum((a[0] - x0) * (b[1] - y0) - (b[0] - x0) * (a[1] - y0) for a, b in pairwise(ring)) / 2


def parse_polygon(geometry: object) -> list[list[Position]]:
    """The rings of a Polygon that someone drew or sent: a geometry, or a Feature that holds one.

    geometry: decoded JSON. Altitudes are dropped (3.1.1).
    Returns: closed rings of (longitude, latitude), rounded and turned the right way, so that the same polygon is the
    same value.
    Raises: Malformed, with a JSON pointer, for another type, a ring with fewer than four positions or not closed, a
    position that is none or not on the globe, a ring that crosses or touches itself or has no area, or a hole that is
    not inside. The ring's way round is put right, not refused, as 3.1.6 asks of parsers.
    """
    pointer = ""
    if isinstance(geometry, dict) and geometry.get("type") == "Feature":
        geometry, pointer = geometry.get("geometry"), "/geometry"
    if not isinstance(geometry, dict) or geometry.get("type") != "Polygon":
        raise _fault("must be a Polygon", f"{pointer}/type")
    rings = geometry.get("coordinates")
    if not isinstance(rings, list) or not rings:
        raise _fault("needs one ring at least", f"{pointer}/coordinates")
    read = [_ring(ring, f"{pointer}/coordinates/{index}") for index, ring in enumerate(rings)]
    turned = [[(x, y) for x, y in ring] for ring in oriented(read)]
    _check_shape(turned, f"{pointer}/coordinates")
    return turned


def _ring(ring: object, pointer: str) -> list[Position]:
    if not isinstance(ring, list) or len(ring) < 4:
        raise _fault("a ring needs four positions or more", pointer)
    positions = [_read_position(position, f"{pointer}/{index}") for index, position in enumerate(ring)]
    if positions[0] != positions[-1]:
        raise _fault("the ring is not closed: its last position must be the first again", f"{pointer}/{len(ring) - 1}")
    return positions


def _read_position(position: object, pointer: str) -> Position:
    if not isinstance(position, list) or len(position) < 2:
        raise _fault("a position is [longitude, latitude]", pointer)
    for index, (name, limit) in enumerate((("longitude", 180), ("latitude", 90))):
        number = position[index]
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise _fault(f"{name} must be a number", f"{pointer}/{index}")
        if not -limit <= number <= limit:
            swapped = "; longitude comes first" if name == "latitude" and abs(number) <= 180 else ""
            raise _fault(f"{name} {number} is not within -{limit} to {limit}{swapped}", f"{pointer}/{index}")
    x, y = _position(position[0], position[1])
    return x, y


def _check_shape(rings: list[list[Position]], pointer: str) -> None:
    from shapely import MultiPoint, Polygon

    shapes = []
    for index, ring in enumerate(rings):
        # Two positions that rounding made one would read as a ring that touches itself.
        distinct = [position for at, position in enumerate(ring) if at == 0 or position != ring[at - 1]]
        # By its hull: the two halves of a bow tie may cancel out.
        if len(distinct) < 4 or MultiPoint(distinct).convex_hull.area == 0:
            raise _fault("the ring has no area", f"{pointer}/{index}")
        shape = Polygon(distinct)
        if not shape.is_valid:
            raise _fault("the ring crosses or touches itself", f"{pointer}/{index}")
        shapes.append(shape)
    for index, hole in enumerate(shapes[1:], start=1):
        if not shapes[0].covers(hole):
            raise _fault("the hole is not inside the outer ring", f"{pointer}/{index}")
    if not Polygon(rings[0], rings[1:]).is_valid:
        raise _fault("holes overlap, or cut the polygon apart", pointer)


def _collection(
    geometries: list[dict[str, Any] | None],
    properties: Mapping[str, Sequence[Any]],
    ids: Sequence[str | int] | None,
) -> dict[str, Any]:
    columns = [range(len(geometries)) if ids is None else ids, *properties.values()]
    features = []
    for geometry, identifier, *values in zip(geometries, *columns, strict=True):
        feature: dict[str, Any] = {"type": "Feature", "geometry": geometry}
        if ids is not None:
            feature["id"] = identifier
        feature["properties"] = dict(zip(properties, values, strict=True))
        features.append(feature)
    return {"type": "FeatureCollection", "features": features}


def _position(longitude: float, latitude: float) -> list[float]:
    # Adding zero turns -0.0 into 0.0: one place, one spelling.
    return [round(float(longitude), DECIMALS) + 0.0, round(float(latitude), DECIMALS) + 0.0]


def _fault(reason: str, pointer: str) -> Malformed:
    return Malformed(reason, where=Where(pointer=pointer))
