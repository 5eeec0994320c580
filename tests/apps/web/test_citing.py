"""How a page leaves: cited in a sentence and as BibTeX, with an address that holds, and in the forms of its subject."""

import dataclasses
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient
from tests.support.charter import CHARTER, say, saying
from tests.support.everywhere import client_of
from tests.support.nodes import FOR_MEMBERS, opened, principal
from tests.support.server import browsing
from tests.support.walking import VIEW

from birlik.clock import SetClock
from birlik.errors import Misdeclared
from birlik.kernel.domain import Export
from birlik.kernel.node import Node

PLEDGE = "/charter/pledge/p:1"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    more = {"name": "Garden club", "licence": "CC BY 4.0"}
    with opened(tmp_path / "node", declared=(CHARTER,), follow_every_s=3600, **more) as made:
        say(
            made, saying("p:1", "title", "club", "Water 100 % of it & more"), saying("p:1", "state", "gardener", "done")
        )
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with browsing(node) as made:
        yield made


def links(html: str) -> dict[str, str]:
    """By what it says, where each link by the title of a page leads."""
    (row,) = re.findall(r'<p class="leaving">(.*?)</p>', html, re.S)
    return {unescape(text): unescape(href) for href, text in re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', row)}


def cited(client: TestClient, address: str) -> tuple[str, str]:
    """(the sentence, the BibTeX) that a page offers."""
    answer = client.get(links(client.get(address).text)["Cite this"])
    assert answer.status_code == 200, answer.text
    found = re.findall(r'class="cited-text"[^>]*id="[^"]+">(.*?)</p', answer.text, re.S)
    (bibtex,) = re.findall(r"<pre[^>]*>(.*?)</pre>", answer.text, re.S)
    return unescape(found[0]), unescape(bibtex)


def test_a_citation_says_what_where_when_on_how_much_and_under_which_licence(client: TestClient) -> None:
    sentence, bibtex = cited(client, PLEDGE)
    for said in ("Water 100 % of it & more", "Sayings: n = 2", "Garden club", "CC BY 4.0", "http://"):
        assert said in sentence
    assert "title = {{Water 100 \\% of it \\& more}}" in bibtex
    version = re.search(r"data version (\S+Z)", sentence)
    assert version is not None
    assert version[1] in bibtex


def test_its_address_shows_the_same_after_something_else_was_said(node: Node, client: TestClient) -> None:
    sentence, _ = cited(client, PLEDGE)
    assert isinstance(node.clock, SetClock)
    node.clock.advance(timedelta(hours=2))
    say(node, saying("p:1", "state", "gardener", "given up", at="2026-03-02T00:00:00Z"))
    address = urlsplit(sentence.split()[-1])
    then = client.get(f"{address.path}?{address.query}&whole=1").text
    assert "given up" not in then
    assert "done" in then
    assert "given up" in client.get(f"{PLEDGE}?whole=1").text


def test_a_citation_counts_what_its_reader_sees(node: Node, client: TestClient) -> None:
    say(node, saying("p:1", "state", "visitor", "dry"), labels=FOR_MEMBERS)
    assert "Sayings: n = 3" in cited(client, PLEDGE)[0]
    with client_of(node, {"member": principal(node, "members")}) as member:
        member.headers[VIEW] = "member"
        assert "Sayings: n = 1" in cited(member, PLEDGE)[0]


def test_every_page_can_be_cited_and_one_of_an_exercise_says_that_it_is_invented(tmp_path: Path) -> None:
    with opened(tmp_path / "played", declared=(CHARTER,), exercise=True) as played, browsing(played) as client:
        for address in ("/charter/charter", "/charter/records/charter_saying"):
            sentence, bibtex = cited(client, address)
            assert "[invented]" in sentence
            assert "invented" in bibtex


def test_what_a_page_is_about_leaves_in_the_forms_that_the_page_names(node: Node, client: TestClient) -> None:
    found = links(client.get(PLEDGE).text)
    assert client.get(found["Card"]).text == "p:1"
    assert client.get(found["Of the gardener"]).text == "p:1"
    say(node, saying("p2", "title", "club", "Plant trees"))
    assert "Of the gardener" not in links(client.get("/charter/pledge/p2").text)
    cite = client.get(found["Cite this"]).text
    assert ">Card</a>" in cite
    assert ">Of the gardener</a>" not in cite


def test_of_a_past_moment_there_is_no_export_since_it_would_be_of_now(node: Node, client: TestClient) -> None:
    moment = node.clock.now()
    assert set(links(client.get(f"{PLEDGE}?as_of={moment:%Y-%m-%dT%H:%M:%SZ}").text)) == {"Cite this"}


def test_an_export_that_leads_nowhere_is_found_at_assembly(tmp_path: Path) -> None:
    first, page, *_ = CHARTER.pages
    wrong = dataclasses.replace(page, exports=(Export(title="Scroll", operation="charterScroll"),))
    domain = dataclasses.replace(CHARTER, pages=(first, wrong), doors=())
    with pytest.raises(Misdeclared, match="charterScroll"), opened(tmp_path / "wrong", declared=(domain,)):
        pass


def test_who_gives_a_day_gets_what_was_said_since_to_cite_to_take_and_to_follow(node: Node, client: TestClient) -> None:
    say(node, saying("p2", "title", "club", "Plant trees", at="2026-04-02T00:00:00Z"))
    address = "/charter/news?since=2026-04-01"
    html = client.get(f"{address}&whole=1").text
    assert "Plant trees" in html
    assert "Water 100" not in html
    assert 'name="since" value="2026-04-01"' in html
    assert "Sayings: n = 1" in cited(client, address)[0]
    (feed,) = set(re.findall(r'href="([^"]+/feed[^"]*)"', html))  # in its head, and among the downloads
    assert client.get(unescape(feed)).text.count("<entry>") >= 1
    assert "since=2026-04-01T00%3A00%3A00Z" in feed
    assert client.get("/charter/news?since=soon").status_code == 400


def test_what_lies_ahead_is_cited_by_as_many_as_stand_there(tmp_path: Path) -> None:
    """It had the number of all rows, and the page the number of those ahead."""
    calendar = CHARTER.pages[-1]
    late = dataclasses.replace(calendar, name="past", panels=calendar.panels[-1:], choices={})
    toy = dataclasses.replace(CHARTER, pages=(*CHARTER.pages, late))
    with opened(tmp_path / "another", declared=(toy,), follow_every_s=3600) as node, browsing(node) as client:
        for n, until in enumerate(("2026-03-20T00:00:00Z", "2026-04-20T00:00:00Z", "2026-04-21T00:00:00Z")):
            say(node, saying(f"q:{n}", "title", "club", "Dig"), saying(f"q:{n}", "until", "club", until))
        assert "n = 1" in client.get("/charter/past/-/panel/late").text
        assert "Pledges: n = 1." in cited(client, "/charter/past")[0]
