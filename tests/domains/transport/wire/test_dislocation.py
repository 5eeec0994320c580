"""Wagon dislocation tables and border events by profile."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from birlik.domains.transport.vocabulary import ACTIVITIES
from birlik.domains.transport.wire.border_events import border_activities, decode_border_events
from birlik.domains.transport.wire.decoded import Bounds
from birlik.domains.transport.wire.dislocation import decode_dislocation, wagon_operations
from birlik.domains.transport.wire.profiles import built_in_profiles, read_profile
from birlik.domains.transport.wire.recognise import sniff
from birlik.errors import Implausible, Malformed, UnknownSetting

BOUNDS = Bounds(received_time=datetime(2026, 11, 24, tzinfo=UTC))
PROFILES = built_in_profiles()
EXAMPLES = Path(__file__).parents[4] / "examples" / "transport"
NAMES = "NOM_VAG,DATE_OP,KOP_VMD,STAN_OP,INDEX_POEZD,VES_GRZ"
ROW = "52687431,2026-03-02 05:00:00,02,708507,7085-023-7077,64500"


def decode(*lines, profile="dislocation"):
    return decode_dislocation("\n".join((NAMES, *lines)).encode(), PROFILES[profile], BOUNDS)


def test_a_row_is_read_in_the_zone_and_units_of_its_profile():
    row = decode(ROW).rows.to_pylist()[0]
    assert (row["phenomenon_time"], row["utc_offset_min"]) == (datetime(2026, 3, 2, tzinfo=UTC), 300)
    assert (row["object_id"], row["place_code"], row["activity"]) == ("wagon_1520:52687431", "esr:708507", "depart")
    assert (row["train_index"], row["mass_t"], row["warning"]) == ("7085-023-7077", 64.5, None)


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        pytest.param(",02,", ",2,", "operation_code", "02", id="operation without its zero"),
        pytest.param(",02,", ',"02 ",', "operation_code", "02", id="operation in quotes and blanks"),
        pytest.param(",02,", ", 36 ,", "activity", "other", id="operation that we don't know"),
        pytest.param("52687431", "52687431.0", "wagon_id_1520", "52687431", id="wagon as a float"),
        pytest.param("708507", "70857", "station_id_esr", "708507", id="five digits"),
        pytest.param("708507", "251", "station_id_esr", "000251", id="zeros lost"),
        pytest.param("7085-023-7077", "00000000000", "train_index", None, id="in no train"),
        pytest.param("7085-023-7077", "708507 023 707701", "train_index", "7085-023-7077", id="long index"),
        pytest.param("2026-03-02 05:00:00", "46083.20833333", "line", 2, id="Excel's days"),
        pytest.param("2026-03-02 05:00:00", "02.03.2026 05:00", "line", 2, id="Russian date"),
        pytest.param("64500", "64500000", "mass_t", None, id="kilograms of kilograms"),
    ],
)
def test_what_spreadsheets_do_to_a_row_is_undone(old, new, field, value):
    row = decode(ROW.replace(old, new)).rows.to_pylist()[0]
    assert row[field] == value
    assert row["phenomenon_time"] == datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "error", "column"),
    [
        pytest.param("52687431", "52687432", Implausible, 1, id="wagon's check digit"),
        pytest.param("52687431", "00000000", Malformed, 1, id="no wagon"),
        pytest.param("708507", "708508", Implausible, 4, id="station's check digit"),
        pytest.param(",02,", ",,", Malformed, 3, id="no operation"),
        pytest.param("2026-03-02", "2026-02-30", Malformed, 2, id="30 February"),
    ],
)
def test_a_bad_row_is_refused_by_itself(old, new, error, column):
    decoded = decode(ROW.replace(old, new), ROW)
    assert decoded.rows.num_rows == 1
    [refused] = decoded.refused
    assert (type(refused), refused.where.line, refused.where.column) == (error, 2, column)


def test_an_unknown_operation_and_a_pseudo_code_are_accepted_with_a_warning():
    warning = decode(ROW.replace(",02,", ",36,").replace("708507", "000251")).rows["warning"][0].as_py()
    assert "operation code 36" in warning
    assert "pseudo-code" in warning


def test_a_wagon_in_two_places_at_once_is_refused_twice():
    decoded = decode(ROW, ROW.replace("708507", "707701"), ROW.replace("52687431", "94276813"))
    assert decoded.rows["wagon_id_1520"].to_pylist() == ["94276813"]
    assert [("in two places" in r.reason, r.where.line) for r in decoded.refused] == [(True, 2), (True, 3)]


def test_a_spreadsheet_says_the_same_as_a_table():
    book = openpyxl.Workbook()
    book.active.append(["дислокация"])
    book.active.append(NAMES.split(","))
    book.active.append([52687431.0, datetime(2026, 3, 2, 5), 2, 708507, "7085-023-7077", 64500])  # noqa: DTZ001
    book.active.append([52687432, None, 2, 708507, None, None])
    raw = io.BytesIO()
    book.save(raw)
    found = sniff(raw.getvalue(), "x.xlsx")
    assert found is not None
    assert found.profile == "dislocation"
    decoded = decode_dislocation(raw.getvalue(), PROFILES["dislocation"], BOUNDS)
    expected = decode(ROW).rows.to_pylist()[0]
    assert decoded.rows.to_pylist() == [{**expected, "line": 3}]
    assert decoded.refused[0].where.line == 4


def test_every_operation_of_the_list_is_an_activity():
    assert wagon_operations()["92"] == "hold"
    assert set(wagon_operations().values()) <= set(ACTIVITIES)
    assert set(border_activities().values()) <= set(ACTIVITIES)


@pytest.mark.parametrize(
    ("name", "profile", "rows", "refused"),
    [
        pytest.param("dislocation_cp1251.csv", "dislocation_moscow", 4, "check digit", id="CP1251, Moscow time"),
        pytest.param("border_events.csv", "border_events", 7, "'teleported' is unknown", id="border events"),
    ],
)
def test_the_tutorials_files_are_recognised_and_show_one_refusal(name, profile, rows, refused):
    raw = (EXAMPLES / name).read_bytes()
    found = sniff(raw, name)
    assert found is not None
    assert found.profile == profile
    decode_any = decode_border_events if profile == "border_events" else decode_dislocation
    decoded = decode_any(raw, PROFILES[profile], BOUNDS)
    assert (decoded.rows.num_rows, len(decoded.refused)) == (rows, 1)
    assert refused in decoded.refused[0].reason


def events(*lines, **changes):
    raw = "\n".join(("object,time,place,activity,cmr,permit", *lines)).encode()
    return decode_border_events(raw, replace(PROFILES["border_events"], **changes), BOUNDS)


@pytest.mark.parametrize(
    ("line", "object_id", "place", "activity", "documents"),
    [
        pytest.param("kz 1 abc,{t},KZ KGR,docs_in,C 1,", "plate:KZ 1 ABC", "unlocode:KZKGR", "documents", "cmr:C_1",
                     id="truck"),
        pytest.param("CSQU 305438 3,{t},esr:7085,Выезд,,9", "container_iso6346:CSQU3054383", "esr:708507", "depart",
                     "permit:9", id="container"),
        pytest.param("52687431,{t},Gate 4,ARRIVE,,", "wagon_1520:52687431", "own:Gate 4", "arrive", None, id="wagon"),
    ],
)  # fmt: skip
def test_objects_places_and_words_are_told_by_their_shape(line, object_id, place, activity, documents):
    row = events(line.format(t="2026-03-02T05:00:00+05:00")).rows.to_pylist()[0]
    got = (row["object_id"], row["place_code"], row["activity"], row["documents"])
    assert got == (object_id, place, activity, documents)


def test_a_profile_may_bring_its_own_words():
    line = "A 1,2026-03-02T05:00:00Z,KZKGR,Gate Open,,"
    assert "unknown" in events(line).refused[0].reason
    assert events(line, activities={"gate open": "arrive"}).rows["activity"].to_pylist() == ["arrive"]


PROFILE = """
name: mine
kind: positions
time: {format: iso, zone: Asia/Tashkent}
columns: {object_id: nr, time: t, latitude: la, longitude: lo}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("kind: positions", "kind: ships", "kind: 'ships'; it takes positions", id="kind"),
        pytest.param("name: mine", "nam: mine", "name: a name is expected", id="no name"),
        pytest.param("time: {", "tme: {", "unknown key 'tme'", id="key"),
        pytest.param("Asia/Tashkent", "Asia/Nowhere", "time.zone: 'Asia/Nowhere'", id="zone"),
        pytest.param("format: iso", "format: yesterday", "time.format: 'yesterday'", id="format"),
        pytest.param("object_id: nr, ", "", "columns: no column for object_id", id="required column"),
        pytest.param("lo}", "lo, speeed: v}", "unknown key 'speeed'", id="column"),
        pytest.param("latitude: la, ", "", "latitude and longitude, or wkt", id="half a place"),
        pytest.param("time: {", "encoding: utf-99\ntime: {", "encoding: 'utf-99'", id="code page"),
        pytest.param("time: {", "units: {speed: mph}\ntime: {", "units.speed: 'mph'; it takes m/s", id="unit"),
        pytest.param("name: mine", "name: [", "not YAML", id="no YAML"),
    ],
)
def test_a_faulty_profile_is_refused_with_the_key(old, new, message):
    assert read_profile(PROFILE).name == "mine"
    with pytest.raises(UnknownSetting) as raised:
        read_profile(PROFILE.replace(old, new, 1))
    assert message in str(raised.value)
