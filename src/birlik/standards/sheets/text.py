"""A delimited text file to columns of text, of which each row still knows its line.

One bad line never loses the others: a line that can't be read (a NUL byte, another code page, a quote that doesn't
close, too many or too few columns) is refused by itself.
"""

import codecs
import csv
import io
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import islice, pairwise, zip_longest
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from birlik.errors import DeliveryError, Malformed, Where
from birlik.said import Said

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
DELIMITERS = (";", "\t", "|", ",")
_LARGEST = 2**31 - 2
_LONGEST_HEADER = 65_536
_JOINED_AT_MOST = 20
FULL_SHARE = 0.6
TWO_ROWS = 2
"""Rows of a header, where it stands in two."""
LINES_ABOVE = 20
"""The header is looked for among so many lines that aren't empty."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def cell_at(column: int, line: int) -> str:
    """The name of a cell, from its column and row, both from 1.

    >>> cell_at(28, 7)
    'AB7'
    """
    from openpyxl.utils import get_column_letter  # ten megabytes, and only where a spreadsheet came

    return f"{get_column_letter(column)}{line}"


@dataclass(frozen=True, slots=True)
class TextTable:
    """Columns of trimmed text by field, without nulls."""

    columns: Mapping[str, Any]
    line: Ints
    """Line of the file, sheet row or element, from 1."""
    header: Mapping[str, tuple[int | None, str]]
    """Field -> (column from 1, its header)."""
    raw_of: Callable[[int], bytes]
    """The bytes of a row, by its position in the columns."""
    told: str | None = None
    """The object of the whole table, as its title or its sheet tells."""
    sheets: Sequence[str] = ()
    """Of rows out of several sheets, the one of each."""
    pointed: bool = False
    """Rows are elements of a JSON array: places are pointers."""
    in_cells: bool = False
    """Rows are of a spreadsheet of which each place is a cell: `C7`."""
    odd: Mapping[tuple[int, str], str] = field(default_factory=dict)
    """By row and field, why a cell isn't believed."""
    dated: Set[tuple[int, str]] = frozenset()
    """Cells of which the spreadsheet made dates."""
    refused: list[DeliveryError] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return int(self.line.size)

    def where(self, row: int, name: str | None = None) -> Where:
        """Where a row stands, or one of its fields."""
        line = int(self.line[row])
        column, header = self.header.get(name or "", (None, None))
        if self.pointed:
            return Where(pointer=f"/{line - 1}/{header}" if header else f"/{line - 1}", field=header)
        pointer = self.sheets[row] if self.sheets else None
        if self.in_cells and column is not None:
            pointer = cell_at(column, line)
        return Where(pointer=pointer, line=line, column=column, field=header)

    def refuse(self, row: int, kind: type[DeliveryError], reason: str, name: str | None = None) -> None:
        """Take a row out, and say why."""
        self.refused.append(kind(reason, raw=self.raw_of(row), where=self.where(row, name)))


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a profile finds its fields in a header."""

    index: Mapping[str, int]
    """Field -> column from 0."""
    missing: tuple[str, ...]
    """Sentences on the fields that have no column."""
    notices: tuple[str, ...] = ()
    """What the supplier should know of the header."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """How one supplier lays a table out, as far as it has to be known to read it as text."""

    find: Callable[[Sequence[str]], Columns]
    """Where the fields stand, by a header."""
    encodings: tuple[str, ...] = ("utf-8",)
    """Tried in order; a byte order mark always wins."""
    delimiter: str = "auto"
    header_rows: int = 1
    """Without one (0) columns are named by their numbers, from 1; of two rows a column's name is `upper lower`."""


def mask_of(array: Any) -> Mask:
    """A column of truth values as an array."""
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.bool_)


def folded(name: str) -> str:
    """A header as it is compared: without case and with single blanks."""
    return " ".join(name.split()).casefold()


