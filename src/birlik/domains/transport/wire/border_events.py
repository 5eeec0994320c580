"""Border events out of tables: what arrived, handed in papers, was inspected, left, and where."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.vocabulary import ACTIVITIES
from birlik.domains.transport.wire.check_digits import Checked
from birlik.domains.transport.wire.decoded import BORDER_EVENTS_SCHEMA, Bounds, Decoded
from birlik.domains.transport.wire.objects import KIND_OF_AGENCY, object_of, place_code_of
from birlik.domains.transport.wire.positions import Faults, check_times
from birlik.domains.transport.wire.profiles import Profile
from birlik.domains.transport.wire.sheets import read_any
from birlik.domains.transport.wire.times import parse_times, utc_column
from birlik.errors import Implausible, Malformed
from birlik.said import Said
from birlik.standards.sheets.text import TextTable


def decode_border_events(raw: bytes, profile: Profile, bounds: Bounds) -> Decoded:
    """Decode a table of border events by its profile.

    Returns: rows of BORDER_EVENTS_SCHEMA. Raises: Malformed where no line of it can be read.
    """
    table = read_any(raw, profile)
    faults = Faults(table)
    times = parse_times(table.columns["time"], profile.time)
    check_times(faults, times, bounds)
    objects = _each_once(table, "object_id", lambda text: object_of(text, profile.object_agency))
    places = _each_once(table, "place", lambda text: place_code_of(text, profile.place_agency))
    words = {**border_activities(), **profile.activities}
    activities = _each_once(table, "activity", lambda text: words.get(" ".join(text.split()).casefold()))
    ids, kinds = [], []
    for row, ((agency, thing), place, activity) in enumerate(zip(objects, places, activities, strict=True)):
        _fault(faults, row, "object_id", thing)
        _fault(faults, row, "place", place)
        if activity is None:
            faults.at(row, Malformed, "activity", _unknown_activity(table, row))
        ids.append(f"{agency}:{thing.value or ''}")
        auto = profile.object_agency == "auto"
        kinds.append(KIND_OF_AGENCY.get(agency, "unknown") if auto else profile.object_kind)
    columns = [
        pa.array(ids, pa.string()),
        pa.array(kinds, pa.string()),
        utc_column(times.utc_us),
        times.offsets(),
        pa.array([place.value or "" for place in places], pa.string()),
        pa.array([activity or "other" for activity in activities], pa.string()),
        pa.array(_documents(table), pa.string()),
        _text_or_null(table, "record_id"),
        pa.array(table.line),
    ]
    rows = pa.Table.from_arrays(columns, schema=BORDER_EVENTS_SCHEMA).filter(pa.array(faults.good()))
    return Decoded(rows, faults.refused(), (*table.notices, *times.notices))


@cache
def border_activities() -> Mapping[str, str]:
    """Word in lower case -> activity: our own words and the synonyms of `data/border_activities.csv`."""
    text = (files("birlik.domains.transport") / "data" / "border_activities.csv").read_text("utf-8")
    synonyms = {row["word"].casefold(): row["activity"] for row in csv.DictReader(text.splitlines())}
    return MappingProxyType({**synonyms, **{a: a for a in ACTIVITIES if a not in ("position", "void")}})


def _each_once(table: TextTable, name: str, read: Any) -> list[Any]:
    """`read` of each cell of a column, asked once for each distinct one."""
    cells = table.columns[name].to_pylist()
    known = {cell: read(cell) for cell in dict.fromkeys(cells)}
    return [known[cell] for cell in cells]


def _fault(faults: Faults, row: int, name: str, checked: Checked) -> None:
    if checked.problem:
        faults.at(row, Malformed if checked.malformed else Implausible, name, checked.problem)


def _unknown_activity(table: TextTable, row: int) -> str:
    cell = table.columns["activity"][row].as_py()
    taken = ", ".join(a for a in ACTIVITIES if a != "position")
    return Said(
        "activity {cell!r} is unknown; it takes {taken}, or a word that the profile maps to one",
        cell=cell[:40],
        taken=taken,
    )


def _documents(table: TextTable) -> list[str | None]:
    """Typed numbers, `cmr:123 smgs:456`; a blank inside a number becomes `_`, since blanks part them."""
    columns = [
        (n.removeprefix("document:"), c.to_pylist()) for n, c in table.columns.items() if n.startswith("document:")
    ]
    found = [
        " ".join(f"{kind}:{'_'.join(cells[row].split())}" for kind, cells in columns if cells[row])
        for row in range(len(table))
    ]
    return [text or None for text in found]


def _text_or_null(table: TextTable, name: str) -> Any:
    if name not in table.columns:
        return pa.nulls(len(table), pa.string())
    cells = table.columns[name]
    return pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells)
