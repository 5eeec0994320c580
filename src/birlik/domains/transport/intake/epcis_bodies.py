"""What suppliers of EPCIS send, for the OpenAPI document: the shape; the standard's own schema is what is held to.

Source: EPCIS 2.0 (GS1, 2022), sections 7 and 10; CBV 2.0.
"""

from typing import Any

_TEXTS = {"type": "array", "items": {"type": "string"}}
_PLACE = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "format": "uri"}}}
_EVENT_TYPES = ("ObjectEvent", "AggregationEvent", "AssociationEvent", "TransactionEvent", "TransformationEvent")
_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["type", "eventTime", "eventTimeZoneOffset"],
    "properties": {
        "type": {"type": "string", "description": f"{', '.join(_EVENT_TYPES)}, or one of an extension."},
        "eventTime": {"type": "string", "format": "date-time"},
        "eventTimeZoneOffset": {"type": "string", "pattern": "^[+-][0-9]{2}:[0-9]{2}$"},
        "eventID": {"type": "string", "description": "Without it, the event has its CBV 2.0 hash as its id."},
        "action": {"type": "string", "enum": ["ADD", "OBSERVE", "DELETE"]},
        "epcList": _TEXTS,
        "parentID": {"type": "string"},
        "childEPCs": _TEXTS,
        "bizStep": {"type": "string"},
        "disposition": {"type": "string"},
        "readPoint": _PLACE,
        "bizLocation": _PLACE,
        "bizTransactionList": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["bizTransaction"],
                "properties": {"type": {"type": "string"}, "bizTransaction": {"type": "string"}},
            },
        },
    },
}
_ONE: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2026-03-02T06:10:00+05:00",
    "eventTimeZoneOffset": "+05:00",
    "epcList": ["https://id.gs1.org/8003/04012345123456"],
    "action": "OBSERVE",
    "bizStep": "arriving",
    "readPoint": {"id": "https://id.gs1.org/414/4012345000016"},
}
_CONTEXT = {"description": "JSON-LD context.", "type": ["array", "string", "object"]}
_USUAL = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]

EVENT_BODY = {
    "schema": {**_EVENT, "properties": {"@context": _CONTEXT, **_EVENT["properties"]}},
    "example": {"@context": _USUAL, **_ONE},
}
DOCUMENT_BODY: dict[str, Any] = {
    "schema": {
        "type": "object",
        "required": ["@context", "type", "schemaVersion", "creationDate", "epcisBody"],
        "properties": {
            "@context": _CONTEXT,
            "type": {"type": "string", "enum": ["EPCISDocument", "EPCISQueryDocument"]},
            "schemaVersion": {"type": "string"},
            "creationDate": {"type": "string", "format": "date-time"},
            "epcisHeader": {"type": "object"},
            "epcisBody": {"type": "object", "properties": {"eventList": {"type": "array", "items": _EVENT}}},
        },
    },
    "example": {
        "@context": _USUAL,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-02T01:15:00Z",
        "epcisBody": {"eventList": [_ONE]},
    },
}
XML_BODY = {"schema": {"type": "string", "description": "An EPCIS 2.0 or 1.2 document in XML."}}
