"""OC4IDS project packages: the Open Contracting for Infrastructure Data Standard, 0.9.

Source: the standard's reference of the package and the project, and its code lists.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from birlik.domains.cooperation.vocabulary.words import Kind
from birlik.domains.cooperation.wire import dates, oc4ids_checks
from birlik.domains.cooperation.wire.form import Document, File, Form, Named, Place
from birlik.domains.cooperation.wire.pieces import BOM, MOST_ID, Piece, document, slices
from birlik.domains.cooperation.wire.pointers import escaped
from birlik.errors import Malformed, Where
from birlik.said import Said

NEEDED = ("uri", "publisher", "publishedDate", "version")
"""Of a package, beside its projects (reference of the package)."""


def cut(body: bytes) -> File:
    """A package, as what it says of itself and its projects. Raises Malformed where it is none."""
    whole = slices(body.removeprefix(BOM), dict[str, msgspec.Raw])
    if "projects" not in whole:
        raise Malformed(Said("{name} is missing", name="projects"), where=Where(pointer="/projects"))
    if absent := [name for name in NEEDED if name not in whole]:
        raise Malformed(Said("{name} is missing", name=absent[0]), where=Where(pointer=f"/{absent[0]}"))
    try:
        projects = slices(bytes(whole.pop("projects")), list[msgspec.Raw])
    except Malformed as error:
        raise Malformed(error.reason, where=Where(pointer="/projects")) from None
    if not projects:
        raise Malformed(Said("the package has no projects"), where=Where(pointer="/projects"))
    head = {name: _value(name, bytes(raw)) for name, raw in whole.items()}
    if not isinstance(head["publisher"], Mapping) or not head["publisher"].get("name"):
        raise Malformed(Said("{name} is missing", name="name"), where=Where(pointer="/publisher/name"))
    pieces = (Piece(bytes(raw), Where(pointer=f"/projects/{i}")) for i, raw in enumerate(projects))
    return File(head=head, pieces=pieces)


def _value(name: str, raw: bytes) -> Any:
    try:
        return document(Piece(b'{"_":' + raw + b"}", Where(pointer=f"/{name}")))["_"]
    except Malformed as error:
        raise Malformed(error.reason, where=Where(pointer=f"/{name}")) from None


def package(head: Mapping[str, Any], projects: list[Any]) -> dict[str, Any]:
    """A package as it leaves."""
    return {**head, "projects": projects}


def _named(project: Document, source: str) -> Named:
    own_id = project.get("id")
    if own_id is None or own_id == "":
        raise Malformed(Said("{name} is missing", name="id"), where=Where(pointer="/id"))
    if not isinstance(own_id, str) or len(own_id) > MOST_ID:
        raise Malformed(Said("an id is text of up to {n} letters", n=MOST_ID), where=Where(pointer="/id"))
    return Named(own_id=own_id, entity_id=f"project:oc4ids:{escaped(own_id)}")


def _address(project: Document, head: Mapping[str, Any]) -> str:
    uri = head.get("uri")
    return uri if isinstance(uri, str) and uri.startswith(("https://", "http://")) else ""


def _updated(project: Document) -> str:
    try:
        return dates.day(project.get("updated") or "")
    except Malformed as error:
        raise Malformed(error.reason, where=Where(pointer="/updated")) from None


def _money(value: Any) -> str:
    """`40000000 GBP`; a sum without its currency stays without one."""
    if not isinstance(value, Mapping):
        raise Malformed(Said("it must be an amount with a currency"))
    amount, currency = value.get("amount"), value.get("currency")
    if amount is None:
        return ""
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise Malformed(Said("it must be a number"), where=Where(pointer="/amount"))
    if currency is not None and not isinstance(currency, str):
        raise Malformed(Said("it must be text"), where=Where(pointer="/currency"))
    return f"{_plain(amount)} {currency}" if currency else _plain(amount)


def _plain(number: float) -> str:
    """Without a point where it is whole.

    >>> _plain(4e7), _plain(0.5), _plain(12)
    ('40000000', '0.5', '12')
    """
    return str(int(number)) if abs(number) < 1e15 and number == int(number) else repr(number)


def _as_money(value: str, lang: str, before: Any) -> Any:
    """What isn't said otherwise stays as it was: another amount alone changes the amount alone."""
    was = dict(before) if isinstance(before, Mapping) else {}
    number, _, currency = value.partition(" ")
    try:
        amount = float(number.replace(",", ""))
    except ValueError:
        return was | {"description": value}
    if was.get("amount") != amount:
        was["amount"] = int(amount) if amount == int(amount) else amount
    if currency and was.get("currency") != currency:
        was["currency"] = currency
    return was


def _lang(value: Any, project: Document) -> str:
    lang = project.get("language")
    return lang if isinstance(lang, str) else ""


PLACES = (
    Place(property="name", pattern="/title", lang=_lang),
    Place(property="description", pattern="/description", lang=_lang),
    Place(property="purpose", pattern="/purpose", lang=_lang),
    Place(property="stage", pattern="/status"),
    Place(property="type", pattern="/type"),
    Place(property="sector", pattern="/sector/*"),
    Place(property="start", pattern="/period/startDate", read=dates.day, write=dates.moment),
    Place(property="end", pattern="/period/endDate", read=dates.day, write=dates.last_moment),
    Place(property="budget", pattern="/budget/amount", read=_money, write=_as_money),
    Place(property="authority", pattern="/publicAuthority/name"),
    Place(property="location", pattern="/locations/*/description", lang=_lang),
)

OC4IDS = Form(
    name="oc4ids",
    kind=Kind.PROJECT,
    places=PLACES,
    cut=cut,
    document=document,
    named=_named,
    version="0.9",
    said=_updated,
    address=_address,
    check=oc4ids_checks.check,
)
