"""RIS: records of lines with a tag of two letters, from TY to ER.

A record is kept as the values of each tag, and the order of the tags: so that it is written as it came.
Source: the RIS format specification (2011); its tags by `rispy`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from birlik.domains.cooperation.vocabulary.words import Kind
from birlik.domains.cooperation.wire import dates, work_types
from birlik.domains.cooperation.wire.form import Document, File, Form, Named, Place
from birlik.domains.cooperation.wire.pieces import BOM, Piece
from birlik.domains.cooperation.wire.works import an_id, made_id, of_work, text
from birlik.errors import Malformed, Where
from birlik.said import Said

_TAG = re.compile(r"([A-Z][A-Z0-9])  -(?: (.*))?", re.DOTALL)
_BEGIN, _END = re.compile(rb"TY  -"), re.compile(rb"ER  -")
TITLES, DATES = ("TI", "T1", "CT", "BT"), ("PY", "Y1", "DA")


def cut(body: bytes) -> File:
    """Records from TY to ER; what begins before the last has ended is refused, and what stands between them told."""
    refused: list[Malformed] = []
    pieces: list[Piece] = []
    begun: list[bytes] = []
    start = 0
    for number, line in enumerate(body.removeprefix(BOM).splitlines(), 1):
        if _BEGIN.match(line):
            if begun:
                refused.append(_unended(begun, start))
            begun, start = [line], number
        elif begun and _END.match(line):
            pieces.append(Piece(b"\n".join(begun), Where(line=start)))
            begun = []
        elif begun:
            begun.append(line)
        elif line.strip():
            said = Said("a record begins with a line TY")
            refused.append(Malformed(said, raw=line, where=Where(line=number)))
            if len(refused) > 1 and not pieces:
                raise Malformed(said, where=Where(line=number))
    if begun:
        refused.append(_unended(begun, start))
    if not pieces and not refused:
        raise Malformed(Said("there is no record in it"))
    return File(pieces=pieces, refused=refused)


def _unended(lines: list[bytes], start: int) -> Malformed:
    return Malformed(Said("the record isn't ended by a line ER"), raw=b"\n".join(lines), where=Where(line=start))


def document(piece: Piece) -> dict[str, Any]:
    """{"order": tags in the order of their lines, tag: its values}. Raises Malformed with the line."""
    made: dict[str, Any] = {"order": []}
    for i, line in enumerate(piece.raw.decode().split("\n")):
        found = _TAG.fullmatch(line.rstrip())
        if found is not None:
            made["order"].append(found[1])
            made.setdefault(found[1], []).append((found[2] or "").strip())
        elif line.strip() and made["order"]:
            last = made[made["order"][-1]]
            last[-1] = f"{last[-1]}\n{line.strip()}"  # a value that goes on in the next line
        elif line.strip():
            said = Said("a line begins with a tag: two letters, two spaces, a hyphen")
            raise Malformed(said, raw=piece.raw, where=Where(line=(piece.where.line or 1) + i))
    return made


def written(record: Document) -> str:
    """A record as lines, from TY to ER; what was added to it stands at its end."""
    seen: Counter[str] = Counter()
    lines = []
    for tag in (*record["order"], *_added(record)):
        values = record.get(tag, ())
        if seen[tag] < len(values):
            lines.append(f"{tag}  - {values[seen[tag]]}".rstrip(" ") if values[seen[tag]] else f"{tag}  - ")
            seen[tag] += 1
    return "\n".join((*lines, "ER  - ", ""))


def _added(record: Document) -> Iterator[str]:
    had: Counter[str] = Counter(record["order"])
    for tag, values in record.items():
        if tag != "order":
            yield from [tag] * (len(values) - had[tag])


def _first(record: Document, tags: tuple[str, ...]) -> str:
    return next((record[tag][0] for tag in tags if record.get(tag)), "")


def _named(record: Document, source: str) -> Named:
    title = _first(record, TITLES)
    if not title:
        raise Malformed(Said("{name} is missing", name="TI"), where=Where(pointer="/TI"))
    own_id = _first(record, ("ID",)) or made_id(title, _first(record, DATES), *record.get("AU", ()))
    return of_work(an_id(own_id), source, _first(record, ("DO",)), "/DO/0")


def date(value: Any) -> str:
    """`2024/05/17/`, `2024/05//other`, `2024`: as exact as it is. Raises Malformed.

    >>> date("2024/5//Spring"), date("2024/05/17"), date("2024-05-17")
    ('2024-05', '2024-05-17', '2024-05-17')
    """
    said = text(value).replace("-", "/").split("/")[:3]
    parts = [part.strip() for part in said]
    known = parts[: next((i for i, part in enumerate(parts) if not part.isdecimal()), len(parts))]
    if not known:
        return ""
    return dates.partial("-".join((known[0].zfill(4), *(part.zfill(2) for part in known[1:]))))


def as_date(value: str, lang: str, before: Any) -> str:
    """The other way round."""
    return "/".join((*value.split("-"), "", "")[:3]) + "/"


def _lang(value: Any, record: Document) -> str:
    return _first(record, ("LA",)) if len(_first(record, ("LA",))) in (2, 3) else ""


def _one(name: str, tags: tuple[str, ...], **more: Any) -> tuple[Place, ...]:
    """A property that stands in the first of some tags; what is new goes to the first of these."""
    first = Place(property=name, pattern=f"/{tags[0]}/0", begin=f"/{tags[0]}/-", **{"read": text, **more})
    others = [Place(property=name, pattern=f"/{tag}/0", adds=False, **{"read": text, **more}) for tag in tags[1:]]
    return (first, *others)


PLACES = (
    *_one("name", ("TI", "T1", "CT", "BT"), lang=_lang),
    Place(property="type", pattern="/TY/0", read=work_types.reads(work_types.RIS), begin="/TY/0",
          write=work_types.writes(work_types.RIS, "GEN")),
    Place(property="author", pattern="/AU/*", read=text),
    Place(property="author", pattern="/A1/*", read=text, adds=False),
    *_one("issued", ("PY", "Y1", "DA"), read=date, write=as_date),
    *_one("doi", ("DO",)),
    *_one("language", ("LA",)),
    *_one("abstract", ("AB", "N2"), lang=_lang),
    *_one("container", ("T2", "JO", "JF", "JA")),
    *_one("publisher", ("PB",)),
    Place(property="address", pattern="/UR/*", read=text),
    *_one("volume", ("VL",)),
    *_one("issue", ("IS",)),
    Place(property="keyword", pattern="/KW/*", read=text),
)  # fmt: skip


RIS = Form(
    name="ris",
    kind=Kind.WORK,
    places=PLACES,
    cut=cut,
    document=document,
    named=_named,
    is_json=False,
    version="2011",
    blank=lambda name: {"order": ["TY"], "TY": ["GEN"], "ID": [name]},
)
