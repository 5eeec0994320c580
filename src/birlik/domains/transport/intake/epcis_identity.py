"""Which event is which: ids, content hashes, and whether an event is new, known, or contradicts one that is held.

Two events are the same where their JSON is, or where their CBV 2.0 hashes are: that hash leaves out how words and
keys are written. A declaration of error shares its original's id and hash, so an id may have the original and any
number of declarations. Source: EPCIS 2.0, section 7.4.1.4 (error declaration); CBV 2.0, section 8.9.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from birlik.domains.transport.intake.rows import bounds_of
from birlik.domains.transport.wire.epcis_document import Document
from birlik.domains.transport.wire.epcis_hash import document_hashes, event_hash
from birlik.domains.transport.wire.epcis_time import instant_or_none
from birlik.errors import DeliveryError, Implausible, Where
from birlik.kernel.intake import Delivery, Lookup
from birlik.said import Said

_NOT_CONTENT = ("errorDeclaration", "recordTime")
"""What two records of one event may differ in: recordTime is each repository's own."""


class Event(NamedTuple):
    number: int
    """Its place in the document, from 0."""
    event_id: str
    content_hash: str
    """Of the content; behind a dot that of the error declaration, if it has one."""
    time: datetime
    value: Mapping[str, Any]
    json: bytes
    """As it came."""
    context: object


@dataclass(frozen=True, slots=True)
class Held:
    """What the store has under an id."""

    content_hash: str
    json: str | bytes
    context: str | None

    @classmethod
    def of(cls, event: Event) -> "Held":
        context = None if event.context is None else orjson.dumps(event.context).decode()
        return cls(event.content_hash, event.json, context)


class Verdict(Enum):
    NEW = auto()
    KNOWN = auto()
    CONFLICT = auto()


def named(document: Document, delivery: Delivery, lookup: Lookup) -> tuple[list[Event], list[DeliveryError]]:
    """The events with their ids and hashes, and what is wrong with the times of others."""
    values = document.events
    ids: Sequence[str | None] = [value.get("eventID") for value in values]
    if document.trees and not all(ids):
        ids = [given or made for given, made in zip(ids, document_hashes(document), strict=True)]
    bounds = bounds_of(delivery, lookup)
    earliest, latest = bounds.earliest, bounds.latest
    events: list[Event] = []
    faults: list[DeliveryError] = []
    for index, (value, given, raw) in enumerate(zip(values, ids, document.written(), strict=True)):
        time = instant_or_none(value.get("eventTime"))
        if time is None or not earliest <= time <= latest:
            said = Said("{text} is no time that can be reckoned with", text=value.get("eventTime"))
            reason = bounds.why_not(time) if time else said
            faults.append(
                Implausible(reason or "", raw=raw, where=Where(pointer=f"{document.pointer(index)}/eventTime"))
            )
            continue
        event_id = given or event_hash(value, document.context)
        events.append(Event(index, event_id, content_hash(value), time, value, raw, document.context))
    return events, faults


def content_hash(value: Mapping[str, Any]) -> str:
    """
    >>> one, two = {"action": "ADD", "x": 1}, {"x": 1, "action": "ADD", "recordTime": "2026-03-01T12:00:00Z"}
    >>> content_hash(one) == content_hash(two)
    True
    """
    declaration = value.get("errorDeclaration")
    if declaration is not None or "recordTime" in value:
        value = {key: item for key, item in value.items() if key not in _NOT_CONTENT}
    content = _hashed(value, 16)
    return content if declaration is None else f"{content}.{_hashed(declaration, 8)}"


def _hashed(value: Any, size: int) -> str:
    return blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=size).hexdigest()


def judged(event: Event, held: Sequence[Held], earlier: Sequence[Event]) -> Verdict:
    """Whether this event is known, or contradicts one of its id: `held` by the store, or earlier in the document."""
    if not held and not earlier:
        return Verdict.NEW
    others = [*held, *map(Held.of, earlier)]
    if any(other.content_hash == event.content_hash for other in others):
        return Verdict.KNOWN
    content, _, declaration = event.content_hash.partition(".")
    same = [other for other in others if other.content_hash.partition(".")[0] == content or _equal(event, other)]
    if len(same) < len(others):
        return Verdict.CONFLICT
    known = any(other.content_hash.partition(".")[2] == declaration for other in same)
    return Verdict.KNOWN if known else Verdict.NEW


def _equal(event: Event, other: Held) -> bool:
    """Equal by the standard's own measure, which costs more and is asked only where the JSON differs."""
    context = None if other.context is None else orjson.loads(other.context)
    return event_hash(event.value, event.context) == event_hash(orjson.loads(other.json), context)
