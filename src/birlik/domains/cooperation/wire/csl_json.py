"""CSL-JSON: what reference managers pass on to one another. Source: the schema of CSL data, 1.0.2."""

from collections.abc import Mapping
from typing import Any

from birlik.domains.cooperation.vocabulary.words import Kind
from birlik.domains.cooperation.wire import dates
from birlik.domains.cooperation.wire.form import Document, File, Form, Named, Place
from birlik.domains.cooperation.wire.pieces import Piece, array_of, document
from birlik.domains.cooperation.wire.works import an_id, language_at, made_id, of_work, text
from birlik.errors import Malformed, Where
from birlik.said import Said


def cut(body: bytes) -> File:
    """An array of items; one item by itself is taken too."""
    return File(pieces=array_of(body, "items") or iter((Piece(body.strip(), Where()),)))


def _named(item: Document, source: str) -> Named:
    if not item.get("title"):
        raise Malformed(Said("{name} is missing", name="title"), where=Where(pointer="/title"))
    own_id = item.get("id")
    try:
        named = an_id(own_id) if own_id not in (None, "") else made_id(item["title"], item.get("issued"))
    except Malformed as error:
        raise Malformed(error.reason, where=Where(pointer="/id")) from None
    return of_work(named, source, item.get("DOI"), "/DOI")


def named_as(value: Any) -> str:
    """`Family, Given`, or the name as it is written where its parts aren't known. Raises Malformed."""
    if not isinstance(value, Mapping):
        raise Malformed(Said("a name is an object with family and given, or literal"))
    parts = {name: text(each) for name, each in value.items() if each and isinstance(each, str)}
    if literal := parts.get("literal"):
        return literal
    family = " ".join(parts[n] for n in ("non-dropping-particle", "family") if n in parts)
    given = " ".join(parts[n] for n in ("given", "dropping-particle") if n in parts)
    return ", ".join(part for part in (family, given, parts.get("suffix", "")) if part)


def as_name(value: str, lang: str, before: Any) -> dict[str, str]:
    """The other way round. What has no comma isn't taken apart: which part is the family's name nobody said.

    >>> as_name("Aytmatov, Ch.", "", None), as_name("Turkic Academy", "", None)
    ({'family': 'Aytmatov', 'given': 'Ch.'}, {'literal': 'Turkic Academy'})
    """
    family, comma, given = value.partition(", ")
    return {"family": family, "given": given} if comma and family and given else {"literal": value}


def issued(value: Any) -> str:
    """Of a date the first part, as exact as it is. Raises Malformed.

    >>> issued({"date-parts": [[2024, 5]]}), issued({"raw": "2024-05-17"}), issued({"date-parts": [["2024"]]})
    ('2024-05', '2024-05-17', '2024')
    """
    if not isinstance(value, Mapping):
        raise Malformed(Said("a date is an object with date-parts"))
    parts = value.get("date-parts")
    if parts is None:
        said = value.get("raw") or value.get("literal") or ""
        try:
            return dates.partial(said)
        except Malformed:
            return ""  # words: "Spring 2024" is no date, and stays in the record
    first = parts[0] if isinstance(parts, list) and parts else None
    if not isinstance(first, list) or not 1 <= len(first) <= 3:
        raise Malformed(Said("a date is an object with date-parts"), where=Where(pointer="/date-parts"))
    numbers = [str(each) for each in first]
    if not all(number.isascii() and number.isdecimal() for number in numbers):
        raise Malformed(Said("a date is an object with date-parts"), where=Where(pointer="/date-parts"))
    return dates.partial("-".join((numbers[0].zfill(4), *(number.zfill(2) for number in numbers[1:]))))


def as_issued(value: str, lang: str, before: Any) -> dict[str, Any]:
    """The other way round."""
    return {"date-parts": [[int(part) for part in value.split("-")]]}


LANGUAGE = language_at("language")
PLACES = (
    Place(property="name", pattern="/title", read=text, lang=LANGUAGE),
    Place(property="type", pattern="/type", read=text),
    Place(property="author", pattern="/author/*", read=named_as, write=as_name),
    Place(property="issued", pattern="/issued", read=issued, write=as_issued),
    Place(property="doi", pattern="/DOI", read=text),
    Place(property="language", pattern="/language", read=text),
    Place(property="abstract", pattern="/abstract", read=text, lang=LANGUAGE),
    Place(property="container", pattern="/container-title", read=text),
    Place(property="publisher", pattern="/publisher", read=text),
    Place(property="address", pattern="/URL", read=text),
    Place(property="volume", pattern="/volume", read=text),
    Place(property="issue", pattern="/issue", read=text),
    Place(property="pages", pattern="/page", read=text),
    Place(property="isbn", pattern="/ISBN", read=text),
    Place(property="issn", pattern="/ISSN", read=text),
)

CSL_JSON = Form(
    name="csl-json",
    kind=Kind.WORK,
    places=PLACES,
    cut=cut,
    document=document,
    named=_named,
    version="1.0.2",
    blank=lambda name: {"id": name, "type": "document"},
)
