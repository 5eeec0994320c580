"""Evidence by who has no account: a form, a link, held, published by a steward, seen by another visitor."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from tests.support.nodes import follow, rows
from tests.support.people import ADDRESS, Browser, House, house
from tests.support.registry import registry

FORM = "/cooperation/form/cooperation_evidence"
PROMISE = "/cooperation/commitment/com:01?whole=1"
SAID = {"entity_id": "com:01", "value": "The summit met at Turkistan", "source": "https://press.example/summit"}


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    with registry(tmp_path / "node", address=ADDRESS, open=False) as node, house(node) as made:
        made.does("public_open")
        made.person("sagat", "steward")
        follow(node)
        yield made


def sent(browser: Browser, address: str = FORM, **said: str) -> httpx.Response:
    """Fill in the form as it stands on the page."""
    page = browser.get(address, params={"entity_id": "com:01"})
    assert page.status_code == 200, page.text
    form = re.search(r'<form class="act" method="post" action="([^"]+)"[^>]*>(.*?)</form>', page.text, re.S)
    assert form
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[2]))
    return browser.client.post(unescape(form[1]), data={**hidden, **SAID, **said})


def link_of(answer: httpx.Response) -> str:
    found = re.search(rf'<code class="secret">{re.escape(ADDRESS)}(/form/[^<]+)</code>', answer.text)
    assert found, answer.text
    return found[1]


def steward(at: House) -> Browser:
    made = at.browser("192.0.2.99")
    made.signs_in("sagat")
    return made


def does(browser: Browser, name: str, **told: str) -> httpx.Response:
    from birlik.kernel.access.sessions import form_token

    cookie = browser.cookie()
    assert cookie is not None
    answer = browser.client.post(f"/api/v1/acts/{name}", json=told, headers={"birlik-form": form_token(cookie)})
    assert answer.status_code == 200, answer.text
    return answer


def test_what_a_visitor_sends_is_seen_by_another_once_a_steward_has_published_it(at: House) -> None:
    visitor, other = at.browser(), at.browser("198.51.100.4")
    assert 'href="/cooperation/form/cooperation_evidence?entity_id=com%3A01"' in visitor.get(PROMISE).text
    answer = sent(visitor)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    link = link_of(answer)
    assert SAID["value"] in visitor.get(link).text
    follow(at.node)
    assert SAID["value"] not in other.get(PROMISE).text
    queue = steward(at).get("/cooperation/queue?whole=1").text
    assert SAID["value"] in queue
    (held,) = rows(at.node, "cooperation_held")
    does(steward(at), "cooperation_publish", held_id=held["held_id"])
    follow(at.node)
    assert SAID["value"] in other.get(PROMISE).text
    assert "published" in visitor.get(link).text


def test_a_steward_takes_a_publication_back_and_an_operator_does_not(at: House) -> None:
    at.person("omar", "operator")
    link, one = link_of(sent(at.browser())), steward(at)
    follow(at.node)
    (held,) = rows(at.node, "cooperation_held")
    act_id = does(one, "cooperation_publish", held_id=held["held_id"]).json()["act_id"]
    operator = at.browser("192.0.2.98")
    operator.signs_in("omar")
    with pytest.raises(AssertionError, match="not yours to take back"):
        does(operator, "birlik_undo", act_id=act_id)
    does(one, "birlik_undo", act_id=act_id)
    follow(at.node)
    assert SAID["value"] not in at.browser("198.51.100.4").get(PROMISE).text
    assert [row["state"] for row in rows(at.node, "cooperation_held")] == ["held"]
    assert SAID["value"] in at.browser().get(link).text


def test_to_change_what_one_has_sent_is_asked_for_on_a_page_and_nothing_is_lost_by_a_press(at: House) -> None:
    one = steward(at)
    does(one, "cooperation_evidence", **SAID)
    page = one.get("/cooperation/mine?whole=1").text
    assert re.search(r'<a href="/cooperation/act/cooperation_sent_change\?key=', page)
    assert 'action="/cooperation/act/cooperation_sent_change' not in page
    (held,) = rows(at.node, "cooperation_held")
    with pytest.raises(AssertionError, match="can't be left empty"):
        does(one, "cooperation_sent_change", held_id=held["held_id"], value=None)
    follow(at.node)
    assert [row["value"] for row in rows(at.node, "cooperation_held")] == [SAID["value"]]


def test_where_a_form_began_it_is_said_that_it_was_sent(at: House) -> None:
    page = steward(at).get("/cooperation/commitment/com:01?did=cooperation_evidence~1~abc").text
    assert "Send evidence: done. 1 row was touched." in page
    assert re.search(r'role="status">[^<]+ <a href="/cooperation/mine#\w+">', page), "and the way to what was sent"


def test_what_a_stranger_sent_is_said_to_be_read_only_by_who_has_opened_its_source(at: House) -> None:
    visitor = at.browser()
    for value, name in (("It met", "cooperation_publish"), ("It rained", "cooperation_publish_read")):
        sent(visitor, value=value)
        follow(at.node)
        (held,) = [row for row in rows(at.node, "cooperation_held") if row["value"] == value]
        assert held["check"] == "unread"
        does(steward(at), name, held_id=held["held_id"])
    follow(at.node)
    said = {row["value"]: row["check"] for row in rows(at.node, "cooperation_claim") if row["property"] == "evidence"}
    assert (said["It met"], said["It rained"]) == ("unread", "attested")
    page = visitor.get(PROMISE).text
    assert "nobody here has opened the source" in page
