"""What an EPCIS 2.0 message must look like: our own JSON Schema, made from the tables below, and its compiled form.

It decides as GS1's schema with its format assertions does, but for what
`docs/decisions/0002-what-of-epcis-is-checked.md` lists. Source: EPCIS 2.0, sections 7 and 10; CBV 2.0, section 7.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from birlik.domains.transport.wire import epcis_vocabulary as cbv

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_TIME: Schema = {
    "type": "string",
    "format": "date-time",
    "$comment": "not a date and time with its offset, such as 2026-03-01T12:00:00+05:00",
}
_URI: Schema = {"type": "string", "pattern": r"^[A-Za-z_][\w.+-]*:[^\s]+$", "$comment": "neither a URI nor a CURIE"}
"""A URI, an IRI or a CURIE: a scheme or prefix, a colon, and no white space."""

_DATE: Schema = {
    "type": "string",
    "pattern": r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(Z|T.+|[+-]\d\d:\d\d)?$",
    "$comment": "not a date, such as 2026-03-01",
}

_UNIT: Schema = {
    "type": "string",
    "pattern": "^[A-Z0-9]{2,3}$",
    "$comment": "not a unit of UN/CEFACT recommendation 20, such as KGM",
}

_CBV_NAMESPACE = r"^(urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/)"
_GS1_NAMESPACE = r"^https?://(www\.)?gs1\.org/voc/"


def _reference(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _words(words: cbv.CodeList, namespace: str) -> Schema:
    """A word of the list, or a URI that doesn't pretend to be one of it."""
    one_of = [{"enum": sorted(words.words)}, {**_URI, "not": {"pattern": namespace}}]
    return {"anyOf": one_of, "$comment": f"neither of the CBV 2.0 list of {words.title} nor a URI"}


def _list(of: Schema, **limits: object) -> Schema:
    return {"type": "array", "items": of, **limits}


def _object(fields: Mapping[str, Schema], *, required: tuple[str, ...] = (), extensible: bool = False) -> Schema:
    """An object of these fields; if `extensible`, also of any whose name has a namespace."""
    schema: Schema = {"type": "object", "properties": dict(fields), "required": list(required)}
    if extensible:
        schema["propertyNames"] = {
            "anyOf": [{"enum": sorted(fields)}, _URI],
            "$comment": "not a field of EPCIS here, and without the namespace that an extension needs",
        }
    else:
        schema["additionalProperties"] = False
    return schema


def _having(**fields: Schema) -> Schema:
    return {"required": list(fields), "properties": fields}


_SOME: Schema = {"minItems": 1}

