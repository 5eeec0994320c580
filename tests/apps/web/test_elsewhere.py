"""Figures that rest on a result computed elsewhere say so on the pages and in the API, and when it is stale."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.apps.web.conftest import CROSSING, NOW, domains, events

from birlik import assembly, settings
from birlik.apps.serve import application
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.archiving import computing
from birlik.kernel.archiving.location import Location
from birlik.kernel.intake import Delivery
from birlik.kernel.node import Node
from birlik.kernel.service import Service

PANEL = f"/transport/crossing/-/panel/trend?crossing_id={CROSSING}&direction=a_to_b&mode=road"
FIGURES = f"/api/v1/indicators/tfi1_day?crossing_id={CROSSING}&direction=a_to_b"
LATE = b"object,time,place,event\nplate:KZ 999 LAT 01,2026-03-04T10:00:00Z,own:kz-nurzholy,queue\n"


def tell(node: Node, body: bytes) -> None:
    media_type = next(i.media_type for i in node.intakes.values() if i.name.startswith("border"))
    told = {"media_type": media_type, "parameters": {"profile": "border_events"}, "filename": "events.csv"}
    at = node.clock.now()
    pipeline.take(node, [Delivery(body=body, source_id="border-guard", received_time=at, **told)])
    pipeline.follow(node, at + timedelta(minutes=1))


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("elsewhere") / "node"
    settings.write_new(folder, "KAZ", "Kazakhstan")
    node = assembly.open_node(folder, clock=SetClock(NOW + timedelta(days=20)), declared=domains())
    tell(node, events())
    yield node
    node.close()


def test_pages_and_answers_say_what_was_computed_elsewhere_and_when_it_is_stale(node: Node, tmp_path: Path) -> None:
    pages = TestClient(application(Service(node)), base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000))

    def said() -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = pages.get(FIGURES).json()["attached"]
        return told

    def asked(what: str, **told: str) -> Any:
        answer = pages.post(f"/api/v1/node/{what}", json=told)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert said() == []
    assert "computed elsewhere" not in pages.get(PANEL).text

    archive, out = Location(str(tmp_path / "archive")), Location(str(tmp_path / "out"))
    asked("archive", uri=archive.uri)
    order = computing.Order(name="transport_crossing_episode", archive=archive, view="own", out=out)
    computing.compute(node.store.catalogue, order, computing.Embedded())
    before = pages.get(FIGURES).json()["data"]
    assert [one["stands"] for one in asked("attach", uri=out.uri)["data"]] == [True]
    pipeline.follow(node, node.clock.now() + timedelta(minutes=3))
    assert [(one["name"], one["generation"], one["stale"]) for one in said()] == [(order.name, 1, False)]
    assert "computed elsewhere from 1 Mar 2026 to 31 Mar 2026<" in pages.get(PANEL).text
    values = [(row["exit_day"], row["value"], row["n"]) for row in pages.get(FIGURES).json()["data"]]
    assert values == [(row["exit_day"], row["value"], row["n"]) for row in before], "it says what the node said"

    tell(node, LATE)
    assert asked("archive", uri=archive.uri)["added"]["transport_movement"] == 1
    assert [one["stale"] for one in pages.get("/api/v1/node/attached").json()["data"]] == [True]
    assert [one["stale"] for one in said()] == [True]
    assert "2026; stale: more rows have been archived since" in pages.get(PANEL).text.replace("\n", " ")
    assert "ескірген: содан бері тағы жолдар мұрағатталды" in pages.get(f"{PANEL}&lang=kk").text

    assert asked("detach", name=order.name, view="own")["data"] == []
    assert said() == []
    refused = pages.post("/api/v1/node/attach", json={"url": "/x"})
    assert (refused.status_code, refused.json()["detail"][:33]) == (400, "the body is a JSON object with ur")
