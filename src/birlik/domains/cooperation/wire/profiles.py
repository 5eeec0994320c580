"""A profile says how one desk writes a sheet: which column is what, what holds of every line, in which unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, partial
from types import MappingProxyType

from birlik.domains.cooperation.vocabulary.words import PROPERTIES
from birlik.errors import Malformed, UnknownSetting
from birlik.said import Said
from birlik.standards.sheets.book import read_book
from birlik.standards.sheets.given import (
    DELIMITERS,
    Given,
    encodings_of,
    known_keys,
    one_of,
    read_given,
    shipped,
    text_in,
)
from birlik.standards.sheets.text import TWO_ROWS, Columns, Layout, TextTable, folded, index_of, read_text
from birlik.standards.sheets.workbook import XLS_MAGIC, XLSX_MAGIC, old_excel

CLAIMS, TRADE, CODES = "claims", "trade", "codes"
FIELDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        CLAIMS: (
            ("id", "kind", "source"),
            (
                "property", "value", "lang", "source_kind", "check", "note", "quote", "source_place", "said",
                "holds_from", "holds_to", "coder", "confidence", "basis",
            ),
        ),
        TRADE: (
            ("year", "exporter", "importer", "hs", "value", "unit", "hs_edition", "dataset", "vintage"),
            (),
        ),
        CODES: (("scheme", "edition", "code", "title", "dataset", "vintage"), ("lang",)),
    }
)  # fmt: skip
"""By kind: (fields that a line must have, fields that it may have)."""
STATEMENT = ("property", "value")
"""What a line has besides where it is one statement."""
_KEYS = ("name", "kind", "title", "header", "encoding", "delimiter", "decimal_comma", "columns", "always", "properties",
    "strict",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How one desk writes. `read_profile` makes it from YAML and says what is wrong there."""

    name: str
    kind: str
    title: str = ""
    encodings: tuple[str, ...] = ("utf-8",)
    delimiter: str = "auto"
    header_rows: int = 1
    decimal_comma: bool = False
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Field -> headers it may stand under, first found wins; compared without case."""
    always: Mapping[str, str] = field(default_factory=dict)
    """Field -> what it is in every line that doesn't say it."""
    strict: bool = False
    """What is reckoned with is held against its form: sums of money, whole numbers, codes of HS, states."""
    properties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """`name`, or `name@kk` -> headers of the column that states it: then a line states several things."""

    @property
    def required(self) -> tuple[str, ...]:
        """Fields that must have a column."""
        needed = FIELDS[self.kind][0]
        if self.kind == CLAIMS and not self.properties:
            needed = (*needed, *STATEMENT)
        return tuple(name for name in needed if name not in self.always)


def columns_of(profile: Profile, header: Sequence[str]) -> Columns:
    """Match a header to a profile; of columns that nobody reads it is told."""
    named = {**profile.columns, **profile.properties}
    index = index_of(named, header)
    missing = [
        Said("no column for {field} (expected one of {names})", field=f, names=", ".join(profile.columns.get(f, (f,))))
        for f in profile.required
        if f not in index
    ]
    if profile.properties and not index.keys() & profile.properties.keys():
        names = ", ".join(names[0] for names in profile.properties.values())
        missing.append(Said("no column for any property (expected one of {names})", names=names))
    first = {folded(name): i for i, name in reversed([*enumerate(header)])}
    unread = [header[i] for i in sorted(set(first.values()) - set(index.values())) if header[i]]
    return Columns(index, tuple(missing), tuple(_unread(name, named) for name in unread))


def _unread(name: str, named: Mapping[str, Sequence[str]]) -> str:
    known = {folded(n): n for names in named.values() for n in names}
    near = get_close_matches(folded(name), known, 1)
    if near:
        return Said(
            "column {name} is not read; the nearest that is read is {near}", name=name[:60], near=known[near[0]]
        )
    return Said("column {name} is not read", name=name[:60])


def layout_of(profile: Profile) -> Layout:
    """How a profile's tables are laid out."""
    return Layout(
        find=partial(columns_of, profile),
        encodings=profile.encodings,
        delimiter=profile.delimiter,
        header_rows=profile.header_rows,
    )


def read_sheet(raw: bytes, profile: Profile) -> TextTable:
    """A sheet in the shape that its first bytes tell: delimited text, or XLSX. Raises Malformed."""
    if raw.startswith(XLSX_MAGIC):
        return read_book(raw, layout_of(profile))
    if raw.startswith(XLS_MAGIC):
        raise old_excel(raw)
    return read_text(raw, layout_of(profile)).table


def read_profile(text: str | bytes) -> Profile:
    """Read a profile from YAML. Raises UnknownSetting, naming the key and what it takes."""
    given = read_given(text)
    name = text_in(given, "name")
    known_keys(given, _KEYS, f"profile {name}")
    kind = one_of(given.get("kind"), tuple(FIELDS), f"profile {name}: kind")
    return _Reader(name, kind, given).profile()


class _Reader(Given):
    __slots__ = ()

    def profile(self) -> Profile:
        made = Profile(
            name=self.name,
            kind=self.kind,
            title=str(self.given.get("title", "")),
            encodings=encodings_of(self.given, self.at("encoding")),
            delimiter=one_of(self.given.get("delimiter", "auto"), DELIMITERS, self.at("delimiter")),
            header_rows=int(one_of(self.given.get("header", 1), (1, TWO_ROWS), self.at("header"))),
            decimal_comma=one_of(self.given.get("decimal_comma", False), (True, False), self.at("decimal_comma")),
            columns=self.headers_by("columns", sum(FIELDS[self.kind], ())),
            always=self.always(),
            strict=bool(one_of(self.given.get("strict", False), (True, False), self.at("strict"))),
            properties=self.properties(),
        )
        if missing := [name for name in made.required if name not in made.columns]:
            raise UnknownSetting(f"{self.at('columns')}: no column for {', '.join(missing)}")
        return made

    def headers_by(self, key: str, known: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
        return {name: self.headers(value, f"{key}.{name}") for name, value in self.mapping(key, known).items()}

    def always(self) -> Mapping[str, str]:
        told = self.mapping("always", sum(FIELDS[self.kind], ()))
        return {name: str(value).strip() for name, value in told.items()}

    def properties(self) -> Mapping[str, tuple[str, ...]]:
        told = self.mapping("properties")
        if told and self.kind != CLAIMS:
            raise UnknownSetting(f"{self.at('properties')}: only claims have them")
        known_keys({name.partition("@")[0]: None for name in told}, tuple(PROPERTIES), self.at("properties"))
        return {name: self.headers(value, f"properties.{name}") for name, value in told.items()}


@cache
def built_in_profiles() -> Mapping[str, Profile]:
    """The profiles that birlik ships, by name, in the order in which they are tried."""
    return shipped("birlik.domains.cooperation", read_profile)


@cache
def written(text: str) -> Profile:
    """A profile that came along with a delivery."""
    return read_profile(text)


def no_table(raw: bytes) -> Malformed:
    """What to say where no profile takes a file."""
    return Malformed(Said("no known profile: see which there are, or write your own"), raw=raw[:256])
