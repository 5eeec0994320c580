"""What is invented says so: pairs that wait, decisions, calendars. What somebody begins in a demo is invented."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.support.nodes import follow, rows
from tests.support.registry import registry, sent
from tests.support.server import browsing

from birlik.domains.cooperation.model.leaving import is_fed
from birlik.kernel.intake import INVENTED
from birlik.kernel.node import Node

HEAD = "id,kind,property,value,source"
MARK = '<span class="invented">invented</span>'
ACTS = "/api/v1/acts/cooperation_"


def sheet(*lines: str) -> bytes:
    return "\n".join((HEAD, *(f"{line},https://a.example" for line in lines))).encode()


BODIES = sheet(
    "a,organisation,name,Institute of Salt and Water of Altynsai",
    "b,organisation,name,Altynsai Water and Salt Institute",
)
FAIR = sheet("fair,event,name,Fair of Salt", "fair,event,start,2027-05-17")


def ours(client: TestClient, table: str) -> list[dict[str, Any]]:
    """Rows of what was sent here: some of the facts that ship look alike, too."""
    rows: list[dict[str, Any]] = client.get(f"/api/v1/tables/{table}").json()["data"]
    return [row for row in rows if ":ministry:" in row["left_id"]]


def told(client: TestClient, act: str, **values: Any) -> Any:
    answer = client.post(f"{ACTS}{act}", json=values)
    assert answer.status_code == 200, answer.text
    return answer.json()["about"]


@pytest.mark.parametrize("is_made_up", [True, False])
def test_pairs_that_wait_and_decisions_say_it_in_a_mark(node: Node, client: TestClient, is_made_up: bool) -> None:
    assert sent(node, "sheet", BODIES, parameters={INVENTED: "yes"} if is_made_up else {}).accepted
    follow(node)
    told(client, "link", kind="organisation")
    queue = client.get("/cooperation/queue/-/panel/pairs").text
    assert "Institute of Salt and Water" in queue
    assert queue.count(MARK) == 2 * is_made_up  # each of the two
    (pair,) = ours(client, "cooperation_pair")
    assert pair["is_invented"] is is_made_up
    told(client, "judge", left_id=pair["left_id"], right_id=pair["right_id"], verdict="same", why="looked")
    (decision,) = ours(client, "cooperation_decision")
    assert decision["is_invented"] is is_made_up


@pytest.mark.parametrize(("is_made_up", "summary"), [(True, "[invented] Fair of Salt"), (False, "Fair of Salt")])
def test_a_calendar_says_it_in_the_name_of_the_event(
    node: Node, client: TestClient, is_made_up: bool, summary: str
) -> None:
    assert sent(node, "sheet", FAIR, parameters={INVENTED: "yes"} if is_made_up else {}).accepted
    follow(node)
    assert f"SUMMARY:{summary}\r\n" in client.get("/calendar/events.ics").text


@pytest.fixture
def trained(tmp_path: Path) -> Iterator[TestClient]:
    with registry(tmp_path / "training", exercise=True) as node, browsing(node) as made:
        yield made


def test_what_somebody_begins_in_a_demo_or_a_training_is_invented(trained: TestClient) -> None:
    body = {"kind": "organisation", "property": "name", "value": "Institute of Practice", "lang": "en"}
    told(trained, "say", **body, source="https://a.example")
    (claim,) = trained.get("/api/v1/tables/cooperation_claim", params={"value": body["value"]}).json()["data"]
    assert claim["entity_id"].startswith("invented:organisation:")
    assert claim["is_invented"] is True
    told(trained, "send", **body, source="https://b.example")
    (held,) = trained.get("/api/v1/tables/cooperation_held").json()["data"]
    assert held["entity_id"].startswith("invented:organisation:")
    assert held["is_invented"] is True


def test_nobody_gets_an_entry_without_an_office_by_practising(trained: TestClient) -> None:
    body = {"kind": "person", "property": "name", "value": "Aset Suleimen", "source": "https://a.example"}
    assert trained.post(f"{ACTS}say", json=body).status_code == 403


@pytest.mark.parametrize(
    ("begins", "start", "fed"),
    [
        pytest.param("2027-05-17T10:00[Asia/Almaty]", None, "DTSTART;TZID=Asia/Almaty:20270517T100000", id="a moment"),
        pytest.param("2027-05-17", None, "DTSTART;VALUE=DATE:20270517", id="no moment, but a day"),
        pytest.param("in May", "2027-05-18", "DTSTART;VALUE=DATE:20270518", id="none, and the day beside it"),
        pytest.param("in May", None, None, id="no day"),
    ],
)
def test_an_event_that_begins_at_a_moment_is_offered_to_calendars_as_the_feed_has_it(
    node: Node, client: TestClient, begins: str, start: str | None, fed: str | None
) -> None:
    days = [f"fair,event,start,{start}"] if start else []
    assert sent(node, "sheet", sheet("fair,event,name,Fair", f"fair,event,begins,{begins}", *days)).accepted
    follow(node)
    (entity,) = (row for row in rows(node, "cooperation_entity") if row["entity_id"] == "event:ministry:fair")
    assert is_fed(entity) == (fed is not None)
    answer = client.get(f"/calendar/event/{entity['entity_id']}")
    assert answer.status_code == (404 if fed is None else 200)
    assert fed is None or fed in answer.text
