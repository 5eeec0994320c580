"""Exact shapes within SQL: a function that the engine calls with the places of many rows at once."""

import contextlib
from typing import Any

import duckdb
import pyarrow as pa

SPACE_FUNCTION = "birlik_space"


def add_space(connection: Any) -> None:
    """Make it known to the engine, for all cursors: (longitude, latitude, how, shape as WKB) -> does it hold?"""
    takes = ["DOUBLE", "DOUBLE", "VARCHAR", "BLOB"]
    # While one connection of this process to the same file is open, a second one shares what it made known.
    with contextlib.suppress(duckdb.CatalogException):
        connection.create_function(SPACE_FUNCTION, _holds, takes, "BOOLEAN", type="arrow")


def _holds(longitudes: Any, latitudes: Any, how: Any, wkb: Any) -> Any:
    import shapely

    if not len(longitudes):
        return pa.array([], pa.bool_())
    predicate = {
        "intersects": shapely.intersects,
        "disjoint": shapely.disjoint,
        "within": shapely.within,
        "contains": shapely.contains,
        "equals": shapely.equals,
        "touches": shapely.touches,
        "crosses": shapely.crosses,
        "overlaps": shapely.overlaps,
    }[how[0].as_py()]
    shape = shapely.from_wkb(wkb[0].as_py())
    shapely.prepare(shape)
    points = shapely.points(longitudes.to_numpy(zero_copy_only=False), latitudes.to_numpy(zero_copy_only=False))
    return pa.array(predicate(points, shape))
