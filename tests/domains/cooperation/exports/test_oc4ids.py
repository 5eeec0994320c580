"""OC4IDS in and out again: equal as JSON, and after one claim exactly that field differs."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.conftest import ROOT
from tests.support.registry import differing, sent

from birlik.clock import SetClock
from birlik.kernel.node import Node

OURS = ROOT / "examples" / "cooperation" / "projects.json"
BRIDGE = "project:oc4ids:oc4ids-exmpl1-bridge-7"


def asked(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def act(client: TestClient, name: str, **said: object) -> Any:
    answer = client.post(f"/api/v1/acts/{name}", json=said)
    assert answer.status_code == 200, answer.text
    return answer.json()["about"]


def claim(client: TestClient, entity_id: str, **where: str) -> dict[str, Any]:
    query = {"entity_id": entity_id, **where, "limit": "100"}
    rows = client.get("/api/v1/tables/cooperation_claim", params=query).json()["data"]
    (one,) = [row for row in rows if row["status"] == "published"]
    return dict(one)


@pytest.mark.reference
def test_the_reference_example_comes_out_as_it_went_in(node: Node, client: TestClient, reference_data: Path) -> None:
    body = (reference_data / "cooperation" / "oc4ids" / "example.json").read_bytes()
    assert not sent(node, "oc4ids", body).refused
    assert asked(client, "/oc4ids/packages") == json.loads(body)


@pytest.mark.reference
@pytest.mark.parametrize(
    ("name", "value", "pointer"),
    [
        ("stage", "decommissioning", "/projects/0/status"),
        ("name", "M75 J4 to J5", "/projects/0/title"),
        ("start", "2016-02", "/projects/0/period/startDate"),
        ("budget", "40000001 GBP", "/projects/0/budget/amount/amount"),
        ("budget", "40000000 EUR", "/projects/0/budget/amount/currency"),
        ("authority", "Highways of Example", "/projects/0/publicAuthority/name"),
    ],
)
def test_after_one_claim_exactly_that_field_of_the_reference_example_differs(
    node: Node, client: TestClient, reference_data: Path, name: str, value: str, pointer: str
) -> None:
    body = (reference_data / "cooperation" / "oc4ids" / "example.json").read_bytes()
    sent(node, "oc4ids", body)
    (entity_id,) = {row["entity_id"] for row in rows(client, "cooperation_record")}
    one = claim(client, entity_id, property=name)
    act(client, "cooperation_supersede", claim_id=one["claim_id"], value=value, reason="it was misread")
    assert list(differing(json.loads(body), asked(client, "/oc4ids/packages"))) == [pointer]


def rows(client: TestClient, table: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = client.get(f"/api/v1/tables/{table}", params={"limit": 100}).json()["data"]
    return made


def test_each_project_leaves_in_a_package_of_its_own_too(node: Node, client: TestClient) -> None:
    sent(node, "oc4ids", OURS.read_bytes())
    package = json.loads(OURS.read_bytes())
    one = asked(client, f"/oc4ids/packages/{BRIDGE}")
    assert one == package | {"projects": package["projects"][:1]}
    assert client.get("/oc4ids/packages/project:oc4ids:none").status_code == 404


def test_what_somebody_says_beside_a_record_leaves_with_it(node: Node, client: TestClient) -> None:
    sent(node, "oc4ids", OURS.read_bytes())
    told = {"entity_id": BRIDGE, "source": "https://news.example/bridge", "said": "2026-11-20"}
    act(client, "cooperation_say", **told, property="sector", value="transport.bridge", source_kind="primary")
    act(client, "cooperation_say", **told, property="purpose", value="To be quicker", source_kind="press")
    act(client, "cooperation_say", **told, property="stage", value="completion", source_kind="press")
    act(client, "cooperation_say", **told, property="end", value="2028-12", source_kind="primary")
    before = json.loads(OURS.read_bytes())["projects"][0]
    (after,) = asked(client, f"/oc4ids/packages/{BRIDGE}")["projects"]
    assert set(differing(before, after)) == {"/sector", "/purpose", "/period/endDate"}
    assert after["sector"] == ["transport", "transport.road", "transport.bridge"]
    assert after["period"]["endDate"] == "2028-12-31T00:00:00Z"
    assert after["status"] == "implementation"  # the press doesn't stand before the record


def test_what_was_withdrawn_leaves_no_more(node: Node, client: TestClient) -> None:
    sent(node, "oc4ids", OURS.read_bytes())
    one = claim(client, BRIDGE, property="location", value="Right bank")
    act(client, "cooperation_withdraw", claim_id=one["claim_id"], reason="it was said of another bridge")
    before = json.loads(OURS.read_bytes())["projects"][0]
    (after,) = asked(client, f"/oc4ids/packages/{BRIDGE}")["projects"]
    assert list(differing(before, after)) == ["/locations/1/description"]


def test_a_record_that_comes_again_supersedes_what_it_says_otherwise(node: Node, client: TestClient) -> None:
    assert isinstance(node.clock, SetClock)
    sent(node, "oc4ids", OURS.read_bytes())
    first = claim(client, BRIDGE, property="stage")
    told = claim(client, BRIDGE, property="description")
    act(client, "cooperation_withdraw", claim_id=told["claim_id"], reason="it has three lanes")
    node.clock.advance(timedelta(days=1))
    package = json.loads(OURS.read_bytes())
    package["projects"][0] |= {"status": "completion", "sector": ["transport"]}
    receipt = sent(node, "oc4ids", json.dumps(package).encode())
    assert not receipt.refused
    now = claim(client, BRIDGE, property="stage")
    assert now["value"] == "completion"
    before = client.get(f"/api/v1/tables/cooperation_claim/rows/{first['claim_id']}").json()["data"]
    assert (before["status"], before["superseded_by"]) == ("superseded", now["claim_id"])
    again = client.get(f"/api/v1/tables/cooperation_claim/rows/{told['claim_id']}").json()["data"]
    assert again["status"] == "withdrawn"  # what a person said of it isn't unsaid
    (after,) = asked(client, f"/oc4ids/packages/{BRIDGE}")["projects"]
    assert list(differing(package["projects"][0], after)) == ["/description"]


def test_two_suppliers_records_of_one_project_are_claims_of_both(node: Node, client: TestClient) -> None:
    package = json.loads(OURS.read_bytes())
    sent(node, "oc4ids", OURS.read_bytes())
    assert isinstance(node.clock, SetClock)
    node.clock.advance(timedelta(days=1))
    package["projects"] = [package["projects"][0] | {"status": "completion", "updated": "2026-11-09T00:00:00Z"}]
    sent(node, "oc4ids", json.dumps(package).encode(), source_id="builder")
    found = client.get("/api/v1/tables/cooperation_claim", params={"entity_id": BRIDGE, "property": "stage"})
    said = {row["value"]: row["order_n"] for row in found.json()["data"]}
    assert said["completion"] < said["implementation"]
    (after,) = asked(client, f"/oc4ids/packages/{BRIDGE}")["projects"]
    assert after["status"] == "completion"
