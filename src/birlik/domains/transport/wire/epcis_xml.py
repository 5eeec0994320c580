"""EPCIS 2.0 XML to the document that JSON-LD would have given, and each event's tree for the hash.

The DTD, entities and the network are off, and a message with a DOCTYPE is refused.
Source: EPCIS 2.0, sections 9.5 (XML binding) and 10 (JSON-LD binding).
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from lxml import etree

from birlik.domains.transport.wire import epcis_vocabulary as cbv
from birlik.domains.transport.wire.epcis_document import Document, document_of
from birlik.domains.transport.wire.epcis_tree import PAIRS, Node
from birlik.domains.transport.wire.epcis_vocabulary import CodeList
from birlik.errors import Malformed, Where
from birlik.said import Said

Element = etree._Element

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_WRAPPERS = frozenset({"extension", "baseExtension"})
"""What EPCIS 1.x wrapped later fields in; they mean nothing."""

_CURIES = MappingProxyType({"gs1": cbv.PREFIXES["gs1"], "cbv": cbv.PREFIXES["cbv"]})
"""The prefixes that the XML binding lets stand in a value."""

_WORDS: Mapping[str, CodeList] = MappingProxyType(
    {
        "bizStep": cbv.BIZ_STEPS,
        "disposition": cbv.DISPOSITIONS,
        "set": cbv.DISPOSITIONS,
        "unset": cbv.DISPOSITIONS,
        "reason": cbv.ERROR_REASONS,
        "exception": cbv.SENSOR_ALERTS,
        "component": cbv.COMPONENTS,
        "bizTransaction": cbv.TRANSACTION_TYPES,
        "source": cbv.PARTY_TYPES,
        "destination": cbv.PARTY_TYPES,
        "sensorReport": cbv.MEASUREMENTS,
    }
)
"""Whose words a value, or the type of an element, is taken from."""

_NUMBERS = frozenset({"quantity", "value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"})
_LISTS = frozenset(
    {
        *("epcList", "childEPCs", "inputEPCList", "outputEPCList"),
        *("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"),
        *("bizTransactionList", "sourceList", "destinationList", "sensorElementList", "correctiveEventIDs"),
    }
)
_REPEATED = frozenset({"sensorReport", "set", "unset", "certificationInfo"})


def parse_xml(raw: bytes, *, max_depth: int, max_events: int) -> Document:
    """Read an EPCISDocument or EPCISQueryDocument in XML.

    Raises Malformed with line and column; TooLarge where it holds more than `max_events` events.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line, column = getattr(error, "position", (None, None))
        raise Malformed(
            Said("not XML: {error}", error=getattr(error, "msg", error)),
            raw=raw[:200],
            where=Where(line=line, column=column),
        ) from None
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise Malformed(Said("a DOCTYPE is not taken"), raw=raw[:200], where=Where(line=1))
    kind = etree.QName(root).localname
    if kind not in ("EPCISDocument", "EPCISQueryDocument"):
        raise Malformed(
            Said("neither an EPCISDocument nor an EPCISQueryDocument: {kind}", kind=kind),
            raw=raw[:200],
            where=Where(line=1),
        )
    if _depth(root) > max_depth:
        raise Malformed(
            Said("nested deeper than {max_depth} levels", max_depth=max_depth), raw=raw[:200], where=Where(line=1)
        )
    elements = [_unwrapped_event(e) for e in root.iterfind(".//{*}EventList/*")]
    prefixes = _Prefixes(root)
    events = [_event(element, prefixes) for element in elements]
    value = _message(root, kind, events, prefixes)
    made = document_of(value, max_events=max_events, trees=tuple(_tree(element) for element in elements))
    header = root.find("EPCISHeader")
    if header is None or header.find(".//{*}EPCISMasterData") is None:
        return made
    return replace(made, xml_header=etree.tostring(header, encoding="utf-8", with_tail=False))


def _depth(root: Element) -> int:
    depth, level = 0, [root]
    while level:
        depth, level = depth + 1, [child for parent in level for child in parent]
    return depth


def _unwrapped_event(element: Element) -> Element:
    """EPCIS 1.x put TransformationEvent in an `extension`."""
    while element.tag in _WRAPPERS and len(element):
        element = element[0]
    return element


