"""A sheet of claims: each line states one thing with its source, or several things of one thing, a column each."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from birlik.domains.cooperation.vocabulary.money import must_be_count, must_be_hs, must_be_money, must_be_state
from birlik.domains.cooperation.vocabulary.words import PROPERTIES
from birlik.domains.cooperation.wire.pieces import MOST_ID
from birlik.domains.cooperation.wire.profiles import Profile
from birlik.errors import Malformed
from birlik.said import Said
from birlik.standards.sheets.text import TextTable

NEEDED = ("id", "kind", "property", "value", "source")
MAY = (
    "lang", "source_kind", "check", "note", "quote", "source_place", "said", "holds_from", "holds_to", "coder",
    "confidence", "basis",
)  # fmt: skip
DATES = ("said", "holds_from", "holds_to")
CHUNK = 5_000
"""So many lines lie in Python at a time."""
_SERIAL = re.compile(r"[2-7]\d{4}", re.ASCII)
_GUARDED = re.compile(r"'(?=[=+\-@])")
"""An apostrophe before what Excel would take for a formula: it is the spreadsheet's, not the writer's."""
_EXCEL_DAY_0 = date(1899, 12, 30)
_FIRST = re.compile(r"\d{4}-\d{2}-01", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """One statement. row: its place in the table; text: by field what stands there, blanks left out."""

    row: int
    text: Mapping[str, str]
    stands: Mapping[str, str]
    """By field of ours the column of the table that says it, where it has another name."""

    def column(self, name: str) -> str:
        """The table's column of a field."""
        return self.stands.get(name, name)


def lines(table: TextTable, profile: Profile) -> Iterator[Line]:
    """The statements of a sheet, row by row."""
    stated = [name for name in table.columns if name in profile.properties]
    plain = [name for name in table.columns if name not in profile.properties]
    for start in range(0, len(table), CHUNK):
        columns = {name: column.slice(start, CHUNK).to_pylist() for name, column in table.columns.items()}
        for at in range(min(CHUNK, len(table) - start)):
            row = start + at
            said = {n: _GUARDED.sub("", columns[n][at]) for n in plain if columns[n][at] or (row, n) in table.odd}
            said = {**profile.always, **said}
            if not profile.properties:
                yield Line(row, said, {})
            for name in stated:
                if columns[name][at] or (row, name) in table.odd:
                    yield _stated(row, name, _GUARDED.sub("", columns[name][at]), said)


def _stated(row: int, name: str, value: str, said: Mapping[str, str]) -> Line:
    known, _, lang = name.partition("@")
    told = {**said, "property": known, "value": value, **({"lang": lang} if lang else {})}
    return Line(row, told, {"value": name, "property": name})


def statement(line: Line, table: TextTable, profile: Profile) -> dict[str, str | float | None]:
    """The same, its numbers as such and its dates as they stand. Raises Malformed with its place."""
    for name in line.text:
        if odd := table.odd.get((line.row, line.column(name))):
            raise fault(line, table, odd, name)
    for name in NEEDED:
        if not line.text.get(name):
            raise fault(line, table, Said("{name} is missing", name=name), name)
    if len(line.text["id"]) > MOST_ID:
        raise fault(line, table, Said("an id is text of up to {n} letters", n=MOST_ID), "id")
    made: dict[str, str | float | None] = dict(line.text)
    dates = dated(line)
    for name in line.text:
        if name in dates:
            made[name] = _date(line, table, name)
        elif (line.row, line.column(name)) in table.dated:
            shown = line.text[name]
            raise fault(
                line,
                table,
                Said("Excel made the date {shown} of it: format the column as text and write it again", shown=shown),
                name,
            )
    if profile.strict:
        _must_have_form(line, table)
    if "confidence" in made:
        try:
            text = line.text["confidence"]
            made["confidence"] = float(text.replace(",", ".") if profile.decimal_comma else text)
        except ValueError:
            raise fault(line, table, Said("it must be a number"), "confidence") from None
    return made


FORMS: Mapping[str, Callable[[str], None]] = {
    "budget": must_be_money,
    "committed": must_be_money,
    "jobs": must_be_count,
    "product": must_be_hs,
    "state": must_be_state,
}
"""By property what its value must be like, where a sheet is held to it."""


def _must_have_form(line: Line, table: TextTable) -> None:
    """Raises Malformed with its place."""
    check = FORMS.get(line.text["property"])
    try:
        if check is not None:
            check(line.text["value"])
    except Malformed as error:
        raise fault(line, table, error.reason, "value") from None


def dated(line: Line) -> tuple[str, ...]:
    """The fields of a line that are dates."""
    known = PROPERTIES.get(line.text.get("property", ""))
    return (*DATES, "value") if known is not None and known.is_date else DATES


def _date(line: Line, table: TextTable, name: str) -> str:
    text = line.text[name].removeprefix("'")
    if _SERIAL.fullmatch(text):
        day = _EXCEL_DAY_0 + timedelta(days=int(text))
        raise fault(
            line,
            table,
            Said(
                "{text} is how Excel counts the day {day}: format the column as text and write the date",
                text=text,
                day=day,
            ),
            name,
        )
    return text


def first_days(table: TextTable) -> Iterator[tuple[int, str]]:
    """Cells of which a spreadsheet made a day that is the first of its month: `2026-05` may have been meant."""
    for row, name in sorted(table.dated):
        known = PROPERTIES.get(name.partition("@")[0])
        if (name in (*DATES, "value") or (known is not None and known.is_date)) and _FIRST.fullmatch(
            table.columns[name][row].as_py()
        ):
            yield row, name


def fault(line: Line, table: TextTable, reason: str, name: str) -> Malformed:
    """What is wrong of a line, and where."""
    return Malformed(reason, raw=table.raw_of(line.row), where=table.where(line.row, line.column(name)))
