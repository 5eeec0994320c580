"""Files that suppliers really send, each a little off: read as it is meant, or refused for a reason that is true."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import openpyxl
import pytest

from birlik.domains.transport.wire.decoded import Bounds
from birlik.domains.transport.wire.epcis_movement import object_of_epc
from birlik.domains.transport.wire.gpx import decode_gpx
from birlik.domains.transport.wire.osmand import decode_osmand
from birlik.domains.transport.wire.positions import decode_positions
from birlik.domains.transport.wire.profiles import built_in_profiles, read_profile
from birlik.domains.transport.wire.recognise import sniff
from birlik.domains.transport.wire.times import TimeFormat
from birlik.errors import Malformed, UnknownSetting
from birlik.standards.sheets import workbook as sheets

BOUNDS = Bounds(received_time=datetime(2026, 11, 24, tzinfo=UTC))
POSITIONS = built_in_profiles()["positions"]


def decode(raw, **changes):
    return decode_positions(raw, replace(POSITIONS, **changes), BOUNDS)


def times(decoded):
    return [f"{row['phenomenon_time']:%H:%M}" for row in decoded.rows.to_pylist()]


def workbook(rows, dimension=None):
    """A spreadsheet; `dimension` is what its sheet claims to span, whatever it does."""
    book, packed = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(packed)
    if dimension is None:
        return packed.getvalue()
    changed = io.BytesIO()
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.namelist():
            body = old.read(entry)
            if entry.endswith("sheet1.xml"):
                body = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="%s"' % dimension.encode(), body)
            new.writestr(entry, body)
    return changed.getvalue()


FIXES = [["id", "time", "lat", "lon"], *[["A", f"2026-01-01T0{h}:00:00Z", 43.5, 70.25] for h in range(5)]]


@pytest.mark.parametrize("dimension", ["A1", "A1:D2", "A1:XFD1048576"])
def test_a_sheet_is_read_whole_whatever_it_says_of_its_size(dimension):
    raw = workbook(FIXES, dimension)
    assert sniff(raw, "fixes.xlsx").profile == "positions"
    assert times(decode(raw)) == ["00:00", "01:00", "02:00", "03:00", "04:00"]


def test_a_sheet_of_too_many_cells_is_refused_before_it_fills_the_memory(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_CELLS", 20)
    with pytest.raises(Malformed, match="more than 20 cells"):
        decode(workbook(FIXES))


def test_a_table_begins_below_its_title():
    raw = b"Fleet of the north\n\nsep=,\nid,time,lat,lon\nA,2026-01-01T05:00:00Z,43.5,70.25\n"
    assert sniff(raw, "fixes.csv").profile == "positions"
    made = decode(raw)
    assert (times(made), made.rows.to_pylist()[0]["line"]) == (["05:00"], 5)


@pytest.mark.parametrize("zone", [None, "Asia/Almaty"])
def test_an_offset_that_is_written_wins_over_the_zone_of_the_profile(zone):
    raw = b"id,time,lat,lon\nA,2026-01-01T10:00:00+0300,43.5,70.25\nA,2026-01-01T10:00:00Z,43.5,70.25\n"
    made = decode(raw, time=TimeFormat(("%Y-%m-%dT%H:%M:%S%z",), zone))
    assert times(made) == ["07:00", "10:00"]
    assert [row["utc_offset_min"] for row in made.rows.to_pylist()] == [180, 0]


def test_an_offset_has_no_seventy_five_minutes():
    (fault,) = decode(b"id,time,lat,lon\nA,2026-01-01T10:00:00+05:75,43.5,70.25\n").refused
    assert fault.where.field == "time"


@pytest.mark.parametrize("pattern", ["%d.%m.%Y", "%d.%m.%Y %H:%M %Z"])
def test_a_profile_says_a_time_of_day_and_no_name_of_a_zone(pattern):
    with pytest.raises(UnknownSetting, match=re.escape("time.format")):
        read_profile(f"name: x\nkind: positions\ntime: {{format: '{pattern}', zone: Asia/Almaty}}\n")


def test_each_element_gives_its_place_in_its_own_form():
    profile = built_in_profiles()["positions_json"]
    raw = (
        b'[{"id": "A", "time": "2026-01-01T05:00:00Z", "latitude": 44.1, "longitude": 80.1},'
        b'{"id": "A", "time": "2026-01-01T06:00:00Z", "point": "POINT(80.2 44.2)"},'
        b'{"id": "A", "time": "2026-01-01T07:00:00Z"}]'
    )
    made = decode_positions(raw, profile, BOUNDS)
    assert [(row["latitude"], row["longitude"]) for row in made.rows.to_pylist()] == [(44.1, 80.1), (44.2, 80.2)]
    assert [fault.where.pointer for fault in made.refused] == ["/2/latitude"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_track_in_utf_16_is_read_with_its_last_line_end(encoding):
    mark = "\ufeff".encode(encoding)
    point = '<trkpt lat="43.5" lon="70.25"><time>2026-01-01T05:00:00Z</time></trkpt>'
    text = f'<?xml version="1.0" encoding="UTF-16"?><gpx><trk><trkseg>{point}</trkseg></trk></gpx>\n'
    assert times(decode_gpx(mark + text.encode(encoding), BOUNDS)) == ["05:00"]


@pytest.mark.parametrize(
    ("query", "form"),
    [
        pytest.param("source=fleet", "id=7&lat=44.2&lon=80.3&timestamp=1772512200", id="ours in the address"),
        pytest.param("id=7", "lat=44.2&lon=80.3&timestamp=1772512200", id="the device in the address"),
        pytest.param("lat=1&lon=1", "id=7&lat=44.2&lon=80.3&timestamp=1772512200", id="the form wins"),
    ],
)
def test_a_form_is_read_beside_the_address(query, form):
    fix = decode_osmand(query, form.encode(), "application/x-www-form-urlencoded", BOUNDS)
    assert (fix.device_id, fix.latitude, fix.longitude) == ("7", 44.2, 80.3)


@pytest.mark.parametrize("day", ["2026-03-01", "2026-W09-7"])
def test_a_day_alone_is_no_time_of_a_fix(day):
    with pytest.raises(Malformed, match="midnight would be invented"):
        decode_osmand(f"id=7&lat=44.2&lon=80.3&timestamp={day}", b"", "", BOUNDS)


def test_several_fixes_in_one_message_are_told_to_come_one_by_one():
    with pytest.raises(Malformed, match="2 fixes in one message"):
        decode_osmand("", b'{"location": [{"coords": {}}, {"coords": {}}], "device_id": 7}', "application/json", BOUNDS)


@pytest.mark.parametrize("epc", ["urn:epc:id:x", "urn:epc:id:"])
def test_an_epc_without_a_scheme_stays_what_it_is(epc):
    assert object_of_epc(epc) == (f"epc:{epc}", "unknown")


@pytest.mark.parametrize("fault", [AttributeError("ours"), MemoryError()], ids=["a bug of ours", "memory is spent"])
def test_what_is_not_the_files_fault_is_not_said_to_be(monkeypatch, fault):
    def cell(value):
        raise fault

    monkeypatch.setattr(sheets, "_cell", cell)
    with pytest.raises(type(fault)):
        sheets.read_sheets(workbook([["a", "b"]]))
