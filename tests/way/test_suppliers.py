"""What suppliers meet: heartbeats, odd values, slips of the caller, plates in many spellings, places just added."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.support.nodes import opened, rows

from birlik import assembly
from birlik.apps.serve import application
from birlik.kernel.node import Node
from birlik.kernel.service import Service

EVENTS = "object,time,place,event\n"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node", declared=assembly.domains()) as made:
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    app = application(Service(node), start=True)
    with TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 1)) as made:
        yield made


def sent(client: TestClient, body: str, **parameters: str) -> dict[str, Any]:
    answer = client.post("/api/v1/deliveries", params={"source": "customs", **parameters}, content=body.encode())
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_heartbeat_is_heard_of_and_is_no_fault(client: TestClient, node: Node) -> None:
    answer = client.get("/osmand", params={"id": "truck-17", "source": "fleet"})
    assert (answer.status_code, "sign of life" in answer.text) == (200, True)
    assert [m["source_id"] for m in rows(node, "birlik_message")] == ["fleet"]
    assert rows(node, "birlik_quarantine") == rows(node, "transport_movement") == []


def test_an_odd_speed_costs_the_speed_and_the_sender_is_told(client: TestClient, node: Node) -> None:
    answer = client.get("/osmand", params={"id": "1", "lat": "44.2", "lon": "80.4", "speed": "NaN"})
    assert "speed" in answer.json()["notices"][0]
    assert [m["speed_m_s"] for m in rows(node, "transport_movement")] == [None]


@pytest.mark.parametrize("body", [EVENTS + "KZ 1,2026-03-01T08:00:00Z,own:kz-nurzholy,queue\n", "nothing known"])
@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"profile": "border_event"}, "nearest is border_events"),
        ({"profile": "nonsense"}, "no profile 'nonsense'"),
        ({"profile_yaml": "name: x\nkind: positons"}, "kind"),
        ({"profile": "border_events", "intake": "positions"}, "is for border events, not for positions"),
    ],
)
def test_a_slip_of_the_caller_is_refused_before_anything_is_kept(
    client: TestClient, node: Node, body: str, parameters: dict[str, str], said: str
) -> None:
    answer = client.post("/api/v1/deliveries", params=parameters, content=body.encode())
    assert (answer.status_code, said in answer.json()["detail"]) == (400, True), answer.text
    assert rows(node, "birlik_message") == rows(node, "birlik_quarantine") == []


def test_a_plate_in_many_spellings_is_one_vehicle_and_shown_as_sent(client: TestClient, node: Node) -> None:
    spelt = ("KZ 123 ABC 02", "kz123abc02", "KZ-123-АВС-02")  # the last in Cyrillic
    lines = "".join(f"{p},2026-03-01T0{i}:00:00Z,own:kz-nurzholy,queue\n" for i, p in enumerate(spelt))
    assert sent(client, EVENTS + lines)["accepted"] == 3
    told = rows(node, "transport_movement")
    assert len({m["object_key"] for m in told}) == 1
    assert {m["object_id"] for m in told} == {"plate:KZ 123 ABC 02", "plate:KZ123ABC02", "plate:KZ-123-АВС-02"}


def test_a_place_that_an_operator_added_is_known_to_its_supplier(client: TestClient, node: Node) -> None:
    line = "KZ 1,2026-03-0{day}T08:00:00Z,unlocode:KZZZY,queue\n"
    assert "KZZZY" in "".join(sent(client, EVENTS + line.format(day=1))["notices"])
    place = {
        "place_id": "kz-new", "name_en": "New", "country": "KAZ", "kind": "border_post", "latitude": 44.0,
        "longitude": 80.0, "precision_km": 1.0, "zone_tz": "Asia/Almaty", "place_id_unlocode": "KZZZY",
    }  # fmt: skip
    answer = client.put("/api/v1/registers/transport_place/rows", json={"rows": [place]})
    assert answer.status_code == 200, answer.text
    assert sent(client, EVENTS + line.format(day=2))["notices"] == []
    assert {m["place_id"] for m in rows(node, "transport_movement")} == {None, "kz-new"}
