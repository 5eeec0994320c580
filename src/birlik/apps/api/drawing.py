"""The geometry of rows: points, circles around a place, polygons that people drew, lines from place to place."""

import math
from collections.abc import Iterator
from typing import Any

from birlik.apps.api.sheet import Sheet
from birlik.kernel.shapes import Shape
from birlik.kernel.tables import Rows
from birlik.places import EARTH_RADIUS_KM
from birlik.standards.geojson import DECIMALS, oriented

EARTH_M = 1000 * EARTH_RADIUS_KM
"""Mean radius, IUGG."""
CORNERS = 64
"""Of the polygon that stands for a circle: 0.1 % of its radius off at most."""

Point = tuple[float, float]
"""Longitude and latitude in degrees."""


def geometries(sheet: Sheet, rows: Rows) -> Iterator[dict[str, Any] | None]:
    """The geometry of each row in turn (RFC 7946); None where it has no place."""
    if sheet.shape is not None:
        columns = [rows.column(name).to_pylist() for name in sheet.shape.columns]
        names = sheet.shape.columns
        for values in zip(*columns, strict=True):
            yield _drawn(sheet, sheet.shape, dict(zip(names, values, strict=True)))
        return
    longitudes, latitudes = (rows.column(str(name)).to_pylist() for name in (sheet.longitude, sheet.latitude))
    for x, y in zip(longitudes, latitudes, strict=True):
        yield None if x is None or y is None else {"type": "Point", "coordinates": (x, y)}


def _drawn(sheet: Sheet, shape: Shape, row: dict[str, Any]) -> dict[str, Any] | None:
    if shape.wkt and row[shape.wkt]:
        return _polygon(row[shape.wkt])
    points = [sheet.places.get(row[name]) for name in shape.at]
    known = [point for point in points if point is not None]
    if len(known) < len(points):
        return None
    if len(known) > 1:
        return {"type": "LineString", "coordinates": [_rounded(point) for point in known]}
    radius_m = row[shape.radius_m] if shape.radius_m else None
    if radius_m:
        return {"type": "Polygon", "coordinates": oriented([circle(known[0], radius_m)])}
    return {"type": "Point", "coordinates": _rounded(known[0])}


def _polygon(text: str) -> dict[str, Any] | None:
    import shapely

    shape = shapely.from_wkt(text, on_invalid="ignore")
    if shape is None or shape.is_empty:
        return None
    parts = [_rings(part) for part in getattr(shape, "geoms", (shape,)) if part.geom_type == "Polygon"]
    if not parts:
        return None
    many = len(parts) > 1
    return {"type": "MultiPolygon" if many else "Polygon", "coordinates": parts if many else parts[0]}


def _rings(part: Any) -> Any:
    return oriented([[(p[0], p[1]) for p in ring.coords] for ring in (part.exterior, *part.interiors)])


def circle(centre: Point, radius_m: float) -> list[Point]:
    """An open ring of points at one distance on the sphere.

    Source: the direct problem on a sphere, e.g. Snyder, Map Projections (1987), equations 5-5 and 5-6.
    """
    longitude, latitude = math.radians(centre[0]), math.radians(centre[1])
    angle = radius_m / EARTH_M
    ring = []
    for corner in range(CORNERS):
        azimuth = -2 * math.pi * corner / CORNERS
        sine = math.sin(latitude) * math.cos(angle) + math.cos(latitude) * math.sin(angle) * math.cos(azimuth)
        east = math.atan2(
            math.sin(azimuth) * math.sin(angle) * math.cos(latitude), math.cos(angle) - math.sin(latitude) * sine
        )
        ring.append((math.degrees(longitude + east), math.degrees(math.asin(sine))))
    return ring


def _rounded(point: Point) -> list[float]:
    return [round(point[0], DECIMALS), round(point[1], DECIMALS)]
