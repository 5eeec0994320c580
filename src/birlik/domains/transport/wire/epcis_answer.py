"""An EPCISQueryDocument out of stored events: each as it came, with what this node adds, in valid JSON-LD."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import orjson

from birlik.domains.transport.wire.epcis_context import Meanings, joined, meanings, meanings_of_text
from birlik.domains.transport.wire.epcis_http import VERSION, timestamp
from birlik.domains.transport.wire.epcis_vocabulary import CONTEXT_URI

Members = dict[str, msgspec.Raw]
"""An object a member at a time, the values as they were written: no number passes through a double."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as the store has it."""

    event_id: str
    content_hash: str
    event_time: datetime
    record_time: datetime
    json: str | bytes
    """As it came."""
    value: Mapping[str, Any]
    context: str | None
    """That of its document, as JSON."""

    def is_same(self, other: "Stored") -> bool:
        """Is it the same event, captured by somebody else?"""
        return (self.event_id, self.content_hash) == (other.event_id, other.content_hash)

    @classmethod
    def of_bare(cls, body: bytes, event_id: str, record_time: datetime) -> "Stored":
        """An event that came by itself."""
        text = body.removeprefix(codecs.BOM_UTF8)
        return cls(event_id, "", record_time, record_time, text, orjson.loads(text), None)


_members = msgspec.json.Decoder(Members)
_items = msgspec.json.Decoder(list[msgspec.Raw])


def query_document(found: Sequence[Stored], now: datetime) -> bytes:
    """The JSON of an EPCISQueryDocument that holds these events.

    Its context has what its events use of their senders' contexts; a prefix that two senders mean otherwise stands
    with each event.
    """
    said = [_said(event) for event in found]
    common, own = joined([event.value for event in found], said)
    events = [
        orjson.Fragment(answered(event, words, all_words))
        for event, words, all_words in zip(found, own, said, strict=True)
    ]
    return orjson.dumps(
        {
            "@context": [CONTEXT_URI, *([common] if common else [])],
            "type": "EPCISQueryDocument",
            "schemaVersion": VERSION,
            "creationDate": timestamp(now),
            "epcisBody": {"queryResults": {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": events}}},
        }
    )


def bare_event(event: Stored) -> bytes:
    """The JSON of one event by itself, under a context of its own."""
    said = _said(event)
    common, own = joined([event.value], [said])
    return answered(event, {**common, **own[0]}, said, before=(CONTEXT_URI,))


def answered(event: Stored, own: Meanings, said: Meanings, before: Sequence[str] = ()) -> bytes:
    """An event as it is answered: as it came, with the node's recordTime, its eventID, and a context of its own.

    own: the words that it must bring itself. said: all that its sender said. before: contexts by address.
    """
    members = _members.decode(event.json)
    members.pop("@context", None)
    made: Members = {}
    if context := [*before, *([dict(own)] if own else [])]:
        made["@context"] = _raw(context)
    made |= {name: _cleaned(value, said) for name, value in members.items()}
    made.setdefault("eventID", _raw(event.event_id))
    made["recordTime"] = _raw(timestamp(event.record_time))
    return msgspec.json.encode(made)


def _said(event: Stored) -> Meanings:
    inner = event.value.get("@context")
    if inner is None:
        return meanings_of_text(event.context)
    return meanings(*_listed(orjson.loads(event.context) if event.context else None), *_listed(inner))


def _listed(context: Any) -> list[Any]:
    return context if isinstance(context, list) else [context]


def _cleaned(value: msgspec.Raw, said: Meanings) -> msgspec.Raw:
    """A value whose inner contexts, if it has any, say only what can be meant."""
    text = bytes(value)
    if b"@context" not in text and b"\\u" not in text:
        return value
    if text[:1] == b"[":
        return _encoded([_cleaned(item, said) for item in _items.decode(text)])
    if text[:1] != b"{":
        return value
    members = _members.decode(text)
    if (inner := members.pop("@context", None)) is None:
        return _encoded({name: _cleaned(item, said) for name, item in members.items()})
    given = orjson.loads(bytes(inner))
    both = meanings(said, *_listed(given))
    here = {word: both[word] for part in _listed(given) if isinstance(part, dict) for word in part if word in both}
    made = {"@context": _raw(here)} if here else {}
    return _encoded({**made, **{name: _cleaned(item, both) for name, item in members.items()}})


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(orjson.dumps(value))


def _encoded(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))
