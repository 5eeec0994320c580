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
        taken(b"", NAMED.replace("filename", "elsewhere"))


def test_cells_may_say_their_own_unit() -> None:
    profile = (
        PLAIN + "units: {speed: cell}\ncolumns: {object_id: id, time: t, latitude: lat, longitude: lon, speed: v}\n"
    )
    lines = [f"1,2026-03-01T08:0{i}:00,44.2,80.4,{v}" for i, v in enumerate(("36 km/h", "10 m/s", "20kn", "36"))]
    decoded = taken("\n".join(["id,t,lat,lon,v", *lines]).encode(), profile)
    speeds = decoded.rows["transport_movement"]["speed_m_s"].to_pylist()  # type: ignore[union-attr,call-overload]
    assert [None if v is None else round(v, 1) for v in speeds] == [10.0, 10.0, 10.3, None]
    assert "no unit" in "".join(decoded.notices)


# --- a header in two rows, an object that a sheet or a title tells ------------------------------------------------

TWO = PLAIN + "header: 2\ncolumns: {object_id: Car, time: Fix time, latitude: Place lat, longitude: Place lon}\n"
UPPER, LOWER = ["Car", "Fix", "Place", "", "Note"], ["", "time", "lat", "lon", ""]
ROWS = [["17", "2026-03-01T08:15:00", "44.2", "80.4", ""], ["18", "2026-03-02T09:30:00", "44.3", "80.5", "x"]]
TIMES = "columns: {time: t, latitude: lat, longitude: lon}\n"
HEAD, ROW = ["t", "lat", "lon"], ["2026-03-01T08:15:00", "44.2", "80.4"]


def lines(rows: list[list[str]]) -> bytes:
    return ("\n".join(";".join(row) for row in rows) + "\n").encode()


def merged_sheet(above: list[list[str]]) -> bytes:
    """As Excel saves it: cells of the header merged to the right and downwards."""
    book, packed = openpyxl.Workbook(), io.BytesIO()
    for row in [*above, UPPER, LOWER, *ROWS]:
        book.active.append([cell or None for cell in row])
    top = len(above) + 1
    for cells in (f"A{top}:A{top + 1}", f"C{top}:D{top}", f"E{top}:E{top + 1}"):
        book.active.merge_cells(cells)
    book.save(packed)
    return packed.getvalue()


@pytest.mark.parametrize("above", [[], [["Report of March"]], [["Report", "", ""], ["printed", "1 March"]]])
def test_a_header_may_stand_in_two_rows_with_merged_cells(above: list[list[str]]) -> None:
    for body, name in ((lines([*above, UPPER, LOWER, *ROWS]), "a.csv"), (merged_sheet(above), "a.xlsx")):
        decoded = taken(body, TWO, name)
        assert told(decoded) == EXPECTED
        assert not decoded.refused


def test_a_fault_below_such_a_header_has_its_line_and_the_whole_name_of_its_column() -> None:
    wrong = [ROWS[0], ["18", "soon", "44.3", "80.5", ""]]
    (fault,) = taken(lines([["Report"], UPPER, LOWER, *wrong]), TWO).refused
    assert (fault.where.line, fault.where.column, fault.where.field) == (5, 2, "Fix time")


def test_a_refusal_names_the_columns_of_such_a_header_as_a_profile_has_to_say_them() -> None:
    other = TWO.replace("Place lat", "Place latitude")
    for body, name in ((lines([UPPER, LOWER, *ROWS]), "a.csv"), (merged_sheet([]), "a.xlsx")):
        with pytest.raises(Malformed, match=r"latitude.*saw: Car, Fix time, Place lat, Place lon, Note"):
            taken(body, other, name)


@pytest.mark.parametrize("value", ["3", "1", "two", "[2]"])
def test_a_header_has_one_row_or_two_or_none(value: str) -> None:
    with pytest.raises((UnknownSetting, Malformed), match="two rows"):
        taken(b"", TWO.replace("header: 2", f"header: {value}"))


