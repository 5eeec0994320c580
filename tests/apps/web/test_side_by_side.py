"""Values side by side with their sources, a text by paragraph, and a page about a row that follows from others."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.charter import CHARTER, paragraph, say, saying
from tests.support.nodes import FOR_MEMBERS, opened, principal
from tests.support.server import browsing

from birlik.clock import SetClock
from birlik.kernel.node import Node

PLEDGE = "/charter/pledge/p1"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node", declared=(CHARTER,), follow_every_s=3600) as made:
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with browsing(node) as made:
        yield made


def page(client: TestClient, address: str) -> str:
    mark = "&" if "?" in address else "?"
    answer = client.get(f"{address}{mark}whole=1")
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.fixture
def pledged(node: Node) -> None:
    say(
        node,
        paragraph("1", "We water the roses.", lang="en"),
        paragraph("2", "Біз ағаш отырғызамыз.", lang="kk"),
        saying("p1", "title", "club", "Water every day"),
        saying("p1", "number", "club", "1"),
        saying("p1", "state", "gardener", "done", rank=1),
        saying("p1", "state", "neighbour", "forgotten", rank=2, manner="in anger"),
        saying("p1", "note", "gardener", "twice in July", many=1),
        saying("p1", "note", "neighbour", "never in May", many=1),
        saying("p2", "title", "club", "Plant trees"),
        saying("p2", "rests_on", "https://club.example/minutes", "p1", manner="plainly"),
    )


def test_what_stands_first_comes_first_and_the_others_beside_it(client: TestClient, pledged: None) -> None:
    html = page(client, PLEDGE)
    assert html.index("done") < html.index("forgotten")
    assert "in anger" in html


def test_only_values_that_can_t_all_be_so_are_said_to_differ(client: TestClient, pledged: None) -> None:
    things = re.findall(r'<div class="compared-thing(.*?)</dt>', page(client, PLEDGE), re.S)
    differing = [re.sub(r"<[^>]+>", "", each.partition("<dt>")[2]).split()[0] for each in things if "differ" in each]
    assert differing == ["state"]


def test_those_who_say_the_same_stand_at_one_value(node: Node, client: TestClient, pledged: None) -> None:
    say(node, saying("p1", "state", "visitor", "done", rank=3))
    html = page(client, PLEDGE)
    assert html.count('<span class="compared-said">done</span>') == 1
    assert {"gardener", "visitor"} <= set(re.findall(r'compared-source">([^<]+)<', html))


def test_an_address_is_a_link_that_sends_nobody_s_own_and_what_is_usual_is_left_out(
    client: TestClient, pledged: None
) -> None:
    html = page(client, "/charter/pledge/p2")
    assert '<a href="https://club.example/minutes" rel="noreferrer nofollow">club.example</a>' in html
    assert "plainly" not in html


def test_a_value_that_has_a_page_leads_there_by_its_name(client: TestClient, pledged: None) -> None:
    assert re.search(r'<a href="/charter/pledge/p1">Water every day</a>', page(client, "/charter/pledge/p2"))


def test_what_names_it_is_found_by_another_column(client: TestClient, pledged: None) -> None:
    html = page(client, PLEDGE)
    named = html[html.index('id="named"') :]
    assert 'href="/charter/pledge/p2"' in named
    assert 'href="/charter/pledge/p1"' not in named
    rows = client.get("/api/v1/tables/charter_saying", params={"word": "p1"}).json()["data"]
    assert [row["pledge_id"] for row in rows] == ["p2"]


def test_a_list_names_the_things_to_which_its_rows_lead_and_shortens_addresses(
    node: Node, client: TestClient, pledged: None
) -> None:
    named = page(client, PLEDGE).partition('id="named"')[2]
    assert re.search(r'<a href="/charter/pledge/p2">Plant trees</a>', named)
    say(node, saying("p2", "seen_at", "https://club.example/wall", "https://www.wall.example/photo"))
    listed = page(client, "/charter/records/charter_saying")
    assert '<a href="https://www.wall.example/photo" rel="noreferrer nofollow">wall.example</a>' in listed


def test_a_list_of_what_is_kept_can_be_followed_as_a_feed(client: TestClient, pledged: None) -> None:
    sayings = page(client, PLEDGE).partition('id="sayings"')[2].partition("</section>")[0]
    (feed,) = re.findall(r'<a href="([^"]+/feed[^"]*)" download>Atom', sayings)
    answer = client.get(unescape(feed))
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert answer.text.count("<entry>") == 6
    assert "/feed" not in page(client, "/charter/charter").partition('id="pledges"')[2]


def test_it_can_be_seen_as_it_was_and_says_when_it_changed(node: Node, client: TestClient, pledged: None) -> None:
    assert isinstance(node.clock, SetClock)
    before = node.clock.now()
    node.clock.advance(timedelta(hours=1))
    say(node, saying("p1", "state", "gardener", "given up", at="2026-03-02T00:00:00Z"))
    then = page(client, f"{PLEDGE}?as_of={before:%Y-%m-%dT%H:%M:%SZ}")
    now = page(client, PLEDGE)
    assert "given up" in now
    assert "given up" not in then
    moments = re.search(r'<ol class="moments">(.*?)</ol>', now, re.S)
    assert moments is not None
    assert moments[1].count("<li>") == 2


def test_a_slider_goes_over_the_moments_of_change_and_ends_at_now(
    node: Node, client: TestClient, pledged: None
) -> None:
    assert isinstance(node.clock, SetClock)
    node.clock.advance(timedelta(hours=1))
    say(node, saying("p1", "state", "gardener", "given up", at="2026-03-02T00:00:00Z"))
    (held,) = re.findall(r'data-stops="([^"]+)"', page(client, PLEDGE))
    stops = json.loads(unescape(held))
    assert len(stops) == 2
    assert stops[-1][0] == "now"
    assert "as_of" not in stops[-1][1]
    then = page(client, stops[0][1])
    assert "given up" not in then
    assert re.search(r'<input type="range"[^>]* value="0"', then)
    assert re.search(r'<input type="range"[^>]* value="1"', page(client, PLEDGE))


def test_of_what_is_not_there_there_is_no_page(client: TestClient, pledged: None) -> None:
    assert client.get("/charter/pledge/p9").status_code == 404


def test_what_hangs_on_a_paragraph_stands_below_it(client: TestClient, pledged: None) -> None:
    html = page(client, "/charter/charter")
    first, second = html.index("We water the roses"), html.index("Біз ағаш отырғызамыз")
    pledge = html.index("Water every day")
    assert first < pledge < second
    assert '<p lang="kk">' in html
    assert 'href="#words-1"' in html


def test_what_hangs_on_no_paragraph_stands_behind_and_a_text_that_is_missing_says_so(
    node: Node, client: TestClient
) -> None:
    say(node, saying("p3", "title", "club", "Mend the gate"), saying("p3", "number", "club", "9"))
    html = page(client, "/charter/charter")
    assert html.index("The text is not here") < html.index("On no paragraph") < html.index("Mend the gate")


def test_who_sees_less_sees_no_trace_of_the_rest(node: Node, client: TestClient, pledged: None) -> None:
    say(node, saying("p4", "title", "club", "Open the gate"), labels=FOR_MEMBERS)
    say(node, saying("p4", "title", "spy", "Lock the gate", rank=0))
    seen = node.reader(principal(node, "members")).rows("charter_pledge").to_pylist()
    assert [(row["pledge_id"], row["title"]) for row in seen] == [("p4", "Open the gate")]
    assert "Lock the gate" in page(client, "/charter/pledge/p4")


def test_a_page_about_one_thing_begins_with_it_in_words(node: Node, client: TestClient, pledged: None) -> None:
    assert isinstance(node.clock, SetClock)
    html = opening(client, "p1")
    assert html == "Paragraph 1 pledges this. 4 people speak."
    # What has nothing to say is left out, and one speaks in the singular.
    assert opening(client, "p2") == "2 people speak. What became of it nobody says."
    say(node, saying("p3", "title", "club", "Prune"))
    assert opening(client, "p3") == "1 person speaks. What became of it nobody says."


def test_what_is_due_is_told_by_the_clock(node: Node, client: TestClient, pledged: None) -> None:
    year = node.clock.now().year
    say(node, saying("p1", "due", "club", f"{year + 1}-02"))
    assert opening(client, "p1").startswith(f"Paragraph 1 pledges this, due in February {year + 1}. There is time yet.")
    say(node, saying("p1", "due", "club", f"{year - 1}-02", at="2026-03-02T00:00:00Z"))
    assert "It was due." in opening(client, "p1")


def test_who_comes_first_is_told_how_to_read_it(client: TestClient, pledged: None) -> None:
    assert "<p>A pledge is told by its sayings.</p>" in page(client, PLEDGE)
    assert '<details class="help">' not in page(client, "/charter/news")


def opening(client: TestClient, pledge: str) -> str:
    (said,) = re.findall(r'<p class="sentence">(.*?)</p>', page(client, f"/charter/pledge/{pledge}"), re.S)
    return re.sub(r"<[^>]+>", "", said)
