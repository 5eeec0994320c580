"""What is done to the node itself is declared like any act: one route, a line in the journal, one in the audit."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient
from tests.apps.api.conftest import HERE, calling, deliver, opened, sightings
from tests.apps.api.toy import DOMAIN

from birlik import assembly
from birlik.apps.api.app import create_app
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.node import Node
from birlik.kernel.own import OWN
from birlik.kernel.service import Service

ACTS = "/api/v1/acts"
BAD = orjson.dumps([*sightings(1), {"dust_g": 1}])
GOOD = orjson.dumps(sightings(2))


@pytest.fixture
def entry(client: TestClient) -> str:
    client.post("/api/v1/deliveries?source=nursery", content=BAD)
    return str(client.get("/api/v1/quarantine").json()["data"][0]["quarantine_id"])


def done(client: TestClient, name: str, **told: Any) -> dict[str, Any]:
    answer = client.post(f"{ACTS}/birlik_{name}", json=told)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def lines(client: TestClient) -> list[tuple[str, Any]]:
    """What the audit says: (act, about)."""
    rows = client.get("/api/v1/tables/birlik_act").json()["data"]
    return [(row["act"], row["about"]) for row in rows]


def test_they_are_listed_with_their_parameters_and_who_may(client: TestClient) -> None:
    listed = {act["name"]: act for act in client.get(ACTS).json()["data"]}
    assert {act.name for act in OWN.acts} <= set(listed)
    assert (listed["birlik_pin"]["role"], listed["birlik_backup"]["role"]) == ("reader", "administrator")
    assert listed["birlik_quarantine_resend"]["file"]


def test_an_entry_is_sent_again_corrected_by_a_text_and_told_what_came_of_it(client: TestClient, entry: str) -> None:
    made = done(client, "quarantine_resend", quarantine_id=entry, text=GOOD.decode())
    assert (made["receipt"]["accepted"], made["receipt"]["refused"], made["about"]) == (1, [], {"quarantine_id": entry})
    assert client.get(f"/api/v1/quarantine/{entry}").json()["status"] == "resent"
    assert lines(client) == [("birlik_quarantine_resend", {"quarantine_id": entry})]


def test_an_entry_is_sent_again_corrected_by_a_file(client: TestClient, entry: str) -> None:
    told = {"data": {"quarantine_id": entry}, "files": {"file": ("better.json", GOOD)}}
    made = client.post(f"{ACTS}/birlik_quarantine_resend", **told).json()
    assert made["receipt"]["accepted"] == 1
    answer = client.post(f"{ACTS}/birlik_quarantine_dismiss", **told)
    assert (answer.status_code, "takes no file" in answer.json()["detail"]) == (400, True)


def test_an_entry_is_put_aside_once_however_often_it_is_sent(client: TestClient, entry: str) -> None:
    told, name = {"quarantine_id": entry}, {"idempotency-key": "one"}
    first, again = (client.post(f"{ACTS}/birlik_quarantine_dismiss", json=told, headers=name).json() for _ in range(2))
    assert (first["changes_n"], first["repeated"], again["repeated"]) == (1, False, True)
    assert first["act_id"] == again["act_id"]
    assert len(lines(client)) == 1


def test_a_register_is_edited_by_one_act_and_its_past_knows_who(client: TestClient, node: Node) -> None:
    made = done(client, "register_edit", table="toy_shelf", rows=[{"shelf_id": "s1", "name_en": "Lowest"}])
    assert made["changes_n"] == 1
    row = client.get("/api/v1/tables/toy_shelf/rows/s1").json()["data"]
    assert (row["name_en"], row["height_m"]) == ("Lowest", 0.5)
    (newest, shipped) = client.get("/api/v1/tables/toy_shelf/history/s1").json()["data"]
    assert (newest["known_from"], shipped["known_from"]) == (node.operator.name, None)
    answer = client.post(f"{ACTS}/birlik_register_edit", json={"table": "moon", "rows": [{}]})
    assert (answer.status_code, "toy_shelf" in answer.json()["detail"]) == (404, True)


def test_a_copy_is_made_by_an_act_and_holds_the_node(client: TestClient, tmp_path: Path) -> None:
    made = done(client, "backup", folder=str(tmp_path / "copy"))
    assert made["about"]["size_bytes"] > 0
    assert lines(client) == [("birlik_backup", made["about"])]
    assert client.post(f"{ACTS}/birlik_backup", json={"folder": "here"}).status_code == 400


def test_figures_are_kept_by_an_act(client: TestClient, filled: Node) -> None:
    made = done(client, "pin")
    assert made["about"]["as_of"] == client.post("/api/v1/pin").json()["as_of"]


def test_a_rebuild_has_what_they_did_and_who_did_it(tmp_path: Path) -> None:
    with opened(tmp_path / "node") as node, calling(node) as client:
        deliver(node, sightings(3))
        client.post("/api/v1/deliveries?source=nursery", content=BAD)
        (entry,) = client.get("/api/v1/quarantine").json()["data"]
        done(client, "quarantine_dismiss", quarantine_id=entry["quarantine_id"])
        done(client, "register_edit", table="toy_shelf", rows=[{"shelf_id": "s1", "name_en": "Lowest"}])
        before = everything(node)
    (tmp_path / "node" / "store.duckdb").unlink()
    again = assembly.open_node(tmp_path / "node", declared=(DOMAIN,), clock=SetClock())
    try:
        pipeline.follow(again)
        assert everything(again) == before
    finally:
        again.close()


def everything(node: Node) -> list[Any]:
    reader = node.reader(node.operator)
    return [reader.rows(name).to_pylist() for name in ("birlik_act", "birlik_quarantine", "toy_shelf", "toy_sighting")]


def test_an_act_where_nobody_writes_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    with opened(tmp_path / "node") as node:
        client = TestClient(create_app(Service(node)), base_url="http://127.0.0.1:8080", client=HERE)
        answer = client.post("/api/v1/pin")
        assert answer.status_code == 503
        assert "isn't writing" in answer.json()["detail"]
