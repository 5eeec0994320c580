"""The CBV 2.0 event hash: what names an event that came without an eventID, the same wherever it is computed.

An event is written as one string (`prehash_string`) in which nothing depends on syntax: fields in the order of
the standard, lists sorted, times in UTC, keys as Digital Links. The hash is the SHA-256 of that string.

Source: CBV 2.0, section 8.9, and the published hashes of its reference implementation. Where the two leave room
the published hashes decide, since an id is of use only if all compute the same one:
- user extensions inside a standard field follow that field if their namespace ends in a slash and the field
  holds more than they; others come at the end, under the names of the fields that hold them;
- transactions, sources and destinations come at the end, among the extensions;
- what reads as a number is written as Python writes the nearest double, whole ones without a point.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from birlik.domains.transport.wire.epcis_digital_link import canonical
from birlik.domains.transport.wire.epcis_document import Document
from birlik.domains.transport.wire.epcis_time import instant_or_none
from birlik.domains.transport.wire.epcis_tree import Node, clark, declared_prefixes, event_tree


class Order(dict[str, "Order | None"]):
    """The names of a level in the order of the standard, each with the order of the level below, if that has one."""


def _leaves(names: str) -> Order:
    return Order(dict.fromkeys(names.split()))


_EPCS = _leaves("epc")
_QUANTITIES = Order(quantityElement=_leaves("epcClass quantity uom"))
_SENSOR = Order(
    sensorElement=Order(
        sensorMetadata=_leaves("time startTime endTime deviceID deviceMetadata rawData dataProcessingMethod bizRules"),
        sensorReport=_leaves(
            "type exception deviceID deviceMetadata rawData dataProcessingMethod time microorganism "
            "chemicalSubstance value component stringValue booleanValue hexBinaryValue uriValue minValue "
            "maxValue meanValue sDev percRank percValue uom coordinateReferenceSystem"
        ),
    )
)
_ORDER = Order(
    {
        **_leaves("eventTime eventTimeZoneOffset certificationInfo parentID"),
        "epcList": _EPCS,
        "inputEPCList": _EPCS,
        "childEPCs": _EPCS,
        "quantityList": _QUANTITIES,
        "childQuantityList": _QUANTITIES,
        "inputQuantityList": _QUANTITIES,
        "outputEPCList": _EPCS,
        "outputQuantityList": _QUANTITIES,
        **_leaves("action transformationID bizStep disposition"),
        "persistentDisposition": _leaves("set unset"),
        "readPoint": _leaves("id"),
        "bizLocation": _leaves("id"),
        **_leaves("bizTransactionList sourceList destinationList"),
        "sensorElementList": _SENSOR,
    }
)
_NOT_HASHED = frozenset({"recordTime", "eventID", "type", "errorDeclaration"})
_TIMES = frozenset({"eventTime", "time", "startTime", "endTime"})

_WEB_VOCABULARY = (
    ("urn:epcglobal:cbv:bizstep:", "https://ref.gs1.org/cbv/BizStep-"),
    ("urn:epcglobal:cbv:disp:", "https://ref.gs1.org/cbv/Disp-"),
    ("urn:epcglobal:cbv:btt:", "https://ref.gs1.org/cbv/BTT-"),
    ("urn:epcglobal:cbv:sdt:", "https://ref.gs1.org/cbv/SDT-"),
    ("urn:epcglobal:cbv:er:", "https://ref.gs1.org/cbv/ER-"),
)


def event_hash(event: Mapping[str, Any], context: object, *, ignore: Collection[str] = ()) -> str:
    """`ni:///sha-256;<64 hex>?ver=CBV2.0` of a JSON-LD event, with the `@context` of its document.

    ignore: names of extension fields of the event that take no part, with prefix as in `context` or in Clark
    notation (`{namespace}name`): such as a repository's own bookkeeping.
    """
    return _ni(prehash_string(event, context, ignore=ignore))


def prehash_string(event: Mapping[str, Any], context: object, *, ignore: Collection[str] = ()) -> str:
    """What `event_hash` hashes."""
    ignored = _clark_names(ignore, context, event.get("@context"))
    return _prehash(event_tree(event, context), ignored)


def document_hashes(document: Document, *, ignore: Collection[str] = ()) -> list[str]:
    """`event_hash` of each event, in order. Of XML it is taken of the XML itself, whose prefixes and wrappers JSON
    has no words for.
    """
    return [_ni(text) for text in document_prehashes(document, ignore=ignore)]


def document_prehashes(document: Document, *, ignore: Collection[str] = ()) -> list[str]:
    if not document.trees:
        return [prehash_string(event, document.context, ignore=ignore) for event in document.events]
    ignored = _clark_names(ignore, document.context)
    return [_prehash(tree, ignored) for tree in document.trees]


def _ni(prehash: str) -> str:
    return f"ni:///sha-256;{sha256(prehash.encode()).hexdigest()}?ver=CBV2.0"


def _clark_names(names: Collection[str], *contexts: object) -> frozenset[str]:
    prefixes = declared_prefixes(*contexts)
    return frozenset(clark(name, prefixes) for name in names)


def _prehash(event: Node, ignored: frozenset[str]) -> str:
    fields = [child for child in event.children if child.name not in ignored]
    standard, left = _in_order(fields, _ORDER)
    return f"eventType={event.name}{standard}{_sorted([n for n in left if n.name not in _NOT_HASHED])}"


def _in_order(children: Sequence[Node], order: Order) -> tuple[str, list[Node]]:
    """The string of the children that `order` names, and what is left over, in the order it had."""
    own = _own_extensions(children)
    written: dict[str, list[str]] = {}
    left: list[Node] = []
    for child in children:
        name = child.name
        if name not in order:
            if child not in own:
                left.append(child)
            continue
        below = order[name]
        inner, rest = _in_order(child.children, below) if below else ("", child.children)
        text = _equals(name, child.text)
        if text or inner:
            written.setdefault(name, []).append(name + text + inner)
        if rest:
            left.append(Node(name, child.text, tuple(rest)))
    texts = ["".join(sorted(written[name])) for name in order if name in written]
    return "".join(texts) + _sorted(own), left


def _own_extensions(children: Sequence[Node]) -> list[Node]:
    """The extensions that are written right after the standard field holding them; none at the event's own level."""
    found = [c for c in children if "/}" in c.name and "{" in c.name]
    if not found or len(children) == 1 or any("eventTime" in c.name or "action" in c.name for c in children):
        return []
    return found


