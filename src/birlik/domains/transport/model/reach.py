"""Whom an edit of a register concerns: the objects that came near, or named, a place that it is about.

A place that moves concerns those near where it was and those near where it is: the changed rows hold both.
"""

from collections.abc import Iterable
from math import cos, radians

import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.model.axis import REACH_KM
from birlik.domains.transport.model.zones import KM_PER_DEG
from birlik.kernel.tables import LookUp, Rows

_CODES = (("place_id_unlocode", "unlocode"), ("place_id_gln", "gln"))


def of_places(changed: Rows, lookup: LookUp) -> Rows:
    """the objects within 175 km of the place, as it was or is, and those that named it"""
    return _near(changed, lookup)


def of_fences(changed: Rows, lookup: LookUp) -> Rows:
    """the objects within 175 km of the fence's place, and those that named it"""
    return _near(_places(changed["place_id"].to_pylist(), lookup), lookup)


def of_crossings(changed: Rows, lookup: LookUp) -> Rows:
    """the objects within 175 km of one of the crossing's sides, and those that named one"""
    sides = changed["side_a"].to_pylist() + changed["side_b"].to_pylist()
    return _near(_places(sides, lookup), lookup)


def crossings_at(changed: Rows, lookup: LookUp) -> Rows:
    """the crossings that have the place on one of their sides"""
    places = sorted(set(changed["place_id"].to_pylist()))
    keys = [
        lookup("transport_crossing", ("crossing_id",), among={side: places})["crossing_id"].combine_chunks()
        for side in ("side_a", "side_b")
    ]
    return pa.table({"k": pc.unique(pa.chunked_array(keys, pa.string()))})


def crossings_themselves(changed: Rows, lookup: LookUp) -> Rows:
    """the crossings that were edited"""
    return pa.table({"k": pc.unique(changed["crossing_id"])})


def _places(place_ids: Iterable[str], lookup: LookUp) -> Rows:
    columns = ("place_id", "latitude", "longitude", "place_id_unlocode", "station_ids_esr", "place_id_gln")
    return lookup("transport_place", columns, among={"place_id": sorted(set(place_ids))})


def _near(places: Rows, lookup: LookUp) -> Rows:
    keys = [_keys(lookup("transport_movement", ("object_key",), among={"place_id": places["place_id"].to_pylist()}))]
    codes = sorted({code for row in places.to_pylist() for code in _codes(row)})
    keys.append(_keys(lookup("transport_movement", ("object_key",), among={"place_code": codes})))
    for south, north, west, east in sorted({_box(row) for row in places.select(["latitude", "longitude"]).to_pylist()}):
        within = {"latitude": (south, north), "longitude": (west, east)}
        keys.append(_keys(lookup("transport_movement", ("object_key",), within=within)))
    return pa.table({"k": pc.unique(pa.chunked_array(keys, pa.int64()))})


def _keys(rows: Rows) -> pa.Array:
    return rows["object_key"].combine_chunks()


def _codes(row: dict[str, str | None]) -> list[str]:
    told = [f"own:{row['place_id']}", *(f"{agency}:{row[name]}" for name, agency in _CODES if row[name])]
    return told + [f"esr:{code}" for code in (row["station_ids_esr"] or "").split()]


def _box(row: dict[str, float]) -> tuple[float, float, float, float]:
    """South, north, west, east of all that is within REACH_KM; all longitudes where it meets a pole or ±180°."""
    high = REACH_KM / KM_PER_DEG
    south, north = row["latitude"] - high, row["latitude"] + high
    if max(abs(south), abs(north)) >= 89:
        return south, north, -180.0, 180.0
    wide = high / cos(radians(max(abs(south), abs(north))))
    west, east = row["longitude"] - wide, row["longitude"] + wide
    return (south, north, west, east) if west >= -180 and east <= 180 else (south, north, -180.0, 180.0)
