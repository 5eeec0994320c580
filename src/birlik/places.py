"""Places and the shapes around them: words that every domain shares. No I/O.

A place has one id of ours and, beside it, the ids that agencies gave it. A geofence says where it is: a circle
around its point, or a polygon that a steward drew.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of WGS 84, IUGG."""


class Zone(StrEnum):
    """What a geofence stands for. `post` and `queue` lie at a border, `place` is any other known place."""

    POST = "post"
    QUEUE = "queue"
    PLACE = "place"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A station, port, dry port, border post or city."""

    place_id: str
    name_en: str
    country: str
    """ISO 3166-1 alpha-3."""
    kind: str
    latitude: float
    longitude: float
    precision_km: float
    """The true place lies within so much of the point."""
    zone_tz: str
    """IANA zone whose local hour and month its figures use."""
    name_kk: str = ""
    place_id_unlocode: str = ""
    place_ids_unlocode_other: tuple[str, ...] = ()
    """Further UN/LOCODEs of the same place: older names, and rows filed under a wrong country."""
    station_ids_esr: tuple[str, ...] = ()
    """Six digits each; one station has a code of its own for each export direction."""
    place_id_gln: str = ""
    source: str = ""
    basis: str = "reported"

    def codes(self) -> tuple[str, ...]:
        """Every id by which a source may name it, with its agency: `esr:707701`, `unlocode:KZDOS`, `own:kz-dostyk`."""
        unlocodes = (self.place_id_unlocode, *self.place_ids_unlocode_other)
        given = (
            *(("unlocode", code) for code in unlocodes),
            *(("esr", code) for code in self.station_ids_esr),
            ("gln", self.place_id_gln),
        )
        return (f"own:{self.place_id}", *(f"{agency}:{code}" for agency, code in given if code))


@dataclass(frozen=True, kw_only=True, slots=True)
class Geofence:
    """One zone of one place: either a radius around the place's point or a polygon, longitude first."""

    geofence_id: str
    place_id: str
    zone: Zone
    radius_m: float | None = None
    polygon_wkt: str = ""
    """WKT POLYGON or MULTIPOLYGON in WGS 84 degrees, `longitude latitude`. It wins over a radius."""
    source: str = ""
    basis: str = "estimated"


def distance_km(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Great-circle distance of two points in degrees, on the sphere of the mean radius: within 0.6 % of WGS 84.

    >>> round(distance_km(43.34, 76.95, 51.19, 71.41), 0)
    969.0
    """
    phi_a, phi_b = radians(latitude_a), radians(latitude_b)
    half_chord_2 = (
        sin((phi_b - phi_a) / 2) ** 2 + cos(phi_a) * cos(phi_b) * sin(radians(longitude_b - longitude_a) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half_chord_2)))
