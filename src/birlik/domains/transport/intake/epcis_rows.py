"""Rows out of EPCIS events, a column at a time: a document is thousands of events as often as one."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
import pyarrow as pa

from birlik.domains.transport.events import EPCIS_EVENT, EPCIS_TRACE, MOVEMENT
from birlik.domains.transport.intake.epcis_identity import Event
from birlik.domains.transport.intake.rows import movements, repeated, table_of
from birlik.domains.transport.wire import epcis_vocabulary as cbv
from birlik.domains.transport.wire.epcis_digital_link import canonical_or_same
from birlik.domains.transport.wire.epcis_document import Document
from birlik.domains.transport.wire.epcis_movement import MovementRow, epcs_of, traced_in
from birlik.ids import key63 as _key
from birlik.kernel.intake import Delivery, Lookup
from birlik.kernel.tables import Rows


def event_rows(events: Sequence[Event], document: Document, delivery: Delivery) -> Rows:
    context = _context_text(document)
    values = [event.value for event in events]
    read_points = [_id(value.get("readPoint")) for value in values]
    locations = [_id(value.get("bizLocation")) for value in values]
    columns: dict[str, Sequence[object]] = {
        "event_id": [event.event_id for event in events],
        "content_hash": [event.content_hash for event in events],
        "event_type": [value["type"] for value in values],
        "event_time": [event.time for event in events],
        "record_time": repeated(delivery.received_time, len(events)),
        "action": [_text(value.get("action")) for value in values],
        "biz_step": [_bare(value.get("bizStep"), cbv.BIZ_STEPS) for value in values],
        "disposition": [_bare(value.get("disposition"), cbv.DISPOSITIONS) for value in values],
        "read_point": read_points,
        "biz_location": locations,
        "epcs": [_epcs(value) for value in values],
        "error_declared": ["errorDeclaration" in value for value in values],
        "source_id": repeated(delivery.source_id, len(events)),
        "event": [event.json for event in events],
        "context": repeated(context, len(events)),
        "event_key": [event_key(event) for event in events],
        "read_point_key": [None if uri is None else place_key(uri) for uri in read_points],
        "biz_location_key": [None if uri is None else place_key(uri) for uri in locations],
    }
    return table_of(EPCIS_EVENT, columns)


def event_key(event: Event) -> int:
    return _key(event.event_id + event.content_hash)


def trace_rows(events: Sequence[Event], event_keys: Any) -> tuple[Rows, Any]:
    """(rows of the trace, the number of the event of each). event_keys: the column of the events' own rows."""
    keys: list[int] = []
    numbers: list[int] = []
    known: dict[str, int] = {}
    for number, event in enumerate(events):
        for uri in dict.fromkeys(traced_in(event.value)):
            if uri not in known:
                known[uri] = _key(canonical_or_same(uri))
            keys.append(known[uri])
            numbers.append(number)
    at = pa.array(numbers, pa.int64())
    times = pa.array([event.time for event in events], EPCIS_TRACE.schema.field("event_time").type)
    columns = {"key": keys, "event_key": event_keys.combine_chunks().take(at), "event_time": times.take(at)}
    return table_of(EPCIS_TRACE, columns), at


def movement_rows(event_ids: Sequence[str], rows: Sequence[MovementRow], delivery: Delivery, lookup: Lookup) -> Rows:
    """`event_ids`: of the event of each row."""
    columns = zip(*rows, strict=True) if rows else [()] * len(MovementRow._fields)
    given = {**dict(zip(MovementRow._fields, columns, strict=True)), "source_record_id": event_ids}
    arrays = {name: pa.array(values, MOVEMENT.schema.field(name).type) for name, values in given.items()}
    return movements(pa.table(arrays), delivery, lookup, basis="reported")


def master_data_row(header: bytes, message: str, document: Document, delivery: Delivery) -> tuple[object, ...]:
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


@lru_cache(maxsize=4_096)
def place_key(uri: str) -> int:
    """The key by which a place is found however it is written."""
    return _key(canonical_or_same(uri))


def _epcs(value: Mapping[str, Any]) -> str | None:
    if value["type"] not in cbv.EVENT_TYPES:
        return None
    found = dict.fromkeys(epcs_of(value))
    return f" {' '.join(found)} " if found else None
