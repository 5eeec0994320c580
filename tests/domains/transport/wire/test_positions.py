"""Positions out of tables, JSON and GPX: one bad line never loses the others, and each is refused with its place."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from birlik.domains.transport.wire.decoded import POSITIONS_SCHEMA, Bounds, Box
from birlik.domains.transport.wire.gpx import decode_gpx
from birlik.domains.transport.wire.positions import decode_positions
from birlik.domains.transport.wire.profiles import built_in_profiles, read_profile
from birlik.domains.transport.wire.recognise import GPX, sniff, why_unknown
from birlik.domains.transport.wire.times import TimeFormat
from birlik.errors import Implausible, Malformed

BOUNDS = Bounds(received_time=datetime(2026, 11, 24, tzinfo=UTC))
PROFILE = built_in_profiles()["positions"]
HEADER = b"id,time,lat,lon\n"
GOOD = b"A,2026-01-01T05:00:00+05:00,43.5,70.25\n"


def decode(raw, bounds=BOUNDS, **changes):
    return decode_positions(raw, replace(PROFILE, **changes), bounds)


def test_a_row_becomes_a_position_in_utc_and_si_units():
    raw = b"device_id,time,latitude,longitude,speed,course,accuracy\nA,2026-01-01T05:00:00+05:00,43.5,70.25,36,360,-1\n"
    assert decode(raw).rows.to_pylist() == [
        {
            "object_id": "tracker:A",
            "object_kind": "vehicle",
            "phenomenon_time": datetime(2026, 1, 1, tzinfo=UTC),
            "utc_offset_min": 300,
            "latitude": 43.5,
            "longitude": 70.25,
            "speed_m_s": pytest.approx(10.0),
            "course_deg": 0.0,
            "accuracy_m": None,
            "line": 2,
        }
    ]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"\xef\xbb\xbf" + HEADER + GOOD, id="byte order mark"),
        pytest.param((HEADER + GOOD).replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param((HEADER + GOOD).replace(b"\n", b"\r"), id="CR"),
        pytest.param((HEADER + GOOD).replace(b",", b";"), id="semicolons"),
        pytest.param((HEADER + GOOD).replace(b",", b"\t"), id="tabs"),
        pytest.param((HEADER + GOOD).decode().encode("utf-16"), id="UTF-16"),
        pytest.param(HEADER + b'"A", 2026-01-01T05:00:00+05:00 ,"43.5",70.25', id="quotes, blanks, no line end"),
        pytest.param(b"\n" + HEADER + b"\n" + GOOD + b",,,\n\n", id="empty lines"),
        pytest.param(b'ID,"Time",LAT,lon\n' + GOOD, id="header in capitals and quotes"),
    ],
)
def test_the_same_row_in_many_dresses(raw):
    decoded = decode(raw)
    assert [(r["object_id"], r["latitude"]) for r in decoded.rows.to_pylist()] == [("tracker:A", 43.5)]
    assert decoded.refused == []


def test_decimal_commas_and_local_times_are_a_matter_of_the_profile():
    raw = 'id;time;lat;lon\nА-1;01.03.2026 05:00;"43,5";70,25\n'.encode("cp1251")
    form = TimeFormat(("%d.%m.%Y %H:%M",), "Asia/Almaty")
    row = decode(raw, encodings=("cp1251",), decimal_comma=True, time=form).rows.to_pylist()[0]
    assert (row["object_id"], row["latitude"], row["longitude"]) == ("tracker:А-1", 43.5, 70.25)
    assert (row["phenomenon_time"], row["utc_offset_min"]) == (datetime(2026, 3, 1, tzinfo=UTC), 300)


@pytest.mark.parametrize(
    ("line", "error", "column", "reason"),
    [
        pytest.param(b"A,2026-01-01T00:00:00Z,43.5", Malformed, None, "3 columns where the header has 4", id="short"),
        pytest.param(b"A,2026-01-01T00:00:00Z,4,7,0", Malformed, None, "5 columns", id="long"),
        pytest.param(b"A,2026-01-01T00:00:00Z,\0,7", Malformed, None, "NUL", id="NUL"),
        pytest.param(b"\xff,2026-01-01T00:00:00Z,4,7", Malformed, None, "not utf-8", id="other code page"),
        pytest.param(b'"A,2026-01-01T00:00:00Z,4,7', Malformed, None, "quote", id="quote that doesn't close"),
        pytest.param(b",2026-01-01T00:00:00Z,4,7", Malformed, 1, "empty id", id="no id"),
        pytest.param(b"A,,4,7", Malformed, 2, "the time is empty", id="no time"),
        pytest.param(b"A,2026-01-01T00:00:00,4,7", Malformed, 2, "no offset", id="bare time"),
        pytest.param(b"A,2026-02-31T00:00:00Z,4,7", Malformed, 2, "is no time", id="31 February"),
        pytest.param(b"A,2026-01-01,4,7", Malformed, 2, "is no time", id="a day alone"),
        pytest.param(b"A,1,4,7", Implausible, 2, "before 2000", id="1970"),
        pytest.param(b"A,2099-01-01T00:00:00Z,4,7", Implausible, 2, "in the future", id="2099"),
        pytest.param(b"A,2026-01-01T00:00:00Z,x,7", Malformed, 3, "is no number", id="no number"),
        pytest.param(b"A,2026-01-01T00:00:00Z,NaN,7", Malformed, 3, "is no number", id="NaN"),
        pytest.param(b"A,2026-01-01T00:00:00Z,4,", Malformed, 4, "longitude is empty", id="empty"),
        pytest.param(b"A,2026-01-01T00:00:00Z,91,7", Implausible, 3, "beyond ±90", id="beyond the pole"),
        pytest.param(b"A,2026-01-01T00:00:00Z,4,181", Implausible, 4, "beyond ±180", id="beyond 180"),
        pytest.param(b"A,2026-01-01T00:00:00Z,0,0", Implausible, 3, "first fix", id="null island"),
    ],
)
def test_a_bad_line_is_refused_with_its_place_and_the_others_stay(line, error, column, reason):
    decoded = decode(HEADER + GOOD + line + b"\n" + GOOD)
    assert decoded.rows["line"].to_pylist() == [2, 4]
    [refused] = decoded.refused
    assert (type(refused), refused.raw) == (error, line)
    assert (refused.where.line, refused.where.column) == (3, column)
    assert reason in refused.reason


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"id;x;y\n1;2;3\n", "no column for time .*saw: id, x, y", id="no time column"),
        pytest.param(b"\0\0\0\n", "header", id="no text"),
    ],
)
def test_what_has_no_readable_line_is_refused_whole(raw, reason):
    with pytest.raises(Malformed, match=reason):
        decode(raw)


def test_a_header_alone_is_an_empty_delivery_and_said():
    decoded = decode(HEADER)
    assert (decoded.rows.num_rows, decoded.notices) == (0, ("a header and no rows",))


def test_swapped_coordinates_are_found_where_the_region_is_known():
    bounds = replace(BOUNDS, region=Box(35, 45, 56, 88))
    decoded = decode(HEADER + GOOD + b"B,2026-01-01T00:00:00Z,70.25,43.5\n", bounds)
    assert (decoded.rows.num_rows, decoded.refused[0].reason) == (1, "latitude and longitude look swapped")


def test_a_time_that_came_twice_is_taken_as_the_earlier_and_one_that_never_came_is_refused():
    # Kazakhstan's east went from +6 to +5 at the end of February 2024; Turkey's clocks went forward in March 2014.
    almaty = TimeFormat(("iso",), "Asia/Almaty")
    decoded = decode(HEADER + b"A,2024-02-29T23:30:00,43.5,70.25\n", time=almaty)
    assert decoded.rows["phenomenon_time"].to_pylist() == [datetime(2024, 2, 29, 17, 30, tzinfo=UTC)]
    assert "came twice" in decoded.notices[0]
    decoded = decode(HEADER + b"A,2014-03-31T03:30:00,43.5,70.25\n", time=TimeFormat(("iso",), "Europe/Istanbul"))
    assert isinstance(decoded.refused[0], Implausible)
    assert "never came" in decoded.refused[0].reason


@pytest.mark.reference
@pytest.mark.parametrize(
    ("name", "profile", "rows", "refused"),
    [
        pytest.param("barefoot/x0001-001.json", "positions_json", 1194, 0, id="a drive, each second"),
        pytest.param("barefoot/x0001-015.json", "positions_json", 80, 0, id="a drive, each 15 s"),
        pytest.param("fmm/gps_timestamps.csv", "positions", 0, 17, id="toy times are 1970"),
        pytest.param("gpxpy/around-visnjan-with-car.gpx", None, 104, 0, id="GPX 1.1"),
        pytest.param("gpxpy/track_with_speed.gpx", None, 3, 0, id="no namespace"),
        pytest.param("gpxpy/track-with-less-sec-time.gpx", None, 2, 0, id="fractions"),
        pytest.param("gpxpy/track-with-empty-segment.gpx", None, 9, 0, id="empty segment"),
        pytest.param("gpxpy/unicode_with_bom.gpx", None, 0, 0, id="byte order mark, no track"),
        pytest.param("graphhopper/issue-13.gpx", None, 29, 0, id="GPX 1.0"),
        pytest.param("graphhopper/tour4-with-uturn.gpx", None, 5, 0, id="route and track"),
        pytest.param("graphhopper/no_trk.gpx", None, 0, 0, id="no track"),
        pytest.param("graphhopper/no_trkseg.gpx", None, 0, 0, id="no segment"),
        pytest.param("graphhopper/no_trkpt.gpx", None, 0, 0, id="no point"),
    ],
)
def test_others_files_are_taken_as_they_are(reference_data, name, profile, rows, refused):
    raw = (reference_data / "transport" / "gps" / name).read_bytes()
    found = sniff(raw, name)
    assert found is not None
    assert found.profile == profile
    if found.media_type == GPX:
        decoded = decode_gpx(raw, BOUNDS, filename=name)
    else:
        decoded = decode_positions(raw, built_in_profiles()[profile], BOUNDS)
    assert decoded.rows.schema == POSITIONS_SCHEMA
    assert (decoded.rows.num_rows, len(decoded.refused)) == (rows, refused)


@pytest.mark.reference
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("gps/barefoot/x0001-015.geojson", "carries no times", id="a path without times"),
        pytest.param("gps/fmm/gps.csv", "no column for time", id="points without times"),
        pytest.param("rail-1520/esr_forms.csv", "columns seen: esr4, esr5, esr6, rule, source", id="a register"),
    ],
)
def test_what_no_profile_knows_is_told_why(reference_data, name, reason):
    raw = (reference_data / "transport" / name).read_bytes()
    assert sniff(raw, name) is None
    assert reason in why_unknown(raw, name)


GPX_HEAD = b'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk>'


def test_a_track_without_times_is_refused_once_with_the_count():
    raw = GPX_HEAD + b'<trkseg>\n<trkpt lat="43" lon="70"/>\n<trkpt lat="43" lon="71"/></trkseg></trk></gpx>'
    [refused] = decode_gpx(raw, BOUNDS).refused
    assert (refused.where.line, "none of the 2 track points" in refused.reason) == (2, True)


def test_a_track_is_named_after_itself_else_after_its_file():
    point = b'<trkseg><trkpt lat="43" lon="70"><time>2026-01-01T00:00:00Z</time></trkpt></trkseg></trk></gpx>'
    named = decode_gpx(GPX_HEAD + b"<name>KZ  17</name>" + point, BOUNDS, filename="x/day.gpx")
    unnamed = decode_gpx(GPX_HEAD + point, BOUNDS, filename="x/day.gpx")
    assert [d.rows["object_id"][0].as_py() for d in (named, unnamed)] == ["gpx:KZ 17", "gpx:day"]


def test_two_senders_tracks_of_one_name_are_two_objects():
    point = b'<trkseg><trkpt lat="43" lon="70"><time>2026-01-01T00:00:00Z</time></trkpt></trkseg></trk></gpx>'
    sent = [decode_gpx(GPX_HEAD + point, BOUNDS, filename="day.gpx", source=s) for s in ("fleet-a", "fleet-b")]
    assert [d.rows["object_id"][0].as_py() for d in sent] == ["gpx:fleet-a/day", "gpx:fleet-b/day"]


@pytest.mark.parametrize("column", ["speed", "course", "accuracy"])
def test_an_odd_optional_value_costs_itself_and_a_notice_never_the_row(column):
    profile = read_profile(
        "{name: p, kind: positions, columns: {object_id: id, time: t, latitude: lat, longitude: lon, "
        f"{column}: {column}" + "}, time: {zone: UTC}}"
    )
    lines = [
        "id,t,lat,lon," + column,
        *(f"1,2026-01-01T00:0{i}:00,43,70,{v}" for i, v in enumerate(("NaN", "abc", "9"))),
    ]
    decoded = decode_positions("\n".join(lines).encode(), profile, BOUNDS)
    name = {"speed": "speed_m_s", "course": "course_deg", "accuracy": "accuracy_m"}[column]
    assert [v is None for v in decoded.rows[name].to_pylist()] == [True, True, False]
    assert not decoded.refused
    assert any(column in n and "2 odd values" in n and "'NaN'" in n for n in decoded.notices), decoded.notices


def test_a_doctype_is_refused_so_that_no_entity_is_expanded():
    with pytest.raises(Malformed, match="DOCTYPE"):
        decode_gpx(b'<!DOCTYPE gpx [<!ENTITY a SYSTEM "file:///etc/passwd">]><gpx><trk>&a;</trk></gpx>', BOUNDS)
