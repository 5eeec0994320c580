"""EPCIS 2.0 documents and events, JSON or XML, as rows: the event as it came, and the movements that it tells of.

A document that cannot be read or breaks the schema is refused whole. What is wrong with single events is told a
piece each, and `behaviour` says whether the others are taken: `rollback` (nothing is) or `proceed`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any

import orjson

from birlik.domains.transport.events import CAPTURE_JOB, EPCIS_EVENT, MASTER_DATA, MOVEMENT
from birlik.domains.transport.intake.epcis_identity import Event, Held, Verdict, judged, named
from birlik.domains.transport.intake.rows import repeated, table_of
from birlik.domains.transport.vocabulary import place_by_code
from birlik.domains.transport.wire import epcis_vocabulary as cbv
from birlik.domains.transport.wire.epcis_document import DOCUMENT_KINDS, Document, parse_document
from birlik.domains.transport.wire.epcis_http import OtherContent, problem_of
from birlik.domains.transport.wire.epcis_movement import Indexer, MovementRow, epcs_of
from birlik.domains.transport.wire.epcis_validator import Fault, Validator
from birlik.domains.transport.wire.epcis_xml import parse_xml
from birlik.domains.transport.wire.objects import canonical
from birlik.errors import DeliveryError, Implausible, Malformed, Where
from birlik.ids import key63 as _key
from birlik.kernel.intake import Asks, Decoded, Delivery, Intake, Lookup
from birlik.kernel.tables import Rows
from birlik.said import Said

MEDIA_TYPE = "application/vnd.birlik.epcis"
ROLLBACK, PROCEED = "rollback", "proceed"

MOST_FAULTS = 1_000
"""Refused events that are told one by one; a document with more is told how many more."""
_FAULTS_SAID = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What became of a document: the `result` of its receipt."""

    capture_id: str
    message: str
    event_ids: Sequence[str]
    """Of all its events, in their order."""
    new_n: int
    """Events that the store did not have; 0 too where all were rolled back."""
    faults: Sequence[DeliveryError]


@cache
def _validator() -> Validator:
    return Validator()


def decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    """Rows of the events and their movements, and one for the job.

    Raises Malformed and TooLarge where the whole is refused.
    """
    document = _read(delivery, lookup)
    events, faults = named(document, delivery, lookup)
    asks = Asks(
        table=EPCIS_EVENT.name,
        column="event_id",
        values=[event.event_id for event in events],
        again=lambda rows: _decoded(document, delivery, events, faults, _held(rows)),
    )
    return replace(_decoded(document, delivery, events, faults, {}), asks=asks if events else None)


def _decoded(
    document: Document,
    delivery: Delivery,
    events: Sequence[Event],
    wrong_times: Sequence[DeliveryError],
    held: Mapping[str, Sequence[Held]],
) -> Decoded:
    """What is stored of a document, given what the store holds under its ids."""
    faults = list(wrong_times)
    known_n = 0
    taken: list[Event] = []
    moved: list[MovementRow] = []
    moved_by: list[str] = []
    indexer = Indexer()
    earlier: dict[str, list[Event]] = {}
    for event in events:
        match judged(event, held.get(event.event_id, ()), earlier.get(event.event_id, ())):
            case Verdict.NEW:
                try:
                    rows = indexer.rows(event.value, event.time)
                except DeliveryError as error:
                    faults.append(_in_place(error, document, event))
                    continue
                earlier.setdefault(event.event_id, []).append(event)
                taken.append(event)
                moved += rows
                moved_by += [event.event_id] * len(rows)
            case Verdict.CONFLICT:
                faults.append(_conflict(document, event))
            case Verdict.KNOWN:
                known_n += 1
    behaviour = delivery.parameters.get("behaviour", ROLLBACK)
    if faults and behaviour == ROLLBACK:
        taken, moved, moved_by = [], [], []
    faults = _bounded(faults)
    message = message_of(delivery)
    capture = Capture(
        capture_id=capture_id(message, len(faults)),
        message=message,
        event_ids=[event.event_id for event in events],
        new_n=len(taken),
        faults=faults,
    )
    made: dict[str, Any] = {}
    if taken:
        made[EPCIS_EVENT.name] = _event_rows(taken, document, delivery)
        made[MOVEMENT.name] = _movement_rows(moved_by, moved, delivery)
    if delivery.parameters.get("expects") != "event":
        made[CAPTURE_JOB.name] = (_job_row(capture, delivery, behaviour, len(document.events)),)
    if (header := document.written_header()) is not None:
        made[MASTER_DATA.name] = (_master_data_row(header, message, document, delivery),)
    notices = (f"events that were here already: {known_n}",) if known_n else ()
    return Decoded(rows=made, refused=faults, notices=notices, result=capture)