def index_of(named: Mapping[str, Sequence[str]], header: Sequence[str]) -> dict[str, int]:
    """Of each field that a header has the column, from 0. named: by field the headers it may stand under, the first
    found wins; without case, blanks and quotes around."""
    at: dict[str, int] = {}
    for position, name in enumerate(header):
        at.setdefault(folded(name), position)
    return {
        name: next(at[folded(n)] for n in names if folded(n) in at)
        for name, names in named.items()
        if any(folded(n) in at for n in names)
    }


class Text(NamedTuple):
    """What a file of text holds."""

    table: TextTable
    above: Sequence[Sequence[str]]
    """The cells of the lines above its header."""


def normal_lines(raw: bytes) -> tuple[bytes, str | None]:
    """(bytes with `\\n` alone ending lines and no byte order mark, the code page that the mark tells)."""
    encoding = None
    for bom, name in _BOMS:
        if raw.startswith(bom):
            encoding, raw = name, raw[len(bom) :]
            break
    if encoding in ("utf-16-le", "utf-16-be"):
        raw, encoding = raw.decode(encoding, "replace").encode("utf-8", "replace"), "utf-8"
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return raw, encoding


def encoding_of(raw: bytes, encodings: Sequence[str]) -> str:
    """The first code page that reads the whole; else the first that reads the first line; else the first."""
    first_line = raw[: raw.find(b"\n") if b"\n" in raw else None][:_LONGEST_HEADER]
    for piece in (raw, first_line):
        for encoding in encodings:
            if _decoded(piece, encoding) is not None:
                return encoding
    return encodings[0]


def _decoded(piece: bytes, encoding: str) -> str | None:
    try:
        return piece.decode(encoding)
    except (UnicodeError, ValueError):
        return None


def split_line(line: str, delimiter: str) -> list[str]:
    """One record; a record that the csv module can't read is one cell."""
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except (csv.Error, ValueError):
        return [line]


def header_of(text: str, delimiter: str = "auto") -> tuple[list[str], str]:
    """(cells, delimiter) of a header line; `auto` takes the delimiter that makes the most columns."""
    choices = DELIMITERS if delimiter == "auto" else (delimiter,)
    splits = [(split_line(text, choice), choice) for choice in choices]
    return max(splits, key=lambda split: len(split[0]))


def numbered(cells: Sequence[str]) -> list[str]:
    """The header of a table that has none.

    >>> numbered(["a", "b"])
    ['1', '2']
    """
    return [str(n) for n in range(1, len(cells) + 1)]


