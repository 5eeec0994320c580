"""The other shapes of a table: spreadsheets (XLSX) and JSON arrays, to the same columns of text."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.wire.cells import in_one_unit
from birlik.domains.transport.wire.profiles import MASS_UNITS_T, SPEED_UNITS_M_S, Profile
from birlik.domains.transport.wire.tables import columns_of, layout_of, read_table, titled
from birlik.errors import Malformed, Where
from birlik.said import Said
from birlik.standards.sheets.text import TextTable, numbered
from birlik.standards.sheets.workbook import (
    XLS_MAGIC,
    XLSX_MAGIC,
    Sheet,
    header_in,
    old_excel,
    plain,
    read_sheets,
    tops,
)

_GEOJSON = (
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection",
    "Feature", "FeatureCollection",
)  # fmt: skip


def read_any(raw: bytes, profile: Profile) -> TextTable:
    """Read a message in the shape that its profile or its first bytes tell. Raises Malformed."""
    if profile.form == "json":
        table = read_json(raw, profile)
    elif raw.startswith(XLSX_MAGIC):
        return _joined([_completed(table, profile) for table in read_xlsx(raw, profile)])
    elif raw.startswith(XLS_MAGIC):
        raise old_excel(raw)
    elif profile.object_from == "sheet":
        raise Malformed(Said("the profile takes the object from the sheet's name, and this is no spreadsheet"))
    else:
        table = read_table(raw, profile)
    return _completed(table, profile)


def _completed(table: TextTable, profile: Profile) -> TextTable:
    """With the day before the time where they stand apart, and with the object that the file's name tells."""
    columns = dict(table.columns)
    if "date" in columns:
        # A spreadsheet's day is a time at midnight.
        days = pc.replace_substring_regex(columns["date"], r" 00:00:00$", "")
        columns["time"] = pc.binary_join_element_wise(days, columns["time"], " ")
    for name in profile.units_in_cells:
        if name in columns:
            units = SPEED_UNITS_M_S if name == "speed" else MASS_UNITS_T
            columns[name] = in_one_unit(columns[name], units, decimal_comma=profile.decimal_comma)
    if profile.object_from != "column":
        told = table.told if table.told is not None else profile.object_id
        columns["object_id"] = pa.repeat(pa.scalar(told), len(table))
    return replace(table, columns=columns)


def _joined(tables: Sequence[TextTable]) -> TextTable:
    """Tables of one profile as one; where they are several, each row knows its sheet."""
    first = tables[0]
    if len(tables) == 1:
        return first
    at = [(table, row) for table in tables for row in range(len(table))]
    names = [name for name in first.columns if all(name in table.columns for table in tables)]
    return TextTable(
        columns={name: pa.concat_arrays([_whole(table.columns[name]) for table in tables]) for name in names},
        line=np.concatenate([table.line for table in tables]),
        header=first.header,
        raw_of=lambda row: at[row][0].raw_of(at[row][1]),
        sheets=[str(table.told) for table, _ in at],
        notices=list(dict.fromkeys(text for table in tables for text in table.notices)),
    )


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def read_xlsx(raw: bytes, profile: Profile) -> list[TextTable]:
    """The first sheet that has the profile's header among its first rows; all that have, where each is of an object of
    its own. Raises Malformed."""
    sheets, layout = read_sheets(raw), layout_of(profile)
    if not profile.header_rows:
        sheets = [
            Sheet(title, [numbered(max(rows, key=len, default=[])), *rows])
            for title, rows in sheets
            if any(any(row) for row in rows)
        ]
    found = [(sheet, header) for sheet in sheets if (header := header_in(sheet, layout)) is not None]
    if found:
        chosen = found if profile.object_from == "sheet" else found[:1]
        return [_sheet_table(sheet, *header, profile) for sheet, header in chosen]
    top = tops(sheets, layout)
    missing = columns_of(profile, top).missing
    seen = Said("saw: {names}", names=", ".join(top)[:500]) if top else Said("the spreadsheet is empty")
    raise Malformed(
        Said("{missing}; {seen}", missing=missing, seen=seen),
        raw="\t".join(top).encode("utf-8", "replace"),
        where=Where(line=1),
    )


def _sheet_table(sheet: Sheet, at: int, header: list[str], profile: Profile) -> TextTable:
    found = columns_of(profile, header)
    rows = [(n, row) for n, row in enumerate(sheet.rows[at + 1 :], at + 2) if any(row)]
    cells = {
        name: pa.array([row[i] if i < len(row) else "" for _, row in rows], pa.string())
        for name, i in found.index.items()
    }
    above = sheet.rows[: at - profile.header_rows + 1]
    told = {"sheet": lambda: sheet.title.strip(), "title": lambda: titled(above, profile)}.get(profile.object_from)
    return TextTable(
        columns=cells,
        line=np.array([n for n, _ in rows], dtype=np.int64),
        header={name: (i + 1, header[i]) for name, i in found.index.items()},
        raw_of=lambda row: "\t".join(rows[row][1]).encode("utf-8", "replace"),
        told=told() if told is not None else None,
        notices=[] if rows else ["a header and no rows"],
    )


def read_json(raw: bytes, profile: Profile) -> TextTable:
    """An array of objects, each a row. Raises Malformed; a GeoJSON geometry is told that it has no times."""
    try:
        given = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed(Said("not JSON: {error}", error=error), raw=raw[:256]) from error
    if isinstance(given, dict) and given.get("type") in _GEOJSON:
        raise Malformed(
            Said("a GeoJSON {kind} carries no times: a shape, not positions", kind=given["type"]), raw=raw[:256]
        )
    if not isinstance(given, list):
        raise Malformed(Said("an array of objects is expected"), raw=raw[:256], where=Where(pointer=""))
    rows = [row for row in given if isinstance(row, dict)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    found = columns_of(profile, names)
    if rows and found.missing:
        raise Malformed(
            Said("{missing}; saw: {names}", missing=found.missing, names=", ".join(names)[:500]),
            raw=msgspec.json.encode(rows[0]),
            where=Where(pointer="/0"),
        )
    at = [i for i, row in enumerate(given) if isinstance(row, dict)]
    table = TextTable(
        columns={f: _texts([row.get(names[i]) for row in rows]) for f, i in found.index.items()}
        or {f: _texts([]) for f in (*profile.required, *profile.columns)},
        line=np.array(at, dtype=np.int64) + 1,
        header={name: (i + 1, names[i]) for name, i in found.index.items()},
        raw_of=lambda row: msgspec.json.encode(given[at[row]]),
        pointed=True,
        notices=[] if given else ["an empty array"],
    )
    for i in sorted(set(range(len(given))) - set(at)):
        table.refused.append(
            Malformed(
                Said("an object is expected"),
                raw=msgspec.json.encode(given[i])[:256],
                where=Where(pointer=f"/{i}"),
            )
        )
    return table


def _texts(values: Sequence[Any]) -> Any:
    return pa.array([_json_text(v) for v in values], pa.string())


def _json_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return plain(value.strip())
    return repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
