"""An empty sheet to begin with: its header, all of its cells as text, and what each column takes on a second sheet."""

import csv
import io
from collections.abc import Sequence
from typing import Any

Columns = Sequence[tuple[str, str]]
"""(header, what it takes)."""
AS_TEXT = "@"
_WIDTH = 18
_NOTE_WIDTH = 100


def blank_xlsx(columns: Columns, title: str, about: tuple[str, str, str]) -> bytes:
    """A spreadsheet whose cells are text, so that no program makes dates or numbers of what is written into them.

    about: (title of the second sheet, heading of its names, heading of what they take).
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet: Any = book.active
    sheet.title = title
    sheet.append([name for name, _ in columns])
    sheet.freeze_panes = "A2"
    for i in range(1, len(columns) + 1):
        whole = sheet.column_dimensions[get_column_letter(i)]
        whole.number_format, whole.width = AS_TEXT, _WIDTH
        sheet.cell(1, i).font, sheet.cell(1, i).number_format = Font(bold=True), AS_TEXT
    notes = book.create_sheet(about[0])
    notes.append(about[1:])
    for line in columns:
        notes.append(line)
    notes.column_dimensions["A"].width, notes.column_dimensions["B"].width = _WIDTH, _NOTE_WIDTH
    for row in notes.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.number_format = AS_TEXT
            if cell.row == 1:
                cell.font = Font(bold=True)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def blank_csv(columns: Columns) -> bytes:
    """The header alone, with a byte order mark by which Excel knows its letters."""
    out = io.StringIO(newline="")
    csv.writer(out).writerow([name for name, _ in columns])
    return b"\xef\xbb\xbf" + out.getvalue().encode()
