"""Spreadsheets (XLSX): what stands in them, as text, whatever a file claims of itself.

Old ones (.xls) are told apart, and what unpacks to very much is refused before it does.
"""

import contextlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice, pairwise
from typing import IO, Any, NamedTuple

from lxml import etree

from birlik.errors import Malformed
from birlik.said import Said
from birlik.standards.sheets.text import LINES_ABOVE, TWO_ROWS, Layout, likeliest, merged


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
# What openpyxl lets through of a broken file, as found by feeding it broken files. It stands around openpyxl only, so
# that a bug of ours, or memory that is spent, is never taken for a broken file.
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, etree.LxmlError, SyntaxError, KeyError, ValueError,
    TypeError, IndexError, AttributeError, OSError, EOFError, NotImplementedError, RuntimeError, struct.error,
    OverflowError, AssertionError,
)  # fmt: skip


def old_excel(raw: bytes) -> Malformed:
    """What to say of a file that no reader of ours takes."""
    return Malformed(Said("an old Excel file (.xls): save it as .xlsx or CSV"), raw=raw[:8])


def has_header(sheets: Sheets, layout: Layout) -> bool:
    """Does any of them have what a layout needs?"""
    return any(header_in(sheet, layout) is not None for sheet in sheets)


def header_in(sheet: Sheet, layout: Layout) -> tuple[int, list[str]] | None:
    """(which row, cells) of the first header near the top that has all that a layout needs; of two rows the second."""
    rows, two = sheet.rows, layout.header_rows == TWO_ROWS
    for at in range(1 if two else 0, min(len(rows), LINES_ABOVE)):
        header = merged(rows[at - 1], rows[at]) if two else rows[at]
        if not layout.find(header).missing:
            return at, header
    return None


def tops(sheets: Sheets, layout: Layout) -> list[str]:
    """What looks most like a header where none fits, in the first sheet that isn't empty."""
    rows = next((sheet.rows[:LINES_ABOVE] for sheet in sheets if any(map(any, sheet.rows))), [])
    if layout.header_rows == TWO_ROWS and len(rows) > 1:
        rows = [merged(upper, lower) for upper, lower in pairwise(rows)]
    return rows[likeliest(rows)] if rows else []


def open_book(raw: bytes, *, formulas: bool = False) -> Any:
    """A workbook of openpyxl that streams, its cells as they were calculated last, or as they were written.

    Raises Malformed.
    """
    import openpyxl  # ten megabytes, and only where a spreadsheet came

    # What the directory says is what is unpacked at most: zipfile stops there.
    with _openpyxl_reads(raw), zipfile.ZipFile(io.BytesIO(raw)) as packed:
        unpacked = sum(entry.file_size for entry in packed.infolist())
    if unpacked > min(LARGEST_UNPACKED, UNPACKED_AT_LEAST + UNPACKED_TIMES * len(raw)):
        raise Malformed(Said("the spreadsheet unpacks to {unpacked} MiB", unpacked=unpacked >> 20), raw=raw[:8])
    with _openpyxl_reads(raw):
        return openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=not formulas)


def read_sheets(raw: bytes, top: int | None = None) -> Sheets:
    """The rows of each sheet as text, or its first `top` ones. Raises Malformed."""
    return [Sheet(title, rows) for _, title, rows in _sheets(open_book(raw), top, raw)]


def tops_of(book: Any, raw: bytes) -> list[tuple[Any, str, list[list[str]]]]:
    """(sheet of openpyxl, title, first rows) of each sheet. Raises Malformed."""
    return _sheets(book, LINES_ABOVE, raw)


@contextlib.contextmanager
def _openpyxl_reads(raw: bytes) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise Malformed(
            Said("not a readable spreadsheet: {kind}: {error}", kind=type(error).__name__, error=error), raw=raw[:8]
        ) from error


def read_of(part: IO[bytes], n: int, raw: bytes) -> bytes:
    """The next bytes of a part that is unpacked. Raises Malformed where it is broken."""
    with _openpyxl_reads(raw):
        return part.read(n)


def rows_as_read(sheet: Any, raw: bytes, *, values_only: bool = False) -> Iterator[Any]:
    """The rows of a sheet of openpyxl. Raises Malformed where it breaks off."""
    # What a sheet says of its own size is not believed.
    sheet.reset_dimensions()
    # What whoever takes the rows raises is not thrown in here.
    with _openpyxl_reads(raw):
        yield from sheet.iter_rows(values_only=values_only)


def _sheets(book: Any, top: int | None, raw: bytes) -> list[tuple[Any, str, list[list[str]]]]:
    """What a sheet says of its own size is not believed: it can be too small, or a bomb."""
    sheets, cells = [], 0
    for sheet in book.worksheets:
        rows = []
        for row in islice(rows_as_read(sheet, raw, values_only=True), top):
            cells += len(row) + 1
            if cells > MOST_CELLS:
                raise Malformed(Said("the spreadsheet has more than {limit:,} cells: send it as CSV", limit=MOST_CELLS))
            rows.append([_cell(value) for value in row])
        sheets.append((sheet, plain(sheet.title), rows))
    return sheets


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
    return plain(str(value).strip())


def plain(text: str) -> str:
    """What can be written as UTF-8."""
    return text.encode("utf-8", "replace").decode()
