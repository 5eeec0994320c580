"""A profile says how one desk writes a sheet: which column is what, what holds of every line, in which unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, partial
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from birlik.domains.cooperation.vocabulary.words import PROPERTIES
from birlik.errors import Malformed, UnknownSetting
from birlik.said import Said
from birlik.standards.sheets.book import read_book
from birlik.standards.sheets.given import DELIMITERS, encodings_of, known_keys, one_of, read_given, text_in
from birlik.standards.sheets.text import TWO_ROWS, Columns, Layout, TextTable, folded, read_text
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
_KEYS = ("name", "kind", "title", "header", "encoding", "delimiter", "decimal_comma", "columns", "always", "properties")


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
    at: dict[str, int] = {}
    for position, name in enumerate(header):
        at.setdefault(folded(name), position)
    named = {**profile.columns, **profile.properties}
    index = {
        name: next(at[folded(n)] for n in names if folded(n) in at)
        for name, names in named.items()
        if any(folded(n) in at for n in names)
    }
    missing = [
        Said("no column for {field} (expected one of {names})", field=f, names=", ".join(profile.columns.get(f, (f,))))
        for f in profile.required
        if f not in index
    ]
    if profile.properties and not index.keys() & profile.properties.keys():
        names = ", ".join(names[0] for names in profile.properties.values())
        missing.append(Said("no column for any property (expected one of {names})", names=names))
    unread = [header[i] for i in sorted(set(at.values()) - set(index.values())) if header[i]]
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


@dataclass(frozen=True, slots=True)
class _Reader:
    name: str
    kind: str
    given: Mapping[str, Any]

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
            properties=self.properties(),
        )
        if missing := [name for name in made.required if name not in made.columns]:
            raise UnknownSetting(f"{self.at('columns')}: no column for {', '.join(missing)}")
        return made

    def at(self, key: str) -> str:
        return f"profile {self.name}: {key}"

    def mapping(self, key: str) -> Mapping[str, Any]:
        value = self.given.get(key) or {}
        if not isinstance(value, dict):
            raise UnknownSetting(f"{self.at(key)}: a mapping is expected, not {value!r}")
        return {str(name): told for name, told in value.items()}

    def headers_by(self, key: str, known: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
        told = self.mapping(key)
        known_keys(told, known, self.at(key))
        return {name: self.headers(value, f"{key}.{name}") for name, value in told.items()}

    def headers(self, value: Any, key: str) -> tuple[str, ...]:
        names = value if isinstance(value, list) else [value]
        if not names or any(not isinstance(n, str) or not n.strip() for n in names):
            raise UnknownSetting(f"{self.at(key)}: a column's header or a list of them is expected, not {value!r}")
        return tuple(n.strip() for n in names)

    def always(self) -> Mapping[str, str]:
        told = self.mapping("always")
        known_keys(told, sum(FIELDS[self.kind], ()), self.at("always"))
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
    folder = files("birlik.domains.cooperation") / "data" / "profiles"
    texts = sorted((f.name, f.read_bytes()) for f in folder.iterdir() if f.name.endswith(".yaml"))
    return MappingProxyType({p.name: p for p in (read_profile(text) for _, text in texts)})


@cache
def written(text: str) -> Profile:
    """A profile that came along with a delivery."""
    return read_profile(text)


def no_table(raw: bytes) -> Malformed:
    """What to say where no profile takes a file."""
    return Malformed(Said("no known profile: see which there are, or write your own"), raw=raw[:256])