def _sorted(children: Sequence[Node]) -> str:
    """The string of extensions and leftovers: sorted, but for a type and its value, which keep their order."""
    if not children:
        return ""
    texts = [c.name + _equals("", c.text) + _sorted(c.children) for c in children]
    paired = any(c.name in ("bizTransaction", "source", "destination") for c in children)
    return "".join(texts if paired else sorted(texts))


def _equals(name: str, text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    return "=" + (_utc_milliseconds(text) if name in _TIMES else _canonical_value(text))


def _utc_milliseconds(text: str) -> str:
    """In UTC to the millisecond, a half rounded up; what can't be read stays as it is."""
    time = instant_or_none(text)
    if time is None:
        return text
    rounded = time.replace(microsecond=0) + timedelta(milliseconds=(time.microsecond + 500) // 1000)
    return rounded.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _canonical_value(text: str) -> str:
    if text.startswith("urn:epcglobal:cbv:"):
        for urn, web in _WEB_VOCABULARY:
            text = text.replace(urn, web)
        return text
    return canonical(text) or _plain_number(text)


def _plain_number(text: str) -> str:
    """`26.0`, `+26` and `026` as `26`; anything but a finite number unchanged."""
    if not (text[0].isdecimal() or text[0] in "+-."):
        return text
    try:
        number = float(text)
        whole = int(number)
    except (ValueError, OverflowError):
        return text
    return str(whole) if whole == number else str(number)
