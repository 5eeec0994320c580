"""Things are called by name and not by their ids: in a queue, in a list, side by side; and lead to their own page."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.claims import CLAIMS, MEDIA_TYPE, told
from tests.support.nodes import FOR_MEMBERS, delivery, follow, opened
from tests.support.server import browsing

from birlik.kernel import pipeline


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with opened(tmp_path / "node", declared=(CLAIMS,), follow_every_s=3600) as node:
        said = [("Aru", "height", "tall"), ("Aru", "hair", "red"), ("Aruzhan", "height", "tall")]
        rows = [
            ("whole", {"subject": who, "property": of, "value": value, "sayer": "Omar", "basis": "reported",
                     "said_time": "2026-03-01T00:00:00Z"})
            for who, of, value in said
        ]  # fmt: skip
        pipeline.take(node, [delivery(told(rows), node, media_type=MEDIA_TYPE, labels=FOR_MEMBERS)])
        follow(node)
        with browsing(node) as made:
            pair = {"pair_id": "p1", "left": "Aru", "right": "Aruzhan", "state": "waiting"}
            weighed = '{"spelling": 2.5, "height": 0.7, "hair": -1.0, "mood": 0.0}'
            assert made.post("/api/v1/tables/claims_pair/rows", json={**pair, "weighed": weighed}).status_code == 201
            yield made


def panel(client: TestClient, name: str) -> str:
    answer = client.get(f"/claims/beside/-/panel/{name}")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_two_things_stand_side_by_side_with_what_is_known_of_both_and_what_was_weighed_in_words(
    client: TestClient,
) -> None:
    made = panel(client, "pairs")
    assert '<a href="/claims/profile/Aru">Aru</a>' in made
    assert '<a href="/claims/stranger/Aruzhan">Aruzhan</a>' in made, "each leads to the page of its kind"
    said = plain(made)
    assert "said hair=red, height=tall height=tall" in said
    assert "Speaks for it: spelling, height." in said
    assert "Speaks against it: hair." in said
    assert "mood" not in said
    assert "They are one : Aru / Aruzhan" in said, "who can't see the row hears whom the verdict is about"


def test_a_column_with_the_key_of_a_thing_says_its_name_and_leads_to_it(client: TestClient) -> None:
    assert '<td data-heading="left"><a href="/claims/profile/Aru">Aru</a></td>' in panel(client, "left")
    assert panel(client, "claims").count('<a href="/claims/profile/Aru">Aru</a>') == 2


def test_what_is_found_leads_to_the_page_of_its_kind(client: TestClient) -> None:
    found = client.get("/search?q=height").text
    assert 'href="/claims/stranger/Aruzhan"' in found
    assert 'href="/claims/profile/Aru"' in found
