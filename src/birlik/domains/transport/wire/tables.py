"""What of a table is this domain's: which column is which, by profile, and the object that a title tells."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from birlik.domains.transport.wire.profiles import Profile
from birlik.errors import Malformed, Where
from birlik.said import Said
from birlik.standards.sheets.text import Columns, Layout, TextTable, index_of, read_text


def layout_of(profile: Profile) -> Layout:
    """How a profile's tables are laid out."""
    return Layout(
        find=partial(columns_of, profile),
        encodings=profile.encodings,
        delimiter=profile.delimiter,
        header_rows=profile.header_rows,
    )


def read_table(raw: bytes, profile: Profile) -> TextTable:
    """A delimited text file, read by its profile. Raises Malformed where nothing of it can be read."""
    table, above = read_text(raw, layout_of(profile))
    return replace(table, told=titled(above, profile)) if profile.object_from == "title" else table


def columns_of(profile: Profile, header: Sequence[str]) -> Columns:
    """Match a header to a profile."""
    index = index_of({**profile.columns, **dict(_document_columns(profile))}, header)
    missing = [f for f in profile.required if f not in index]
    if profile.kind == "positions" and "wkt" not in index:
        missing += [f for f in ("latitude", "longitude") if f not in index]
    wanted = tuple(
        Said("no column for {field} (expected one of {names})", field=f, names=", ".join(_names(profile, f)))
        for f in missing
    )
    return Columns(index, wanted)


def _names(profile: Profile, name: str) -> tuple[str, ...]:
    return profile.columns.get(name) or profile.columns.get("wkt", (name,))


def _document_columns(profile: Profile) -> list[tuple[str, tuple[str, ...]]]:
    return [(f"document:{kind}", names) for kind, names in profile.documents.items()]


def titled(rows: Sequence[Sequence[str]], profile: Profile) -> str:
    """The object that the lines above a table tell. Raises Malformed where they tell none.

    After the profile's word it stands in the same cell, or in the next one that isn't empty.
    """
    word = re.compile(re.escape(profile.object_after), re.IGNORECASE)
    for row in rows:
        cells = [cell.strip() for cell in row if cell.strip() and not cell.startswith("sep=")]
        for at, cell in enumerate(cells):
            if not profile.object_after:
                return cell
            if found := word.search(cell):
                told = cell[found.end() :].strip(" :\t\N{NO-BREAK SPACE}") or "".join(cells[at + 1 : at + 2])
                if told:
                    return told
    seen = " | ".join(" ".join(cell for cell in row if cell) for row in rows)[:500]
    raise Malformed(
        Said("the profile takes the object from the lines above the table, and they don't tell it: {seen}", seen=seen),
        where=Where(line=1),
    )
