"""What a Traccar server forwards, by URL and as JSON, is the fix that the device measured."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from tests.conftest import ROOT

from birlik.domains.transport.wire.decoded import Bounds
from birlik.domains.transport.wire.osmand import Alive, Fix, decode_osmand
from birlik.errors import Implausible, Malformed

BOUNDS = Bounds(received_time=datetime(2026, 3, 3, 12, tzinfo=UTC))
FORWARDED: dict[str, Any] = {
    "position": {
        "id": 90412,
        "attributes": {"batteryLevel": 87.0, "distance": 112.4, "totalDistance": 1.2e7, "motion": True, "sat": 11},
        "deviceId": 12,
        "type": None,
        "protocol": "teltonika",
        "serverTime": "2026-03-03T08:15:03.412+00:00",
        "deviceTime": "2026-03-03T08:15:00.000+00:00",
        "fixTime": "2026-03-03T08:15:00.000+00:00",
        "outdated": False,
        "valid": True,
        "latitude": 44.2041,
        "longitude": 80.3882,
        "altitude": 761.0,
        "speed": 24.3,
        "course": 92.0,
        "address": None,
        "accuracy": 0.0,
        "network": None,
        "geofenceIds": None,
    },
    "device": {
        "id": 12,
        "attributes": {},
        "groupId": 3,
        "name": "Truck 17",
        "uniqueId": "356938035643809",
        "status": "online",
        "lastUpdate": "2026-03-03T08:15:03.400+00:00",
        "positionId": 90411,
        "phone": None,
        "model": None,
        "contact": None,
        "category": "truck",
        "disabled": False,
    },
}


def changed(**position: Any) -> dict[str, Any]:
    made = deepcopy(FORWARDED)
    made["position"] |= position
    return made


def read(message: Any) -> Fix | Alive:
    return decode_osmand("", msgspec.json.encode(message), "application/json", BOUNDS)


def test_a_forwarded_position_is_the_devices_fix_with_speed_from_knots():
    fix = read(FORWARDED)
    assert isinstance(fix, Fix)
    assert (fix.device_id, fix.latitude, fix.longitude) == ("356938035643809", 44.2041, 80.3882)
    assert fix.phenomenon_time == datetime(2026, 3, 3, 8, 15, tzinfo=UTC)
    assert fix.speed_m_s == pytest.approx(12.5, abs=0.01)
    assert (fix.course_deg, fix.accuracy_m, fix.altitude_m, fix.battery_share) == (92, None, 761, 0.87)


def test_the_same_position_by_url_is_the_same_fix():
    url = (
        "id=356938035643809&timestamp=1772525700000&lat=44.2041&lon=80.3882&speed=24.3&bearing=92.0&altitude=761.0"
        "&batt=87.0&valid=true"
    )
    by_url, by_json = decode_osmand(url, b"", "", BOUNDS), read(FORWARDED)
    assert isinstance(by_url, Fix)
    assert isinstance(by_json, Fix)
    names = ("device_id", "phenomenon_time", "latitude", "longitude", "speed_m_s", "course_deg", "battery_share")
    assert [getattr(by_url, n) for n in names] == [getattr(by_json, n) for n in names]


@pytest.mark.parametrize("offset", ["+0000", "+00:00", "Z"])
def test_times_of_older_servers_are_read_too(offset):
    assert read(changed(fixTime=f"2026-03-03T08:15:00.000{offset}")) == read(FORWARDED)


@pytest.mark.parametrize("odd", [{"outdated": True}, {"valid": False}, {"latitude": None, "longitude": None}], ids=str)
def test_a_place_that_was_not_measured_now_is_a_sign_of_life(odd):
    assert read(changed(**odd)) == Alive("356938035643809")


@pytest.mark.parametrize(
    ("message", "error", "pointer"),
    [
        ({"position": FORWARDED["position"]}, Malformed, "/device/uniqueId"),
        (changed(latitude="north"), Malformed, "/position/latitude"),
        (changed(latitude=0.0, longitude=0.0), Implausible, "/position/latitude"),
        (changed(fixTime="1970-01-01T00:00:00.000+00:00"), Implausible, "/position/fixTime"),
    ],
    ids=["no device", "no number", "null island", "1970"],
)
def test_what_is_wrong_is_named_by_its_place(message, error, pointer):
    with pytest.raises(error) as refused:
        read(message)
    assert refused.value.where.pointer == pointer


def test_an_odd_speed_costs_the_speed():
    fix = read(changed(speed="fast"))
    assert isinstance(fix, Fix)
    assert (fix.speed_m_s, len(fix.warnings)) == (None, 1)


def test_the_example_of_the_how_to_is_such_a_message():
    assert msgspec.json.decode((ROOT / "examples" / "transport" / "traccar.json").read_bytes()) == FORWARDED
