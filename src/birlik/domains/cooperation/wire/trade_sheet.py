"""A sheet of trade or of codes to rows that are right, and faults with row, column and the nearest right value."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from birlik.domains.cooperation.vocabulary.trade import (
    EDITIONS,
    FIRST_YEAR,
    FORMS,
    HS,
    HS6,
    ISIC,
    USD,
    nearest_state,
    states,
)
from birlik.domains.cooperation.wire.profiles import CODES, FIELDS, TRADE, Profile
from birlik.errors import Malformed
from birlik.said import Said
from birlik.standards.sheets.text import TextTable

CHUNK = 5_000
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?", re.ASCII)
LARGEST_USD = 1e14
"""More than the world sells in a year."""


@dataclass(frozen=True, slots=True)
class Row:
    """One right line. at: its place in the table."""

    at: int
    values: Mapping[str, Any]


def rows(table: TextTable, profile: Profile, last_year: int) -> Iterator[Row | Malformed]:
    """Each line, read or refused. last_year: after which nothing can have been traded."""
    read = _READ[profile.kind]
    names = [name for name in sum(FIELDS[profile.kind], ()) if name in table.columns]
    for start in range(0, len(table), CHUNK):
        columns = [table.columns[name].slice(start, CHUNK).to_pylist() for name in names]
        for at, cells in enumerate(zip(*columns, strict=True), start):
            text = {**profile.always, **{n: c for n, c in zip(names, cells, strict=True) if c}}
            try:
                _believed(table, at, names)
                yield Row(at, read(text, profile, last_year))
            except _Wrong as wrong:
                yield refused(table, at, wrong.field, wrong.reason)


def refused(table: TextTable, at: int, name: str, reason: str) -> Malformed:
    """A line's fault, and where it stands."""
    return Malformed(reason, raw=table.raw_of(at), where=table.where(at, name))


class _Wrong(Exception):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def _believed(table: TextTable, at: int, names: list[str]) -> None:
    for name in names if table.odd or table.dated else ():
        if odd := table.odd.get((at, name)):
            raise _Wrong(name, odd)
        if (at, name) in table.dated and name != "vintage":
            shown = table.columns[name][at].as_py()
            raise _Wrong(
                name,
                Said("Excel made the date {shown} of it: format the column as text and write it again", shown=shown),
            )


def _needed(text: Mapping[str, str], kind: str) -> None:
    for name in FIELDS[kind][0]:
        if not text.get(name):
            raise _Wrong(name, Said("{name} is missing", name=name))


def _near(field: str, value: str, near: str | None, known: str) -> _Wrong:
    if near:
        return _Wrong(
            field, Said("{value} is no {what}; the nearest is {near}", value=repr(value), what=known, near=near)
        )
    return _Wrong(field, Said("{value} is no {what}", value=repr(value), what=known))


def _one_of(field: str, value: str, known: tuple[str, ...], what: str) -> str:
    if value not in known:
        raise _near(field, value, _nearest(value, known), what)
    return value


def _nearest(value: str, known: tuple[str, ...]) -> str | None:
    """Which has it as its end (a year in two digits), else by number, else by letters."""
    if ends := [each for each in known if each.endswith(value)]:
        return ends[-1]
    if value.isdecimal() and all(each.isdecimal() for each in known):
        return min(known, key=lambda each: abs(int(each) - int(value)))
    return next(iter(get_close_matches(value, known, 1, 0.4)), None)


def _state(text: Mapping[str, str], name: str) -> str:
    if text[name] in states():
        return text[name]
    near = nearest_state(text[name])
    told = f"{near} ({states()[near]})" if near else None
    raise _near(name, text[name], told, "state of ISO 3166-1 (alpha-3)")


def _trade(text: Mapping[str, str], profile: Profile, last_year: int) -> Mapping[str, Any]:
    _needed(text, TRADE)
    year = text["year"]
    if not year.isdecimal() or not FIRST_YEAR <= int(year) <= last_year:
        raise _Wrong(
            "year",
            Said("{value} is no year from {first} to {last}", value=repr(year), first=FIRST_YEAR, last=last_year),
        )
    hs = text["hs"]
    if HS6.fullmatch(hs) is None:
        lost = hs.isdecimal() and len(hs) == len("12345")
        raise _near("hs", hs, f"0{hs}" if lost else None, "code of HS with six digits")
    factor = USD[_one_of("unit", text["unit"], tuple(USD), "unit")]
    value = text["value"].replace(",", ".") if profile.decimal_comma else text["value"]
    if _NUMBER.fullmatch(value) is None:
        raise _Wrong("value", Said("{value} is no amount: write 1234.5", value=repr(text["value"])))
    if (usd := float(value) * factor) > LARGEST_USD:
        raise _Wrong(
            "value", Said("{value} {unit} is more than the world sells in a year", value=value, unit=text["unit"])
        )
    return {
        "year": year,
        "exporter_iso3": _state(text, "exporter"),
        "importer_iso3": _state(text, "importer"),
        "hs_code": hs,
        "hs_edition": _one_of("hs_edition", text["hs_edition"], EDITIONS[HS], "edition of HS"),
        "value_usd": usd,
        "dataset": text["dataset"],
        "vintage": text["vintage"],
    }


def _codes(text: Mapping[str, str], profile: Profile, last_year: int) -> Mapping[str, Any]:
    _needed(text, CODES)
    scheme = _one_of("scheme", text["scheme"], tuple(EDITIONS), "code list")
    code = text["code"]
    if FORMS[scheme].fullmatch(code) is None:
        lost = scheme == HS and code.isdecimal() and len(code) in (1, 3, 5)
        raise _near("code", code, f"0{code}" if lost else None, f"code of {scheme}")
    above = {HS: code[:-2], ISIC: code[:-1]}[scheme]
    return {
        "scheme": scheme,
        "edition": _one_of("edition", text["edition"], EDITIONS[scheme], f"edition of {scheme}"),
        "code": code,
        "lang": text.get("lang", "en"),
        "title": text["title"],
        "parent": above if len(above) > 1 else None,
        "dataset": text["dataset"],
        "vintage": text["vintage"],
    }


_READ: Mapping[str, Callable[[Mapping[str, str], Profile, int], Mapping[str, Any]]] = {TRADE: _trade, CODES: _codes}
