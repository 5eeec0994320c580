"""Weights: somebody moves what counts, and sees at once what a plan chooses, what enters and what leaves."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.nodes import FOR_MEMBERS, HIDDEN, follow, opened, take
from tests.support.orchard import ORCHARD, line
from tests.support.picking import BASKETED, BASKETS, PANEL
from tests.support.server import browsing

from birlik.kernel.checking import faults
from birlik.kernel.domain import Panel
from birlik.kernel.node import Node

PICKED = [line("a", "2026-03-01T08:00:00Z", 50.0, "north")]
PICKED += [line(f"b{i}", f"2026-03-02T08:0{i}:00Z", 5.0, "south") for i in range(4)]
SECRET = [line("c", "2026-03-03T08:00:00Z", 500.0, "hidden")]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node", declared=(BASKETED,)) as made:
        take(made, PICKED, labels=FOR_MEMBERS)
        follow(made)
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with browsing(node) as made:
        yield made


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def panel(client: TestClient, query: str = "") -> str:
    answer = client.get(f"/orchard/baskets/-/panel/first?{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_it_begins_with_what_the_plan_begins_with(client: TestClient) -> None:
    said = plain(panel(client))
    assert "1 of 2 are chosen." in said
    assert "stays north" in said
    assert "south" not in said
    assert "It begins with: 1." in said
    assert "Today: 0." in said


def test_what_is_moved_says_what_enters_and_what_leaves(client: TestClient) -> None:
    made = panel(client, "set-mass=0&set-often=2")
    said = plain(made)
    assert "Beside what it begins with 1 enter and 1 leave." in said
    assert "enters south" in said
    assert "leaves north" in said
    assert 'name="set-often" value="2"' in made


def test_a_link_keeps_how_it_is_set_with_all_else_of_the_page(client: TestClient) -> None:
    page = client.get("/orchard/baskets?set-often=2&whole=1").text
    assert 'name="set-often" value="2"' in page
    assert "set-often=2" in panel(client, "set-often=2").split("permalink")[0]


def test_a_number_that_is_none_or_out_of_range_is_said_and_nothing_moves(client: TestClient) -> None:
    for wrong, words in (("x", "it must be a number"), ("99", "it is from 0 to 10"), ("nan", "it must be a number")):
        said = plain(panel(client, f"set-mass={wrong}"))
        assert words in said
        assert "1 of 2 are chosen." in said


def test_a_choice_that_cannot_be_made_says_why(client: TestClient) -> None:
    assert "what counts for nothing chooses nothing" in plain(panel(client, "set-mass=0"))


def test_it_is_saved_under_a_name_and_the_link_of_it_sets_it_so(client: TestClient) -> None:
    told = {"name": "Often", "parameters": '{"mass":0.0,"often":2.0}', "page": "baskets", "panel": "first"}
    answer = client.post(f"/orchard/plan/{BASKETS.name}/save", data=told, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith("/orchard/baskets?set-mass=0.0&set-often=2.0#first")
    made = panel(client)
    assert "Often" in made
    assert "set-mass=0" in made


def test_the_plan_begins_where_the_panel_is_set(client: TestClient) -> None:
    page = client.get(f"/orchard/plan/{BASKETS.name}?often=2.0&mass=77&row=x").text
    assert re.search(r'name="often"[^>]* value="2"', page)
    assert re.search(r'name="mass"[^>]* value="1"', page)


def test_it_chooses_of_what_its_reader_sees(node: Node, client: TestClient) -> None:
    before = plain(panel(client, "see=x"))
    take(node, SECRET, labels=HIDDEN)
    follow(node)
    assert "hidden" in plain(panel(client))
    assert "hidden" not in before


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (replace(PANEL, plan="orchard_none"), "there is no plan 'orchard_none'"),
        (replace(PANEL, plan="orchard_harvest"), "can't be computed at once"),
        (replace(PANEL, moved=("none",)), "is no parameter of orchard_baskets with a range"),
        (replace(PANEL, chosen="mass_kg"), "says what is chosen"),
        (replace(PANEL, columns=("none",)), "has no column 'none'"),
    ],
)
def test_a_wrong_one_is_told_before_a_node_starts(wrong: Panel, words: str) -> None:
    pages = (*ORCHARD.pages, replace(BASKETED.pages[-1], panels=(wrong,)))
    assert any(words in fault for fault in faults((replace(BASKETED, pages=pages),)))