def merged(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """One name a column out of a header in two rows: of merged cells only the first has the text.

    >>> merged(["Wagon", "Operation", "", "", "Note"], ["", "code", "time", ""])
    ['Wagon', 'Operation code', 'Operation time', '', 'Note']
    """
    made, group = [], ""
    for above, below in zip_longest(upper, lower, fillvalue=""):
        group = above or group
        made.append(f"{group} {below}".strip() if below else above)
        if above and not below:  # merged downwards: it heads no other column
            group = ""
    return made


def merged_of(upper: str, lower: str, delimiter: str = "auto") -> tuple[list[str], str]:
    """(cells, delimiter) of a header in two lines; `auto` takes the delimiter that makes the most columns of both."""
    choices = DELIMITERS if delimiter == "auto" else (delimiter,)
    splits = [(split_line(upper, choice), split_line(lower, choice), choice) for choice in choices]
    above, below, chosen = max(splits, key=lambda split: len(split[0]) + len(split[1]))
    return merged(above, below), chosen


def likeliest(headers: Sequence[Sequence[str]]) -> int:
    """Which looks most like a header where none fits: the first that isn't much emptier than the fullest.

    >>> likeliest([["Report"], ["id", "time", "lat", ""], ["1", "2", "3", "4"]])
    1
    """
    filled = [sum(map(bool, header)) for header in headers]
    return next((i for i, n in enumerate(filled) if n >= FULL_SHARE * max(filled)), 0)


def header_at_top(raw: bytes, layout: Layout) -> tuple[list[str], str]:
    """(cells, delimiter) of the header, or of what looks most like one, in the beginning of a file."""
    head, told = normal_lines(raw[:_LONGEST_HEADER])
    lines = [text for text in head.split(b"\n") if text.strip()][:LINES_ABOVE] or [b""]
    texts = [line.decode(told or encoding_of(line, layout.encodings), "replace") for line in lines]
    return header_among(texts, layout)[1:]


def header_among(lines: Sequence[str], layout: Layout) -> tuple[int, list[str], str]:
    """(which line, cells, delimiter) of the first line that has all that a layout needs; else of the likeliest.

    Of a header in two rows the line is its second. Above it there may be a title, or Excel's `sep=;`.
    """
    if layout.header_rows == TWO_ROWS:
        pairs = [merged_of(upper, lower, layout.delimiter) for upper, lower in pairwise([*lines, ""])]
        near = _fitting([header for header, _ in pairs], layout)
        return min(near + 1, len(lines) - 1), *pairs[near]
    read = [header_of(line, layout.delimiter) for line in lines]
    if not layout.header_rows:
        cells, delimiter = read[0]
        return 0, numbered(cells), delimiter
    at = _fitting([header for header, _ in read], layout)
    return at, *read[at]


def _fitting(headers: Sequence[Sequence[str]], layout: Layout) -> int:
    fitting = (i for i, header in enumerate(headers) if not layout.find(header).missing)
    return next(fitting, likeliest(headers))


def read_text(raw: bytes, layout: Layout) -> Text:
    """Read a delimited text file by a layout.

    Raises Malformed where nothing of it can be read: it is empty, or its header lacks a column that the layout
    needs; the message says what was expected and what was seen.
    """
    if len(raw) > _LARGEST:
        raise Malformed(Said("a table of more than 2 GiB: split it"))
    body, told = normal_lines(raw)
    encoding = told or encoding_of(body, layout.encodings)
    lines = _Lines(body)
    first = next((i for i in range(len(lines)) if lines[i].strip()), None)
    if first is None:
        raise Malformed(Said("the file is empty"), raw=raw[:256])
    top = _decoded(lines[first][:_LONGEST_HEADER], encoding)
    if top is None or "\0" in top:
        raise Malformed(
            Said("the header is not {encoding} text", encoding=encoding),
            raw=lines[first][:256],
            where=Where(line=first + 1),
        )
    filled = list(islice((i for i in range(first, len(lines)) if lines[i].strip()), LINES_ABOVE))
    tops = [_decoded(lines[i][:_LONGEST_HEADER], encoding) or "" for i in filled]
    at, header, delimiter = header_among(tops, layout)
    first = filled[at]
    found = layout.find(header)
    if found.missing:
        raise Malformed(
            Said("{missing}; saw: {names}", missing=found.missing, names=", ".join(header)[:500]),
            raw=lines[first],
            where=Where(line=first + 1),
        )
    above = [split_line(top, delimiter) for top in tops[: at - layout.header_rows + 1]]
    before = first if layout.header_rows else first - 1  # without a header the first line is a row
    return Text(table=_Body(lines, before, header, delimiter, encoding, found).table(), above=above)


@dataclass(slots=True)
class _Lines:
    """The lines of a body by number from 0, without copying them."""

    body: bytes
    starts: Any = None
    ends: Any = None

    def __post_init__(self) -> None:
        ends = np.flatnonzero(np.frombuffer(self.body, np.uint8) == 10)
        if not self.body.endswith(b"\n") and self.body:
            ends = np.append(ends, len(self.body))
        self.ends = ends
        self.starts = np.concatenate([[0], ends[:-1] + 1]) if ends.size else ends

    def __len__(self) -> int:
        return int(self.ends.size)

    def __getitem__(self, number: int) -> bytes:
        return self.body[self.starts[number] : self.ends[number]]

    def holding(self, byte: int) -> Ints:
        """How often a byte stands in each line."""
        at = np.flatnonzero(np.frombuffer(self.body, np.uint8) == byte)
        return np.bincount(np.searchsorted(self.ends, at, side="right"), minlength=len(self)).astype(np.int64)


@dataclass(slots=True)
class _Body:
    """Reads what follows the header."""

    lines: _Lines
    first: int
    header: list[str]
    delimiter: str
    encoding: str
    found: Columns
    refused: list[DeliveryError] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    replaced: dict[int, bytes] = field(default_factory=dict)
    """Lines that the parser must see otherwise: refused ones empty, split ones joined. UTF-8."""

    def table(self) -> TextTable:
        self._sieve()
        numbers = np.arange(self.first + 1, len(self.lines), dtype=np.int64)
        cells, bad = self._parse(self._text())
        if _rows_of(cells) + len(bad) != numbers.size:  # a quote in a line of even quotes has swallowed the next
            self._blank_unclosed()
            cells, bad = self._parse(self._text())
        keep = np.ones(numbers.size, np.bool_)
        for at, (actual, text) in bad.items():
            keep[at] = False
            if text.strip():
                self._refuse(
                    int(numbers[at]),
                    Said("{n} columns where the header has {expected}", n=actual, expected=len(self.header)),
                    text.encode(),
                )
        rows = numbers[keep]
        blank = np.ones(rows.size, np.bool_)
        for column in cells.values():
            blank &= mask_of(pc.equal(column, ""))
        if blank.any():
            cells = {name: column.filter(pa.array(~blank)) for name, column in cells.items()}
            rows = rows[~blank]
        if not self.lines.body.endswith(b"\n") and len(self.lines) > self.first + 1:
            self.notices.append("the last line has no line end: the file may have been cut off")
        if not len(self.lines) > self.first + 1:
            self.notices.append("a header and no rows")
        self.notices += self.found.notices
        lines = self.lines
        return TextTable(
            columns=cells,
            line=rows + 1,
            header={name: (at + 1, self.header[at]) for name, at in self.found.index.items()},
            raw_of=lambda row: lines[int(rows[row])],
            refused=self.refused,
            notices=self.notices,
        )

    def _refuse(self, number: int, reason: str, raw: bytes | None = None) -> None:
        piece = self.lines[number] if raw is None or number not in self.replaced else raw
        self.refused.append(Malformed(reason, raw=piece, where=Where(line=number + 1)))

    def _blank(self, number: int, reason: str) -> None:
        self._refuse(number, reason)
        self.replaced[number] = b""

    def _sieve(self) -> None:
        """Take out the lines that would spoil the others."""
        after = self.first + 1
        if b"\0" in self.lines.body:
            for number in np.flatnonzero(self.lines.holding(0)):
                if number >= after:
                    self._blank(int(number), Said("a NUL byte in the line"))
        if _decoded(self.lines.body, self.encoding) is None:
            for line in range(after, len(self.lines)):
                if line not in self.replaced and _decoded(self.lines[line], self.encoding) is None:
                    self._blank(line, Said("the line is not {encoding} text", encoding=self.encoding))
        if b'"' in self.lines.body:
            odd = np.flatnonzero(self.lines.holding(0x22) % 2)
            self._join([int(n) for n in odd if n >= after and int(n) not in self.replaced])

    def _blank_unclosed(self) -> None:
        """Take out each line, or lines that were joined, in which the parser would read on past the end."""
        for number in range(self.first + 1, len(self.lines)):
            joined = self.replaced.get(number)
            text = joined if joined is not None else self.lines[number].decode(self.encoding).encode()
            if b'"' in text and is_unclosed(text.decode(), self.delimiter):
                self._refuse(number, Said("a quote is opened and not closed in the line"), joined)
                self.replaced[number] = b""

    def _join(self, odd: list[int]) -> None:
        """A quoted cell may run over a few lines; a stray quote must not swallow the rest of the file."""
        at = 0
        while at < len(odd):
            start, end = odd[at], odd[at + 1] if at + 1 < len(odd) else odd[at]
            text = self._decoded_lines(start, end)
            if 0 < end - start <= _JOINED_AT_MOST and len(split_line(text, self.delimiter)) == len(self.header):
                self.replaced[start] = text.encode()
                self.replaced.update(dict.fromkeys(range(start + 1, end + 1), b""))
                at += 2
            else:
                self._blank(start, Said("a quote is opened and not closed in the line"))
                at += 1

    def _decoded_lines(self, start: int, end: int) -> str:
        if end - start > _JOINED_AT_MOST:
            return ""
        return " ".join(self.lines[n].decode(self.encoding, "replace") for n in range(start, end + 1))

    def _text(self) -> bytes:
        """What follows the header, UTF-8, with as many lines as it has."""
        body = self.lines.body
        if not self.replaced:
            rest = body[self.lines.starts[self.first + 1] :] if len(self.lines) > self.first + 1 else b""
            return rest if self.encoding == "utf-8" else rest.decode(self.encoding).encode()
        pieces = [
            self.replaced[n] if n in self.replaced else self.lines[n].decode(self.encoding).encode()
            for n in range(self.first + 1, len(self.lines))
        ]
        return b"\n".join(pieces) + b"\n"

    def _parse(self, text: bytes) -> tuple[dict[str, Any], dict[int, tuple[int, str]]]:
        """(columns by field, {row: (columns it has, its text)} of rows that don't fit the header)."""
        names = [f"c{i}" for i in range(len(self.header))]
        wanted = {name: f"c{at}" for name, at in self.found.index.items()}
        if not text:
            return {name: pa.array([], pa.string()) for name in wanted}, {}
        bad: dict[int, tuple[int, str]] = {}

        def note(row: Any) -> str:
            bad[row.number - 1] = (row.actual_columns, row.text)
            return "skip"

        try:
            table = pa_csv.read_csv(
                io.BytesIO(text),
                # One block and one thread: then each row's number is known.
                read_options=pa_csv.ReadOptions(
                    use_threads=False, column_names=names, block_size=max(len(text) + 1, 1024)
                ),
                parse_options=pa_csv.ParseOptions(
                    delimiter=self.delimiter, invalid_row_handler=note, ignore_empty_lines=False
                ),
                convert_options=pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    include_columns=sorted(set(wanted.values())),
                    strings_can_be_null=False,
                ),
            )
        except pa.ArrowInvalid as error:
            raise Malformed(Said("not a table: {error}", error=error)) from error
        return {name: _trimmed(table[column]) for name, column in wanted.items()}, bad


def is_unclosed(line: str, delimiter: str) -> bool:
    """Whether a quote that opens a cell of a line isn't closed in it (RFC 4180, section 2: rules 5 to 7).

    A quote within a cell that doesn't begin with one is a character as any.

    >>> is_unclosed('a;"b";"c""d"', ";"), is_unclosed('5" pipe;"', ";")
    (False, True)
    """
    at = 0
    while at < len(line):
        if line[at] == '"':
            at = _after_quoted(line, at + 1)
            if at < 0:
                return True
        at = line.find(delimiter, at) + 1 or len(line)
    return False


def _after_quoted(line: str, at: int) -> int:
    """Where a quoted cell ends, of which the text begins at `at`; -1 where it doesn't."""
    while (found := line.find('"', at)) >= 0:
        if line[found : found + 2] != '""':
            return found + 1
        at = found + 2
    return -1


def _rows_of(cells: Mapping[str, Any]) -> int:
    return len(next(iter(cells.values()), ()))


def _trimmed(column: Any) -> Any:
    return pc.utf8_trim_whitespace(column.combine_chunks() if column.num_chunks != 1 else column.chunk(0))
