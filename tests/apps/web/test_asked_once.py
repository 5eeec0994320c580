"""What a page shows of one thing it asks of the store once, anew for each answer and each reader."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.charter import CHARTER, MEDIA_TYPE, PLEDGE, SAYING, say, saying, told
from tests.support.everywhere import VIEW, client_of
from tests.support.nodes import FOR_MEMBERS, HIDDEN, delivery, opened, principal
from tests.support.questions import questions
from tests.support.server import browsing

from birlik.kernel import pipeline
from birlik.kernel.node import Node

OWN = "own"
"""The view of the node's own operators."""
ADDRESS = "/charter/pledge/p1?whole=1"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node", declared=(CHARTER,), follow_every_s=3600) as made:
        say(
            made,
            saying("p1", "title", "club", "Water every day"),
            saying("p1", "state", "gardener", "done"),
            saying("p2", "title", "club", "Plant trees"),
            saying("p2", "rests_on", "club", "p1"),
        )
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with browsing(node) as made:
        yield made


def test_rows_of_the_thing_are_asked_once_however_many_panels_show_them(node: Node, client: TestClient) -> None:
    with questions(node) as asked:
        html = client.get(ADDRESS).text
    assert "Water every day" in html
    assert "Plant trees" in html
    of_it = [sql for sql in asked if "'p1'" in sql]
    for table, column in ((f"{SAYING.name}__state", "pledge_id"), (PLEDGE.name, "pledge_id")):
        same = [sql for sql in of_it if f'"{table}" AS t WHERE t."birlik_{column}"' in sql]
        assert len(same) == 1, same


def test_what_is_looked_for_one_by_one_is_asked_of_no_row_that_its_bits_have_not_found(
    node: Node, client: TestClient
) -> None:
    with questions(node) as asked:
        client.get(ADDRESS)
    for sql in asked:
        if 't."birlik_' in sql:
            found, guard, _ = sql.partition("CASE WHEN t.")
            assert guard, sql
            assert "views" not in found.rpartition(" WHERE ")[2], sql


def test_values_that_are_words_are_not_looked_for_as_keys(node: Node, client: TestClient) -> None:
    with questions(node) as asked:
        html = client.get("/charter/pledge/p2?whole=1").text
    assert '<a href="/charter/pledge/p1">Water every day</a>' in html
    looked = [sql for sql in asked if f'"{PLEDGE.name}"' in sql and "Plant trees" in sql]
    assert looked == []


def test_who_has_just_said_something_sees_it_though_nothing_follows_yet(node: Node, client: TestClient) -> None:
    assert "in a hurry" not in client.get(ADDRESS).text
    rows = [saying("p1", "note", "visitor", "in a hurry")]
    pipeline.take(node, [delivery(told(rows), node, media_type=MEDIA_TYPE, source_id="club", labels=HIDDEN)])
    assert "in a hurry" in client.get(ADDRESS).text


def test_what_one_reader_was_answered_is_not_what_another_sees(node: Node) -> None:
    say(node, saying("p1", "note", "club", "for members", rank=5), labels=FOR_MEMBERS)
    client = client_of(node, {view: principal(node, view) for view in (OWN, "members")})
    for _ in range(2):
        assert "done" in client.get(ADDRESS, headers={VIEW: OWN}).text
        html = client.get(ADDRESS, headers={VIEW: "members"}).text
        assert "for members" in html
        assert "gardener" not in html
