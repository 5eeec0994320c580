"""A spreadsheet that a person wrote, to columns of text: what its cells show, and which can't be believed.

Excel makes a date of `2026-05`, keeps fifteen digits of a number, and has the words of merged cells in one of them. So
each cell is read as it is shown, and where that may not be what was written the row is not believed.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.errors import Malformed, Where
from birlik.said import Said
from birlik.standards.sheets.text import Layout, TextTable, cell_at
from birlik.standards.sheets.workbook import (
    MOST_CELLS,
    Sheet,
    header_in,
    open_book,
    plain,
    read_of,
    rows_as_read,
    tops,
    tops_of,
)

DIGITS = 15
"""So many of a number Excel keeps (IEEE 754 double, as it is shown)."""
CHUNK = 5_000
"""So many rows lie in Python before they become Arrow."""
MOST_MERGED = 100_000
_PIECE = 1 << 20
_OVERLAP = 256
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})[\"']")
_NOT_SHOWN = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
"""In a number format: words, colours and conditions, escaped letters, filling."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell as people see it."""

    text: str = ""
    is_date: bool = False
    odd: str = ""
    """Why it isn't believed."""


@dataclass(slots=True)
class _Columns:
    """Fills row by row; what is full becomes Arrow."""

    names: Sequence[str]
    done: list[Any] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    some: list[list[str]] = field(default_factory=list)

    def add(self, line: int, cells: list[str]) -> None:
        self.lines.append(line)
        self.some.append(cells)
        if len(self.some) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        columns = zip(*self.some, strict=True) if self.some else [()] * len(self.names)
        self.done.append(pa.RecordBatch.from_arrays([pa.array(c, pa.string()) for c in columns], list(self.names)))
        self.some.clear()

    def whole(self) -> Any:
        self.flush()
        return pa.Table.from_batches(self.done).combine_chunks()


def read_book(raw: bytes, layout: Layout) -> TextTable:
    """The first sheet that has what a layout needs. Raises Malformed, telling what was seen."""
    book = open_book(raw)
    heads = tops_of(book, raw)
    fitting = (
        (sheet, title, found) for sheet, title, rows in heads if (found := header_in(Sheet(title, rows), layout))
    )
    chosen = next(fitting, None)
    if chosen is None:
        seen = tops([Sheet(title, rows) for _, title, rows in heads], layout)
        told = Said("saw: {names}", names=", ".join(seen)[:500]) if seen else Said("the spreadsheet is empty")
        raise Malformed(
            Said("{missing}; {seen}", missing=layout.find(seen).missing, seen=told),
            raw="\t".join(seen).encode("utf-8", "replace"),
            where=Where(line=1),
        )
    sheet, title, (at, header) = chosen
    others = [name for _, name, rows in heads if name != title and any(map(any, rows))]
    table = _read(sheet, raw, at, header, layout)
    if others:
        table.notices.append(
            Said("sheet {title} was read, and not {others}", title=title, others=", ".join(others)[:200])
        )
    return table


def _read(sheet: Any, raw: bytes, at: int, header: Sequence[str], layout: Layout) -> TextTable:
    columns = layout.find(header)
    found, names = columns.index, list(columns.index)
    made = _Columns(names)
    odd: dict[tuple[int, str], str] = {}
    dated: set[tuple[int, str]] = set()
    formulas, merged = _inside(sheet, raw)
    covering = _Merged(merged, at + 1)
    for n, row, formula in _rows(sheet, raw, with_formulas=formulas):
        if n <= at:
            continue
        told = {i: shown(row[i], formula[i] if i < len(formula) else None) for i in found.values() if i < len(row)}
        cells = covering.filled(n, {i: told.get(i, Shown()) for i in found.values()})
        if not any(cell.text or cell.odd for cell in cells.values()):
            continue
        position = len(made.lines)
        made.add(n + 1, [cells[found[name]].text for name in names])
        for name in names:
            cell = cells[found[name]]
            if cell.odd:
                odd[position, name] = cell.odd
            if cell.is_date:
                dated.add((position, name))
    whole = made.whole()
    return TextTable(
        columns={name: whole.column(name).combine_chunks() for name in names},
        line=np.array(made.lines, dtype=np.int64),
        header={name: (i + 1, header[i]) for name, i in found.items()},
        raw_of=lambda row: "\t".join(whole.slice(row, 1).to_pylist()[0].values()).encode("utf-8", "replace"),
        in_cells=True,
        odd=odd,
        dated=dated,
        notices=[*columns.notices, *(() if made.lines else ("a header and no rows",))],
    )


def _rows(sheet: Any, raw: bytes, *, with_formulas: bool) -> Iterator[tuple[int, Sequence[Any], Sequence[Any]]]:
    """(number from 0, cells, the same cells with their formulas)."""
    told = rows_as_read(open_book(raw, formulas=True)[sheet.title], raw) if with_formulas else None
    cells_n = 0
    for n, row in enumerate(rows_as_read(sheet, raw)):
        cells_n += len(row) + 1
        if cells_n > MOST_CELLS:
            raise Malformed(Said("the spreadsheet has more than {limit:,} cells: send it as CSV", limit=MOST_CELLS))
        yield n, row, next(told, ()) if told is not None else ()