def capture_id(message: str, refused_n: int) -> str:
    """What names the job of a message: a later try is another job, since it is made only where less is refused."""
    return sha256(f"{message} {refused_n}".encode()).hexdigest()[:32] if refused_n else message


def message_of(delivery: Delivery) -> str:
    """What the tries to take one message have in common: the message, its source, and for whom it is."""
    labels = delivery.labels
    said = [delivery.source_id, labels.marking.value, *labels.audience]
    said += [f"{name}={delivery.parameters[name]}" for name in sorted(delivery.parameters)]
    digest = sha256(delivery.body)
    digest.update("\x00".join(said).encode())
    return digest.hexdigest()[:32]


# --- reading --------------------------------------------------------------------------------------------------


def is_xml(delivery: Delivery) -> bool:
    content_type = delivery.parameters.get("content_type", "")
    if content_type:
        return "xml" in content_type
    return delivery.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def _read(delivery: Delivery, lookup: Lookup) -> Document:
    limits = {
        "max_depth": int(lookup.limits["json_depth"]),
        "max_events": int(lookup.limits["events_per_document"]),
    }
    document = (parse_xml if is_xml(delivery) else parse_document)(delivery.body, **limits)
    expects = delivery.parameters.get("expects")
    if expects == "document" and document.kind not in DOCUMENT_KINDS:
        raise _malformed(Said("an EPCISDocument or an EPCISQueryDocument is expected here"), delivery, "/type")
    if expects == "event" and document.kind in DOCUMENT_KINDS:
        raise _malformed(Said("a single event is expected here; a document goes to /capture"), delivery, "/type")
    validator = _validator()
    if not validator.is_valid(document.value):
        faults = validator.validate(document.value)
        raise _malformed(_in_one(faults), delivery, faults[0].pointer)
    return document


def _in_one(faults: Sequence[Fault]) -> str:
    """The first fault, whose place the refusal has; then a few with theirs, and how many there are beyond."""
    first, others, n = faults[0].reason, [fault.said for fault in faults[1:_FAULTS_SAID]], len(faults) - _FAULTS_SAID
    if not others:
        return first
    if n <= 0:
        return Said("{first}; {others}", first=first, others=others)
    return Said("{first}; {others}; and {n} more", first=first, others=others, n=n)


def _malformed(reason: str, delivery: Delivery, pointer: str) -> Malformed:
    return Malformed(reason, raw=delivery.body, where=Where(pointer=pointer))


def _held(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Held]]:
    held: dict[str, list[Held]] = {}
    for row in rows:
        held.setdefault(row["event_id"], []).append(Held(row["content_hash"], row["event"], row["context"]))
    return held


# --- faults ---------------------------------------------------------------------------------------------------


def _in_place(error: DeliveryError, document: Document, event: Event) -> Implausible:
    pointer = document.pointer(event.number) + (error.where.pointer or "")
    return Implausible(error.reason, raw=event.json, where=Where(pointer=pointer))


def _conflict(document: Document, event: Event) -> OtherContent:
    return OtherContent(
        Said("eventID {event_id} is already that of an event with other content", event_id=event.event_id),
        raw=event.json,
        where=Where(pointer=document.pointer(event.number)),
    )


def _bounded(faults: list[DeliveryError]) -> list[DeliveryError]:
    if len(faults) <= MOST_FAULTS:
        return faults
    rest = len(faults) - MOST_FAULTS
    return [
        *faults[:MOST_FAULTS],
        Implausible(Said("{n} more events are refused", n=rest), where=Where(pointer="")),
    ]


# --- rows -----------------------------------------------------------------------------------------------------


