"""The thin way: one promise, two sources that disagree, its page at two dates, its rows in the feed."""

from datetime import datetime, timedelta

import pytest
from lxml import etree
from starlette.testclient import TestClient
from tests.support.nodes import follow
from tests.support.registry import TODAY

from birlik.clock import SetClock
from birlik.kernel.node import Node
from birlik.standards import atom

ATOM = {"a": atom.NAMESPACE}


def say(client: TestClient, **said: object) -> str:
    answer = client.post("/api/v1/acts/cooperation_say", json=said)
    assert answer.status_code == 200, answer.text
    claim_id: str = answer.json()["about"]["claim_id"]
    return claim_id


def another_date(client: TestClient) -> str:
    """Another source says that the informal summit is due a month later."""
    return say(
        client,
        entity_id="com:01",
        property="due",
        value="2026-06",
        source="https://news.example/summit",
        source_kind="press",
        said="2026-11-20",
    )


def page(client: TestClient, address: str) -> str:
    answer = client.get(address, params={"whole": "1"} if "?" not in address else None)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_what_ships_is_what_was_promised_and_each_says_where_it_is_from(client: TestClient) -> None:
    rows = client.get("/api/v1/tables/cooperation_commitment", params={"limit": 100}).json()["data"]
    assert len(rows) == 18
    dated = [row for row in rows if row["due"]]
    assert len(dated) == 8
    assert sum(datetime.fromisoformat(row["due_until_time"]) < TODAY for row in dated) == 3
    assert {row["progress"] for row in rows} == {"unknown"}
    claims = client.get("/api/v1/tables/cooperation_claim", params={"limit": 10_000}).json()["data"]
    assert all(claim["source"] and claim["check"] for claim in claims)


def test_two_sources_that_disagree_both_stand_and_the_later_first(node: Node, client: TestClient) -> None:
    another_date(client)
    follow(node)
    (row,) = client.get("/api/v1/tables/cooperation_commitment", params={"entity_id": "com:01"}).json()["data"]
    assert (row["due"], row["disputed_n"]) == ("2026-06", 1)
    html = page(client, "/cooperation/commitment/com:01")
    assert html.index("2026-06") < html.index("2026-05")
    assert "sources differ" in html
    assert 'href="https://news.example/summit"' in html
    assert 'href="https://astanatimes.com/' in html


def test_a_page_shows_what_was_known_at_an_earlier_date(node: Node, client: TestClient) -> None:
    assert isinstance(node.clock, SetClock)
    follow(node)
    before = node.clock.now()
    node.clock.advance(timedelta(days=2))
    another_date(client)
    follow(node)
    then = page(client, f"/cooperation/commitment/com:01?whole=1&as_of={before:%Y-%m-%dT%H:%M:%SZ}")
    now = page(client, "/cooperation/commitment/com:01")
    assert "2026-06" not in then
    assert "2026-05" in then
    assert "2026-06" in now


def test_a_change_is_in_the_feed_of_the_list_and_of_the_promise(node: Node, client: TestClient) -> None:
    claim_id = another_date(client)
    for query in ({"kind": "commitment"}, {"entity_id": "com:01"}):
        answer = client.get("/api/v1/tables/cooperation_claim/feed", params=query)
        assert answer.headers["content-type"] == "application/atom+xml"
        (first, *_) = etree.fromstring(answer.content).findall("a:entry", ATOM)
        assert "2026-06" in str(first.findtext("a:summary", namespaces=ATOM))
        link = first.find("a:link", ATOM)
        assert link is not None
        assert str(link.get("href")).endswith(claim_id.replace(":", "%3A"))
    others = client.get("/api/v1/tables/cooperation_claim/feed", params={"entity_id": "com:02"}).text
    assert "2026-06" not in others


def test_a_feed_that_is_as_it_was_says_so(client: TestClient) -> None:
    first = client.get("/api/v1/tables/cooperation_claim/feed")
    again = client.get("/api/v1/tables/cooperation_claim/feed", headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    another_date(client)
    assert client.get("/api/v1/tables/cooperation_claim/feed").headers["etag"] != first.headers["etag"]


def test_a_claim_is_superseded_or_withdrawn_and_never_edited(node: Node, client: TestClient) -> None:
    claim_id = another_date(client)
    told = {"claim_id": claim_id, "value": "2026-07", "reason": "the date was misread"}
    later = client.post("/api/v1/acts/cooperation_supersede", json=told).json()["about"]["claim_id"]
    before = client.get(f"/api/v1/tables/cooperation_claim/rows/{claim_id}").json()["data"]
    assert (before["value"], before["status"], before["superseded_by"]) == ("2026-06", "superseded", later)
    follow(node)
    html = page(client, "/cooperation/commitment/com:01")
    assert "2026-07" in html
    assert "2026-06" not in html
    client.post("/api/v1/acts/cooperation_withdraw", json={"claim_id": later, "reason": "the page has gone"})
    again = client.post("/api/v1/acts/cooperation_withdraw", json={"claim_id": later, "reason": "twice"})
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("said", "parameter"),
    [
        ({"property": "colour", "value": "red"}, "property"),
        ({"property": "due", "value": "next spring"}, "value"),
        ({"property": "progress", "value": "nearly"}, "value"),
        ({"property": "due", "value": "2026-13"}, "value"),
        ({"property": "text", "value": "x", "quote": "word " * 26}, "quote"),
        ({"property": "text", "value": "x", "confidence": 2}, "confidence"),
        ({"property": "text", "value": "x", "entity_id": "com:99"}, "entity_id"),
    ],
)
def test_what_can_t_be_said_is_refused_with_the_parameter_that_is_wrong(
    client: TestClient, said: dict[str, object], parameter: str
) -> None:
    told = {"entity_id": "com:01", "source": "https://news.example/", **said}
    answer = client.post("/api/v1/acts/cooperation_say", json=told)
    assert answer.status_code == 400
    assert answer.json()["parameter"] == parameter
