"""A small world for the tests of this folder.

West to east along latitude 43: town – A's queue – post a | post b – B's queue – city, then far off posts c | d.
Post r, north of a, is the rail-only post that faces b.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from birlik.domains.transport.vocabulary import Crossing, Geofence, Place, Zone

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday

PLACES = tuple(
    Place(
        place_id=i, name_en=i, country=c, kind=k, latitude=lat, longitude=lon, precision_km=1, zone_tz=tz
    )
    for i, c, k, lat, lon, tz in (
        ("a", "AAA", "border_post", 43.0, 80.0, "Asia/Almaty"),
        ("b", "BBB", "border_post", 43.0, 80.05, "Asia/Shanghai"),
        ("r", "AAA", "border_post", 43.15, 80.0, "Asia/Almaty"),
        ("c", "BBB", "border_post", 43.0, 82.0, "Asia/Shanghai"),
        ("d", "CCC", "border_post", 43.0, 82.05, "Asia/Kathmandu"),
        ("town", "AAA", "city", 43.0, 79.5, "Asia/Almaty"),
        ("city", "BBB", "city", 43.0, 80.6, "Asia/Shanghai"),
    )
)  # fmt: skip
POSTS = ("a", "b", "r", "c", "d")
GEOFENCES = (
    *(Geofence(geofence_id=f"{p}:post", place_id=p, zone=Zone.POST, radius_m=1500) for p in POSTS),
    *(Geofence(geofence_id=f"{p}:queue", place_id=p, zone=Zone.QUEUE, radius_m=8000) for p in POSTS),
    *(Geofence(geofence_id=f"{p}:place", place_id=p, zone=Zone.PLACE, radius_m=3000) for p in ("town", "city")),
)
CROSSINGS = tuple(
    Crossing(
        crossing_id=f"{a}--{b}--{mode}", name_en="", name_kk="", side_a=a, side_b=b, mode=mode, status=status,
        source="", basis="reported",
    )
    for a, b, mode, status in (
        ("a", "b", "road", "operating"), ("r", "b", "rail", "operating"), ("c", "d", "road", "operating"),
        ("a", "b", "rail", "planned"),
    )
)  # fmt: skip
SPOTS = {
    "wild": (43.5, 79.0), "town": (43.0, 79.5), "queue a": (43.0, 79.95), "a": (43.0, 80.0), "b": (43.0, 80.05),
    "queue b": (43.0, 80.1), "city": (43.0, 80.6), "r": (43.15, 80.0), "queue r": (43.15, 79.95),
    "queue c": (43.0, 81.95), "c": (43.0, 82.0), "d": (43.0, 82.05), "nowhere": (None, None), "by town": (43.0, 79.56),
    "near town": (43.0, 79.35), "home": (43.0, 78.6), "far in b": (43.0, 81.4), "beyond d": (43.0, 82.4),
}  # fmt: skip

TYPES: dict[str, Any] = {
    "object_id": pa.string(), "object_key": pa.int64(), "object_kind": pa.string(),
    "phenomenon_time": pa.timestamp("us", "UTC"), "latitude": pa.float64(), "longitude": pa.float64(),
    "place_id": pa.string(), "place_code": pa.string(), "activity": pa.string(),
    "received_time": pa.timestamp("us", "UTC"), "basis": pa.string(), "source_record_id": pa.string(),
    "speed_m_s": pa.float64(), "source_id": pa.string(),
}  # fmt: skip


def row(at_s: int, where: str, activity: str = "position", **changes: Any) -> dict[str, Any]:
    """A movement `at_s` seconds after noon. `where` is a spot; with an activity, a post is also named."""
    latitude, longitude = SPOTS[where]
    told = activity != "position" and where in (*POSTS, "town", "city")
    return {
        "object_id": "plate:X", "object_key": 1, "object_kind": "vehicle",
        "phenomenon_time": NOON + timedelta(seconds=at_s), "latitude": None if told else latitude,
        "longitude": None if told else longitude, "place_id": where if told else None, "place_code": None,
        "activity": activity, "received_time": NOON + timedelta(seconds=at_s + 5), "basis": "measured",
        "source_id": "ours", **changes,
    }  # fmt: skip


def movements(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=pa.schema(list(TYPES.items())))


def geofence_table(fences: tuple[Geofence, ...] = GEOFENCES) -> pa.Table:
    names = ("geofence_id", "place_id", "zone", "radius_m", "polygon_wkt", "basis")
    return pa.table({n: [getattr(f, n) for f in fences] for n in names})