def _event_rows(taken: Sequence[Event], document: Document, delivery: Delivery) -> Rows:
    """Rows of the event table, a column at a time: a document is thousands of events as often as one."""
    context = _context_text(document)
    values = [event.value for event in taken]
    columns: dict[str, Sequence[object]] = {
        "event_id": [event.event_id for event in taken],
        "content_hash": [event.content_hash for event in taken],
        "event_type": [value["type"] for value in values],
        "event_time": [event.time for event in taken],
        "record_time": repeated(delivery.received_time, len(taken)),
        "action": [_text(value.get("action")) for value in values],
        "biz_step": [_bare(value.get("bizStep"), cbv.BIZ_STEPS) for value in values],
        "disposition": [_bare(value.get("disposition"), cbv.DISPOSITIONS) for value in values],
        "read_point": [_id(value.get("readPoint")) for value in values],
        "biz_location": [_id(value.get("bizLocation")) for value in values],
        "epcs": [_epcs(value) for value in values],
        "error_declared": ["errorDeclaration" in value for value in values],
        "source_id": repeated(delivery.source_id, len(taken)),
        "event": [event.json for event in taken],
        "context": repeated(context, len(taken)),
    }
    return table_of(EPCIS_EVENT, columns)


def _movement_rows(event_ids: Sequence[str], rows: Sequence[MovementRow], delivery: Delivery) -> Rows:
    """`event_ids`: of the event of each row."""
    known = place_by_code()
    by_name = dict(zip(MovementRow._fields, zip(*rows, strict=True), strict=True)) if rows else {}
    columns: dict[str, Sequence[object]] = {
        **by_name,
        "object_key": [_key(canonical(row.object_id)) for row in rows],
        "received_time": repeated(delivery.received_time, len(rows)),
        "place_id": [known[row.place_code].place_id if row.place_code in known else None for row in rows],
        "basis": repeated("reported", len(rows)),
        "source_id": repeated(delivery.source_id, len(rows)),
        "source_record_id": event_ids,
    }
    return table_of(MOVEMENT, columns)


def _job_row(capture: Capture, delivery: Delivery, behaviour: str, events_n: int) -> tuple[object, ...]:
    errors = [problem_of(fault) for fault in capture.faults]
    return (
        capture.capture_id,
        delivery.received_time,
        delivery.received_time,
        False,
        not capture.faults,
        behaviour,
        orjson.dumps(errors).decode(),
        events_n,
        capture.new_n,
        delivery.source_id,
        capture.message,
    )


def _master_data_row(header: bytes, message: str, document: Document, delivery: Delivery) -> tuple[object, ...]:
    """Kept whatever becomes of the events: it says nothing of them."""
    return message, delivery.received_time, delivery.source_id, header.decode(), _context_text(document)


def _context_text(document: Document) -> str | None:
    return None if document.context is None else orjson.dumps(document.context).decode()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _bare(value: object, words: cbv.CodeList) -> str | None:
    return _word(value, words) if isinstance(value, str) else None


@lru_cache(maxsize=4_096)
def _word(value: str, words: cbv.CodeList) -> str:
    return words.bare(value)


def _id(value: object) -> str | None:
    """An event of somebody's own type may have anything here."""
    return _text(value.get("id")) if isinstance(value, dict) else None


def _epcs(value: Mapping[str, Any]) -> str | None:
    if value["type"] not in cbv.EVENT_TYPES:
        return None
    found = dict.fromkeys(epcs_of(value))
    return f" {' '.join(found)} " if found else None


def _sniff(start: bytes, filename: str) -> Mapping[str, str] | None:
    head = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head[:1] == b"<":
        return {"content_type": "application/xml"} if b"EPCIS" in head[:4_096] else None
    is_ours = head[:1] == b"{" and (b'"EPCISDocument"' in head or b'"EPCISQueryDocument"' in head)
    bare = head[:1] == b"{" and b'"eventTimeZoneOffset"' in head
    return {"content_type": "application/json"} if is_ours or bare else None


EPCIS = Intake(
    name="epcis",
    title="EPCIS 2.0 events",
    media_type=MEDIA_TYPE,
    decode=decode,
    tables=(EPCIS_EVENT.name, MOVEMENT.name, CAPTURE_JOB.name, MASTER_DATA.name),
    counted=EPCIS_EVENT.name,
    sniff=_sniff,
    example="curl -H 'Content-Type: application/json' --data-binary @events.json http://127.0.0.1:8080/epcis/v2/capture",
)
