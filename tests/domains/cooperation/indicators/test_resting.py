"""On what the registry rests: a register so small that each figure is counted by hand; then one that was handled."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.support.nodes import follow, opened, principal
from tests.support.server import browsing

from birlik.clock import SetClock
from birlik.domains.cooperation.domain import DOMAIN
from birlik.domains.cooperation.events import CLAIM
from birlik.kernel.node import Node

EMPTY = replace(DOMAIN, tables=tuple(replace(t, facts=None) if t.name == CLAIM.name else t for t in DOMAIN.tables))
"""The registry without what ships."""
TODAY = datetime(2026, 11, 25, 9, tzinfo=UTC)
A, B, C = "https://a.example/1", "https://b.example/x", "https://c.example/z"
A_OTHERWISE = "http://www.A.example/1/?utm_source=mail#top"
MEMBERS = {"Birlik-Marking": "CLEAR", "Birlik-Audience": "public"}
HIDDEN = {"Birlik-Marking": "RED"}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node", declared=(EMPTY,), clock=SetClock(TODAY), follow_every_s=3600) as made:
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with browsing(node) as made:
        yield made


def act(client: TestClient, name: str, labels: Mapping[str, str] = MEMBERS, **told: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1/acts/{name}", json=told, headers=dict(labels))
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def body(client: TestClient, name: str, source: str, **more: Any) -> str:
    told = act(client, "cooperation_say", kind="organisation", property="name", value=name, source=source, **more)
    entity_id: str = told["data"]["entity_id"]
    return entity_id


def say(client: TestClient, of: str, name: str, value: str, source: str, **more: Any) -> str:
    told = act(client, "cooperation_say", entity_id=of, property=name, value=value, source=source, **more)
    claim_id: str = told["about"]["claim_id"]
    return claim_id


def figure(node: Node, name: str, view: str = "own", **only: str) -> dict[str, Any]:
    follow(node)
    rows = node.reader(principal(node, view)).figures(name).to_pylist()
    (row,) = (row for row in rows if all(row[column] == value for column, value in only.items()))
    return row


@pytest.fixture
def bank(client: TestClient) -> str:
    """One body, of which three sources say five things: when it was founded they don't agree on."""
    of = body(client, "Steppe Bank", A, said="2026-11-15")
    say(client, of, "founded", "1990", A_OTHERWISE, said="2026-11-15")
    say(client, of, "founded", "1991", B, said="2024-06")
    say(client, of, "seat", "Almaty", A)
    say(client, of, "seat", "Almaty", C, source_kind="primary")
    return of


# --- counted by hand --------------------------------------------------------------------------------------------------


def test_one_address_is_one_source_however_it_is_written_and_what_has_no_date_is_not_known(
    node: Node, client: TestClient, bank: str
) -> None:
    known = figure(node, "sources_known")
    assert (known["value"], known["n"], known["claims_n"], known["publishers_n"]) == (3, 3, 5, 3)
    assert (known["low"], known["high"]) == (3, 3)  # a count of the register is exact
    # Two were said ten days ago, one in the middle of June 2024, 893 days ago; two nobody dates.
    assert (known["year_n"], known["older_n"], known["undated_n"]) == (2, 1, 2)
    assert known["age_p50_d"] == 10
    assert known["newest"] == "2026-11-15"


def test_claims_are_counted_by_the_kind_of_their_source(node: Node, client: TestClient, bank: str) -> None:
    press, primary = (figure(node, "claims_by_source", source_kind=kind) for kind in ("press", "primary"))
    assert (press["value"], press["sources_n"], press["undated_n"]) == (4, 2, 1)
    assert (primary["value"], primary["sources_n"], primary["undated_n"]) == (1, 1, 1)
    assert primary["age_p50_d"] is None  # not known, which is not nought


