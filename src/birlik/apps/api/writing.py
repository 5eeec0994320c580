"""How each form is written: block by block, so that a form of any size is never held."""

import csv
import io
from collections.abc import Iterable
from typing import Any, BinaryIO

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from birlik.apps.api.drawing import geometries
from birlik.apps.api.sheet import Sheet, dates, records, told
from birlik.clock import isoformat
from birlik.kernel.tables import Field, Rows, Type

BOM = b"\xef\xbb\xbf"
FORMULA = "^([=+\\-@\t\r])"
"""What a spreadsheet takes for a formula. Source: OWASP, CSV Injection."""


def write_json(sheet: Sheet, blocks: Iterable[Rows], out: BinaryIO) -> None:
    head = orjson.dumps({**sheet.head, "next": sheet.next}, option=orjson.OPT_UTC_Z)
    out.write(head[:-1] + b',"data":[')
    _listed((orjson.dumps(row, option=orjson.OPT_UTC_Z) for rows in blocks for row in records(sheet, rows)), out)
    out.write(b"]}")


def write_geojson(sheet: Sheet, blocks: Iterable[Rows], out: BinaryIO) -> None:
    """RFC 7946. A file says at its end from whom it is, and up to when."""
    head = orjson.dumps({"type": "FeatureCollection", **sheet.head, "next": sheet.next}, option=orjson.OPT_UTC_Z)
    out.write(head[:-1] + b',"features":[')
    _listed((feature for rows in blocks for feature in _features(sheet, rows)), out)
    out.write(b"]")
    if sheet.is_file:
        out.write(b',"about":' + orjson.dumps(sheet.about))
        out.write(b',"watermark":"' + isoformat(sheet.watermark).encode() + b'"')
    out.write(b"}")


def _features(sheet: Sheet, rows: Rows) -> Iterable[bytes]:
    """A row's coordinates are its geometry, and not said twice."""
    spoken = (sheet.latitude, sheet.longitude, sheet.shape.wkt if sheet.shape else None)
    for properties, geometry in zip(records(sheet, rows), geometries(sheet, rows), strict=True):
        for name in spoken:
            properties.pop(str(name), None)
        yield orjson.dumps({"type": "Feature", "geometry": geometry, "properties": properties})


def _listed(items: Iterable[bytes], out: BinaryIO) -> None:
    comma = b""
    for item in items:
        out.write(comma + item)
        comma = b","


def write_ndjson(sheet: Sheet, blocks: Iterable[Rows], out: BinaryIO) -> None:
    for rows in blocks:
        for row in records(sheet, rows):
            out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))


def write_csv(sheet: Sheet, blocks: Iterable[Rows], out: BinaryIO) -> None:
    """RFC 4180, UTF-8, a heading of field names; an empty cell is null."""
    _write_rows(sheet, (_lower(told(rows.select(sheet.names), sheet.fields)) for rows in blocks), out)


def write_csv_excel(sheet: Sheet, blocks: Iterable[Rows], out: BinaryIO) -> None:
    """The same for a spreadsheet that is double-clicked: with a byte order mark, and an apostrophe before what it would
    take for a formula, or for a number that it can't hold."""
    out.write(BOM)
    _write_rows(sheet, (_harmless(_lower(told(r.select(sheet.names), sheet.fields)), sheet) for r in blocks), out)


def _write_rows(sheet: Sheet, blocks: Iterable[Rows], out: BinaryIO) -> None:
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(sheet.names)
    for rows in blocks:
        writer.writerows(zip(*(column.to_pylist() for column in rows.columns), strict=True))
    text.detach()


def _lower(rows: Rows) -> Rows:
    """`true` and `false`, as a filter takes them."""
    for position, column in enumerate(rows.schema):
        if pa.types.is_boolean(column.type):
            rows = rows.set_column(position, column.name, rows.column(position).cast(pa.string()))
    return rows


def _harmless(rows: Rows, sheet: Sheet) -> Rows:
    for position, declared in enumerate(sheet.fields):
        column = rows.column(position)
        if declared.type is Type.ID:
            made = pc.binary_join_element_wise(pa.scalar("'"), column, "")
        elif declared.type in (Type.TEXT, Type.JSON):
            made = pc.replace_substring_regex(column, pattern=FORMULA, replacement="'\\1")
        else:
            continue
        rows = rows.set_column(position, declared.name, made)
    return rows


# --- Parquet --------------------------------------------------------------------------------------------------

_PARQUET: dict[Type, Any] = {Type.DAY: pa.date32(), Type.ID: pa.string()}


def write_parquet(sheet: Sheet, blocks: Iterable[Rows], out: BinaryIO) -> None:
    """Each column has its unit, description and the standard's term; the file says from whom it is and up to when."""
    schema = pa.schema([_column(f) for f in sheet.fields], metadata=_metadata(sheet))
    with pq.ParquetWriter(out, schema, compression="zstd", compression_level=1) as writer:
        for rows in blocks:
            columns = [_for_parquet(rows.column(f.name), f) for f in sheet.fields]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _column(declared: Field) -> Any:
    said = (("description", declared.description), ("unit", declared.unit), ("term", declared.term))
    kind = _PARQUET.get(declared.type, declared.type.arrow)
    return pa.field(declared.name, kind, metadata={name: text for name, text in said if text})


def _for_parquet(column: Any, declared: Field) -> Any:
    if declared.type is Type.DAY:
        return dates(column)
    return column.cast(_PARQUET.get(declared.type, declared.type.arrow))


def _metadata(sheet: Sheet) -> dict[str, str]:
    cut = {"next": sheet.next, "cut": "rows follow at `next`"} if sheet.next else {}
    each = {name: str(value) for name, value in sheet.each.items()}
    return {"name": sheet.name, "title": sheet.title, **each, **sheet.about, **cut}
