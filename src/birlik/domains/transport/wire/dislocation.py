"""1520 mm wagon dislocation tables, CSV and XLSX: where each wagon is and what was last done with it."""

import csv
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from birlik.domains.transport.vocabulary import ACTIVITIES
from birlik.domains.transport.wire.cells import number_of
from birlik.domains.transport.wire.check_digits import Checked, esr, wagon_1520
from birlik.domains.transport.wire.decoded import DISLOCATION_SCHEMA, Bounds, Decoded
from birlik.domains.transport.wire.objects import clean_id, restored_zeros
from birlik.domains.transport.wire.positions import Faults, check_times
from birlik.domains.transport.wire.profiles import Profile
from birlik.domains.transport.wire.sheets import read_any
from birlik.domains.transport.wire.times import Times, parse_times, when
from birlik.errors import Implausible, Malformed
from birlik.said import Said

HEAVIEST_T = 200.0
"""No wagon of these railways carries as much; a figure above is in kilograms."""

_OPERATION = re.compile(r"\d{2,3}")
_INDEX_PARTS = re.compile(r"(\d{4,6})[-+ ]+(\d{1,3})[-+ ]+(\d{4,6})")
_INDEX_WIDTHS = {11: 4, 13: 5, 15: 6}
"""Digits of a train index written together -> digits of each of its two stations; the number between has three."""


@dataclass(slots=True)
class _Row:
    """One row while it is read."""

    values: dict[str, Any]
    warnings: list[str]


def decode_dislocation(raw: bytes, profile: Profile, bounds: Bounds) -> Decoded:
    """Decode a dislocation table by its profile.

    Returns: rows of DISLOCATION_SCHEMA; what was odd and accepted stands in `warning`.
    Raises: Malformed where no line of it can be read.
    """
    table = read_any(raw, profile)
    faults = Faults(table)
    times = parse_times(table.columns["time"], profile.time)
    check_times(faults, times, bounds)
    cells = {name: column.to_pylist() for name, column in table.columns.items()}
    rows = [_read_row(faults, n, {k: v[n] for k, v in cells.items()}, profile) for n in range(len(table))]
    _refuse_two_places(faults, rows, times)
    offsets = times.offsets().to_pylist()
    kept = [
        {
            **row.values,
            "phenomenon_time": int(times.utc_us[n]),
            "utc_offset_min": offsets[n],
            "warning": "; ".join(row.warnings) or None,
            "line": int(table.line[n]),
        }
        for n, row in enumerate(rows)
        if n not in faults.found
    ]
    return Decoded(
        pa.Table.from_pylist(kept, schema=DISLOCATION_SCHEMA), faults.refused(), (*table.notices, *times.notices)
    )


def _read_row(faults: Faults, n: int, cells: Mapping[str, str], profile: Profile) -> _Row:
    warnings: list[str] = []
    wagon = _required(faults, n, "wagon", wagon_1520(restored_zeros(cells["wagon"], 8)))
    station = _required(faults, n, "station", esr(restored_zeros(cells["station"], 0)), warnings)
    code, activity = _operation(faults, n, cells["operation"], warnings)
    values = {
        "wagon_id_1520": wagon,
        "object_id": f"wagon_1520:{wagon}",
        "operation_code": code,
        "activity": activity,
        "station_id_esr": station,
        "place_code": f"esr:{station}",
        "train_index": train_index(cells.get("train_index", ""), warnings),
        "origin_id_esr": _optional_station(cells.get("origin", ""), "origin", warnings),
        "destination_id_esr": _optional_station(cells.get("destination", ""), "destination", warnings),
        "cargo_id_etsng": restored_zeros(cells.get("cargo", ""), 5) or None,
        "mass_t": _mass(cells.get("mass", ""), profile, warnings),
        "waybill_no": clean_id(restored_zeros(cells.get("waybill", ""), 0)).value,
    }
    if not cells.get("cargo"):
        values["cargo_id_etsng"] = None
    return _Row(values, warnings)


