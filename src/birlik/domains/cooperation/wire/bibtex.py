"""BibTeX: entries, each kept with its fields as they were written, beside the strings and the parent that it uses.

Source: O. Patashnik, "BibTeXing" (1988); D. Carlisle et al., the LaTeX accents. Cut by `bibtexparser`, accents by
`pylatexenc`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from bibtexparser.model import DuplicateBlockKeyBlock, DuplicateFieldKeyBlock, Entry, ParsingFailedBlock, String
from bibtexparser.splitter import Splitter

from birlik.domains.cooperation.vocabulary.words import Kind
from birlik.domains.cooperation.wire import work_types
from birlik.domains.cooperation.wire.bibtex_text import as_field, enclosed, names, plain, resolved
from birlik.domains.cooperation.wire.form import Document, File, Form, Named, Place
from birlik.domains.cooperation.wire.pieces import BOM, Piece, document
from birlik.domains.cooperation.wire.works import an_id, of_work
from birlik.errors import Malformed, Where
from birlik.said import Said

NAMES = ("author", "editor")
"""Fields whose persons stand in a list."""


def cut(body: bytes) -> File:
    """Entries; what is broken among them is refused with its line, and the others are taken."""
    try:
        text = body.removeprefix(BOM).decode()
    except UnicodeDecodeError:
        text = body.decode("latin-1")  # what was written before UTF-8; every byte is a letter there
    blocks = Splitter(text.replace("\r\n", "\n")).split().blocks
    strings = {b.key.lower(): str(b.value) for b in blocks if isinstance(b, String)}
    entries = [b for b in blocks if isinstance(b, Entry)]
    refused = [_refused(b) for b in blocks if isinstance(b, ParsingFailedBlock)]
    if not entries and not refused:
        raise Malformed(Said("there is no entry in it"))
    parents = {entry.key.lower(): entry for entry in entries}
    return File(pieces=_pieces(entries, parents, strings), refused=refused)


def _pieces(entries: Sequence[Entry], parents: Mapping[str, Entry], strings: Mapping[str, str]) -> Iterator[Piece]:
    for entry in entries:
        made = _document(entry, parents, strings)
        yield Piece(orjson.dumps(made), Where(line=(entry.start_line or 0) + 1))


def _refused(block: ParsingFailedBlock) -> Malformed:
    match block:
        case DuplicateBlockKeyBlock():
            said = Said("{id} stands twice in the file: the first of them is taken", id=block.key)
        case DuplicateFieldKeyBlock():
            said = Said("fields stand twice in the entry: {names}", names=", ".join(sorted(block.duplicate_keys)))
        case _:
            said = Said("the entry isn't closed, or a comma or a brace is missing in it")
    return Malformed(said, raw=str(block.raw or "").encode(), where=Where(line=(block.start_line or 0) + 1))


def _document(entry: Entry, parents: Mapping[str, Entry], strings: Mapping[str, str]) -> dict[str, Any]:
    """An entry with what it needs of its file."""
    made = _fields(entry, strings)
    cross = next((plain(str(f.value)) for f in entry.fields if f.key.lower() == "crossref"), "")
    parent = parents.get(cross.lower()) if cross else None
    if parent is not None and parent is not entry:
        made["parent"] = _fields(parent, strings)
    return made


def _fields(entry: Entry, strings: Mapping[str, str]) -> dict[str, Any]:
    """`fields`: as they read; `written`: as they stand, where that is something else; `strings`: those they use."""
    made: dict[str, Any] = {"entry_type": entry.entry_type, "key": entry.key, "fields": {}}
    written: dict[str, Any] = {}
    used: dict[str, str] = {}
    for field in entry.fields:
        raw = str(field.value)
        read, names_used = resolved(raw, strings)
        value: Any = names(read) if field.key.lower() in NAMES else read
        made["fields"][field.key] = value
        if _enclosed(value) != raw:
            written[field.key] = {"raw": raw, "read": value}
        used |= {name: strings[name] for name in names_used}
    return made | ({"written": written} if written else {}) | ({"strings": used} if used else {})


def _enclosed(value: Any) -> str:
    return enclosed(" and ".join(value) if isinstance(value, list) else value)


def written(record: Document) -> str:
    """An entry with the strings that it uses; what it was read with is written as it was."""
    strings = "".join(f"@string{{{name} = {value}}}\n" for name, value in record.get("strings", {}).items())
    return f"{strings}@{record['entry_type']}{{{record['key']},\n{''.join(_lines(record))}}}\n"


def _lines(record: Document) -> Iterator[str]:
    was = record.get("written", {})
    for name, value in record["fields"].items():
        raw = was.get(name)
        if raw is None:
            made = _enclosed(value)
        elif raw["read"] == value:
            made = raw["raw"]
        else:
            made = f"{{{' and '.join(value) if isinstance(value, list) else value}}}"
        yield f"  {name} = {made},\n"


def many_written(records: Sequence[Document]) -> str:
    """Entries as a file: strings once, and parents behind their children, as BibTeX asks."""
    keys = {str(record["key"]).lower() for record in records}
    parents = [r["parent"] for r in records if "parent" in r and str(r["parent"]["key"]).lower() not in keys]
    every = [*records, *{str(parent["key"]).lower(): parent for parent in parents}.values()]
    strings = {name: value for record in every for name, value in record.get("strings", {}).items()}
    head = "".join(f"@string{{{name} = {value}}}\n" for name, value in strings.items())
    bodies = [written({k: v for k, v in record.items() if k != "strings"}) for record in every]
    is_parent = {str(r["fields"].get("crossref", "")).lower() for r in records}
    ordered = sorted(range(len(every)), key=lambda i: str(every[i]["key"]).lower() in is_parent)
    return head + "\n".join(bodies[i] for i in ordered)


def _field(record: Document, name: str) -> str:
    """A field by its name in any letters, its parent's where it has none."""
    for holder in (record, record.get("parent", {})):
        for key, value in holder.get("fields", {}).items():
            if key.lower() == name and isinstance(value, str):
                return plain(value)
    return ""


