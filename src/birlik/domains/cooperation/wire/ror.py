"""ROR records, schema 2: organisations with their names, each with its language and kind.

Source: ROR, "Data structure" (schema 2.1); dumps are one array, and JSON lines are taken too.
"""

from collections.abc import Callable, Mapping
from typing import Any

from birlik.domains.cooperation.vocabulary.iso3166 import ALPHA_3
from birlik.domains.cooperation.vocabulary.outer_ids import ror
from birlik.domains.cooperation.vocabulary.words import Kind
from birlik.domains.cooperation.wire import dates
from birlik.domains.cooperation.wire.form import Document, File, Form, Named, Place, words
from birlik.domains.cooperation.wire.pieces import array_of, document, lines
from birlik.errors import Malformed, Where
from birlik.said import Said


def cut(body: bytes) -> File:
    """A dump's array, or JSON lines."""
    return File(pieces=array_of(body, "items") or lines(body))


def _named(record: Document, source: str) -> Named:
    said = record.get("id")
    if not said:
        raise Malformed(Said("{name} is missing", name="id"), where=Where(pointer="/id"))
    try:
        own_id = ror(words(said))
    except Malformed as error:
        raise Malformed(error.reason, where=Where(pointer="/id")) from None
    if not isinstance(record.get("names"), list) or not record["names"]:
        raise Malformed(Said("{name} is missing", name="names"), where=Where(pointer="/names"))
    return Named(own_id=own_id, entity_id=f"organisation:ror:{own_id}")


def _address(record: Document, head: Mapping[str, Any]) -> str:
    return f"https://ror.org/{ror(record['id'])}"


def _modified(record: Document) -> str:
    admin = record.get("admin")
    said = admin.get("last_modified") if isinstance(admin, Mapping) else None
    try:
        return dates.day(said["date"]) if isinstance(said, Mapping) and said.get("date") else ""
    except Malformed as error:
        raise Malformed(error.reason, where=Where(pointer="/admin/last_modified/date")) from None


def _value(value: Any) -> str:
    if not isinstance(value, Mapping) or not isinstance(value.get("value"), str):
        raise Malformed(Said("it must be text"), where=Where(pointer="/value"))
    return str(value["value"]).strip()


def _lang(value: Any, record: Document) -> str:
    lang = value.get("lang")
    return lang if isinstance(lang, str) else ""


def _is(*kinds: str) -> Callable[[Any], bool]:
    def of_kind(value: Any) -> bool:
        said = value.get("types") if isinstance(value, Mapping) else None
        return bool(set(kinds) & set(map(str, said))) if isinstance(said, list) else "" in kinds

    return of_kind


def _as_name(kind: str) -> Callable[[str, str, Any], dict[str, Any]]:
    def write(value: str, lang: str, before: Any) -> dict[str, Any]:
        was = before if isinstance(before, Mapping) else {"types": [kind]}
        return {**was, "value": value, "lang": lang or None}

    return write


def _typed(kind: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Mapping) and str(value.get("type", "")).lower() == kind


def _first_id(value: Any) -> str:
    """The preferred one, else the first of all."""
    every = value.get("all")
    said = value.get("preferred") or (every[0] if isinstance(every, list) and every else every)
    if said is not None and not isinstance(said, str):
        raise Malformed(Said("it must be text"), where=Where(pointer="/preferred"))
    return (said or "").strip()


def _as_ids(kind: str) -> Callable[[str, str, Any], dict[str, Any]]:
    def write(value: str, lang: str, before: Any) -> dict[str, Any]:
        was = before if isinstance(before, Mapping) else {"type": kind, "all": []}
        others = [each for each in was["all"] if each != value] if isinstance(was.get("all"), list) else []
        return {**was, "preferred": value, "all": [value, *others]}

    return write


def _state(value: Any) -> str:
    """ISO 3166-1 alpha-3; a code that isn't one stays as it is."""
    code = words(value).upper()
    return ALPHA_3.get(code, code)


def _as_alpha_2(value: str, lang: str, before: Any) -> str:
    return next((two for two, three in ALPHA_3.items() if three == value), value)


def _year(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Malformed(Said("it must be a year"))
    return dates.partial(f"{value:04d}")


PLACES = (
    Place(property="name", pattern="/names/*", read=_value, write=_as_name("alias"), lang=_lang,
          when=_is("label", "ror_display", "alias", "")),
    Place(property="short_name", pattern="/names/*", read=_value, write=_as_name("acronym"), lang=_lang,
          when=_is("acronym")),
    Place(property="type", pattern="/types/0", read=words, begin="/types/-"),
    Place(property="activity", pattern="/status", read=words),
    Place(property="founded", pattern="/established", read=_year, write=lambda value, lang, before: int(value[:4])),
    Place(property="state", pattern="/locations/0/geonames_details/country_code", read=_state, write=_as_alpha_2,
          adds=False),
    Place(property="seat", pattern="/locations/0/geonames_details/name", read=words, adds=False),
    Place(property="ror", pattern="/id", read=words, write=lambda value, lang, before: f"https://ror.org/{value}",
          adds=False),
    Place(property="domain", pattern="/domains/*", read=words),
    Place(property="address", pattern="/links/*", read=_value, write=_as_name("website"), when=_typed("website"),
          adds=False),
    *(Place(property=kind, pattern="/external_ids/*", read=_first_id, write=_as_ids(kind), when=_typed(kind))
      for kind in ("wikidata", "grid")),
)  # fmt: skip

ROR = Form(
    name="ror",
    kind=Kind.ORGANISATION,
    places=PLACES,
    cut=cut,
    document=document,
    named=_named,
    version="2",
    said=_modified,
    address=_address,
)
