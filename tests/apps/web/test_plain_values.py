"""What stands on pages is written for people: sums of money, moments, yes and no, settings, and marks of code."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.charter import CHARTER, say, saying
from tests.support.claims import CLAIMS
from tests.support.nodes import opened
from tests.support.server import browsing

THIN, NARROW = "\u202f", "\N{NO-BREAK SPACE}"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with opened(tmp_path / "node", declared=(CHARTER, CLAIMS), follow_every_s=3600) as node:
        meets = "2026-12-05T07:00[Europe/Istanbul]"
        say(node, saying("p1", "cost", "club", "3300000 USD"), saying("p1", "meets", "club", meets))
        with browsing(node) as made:
            row = {"pair_id": "p1", "left": "Aru", "right": "Aruzhan", "state": "waiting"}
            told = {**row, "weighed": '{"budget_m": 50000, "is_firm": false}'}
            assert made.post("/api/v1/tables/claims_pair/rows", json=told).status_code == 201
            yield made


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split(" "))


def test_money_and_moments_are_written_as_readers_write_them(client: TestClient) -> None:
    said = plain(client.get("/charter/pledge/p1?whole=1").text)
    assert f"3{THIN}300{THIN}000{NARROW}USD" in said
    assert "5 Dec 2026, 07:00 UTC+3 (Istanbul)" in said
    assert "[Europe/Istanbul]" not in said


def test_settings_are_told_in_words_and_not_as_json(client: TestClient) -> None:
    said = plain(client.get("/claims/record/claims_pair/p1").text)
    assert f"budget m: 50{THIN}000, is firm: no" in said
    assert "{" not in said[said.index("weighed") :][:80]


def test_what_is_so_or_not_is_yes_or_no_in_a_list(client: TestClient) -> None:
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", client.get("/birlik/records/birlik_act?whole=1").text)
    assert not {"True", "False"} & set(cells)


def test_marks_of_code_are_marks_in_the_words_of_a_form_and_a_record(client: TestClient) -> None:
    page = client.get("/claims/record/claims_pair/p1").text
    assert "What speaks for their <em>being one</em>" in page
