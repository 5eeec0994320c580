"""Trade and code lists that stewards load: held, replaced as a whole, and with a history."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.domains.cooperation.intake.test_sheets import xlsx
from tests.support.nodes import rows
from tests.support.registry import faults, registry, sent
from tests.support.strangers import house
from tests.support.walking import client_of

from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel.node import Node

HEAD = "year,exporter,importer,hs6,value_kusd,hs_edition,source,vintage"
LIST = """scheme,edition,code,title,source,vintage
HS,2022,08,Fruit and nuts,WCO,2022
HS,2022,0808,"Apples, pears and quinces",WCO,2022
HS,2022,080810,"Apples, fresh",WCO,2022
HS,2022,080830,"Pears, fresh",WCO,2022
ISIC,4,A,"Agriculture, forestry and fishing",UN,2008
ISIC,4,0124,Growing of pome fruits and stone fruits,UN,2008
"""


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with registry(tmp_path / "node") as made:
        yield made


def trade(*lines: str, vintage: str = "202601", edition: str = "2022") -> bytes:
    return "\n".join([HEAD, *(f"{line},{edition},BACI,{vintage}" for line in lines)]).encode() + b"\n"


APPLES, PEARS = "2024,KAZ,TUR,080810,12.5", "2024,KAZ,TUR,080830,3"


def sold(node: Node) -> dict[tuple[str, str, str], float]:
    return {
        (r["exporter_iso3"], r["importer_iso3"], r["hs_code"]): r["value_usd"] for r in rows(node, "cooperation_trade")
    }


def test_trade_stands_in_dollars_with_its_source_and_vintage(node: Node) -> None:
    receipt = sent(node, "trade", trade(APPLES, PEARS))
    assert faults(receipt) == []
    assert sold(node) == {("KAZ", "TUR", "080810"): 12_500.0, ("KAZ", "TUR", "080830"): 3_000.0}
    (part,) = rows(node, "cooperation_loaded")
    assert {n: part[n] for n in ("title", "dataset", "vintage", "hs_edition", "rows_n", "value_usd", "held")} == {
        "title": "KAZ 2024", "dataset": "BACI", "vintage": "202601", "hs_edition": "2022", "rows_n": 2,
        "value_usd": 15_500.0, "held": False,
    }  # fmt: skip
    assert receipt.notices == ("HS 2022 isn't loaded here: its codes were held against their form alone",)


def test_once_its_list_is_loaded_a_code_must_stand_in_it(node: Node) -> None:
    assert faults(sent(node, "codes", LIST.encode())) == []
    receipt = sent(node, "trade", trade(APPLES, "2024,KAZ,TUR,080819,3"))
    assert receipt.notices == ()
    assert faults(receipt) == [("line 3, column 4, field hs6", "080819 is no code of HS 2022; the nearest is 080810")]
    assert sold(node) == {("KAZ", "TUR", "080810"): 12_500.0}
    part = next(r for r in rows(node, "cooperation_loaded") if r["what"] == "trade")
    assert (part["held"], part["rows_n"], part["value_usd"]) == (True, 1, 12_500.0)


WRONG = [
    pytest.param("2024,KZ,TUR,080810,1", 2, "'KZ' is no state of ISO 3166-1 (alpha-3); the nearest is KAZ", id="two"),
    pytest.param("2024,KAZ,Turkey,080810,1", 3, "the nearest is TUR (Türkiye)", id="a name"),
    pytest.param("2024,KAZ,QQQ,080810,1", 3, "'QQQ' is no state of ISO 3166-1 (alpha-3)", id="nobody"),
    pytest.param("2024,KAZ,TUR,80810,1", 4, "the nearest is 080810", id="a zero that a spreadsheet took"),
    pytest.param("2024,KAZ,TUR,0808,1", 4, "no code of HS with six digits", id="a heading"),
    pytest.param("24,KAZ,TUR,080810,1", 1, "'24' is no year from 1962 to 2026", id="no year"),
    pytest.param("2024,KAZ,TUR,080810,1 000", 5, "'1 000' is no amount: write 1234.5", id="no amount"),
    pytest.param("2024,KAZ,TUR,080810,-1", 5, "'-1' is no amount", id="below nothing"),
    pytest.param("2024,KAZ,TUR,080810,1e12", 5, "more than the world sells", id="another unit"),
    pytest.param("2024,KAZ,TUR,,1", 4, "hs is missing", id="nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "column", "words"), WRONG)
def test_a_line_that_is_wrong_is_refused_alone_with_the_nearest_right_value(
    node: Node, line: str, column: int, words: str
) -> None:
    receipt = sent(node, "trade", trade(PEARS, line))
    ((place, reason),) = faults(receipt)
    assert place.startswith(f"line 3, column {column}, field ")
    assert words in reason
    assert list(sold(node)) == [("KAZ", "TUR", "080830")]


def test_an_edition_that_there_isn_t_is_refused_with_the_nearest(node: Node) -> None:
    ((place, reason),) = faults(sent(node, "trade", trade(APPLES, edition="2021")))
    assert (place, reason) == ("line 2, column 6, field hs_edition", "'2021' is no edition of HS; the nearest is 2022")


def test_the_unit_must_be_said(node: Node) -> None:
    ((_, reason),) = faults(sent(node, "trade", trade(APPLES).replace(b"value_kusd", b"value")))
    assert "no column for unit" in reason


def test_a_spreadsheet_of_trade_is_told_by_cell(node: Node) -> None:
    head = HEAD.replace("value_kusd", "value_usd").split(",")
    body = xlsx(
        head,
        (2024, "KAZ", "TUR", 80810, 12.5, 2022, "BACI", 202601),
        (2024, "KAZ", "TUR", "080830", 3, 2022, "BACI", 202601),
    )
    assert faults(sent(node, "trade", body)) == [
        ("D2, line 2, column 4, field hs6", "'80810' is no code of HS with six digits; the nearest is 080810")
    ]
    assert sold(node) == {("KAZ", "TUR", "080830"): 3.0}


def test_a_later_vintage_takes_the_place_of_the_whole_and_the_history_stays(node: Node) -> None:
    sent(node, "trade", trade(APPLES, PEARS, "2023,KAZ,TUR,080810,7"))
    before = node.clock.now()
    node.clock.at += timedelta(days=1)  # type: ignore[attr-defined]
    receipt = sent(node, "trade", trade("2024,KAZ,TUR,080810,13", vintage="202602"))
    assert (
        "vintage 202602 takes the place of 202601 in 1 parts; what was before stays in the history" in receipt.notices
    )
    now = {(r["year"], r["hs_code"]): (r["value_usd"], r["vintage"]) for r in rows(node, "cooperation_trade")}
    assert now == {("2024", "080810"): (13_000.0, "202602"), ("2023", "080810"): (7_000.0, "202601")}, (
        "2023 wasn't sent"
    )
    with client_of(node) as client:
        asked = {"as_of": before.isoformat(), "year": "2024", "order": "hs_code"}
        then = client.get("/api/v1/tables/cooperation_trade", params=asked).json()["data"]
    assert [(r["hs_code"], r["value_usd"], r["vintage"]) for r in then] == [
        ("080810", 12_500.0, "202601"), ("080830", 3_000.0, "202601"),
    ]  # fmt: skip


def test_a_slip_in_one_line_ends_nothing_that_was_right(node: Node) -> None:
    sent(node, "trade", trade(APPLES, PEARS))
    node.clock.at += timedelta(days=1)  # type: ignore[attr-defined]
    receipt = sent(node, "trade", trade("2024,KAZ,TUR,080810,13", "2024,KAZ,TUR,80830,3"))
    assert any("1 rows that this file doesn't have stay" in told for told in receipt.notices)
    assert sold(node) == {("KAZ", "TUR", "080810"): 13_000.0, ("KAZ", "TUR", "080830"): 3_000.0}
    (part,) = rows(node, "cooperation_loaded")
    assert (part["rows_n"], part["value_usd"]) == (2, 16_000.0)
    node.clock.at += timedelta(days=1)  # type: ignore[attr-defined]
    assert "1 rows that this file doesn't have were ended" in sent(node, "trade", trade(APPLES)).notices
    assert sold(node) == {("KAZ", "TUR", "080810"): 12_500.0}


def test_the_same_again_changes_nothing(node: Node) -> None:
    sent(node, "trade", trade(APPLES, PEARS))
    before = rows(node, "cooperation_trade")
    node.clock.at += timedelta(days=1)  # type: ignore[attr-defined]
    assert sent(node, "trade", trade(PEARS, APPLES)).notices == (
        "HS 2022 isn't loaded here: its codes were held against their form alone",
    )
    assert sorted(map(str, rows(node, "cooperation_trade"))) == sorted(map(str, before))


def test_what_stands_twice_and_what_is_of_another_release_is_refused(node: Node) -> None:
    body = trade(APPLES, APPLES) + b"2024,KAZ,TUR,080830,3,2022,BACI,202501\n"
    assert faults(sent(node, "trade", body)) == [
        ("line 3", "the same stands in line 2: the first of them is taken"),
        ("line 4, column 8, field vintage", "202501, and above it 202601: one file is of one"),
    ]


CODES_WRONG = [
    ("HS,2022,8081,x,WCO,2022", None),
    ("HS,2022,80810,Apples,WCO,2022", "the nearest is 080810"),
    ("HS,22,080810,Apples,WCO,2022", "no edition of HS; the nearest is 2022"),
    ("SITC,4,0124,Apples,UN,2022", "'SITC' is no code list"),
    ("ISIC,4,Z,Apples,UN,2022", "'Z' is no code of ISIC"),
]


@pytest.mark.parametrize(("line", "words"), CODES_WRONG)
def test_a_code_is_held_against_its_form(node: Node, line: str, words: str | None) -> None:
    told = faults(sent(node, "codes", LIST.splitlines()[0].encode() + b"\n" + line.encode() + b"\n"))
    assert [words is not None and words in reason for _, reason in told] == ([] if words is None else [True])


def test_only_a_steward_loads(tmp_path: Path) -> None:
    with house(tmp_path / "node", declared=(DOMAIN,)) as at:
        at.person("aigul", "operator", sources="*")
        address = "/api/v1/deliveries?source=desk"
        told: Any = at.aigul.post(address, content=trade(APPLES))
        assert (told.status_code, "sending trade is for stewards" in told.json()["detail"]) == (403, True)
        at.person("bek", "steward", sources="*")
        assert at.bek.post(address, content=trade(APPLES)).json()["accepted"] == 1
