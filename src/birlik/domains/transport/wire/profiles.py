"""A profile says how one supplier writes a table: which column is what, in which units, code page and zone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Any

from birlik.domains.transport.vocabulary import ACTIVITIES, OBJECT_KINDS
from birlik.domains.transport.wire.objects import KIND_OF_AGENCY, PLACE_AGENCIES
from birlik.domains.transport.wire.times import TimeFormat, known_pattern, zone_named
from birlik.errors import UnknownSetting
from birlik.standards.sheets.given import (
    DELIMITERS,
    Given,
    encodings_of,
    known_keys,
    one_of,
    read_given,
    shipped,
    text_in,
)
from birlik.standards.sheets.text import TWO_ROWS

FIELDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        "positions": (
            ("object_id", "time"),
            ("date", "latitude", "longitude", "wkt", "speed", "course", "accuracy"),
        ),
        "border_events": (("object_id", "time", "place", "activity"), ("date", "record_id")),
        "dislocation": (
            ("wagon", "time", "operation", "station"),
            ("date", "train_index", "origin", "destination", "cargo", "mass", "waybill"),
        ),
    }
)
"""By kind: (fields it must have a column for, fields it may have one for)."""

SPEED_UNITS_M_S = MappingProxyType({"m/s": 1.0, "km/h": 1 / 3.6, "kn": 1852 / 3600})
MASS_UNITS_T = MappingProxyType({"t": 1.0, "kg": 0.001})
IN_CELLS = "cell"
_KEYS = (
    "name", "kind", "title", "form", "header", "encoding", "delimiter", "decimal_comma", "time", "object", "place",
    "units", "columns", "documents", "activities",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How one supplier writes. `read_profile` makes it from YAML and says what is wrong there."""

    name: str
    kind: str
    title: str = ""
    form: str = "table"
    """`table` (CSV or XLSX, told apart by the bytes) or `json` (an array of objects)."""
    encodings: tuple[str, ...] = ("utf-8",)
    """Tried in order; a byte order mark always wins."""
    header_rows: int = 1
    """Without one (0) columns are named by their numbers, from 1; of two rows a column's name is `upper lower`."""
    delimiter: str = "auto"
    decimal_comma: bool = False
    time: TimeFormat = field(default_factory=TimeFormat)
    object_agency: str = "tracker"
    object_kind: str = "vehicle"
    object_from: str = "column"
    """`column`; or `filename`, `sheet` (of a spreadsheet), `title` (a line above the table): then a whole file or sheet
    is of one object."""
    object_after: str = ""
    """The word of the title after which the object stands; without it the object is the first text above the table."""
    object_id: str = ""
    """What the file's name told, once there is a file."""
    place_agency: str = "auto"
    speed_m_s: float = 1 / 3.6
    """What one unit of the speed column is in m/s."""
    mass_t: float = 1.0
    units_in_cells: tuple[str, ...] = ()
    """Fields of which each cell says its own unit: `54 km/h`."""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Field -> headers it may stand under, first found wins; compared without case."""
    documents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Type of document -> headers of its column."""
    activities: Mapping[str, str] = field(default_factory=dict)
    """Words of this supplier's own, lower case -> activity."""

    @property
    def required(self) -> tuple[str, ...]:
        told = "object_id" if self.object_from != "column" else ""
        return tuple(name for name in FIELDS[self.kind][0] if name != told)


def of_these(text: str) -> bool:
    """May a profile that can't be read be meant for this domain? One of a kind that is none of these isn't."""
    try:
        kind = read_given(text).get("kind")
    except UnknownSetting:
        return True
    return not isinstance(kind, str) or bool(get_close_matches(kind, FIELDS, 1))


def read_profile(text: str | bytes) -> Profile:
    """Read a profile from YAML. Raises UnknownSetting, naming the key and what it takes."""
    given = read_given(text)
    name = text_in(given, "name")
    known_keys(given, _KEYS, f"profile {name}")
    kind = one_of(given.get("kind"), tuple(FIELDS), f"profile {name}: kind")
    return _Reader(name, kind, given).profile()


