"""The page of the search box: words marked, choices as links, pages, and what it says where there is nothing."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.aviary import AVIARY, BIRD, MEDIA_TYPE, change, changes
from tests.support.claims import CLAIMS
from tests.support.meanings import concepts
from tests.support.nodes import FOR_MEMBERS, delivery, follow, opened
from tests.support.server import browsing

from birlik.kernel import pipeline
from birlik.kernel.node import Node


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node", declared=(AVIARY, CLAIMS), follow_every_s=3600) as made:
        yield made


@pytest.fixture
def pages(node: Node) -> Iterator[TestClient]:
    named = [("b1", "Aq <b>Qaz</b>", "owl"), ("b2", "Qara qaz", "crane")]
    named += [(f"n{i}", f"Tyrna {i}", "crane") for i in range(25)]
    told = [change(BIRD, bird_id=i, name=name, species=kind) for i, name, kind in named]
    pipeline.take(node, [delivery(changes(told), node, media_type=MEDIA_TYPE, labels=FOR_MEMBERS)])
    follow(node)
    with browsing(node) as made:
        yield made


def found(pages: TestClient, address: str) -> str:
    answer = pages.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def hits(text: str) -> list[str]:
    return re.findall(r'<li><span class="found-name">(.*?)</span> <span class="found-kind">', text, re.S)


def links(text: str, of: str) -> dict[str, str]:
    """By the words of a choice, where it leads."""
    part = re.search(rf'<span class="facet-name">{of}</span>(.*?)</p>', text, re.S)
    assert part, f"nothing can be chosen by {of}"
    made = re.findall(r'<a href="([^"]+)"[^>]*>(\w+) <span', part[1])
    return {name: html.unescape(href) for href, name in made}


def test_the_words_are_marked_in_what_is_written_and_nothing_of_it_is_markup(pages: TestClient) -> None:
    first, second = hits(found(pages, "/search?q=qaz"))
    assert "Qara <mark>qaz</mark>" in first + second
    assert "Aq &lt;b&gt;<mark>Qaz</mark>&lt;/b&gt;" in first + second
    assert 'href="/aviary/record/aviary_bird/b1"' in first + second


def test_a_choice_is_a_link_that_narrows_and_takes_itself_back(pages: TestClient) -> None:
    text = found(pages, "/search?q=qaz")
    narrowed = found(pages, links(text, "species")["owl"])
    assert len(hits(narrowed)) == 1
    assert 'aria-current="true">owl' in narrowed
    assert len(hits(found(pages, links(narrowed, "species")["owl"]))) == 2


def test_many_are_shown_in_pages(pages: TestClient) -> None:
    first = found(pages, "/search?q=tyrna")
    assert len(hits(first)) == 20
    assert "25 results" in first
    following = re.search(r'<a class="more" href="([^"]+)" rel="next">', first)
    assert following
    second = found(pages, html.unescape(following[1]))
    assert len(hits(second)) == 5
    assert "More results" not in second
    assert not {*hits(first)} & {*hits(second)}


@pytest.mark.parametrize(
    ("address", "said"),
    [
        pytest.param("/search", "Write the name of a thing", id="nothing was asked"),
        pytest.param("/search?q=nobody", "Nothing has “nobody”", id="nothing is found"),
        pytest.param("/search?q=qaz&species=finch", "Take a choice back", id="nothing of what was chosen"),
        pytest.param("/search?q=nobody&lang=kk", "«nobody» табылмады", id="in Kazakh"),
        pytest.param("/search?q=qaz&after=x&table=no", "2 results", id="an address that somebody has spoilt"),
    ],
)
def test_it_says_what_there_is_to_do(pages: TestClient, address: str, said: str) -> None:
    assert said in found(pages, address)


def test_what_is_being_made_ready_is_told(node: Node) -> None:
    told = delivery(changes([change(BIRD, bird_id="b1", name="Qaz")]), node, media_type=MEDIA_TYPE)
    pipeline.take(node, [told])
    with browsing(node) as client:
        assert "Not searched yet" in found(client, "/search?q=qaz")


def test_pages_and_indicators_stand_behind_what_rows_say(pages: TestClient) -> None:
    names = [re.sub("<[^>]+>", "", each) for each in hits(found(pages, "/search?q=cages"))]
    assert "Cages and birds" in names


def test_a_hit_says_by_what_it_was_found_and_the_page_where_meaning_is_off(tmp_path: Path, pages: TestClient) -> None:
    off = found(pages, "/search?q=qaz")
    assert "this node doesn&#39;t look for what they mean" in off
    assert "found-by" not in off
    assert "бұл торап олардың мағынасын іздемейді" in found(pages, "/search?q=qaz&lang=kk")
    with opened(tmp_path / "other", declared=(AVIARY,), meaning=concepts(), follow_every_s=3600) as node:
        told = [change(BIRD, bird_id="b1", name="Ақ жапалақ"), change(BIRD, bird_id="b2", name="White owl")]
        pipeline.take(node, [delivery(changes(told), node, media_type=MEDIA_TYPE, labels=FOR_MEMBERS)])
        follow(node)
        while node.store.make_meaning():
            pass
        with browsing(node) as other:
            text = found(other, "/search?q=white+owl")
            said = other.get("/api/v1/search?q=white+owl").json()
            unlike = found(other, "/search?q=white+owl+of+somebody")
    marks = re.findall(r'<span class="found-by found-by-(\w+)">([\w ]+)</span>', text)
    assert marks == [("both", "by words and meaning"), ("meaning", "by meaning")]
    assert "look for what they mean" not in text
    assert [hit["by"] for hit in said["data"]] == ["both", "meaning"]
    assert said["meaning"] == {"is": "on", "unmade": 0}
    assert "No row has all the words" in unlike