def test_what_stands_first_is_backed_where_two_publishers_say_it(node: Node, client: TestClient, bank: str) -> None:
    backed = figure(node, "claims_backed")
    # Of name, founded and seat the last alone: on founded two speak, and don't agree.
    assert (backed["value"], backed["n"]) == (pytest.approx(1 / 3), 3)
    assert (backed["backed_n"], backed["second_n"], backed["unread_n"]) == (1, 2, 0)


def test_a_property_is_open_where_claims_differ_that_cannot_both_be_so(
    node: Node, client: TestClient, bank: str
) -> None:
    say(client, bank, "name", "Bank of the Steppe", B)  # several names may hold at once
    found = figure(node, "disagreements_open")
    assert (found["value"], found["n"], found["alike_n"], found["judged_n"]) == (1, 2, 1, 0)


def test_two_of_one_publisher_are_one_and_general_knowledge_is_nobody(node: Node, client: TestClient) -> None:
    of = body(client, "Steppe Bank", "https://news.press.example/a")
    say(client, of, "name", "Steppe Bank", "https://old.press.example/b")
    say(client, of, "seat", "Almaty", "general knowledge", source_kind="general", check="general")
    say(client, of, "seat", "Almaty", A)
    say(client, of, "role", "lender", "general knowledge", source_kind="general", check="general")
    backed = figure(node, "claims_backed")
    assert (backed["backed_n"], backed["second_n"], backed["unread_n"], backed["n"]) == (0, 0, 1, 3)


def test_on_the_page_each_source_stands_with_what_rests_on_it(node: Node, client: TestClient, bank: str) -> None:
    follow(node)
    html = client.get("/cooperation/sources?whole=1").text
    assert '<strong class="figure">3 sources</strong> say all 5 claims that stand here' in html
    assert "On 1 thing they differ" in html
    (row,) = [r for r in rows(node, "cooperation_source") if r["origin"] == A]
    assert (row["claims_n"], row["entities_n"], row["disputed_n"], row["undated_n"]) == (3, 1, 1, 1)
    one = client.get(f"/cooperation/source/{row['origin_id']}?whole=1").text
    assert "In 1 thing another differs from it." in one
    assert "1991" in one  # what the other says stands beside


def rows(node: Node, table: str, view: str = "own") -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = node.reader(principal(node, view)).rows(table).to_pylist()
    return made


# --- a register that was handled --------------------------------------------------------------------------------------


def test_a_claim_that_is_withdrawn_takes_its_source_and_its_disagreement_with_it(
    node: Node, client: TestClient, bank: str
) -> None:
    claim = next(r["claim_id"] for r in rows(node, CLAIM.name) if r["source"] == B)
    act(client, "cooperation_withdraw", claim_id=claim, reason="misread")
    assert figure(node, "sources_known")["value"] == 2
    assert figure(node, "disagreements_open")["value"] == 0
    assert B not in {r["origin"] for r in rows(node, "cooperation_source")}
    assert rows(node, "cooperation_dispute") == []


def test_one_that_another_supersedes_counts_once(node: Node, client: TestClient, bank: str) -> None:
    claim = next(r["claim_id"] for r in rows(node, CLAIM.name) if r["source"] == B)
    act(client, "cooperation_supersede", claim_id=claim, value="1990", reason="read again")
    assert figure(node, "sources_known")["claims_n"] == 5
    assert figure(node, "disagreements_open")["value"] == 0
    assert figure(node, "claims_backed")["backed_n"] == 2


def test_what_is_held_counts_nowhere_until_it_is_published(node: Node, client: TestClient, bank: str) -> None:
    before = figure(node, "sources_known")
    sent = act(client, "cooperation_send", entity_id=bank, property="seat", value="Astana", source="https://d.example")
    assert figure(node, "sources_known") == before
    assert figure(node, "disagreements_open")["value"] == 1
    act(client, "cooperation_publish", held_id=sent["about"]["held_id"])
    assert figure(node, "sources_known")["value"] == before["value"] + 1
    assert figure(node, "disagreements_open")["value"] == 2