def shown(cell: Any, formula: Any = None) -> Shown:
    """What a cell shows. cell, formula: of openpyxl, as it was calculated last and as it was written."""
    value = cell.value
    if value is None:
        if formula is not None and formula.data_type == "f":
            return Shown(odd=Said("a formula that was never calculated: write what it gives"))
        return Shown()
    if cell.data_type == "e":
        return Shown(odd=Said("the cell says {value}: its formula fails", value=str(value)))
    if isinstance(value, bool):
        return Shown(str(value).lower())
    if isinstance(value, datetime):
        return _date(value, str(cell.number_format or ""))
    if isinstance(value, date | time):
        return Shown(value.isoformat(), is_date=True)
    if isinstance(value, int | float):
        return _number(value)
    return Shown(plain(str(value).strip()))


def _number(value: float) -> Shown:
    if not float(value).is_integer():
        return Shown(repr(value))
    if abs(value) >= 10**DIGITS:
        return Shown(
            str(int(value)),
            odd=Said("Excel keeps {n} digits of a number: format the column as text and write it again", n=DIGITS),
        )
    return Shown(str(int(value)))


def _date(value: datetime, form: str) -> Shown:
    """A date, as exact as the cell shows it: `mmm-yy` is a month."""
    form = _NOT_SHOWN.sub("", form.split(";")[0]).lower()
    if not form or form == "general" or "d" in form:
        exact = value.date().isoformat() if value.time() == time() else value.replace(microsecond=0).isoformat(" ")
        if "d" in form and "y" not in form:
            return Shown(exact, True, Said("Excel made a date of it and shows no year: write it as text"))
        return Shown(exact, is_date=True)
    if "y" not in form:
        return Shown(value.isoformat(" "), True, Said("Excel made a date of it and shows no year: write it as text"))
    return Shown(f"{value:%Y-%m}" if "m" in form else f"{value:%Y}", is_date=True)


# --- merged cells ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Block:
    """Merged cells: rows and columns from 0, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int

    def named(self) -> str:
        return f"{cell_at(self.left + 1, self.top + 1)}:{cell_at(self.right + 1, self.bottom + 1)}"


@dataclass(slots=True)
class _Merged:
    """What is merged down a column says the same in each of its rows; across columns nobody knows what is meant."""

    blocks: Sequence[_Block]
    first: int
    """The first row below the header, from 0."""
    _by_row: dict[int, list[_Block]] = field(default_factory=dict)
    _open: list[tuple[_Block, Shown]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for block in self.blocks:
            self._by_row.setdefault(block.top, []).append(block)

    def filled(self, row: int, cells: Mapping[int, Shown]) -> Mapping[int, Shown]:
        """The cells of a row, those that are merged filled. Rows come in their order."""
        if not self.blocks:
            return cells
        made = dict(cells)
        self._open = [(block, cell) for block, cell in self._open if block.bottom >= row]
        for block in self._by_row.pop(row, ()):
            # Across columns that nobody reads a cell may be as wide as it likes.
            read = [i for i in cells if block.left <= i <= block.right]
            if len(read) > 1:
                odd = Said(
                    "{cells} are merged across columns: part them, so that each says one thing", cells=block.named()
                )
                self._open.append((block, Shown(odd=odd)))
            elif read:
                self._open.append((block, cells[read[0]]))
        for block, cell in self._open:
            made |= {i: cell for i in cells if block.left <= i <= block.right}
        return made


def _block(said: bytes) -> _Block:
    from openpyxl.utils import range_boundaries

    left, top, right, bottom = (n or 1 for n in range_boundaries(said.decode()))  # both ends have row and column
    return _Block(top - 1, left - 1, bottom - 1, right - 1)


def _inside(sheet: Any, raw: bytes) -> tuple[bool, Sequence[_Block]]:
    """(has it formulas, what is merged): which openpyxl doesn't tell while it streams: out of the sheet's XML."""
    formulas, blocks, before = False, dict[_Block, None](), b""
    with zipfile.ZipFile(io.BytesIO(raw)) as packed, packed.open(sheet._worksheet_path) as part:
        while piece := read_of(part, _PIECE, raw):
            text = before + piece
            formulas = formulas or _FORMULA.search(text) is not None
            blocks |= dict.fromkeys(map(_block, _MERGED.findall(text)))
            if len(blocks) > MOST_MERGED:
                raise Malformed(
                    Said("the spreadsheet has more than {limit:,} merged cells: send it as CSV", limit=MOST_MERGED)
                )
            before = text[-_OVERLAP:]
    return formulas, tuple(blocks)
