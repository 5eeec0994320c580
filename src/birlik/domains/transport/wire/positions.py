"""Positions out of tables and JSON, a column at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.wire.cells import Floats, Mask, mask_of, numbers
from birlik.domains.transport.wire.decoded import (
    FASTEST_M_S,
    POSITIONS_SCHEMA,
    Bounds,
    Decoded,
)
from birlik.domains.transport.wire.objects import KIND_OF_AGENCY, object_of
from birlik.domains.transport.wire.profiles import Profile
from birlik.domains.transport.wire.sheets import read_any
from birlik.domains.transport.wire.times import Times, parse_times, to_us, utc_column, when
from birlik.errors import DeliveryError, Implausible, Malformed
from birlik.said import Said
from birlik.standards.sheets.text import TextTable

_WKT_POINT = r"(?i)^POINT ?Z? ?\( *(?P<x>[-+.0-9eE]+) +(?P<y>[-+.0-9eE]+)(?: +[-+.0-9eE]+)* *\)$"


def decode_positions(raw: bytes, profile: Profile, bounds: Bounds) -> Decoded:
    """Decode a message of positions by its profile.

    Returns: rows of POSITIONS_SCHEMA. Raises: Malformed where no line of it can be read.
    """
    return positions_of(read_any(raw, profile), profile, bounds)


def positions_of(table: TextTable, profile: Profile, bounds: Bounds) -> Decoded:
    """Check every cell; the rows that hold become positions, the others are refused with their place."""
    faults = Faults(table)
    times = parse_times(table.columns["time"], profile.time)
    check_times(faults, times, bounds)
    ids, kinds = _objects(faults, profile)
    latitude, longitude = _coordinates(faults, profile, bounds)
    speed = _optional(faults, profile, "speed", FASTEST_M_S / profile.speed_m_s)
    course, accuracy = _optional(faults, profile, "course", 360.0), _optional(faults, profile, "accuracy")
    keep = faults.good()
    columns = [
        ids,
        kinds,
        utc_column(times.utc_us),
        times.offsets(),
        pa.array(latitude),
        pa.array(longitude),
        _measured(None if speed is None else speed * profile.speed_m_s, len(table)),
        _measured(None if course is None else course % 360, len(table)),
        _measured(accuracy, len(table)),
        pa.array(table.line),
    ]
    rows = pa.Table.from_arrays(columns, schema=POSITIONS_SCHEMA)
    if not keep.all():
        rows = rows.filter(pa.array(keep))
    return Decoded(rows, faults.refused(), (*table.notices, *times.notices, *faults.notices))


@dataclass(slots=True)
class Faults:
    """The first thing wrong with each row of a table, and where."""

    table: TextTable
    found: dict[int, DeliveryError] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    """What was odd and cost no row."""

    def add(self, mask: Mask, kind: type[DeliveryError], name: str, why: Callable[[int], str]) -> None:
        for row in np.flatnonzero(mask).tolist():
            self.at(row, kind, name, why(row))

    def at(self, row: int, kind: type[DeliveryError], name: str, reason: str) -> None:
        if row not in self.found:
            where = self.table.where(row, name)
            self.found[row] = kind(reason, raw=self.table.raw_of(row), where=where)

    def good(self) -> Mask:
        keep = np.ones(len(self.table), np.bool_)
        keep[list(self.found)] = False
        return keep

    def refused(self) -> list[DeliveryError]:
        """In the order of the file, those of the reading included."""
        errors = [*self.table.refused, *self.found.values()]
        return sorted(errors, key=lambda e: e.where.line or 0)


def check_times(faults: Faults, times: Times, bounds: Bounds, name: str = "time") -> None:
    """Refuse what is no time, what lies before any record and what lies in the future."""
    for row, (reason, well_formed) in times.problem.items():
        faults.at(row, Implausible if well_formed else Malformed, name, reason)
    early, late = to_us(bounds.earliest), to_us(bounds.latest)
    faults.add(
        times.utc_us < early,
        Implausible,
        name,
        lambda i: Said(
            "{time} is before {earliest}: a clock that was never set?",
            time=when(int(times.utc_us[i])),
            earliest=bounds.earliest.date(),
        ),
    )
    ahead = bounds.clock_ahead // timedelta(hours=1)
    faults.add(
        times.utc_us > late,
        Implausible,
        name,
        lambda i: Said("{time} lies more than {ahead:g} h in the future", time=when(int(times.utc_us[i])), ahead=ahead),
    )


def _objects(faults: Faults, profile: Profile) -> tuple[Any, Any]:
    """Ids and kinds, looking at each distinct id once."""
    encoded = pc.dictionary_encode(faults.table.columns["object_id"])
    read = [object_of(text, profile.object_agency) for text in encoded.dictionary.to_pylist()]
    index = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    bad = np.array([checked.value is None for _, checked in read], dtype=np.bool_)

    def why(row: int) -> str:
        return str(read[int(index[row])][1].problem)

    if bad.any():
        kinds_of_fault = np.array([checked.malformed for _, checked in read], dtype=np.bool_)
        faults.add(bad[index] & kinds_of_fault[index], Malformed, "object_id", why)
        faults.add(bad[index] & ~kinds_of_fault[index], Implausible, "object_id", why)
    ids = pa.array([f"{agency}:{checked.value or ''}" for agency, checked in read], pa.string())
    kinds = pa.array([_kind(profile, agency) for agency, _ in read], pa.string())
    return ids.take(encoded.indices), kinds.take(encoded.indices)


def _kind(profile: Profile, agency: str) -> str:
    return KIND_OF_AGENCY.get(agency, "unknown") if profile.object_agency == "auto" else profile.object_kind


def _coordinates(faults: Faults, profile: Profile, bounds: Bounds) -> tuple[Floats, Floats]:
    columns = faults.table.columns
    as_point = _as_point(columns)
    latitude, longitude = np.full(len(faults.table), np.nan), np.full(len(faults.table), np.nan)
    if as_point.any():
        latitude, longitude = _from_wkt(faults, as_point)
    if not as_point.all():
        given = [_required(faults, profile, name, ~as_point) for name in ("latitude", "longitude")]
        latitude, longitude = np.where(as_point, latitude, given[0]), np.where(as_point, longitude, given[1])
    north, east = ("wkt", "wkt") if "wkt" in columns else ("latitude", "longitude")
    faults.add(
        np.abs(latitude) > 90,
        Implausible,
        north,
        lambda i: Said("latitude {latitude:g} is beyond ±90", latitude=latitude[i]),
    )
    faults.add(
        np.abs(longitude) > 180,
        Implausible,
        east,
        lambda i: Said("longitude {longitude:g} is beyond ±180", longitude=longitude[i]),
    )
    nowhere = (latitude == 0) & (longitude == 0)
    faults.add(nowhere, Implausible, north, lambda i: Said("0, 0 is what a receiver writes before its first fix"))
    if (box := bounds.region) is not None:
        outside = ~_inside(latitude, longitude, box.south, box.north, box.west, box.east)
        swapped = outside & _inside(longitude, latitude, box.south, box.north, box.west, box.east)
        faults.add(swapped, Implausible, north, lambda i: Said("latitude and longitude look swapped"))
    return latitude, longitude


def _as_point(columns: Mapping[str, Any]) -> Mask:
    """Which rows give their place as a point: where a table has both forms, each row has one of them."""
    if "wkt" not in columns:
        return np.zeros(len(columns["time"]), np.bool_)
    if "latitude" not in columns or "longitude" not in columns:
        return np.ones(len(columns["time"]), np.bool_)
    return ~mask_of(pc.equal(columns["wkt"], ""))


def _inside(latitude: Floats, longitude: Floats, south: float, north: float, west: float, east: float) -> Mask:
    return np.asarray((latitude >= south) & (latitude <= north) & (longitude >= west) & (longitude <= east))


def _from_wkt(faults: Faults, rows: Mask) -> tuple[Floats, Floats]:
    cells = faults.table.columns["wkt"]
    pairs = pc.extract_regex(cells, _WKT_POINT)
    found = mask_of(pc.is_valid(pairs))
    x = pc.fill_null(pc.struct_field(pairs, "x"), "")
    y = pc.fill_null(pc.struct_field(pairs, "y"), "")
    (longitude, bad_x), (latitude, bad_y) = numbers(x), numbers(y)
    bad = ~found | bad_x | bad_y | ~np.isfinite(longitude) | ~np.isfinite(latitude)
    faults.add(
        bad & rows, Malformed, "wkt", lambda i: Said("{value!r} is no POINT(lon lat)", value=cells[i].as_py()[:60])
    )
    return latitude, longitude


def _required(faults: Faults, profile: Profile, name: str, rows: Mask) -> Floats:
    cells = faults.table.columns[name]
    values, _ = numbers(cells, decimal_comma=profile.decimal_comma)
    missing = np.isnan(values) & rows
    faults.add(missing, Malformed, name, lambda i: _no_number(name, cells[i].as_py(), profile))
    return values


def _optional(faults: Faults, profile: Profile, name: str, most: float = np.inf) -> Floats | None:
    """A column that could be left out: what is odd in it costs that value and is said, never the row."""
    if name not in faults.table.columns:
        return None
    cells = faults.table.columns[name]
    values, bad = numbers(cells, decimal_comma=profile.decimal_comma)
    odd = np.flatnonzero(bad | (values > most)).tolist()
    if odd:
        first = cells[odd[0]].as_py()[:40]
        line = int(faults.table.line[odd[0]])
        faults.notices.append(
            Said(
                "{name}: {n} odd values left out, the first is {first!r} in line {line}",
                name=name,
                n=len(odd),
                first=first,
                line=line,
            )
        )
    # Phones write -1 for a speed that they don't know.
    return np.where((values < 0) | (values > most), np.nan, values)


def _no_number(name: str, cell: str, profile: Profile) -> str:
    if not cell:
        return Said("{name} is empty", name=name)
    if "," in cell and not profile.decimal_comma:
        return Said("{name} {value!r} is no number; the profile does not say decimal_comma", name=name, value=cell[:40])
    return Said("{name} {value!r} is no number", name=name, value=cell[:40])


def _measured(values: Floats | None, count: int) -> Any:
    return pa.nulls(count, pa.float64()) if values is None else pa.array(values, mask=np.isnan(values))
