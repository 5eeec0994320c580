"""A sheet of claims: CSV, one line a statement with its source, as a desk or a register writes it by hand."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from birlik.domains.cooperation.wire.pieces import MOST_ID, text_of
from birlik.errors import Malformed, Where
from birlik.said import Said

NEEDED = ("id", "kind", "property", "value", "source")
MAY = (
    "lang", "source_kind", "check", "note", "quote", "source_place", "said", "holds_from", "holds_to", "coder",
    "confidence", "basis",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One statement. number: of its line in the file, from 1; text: by column what stands there, blanks left out."""

    number: int
    text: Mapping[str, str]

    def at(self, column: str = "") -> Where:
        """Where it stands, for whoever has to mend it."""
        return Where(line=self.number, field=column or None)


def lines(body: bytes) -> Iterator[Line]:
    """The statements of a sheet. Raises Malformed where the whole is none."""
    reader = csv.reader(io.StringIO(text_of(body, "utf-8-sig"), newline=""), strict=True)
    columns: list[str] = []
    before = 0
    try:
        for cells in reader:
            number, before = before + 1, reader.line_num
            if not columns:
                columns = _columns(cells)
                continue
            if any(cell.strip() for cell in cells):
                yield Line(number, {n: c.strip() for n, c in zip(columns, cells, strict=False) if c.strip()})
    except csv.Error as error:
        where = Where(line=reader.line_num)
        raise Malformed(Said("the file is no CSV: {what}", what=str(error)), where=where) from None


def _columns(cells: list[str]) -> list[str]:
    columns = [cell.strip() for cell in cells]
    if absent := [name for name in NEEDED if name not in columns]:
        raise Malformed(Said("{name} is missing", name=absent[0]), where=Where(line=1))
    if strange := [name for name in columns if name not in NEEDED + MAY]:
        known = ", ".join(NEEDED + MAY)
        raise Malformed(Said("{value} is none of {codes}", value=repr(strange[0]), codes=known), where=Where(line=1))
    return columns


def statement(line: Line) -> dict[str, str | float | None]:
    """The same, its numbers as such. Raises Malformed with its place."""
    for name in NEEDED:
        if name not in line.text:
            raise Malformed(Said("{name} is missing", name=name), where=line.at(name))
    if len(line.text["id"]) > MOST_ID:
        raise Malformed(Said("an id is text of up to {n} letters", n=MOST_ID), where=line.at("id"))
    made: dict[str, str | float | None] = dict(line.text)
    if "confidence" in made:
        try:
            made["confidence"] = float(line.text["confidence"])
        except ValueError:
            raise Malformed(Said("it must be a number"), where=line.at("confidence")) from None
    return made