class _Reader(Given):
    __slots__ = ()

    def profile(self) -> Profile:
        units = self.mapping("units", ("speed", "mass"))
        thing = self.mapping("object", ("agency", "kind", "from", "after"))
        place = self.mapping("place", ("agency",))
        agency = one_of(thing.get("agency", self._usual_agency()), ("auto", *KIND_OF_AGENCY), self.at("object.agency"))
        object_kind = thing.get("kind", KIND_OF_AGENCY.get(agency, "unknown"))
        return Profile(
            name=self.name,
            kind=self.kind,
            title=str(self.given.get("title", "")),
            form=one_of(self.given.get("form", "table"), ("table", "json"), self.at("form")),
            encodings=encodings_of(self.given, self.at("encoding")),
            delimiter=one_of(self.given.get("delimiter", "auto"), DELIMITERS, self.at("delimiter")),
            decimal_comma=one_of(self.given.get("decimal_comma", False), (True, False), self.at("decimal_comma")),
            time=self.time(),
            object_agency=agency,
            object_from=self.object_from(),
            object_after=self.object_after(),
            header_rows=self.header_rows(),
            object_kind=one_of(object_kind, OBJECT_KINDS, self.at("object.kind")),
            place_agency=one_of(place.get("agency", "auto"), ("auto", *PLACE_AGENCIES), self.at("place.agency")),
            speed_m_s=self.unit(units.get("speed", "km/h"), SPEED_UNITS_M_S, "units.speed"),
            units_in_cells=tuple(name for name in ("speed", "mass") if units.get(name) == IN_CELLS),
            mass_t=self.unit(units.get("mass", "t"), MASS_UNITS_T, "units.mass"),
            columns=self.columns(),
            documents={str(k): self.headers(v, f"documents.{k}") for k, v in self.mapping("documents").items()},
            activities=self.activities(),
        )

    def _usual_agency(self) -> str:
        return {"border_events": "auto", "dislocation": "wagon_1520"}.get(self.kind, "tracker")

    def header_rows(self) -> int:
        value = self.given.get("header", True)
        if isinstance(value, bool) or value == TWO_ROWS:
            return int(value)
        raise UnknownSetting(f"{self.at('header')}: {value!r}; it takes true, false, or 2 where it stands in two rows")

    def object_from(self) -> str:
        known: tuple[str, ...] = ("column",) if self.kind == "dislocation" else ("column", "filename")
        if self.kind != "dislocation" and self.given.get("form", "table") == "table":
            # Without a header nothing tells where the title ends.
            known += ("sheet", "title") if self.header_rows() else ("sheet",)
        return str(one_of(self.mapping("object").get("from", "column"), known, self.at("object.from")))

    def object_after(self) -> str:
        word = self.mapping("object").get("after", "")
        if not isinstance(word, str) or (word and self.object_from() != "title"):
            raise UnknownSetting(f"{self.at('object.after')}: a word of the title is expected, with from: title")
        return word.strip()

    def unit(self, value: Any, known: Mapping[str, float], key: str) -> float:
        """One that a column is in; `cell` where each cell says its own, and is then read in ours."""
        chosen = one_of(value, (*known, IN_CELLS), self.at(key))
        return 1.0 if chosen == IN_CELLS else known[chosen]

    def time(self) -> TimeFormat:
        value = self.mapping("time", ("format", "zone"))
        form = value.get("format", "iso")
        patterns = tuple(str(p) for p in form) if isinstance(form, list) else (str(form),)
        for pattern in patterns:
            if not known_pattern(pattern):
                raise UnknownSetting(
                    f"{self.at('time.format')}: {pattern!r}; it takes iso, epoch_s, epoch_ms, excel, "
                    "or a pattern such as %d.%m.%Y %H:%M"
                )
        zone = value.get("zone")
        if zone is not None:
            try:
                zone_named(str(zone))
            except ValueError as error:
                raise UnknownSetting(f"{self.at('time.zone')}: {error}") from error
        return TimeFormat(patterns, None if zone is None else str(zone))

    def columns(self) -> Mapping[str, tuple[str, ...]]:
        required, optional = FIELDS[self.kind]
        value = self.mapping("columns", required + optional)
        columns = {k: self.headers(v, f"columns.{k}") for k, v in value.items()}
        told = "object_id" if self.object_from() != "column" else ""
        missing = [f for f in required if f not in columns and f != told]
        located = "wkt" in columns or {"latitude", "longitude"} <= columns.keys()
        if self.kind == "positions" and not located:
            missing.append("latitude and longitude, or wkt")
        if missing:
            raise UnknownSetting(f"{self.at('columns')}: no column for {', '.join(missing)}")
        return columns

    def activities(self) -> Mapping[str, str]:
        words = self.mapping("activities")
        return {
            str(word).casefold(): one_of(activity, ACTIVITIES, self.at(f"activities.{word}"))
            for word, activity in words.items()
        }


@cache
def built_in_profiles() -> Mapping[str, Profile]:
    """The profiles that birlik ships, by name, in the order in which `recognise` tries them."""
    return shipped("birlik.domains.transport", read_profile)