def _named(record: Document, source: str) -> Named:
    if not record["key"]:
        raise Malformed(Said("the entry has no key"), where=Where(pointer="/key"))
    if not _field(record, "title"):
        raise Malformed(Said("{name} is missing", name="title"), where=Where(pointer="/fields/title"))
    return of_work(an_id(record["key"]), source, _field({"fields": record["fields"]}, "doi"), "/fields/doi")


def _text(value: Any) -> str:
    return plain(value)


def _year(value: Any) -> str:
    """A year, or a date of biblatex; "in press" is none, and stays in the record."""
    found = re.match(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?(?![\d-])", plain(value))
    return found[0] if found else ""


def _year_of(value: str) -> str:
    """What older styles know of a date, beside it."""
    return as_field(value[:4], "", None)


def _both(*names: str) -> tuple[str, ...]:
    """Names of a field in small letters and with a capital, as files have them."""
    return tuple(each for name in names for each in (name, name.capitalize(), name.upper()))


def _at(name: str, fields: tuple[str, ...], **more: Any) -> Iterator[Place]:
    """A property that stands in the first of some fields; new ones go to the first."""
    for i, field in enumerate(_both(*fields)):
        usual = {"read": _text, "write": as_field, "adds": i == 0}
        adds = i == 0 and more.get("adds", True)
        yield Place(property=name, pattern=f"/fields/{field}", **{**usual, **more, "adds": adds})


def _inherits(name: str, field: str) -> Place:
    """What a child has of its parent."""
    return Place(property=name, pattern=f"/parent/fields/{field}", read=_text, write=as_field, adds=False)


def _persons() -> Iterator[Place]:
    for i, field in enumerate(_both("author")):
        yield Place(property="author", pattern=f"/fields/{field}/*", read=_text, write=as_person, adds=i == 0)


def as_person(value: str, lang: str, before: Any) -> str:
    """A name among others: one that has "and" in it stays together by braces."""
    made = as_field(value, lang, None)
    return f"{{{made}}}" if " and " in made else made


def _lang(value: Any, record: Document) -> str:
    said = _field(record, "langid") or _field(record, "language")
    return said if len(said) in (2, 3) else ""


PLACES = (
    *_at("name", ("title",), lang=_lang),
    Place(property="type", pattern="/entry_type", read=work_types.reads(work_types.BIBTEX),
          write=work_types.writes(work_types.BIBTEX, "misc")),
    *_persons(),
    *_at("issued", ("date",), read=_year, beside=(("/fields/year", _year_of),)),
    *_at("issued", ("year",), read=_year, adds=False, unless="/fields/date"),
    *_at("doi", ("doi",)),
    *_at("language", ("langid", "language")),
    *_at("abstract", ("abstract",), lang=_lang),
    *_at("container", ("journal", "booktitle", "journaltitle")),
    *_at("publisher", ("publisher",)),
    *_at("address", ("url",)),
    *_at("volume", ("volume",)),
    *_at("issue", ("number",)),
    *_at("pages", ("pages",)),
    *_at("isbn", ("isbn",)),
    *_at("issn", ("issn",)),
    _inherits("container", "booktitle"),
    _inherits("container", "title"),
    _inherits("issued", "year"),
    _inherits("publisher", "publisher"),
)  # fmt: skip

BIBTEX = Form(
    name="bibtex",
    kind=Kind.WORK,
    places=PLACES,
    cut=cut,
    document=document,
    named=_named,
    blank=lambda name: {"entry_type": "misc", "key": name, "fields": {}},
)
