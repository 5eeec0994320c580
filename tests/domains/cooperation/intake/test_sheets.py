"""Claims as a desk writes them, in a spreadsheet or as CSV: what is read, and what is refused by its cell."""

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from openpyxl import Workbook, load_workbook
from tests.support.nodes import rows
from tests.support.registry import faults, registry, sent
from tests.support.walking import client_of

from birlik.domains.cooperation.domain import DOMAIN
from birlik.errors import UnknownSetting
from birlik.kernel.node import Node

HEADER = ("id", "kind", "property", "value", "source", "said")
BRIDGE = ("7", "project", "name", "Bridge", "a desk")
Cells = Sequence[Sequence[Any]]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with registry(tmp_path / "node") as made:
        yield made


def xlsx(*lines: Sequence[Any], formats: Mapping[str, str] | None = None, merged: Sequence[str] = ()) -> bytes:
    """A spreadsheet with these lines; `formats` by cell."""
    book = Workbook()
    sheet = book.active
    for line in lines:
        sheet.append(list(line))
    for cell, form in (formats or {}).items():
        sheet[cell].number_format = form
    for block in merged:
        sheet.merge_cells(block)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def said(node: Node) -> dict[tuple[str, str], str | None]:
    """(value, when it was said) by (id, property), of what is a desk's."""
    return {
        (row["entity_id"].rpartition(":")[2], row["property"]): row["value"]
        for row in rows(node, "cooperation_claim")
        if row["source"] == "a desk" and row["status"] == "published"
    }


def test_a_spreadsheet_says_what_the_same_csv_says(node: Node, tmp_path: Path) -> None:
    lines = [HEADER, (*BRIDGE, "2026-05"), (8, "organisation", "name", "Oʻzbek ‘Ipak yoʼli’", "a desk", None)]
    assert faults(sent(node, "sheet", xlsx(*lines))) == []
    with registry(tmp_path / "csv") as other:
        text = "\n".join(",".join("" if cell is None else str(cell) for cell in line) for line in lines) + "\n"
        assert faults(sent(other, "sheet", text.encode())) == []
        told = [{n: v for n, v in row.items() if n != "views"} for row in rows(other, "cooperation_claim")]
        assert told == [{n: v for n, v in row.items() if n != "views"} for row in rows(node, "cooperation_claim")]
    assert said(node)["8", "name"] == "Oʻzbek ‘Ipak yoʼli’", "apostrophes stay as they were typed"


@pytest.mark.parametrize(
    ("form", "is_read_as"),
    [
        pytest.param("mmm-yy", "2026-05", id="what Excel makes of 2026-05"),
        pytest.param("yyyy\\-mm", "2026-05", id="a month of one's own"),
        pytest.param("[$-43F]mmmm yyyy;@", "2026-05", id="in Kazakh"),
        pytest.param("yyyy", "2026", id="a year"),
        pytest.param("dd.mm.yyyy", "2026-05-01", id="a day"),
    ],
)
def test_a_date_is_as_exact_as_its_cell_shows_it(node: Node, form: str, is_read_as: str) -> None:
    cell = datetime(2026, 5, 1)  # noqa: DTZ001 - a spreadsheet has no zones
    body = xlsx(HEADER, ("c", "commitment", "due", cell, "a desk"), formats={"D2": form})
    receipt = sent(node, "sheet", body)
    assert faults(receipt) == []
    assert said(node)["c", "due"] == is_read_as
    assert bool(receipt.notices) is (len(is_read_as) == 10), "the first of a month may be meant as a month"


