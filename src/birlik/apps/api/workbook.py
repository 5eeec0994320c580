"""XLSX: numbers, dates, times and texts as what they are, and a second sheet that says what they mean."""

import math
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO

from birlik.apps.api.sheet import Sheet, dates
from birlik.errors import BadRequest
from birlik.kernel.tables import Field, Rows, Type

MOST_ROWS = 1_048_576 - 1
"""What a sheet holds beside its heading (ECMA-376; Excel's specifications and limits)."""
MOST_TEXT = 32_767
"""Characters in a cell (the same)."""
MOST_TITLE = 31
"""Characters in a sheet's name (the same)."""
CORE = "docProps/core.xml"
FIRST_OF_ZIP = datetime(1980, 1, 1, tzinfo=UTC)
"""No member of an archive can be older."""


def too_many(rows_n: int) -> BadRequest:
    return BadRequest(
        f"XLSX holds {MOST_ROWS:,} rows and this has {rows_n:,}; narrow it by filters, from and to, "
        "or take format=parquet or csv, which hold all",
        parameter="format",
    )


def write_xlsx(sheet: Sheet, blocks: Iterable[Rows], out: BinaryIO) -> None:
    """Raises BadRequest for what a sheet can't hold: too many rows, or a text that is too long."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page = book.create_sheet(_named(sheet.title))
    page.freeze_panes = "A2"
    page.append(sheet.names)
    seen = 0
    for rows in blocks:
        seen += rows.num_rows
        if seen > MOST_ROWS:
            raise too_many(seen)
        columns = [_cells(page, rows.column(f.name), f) for f in sheet.fields]
        for values in zip(*columns, strict=True):
            page.append(values)
    _about(book.create_sheet("about"), sheet)
    _save(book, sheet.watermark, out)


def _save(book: Any, moment: datetime, out: BinaryIO) -> None:
    """As of a moment: the library writes down when it was called, and equal rows have to be equal bytes."""
    from openpyxl.writer.excel import ExcelWriter

    book.properties.created = moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    with _Archive(out, moment) as archive:
        ExcelWriter(book, archive).write_data()


class _Archive(zipfile.ZipFile):
    """Whose members are all of one moment."""

    def __init__(self, out: BinaryIO, moment: datetime) -> None:
        super().__init__(out, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self._moment = max(moment.astimezone(UTC), FIRST_OF_ZIP)

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._moment.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        return info

    def writestr(
        self, zinfo_or_arcname: Any, data: Any, compress_type: int | None = None, compresslevel: int | None = None
    ) -> None:
        """As of its parent; by name only, as the library calls it."""
        if zinfo_or_arcname == CORE:
            said = data if isinstance(data, bytes) else data.encode()
            data = re.sub(
                rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + f"{self._moment:%Y-%m-%dT%H:%M:%SZ}".encode(), said
            )
        super().writestr(self._info(zinfo_or_arcname), data)

    def write(
        self, filename: Any, arcname: Any = None, compress_type: int | None = None, compresslevel: int | None = None
    ) -> None:
        """As of its parent."""
        with (
            open(filename, "rb") as source,
            self.open(self._info(arcname or filename), "w", force_zip64=True) as target,
        ):
            shutil.copyfileobj(source, target)


def _named(title: str) -> str:
    kept = "".join(" " if c in "[]:*?/\\" else c for c in title)
    return kept[:MOST_TITLE].strip("'") or "rows"


def _about(page: Any, sheet: Sheet) -> None:
    said = {"title": sheet.title, "name": sheet.name, **sheet.about, **{k: str(v) for k, v in sheet.each.items()}}
    if sheet.next:
        said["cut"] = f"rows follow at {sheet.next}"
    for name, value in said.items():
        page.append([name, _text(page, value[:MOST_TEXT])])
    page.append([])
    page.append(["field", "type", "unit", "description", "term"])
    for f in sheet.fields:
        kind = "time, UTC" if f.type is Type.TIME else f.type.value
        page.append([_text(page, part) for part in (f.name, kind, f.unit, f.description, f.term)])


# --- cells ----------------------------------------------------------------------------------------------------


def _cells(page: Any, column: Any, declared: Field) -> Iterator[Any]:
    make = _CELL.get(declared.type)
    values = (dates(column) if declared.type is Type.DAY else column).to_pylist()
    if make is None:
        return iter(values)
    return (None if value is None else make(page, value, declared) for value in values)


def _text(page: Any, text: str) -> Any:
    """A text is never a formula, and has none of the characters that XML can't hold."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if not text.isprintable():
        text = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)
    if not text.startswith(("=", "#")):
        return text
    cell = WriteOnlyCell(page, value=text)
    cell.data_type = "s"
    return cell


def _told(page: Any, value: Any, declared: Field) -> Any:
    text = str(value)
    if len(text) > MOST_TEXT:
        raise BadRequest(
            f"XLSX holds texts of {MOST_TEXT:,} characters and one of {declared.name} has {len(text):,}; "
            "leave that field out by `fields`, or take format=parquet or csv",
            parameter="format",
        )
    return _text(page, text)


def _number(page: Any, value: float, declared: Field) -> float | None:
    return value if math.isfinite(value) else None


def _time(page: Any, value: datetime, declared: Field) -> datetime | str:
    """A spreadsheet knows no zones: UTC, as the second sheet says. It begins in 1900."""
    plain = value.astimezone(UTC).replace(tzinfo=None)
    return plain if plain.year >= EARLIEST_YEAR else plain.isoformat()


EARLIEST_YEAR = 1901
_CELL: Mapping[Type, Callable[[Any, Any, Field], Any]] = {
    Type.TEXT: _told,
    Type.JSON: _told,
    Type.ID: _told,
    Type.FLOAT: _number,
    Type.TIME: _time,
}
