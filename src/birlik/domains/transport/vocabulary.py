"""This domain's words: code lists and what they mean. Facts on places lie in data/*.csv and are read here."""

from collections.abc import Callable
from csv import DictReader
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TypeVar

Row = TypeVar("Row")


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


OBJECT_KINDS = ("vehicle", "wagon", "container", "vessel", "consignment", "unknown")

MODES = ("road", "rail", "ferry", "sea")

MODES_OF_KIND = {
    "vehicle": ("road",),
    "wagon": ("rail",),
    "container": ("road", "rail"),
    "vessel": ("ferry", "sea"),
    "consignment": ("road", "rail"),
    "unknown": ("road", "rail"),
}
"""At which crossings an object of a kind can be: modes are never pooled."""

ACTIVITIES = (
    "position",
    "arrive",
    "queue",
    "documents",
    "inspect",
    "permit",
    "gauge_change",
    "transload",
    "ferry_wait",
    "ferry_sail",
    "clear",
    "depart",
    "pass",
    "load",
    "unload",
    "hold",
    "resume",
    "other",
    "void",
)
"""What a movement row says the object did. `position` is a bare fix; `void` takes back the rows of the same object,
time and source record, which their source has declared wrong."""

CAUSES = (
    "queue",
    "documents",
    "inspection",
    "permit",
    "gauge_change",
    "transload",
    "ferry_waiting",
    "ferry_sailing",
    "other",
    "unexplained",
)
"""Why an object waited. What no event explains stays `unexplained`; it is never spread over the others."""

CAUSE_STARTED_BY = {
    "queue": "queue",
    "arrive": "queue",
    "documents": "documents",
    "inspect": "inspection",
    "permit": "permit",
    "gauge_change": "gauge_change",
    "transload": "transload",
    "ferry_wait": "ferry_waiting",
    "ferry_sail": "ferry_sailing",
    "load": "other",
    "unload": "other",
    "hold": "other",
}
"""The cause that runs from an activity until the next one; an activity not listed here ends the running cause."""

BASES = ("measured", "reported", "estimated", "forecast")


@dataclass(frozen=True, kw_only=True, slots=True)
class Crossing:
    """Two posts that face each other, one a side, and what lies between. One crossing has one mode."""

    crossing_id: str
    name_en: str
    name_kk: str
    side_a: str
    side_b: str
    mode: str
    status: str
    """`operating`, or `planned`: no episode is ever built at a planned one."""
    source: str
    basis: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """A stretch of the corridor graph between two places, without direction."""

    from_place: str
    to_place: str
    mode: str
    length_km: float
    basis: str
    status: str
    source: str
    gauge_break: bool | None = None
    """None where it is not told: a node's register of edges has no word for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """One published CPMM figure, to stand beside ours. What has a `fault` is shown with it, never averaged."""

    indicator: str
    value: float | None
    unit: str
    year: int
    mode: str
    scope_kind: str
    """`crossing`, `corridor`, `country` (ISO alpha-3) or `programme`."""
    scope: str
    crossing_id: str
    """Ours, where the scope is a crossing that we hold."""
    direction: str
    """`outbound` or `inbound` as seen from the first state of the source, empty where it is not told."""
    n: int | None
    reading: str
    """How well the figure was read: `verified`, or `unverified` where its page was not read again."""
    fault: str
    source: str
    basis: str


def _rows(name: str, make: Callable[[dict[str, str]], Row]) -> tuple[Row, ...]:
    text = files(__package__).joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(make(row) for row in DictReader(text.splitlines()))


@cache
def places() -> tuple[Place, ...]:
    """Border posts, ports, stations and cities of the corridor."""
    return _rows("places", _place)


@cache
def crossings() -> tuple[Crossing, ...]:
    return _rows("crossings", lambda row: Crossing(**row))


@cache
def geofences() -> tuple[Geofence, ...]:
    """The zones as shipped. A node's stewards may hold others: see `model.zones`."""
    return _rows("geofences", geofence)


@cache
def edges() -> tuple[Edge, ...]:
    return _rows("edges", _edge)


@cache
def reported() -> tuple[Reported, ...]:
    return _rows("reported_cpmm", _reported)


@cache
def place_by_code() -> dict[str, Place]:
    """Our place of an agency's code, `esr:707701` or `unlocode:KZDOS`. Read it, never write to it."""
    return {code: place for place in places() for code in place.codes()}


def geofence(row: dict[str, str]) -> Geofence:
    """A geofence out of a row of text, as data/geofences.csv has it."""
    radius = row["radius_m"]
    return Geofence(**{**row, "zone": Zone(row["zone"]), "radius_m": float(radius) if radius else None})  # type: ignore[arg-type]


def _place(row: dict[str, str]) -> Place:
    numbers = {name: float(row[name]) for name in ("latitude", "longitude", "precision_km")}
    lists = {name: tuple(row[name].split()) for name in ("station_ids_esr", "place_ids_unlocode_other")}
    return Place(**{**row, **numbers, **lists})  # type: ignore[arg-type]


def _edge(row: dict[str, str]) -> Edge:
    changed = {"length_km": float(row["length_km"]), "gauge_break": row["gauge_break"] == "yes"}
    return Edge(**{**row, **changed})  # type: ignore[arg-type]


def _reported(row: dict[str, str]) -> Reported:
    value, n = row["value"], row["n"]
    changed = {"value": float(value) if value else None, "year": int(row["year"]), "n": int(n) if n else None}
    return Reported(**{**row, **changed})  # type: ignore[arg-type]
