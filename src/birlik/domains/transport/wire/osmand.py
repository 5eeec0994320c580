"""One fix as OsmAnd and Traccar's clients send it: a query string, a form, or JSON.

Source: Traccar's OsmAnd protocol as its server reads it. A whole number below 2³¹ is seconds, above it milliseconds;
speed is in knots in query and form, in m/s in JSON; -1 stands for "not known". Cells, Wi-Fi and what else a client
adds are left aside. What a Traccar server itself forwards as JSON is read too, so that one address takes all.
"""

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from birlik.domains.transport.wire.decoded import FASTEST_M_S, Bounds
from birlik.errors import Implausible, Malformed, Where
from birlik.said import Said

KNOT_M_S = 1852 / 3600
_SECONDS_BELOW = 2**31
_LONGEST_ID = 128
_CLOCK = re.compile(r"[Tt ]\d\d")
_SHOWN = 1024


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a device was, and when."""

    device_id: str
    phenomenon_time: datetime
    utc_offset_min: int | None
    """None where the device gave none."""
    latitude: float
    longitude: float
    speed_m_s: float | None = None
    course_deg: float | None = None
    accuracy_m: float | None = None
    altitude_m: float | None = None
    battery_share: float | None = None
    """0 to 1."""
    event: str | None = None
    warnings: tuple[str, ...] = ()
    """Values that could be left out, and were, since they made no sense."""


@dataclass(frozen=True, slots=True)
class Alive:
    """A device that says that it is there, and not where: a heartbeat."""

    device_id: str


def decode_osmand(query: str, body: bytes, content_type: str, bounds: Bounds) -> Fix | Alive:
    """Decode one fix, or a heartbeat.

    query: what stands after the `?`, still encoded. A fix without a time happened when it was received.
    Raises: Malformed where a value is missing or can't be read; Implausible where it can't have been so.
    """
    if body and ("json" in content_type or body[:1] in b"{["):
        return _from_json(body, query, bounds)
    try:
        form = body.decode().strip()
    except UnicodeDecodeError as error:
        raise Malformed(Said("the form is not UTF-8 text"), raw=body[:_SHOWN]) from error
    # A form's values win over those of the address.
    both = f"{query}&{form}" if query and form else query or form
    return _from_query(both, body or query.encode("utf-8", "replace"), bounds)


def _parameters(query: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        given[name] = unquote_plus(value) if "%" in value or "+" in value else value
    return given


def _from_query(query: str, raw: bytes, bounds: Bounds) -> Fix | Alive:
    given = _parameters(query)
    latitude, longitude = given.get("lat"), given.get("lon")
    if latitude is None and "location" in given:
        latitude, _, longitude = given["location"].partition(",")
    if not latitude and not longitude and (given.get("id") or given.get("deviceid")):
        return Alive(_Given(raw, "").device(given.get("id") or given.get("deviceid")))
    valid = given.get("valid")
    if valid is not None and valid.strip().lower() not in ("true", "1"):
        raise Implausible(Said("the device says that it has no fix"), raw=raw[:_SHOWN], where=Where(field="valid"))
    speed, battery = given.get("speed"), given.get("batt")
    return _fix(
        _Given(raw, ""),
        bounds,
        device=given.get("id") or given.get("deviceid"),
        time=given.get("timestamp"),
        latitude=latitude,
        longitude=longitude,
        speed=speed,
        speed_unit=KNOT_M_S,
        course=given.get("bearing") or given.get("heading"),
        accuracy=given.get("accuracy"),
        altitude=given.get("altitude"),
        battery=battery,
        battery_unit=0.01,
        event=given.get("event"),
    )


def _from_json(body: bytes, query: str, bounds: Bounds) -> Fix | Alive:
    try:
        message = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed(Said("not JSON: {error}", error=error), raw=body[:_SHOWN]) from error
    if isinstance(message, dict) and isinstance(message.get("position"), dict) and "location" not in message:
        return _from_gateway(message, body, bounds)
    location = message.get("location") if isinstance(message, dict) else None
    if isinstance(location, list) and len(location) == 1:
        location = location[0]
    if isinstance(location, list) and location:
        raise Malformed(
            Said("{n} fixes in one message: send each by itself", n=len(location)),
            raw=body[:_SHOWN],
            where=Where(pointer="/location"),
        )
    coords = location.get("coords") if isinstance(location, dict) else None
    device = message.get("device_id") if isinstance(message, dict) else None
    device = device if device is not None else _parameters(query).get("id")
    if device and isinstance(location, dict) and coords is None:
        return Alive(_Given(body, "/location").device(device))
    if not isinstance(location, dict) or not isinstance(coords, dict):
        missing = "/location/coords" if isinstance(location, dict) else "/location"
        raise Malformed(
            Said("{name} is missing or no object", name=missing), raw=body[:_SHOWN], where=Where(pointer=missing)
        )
    battery = location.get("battery")
    return _fix(
        _Given(body, "/location"),
        bounds,
        device=device,
        time=location.get("timestamp"),
        latitude=coords.get("latitude"),
        longitude=coords.get("longitude"),
        speed=coords.get("speed"),
        speed_unit=1.0,
        course=coords.get("heading"),
        accuracy=coords.get("accuracy"),
        altitude=coords.get("altitude"),
        battery=battery.get("level") if isinstance(battery, dict) else None,
        battery_unit=1.0,
        event=location.get("event"),
    )


def _from_gateway(message: dict[str, Any], body: bytes, bounds: Bounds) -> Fix | Alive:
    """A position as a Traccar server forwards it (`forward.type` json): `position` and `device` beside one another.

    Its speed is in knots. A position that the device didn't measure then (`outdated`, not `valid`) says only that it
    is there: the server repeats the last place that it knows.
    """
    position, device = message["position"], message.get("device")
    given = _Given(body, "/position")
    unique = device.get("uniqueId") if isinstance(device, dict) else None
    if unique is None:
        raise Malformed(
            Said("no device id, or one that is unprintable or too long"),
            raw=body[:_SHOWN],
            where=Where(pointer="/device/uniqueId", field="id"),
        )
    if position.get("outdated") is True or position.get("valid") is False or position.get("latitude") is None:
        return Alive(given.device(unique))
    attributes = position.get("attributes")
    known = attributes if isinstance(attributes, dict) else {}
    return _fix(
        given,
        bounds,
        device=unique,
        time=position.get("fixTime") or position.get("deviceTime"),
        latitude=position.get("latitude"),
        longitude=position.get("longitude"),
        speed=position.get("speed"),
        speed_unit=KNOT_M_S,
        course=position.get("course"),
        # Traccar writes 0 where the device tells none.
        accuracy=position.get("accuracy") or None,
        altitude=position.get("altitude"),
        battery=known.get("batteryLevel"),
        battery_unit=0.01,
        event=known.get("event"),
    )


def _fix(
    given: "_Given", bounds: Bounds, *, device: Any, time: Any, latitude: Any, longitude: Any, speed: Any,
    speed_unit: float, course: Any, accuracy: Any, altitude: Any, battery: Any, battery_unit: float, event: Any,
) -> Fix:  # fmt: skip
    north, east = given.number(latitude, "lat"), given.number(longitude, "lon")
    if north is None or east is None:
        raise given.malformed("lat" if north is None else "lon", Said("no latitude and longitude"))
    given.check_place(north, east, bounds)
    stamp, offset = given.time(time, bounds)
    speed_m_s = given.known(speed, "speed", speed_unit, FASTEST_M_S)
    course_deg = given.known(course, "bearing", 1.0, 360.0)
    return Fix(
        given.device(device),
        stamp,
        offset,
        north,
        east,
        speed_m_s,
        None if course_deg is None else course_deg % 360,
        given.known(accuracy, "accuracy"),
        given.odd_or_number(altitude, "altitude"),
        given.known(battery, "batt", battery_unit),
        event if isinstance(event, str) else None,
        tuple(given.warnings),
    )


_POINTERS = {
    "id": "/device_id",
    "timestamp": "/location/timestamp",
    "batt": "/location/battery/level",
    "lat": "/location/coords/latitude",
    "lon": "/location/coords/longitude",
    "bearing": "/location/coords/heading",
}

_FORWARDED = {
    "id": "/device/uniqueId",
    "timestamp": "/position/fixTime",
    "batt": "/position/attributes/batteryLevel",
    "lat": "/position/latitude",
    "lon": "/position/longitude",
    "bearing": "/position/course",
}


@dataclass(slots=True)
class _Given:
    """The message as it came, and how its values are read."""

    raw: bytes
    pointer: str
    warnings: list[str] = field(default_factory=list)

    def _where(self, name: str) -> Where:
        pointers = _FORWARDED if self.pointer == "/position" else _POINTERS
        otherwise = f"{self.pointer if self.pointer == '/position' else '/location/coords'}/{name}"
        return Where(pointer=pointers.get(name, otherwise) if self.pointer else None, field=name)

    def malformed(self, name: str, reason: str) -> Malformed:
        return Malformed(reason, raw=self.raw[:_SHOWN], where=self._where(name))

    def implausible(self, name: str, reason: str) -> Implausible:
        return Implausible(reason, raw=self.raw[:_SHOWN], where=self._where(name))

    def number(self, value: Any, name: str) -> float | None:
        if value is None or value == "":
            return None
        try:
            number = float(value)
        except (ValueError, TypeError, OverflowError) as error:
            raise self.malformed(
                name, Said("{name} {value!r} is no number", name=name, value=str(value)[:40])
            ) from error
        # Python reads `1_0` as ten, and True as one.
        if not math.isfinite(number) or value is True or value is False or (isinstance(value, str) and "_" in value):
            raise self.malformed(name, Said("{name} {value!r} is no finite number", name=name, value=str(value)[:40]))
        return number

    def odd_or_number(self, value: Any, name: str) -> float | None:
        """A value that could be left out: what is odd costs itself and a warning, never the fix."""
        try:
            return self.number(value, name)
        except Malformed as odd:
            self.warnings.append(Said("left out: {why}", why=odd.reason))
            return None

    def known(self, value: Any, name: str, unit: float = 1.0, most: float = math.inf) -> float | None:
        """In units of ours; a negative one stands for not known."""
        number = self.odd_or_number(value, name)
        if number is None or number < 0:
            return None
        if number * unit > most:
            self.warnings.append(
                Said("left out: {name} {value:g} is above {most:g}", name=name, value=number * unit, most=most)
            )
            return None
        return number * unit

    def device(self, value: Any) -> str:
        name = str(value).strip() if isinstance(value, str | int) else ""
        if not name or len(name) > _LONGEST_ID or not name.isprintable():
            raise self.malformed("id", Said("no device id, or one that is unprintable or too long"))
        return name

    def check_place(self, latitude: float, longitude: float, bounds: Bounds) -> None:
        # Swapped comes first: a longitude of 95 in the latitude's place is beyond 90 for that very reason.
        box = bounds.region
        if box is not None and not box.holds(latitude, longitude) and box.holds(longitude, latitude):
            raise self.implausible("lat", Said("latitude and longitude look swapped"))
        if not -90 <= latitude <= 90:
            raise self.implausible("lat", Said("latitude {latitude:g} is beyond ±90", latitude=latitude))
        if not -180 <= longitude <= 180:
            raise self.implausible("lon", Said("longitude {longitude:g} is beyond ±180", longitude=longitude))
        if latitude == 0 and longitude == 0:
            raise self.implausible("lat", Said("0, 0 is what a receiver writes before its first fix"))

    def time(self, value: Any, bounds: Bounds) -> tuple[datetime, int | None]:
        if value is None or value == "":
            return bounds.received_time, None
        stamp, offset = self._stamp(value)
        why_not = bounds.why_not(stamp)
        if why_not:
            raise self.implausible("timestamp", why_not)
        return stamp, offset

    def _stamp(self, value: Any) -> tuple[datetime, int | None]:
        text = str(value).strip()
        try:
            if text.lstrip("-").replace(".", "", 1).isdigit():
                number = float(text)
                return datetime.fromtimestamp(number if number < _SECONDS_BELOW else number / 1000, UTC), None
            if not _CLOCK.search(text):
                raise self.malformed(
                    "timestamp", Said("{text!r} is a day without a time: midnight would be invented", text=text[:40])
                )
            stamp = datetime.fromisoformat(text)
            offset = stamp.utcoffset()
            # Old clients write their UTC clock without saying so.
            if offset is None:
                return stamp.replace(tzinfo=UTC), None
            return stamp.astimezone(UTC), int(offset.total_seconds()) // 60
        except (ValueError, OverflowError, OSError) as error:
            raise self.malformed(
                "timestamp", Said("{text!r} is no time in s, ms or ISO 8601", text=text[:40])
            ) from error