DAY = datetime(2026, 5, 3)  # noqa: DTZ001 - a spreadsheet has no zones
WRONG = [
    pytest.param((DAY, *BRIDGE[1:]), {"A3": "d-mmm"}, "A3", "shows no year", id="an id that became a date"),
    pytest.param(
        (DAY, *BRIDGE[1:]), {"A3": "dd.mm.yyyy"}, "A3", "made the date 2026-05-03 of it", id="also with a year"
    ),
    pytest.param((1234567890123456, *BRIDGE[1:]), {}, "A3", "15 digits", id="digits that Excel loses"),
    pytest.param(("7", "commitment", "due", 46143, "a desk"), {}, "D3", "the day 2026-05-01", id="a serial"),
    pytest.param((*BRIDGE[:3], "=A2&B2", "a desk"), {}, "D3", "never calculated", id="a formula without its value"),
    pytest.param((*BRIDGE[:3], "#REF!", "a desk"), {}, "D3", "its formula fails", id="a formula that fails"),
    pytest.param((*BRIDGE[:4], None), {}, "E3", "source is missing", id="nothing without a source"),
    pytest.param((*BRIDGE, "soon"), {}, "F3", "soon is no date", id="no date"),
    pytest.param(("7", "castle", *BRIDGE[2:]), {}, "B3", "'castle' is none of", id="no such kind"),
]


@pytest.mark.parametrize(("line", "formats", "cell", "words"), WRONG)
def test_a_line_that_may_not_say_what_was_meant_is_refused_by_its_cell(
    node: Node, line: Sequence[Any], formats: Mapping[str, str], cell: str, words: str
) -> None:
    receipt = sent(node, "sheet", xlsx(HEADER, ("1", *BRIDGE[1:]), line, formats=formats))
    assert receipt.accepted == 1
    ((place, reason),) = faults(receipt)
    assert place.startswith(f"{cell}, line 3, column {ord(cell[0]) - 64}, field ")
    assert words in reason
    assert said(node) == {("1", "name"): "Bridge"}


