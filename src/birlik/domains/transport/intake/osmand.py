"""Single fixes by the OsmAnd protocol: the hot path of trackers and phones."""

from birlik.domains.transport.events import MOVEMENT
from birlik.domains.transport.intake.rows import bounds_at, bounds_of
from birlik.domains.transport.wire.osmand import Alive, Fix, decode_osmand
from birlik.domains.transport.wire.recognise import OSMAND as MEDIA_TYPE
from birlik.errors import DeliveryError
from birlik.ids import key63
from birlik.kernel.domain import Answer, Call, Endpoint
from birlik.kernel.intake import Decoded, Delivery, Intake, Lookup
from birlik.kernel.tables import Field, Type
from birlik.said import Said


def _decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    parameters = delivery.parameters
    fix = decode_osmand(
        parameters.get("query", ""), delivery.body, parameters.get("content_type", ""), bounds_of(delivery, lookup)
    )
    if isinstance(fix, Alive):
        return Decoded(notices=(Said("a sign of life of {device}, without a place", device=fix.device_id),))
    return Decoded(rows={MOVEMENT.name: (_row(fix, delivery),)}, notices=fix.warnings)


def _row(fix: Fix, delivery: Delivery) -> tuple[object, ...]:
    object_id = f"tracker:{fix.device_id}"
    return (
        object_id,
        key63(object_id),
        "vehicle",
        fix.phenomenon_time,
        None,
        delivery.received_time,
        fix.utc_offset_min,
        fix.latitude,
        fix.longitude,
        fix.speed_m_s,
        fix.course_deg,
        fix.accuracy_m,
        None,
        None,
        "position",
        "measured",
        delivery.source_id,
        None,
        None,
    )


OSMAND = Intake(
    name="osmand",
    title="OsmAnd protocol",
    media_type=MEDIA_TYPE,
    decode=_decode,
    tables=(MOVEMENT.name,),
    single=True,
    example="curl 'http://127.0.0.1:8080/osmand?id=356938035643809&lat=44.21&lon=80.40&timestamp=1767225600'",
)


async def _receive(call: Call) -> Answer:
    """Take one fix. A fix that goes to quarantine is answered 200 too, since clients retry and block behind it."""
    parameters = {}
    if call.query_string:
        parameters["query"] = call.query_string
    if content_type := call.headers.get("content-type"):
        parameters["content_type"] = content_type
    receipt = await call.take(
        Delivery(
            body=call.body,
            media_type=MEDIA_TYPE,
            source_id=call.source_id,
            received_time=call.received_time,
            parameters=parameters,
            labels=call.labels,
        )
    )
    if receipt.refused:
        return Answer(body={"quarantined": [str(fault) for fault in receipt.refused]})
    if receipt.notices:
        return Answer(body={"notices": list(receipt.notices)})
    return Answer(media_type="text/plain", body=b"")


def _devices(call: Call) -> list[str]:
    """The ids that a request says it comes from; of what can't be read nothing is taken but a piece for quarantine."""
    try:
        given = call.headers.get("content-type", "")
        bounds = bounds_at(call.received_time, call.limits)
        return [decode_osmand(call.query_string, call.body, given, bounds).device_id]
    except DeliveryError:
        return []


def _number(unit: str, **more: object) -> dict[str, object]:
    return {"type": ["number", "null"], "description": unit, **more}


_TIMESTAMP = {"type": ["string", "number"], "description": "Seconds or milliseconds since 1970, or ISO 8601."}
_COORDS = {
    "type": "object",
    "required": ["latitude", "longitude"],
    "properties": {
        "latitude": {"type": "number", "description": "WGS 84 degrees."},
        "longitude": {"type": "number", "description": "WGS 84 degrees."},
        "speed": _number("m/s"),
        "heading": _number("Degrees, clockwise from north."),
        "accuracy": _number("Metres."),
    },
}
JSON_BODY = {
    "schema": {
        "type": "object",
        "required": ["location", "device_id"],
        "properties": {
            "device_id": {"type": ["string", "integer"], "description": "The device."},
            "location": {
                "type": "object",
                "required": ["timestamp", "coords"],
                "properties": {"timestamp": _TIMESTAMP, "coords": _COORDS},
            },
        },
    },
    "example": {
        "device_id": "phone-of-truck-17",
        "location": {
            "timestamp": "2026-03-02T01:12:30.000Z",
            "coords": {"latitude": 44.1521, "longitude": 80.2163, "accuracy": 6.1, "speed": 14.2, "heading": 74},
        },
    },
}
FORM_BODY = {
    "schema": {
        "type": "object",
        "required": ["id", "lat", "lon", "timestamp"],
        "properties": {
            "id": {"type": "string", "description": "The device; `deviceid` says the same."},
            "lat": {"type": "string", "description": "WGS 84 degrees."},
            "lon": {"type": "string", "description": "WGS 84 degrees."},
            "timestamp": {"type": "string", "description": "Seconds or milliseconds since 1970, or ISO 8601."},
            "speed": {"type": "string", "description": "Knots."},
            "bearing": {"type": "string", "description": "Degrees; `heading` says the same."},
            "accuracy": {"type": "string", "description": "Metres."},
        },
    },
    "example": {"id": "truck-17", "lat": "44.204", "lon": "80.388", "timestamp": "1772512200", "speed": "24.3"},
}
ENDPOINT = Endpoint(
    methods=("GET", "POST"),
    path="/osmand",
    handle=_receive,
    summary="One fix by the OsmAnd protocol (query string, form or JSON), or as a Traccar server forwards it",
    operation_id="osmand",
    takes=MEDIA_TYPE,
    sends=True,
    devices=_devices,
    tags=("OsmAnd",),
    request_media_types=("application/json", "application/x-www-form-urlencoded"),
    bodies={"application/json": JSON_BODY, "application/x-www-form-urlencoded": FORM_BODY},
    responses={200: "It is on the disk; or in quarantine, and the body says why"},
    parameters=(
        Field(name="id", type=Type.TEXT, description="Device."),
        Field(name="lat", type=Type.TEXT, description="Latitude, WGS 84 degrees."),
        Field(name="lon", type=Type.TEXT, description="Longitude, WGS 84 degrees."),
        Field(name="timestamp", type=Type.TEXT, description="Seconds or milliseconds since 1970, or ISO 8601."),
        Field(name="speed", type=Type.TEXT, unit="kn", description="Speed over ground."),
    ),
)