def test_what_is_hidden_counts_for_nobody_who_does_not_see_it(node: Node, client: TestClient, bank: str) -> None:
    shown = {name: figure(node, name, "members") for name in ("sources_known", "disagreements_open", "claims_backed")}
    say(client, bank, "seat", "Astana", "https://secret.example", labels=HIDDEN, source_kind="primary")
    assert figure(node, "disagreements_open")["value"] == 2
    assert figure(node, "sources_known")["value"] == 4
    assert {name: figure(node, name, "members") for name in shown} == shown
    told = rows(node, "cooperation_source", "members") + rows(node, "cooperation_dispute", "members")
    assert "secret.example" not in str(told)


def test_records_of_one_are_one_and_apart_again_when_that_is_taken_back(
    node: Node, client: TestClient, bank: str
) -> None:
    other = body(client, "Bank of the Steppe", C)
    say(client, other, "seat", "Taraz", B)
    apart = figure(node, "disagreements_open"), figure(node, "claims_backed")
    assert (apart[0]["value"], apart[1]["entities_n"], apart[1]["n"]) == (1, 2, 5)
    left, right = sorted((bank, other))
    joined = act(client, "cooperation_judge", left_id=left, right_id=right, verdict="same", why="looked at both")
    assert figure(node, "disagreements_open")["value"] == 2  # Almaty, and Taraz
    assert (figure(node, "claims_backed")["entities_n"], figure(node, "claims_backed")["n"]) == (1, 3)
    assert {r["entity_id"] for r in rows(node, "cooperation_dispute")} == {left}
    act(client, "birlik_undo", act_id=joined["act_id"])
    assert (figure(node, "disagreements_open"), figure(node, "claims_backed")) == apart


def test_where_somebody_has_judged_it_is_open_no_more(node: Node, client: TestClient, bank: str) -> None:
    say(client, bank, "founded", "1990", "https://node.example/judgement", source_kind="adjudication")
    found = figure(node, "disagreements_open")
    assert (found["value"], found["judged_n"]) == (0, 1)
    assert figure(node, "claims_backed")["backed_n"] == 1  # who judges is no source


# --- moderation -------------------------------------------------------------------------------------------------------


def test_what_still_waits_counts_for_as_long_as_it_has(node: Node, client: TestClient, bank: str) -> None:
    told = {"entity_id": bank, "property": "seat", "value": "Astana", "source": B}
    sent = [act(client, "cooperation_send", **told)["about"]["held_id"] for _ in range(3)]
    waits = figure(node, "moderation_wait")
    assert (waits["value"], waits["n"], waits["undecided_n"]) == (None, 3, 3)
    assert "Fewer than half" in waits["wait_note"]
    at(node, hour=2)
    act(client, "cooperation_publish", held_id=sent[0])
    at(node, hour=6)
    act(client, "cooperation_return", held_id=sent[1], reason="no source")
    at(node, hour=10)
    waits = figure(node, "moderation_wait")
    # Ends at 2 h and 6 h, one goes on at 10 h: two thirds are left after the first, one third after the second.
    assert (waits["value"], waits["n"], waits["published_n"], waits["returned_n"]) == (6, 3, 1, 1)
    assert (waits["undecided_n"], waits["oldest_h"]) == (1, pytest.approx(10, abs=0.02))


def at(node: Node, hour: int) -> None:
    """So many hours after the play began."""
    assert isinstance(node.clock, SetClock)
    node.clock.at = TODAY + timedelta(hours=hour)


def test_how_long_it_waits_is_for_stewards(node: Node, client: TestClient, bank: str) -> None:
    act(client, "cooperation_send", entity_id=bank, property="seat", value="Astana", source=B)
    follow(node)
    assert not node.store.catalogue.may_read(principal(node, "members"), "moderation_wait")