def calculated(body: bytes, value: str) -> bytes:
    """The same spreadsheet as Excel saves it: with what its formula gave."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            text = old.read(entry)
            if entry.filename.endswith("sheet1.xml"):
                text = re.sub(rb'<c r="D3"[^>]*><f>', b'<c r="D3" t="str"><f>', text)
                text = re.sub(rb"</f><v ?/>|</f><v></v>", b"</f><v>%s</v>" % value.encode(), text)
            new.writestr(entry.filename, text)
    return made.getvalue()


def test_a_formula_says_what_it_gave(node: Node) -> None:
    body = calculated(xlsx(HEADER, ("1", *BRIDGE[1:]), (*BRIDGE[:3], "=A2&B2", "a desk")), "1 of Bridge")
    assert faults(sent(node, "sheet", body)) == []
    assert said(node)["7", "name"] == "1 of Bridge"


def test_what_is_merged_downwards_is_said_in_each_line(node: Node) -> None:
    body = xlsx(
        HEADER, BRIDGE, (None, None, "stage", "idea", None), (None, None, "sector", "transport", None),
        merged=("A2:A4", "B2:B4", "E2:E4"),
    )  # fmt: skip
    assert faults(sent(node, "sheet", body)) == []
    assert said(node) == {("7", "name"): "Bridge", ("7", "stage"): "idea", ("7", "sector"): "transport"}


def test_what_is_merged_across_columns_is_refused_and_named(node: Node) -> None:
    receipt = sent(node, "sheet", xlsx(HEADER, (*BRIDGE[:3], "a desk", None), merged=("D2:E2",)))
    ((place, reason),) = faults(receipt)
    assert (place[:2], "D2:E2 are merged across columns" in reason) == ("D2", True)


def test_a_title_above_and_a_second_sheet_don_t_disturb(node: Node) -> None:
    book = Workbook()
    for line in (("Our projects, 2026",), (), HEADER, BRIDGE):
        book.active.append(list(line))
    book.active.merge_cells("A1:F1")
    book.create_sheet("Notes").append(["ask", "Aigul"])
    body = io.BytesIO()
    book.save(body)
    receipt = sent(node, "sheet", body.getvalue())
    assert said(node) == {("7", "name"): "Bridge"}
    assert receipt.notices == ("sheet Sheet was read, and not Notes",)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        pytest.param([("id", "kind", "property", "value")], "no column for source", id="a column that is missing"),
        pytest.param([BRIDGE], "no column for id", id="no header"),
        pytest.param([], "the spreadsheet is empty", id="nothing"),
    ],
)
def test_without_its_header_a_sheet_is_refused_whole_and_told_what_was_seen(
    node: Node, lines: Cells, words: str
) -> None:
    receipt = sent(node, "sheet", xlsx(*lines))
    assert receipt.accepted == 0
    ((_, reason),) = faults(receipt)
    assert words in reason


def test_a_column_that_nobody_reads_is_told_with_the_nearest(node: Node) -> None:
    receipt = sent(node, "sheet", b"id,kind,property,value,source,langg\n7,project,name,Bridge,a desk,kk\n")
    assert receipt.notices == ("column langg is not read; the nearest that is read is lang",)


def test_one_line_may_state_several_things_a_column_each(node: Node) -> None:
    text = "id;kind;name;name_kk;founded;source\n9;organisation;Steppe Fund;Дала қоры;'2019-05;a desk\n"
    assert faults(sent(node, "sheet", text.encode())) == []
    assert said(node)["9", "founded"] == "2019-05"
    names = {(row["lang"], row["value"]) for row in rows(node, "cooperation_claim") if row["source"] == "a desk"}
    assert {(None, "Steppe Fund"), ("kk", "Дала қоры")} <= names
    receipt = sent(node, "sheet", text.replace("'2019-05", "spring").encode())
    assert faults(receipt) == [
        ("line 2, column 5, field founded", "spring is no date: write 2026, 2026-05 or 2026-05-17")
    ]
    assert ("9", "name") in said(node), "the other cells of the line stand"


def test_of_a_person_a_sheet_says_the_office_or_nothing(node: Node) -> None:
    minister = [("m", "person", "name", "Serik", "a desk"), ("m", "person", "office", "Minister of Roads", "a desk")]
    receipt = sent(node, "sheet", xlsx(HEADER, *minister, ("x", "person", "name", "Somebody", "a desk")))
    ((place, reason),) = faults(receipt)
    assert (place[:2], "names no public office" in reason) == ("A4", True)
    assert said(node) == {("m", "name"): "Serik", ("m", "office"): "Minister of Roads"}


OWN = """
name: chamber
kind: claims
header: 2
delimiter: ";"
columns: {id: Реестр №}
always: {kind: organisation, source: "the chamber's register", said: "2026-11"}
properties: {name@ru: Компания название, name@kk: Компания атауы, state: Ел}
"""


def test_a_desk_may_bring_its_own_profile(node: Node) -> None:
    text = "Реестр;Компания;;Ел\n№;название;атауы;\n12;Степь;Дала;KAZ\n"
    receipt = sent(node, "sheet", text.encode(), parameters={"profile_yaml": OWN})
    assert faults(receipt) == []
    found = [r for r in rows(node, "cooperation_claim") if r["source"] == "the chamber's register"]
    assert {(r["property"], r["lang"], r["value"], r["said"]) for r in found} == {
        ("name", "ru", "Степь", "2026-11"),
        ("name", "kk", "Дала", "2026-11"),
        ("state", None, "KAZ", "2026-11"),
    }


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("columns: {id: №, colour: Түс}", "unknown key 'colour'; it takes id, kind"),
        ("properties: {color@kk: Түс}", "unknown key 'color'; it takes name"),
        ("always: {kind: organisation}", "no column for id, source"),
        ("header: 3", "3; it takes 1, 2"),
    ],
)
def test_a_profile_that_is_wrong_is_told_by_its_key(node: Node, wrong: str, words: str) -> None:
    told = yaml.safe_dump(yaml.safe_load(OWN) | yaml.safe_load(wrong) | ({"columns": {}} if "always" in wrong else {}))
    intake, _ = node.recognise(b"x", "any.csv", {"profile_yaml": told})
    assert intake.name == "sheet"
    with pytest.raises(UnknownSetting, match=re.escape(words)):
        node.check({"profile_yaml": told}, intake)


def test_a_sheet_is_known_by_its_header(node: Node) -> None:
    intake = next(each for each in DOMAIN.intakes if each.name == "sheet")
    assert intake.sniff is not None
    assert intake.sniff(xlsx(HEADER, BRIDGE), "any.xlsx") == {"profile": "claims"}
    assert intake.sniff(b"id,kind,source,name_kk\n", "any.csv") == {"profile": "things"}
    assert intake.sniff(b"id,kind,colour\n", "any.csv") is None


def test_an_empty_sheet_is_there_to_begin_with_and_keeps_what_is_written(node: Node) -> None:
    with client_of(node) as client:
        page = client.get("/try").text
        assert "/try/sheet/sheet/claims.xlsx" in page
        got = client.get("/try/sheet/sheet/claims.xlsx")
        assert client.get("/try/sheet/sheet/claims.csv").content.startswith(b"\xef\xbb\xbfid,kind,property")
        assert client.get("/try/sheet/sheet/none.csv").status_code == 404
    book = load_workbook(io.BytesIO(got.content))
    sheet, notes = book.worksheets
    assert {sheet.column_dimensions[letter].number_format for letter in "ABCDEF"} == {"@"}
    assert [row[0].value for row in notes.iter_rows()][1:] == [cell.value for cell in sheet[1]]
    header = [cell.value for cell in sheet[1]]
    line = dict(zip(HEADER, ("c", "commitment", "due", "2026-05", "a desk", "2026-11"), strict=True))
    sheet.append([line.get(name) for name in header])
    filled = io.BytesIO()
    book.save(filled)
    assert faults(sent(node, "sheet", filled.getvalue())) == []
    assert said(node) == {("c", "due"): "2026-05"}


ROWS_N = 100_000
MOST_MIB = 500
READ = """
import resource, sys
from datetime import UTC, datetime
from birlik.domains.cooperation.intake import claims_sheet
from birlik.kernel.intake import Delivery, Lookup
body = sys.stdin.buffer.read()
one = Delivery(body=body, media_type="", source_id="desk", received_time=datetime.now(UTC))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
made = claims_sheet.decode(one, Lookup(registers={}, limits={}))
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(made.rows["cooperation_claim"].num_rows, len(made.refused), grown // 1024)
"""


def as_csv(lines: Iterable[Sequence[str]]) -> bytes:
    return "\n".join(map(",".join, lines)).encode() + b"\n"


def as_xlsx(lines: Iterable[Sequence[str]]) -> bytes:
    """The same by hand, since openpyxl takes half a minute for it."""
    given = io.BytesIO(xlsx(("x",)))
    made = io.BytesIO()
    cells = ("".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in line) for line in lines)
    sheet = "<sheetData>" + "".join(f"<row>{row}</row>" for row in cells) + "</sheetData>"
    with zipfile.ZipFile(given) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            text = old.read(entry).decode()
            if entry.filename.endswith("sheet1.xml"):
                text = re.sub(r"<sheetData>.*</sheetData>", sheet, text, flags=re.DOTALL)
            new.writestr(entry.filename, text)
    return made.getvalue()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("make", [as_csv, as_xlsx])
def test_a_hundred_thousand_lines_are_read_within_bounds(make: Callable[..., bytes]) -> None:
    lines = ((f"n{i}", "project", "name", f"Bridge {i}", "a desk", "2026-05") for i in range(ROWS_N))
    body = make([HEADER, *lines])
    ran = subprocess.run([sys.executable, "-c", READ], input=body, capture_output=True, check=True)
    taken, refused, grown_mib = map(int, ran.stdout.split())
    assert (taken, refused) == (ROWS_N, 0)
    assert grown_mib < MOST_MIB


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_spreadsheet_that_is_damaged_below_its_first_rows_is_refused_as_one(node: Node, share: float) -> None:
    """Its header can still be read: what breaks off is the packed rest."""
    whole = xlsx(HEADER, *((str(n), *BRIDGE[1:], "2026-05") for n in range(3_000)))
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        part = packed.getinfo("xl/worksheets/sheet1.xml")
    at = part.header_offset + 60 + int(part.compress_size * share)
    broken = whole[:at] + bytes(b ^ 0xFF for b in whole[at : at + 40]) + whole[at + 40 :]

    receipt = sent(node, "sheet", broken)

    assert receipt.failed is not None
    assert "not a readable spreadsheet" in str(receipt.failed)
    assert said(node) == {}
