"""The other shapes of a table: spreadsheets (XLSX) and JSON arrays, to the same columns of text."""

import contextlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from itertools import islice, pairwise
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from birlik.domains.transport.wire.cells import in_one_unit
from birlik.domains.transport.wire.profiles import MASS_UNITS_T, SPEED_UNITS_M_S, TWO_ROWS, Profile
from birlik.domains.transport.wire.tables import (
    LINES_ABOVE,
    TextTable,
    columns_of,
    likeliest,
    merged,
    numbered,
    read_table,
    titled,
)
from birlik.errors import Malformed, Where
from birlik.said import Said


class Sheet(NamedTuple):
    title: str
    rows: list[list[str]]


Sheets = list[Sheet]
XLSX_MAGIC = b"PK\x03\x04"
XLS_MAGIC = b"\xd0\xcf\x11\xe0"
LARGEST_UNPACKED = 512 * 2**20
UNPACKED_AT_LEAST, UNPACKED_TIMES = 16 * 2**20, 60
"""What unpacks to more than so many times its size, and so much, is taken for a bomb; people's tables make 5 to 20."""
MOST_CELLS = 20_000_000
"""Empty ones before others included: a few bytes can name a cell in the last row and column."""

_GEOJSON = (
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection",
    "Feature", "FeatureCollection",
)  # fmt: skip
# What openpyxl lets through of a broken file, as found by feeding it broken files. It stands around openpyxl only, so
# that a bug of ours, or memory that is spent, is never taken for a broken file.
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, etree.LxmlError, SyntaxError, KeyError, ValueError,
    TypeError, IndexError, AttributeError, OSError, EOFError, NotImplementedError, RuntimeError, struct.error,
    OverflowError, AssertionError,
)  # fmt: skip


def read_any(raw: bytes, profile: Profile) -> TextTable:
    """Read a message in the shape that its profile or its first bytes tell. Raises Malformed."""
    if profile.form == "json":
        table = read_json(raw, profile)
    elif raw.startswith(XLSX_MAGIC):
        return _joined([_completed(table, profile) for table in read_xlsx(raw, profile)])
    elif raw.startswith(XLS_MAGIC):
        raise Malformed(Said("an old Excel file (.xls): save it as .xlsx or CSV"), raw=raw[:8])
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
    sheets = read_sheets(raw)
    if not profile.header_rows:
        sheets = [
            Sheet(title, [numbered(max(rows, key=len, default=[])), *rows])
            for title, rows in sheets
            if any(any(row) for row in rows)
        ]
    found = [(sheet, header) for sheet in sheets if (header := _header_in(sheet, profile)) is not None]
    if found:
        chosen = found if profile.object_from == "sheet" else found[:1]
        return [_sheet_table(sheet, *header, profile) for sheet, header in chosen]
    top = tops(sheets, profile)
    missing = columns_of(profile, top).missing
    seen = Said("saw: {names}", names=", ".join(top)[:500]) if top else Said("the spreadsheet is empty")
    raise Malformed(
        Said("{missing}; {seen}", missing=missing, seen=seen),
        raw="\t".join(top).encode("utf-8", "replace"),
        where=Where(line=1),
    )


def has_header(sheets: Sheets, profile: Profile) -> bool:
    return any(_header_in(sheet, profile) is not None for sheet in sheets)


def _header_in(sheet: Sheet, profile: Profile) -> tuple[int, list[str]] | None:
    """(which row, cells) of the first header near the top that has all that a profile needs; of two rows the second."""
    rows, two = sheet.rows, profile.header_rows == TWO_ROWS
    for at in range(1 if two else 0, min(len(rows), LINES_ABOVE)):
        header = merged(rows[at - 1], rows[at]) if two else rows[at]
        if not columns_of(profile, header).missing:
            return at, header
    return None


def tops(sheets: Sheets, profile: Profile) -> list[str]:
    """What looks most like a header where none fits, in the first sheet that isn't empty."""
    rows = next((sheet.rows[:LINES_ABOVE] for sheet in sheets if any(map(any, sheet.rows))), [])
    if profile.header_rows == TWO_ROWS and len(rows) > 1:
        rows = [merged(upper, lower) for upper, lower in pairwise(rows)]
    return rows[likeliest(rows)] if rows else []


def read_sheets(raw: bytes, top: int | None = None) -> Sheets:
    """The rows of each sheet as text, or its first `top` ones. Raises Malformed."""
    import openpyxl  # ten megabytes, and only where a spreadsheet came

    # What the directory says is what is unpacked at most: zipfile stops there.
    with _openpyxl_reads(raw), zipfile.ZipFile(io.BytesIO(raw)) as packed:
        unpacked = sum(entry.file_size for entry in packed.infolist())
    if unpacked > min(LARGEST_UNPACKED, UNPACKED_AT_LEAST + UNPACKED_TIMES * len(raw)):
        raise Malformed(Said("the spreadsheet unpacks to {unpacked} MiB", unpacked=unpacked >> 20), raw=raw[:8])
    with _openpyxl_reads(raw):
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    return _sheets(book, top, raw)


@contextlib.contextmanager
def _openpyxl_reads(raw: bytes) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise Malformed(
            Said("not a readable spreadsheet: {kind}: {error}", kind=type(error).__name__, error=error), raw=raw[:8]
        ) from error


def _rows_of(sheet: Any, raw: bytes) -> Iterator[Any]:
    # What whoever takes the rows raises is not thrown in here.
    with _openpyxl_reads(raw):
        yield from sheet.iter_rows(values_only=True)


def _sheets(book: Any, top: int | None, raw: bytes) -> Sheets:
    """What a sheet says of its own size is not believed: it can be too small, or a bomb."""
    sheets, cells = [], 0
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        rows = []
        for row in islice(_rows_of(sheet, raw), top):
            cells += len(row) + 1
            if cells > MOST_CELLS:
                raise Malformed(Said("the spreadsheet has more than {limit:,} cells: send it as CSV", limit=MOST_CELLS))
            rows.append([_cell(value) for value in row])
        sheets.append(Sheet(_plain(sheet.title), rows))
    return sheets


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


def _cell(value: Any) -> str:
    """A cell as text; whole numbers without `.0`, times in ISO without a zone, as Excel has none."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.replace(microsecond=round(value.microsecond, -3) % 1_000_000, tzinfo=None).isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return _plain(str(value).strip())


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


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
        return _plain(value.strip())
    return repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
