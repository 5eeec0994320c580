"""Tables as people really write them: no header, the day apart from the time, one object a file."""

import io
from datetime import UTC, date, datetime, time

import openpyxl
import pytest

from birlik.domains.transport.intake.files import POSITIONS
from birlik.errors import Malformed, UnknownSetting
from birlik.kernel.intake import Decoded, Delivery, Lookup

REGION = {"south": 15, "west": 12, "north": 62, "east": 145}
LIMITS = {**REGION, "clock_ahead_s": 86_400, "earliest": "2000-01-01T00:00:00Z"}
PLAIN = "name: p\nkind: positions\ntime: {format: iso, zone: UTC}\n"
NUMBERED = PLAIN + "header: false\ncolumns: {object_id: 1, date: 2, time: 3, latitude: 4, longitude: 5}\n"
APART = PLAIN + "columns: {object_id: id, date: Day, time: Hour, latitude: lat, longitude: lon}\n"
NAMED = PLAIN + "object: {from: filename}\ncolumns: {time: t, latitude: lat, longitude: lon}\n"


def taken(body: bytes, profile: str, filename: str = "a.csv") -> Decoded:
    delivery = Delivery(
        body=body,
        media_type=POSITIONS.media_type,
        source_id="s",
        received_time=datetime(2026, 3, 3, tzinfo=UTC),
        filename=filename,
        parameters={"profile_yaml": profile},
    )
    return POSITIONS.decode(delivery, Lookup(registers={}, limits=LIMITS))


def told(decoded: Decoded) -> list[tuple[str, str]]:
    rows = decoded.rows["transport_movement"].to_pylist()  # type: ignore[union-attr]
    return [(row["object_id"], row["phenomenon_time"].strftime("%d %H:%M")) for row in rows]


def sheet(rows: list[list[object]]) -> bytes:
    book, packed = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(packed)
    return packed.getvalue()


FIRST, SECOND = ("17", "2026-03-01", "08:15", "44.2", "80.4"), ("18", "2026-03-02", "09:30", "44.3", "80.5")
EXPECTED = [("tracker:17", "01 08:15"), ("tracker:18", "02 09:30")]


def test_a_table_without_a_header_names_its_columns_by_number_and_loses_no_row() -> None:
    body = "\n".join(";".join(row) for row in (FIRST, SECOND)) + "\n"
    decoded = taken(body.encode(), NUMBERED)
    assert told(decoded) == EXPECTED
    assert not decoded.refused


def test_what_is_wrong_in_such_a_table_is_told_with_its_line() -> None:
    decoded = taken(b"17;2026-03-01;08:15;44.2;80.4\n18;2026-03-02;soon;44.3;80.5\n", NUMBERED)
    assert [fault.where.line for fault in decoded.refused] == [2]


def test_the_day_may_stand_apart_from_the_time() -> None:
    body = "\n".join(",".join(row) for row in (("id", "Day", "Hour", "lat", "lon"), FIRST, SECOND))
    assert told(taken(body.encode(), APART)) == EXPECTED


@pytest.mark.parametrize(("profile", "head"), [(APART, [["id", "Day", "Hour", "lat", "lon"]]), (NUMBERED, [])])
def test_a_spreadsheet_says_the_same(profile: str, head: list[list[object]]) -> None:
    rows = [[int(r[0]), date.fromisoformat(r[1]), time.fromisoformat(r[2]), 44.2, 80.4] for r in (FIRST, SECOND)]
    assert told(taken(sheet([*head, *rows]), profile, "a.xlsx")) == EXPECTED


def test_a_file_of_one_object_is_named_by_its_name() -> None:
    decoded = taken(b"t,lat,lon\n2026-03-01T08:15:00,44.2,80.4\n", NAMED, "out/KZ 17.csv")
    assert told(decoded) == [("tracker:KZ 17", "01 08:15")]
    with pytest.raises(Malformed, match="file's name"):
        taken(b"t,lat,lon\n2026-03-01T08:15:00,44.2,80.4\n", NAMED, "")


def test_a_profile_that_says_so_wrongly_is_told_what_it_takes() -> None:
    with pytest.raises((UnknownSetting, Malformed), match="filename"):
        taken(b"", NAMED.replace("filename", "title"))


def test_cells_may_say_their_own_unit() -> None:
    profile = (
        PLAIN + "units: {speed: cell}\ncolumns: {object_id: id, time: t, latitude: lat, longitude: lon, speed: v}\n"
    )
    lines = [f"1,2026-03-01T08:0{i}:00,44.2,80.4,{v}" for i, v in enumerate(("36 km/h", "10 m/s", "20kn", "36"))]
    decoded = taken("\n".join(["id,t,lat,lon,v", *lines]).encode(), profile)
    speeds = decoded.rows["transport_movement"]["speed_m_s"].to_pylist()  # type: ignore[union-attr,call-overload]
    assert [None if v is None else round(v, 1) for v in speeds] == [10.0, 10.0, 10.3, None]
    assert "no unit" in "".join(decoded.notices)
