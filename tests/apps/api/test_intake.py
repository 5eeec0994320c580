"""What is sent in: files, protocol calls, edits of registers, and the way out of quarantine."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient
from tests.apps.api.conftest import calling, opened, sightings
from tests.apps.api.toy import DOMAIN

from birlik import assembly
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.node import Node

GOOD, BAD = orjson.dumps(sightings(3)), orjson.dumps([*sightings(1), {"dust_g": 1}])


@pytest.fixture
def small(tmp_path: Path) -> Iterator[TestClient]:
    """A node that takes a kilobyte, and two requests a second from one source."""
    limits = {"body_limit_bytes": 1_000, "file_limit_bytes": 2_000, "rate_per_s": 2.0}
    with opened(tmp_path / "small", **limits) as node, calling(node) as client:
        yield client


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("intake=sightings", {}),
        ("intake=application/vnd.toy%2Bjson", {}),
        ("", {"content-type": "application/vnd.toy+json"}),
        ("", {}),
    ],
    ids=["by name", "by media type", "by content type", "recognised"],
)
def test_a_file_is_taken(client: TestClient, query: str, headers: dict[str, str]) -> None:
    answer = client.post(f"/api/v1/deliveries?source=nursery&{query}", content=GOOD, headers=headers)
    assert answer.status_code == 200
    assert (answer.json()["accepted"], answer.json()["refused"]) == (3, [])
    (source,) = client.get("/api/v1/sources").json()["data"]
    assert (source["source_id"], source["messages_n"], source["accepted_n"]) == ("nursery", 1, 3)


def test_a_form_with_a_file_is_taken(client: TestClient) -> None:
    answer = client.post("/api/v1/deliveries", files={"file": ("toys.json", GOOD)})
    assert answer.json()["accepted"] == 3
    message = client.get("/api/v1/tables/birlik_message").json()["data"][0]
    assert (message["filename"], message["source_id"]) == ("toys.json", "anonymous")


@pytest.mark.parametrize(
    ("query", "body", "said"),
    [
        ("intake=nix", GOOD, "no intake 'nix'"),
        ("marking=PINK", GOOD, "RED, AMBER+STRICT"),
        ("audience=martians", GOOD, "no view 'martians'"),
        ("resends=x", GOOD, "not for a delivery to say"),
    ],
)
def test_what_cannot_be_placed_is_refused_with_what_can(client: TestClient, query: str, body: bytes, said: str) -> None:
    answer = client.post(f"/api/v1/deliveries?{query}", content=body)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


def test_a_file_that_nobody_recognises_is_kept_in_quarantine(client: TestClient) -> None:
    answer = client.post("/api/v1/deliveries", content=b"GIF89a").json()
    assert (answer["accepted"], "no intake knows this form" in answer["failed"]) == (0, True)
    (entry,) = client.get("/api/v1/quarantine").json()["data"]
    assert client.get(f"/api/v1/quarantine/{entry['quarantine_id']}/raw").content == b"GIF89a"


def test_labels_come_from_the_request(client: TestClient) -> None:
    client.post("/api/v1/deliveries?marking=GREEN&audience=partners", content=GOOD)
    client.post("/api/v1/deliveries", content=BAD, headers={"birlik-marking": "RED"})
    said = client.get("/api/v1/tables/birlik_message?order=marking").json()["data"]
    assert [row["marking"] for row in said] == ["GREEN", "RED"]


def test_a_protocol_call_reaches_its_domain_with_all_that_it_needs(client: TestClient) -> None:
    fix = "toy_id=a&seen_time=2026-01-01T00:00:00Z&shelf_id=s1"
    answer = client.get(f"/toys/see/attic?{fix}", headers={"birlik-source": "camera"})
    assert answer.json() == {"accepted": 1, "source": "camera", "path": {"room": "attic"}}
    answer = client.post("/toys/see/attic", content=b"no json")
    assert (answer.status_code, answer.json()["kind"]) == (400, "Malformed")
    assert answer.json()["where"] == {"line": 1, "column": 1}


@pytest.mark.parametrize("path", ["/toys/see/attic", "/api/v1/deliveries"])
def test_of_a_body_over_the_limit_only_sender_size_and_hash_are_kept(small: TestClient, path: str) -> None:
    body = b"[" + b" " * 5_000 + b"]"
    answer = small.post(path, content=body, headers={"birlik-source": "big"})
    assert (answer.status_code, answer.json()["kind"]) == (413, "TooLarge")
    (entry,) = small.get("/api/v1/quarantine").json()["data"]
    assert (entry["source_id"], entry["kind"]) == ("big", "TooLarge")
    assert entry["message_id"] == hashlib.sha256(body).hexdigest()
    assert small.get(f"/api/v1/quarantine/{entry['quarantine_id']}/raw").content == b""
    assert small.get("/api/v1/tables/birlik_message").json()["data"][0]["size_bytes"] == len(body)


def test_a_source_is_held_to_its_rate(small: TestClient) -> None:
    answers = [small.post("/api/v1/deliveries?source=fast", content=b"[]") for _ in range(4)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


# --- quarantine -----------------------------------------------------------------------------------------------


@pytest.fixture
def entry(client: TestClient) -> dict[str, Any]:
    client.post("/api/v1/deliveries?source=nursery", content=BAD)
    found: dict[str, Any] = client.get("/api/v1/quarantine").json()["data"][0]
    return found


def test_an_entry_shows_reason_place_and_bytes(client: TestClient, entry: dict[str, Any]) -> None:
    assert (entry["reason"], entry["pointer"], entry["status"]) == ("no toy", "/1", "open")
    shown = client.get(f"/api/v1/quarantine/{entry['quarantine_id']}").json()
    assert client.get(shown["raw"]).content == BAD
    assert client.get("/api/v1/quarantine?status=resent").json()["data"] == []


def test_a_corrected_message_takes_the_entrys_place(client: TestClient, entry: dict[str, Any]) -> None:
    place = f"/api/v1/quarantine/{entry['quarantine_id']}"
    assert client.post(f"{place}/resend", content=GOOD).json()["accepted"] == 2
    assert client.get(place).json()["status"] == "resent"


def test_a_message_is_sent_again_as_it_was(client: TestClient, entry: dict[str, Any]) -> None:
    receipt = client.post(f"/api/v1/quarantine/{entry['quarantine_id']}/resend").json()
    assert (receipt["accepted"], receipt["duplicates"], len(receipt["refused"])) == (0, 1, 1)


def test_a_file_of_no_known_form_is_recognised_once_it_is_corrected(client: TestClient) -> None:
    client.post("/api/v1/deliveries?source=nursery", content=b"GIF89a")
    (entry,) = client.get("/api/v1/quarantine").json()["data"]
    place = f"/api/v1/quarantine/{entry['quarantine_id']}"
    assert client.post(f"{place}/resend", content=GOOD).json()["accepted"] == 3
    assert client.get(place).json()["status"] == "resent"


@pytest.mark.parametrize(
    ("query", "accept", "said"),
    [
        pytest.param("", "", "no intake knows this form", id="English where nothing is asked for"),
        pytest.param("", "kk-KZ, en;q=0.5", "бұл пішінді ешбір қабылдағыш танымайды", id="by Accept-Language"),
        pytest.param("lang=kk", "en", "бұл пішінді ешбір қабылдағыш танымайды", id="lang wins"),
        pytest.param("", "ru", "no intake knows this form", id="a language that we don't have"),
    ],
)
def test_a_reason_is_told_in_the_callers_language(client: TestClient, query: str, accept: str, said: str) -> None:
    headers = {"accept-language": accept}
    receipt = client.post(f"/api/v1/deliveries?source=nursery&{query}", content=b"GIF89a", headers=headers).json()
    assert receipt["refused"][0]["reason"].startswith(said)
    for address in ("quarantine", "tables/birlik_quarantine"):
        answer = client.get(f"/api/v1/{address}?fields=reason&{query}", headers=headers)
        assert answer.json()["data"][0]["reason"].startswith(said)
        assert "Accept-Language" in answer.headers["vary"]
    identity = client.get("/api/v1/quarantine").json()["data"][0]["quarantine_id"]
    one = client.get(f"/api/v1/quarantine/{identity}?{query}", headers=headers).json()
    assert one["reason"].startswith(said)
    assert client.get("/api/v1/quarantine?lang=xx").status_code == 400


def test_an_entry_is_put_aside(client: TestClient, entry: dict[str, Any]) -> None:
    place = f"/api/v1/quarantine/{entry['quarantine_id']}"
    assert client.post(f"{place}/dismiss").json()["status"] == "dismissed"


def test_entries_that_are_alike_are_counted_and_put_aside_at_once(client: TestClient, node: Node) -> None:
    wrong = {"dust_g": 1}
    for source, n in (("nursery", 3), ("attic", 1)):
        client.post(f"/api/v1/deliveries?source={source}", content=orjson.dumps([*sightings(1), *[wrong] * n]))
    client.post("/api/v1/deliveries?source=nursery", content=b"GIF89a")
    found = client.get("/api/v1/quarantine/groups").json()["data"]
    assert (found[0]["source_id"], found[0]["n"]) == ("nursery", 3)
    assert len(found) == 3
    group = {name: found[0][name] for name in ("source_id", "kind", "about")}
    earlier = "2000-01-01T00:00:00Z"
    left = client.post("/api/v1/quarantine/dismiss", json={**group, "until": earlier}).json()["data"]
    assert len(left) == 3, "none that came later"
    left = client.post("/api/v1/quarantine/dismiss", json=group).json()["data"]
    assert {(g["source_id"], g["n"]) for g in left} == {("attic", 1), ("nursery", 1)}
    rows = client.get("/api/v1/quarantine?status=dismissed").json()["data"]
    assert {(r["source_id"], r["resolved_time"] is not None) for r in rows} == {("nursery", True)}


GROUP = {"source_id": "nursery", "kind": "malformed", "about": "no toy"}


@pytest.mark.parametrize(
    ("body", "said"),
    [({"source_id": "nursery"}, "kind"), ([], "a group is"), ({**GROUP, "until": "soon"}, "ISO 8601")],
    ids=["a part is missing", "no group", "no time"],
)
def test_a_group_that_is_not_told_is_not_dismissed(client: TestClient, body: Any, said: str) -> None:
    answer = client.post("/api/v1/quarantine/dismiss", json=body)
    assert (answer.status_code, said in answer.json()["detail"]) == (400, True)


@pytest.mark.parametrize("act", ["GET ", "GET /raw", "POST /resend", "POST /dismiss"])
def test_there_is_no_such_entry(client: TestClient, act: str) -> None:
    method, tail = act.split(" ")
    assert client.request(method, f"/api/v1/quarantine/nix{tail}").status_code == 404


# --- registers ------------------------------------------------------------------------------------------------

SHELVES = "/api/v1/tables/toy_shelf"
EDIT = "/api/v1/registers/toy_shelf/rows"


def names(client: TestClient) -> list[str]:
    return [row["name_en"] for row in client.get(SHELVES).json()["data"]]


def test_an_edit_takes_a_facts_place_and_leaves_out_what_stays(client: TestClient) -> None:
    for name in ("Lowest", "Low again", "Lowest"):
        answer = client.put(EDIT, json={"rows": [{"shelf_id": "s1", "name_en": name}]})
        assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
        assert names(client) == [name, "Middle", "High"]
    assert client.get(SHELVES).json()["data"][0]["height_m"] == 0.5


def test_a_rebuild_keeps_edits(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    with opened(folder) as node, calling(node) as client:
        client.put(EDIT, json={"rows": [{"shelf_id": "s4", "name_en": "Roof"}]})
    (folder / "store.duckdb").unlink()
    node = assembly.open_node(folder, declared=(DOMAIN,), clock=SetClock())
    try:
        assert "Roof" in node.store.registers()["toy_shelf"].column("name_en").to_pylist()
    finally:
        node.close()


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"rows": []}, 400, "an edit is"),
        ({"rows": [{"shelf_id": "s9"}]}, 400, "/rows/0/name_en"),
        ({"rows": [{"shelf_id": "s1", "height_m": "tall"}]}, 400, "/rows/0/height_m"),
        ({"rows": [{"shelf_id": "s1", "colour": "red"}]}, 400, "no field 'colour'"),
        ({"rows": [{"shelf_id": "s1"}, {"shelf_id": "s1"}]}, 400, "same key"),
    ],
)
def test_a_wrong_edit_changes_nothing(client: TestClient, body: Any, status: int, said: str) -> None:
    answer = client.put(EDIT, json=body)
    assert answer.status_code == status
    assert said in answer.json()["detail"]
    assert names(client) == ['Low, "left"', "Middle", "High"]


def test_only_registers_are_edited(client: TestClient) -> None:
    answer = client.put("/api/v1/registers/toy_sighting/rows", json={"rows": [{}]})
    assert (answer.status_code, "toy_shelf" in answer.json()["detail"]) == (404, True)


def test_an_edit_reaches_what_follows(client: TestClient, filled: Node) -> None:
    client.put(EDIT, json={"rows": [{"shelf_id": "s1", "name_en": "Lowest"}]})
    pipeline.follow(filled)
    assert filled.store.registers()["toy_shelf"].num_rows == 3
