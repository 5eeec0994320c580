"""The OsmAnd protocol as trackers and phones send it."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from birlik.domains.transport.wire.decoded import Bounds, Box
from birlik.domains.transport.wire.osmand import Alive, decode_osmand
from birlik.errors import Implausible, Malformed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BOUNDS = Bounds(received_time=NOW)
FIX = "id=123456&timestamp=1377177267&lat=60.0&lon=30.0"


def query(text, bounds=BOUNDS):
    return decode_osmand(text, b"", "", bounds)


def message(**coords):
    place = {"latitude": 43.2, "longitude": 76.9, "accuracy": 5, "speed": 18.5, "heading": 63, "altitude": 700}
    return {
        "location": {
            "timestamp": "2026-03-01T11:59:00.500Z",
            "coords": {**place, **coords},
            "is_moving": True,
            "odometer": 0,
            "event": "motionchange",
            "battery": {"level": 0.79, "is_charging": False},
        },
        "device_id": "8737767034",
    }


def from_json(given):
    return decode_osmand("", json.dumps(given).encode(), "application/json; charset=utf-8", BOUNDS)


@pytest.mark.parametrize(
    ("text", "happened", "offset"),
    [
        pytest.param("1377177267", "2013-08-22T13:14:27+00:00", None, id="seconds"),
        pytest.param("1442068686579", "2015-09-12T14:38:06.579000+00:00", None, id="milliseconds"),
        pytest.param("2016-01-27T18%3A55%3A47Z", "2016-01-27T18:55:47+00:00", 0, id="ISO with Z"),
        pytest.param("2016-01-27T18:55:47%2B05:00", "2016-01-27T13:55:47+00:00", 300, id="ISO with an offset"),
        pytest.param("2014-06-04+09%3A10%3A11", "2014-06-04T09:10:11+00:00", None, id="a bare clock is UTC"),
        pytest.param("", NOW.isoformat(), None, id="no time: when it was received"),
    ],
)
def test_a_time_comes_in_many_forms(text, happened, offset):
    fix = query(f"id=1&lat=60&lon=30&timestamp={text}")
    assert (fix.phenomenon_time.isoformat(), fix.utc_offset_min) == (happened, offset)


def test_speed_is_in_knots_in_a_query_and_in_metres_a_second_in_json():
    assert query(FIX + "&speed=10").speed_m_s == pytest.approx(5.1444, abs=1e-4)
    assert from_json(message()).speed_m_s == 18.5


def test_a_form_says_the_same_as_a_query():
    assert decode_osmand("", FIX.encode(), "application/x-www-form-urlencoded", BOUNDS) == query(FIX)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("deviceid=123456&timestamp=1377177267&lat=60.0&lon=30.0", id="deviceid"),
        pytest.param("id=123456&timestamp=1377177267&location=60.0,30.0", id="location"),
        pytest.param(FIX + "&cell=257,02,16,2224&wifi=00-14-22-01-23-45,-80", id="cells and Wi-Fi are left aside"),
        pytest.param(FIX + "&valid=true", id="valid"),
    ],
)
def test_clients_write_the_same_fix_in_several_ways(text):
    assert query(text) == query(FIX)


def test_json_keeps_what_is_known_and_not_minus_one():
    fix = from_json(message(speed=-1, heading=-1, accuracy=3.8))
    assert (fix.device_id, fix.speed_m_s, fix.course_deg, fix.accuracy_m) == ("8737767034", None, None, 3.8)
    assert (fix.battery_share, fix.event, fix.utc_offset_min) == (0.79, "motionchange", 0)


@pytest.mark.parametrize(
    ("text", "error", "field"),
    [
        pytest.param("id=1&lat=60", Malformed, "lon", id="half a place"),
        pytest.param("lat=60&lon=30", Malformed, "id", id="no device"),
        pytest.param("id=1&lat=abc&lon=30", Malformed, "lat", id="no number"),
        pytest.param("id=1&lat=nan&lon=30", Malformed, "lat", id="NaN"),
        pytest.param("id=1&lat=60&lon=inf", Malformed, "lon", id="infinite"),
        pytest.param("id=1&lat=91&lon=30", Implausible, "lat", id="beyond the pole"),
        pytest.param("id=1&lat=60&lon=181", Implausible, "lon", id="beyond 180"),
        pytest.param("id=1&lat=0&lon=0.0", Implausible, "lat", id="null island"),
        pytest.param("id=1&lat=60&lon=30&timestamp=0", Implausible, "timestamp", id="1970"),
        pytest.param("id=1&lat=60&lon=30&timestamp=4070908800", Implausible, "timestamp", id="2099"),
        pytest.param("id=1&lat=60&lon=30&timestamp=soon", Malformed, "timestamp", id="no time"),
        pytest.param("id=1&lat=60&lon=30&valid=false", Implausible, "valid", id="the device has no fix"),
        pytest.param("", Malformed, "lat", id="nothing"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(text, error, field):
    with pytest.raises(error) as raised:
        query(text)
    assert raised.value.where.field == field
    assert raised.value.raw == text.encode()


@pytest.mark.parametrize("name", ["speed", "bearing", "accuracy", "altitude", "batt"])
@pytest.mark.parametrize("value", ["NaN", "abc", "inf", "1_0"])
def test_an_odd_value_that_could_be_left_out_costs_itself_and_a_warning(name, value):
    fix = query(f"id=1&lat=60&lon=30&{name}={value}")
    assert (fix.latitude, fix.speed_m_s, fix.course_deg, fix.accuracy_m) == (60, None, None, None)
    assert [name in warning and value in warning for warning in fix.warnings] == [True]


@pytest.mark.parametrize("odd", ["speed=900", "bearing=361"])
def test_a_value_that_cannot_be_costs_no_more(odd):
    fix = query(f"id=1&lat=60&lon=30&{odd}")
    assert (fix.speed_m_s, fix.course_deg, len(fix.warnings)) == (None, None, 1)


@pytest.mark.parametrize("text", ["id=1&timestamp=1377177267", "deviceid=1&batt=80", "id=1&lat=&lon="])
def test_a_heartbeat_without_a_place_is_a_sign_of_life(text):
    assert query(text) == Alive("1")


def test_a_heartbeat_in_json_has_a_location_without_coordinates():
    body = msgspec.json.encode({"device_id": "7", "location": {"event": "heartbeat", "battery": {"level": 0.5}}})
    assert decode_osmand("", body, "application/json", BOUNDS) == Alive("7")


def test_swapped_coordinates_are_found_where_the_region_is_known():
    bounds = Bounds(received_time=NOW, region=Box(35, 45, 56, 88))
    with pytest.raises(Implausible, match="look swapped"):
        query("id=1&lat=76.9&lon=43.2", bounds)
    assert query("id=1&lat=43.2&lon=76.9", bounds).latitude == 43.2
    assert query("id=1&lat=39&lon=32", bounds).longitude == 32  # outside either way: taken as it is


def test_how_far_a_clock_may_run_ahead_is_a_setting():
    text = f"id=1&lat=43&lon=76&timestamp={int((NOW + timedelta(hours=2)).timestamp())}"
    assert query(text).phenomenon_time == NOW + timedelta(hours=2)
    with pytest.raises(Implausible, match="in the future"):
        query(text, Bounds(received_time=NOW, clock_ahead=timedelta(hours=1)))


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        pytest.param({"device_id": "1"}, "/location", id="no location"),
        pytest.param({"device_id": "1", "location": [{}, {}]}, "/location", id="several locations"),
        pytest.param(message(latitude="x"), "/location/coords/latitude", id="no number"),
        pytest.param({**message(), "device_id": None}, "/device_id", id="no device"),
    ],
)
def test_json_is_refused_with_a_pointer(given, pointer):
    with pytest.raises(Malformed) as raised:
        from_json(given)
    assert raised.value.where.pointer == pointer
