"""What is on where, now and next and day by day; and how many of each, of which small numbers are withheld."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.support.fete import COMES, FETE, PLAYED
from tests.support.nodes import follow, opened
from tests.support.server import browsing

from birlik.kernel.checking import faults
from birlik.kernel.domain import Panel
from birlik.kernel.node import Node

PAGE = "/fete/fete"
TURNS: tuple[dict[str, Any], ...] = (
    {"turn_id": "a", "name": "Waltz", "band": "The Larks", "stage": "Barn", "from_time": "2026-04-01T11:30:00Z",
     "to_time": "2026-04-01T12:30:00Z", "village": "ash"},
    {"turn_id": "b", "name": "Polka", "band": "The Rooks", "stage": "Barn", "from_time": "2026-04-01T13:00:00Z",
     "to_time": "2026-04-01T13:30:00Z", "village": "ash"},
    {"turn_id": "c", "name": "Jig", "stage": "Green", "from_time": "2026-04-01T12:30:00Z",
     "to_time": "2026-04-01T13:00:00Z", "state": "rained_off", "village": "ash"},
    {"turn_id": "d", "name": "Reel", "stage": "Green", "from_time": "2026-04-02T22:00:00Z",
     "to_time": "2026-04-02T23:00:00Z", "clock": "Asia/Almaty", "village": "oak"},
    {"turn_id": "e", "name": "Song", "village": "elm"},
    {"turn_id": "f", "name": "Hymn", "stage": "Barn", "from_time": "2026-04-01T09:00:00Z",
     "to_time": "2026-04-01T10:00:00Z", "village": "yew"},
    {"turn_id": "g", "name": "Air", "stage": "Barn", "village": "yew"},
)  # fmt: skip


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node", declared=(FETE,), follow_every_s=3600) as made:  # it is 1 April 2026, noon
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with browsing(node) as made:
        yield made


@pytest.fixture
def played(client: TestClient, node: Node) -> None:
    for name, told in (*(("fete_turn_begin", turn) for turn in TURNS),
                       ("fete_village_begin", {"village": "ash", "name": "Ashton"})):  # fmt: skip
        assert client.post(f"/api/v1/acts/{name}", json=told).status_code == 200
    follow(node)


def panel(client: TestClient, name: str) -> str:
    answer = client.get(f"{PAGE}/-/panel/{name}")
    assert answer.status_code == 200, answer.text
    return answer.text


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_of_each_place_it_says_what_is_on_and_what_comes_next(client: TestClient, played: None) -> None:
    made = panel(client, "turns")
    said = plain(made[made.index('class="now-next"') : made.index("</dl>")])
    assert "Barn now Waltz The Larks until 12:30 next Polka The Rooks 13:00" in said
    assert "Green next Reel" in said  # what was rained off comes next nowhere


def test_what_comes_on_another_day_says_which_on_its_own_clock(client: TestClient, played: None) -> None:
    said = plain(panel(client, "turns"))
    assert "next Reel 3 Apr 2026, 03:00" in said


def test_days_follow_each_other_and_places_stand_side_by_side(client: TestClient, played: None) -> None:
    made = panel(client, "turns")
    assert re.findall(r'<h3 class="agenda-whose">([^<]+)</h3>', made) == [
        "1 Apr 2026 (UTC)",
        "3 Apr 2026 (UTC+5)",
        "Not placed yet",
    ]
    heads = re.findall(r'<th scope="col">([^<]+)</th>', made)
    assert heads == ["from", "Barn", "Green", "from", "Green"]
    table = made[made.index("<tbody>") : made.index("</tbody>")]
    assert re.findall(r'<th scope="row">.*?>(\d\d:\d\d)<', table) == ["09:00", "11:30", "12:30", "13:00"]


def test_what_is_cancelled_is_struck_through_and_says_so(client: TestClient, played: None) -> None:
    assert re.search(r"<s>Jig</s> <b>cancelled</b>", panel(client, "turns"))


def test_what_has_no_time_or_place_yet_stands_apart(client: TestClient, played: None) -> None:
    made = panel(client, "turns")
    apart = made[made.index('class="unplaced"') :]
    assert plain(apart[apart.index(">") + 1 : apart.index("</ul>")]) == "Air Song"


def test_where_nothing_is_on_it_says_what_would_be_here(client: TestClient) -> None:
    assert "Nobody plays." in plain(panel(client, "turns"))
    assert "Nobody comes." in plain(panel(client, "villages"))


def test_a_tally_says_each_in_words_the_most_first_and_leads_to_what_it_names(client: TestClient, played: None) -> None:
    made = panel(client, "villages")
    assert plain(made[made.index("<li>") : made.index("</ul>")]) == "Ashton brings 3 turns yew brings 2 turns"
    assert '<a href="/fete/village/ash">Ashton</a>' in made
    assert "/fete/village/yew" not in made  # of which there is no page


def test_small_numbers_are_withheld_and_with_them_the_sum(client: TestClient, played: None) -> None:
    said = plain(panel(client, "villages"))
    assert "oak" not in said
    assert "elm" not in said
    assert "Withheld: fewer than 2" in said
    assert "n =" not in said


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"by": "tent"}, "fete_turn has no column 'tent'"),
        ({"zone": "sun"}, "fete_turn has no column 'sun'"),
        ({"off": {"state": ("gone",)}}, "state has no code 'gone'"),
        ({"columns": ()}, "no column says what a row is called"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else str(value),
)
def test_a_timetable_that_binds_nothing_keeps_a_node_from_opening(change: dict[str, Any], fault: str) -> None:
    said = wrong_with(replace(PLAYED, **change), COMES)
    assert any(fault in each for each in said), said


def test_a_tally_speaks_of_names_and_numbers_only() -> None:
    (said,) = wrong_with(replace(COMES, text="{weight} of {name}"))
    assert "speaks of 'weight'" in said


def wrong_with(*panels: Panel) -> list[str]:
    page = replace(FETE.pages[0], panels=panels)
    return list(faults((replace(FETE, pages=(page, *FETE.pages[1:])),)))
