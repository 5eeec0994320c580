"""An event as the tree that CBV 2.0 hashes: names, texts and children, the same out of JSON-LD and out of XML.

The tree follows the XML model, since the hash is defined on it: lists have named members (`epcList` holds
`epc`), and an extension's name is written with its namespace, `{https://ns.example.com/epcis/}colour`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from birlik.domains.transport.wire import epcis_vocabulary as cbv


@dataclass(frozen=True, slots=True)
class Node:
    name: str
    text: str
    children: tuple["Node", ...] = ()


PAIRS = MappingProxyType(
    {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}
)
"""Lists of a value with its type. A member is a nameless node whose children are the type and then the value."""

_COMMENTS = frozenset({"rdfs:comment", "comment", "#text", "@context"})

_LISTS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "bizStep": cbv.BIZ_STEPS.web_uri,
        "disposition": cbv.DISPOSITIONS.web_uri,
        "set": cbv.DISPOSITIONS.web_uri,
        "unset": cbv.DISPOSITIONS.web_uri,
        "exception": cbv.SENSOR_ALERTS.web_uri,
        "component": cbv.COMPONENTS.web_uri,
    }
)
_TYPES: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "bizTransactionList": cbv.TRANSACTION_TYPES.web_uri,
        "sourceList": cbv.PARTY_TYPES.web_uri,
        "destinationList": cbv.PARTY_TYPES.web_uri,
        "sensorReport": lambda word: cbv.SENSOR_ALERTS.web_uri(cbv.MEASUREMENTS.web_uri(word)),
    }
)
"""Whose words a `type` is taken from, by what holds it."""

_MEMBERS = MappingProxyType(
    {
        "inputEPC": "epc",
        "outputEPC": "epc",
        "inputQuantity": "quantityElement",
        "outputQuantity": "quantityElement",
        "childQuantity": "quantityElement",
    }
)


def declared_prefixes(*contexts: object) -> dict[str, str]:
    """The prefixes that the inline parts of these `@context` values declare; later ones win."""
    found: dict[str, str] = {}
    for context in contexts:
        for part in context if isinstance(context, list) else [context]:
            if isinstance(part, dict):
                found.update({k: v for k, v in part.items() if isinstance(v, str)})
    return found


def event_tree(event: Mapping[str, Any], context: object) -> Node:
    """The tree of a JSON-LD event. Prefixes are expanded where `context` or the event's own declares them."""
    prefixes = declared_prefixes(context, event.get("@context"))
    return Node(str(event.get("type", "")), "", _children(event, "", prefixes))


def clark(name: str, prefixes: Mapping[str, str]) -> str:
    """`example:colour` as `{https://ns.example.com/epcis/}colour`; a name without a known prefix unchanged."""
    prefix, colon, local = name.partition(":")
    return f"{{{prefixes[prefix]}}}{local}" if colon and prefix in prefixes else name


def _children(value: Mapping[str, Any], parent: str, prefixes: Mapping[str, str]) -> tuple[Node, ...]:
    return tuple(
        node
        for key, child in value.items()
        if key not in _COMMENTS
        for node in _nodes(clark(key, prefixes), child, parent, prefixes)
    )


def _nodes(name: str, value: object, parent: str, prefixes: Mapping[str, str]) -> list[Node]:
    """What a key becomes: one node a value, all in one where the name says that it is a list."""
    values = value if isinstance(value, list) else [value]
    if name in PAIRS:
        members = [_pair(name, v, prefixes) for v in values if isinstance(v, dict)]
        return [Node(name, "", tuple(members))] if members else []
    if name == "childEPCs":
        members = [_node("epc", v, name, prefixes) for v in values]
        return [Node(name, "", tuple(members))] if members else []
    if name.endswith("List"):
        members = [_member(name.removesuffix("List"), v, prefixes) for v in values]
        return [Node(name, "", tuple(members))] if members else []
    return [_node(name, v, parent, prefixes) for v in values]


def _member(name: str, value: object, prefixes: Mapping[str, str]) -> Node:
    node = _node(name, value, name, prefixes)
    renamed = "quantityElement" if name == "quantity" and node.children else _MEMBERS.get(name, name)
    return Node(renamed, node.text, node.children)


def _pair(name: str, value: Mapping[str, Any], prefixes: Mapping[str, str]) -> Node:
    order = ("type", PAIRS[name])
    return Node("", "", tuple(_node(key, value[key], name, prefixes) for key in order if key in value))


def _node(name: str, value: object, parent: str, prefixes: Mapping[str, str]) -> Node:
    if isinstance(value, dict):
        return Node(name, str(value.get("#text", "")), _children(value, name, prefixes))
    if isinstance(value, list):
        return Node(name, "", tuple(_node("", v, name, prefixes) for v in value))
    return Node(name, _text(name, value, parent, prefixes))


def _text(name: str, value: object, parent: str, prefixes: Mapping[str, str]) -> str:
    if isinstance(value, str):
        uri_of = _TYPES.get(parent) if name == "type" else _LISTS.get(name)
        return uri_of(value) if uri_of and ":" not in value else cbv.expand_curie(value, prefixes)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
