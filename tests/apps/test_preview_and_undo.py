"""An act says what it would do before it is done, and is undone where nobody changed its rows since: three faces."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.support.aviary import AVIARY, BIRD, CAGE, MEDIA_TYPE, change, changes
from tests.support.nodes import FOR_MEMBERS, delivery, opened, rows
from tests.support.server import browsing, serving

from birlik.apps.cli.main import run
from birlik.kernel import pipeline
from birlik.kernel.node import Node

ACTS = "/api/v1/acts"
MOVE = {"cage_id": "c1", "to_cage_id": "c2"}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """Two cages, three birds in the first."""
    with opened(tmp_path / "node", declared=(AVIARY,), follow_every_s=3600) as made:
        birds = [change(BIRD, bird_id=f"b{i}", name=f"Bek {i}", species="owl", cage_id="c1") for i in range(3)]
        told = [change(CAGE, cage_id="c1", name="north"), change(CAGE, cage_id="c2", name="south"), *birds]
        pipeline.take(made, [delivery(changes(told), made, media_type=MEDIA_TYPE, labels=FOR_MEMBERS)])
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with browsing(node) as made:
        yield made


def done(client: TestClient, act: str, /, **told: Any) -> dict[str, Any]:
    answer = client.post(f"{ACTS}/{act}", json=told)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def cages(node: Node, view: str = "own") -> list[str]:
    return [row["cage_id"] for row in rows(node, BIRD.name, view)]


# --- before -------------------------------------------------------------------------------------------------------


def test_a_preview_counts_the_rows_and_shows_the_first_before_and_after(client: TestClient, node: Node) -> None:
    made = client.post(f"{ACTS}/aviary_move?preview=true", json=MOVE).json()
    (table,) = made["tables"]
    assert (made["preview"], made["n"], table["table"], table["n"]) == (True, 3, BIRD.name, 3)
    first = table["rows"][0]
    assert (first["before"]["cage_id"], first["after"]["cage_id"]) == ("c1", "c2")
    assert first["after"]["name"] == "Bek 0", "what it doesn't say stays"
    assert cages(node) == ["c1"] * 3
    assert rows(node, "birlik_act") == []


def test_what_would_be_refused_is_refused_before(client: TestClient) -> None:
    wrong = client.post(f"{ACTS}/aviary_move?preview=true", json={**MOVE, "to_cage_id": "moon"})
    assert (wrong.status_code, "moon" in wrong.json()["detail"]) == (400, True)
    ending = client.delete("/api/v1/tables/aviary_cage/rows/c1?preview=true")
    assert ending.status_code == 409


def test_a_preview_of_what_is_sent_again_tells_what_it_would_bring(client: TestClient, node: Node) -> None:
    lonely = change(BIRD, bird_id="b9", cage_id="moon")
    pipeline.take(node, [delivery(changes([lonely]), node, media_type=MEDIA_TYPE)])
    (entry,) = client.get("/api/v1/quarantine").json()["data"]
    told = {"quarantine_id": entry["quarantine_id"]}
    made = client.post(f"{ACTS}/birlik_quarantine_resend?preview=true", json=told).json()
    assert made["brings"]["rows_n"] == {BIRD.name: 1}
    assert client.get("/api/v1/quarantine").json()["data"][0]["status"] == "open"


def test_the_form_shows_it_and_keeps_what_was_typed(client: TestClient, node: Node) -> None:
    page = client.post("/aviary/act/aviary_move?key=c1", data={"to_cage_id": "c2", "-preview": "1", "-token": "t"})
    assert page.status_code == 200
    assert "It would touch 3 rows." in page.text
    assert "c1 → c2" in page.text
    assert 'value="c2"' in page.text
    assert cages(node) == ["c1"] * 3
    form = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    sent = {name: unescape(value) for name, value in form if name.startswith("-")}
    client.post("/aviary/act/aviary_move?key=c1", data={**sent, "to_cage_id": "c2"})
    assert cages(node) == ["c2"] * 3


# --- after --------------------------------------------------------------------------------------------------------


def test_an_undone_act_leaves_the_rows_as_they_were_for_whom_they_were(client: TestClient, node: Node) -> None:
    made = done(client, "aviary_move", **MOVE)
    assert cages(node, "members") == ["c2"] * 3
    undone = done(client, "birlik_undo", act_id=made["act_id"])
    assert undone["changes_n"] == 3
    assert cages(node) == cages(node, "members") == ["c1"] * 3
    done(client, "birlik_undo", act_id=undone["act_id"])
    assert cages(node) == ["c2"] * 3, "an undoing is undone too"


def test_what_ended_is_there_again_and_what_began_ends(client: TestClient, node: Node) -> None:
    ended = done(client, "aviary_bird_end", bird_id="b0")
    assert len(cages(node)) == 2
    done(client, "birlik_undo", act_id=ended["act_id"])
    assert (len(cages(node)), len(cages(node, "members"))) == (3, 3)
    begun = done(client, "aviary_bird_begin", name="Aru", species="crane", cage_id="c2")
    done(client, "birlik_undo", act_id=begun["act_id"])
    assert len(cages(node)) == 3


def test_what_somebody_has_changed_since_is_not_undone(client: TestClient, node: Node) -> None:
    made = done(client, "aviary_move", **MOVE)
    done(client, "aviary_bird_change", bird_id="b1", name="Bekzat")
    answer = client.post(f"{ACTS}/birlik_undo", json={"act_id": made["act_id"]})
    assert (answer.status_code, "Birds b1 has been changed since" in answer.json()["detail"]) == (409, True)
    assert cages(node) == ["c2"] * 3, "all or nothing"


@pytest.mark.parametrize(("act", "status"), [("none", 404), ("pin", 409)])
def test_what_changed_no_rows_can_not_be_undone(client: TestClient, act: str, status: int) -> None:
    act_id = done(client, "birlik_pin")["act_id"] if act == "pin" else act
    assert client.post(f"{ACTS}/birlik_undo", json={"act_id": act_id}).status_code == status


def test_a_record_has_a_button_that_undoes_its_last_act(client: TestClient, node: Node) -> None:
    done(client, "aviary_bird_change", bird_id="b1", name="Bekzat")
    page = client.get("/aviary/record/aviary_bird/b1").text
    form = re.search(r'<form class="settle" method="post" action="(/birlik/act/birlik_undo[^"]*)">(.*?)</form>', page)
    assert form is not None
    sent = {n: unescape(v) for n, v in re.findall(r'name="([^"]+)" value="([^"]*)"', form[2])}
    after = client.post(unescape(form[1]), data=sent)
    assert after.url.path == "/aviary/record/aviary_bird/b1"
    assert "Undo: done. 1 row was touched." in after.text
    assert [row["name"] for row in rows(node, BIRD.name)] == ["Bek 0", "Bek 1", "Bek 2"]
    assert "birlik_undo" not in client.get("/aviary/record/aviary_bird/b2").text, "no act stands behind it"


def test_the_command_line_does_both(node: Node, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(node) as url:
        assert run(["act", "do", "aviary_move", "cage_id=c1", "to_cage_id=c2", "--preview", "--url", url]) == 0
        assert "it would touch 3 rows" in capsys.readouterr().out
        assert cages(node) == ["c1"] * 3
        assert run(["act", "do", "aviary_move", "cage_id=c1", "to_cage_id=c2", "--url", url]) == 0
        act_id = capsys.readouterr().out.split("act ")[-1].strip()
        assert run(["act", "undo", act_id, "--url", url]) == 0
        assert cages(node) == ["c1"] * 3
