"""A file can be tried: the answer says what would come of it, and nothing of it is kept."""

from pathlib import Path

import orjson
import pytest
from starlette.testclient import TestClient
from tests.apps.api.conftest import calling, deliver, opened, sightings

from birlik import assembly, settings
from birlik.clock import SetClock
from birlik.kernel.node import Node

TRY = "/api/v1/deliveries?try=true"
GOOD, BAD = orjson.dumps(sightings(30)), orjson.dumps([*sightings(1), {"dust_g": 1}])


def kept(node: Node) -> tuple[int, ...]:
    """All that a delivery could leave behind."""
    reader = node.reader(node.operator)
    tables = ("birlik_message", "birlik_quarantine", *node.store.catalogue.tables)
    journal = sum(f.stat().st_size for f in (node.store.folder / "journal").iterdir())
    return (journal, *(reader.rows(name).num_rows for name in dict.fromkeys(tables)))


def test_the_answer_has_the_first_rows_with_their_units_and_how_many_there_would_be(client: TestClient) -> None:
    told = client.post(TRY, content=GOOD).json()
    assert (told["tried"], told["intake"], told["accepted"], told["refused"], told["failed"]) == (
        True,
        "sightings",
        30,
        [],
        None,
    )
    (table,) = told["tables"]
    assert (table["table"], table["rows_n"], len(table["rows"])) == ("toy_sighting", 30, 20)
    units = {f["name"]: (f["type"], f["unit"]) for f in table["fields"]}
    assert (units["dust_g"], units["seen_time"]) == (("float", "g"), ("time", ""))
    first = table["rows"][0]
    assert (first["seen_time"], first["notes"]) == ("2026-01-01T00:00:00.000250Z", None)
    assert (table["rows"][1]["notes"], first["dust_g"]) == ({"by": "Ä"}, 0.5)


@pytest.mark.parametrize(
    ("body", "query"),
    [(GOOD, ""), (BAD, "&intake=sightings"), (b"GIF89a", ""), (b"", ""), (b"[" + b" " * 5_000 + b"]", "")],
    ids=["right", "partly wrong", "unknown", "empty", "over the limit"],
)
def test_nothing_is_kept_whatever_is_tried(tmp_path: Path, body: bytes, query: str) -> None:
    limits = {"body_limit_bytes": 100_000, "file_limit_bytes": 5_001 if body[:2] == b"[ " else 100_000}
    with opened(tmp_path / "node", **limits) as node, calling(node) as client:
        deliver(node, sightings(1))
        before = kept(node)
        answer = client.post(TRY + query, content=body)
        assert answer.status_code == (413 if len(body) == 5_002 else 200)
        assert kept(node) == before


def test_what_would_be_refused_is_said_with_its_place_and_kept_nowhere(client: TestClient, node: Node) -> None:
    before = kept(node)
    told = client.post(TRY, content=BAD).json()
    sent = client.post("/api/v1/deliveries", content=BAD).json()
    assert (told["refused"], told["failed"]) == (sent["refused"], sent["failed"])
    assert told["refused"], "the body has a fault, so there is one to be told"
    assert kept(node) != before, "what is sent is kept: so what is measured here can tell"


def test_a_slip_in_the_word_sends_nothing(client: TestClient, node: Node) -> None:
    before = kept(node)
    answer = client.post("/api/v1/deliveries?try=yes", content=GOOD)
    assert (answer.status_code, answer.json()["parameter"]) == (400, "try")
    assert kept(node) == before


def test_a_page_of_another_site_can_try_nothing(client: TestClient) -> None:
    assert client.post(TRY, content=GOOD, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.post(TRY, content=GOOD, headers={"origin": "http://127.0.0.1:9000"}).status_code == 403


def test_the_document_tells_how_a_file_is_tried(client: TestClient) -> None:
    said = client.get("/openapi.json").json()["paths"]["/api/v1/deliveries"]["post"]
    (parameter,) = [p for p in said["parameters"] if p["name"] == "try"]
    assert parameter["schema"] == {"type": "boolean", "default": False}


def test_reasons_come_in_the_callers_language(tmp_path: Path) -> None:
    settings.write_new(tmp_path / "node", "KAZ")
    node = assembly.open_node(tmp_path / "node", clock=SetClock(), memory_limit="400MB", threads=2)
    try:
        with calling(node) as client:
            body = b"object,time,place,event\nplate:KZ 1,no time,own:kz-nurzholy,queue\n"
            english, kazakh = (client.post(f"{TRY}&lang={tag}", content=body).json() for tag in ("en", "kk"))
            assert english["parameters"] == {"profile": "border_events"}
            assert (
                english["refused"][0]["where"]
                == kazakh["refused"][0]["where"]
                == {
                    "line": 2,
                    "column": 2,
                    "field": "time",
                }
            )
            assert english["refused"][0]["reason"] != kazakh["refused"][0]["reason"]
    finally:
        node.close()