_SENSOR_SOURCE: Mapping[str, Schema] = MappingProxyType(
    dict.fromkeys(("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), _URI)
)

_DEFINITIONS: Mapping[str, Schema] = MappingProxyType(
    {
        "bizStep": _words(cbv.BIZ_STEPS, _CBV_NAMESPACE),
        "disposition": _words(cbv.DISPOSITIONS, _CBV_NAMESPACE),
        "transactionType": _words(cbv.TRANSACTION_TYPES, _CBV_NAMESPACE),
        "partyType": _words(cbv.PARTY_TYPES, _CBV_NAMESPACE),
        "errorReason": _words(cbv.ERROR_REASONS, _CBV_NAMESPACE),
        "component": _words(cbv.COMPONENTS, _CBV_NAMESPACE),
        "measurement": _words(cbv.MEASUREMENTS, _GS1_NAMESPACE),
        "sensorAlert": _words(cbv.SENSOR_ALERTS, _GS1_NAMESPACE),
        "context": {
            "anyOf": [
                _URI,
                {"type": "object"},
                _list({"anyOf": [_URI, {"type": "object"}]}, uniqueItems=True),
            ],
            "$comment": "neither a URI, nor an object of prefixes, nor a list of such without repetition",
        },
        "place": {"type": "object", "required": ["id"], "properties": {"id": _URI}},
        "certificate": {
            "type": "object",
            "propertyNames": {"anyOf": [{"enum": ["id", "type"]}, _URI]},
            "not": {"propertyNames": {"enum": ["id", "type"]}},
            "patternProperties": {"[dD]ate$": _DATE},
            "additionalProperties": {"if": {"type": "object"}, "then": _reference("certificate")},
        },
        "quantity": _object(
            {"epcClass": _URI, "quantity": _NUMBER, "uom": _UNIT},
            required=("epcClass",),
        ),
        "transaction": _object(
            {"type": _reference("transactionType"), "bizTransaction": _URI}, required=("bizTransaction",)
        ),
        "source": _object({"type": _reference("partyType"), "source": _URI}, required=("type", "source")),
        "destination": _object(
            {"type": _reference("partyType"), "destination": _URI}, required=("type", "destination")
        ),
        "persistentDisposition": {
            **_object(
                {key: _list(_reference("disposition"), minItems=1, uniqueItems=True) for key in ("set", "unset")}
            ),
            "minProperties": 1,
        },
        "errorDeclaration": _object(
            {
                "declarationTime": _TIME,
                "reason": _reference("errorReason"),
                "correctiveEventIDs": _list(_URI),
            },
            required=("declarationTime",),
            extensible=True,
        ),
        "sensorMetadata": _object(
            {**_SENSOR_SOURCE, "time": _TIME, "startTime": _TIME, "endTime": _TIME}, extensible=True
        ),
        "sensorReport": _object(
            {
                "type": _reference("measurement"),
                "exception": _reference("sensorAlert"),
                **_SENSOR_SOURCE,
                "time": _TIME,
                "microorganism": _URI,
                "chemicalSubstance": _URI,
                "coordinateReferenceSystem": _URI,
                "component": _reference("component"),
                "stringValue": _TEXT,
                "booleanValue": {"type": "boolean"},
                "hexBinaryValue": {"type": "string", "pattern": "^[A-Fa-f0-9]+$"},
                "uriValue": _URI,
                **dict.fromkeys(("value", "minValue", "maxValue", "meanValue", "sDev"), _NUMBER),
                **dict.fromkeys(("percRank", "percValue"), _NUMBER),
                "uom": _TEXT,
            },
            required=("type",),
            extensible=True,
        ),
        "sensorElement": _object(
            {
                "sensorMetadata": _reference("sensorMetadata"),
                "sensorReport": _list(_reference("sensorReport"), minItems=1),
            },
            required=("sensorReport",),
            extensible=True,
        ),
        "vocabulary": {
            "type": "object",
            "required": ["type"],
            "properties": {"type": _URI, "vocabularyElementList": _list(_reference("vocabularyElement"))},
        },
        "vocabularyElement": {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": _URI,
                "attributes": _list(
                    {
                        "type": "object",
                        "required": ["id"],
                        "properties": {"id": _URI, "attribute": {"type": ["number", "string", "object"]}},
                    }
                ),
                "children": _list(_URI),
            },
        },
    }
)

_CERTIFICATION: Schema = {
    "anyOf": [_URI, _reference("certificate"), _list({"anyOf": [_URI, _reference("certificate")]})],
    "$comment": "neither URIs nor certificates with namespaced fields and valid dates",
}

_EVERY_EVENT: Mapping[str, Schema] = MappingProxyType(
    {
        "@context": _reference("context"),
        "type": _TEXT,
        "eventTime": _TIME,
        "recordTime": _TIME,
        "eventTimeZoneOffset": {
            "type": "string",
            "pattern": r"^[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00)$",
            "$comment": "not an offset from UTC, such as +05:00",
        },
        "eventID": _URI,
        "certificationInfo": _CERTIFICATION,
        "errorDeclaration": _reference("errorDeclaration"),
    }
)
_WHAT_HAPPENED: Mapping[str, Schema] = MappingProxyType(
    {
        "bizStep": _reference("bizStep"),
        "disposition": _reference("disposition"),
        "readPoint": _reference("place"),
        "bizLocation": _reference("place"),
        "bizTransactionList": _list(_reference("transaction")),
        "sourceList": _list(_reference("source")),
        "destinationList": _list(_reference("destination")),
        "sensorElementList": _list(_reference("sensorElement")),
    }
)
_ACTION: Schema = {"enum": ["OBSERVE", "ADD", "DELETE"]}
_PERSISTENT: Schema = _reference("persistentDisposition")
_ILMD: Schema = {
    "type": "object",
    "propertyNames": {**_URI, "$comment": "without the namespace that a field of ilmd needs"},
}
_EPCS: Schema = _list(_URI)
_EPC_SET: Schema = _list(_URI, uniqueItems=True)
_QUANTITIES: Schema = _list(_reference("quantity"))
_DELETES: Schema = {"properties": {"action": {"const": "DELETE"}}}
_CHILDREN: Mapping[str, Schema] = MappingProxyType(
    {"parentID": _URI, "childEPCs": _EPCS, "childQuantityList": _QUANTITIES, "action": _ACTION}
)
_HAS_CHILDREN: Schema = {
    "anyOf": [_having(childEPCs=_SOME), _having(childQuantityList=_SOME), _DELETES],
    "$comment": "needs childEPCs or childQuantityList, unless its action is DELETE",
}
_HAS_INPUT: Schema = {"anyOf": [_having(inputEPCList=_SOME), _having(inputQuantityList=_SOME)]}
_HAS_OUTPUT: Schema = {"anyOf": [_having(outputEPCList=_SOME), _having(outputQuantityList=_SOME)]}


def _event(fields: Mapping[str, Schema], required: tuple[str, ...], *rules: Schema) -> Schema:
    every = {**_EVERY_EVENT, **_WHAT_HAPPENED, **fields}
    schema = _object(every, required=("type", "eventTime", "eventTimeZoneOffset", *required), extensible=True)
    return {**schema, "allOf": list(rules)}


EVENTS: Mapping[str, Schema] = MappingProxyType(
    {
        "ObjectEvent": _event(
            {
                "epcList": _EPC_SET,
                "quantityList": _QUANTITIES,
                "action": _ACTION,
                "persistentDisposition": _PERSISTENT,
                "ilmd": _ILMD,
            },
            ("action",),
            {
                "anyOf": [
                    _having(epcList={}),
                    _having(quantityList=_SOME),
                    _having(sensorElementList=_SOME, readPoint={}),
                ],
                "$comment": "needs an epcList, a quantityList, or a sensorElementList with a readPoint",
            },
            {
                "anyOf": [{"not": {"required": ["ilmd"]}}, {"properties": {"action": {"const": "ADD"}}}],
                "$comment": "ilmd goes with the action ADD only",
            },
        ),
        "AggregationEvent": _event(_CHILDREN, ("action",), _HAS_CHILDREN),
        "AssociationEvent": _event(_CHILDREN, ("action", "parentID"), _HAS_CHILDREN),
        "TransactionEvent": _event(
            {
                "bizTransactionList": _list(_reference("transaction"), minItems=1),
                "parentID": _URI,
                "epcList": _EPCS,
                "quantityList": _QUANTITIES,
                "action": _ACTION,
            },
            ("bizTransactionList", "action"),
            {
                "anyOf": [_having(epcList={}), _having(quantityList=_SOME), _DELETES],
                "$comment": "needs an epcList or a quantityList, unless its action is DELETE",
            },
        ),
        "TransformationEvent": _event(
            {
                "inputEPCList": _EPC_SET,
                "inputQuantityList": _QUANTITIES,
                "outputEPCList": _EPC_SET,
                "outputQuantityList": _QUANTITIES,
                "transformationID": _URI,
                "persistentDisposition": _PERSISTENT,
                "ilmd": _ILMD,
            },
            (),
            {
                "anyOf": [
                    {"allOf": [_HAS_INPUT, _HAS_OUTPUT]},
                    {"required": ["transformationID"], "anyOf": [_HAS_INPUT, _HAS_OUTPUT]},
                ],
                "$comment": "needs inputs and outputs, or either of them with a transformationID",
            },
        ),
    }
)
"""Each type of event by its fields, what must be there, and what must be there of several."""

_OTHER_EVENT: Schema = {
    "type": "object",
    "required": ["type", "eventTime", "eventTimeZoneOffset"],
    "properties": {**_EVERY_EVENT, "type": _URI},
}
"""An event of somebody's own type: only what every event has is known of it."""

_EVENT_LIST: Schema = _list(_reference("event"))
_ENVELOPE: Mapping[str, Schema] = MappingProxyType(
    {
        "@context": _reference("context"),
        "id": _URI,
        "type": _TEXT,
        "schemaVersion": {"type": "string", "pattern": r"^\d+(\.\d+)*$"},
        "creationDate": _TIME,
    }
)
_DOCUMENT = _object(
    {
        **_ENVELOPE,
        "instanceIdentifier": _TEXT,
        "sender": _TEXT,
        "receiver": _TEXT,
        "epcisHeader": _object(
            {
                "epcisMasterData": {
                    "type": "object",
                    "properties": {"vocabularyList": _list(_reference("vocabulary"))},
                }
            },
            extensible=True,
        ),
        "epcisBody": {"type": "object", "required": ["eventList"], "properties": {"eventList": _EVENT_LIST}},
    },
    required=("@context", "type", "schemaVersion", "creationDate", "epcisBody"),
    extensible=True,
)
_QUERY_DOCUMENT = _object(
    {
        **_ENVELOPE,
        "epcisBody": _object(
            {
                "queryResults": _object(
                    {
                        "queryName": _TEXT,
                        "subscriptionID": _TEXT,
                        "resultsBody": _object(
                            {"eventList": _EVENT_LIST, "vocabularyList": _list(_reference("vocabulary"))},
                            required=("eventList",),
                            extensible=True,
                        ),
                    },
                    required=("queryName", "resultsBody"),
                    extensible=True,
                )
            },
            required=("queryResults",),
            extensible=True,
        ),
    },
    required=("@context", "type", "epcisBody"),
    extensible=True,
)


def _by_type(cases: Mapping[str, Schema], otherwise: Schema) -> Schema:
    """The schema of the case that `type` names."""
    schema = otherwise
    for kind, case in reversed(list(cases.items())):
        schema = {"if": {"properties": {"type": {"const": kind}}}, "then": case, "else": schema}
    return {"type": "object", "required": ["type"], "properties": {"type": _TEXT}, "allOf": [schema]}


def json_schema() -> Schema:
    """The whole, as JSON Schema draft 7: documents, query documents and bare events."""
    names = (*EVENTS, "otherEvent")
    events = {kind: _reference(kind) for kind in EVENTS}
    with_context = {
        kind: {"required": ["@context"], "allOf": [_reference(kind)]} for kind in names
    }  # a bare event must bring the context that a document brings for all of its own
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **_by_type(
            {
                **{kind: with_context[kind] for kind in EVENTS},
                "EPCISQueryDocument": _QUERY_DOCUMENT,
                "EPCISDocument": _DOCUMENT,
            },
            with_context["otherEvent"],
        ),
        "definitions": {
            **_DEFINITIONS,
            **EVENTS,
            "otherEvent": _OTHER_EVENT,
            "event": _by_type(events, _reference("otherEvent")),
        },
    }
