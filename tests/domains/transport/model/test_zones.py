"""Which zone of which place a position lies in."""

from dataclasses import replace

import numpy as np
import pytest
from tests.domains.transport.model.toy import CROSSINGS, GEOFENCES, PLACES

from birlik.domains.transport.model.zones import MASK_OF_KIND, ZONES, label_positions, zone_index
from birlik.domains.transport.vocabulary import OBJECT_KINDS, Geofence, Zone, crossings, geofences, places
from birlik.errors import OutOfRange

SMALL = "POLYGON ((79.9 42.95, 79.96 42.95, 79.96 43.05, 79.9 43.05, 79.9 42.95))"
HOLE = "(79.81 42.91, 79.83 42.91, 79.83 42.93, 79.81 42.91)"
BIG = f"POLYGON ((79.8 42.9, 80.02 42.9, 80.02 43.1, 79.8 43.1, 79.8 42.9), {HOLE})"


def drawn(place: str, zone: Zone, wkt: str) -> Geofence:
    return Geofence(geofence_id=f"{place}:{zone}:drawn", place_id=place, zone=zone, polygon_wkt=wkt)


def at(
    latitude: float, longitude: float, fences: tuple[Geofence, ...] = GEOFENCES, kind: str = "vehicle"
) -> tuple[str, str]:
    index = zone_index(PLACES, fences, CROSSINGS)
    mask = MASK_OF_KIND[[OBJECT_KINDS.index(kind)]]
    place, zone = label_positions(np.array([latitude]), np.array([longitude]), np.array([-1], np.int32), mask, index)
    if place[0] < 0:
        return {-1: "outside", -2: "unlocated"}[int(place[0])], ""
    return index.place_ids[place[0]], ZONES[zone[0]].value


@pytest.mark.parametrize(
    ("latitude", "longitude", "kind", "expected"),
    [
        pytest.param(43.0, 80.01, "vehicle", ("a", "post"), id="inside the post's radius"),
        pytest.param(43.05, 80.0, "vehicle", ("a", "queue"), id="nearer to a, outside its post"),
        pytest.param(43.05, 80.03, "vehicle", ("b", "queue"), id="the line between the posts splits the queue zones"),
        pytest.param(43.15, 80.0, "vehicle", ("outside", ""), id="a rail post is no place of a truck"),
        pytest.param(43.15, 80.0, "wagon", ("r", "post"), id="but of a wagon"),
        pytest.param(43.0, 79.52, "vehicle", ("town", "place"), id="a town"),
        pytest.param(float("nan"), 80.0, "vehicle", ("unlocated", ""), id="no position"),
        pytest.param(91.0, 80.0, "vehicle", ("unlocated", ""), id="no such latitude"),
    ],
)
def test_radii(latitude: float, longitude: float, kind: str, expected: tuple[str, str]) -> None:
    assert at(latitude, longitude, kind=kind) == expected


BOTH = (*GEOFENCES, drawn("a", Zone.QUEUE, BIG), drawn("b", Zone.QUEUE, SMALL))


@pytest.mark.parametrize(
    ("longitude", "latitude", "expected"),
    [
        pytest.param(79.95, 43.0, ("b", "queue"), id="the smaller polygon over the larger, and over the radius"),
        pytest.param(79.85, 43.0, ("a", "queue"), id="the larger where it is alone"),
        pytest.param(80.0, 43.0, ("a", "post"), id="a queue polygon leaves its own post alone"),
        pytest.param(79.826, 42.914, ("outside", ""), id="a hole is outside"),
    ],
)
def test_polygons_win_over_radii(longitude: float, latitude: float, expected: tuple[str, str]) -> None:
    assert at(latitude, longitude, BOTH) == expected


@pytest.mark.parametrize(
    "fence",
    [
        pytest.param(drawn("a", Zone.POST, "POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))"), id="crosses itself"),
        pytest.param(drawn("a", Zone.POST, "POINT (1 1)"), id="a point"),
        pytest.param(drawn("a", Zone.POST, "POLYGON (("), id="not WKT"),
        pytest.param(drawn("a", Zone.POST, "POLYGON ((0 0, 0 95, 1 95, 0 0))"), id="beyond the pole"),
        pytest.param(drawn("nowhere", Zone.POST, SMALL), id="unknown place"),
        pytest.param(replace(GEOFENCES[0], radius_m=None), id="no shape"),
    ],
)
def test_a_geofence_that_means_nothing_is_refused(fence: Geofence) -> None:
    with pytest.raises(OutOfRange):
        zone_index(PLACES, (fence,), CROSSINGS)


def test_each_shipped_place_is_found_at_its_own_point_by_its_own_modes() -> None:
    index = zone_index(places(), geofences(), crossings())
    n = len(index.place_ids)
    place, zone = label_positions(
        index.centres[:, 0].copy(), index.centres[:, 1].copy(), np.full(n, -1, np.int32), index.mask, index
    )
    assert [index.place_ids[i] for i in place] == list(index.place_ids)
    kinds = ["post" if p.kind == "border_post" else "place" for p in places()]
    assert [ZONES[z].value for z in zone] == kinds
