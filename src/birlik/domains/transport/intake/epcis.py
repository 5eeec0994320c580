"""EPCIS 2.0 documents and events, JSON or XML, as rows: the event as it came, and the movements that it tells of.

A document that cannot be read or breaks the schema is refused whole. What is wrong with single events is told a
piece each, and `behaviour` says whether the others are taken: `rollback` (nothing is) or `proceed`.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256

import pyarrow as pa

from birlik.domains.transport.events import CAPTURE_JOB, EPCIS_EVENT, EPCIS_TRACE, MASTER_DATA, MOVEMENT
from birlik.domains.transport.intake.epcis_identity import Event, named
from birlik.domains.transport.intake.epcis_rows import event_rows, master_data_row, movement_rows, trace_rows
from birlik.domains.transport.intake.epcis_taken import PROCEED, ROLLBACK, Candidates, Capture, decoded
from birlik.domains.transport.wire.epcis_document import DOCUMENT_KINDS, Document, parse_document
from birlik.domains.transport.wire.epcis_movement import Indexer, MovementRow
from birlik.domains.transport.wire.epcis_validator import Fault, Validator
from birlik.domains.transport.wire.epcis_xml import parse_xml
from birlik.errors import DeliveryError, Implausible, Malformed, Where
from birlik.kernel.intake import Decoded, Delivery, Intake, Lookup
from birlik.said import Said

__all__ = ["EPCIS", "MEDIA_TYPE", "PROCEED", "ROLLBACK", "Capture", "decode"]

MEDIA_TYPE = "application/vnd.birlik.epcis"
_FAULTS_SAID = 10


@cache
def _validator() -> Validator:
    return Validator()


def decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    """Rows of the events and their movements, and one for the job.

    Raises Malformed and TooLarge where the whole is refused.
    """
    return decoded(_candidates(_read(delivery, lookup), delivery, lookup))


def _candidates(document: Document, delivery: Delivery, lookup: Lookup) -> Candidates:
    events, faults = named(document, delivery, lookup)
    moved: list[MovementRow] = []
    moved_by: list[int] = []
    unmoved: dict[int, DeliveryError] = {}
    indexer = Indexer()
    for number, event in enumerate(events):
        try:
            rows = indexer.rows(event.value, event.time)
        except DeliveryError as error:
            unmoved[number] = _in_place(error, document, event)
            continue
        moved += rows
        moved_by += [number] * len(rows)
    message, header = message_of(delivery), document.written_header()
    made = event_rows(events, document, delivery)
    ids = [event.event_id for event in events]
    movements = movement_rows([ids[number] for number in moved_by], moved, delivery, lookup)
    return Candidates(
        message=message,
        behaviour=delivery.parameters.get("behaviour", ROLLBACK),
        source_id=delivery.source_id,
        received_time=delivery.received_time,
        has_job=delivery.parameters.get("expects") != "event",
        events_n=len(document.events),
        pointers=[document.pointer(event.number) for event in events],
        ids=ids,
        hashes=[event.content_hash for event in events],
        events=made,
        beside={
            MOVEMENT.name: (movements, pa.array(moved_by, pa.int64())),
            EPCIS_TRACE.name: trace_rows(events, made.column("event_key")),
        },
        faults=faults,
        unmoved=unmoved,
        master_data=None if header is None else master_data_row(header, message, document, delivery),
    )


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


# --- faults ---------------------------------------------------------------------------------------------------


def _in_place(error: DeliveryError, document: Document, event: Event) -> Implausible:
    pointer = document.pointer(event.number) + (error.where.pointer or "")
    return Implausible(error.reason, raw=event.json, where=Where(pointer=pointer))


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
    tables=(EPCIS_EVENT.name, MOVEMENT.name, EPCIS_TRACE.name, CAPTURE_JOB.name, MASTER_DATA.name),
    apart=True,
    counted=EPCIS_EVENT.name,
    sniff=_sniff,
    example="curl -H 'Content-Type: application/json' --data-binary @events.json http://127.0.0.1:8080/epcis/v2/capture",
)
