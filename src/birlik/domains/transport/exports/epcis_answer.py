"""An EPCISQueryDocument out of stored events: each as it came, under the contexts that they came with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from birlik.domains.transport.exports.epcis_query import Found
from birlik.domains.transport.wire.epcis_http import VERSION, timestamp
from birlik.domains.transport.wire.epcis_vocabulary import CONTEXT_URI


def query_document(found: Sequence[Found], now: datetime) -> bytes:
    """The JSON of an EPCISQueryDocument that holds these events.

    Where two events' contexts give one prefix different meanings, the later event carries its own.
    """
    context, own = composed([event.context for event in found])
    events = [orjson.Fragment(_with_context(e, c)) for e, c in zip(found, own, strict=True)]
    return orjson.dumps(
        {
            "@context": context,
            "type": "EPCISQueryDocument",
            "schemaVersion": VERSION,
            "creationDate": timestamp(now),
            "epcisBody": {"queryResults": {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": events}}},
        }
    )


def _with_context(event: Found, context: Any) -> str:
    if context is None:
        return event.json
    parts = [*_parts(context), *_parts(event.value.get("@context"))]
    return orjson.dumps({"@context": parts, **{k: v for k, v in event.value.items() if k != "@context"}}).decode()


def composed(contexts: Sequence[str | None]) -> tuple[list[Any], list[Any]]:
    """(the context for all, and an event each: None, or the context that it must carry itself).

    contexts: each event's, as JSON. The EPCIS context comes first; then the others in the order they came, and
    last one object with all terms.
    """
    addresses: dict[str, None] = {CONTEXT_URI: None}
    terms: dict[str, Any] = {}
    own: list[Any] = []
    seen: dict[str | None, Any] = {}
    for text in contexts:
        if text not in seen:
            value = orjson.loads(text) if text else None
            seen[text] = value if _conflicts(value, terms) else None
            if seen[text] is None:
                _add(value, addresses, terms)
        own.append(seen[text])
    return [*addresses, *([terms] if terms else [])], own


def _parts(context: Any) -> list[Any]:
    if context is None:
        return []
    return context if isinstance(context, list) else [context]


def _conflicts(context: Any, terms: dict[str, Any]) -> bool:
    return any(
        terms.get(name, meaning) != meaning
        for part in _parts(context)
        if isinstance(part, dict)
        for name, meaning in part.items()
    )


def _add(context: Any, addresses: dict[str, None], terms: dict[str, Any]) -> None:
    for part in _parts(context):
        if isinstance(part, str):
            addresses.setdefault(part)
        elif isinstance(part, dict):
            terms.update(part)