class _Prefixes:
    """The prefixes in use, so that the names can be written with them and the context can declare them."""

    def __init__(self, root: Element) -> None:
        self.declared = {
            prefix: uri
            for prefix, uri in root.nsmap.items()
            if prefix
            and prefix not in ("xsi", "epcis")
            and cbv.PREFIXES.get(prefix, uri).rstrip(":") == uri.rstrip(":")
        }

    def name(self, tag: str, element: Element) -> str:
        """`{namespace}local` as `prefix:local`; a tag without namespace unchanged."""
        if tag[0] != "{":
            return tag
        uri, _, local = tag[1:].partition("}")
        known = {u: p for p, u in self.declared.items()}
        if uri not in known:
            given = next((p for p, u in element.nsmap.items() if u == uri and p and p not in self.declared), None)
            known[uri] = given or f"ns{len(self.declared) + 1}"
            self.declared[known[uri]] = uri
        return f"{known[uri]}:{local}"


def _message(root: Element, kind: str, events: list[dict[str, Any]], prefixes: _Prefixes) -> dict[str, Any]:
    body: dict[str, Any] = {"eventList": events}
    if kind == "EPCISQueryDocument":
        results: dict[str, Any] = {"queryName": root.findtext(".//{*}queryName", "").strip(), "resultsBody": body}
        if subscription := root.findtext(".//{*}subscriptionID", "").strip():
            results["subscriptionID"] = subscription
        body = {"queryResults": results}
    context: list[Any] = [cbv.CONTEXT_URI]
    if prefixes.declared:
        context.append(dict(prefixes.declared))
    value: dict[str, Any] = {"@context": context, "type": kind}
    value.update({key: text for key in ("schemaVersion", "creationDate") if (text := root.get(key))})
    value["epcisBody"] = body
    return value


def _event(element: Element, prefixes: _Prefixes) -> dict[str, Any]:
    return {"type": etree.QName(element).localname, **_members(element, prefixes)}


def _members(element: Element, prefixes: _Prefixes) -> dict[str, Any]:
    """Attributes and children by name; a name that comes again, or that JSON always makes a list, is a list."""
    found: dict[str, Any] = {}
    for key, text in _attributes(element):
        if not key.startswith(_XSI):
            _add(found, prefixes.name(key, element), _scalar(key, text, element.tag))
    for child in _inside(element):
        name = prefixes.name(child.tag, child)
        if name in _LISTS:
            if members := [_value(member, prefixes) for member in _inside(child)]:
                found[name] = members
        else:
            _add(found, name, _value(child, prefixes))
    return found


def _add(found: dict[str, Any], name: str, value: Any) -> None:
    if name in found:
        held = found[name] if isinstance(found[name], list) else [found[name]]
        found[name] = [*held, value]
    else:
        found[name] = [value] if name in _REPEATED else value


def _value(element: Element, prefixes: _Prefixes) -> Any:
    text = (element.text or "").strip()
    if element.tag in PAIRS.values():
        pair = {"type": _scalar("type", element.get("type", ""), element.tag), element.tag: text}
        return pair if pair["type"] else {element.tag: text}
    members = _members(element, prefixes)
    if members and text:
        return {"#text": text, **members}
    return members or _scalar(element.tag, text, "")


def _scalar(name: str, text: str, holder: str) -> Any:
    if name in _NUMBERS:
        return _number(text)
    if name == "booleanValue":
        return {"true": True, "1": True, "false": False, "0": False}.get(text, text)
    words = _WORDS.get(holder if name == "type" else name)
    return words.bare(text) if words else text


def _number(text: str) -> int | float | str:
    """Digit by digit where it is whole and has no more digits than our writer's 64 bits."""
    try:
        whole = int(text) if text.lstrip("+-").isdecimal() else None
        number = float(text)
    except ValueError:
        return text
    if whole is None and number.is_integer():
        whole = int(number)
    return whole if whole is not None and -(2**63) <= whole < 2**64 else number


def _attributes(element: Element) -> list[tuple[str, str]]:
    return [(str(key), str(text)) for key, text in element.items()]


def _inside(element: Element) -> list[Element]:
    """The children, those in a wrapper too."""
    found: list[Element] = []
    for child in element:
        if child.tag in _WRAPPERS:
            found += _inside(child)
        elif isinstance(child.tag, str):
            found.append(child)
    return found


def _tree(element: Element) -> Node:
    children = [Node(key, cbv.expand_curie(text.strip(), _CURIES)) for key, text in _attributes(element)]
    inside = _inside(element)
    if any(child.tag in PAIRS.values() for child in inside):
        children = [_pair(child) for child in inside if child.tag in PAIRS.values()]
    else:
        children += [_tree(child) for child in inside]
    return Node(element.tag, cbv.expand_curie((element.text or "").strip(), _CURIES), tuple(children))


def _pair(element: Element) -> Node:
    kind = [Node("type", cbv.expand_curie(given, _CURIES))] if (given := element.get("type")) else []
    return Node("", "", (*kind, Node(element.tag, cbv.expand_curie((element.text or "").strip(), _CURIES))))