def _required(faults: Faults, n: int, name: str, checked: Checked, warnings: list[str] | None = None) -> str:
    if checked.problem:
        faults.at(n, Malformed if checked.malformed else Implausible, name, checked.problem)
    if checked.warning and warnings is not None:
        warnings.append(checked.warning)
    return checked.value or ""


def _operation(faults: Faults, n: int, cell: str, warnings: list[str]) -> tuple[str, str]:
    code = restored_zeros(cell, 2)
    if not _OPERATION.fullmatch(code) or not code.isascii():
        faults.at(n, Malformed, "operation", Said("operation code {cell!r} has no two or three digits", cell=cell[:20]))
        return "", "other"
    activity = wagon_operations().get(code)
    if activity is None:
        warnings.append(f"operation code {code} is not in our list")
    return code, activity or "other"


@cache
def wagon_operations() -> Mapping[str, str]:
    """Operation code -> activity, from `data/wagon_operations.csv`."""
    text = (files("birlik.domains.transport") / "data" / "wagon_operations.csv").read_text("utf-8")
    found = {row["code"]: row["activity"] for row in csv.DictReader(text.splitlines())}
    return MappingProxyType({code: activity for code, activity in found.items() if activity in ACTIVITIES})


def train_index(cell: str, warnings: list[str]) -> str | None:
    """`4-3-4` digits: formation station, number, destination station. All zeros: the wagon is in no train.

    >>> train_index("70850237077", []), train_index("708507-23-707701", []), train_index("0000-000-0000", [])
    ('7085-023-7077', '7085-023-7077', None)
    """
    text = restored_zeros(cell, 0)
    if not text or not text.strip("0 -+"):
        return None
    parts = _INDEX_PARTS.fullmatch(text)
    if parts:
        return f"{parts[1][:4]}-{parts[2].zfill(3)}-{parts[3][:4]}"
    # A spreadsheet takes the leading zero of an index that begins with one.
    digits = text.zfill(11) if len(text) == 10 else text
    width = _INDEX_WIDTHS.get(len(digits)) if digits.isascii() and digits.isdigit() else None
    if width is None:
        warnings.append(f"train index {cell[:30]!r} is not 4-3-4 digits")
        return None
    return f"{digits[:4]}-{digits[width : width + 3]}-{digits[width + 3 : width + 7]}"


def _optional_station(cell: str, name: str, warnings: list[str]) -> str | None:
    if not cell.strip("0 ."):
        return None
    checked = esr(restored_zeros(cell, 0))
    if checked.problem or checked.warning:
        warnings.append(f"{name}: {checked.problem or checked.warning}")
    return checked.value


def _mass(cell: str, profile: Profile, warnings: list[str]) -> float | None:
    if not cell:
        return None
    # Spreadsheets part thousands with blanks, also with unbreakable ones.
    value = number_of("".join(cell.split()), decimal_comma=profile.decimal_comma)
    if value is None or value < 0:
        warnings.append(f"mass {cell[:20]!r} is no mass")
        return None
    mass_t = value * profile.mass_t
    if mass_t > HEAVIEST_T:
        warnings.append(f"mass of {mass_t:g} t is above {HEAVIEST_T:g} t: does the profile state the right unit?")
        return None
    return mass_t


def _refuse_two_places(faults: Faults, rows: list[_Row], times: Times) -> None:
    """One wagon at one time at two stations: one of the rows is wrong, and nothing here says which."""
    seen: dict[tuple[str, int], list[int]] = defaultdict(list)
    for n, row in enumerate(rows):
        if n not in faults.found:
            seen[row.values["wagon_id_1520"], int(times.utc_us[n])].append(n)
    for (wagon, time), at in seen.items():
        stations = sorted({rows[n].values["station_id_esr"] for n in at})
        if len(stations) > 1:
            for n in at:
                reason = Said(
                    "wagon {wagon} is in two places at {time}: stations {stations}",
                    wagon=wagon,
                    time=when(time),
                    stations=" and ".join(stations),
                )
                faults.at(n, Implausible, "station", reason)