def test_each_sheet_of_a_spreadsheet_may_be_of_one_object() -> None:
    book, packed = openpyxl.Workbook(), io.BytesIO()
    book.active.title = "KZ 17"
    for sheet, rows in ((book.active, [HEAD, ROW]), (book.create_sheet("notes"), [["nothing"]])):
        for row in rows:
            sheet.append(row)
    other = book.create_sheet("KZ 18")
    for row in (HEAD, ["2026-03-02T09:30:00", "44.3", "80.5"], ["soon", "44.3", "80.5"]):
        other.append(row)
    book.save(packed)
    profile = PLAIN + "object: {from: sheet}\n" + TIMES
    decoded = taken(packed.getvalue(), profile, "fleet.xlsx")
    assert told(decoded) == [("tracker:KZ 17", "01 08:15"), ("tracker:KZ 18", "02 09:30")]
    (fault,) = decoded.refused
    assert str(fault.where) == "KZ 18, line 3, column 1, field t"
    assert b"soon" in fault.raw
    with pytest.raises(Malformed, match="no spreadsheet"):
        taken(lines([HEAD, ROW]), profile)


@pytest.mark.parametrize(
    ("above", "after"),
    [
        ([["KZ 17"]], ""),
        ([["Report of March"], ["Vehicle: KZ 17"]], "vehicle"),
        ([["Report of March"], ["Vehicle:", "", "KZ 17"]], "Vehicle:"),
        ([["Көлік № KZ 17", "March"]], "көлік №"),
    ],
)
def test_a_line_above_the_table_may_tell_the_object(above: list[list[str]], after: str) -> None:
    word = f", after: '{after}'" if after else ""
    profile = PLAIN + "object: {from: title" + word + "}\n" + TIMES
    assert told(taken(lines([*above, HEAD, ROW]), profile)) == [("tracker:KZ 17", "01 08:15")]
    assert told(taken(sheet([*above, HEAD, ROW]), profile, "a.xlsx")) == [("tracker:KZ 17", "01 08:15")]  # type: ignore[list-item]


def test_a_title_that_tells_no_object_is_refused_with_what_stands_there() -> None:
    profile = PLAIN + "object: {from: title, after: Vehicle}\n" + TIMES
    for body, name in ((lines([["Report"], HEAD, ROW]), "a.csv"), (sheet([["Report"], HEAD, ROW]), "a.xlsx")):  # type: ignore[list-item]
        with pytest.raises(Malformed, match="don't tell it: Report"):
            taken(body, profile, name)


def test_a_title_is_not_taken_for_the_columns_that_were_seen() -> None:
    with pytest.raises(Malformed, match="saw: imei, time, lat, northing") as caught:
        taken(b"Fleet of March\nimei,time,lat,northing\n1,2026-03-01T08:15:00Z,44.2,80.4\n", NAMED)
    assert caught.value.where.line == 2


def test_a_spreadsheet_that_no_profile_knows_is_refused_with_its_columns_and_the_nearest_profile() -> None:
    body = sheet([["Fleet"], ["imei", "time", "lat", "northing"], ["1", "2026-03-01T08:15:00Z", "44.2", "80.4"]])
    delivery = Delivery(
        body=body,
        media_type=POSITIONS.media_type,
        source_id="s",
        received_time=datetime(2026, 3, 3, tzinfo=UTC),
        filename="a.xlsx",
    )
    with pytest.raises(Malformed, match=r"columns seen: imei, time, lat, northing; nearest is positions: .*longitude"):
        POSITIONS.decode(delivery, Lookup(registers={}, limits=LIMITS))


def test_a_profile_that_unfolds_without_end_is_refused_in_one_line() -> None:
    levels = [f"  a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 6)]
    folded = "\n".join(["name: p", "kind: positions", "activities:", "  a0: &a0 [x]", *levels, "time: *a5"])
    with pytest.raises(Malformed) as caught:
        taken(b"a,b\n", folded)
    assert "alias" in str(caught.value)
    assert len(str(caught.value)) < 500
