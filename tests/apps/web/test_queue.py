"""A queue: what waits, each row with its verdicts; and what people do about alerts."""

import dataclasses
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.support import alerting_toy
from tests.support.claims import CLAIMS, PAIR
from tests.support.nodes import opened, rows

from birlik import assembly, settings
from birlik.apps.serve import application
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.domain import Alerts, Page
from birlik.kernel.node import Node
from birlik.kernel.service import Service

PAGE = "/claims/pairs?whole=1"
WATCH = Page(
    name="watch",
    title="Watch",
    question="What is odd?",
    panels=(Alerts(name="alerts", title="Alerts"),),
)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node", declared=(CLAIMS,), follow_every_s=3600) as made:
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with client_of(node) as made:
        for i in (1, 2):
            pair = {"pair_id": f"p{i}", "left": f"Aru {i}", "right": f"Аru {i}", "state": "waiting"}
            assert made.post("/api/v1/tables/claims_pair/rows", json=pair).status_code == 201
        yield made


def client_of(node: Node) -> TestClient:
    app = application(Service(node), start=True)
    return TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000))


def press(client: TestClient, page: str, address: str) -> Any:
    """Press the button whose form is sent to an address that begins so."""
    form = re.search(
        rf'<form class="(?:settle|act)" method="post" action="({re.escape(address)}[^"]*)">(.*?)</form>', page, re.S
    )
    assert form, f"no button for {address}"
    data = {n: unescape(v) for n, v in re.findall(r'name="([^"]+)" value="([^"]*)"', form[2])}
    return client.post(unescape(form[1]), data=data, follow_redirects=False)


def test_a_queue_shows_what_waits_and_each_verdict(client: TestClient) -> None:
    html = client.get(PAGE).text
    assert [f"/claims/record/claims_pair/p{i}" in html for i in (1, 2)] == [True, True]
    assert re.search(r'<form class="settle"[^>]*action="/claims/act/claims_same\?key=p1"', html)
    assert re.search(r'<a href="/claims/act/claims_other\?key=p1&amp;back=', html), "what asks for a reason has a page"
    assert re.search(r'<td data-heading="since"><time datetime="2026-04-01T', html), "how long it has waited is seen"


def test_a_verdict_is_one_press_and_leads_back_to_what_still_waits(client: TestClient, node: Node) -> None:
    answer = press(client, client.get(PAGE).text, "/claims/act/claims_same?key=p1")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/claims/pairs?whole=1")
    html = client.get(answer.headers["location"]).text
    assert "They are one: done. 1 row was touched." in html
    assert ("record/claims_pair/p1" in html, "record/claims_pair/p2" in html) == (False, True)
    assert {r["pair_id"]: r["state"] for r in rows(node, PAIR.name)} == {"p1": "same", "p2": "waiting"}


def test_a_verdict_with_a_reason_comes_back_to_the_queue_too(client: TestClient, node: Node) -> None:
    html = client.get(PAGE).text
    (address,) = re.findall(r'href="(/claims/act/claims_other\?key=p2[^"]*)"', html)
    form = client.get(unescape(address)).text
    hidden = {n: unescape(v) for n, v in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)}
    wrong = client.post("/claims/act/claims_other?key=p2", data=hidden)
    assert (wrong.status_code, "a value is needed" in wrong.text) == (422, True)
    told = {**hidden, "reason": "another year"}
    right = client.post("/claims/act/claims_other?key=p2", data=told, follow_redirects=False)
    assert right.headers["location"].startswith("/claims/pairs?whole=1")
    assert {r["pair_id"]: r["reason"] for r in rows(node, PAIR.name)} == {"p1": None, "p2": "another year"}


def test_two_who_judge_one_pair_are_told_apart_and_a_double_click_is_not(client: TestClient, node: Node) -> None:
    first, second = client.get(PAGE).text, client.get(PAGE).text
    twice = [press(client, first, "/claims/act/claims_same?key=p1").status_code for _ in range(2)]
    assert twice == [303, 303]
    other = press(client, second, "/claims/act/claims_same?key=p1")
    assert (other.status_code, "Somebody has changed it" in other.text) == (422, True)


# --- alerts ---------------------------------------------------------------------------------------------------


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[tuple[TestClient, Callable[[], str], Node]]:
    """A node with one open alert, and its page."""
    folder = tmp_path / "watch"
    settings.write_new(folder, "KAZ")
    domain = dataclasses.replace(alerting_toy.DOMAIN, pages=(WATCH,))
    clock = SetClock(alerting_toy.NOON)
    node = assembly.open_node(folder, declared=(domain,), clock=clock, follow_every_s=3600, memory_limit="400MB")
    toy = alerting_toy.Toy.__new__(alerting_toy.Toy)
    toy.folder, toy.clock, toy.node = folder, clock, node
    toy.shows(9.0)
    pipeline.follow(node)
    with client_of(node) as made:
        yield made, lambda: made.get("/toy/watch?whole=1").text, node
    node.close()


def test_an_alert_is_acknowledged_once_and_says_by_whom(watch: Any) -> None:
    client, page, node = watch
    stale = page()
    assert press(client, stale, "/birlik/act/birlik_alert_acknowledge").headers["location"].startswith("/toy/watch")
    html = page()
    assert "acknowledged" in html.partition('class="log"')[2]
    assert node.operator.name in html.partition('class="log"')[2]
    assert "birlik_alert_acknowledge" not in html
    alert_id = rows(node, "birlik_shift")[0]["alert_id"]
    again = client.post("/api/v1/acts/birlik_alert_acknowledge", json={"alert_id": alert_id})
    assert (again.status_code, "already" in again.json()["detail"]) == (409, True)


def test_a_note_and_a_handover_stand_below_the_alert_and_in_the_shift_log(watch: Any) -> None:
    client, page, node = watch
    (alert,) = [r for r in rows(node, "birlik_alert") if r["status"] == "open"]
    address = f"/birlik/act/birlik_alert_note?key={alert['alert_id']}"
    assert "g shows 9.0" in client.get(address).text
    client.post(address, data={"text": "called <b>the post</b>"})
    client.post(
        f"/birlik/act/birlik_alert_hand_over?key={alert['alert_id']}", data={"to": "night shift", "text": "look at 4"}
    )
    log = page().partition('class="log"')[2]
    assert "called &lt;b&gt;the post&lt;/b&gt;" in log
    assert "night shift: look at 4" in log
    shift = client.get("/birlik/records/birlik_shift?whole=1").text
    assert "night shift" in shift
    assert {r["act"] for r in rows(node, "birlik_act")} == {"birlik_alert_note", "birlik_alert_hand_over"}


def test_an_alert_that_is_not_there_takes_no_note(watch: Any) -> None:
    client, _, node = watch
    for name in ("birlik_alert_note", "birlik_alert_acknowledge"):
        told = {"alert_id": "none", "text": "x"} if name.endswith("note") else {"alert_id": "none"}
        assert client.post(f"/api/v1/acts/{name}", json=told).status_code == 404
    assert rows(node, "birlik_shift") == []
