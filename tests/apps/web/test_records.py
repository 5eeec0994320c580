"""The page of a row of a kept table and the forms of its acts, over HTTP, of a domain that declares no page."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient
from tests.support.aviary import AVIARY, BIRD, CAGE, MEDIA_TYPE, change, changes
from tests.support.nodes import FOR_MEMBERS, HIDDEN, delivery, follow, opened, principal, rows
from tests.support.server import browsing

from birlik.apps.api.app import create_app
from birlik.apps.web.app import mount
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.node import Node
from birlik.kernel.policy import Principal
from birlik.kernel.service import Service

CAGES = "/aviary/record/aviary_cage"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node", declared=(replace(AVIARY, pages=()),), follow_every_s=3600) as made:
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with browsing(node) as made:
        yield made


@pytest.fixture
def aviary(node: Node, client: TestClient) -> None:
    """Two cages, a bird in the first."""
    say(
        node,
        change(CAGE, cage_id="c1", name="north", area_m2=4.25),
        change(CAGE, cage_id="c2", name="south"),
        change(BIRD, bird_id="b1", name="Bek", species="owl", cage_id="c1"),
    )


def say(node: Node, *items: Any, labels: Any = HIDDEN) -> None:
    pipeline.take(node, [delivery(changes(items), node, media_type=MEDIA_TYPE, labels=labels, source_id="keeper")])


def hidden(html: str, act: str) -> dict[str, str]:
    """The hidden fields of an act's form."""
    form = re.search(rf'<form class="act"[^>]*/act/{act}[?"].*?</form>', html, re.S)
    assert form, f"no form of {act}"
    return {n: unescape(v) for n, v in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[0])}


def send(client: TestClient, act: str, key: str = "", /, *, page: str = "", **typed: str) -> Any:
    """Fill in the form of an act, as it stands on its page, and send it."""
    address = f"/aviary/act/{act}" + (f"?key={key}" if key else "")
    data = {**hidden(page or client.get(address).text, act), **typed}
    return client.post(address, data=data, follow_redirects=False)


def errors(html: str) -> dict[str, str]:
    found = re.findall(r'class="field-error[^"]*" id="error-([^"]*)" role="alert">([^<]*)<', html)
    return {name: unescape(text) for name, text in found}


# --- the record -----------------------------------------------------------------------------------------------


def test_a_row_has_a_page_with_its_fields_what_it_refers_to_and_what_refers_to_it(
    client: TestClient, aviary: None
) -> None:
    cage, bird = client.get(f"{CAGES}/c1"), client.get("/aviary/record/aviary_bird/b1")
    assert (cage.status_code, bird.status_code) == (200, 200)
    assert "<h1>north <small>c1</small></h1>" in cage.text
    assert re.search(r"<dt>area, m²</dt><dd>4.25", cage.text)
    assert re.search(r'Birds <span class="unit">1</span>', cage.text)
    assert '<a href="/aviary/record/aviary_bird/b1">' in cage.text
    assert f'<a href="{CAGES}/c1">north</a>' in bird.text


def test_a_row_that_is_not_there_is_not_found(client: TestClient, aviary: None) -> None:
    for address in (f"{CAGES}/c9", "/aviary/record/aviary_nothing/x", "/birlik/record/aviary_cage/c1"):
        assert client.get(address).status_code == 404, address


def test_a_hidden_target_reads_as_ended_and_a_hidden_row_is_not_found(node: Node) -> None:
    say(node, change(CAGE, cage_id="c1", name="secret"), labels=HIDDEN)
    say(node, change(BIRD, bird_id="b1", name="Bek", cage_id="c1"), labels=FOR_MEMBERS)
    member = seen_by(node, principal(node, "members"))
    bird = member.get("/aviary/record/aviary_bird/b1").text
    assert re.search(r'<dd>c1 <span class="note">ended</span>', bird)
    assert "secret" not in bird
    assert 'class="act"' not in bird
    answer = member.get(f"{CAGES}/c1")
    assert (answer.status_code, "secret" in answer.text) == (404, False)
    gone = re.sub(r"\bc9\b", "c1", member.get(f"{CAGES}/c9").text)
    assert gone == answer.text, "what is hidden looks like what never was"


def seen_by(node: Node, who: Principal) -> TestClient:
    service = Service(node)
    app = create_app(service)

    def principal_of(request: Request) -> Principal:
        return who

    mount(app, service, principal_of, app.state.described)
    return TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000))


def test_the_past_of_a_row_stands_below_it_and_can_be_looked_at(client: TestClient, node: Node, aviary: None) -> None:
    assert isinstance(node.clock, SetClock)
    node.clock.advance(timedelta(hours=1))
    assert send(client, "aviary_cage_change", "c1", name="north wing", area_m2="4.25").status_code == 303
    follow(node)
    html = client.get(f"{CAGES}/c1").text
    past = html.partition('class="history"')[2]
    assert past.index("north wing") < past.index("keeper")
    (_, before) = re.findall(rf'<a href="({CAGES}/c1\?as_of=[^"]+)"', past)
    then = client.get(unescape(before)).text
    assert "<h1>north <small>" in then
    assert "As it stood on" in then
    assert 'class="act"' not in then


def test_what_has_ended_says_so_and_keeps_its_past(client: TestClient, node: Node, aviary: None) -> None:
    assert send(client, "aviary_cage_end", "c2").status_code == 303
    html = client.get(f"{CAGES}/c2").text
    assert "It has ended" in html
    assert "It ended." in html
    assert "south" in html.partition('class="history"')[2]


def test_a_list_of_a_kept_table_leads_to_each_row_and_to_the_form_that_begins_one(
    client: TestClient, node: Node, aviary: None
) -> None:
    follow(node)
    html = client.get("/aviary/records/aviary_cage?whole=1").text
    assert f'<a href="{CAGES}/c1">c1</a>' in html
    assert '<a href="/aviary/act/aviary_cage_begin">Begin' in html
    assert client.get(CAGES).url.path == "/aviary/records/aviary_cage"
    assert client.get("/").url.path.startswith("/aviary/records/")


# --- forms ----------------------------------------------------------------------------------------------------


def test_a_form_begins_a_row_and_leads_to_it_with_a_sentence(client: TestClient, node: Node, aviary: None) -> None:
    answer = send(client, "aviary_cage_begin", name="west", area_m2="7,5")
    assert answer.status_code == 303
    (made,) = [r for r in rows(node, CAGE.name) if r["name"] == "west"]
    assert made["area_m2"] == 7.5
    assert answer.headers["location"].startswith(f"{CAGES}/{made['cage_id']}?did=")
    assert 'role="status">Begin: done.' in client.get(answer.headers["location"]).text


def test_codes_and_few_rows_are_chosen_and_what_stands_is_filled_in(client: TestClient, aviary: None) -> None:
    html = client.get("/aviary/act/aviary_bird_change?key=b1").text
    assert re.search(r'<select[^>]*name="species".*?<option value="owl" selected>', html, re.S)
    assert re.search(r'<select[^>]*name="cage_id".*?<option value="c1" selected>north</option>', html, re.S)
    assert re.search(r'name="name"[^>]*value="Bek"', html)


def test_what_is_wrong_is_said_at_its_field_with_what_was_typed(client: TestClient, node: Node, aviary: None) -> None:
    answer = send(client, "aviary_cage_begin", name="", area_m2="wide")
    assert answer.status_code == 422
    assert errors(answer.text) == {
        "aviary_cage_begin-area_m2": "“wide” is no number: write it in digits, as 1500.5",
        "aviary_cage_begin-name": "a value is needed",
    }
    assert re.search(r'name="area_m2"[^>]*aria-invalid="true"[^>]*value="wide"', answer.text)
    answer = send(client, "aviary_cage_begin", name="", area_m2="3")
    assert errors(answer.text) == {"aviary_cage_begin-name": "a value is needed"}
    answer = send(client, "aviary_bird_begin", name="Aru", cage_id="nowhere")
    assert list(errors(answer.text)) == ["aviary_bird_begin-cage_id"]
    assert len(rows(node, CAGE.name)) == 2


def test_a_double_click_is_done_once(client: TestClient, node: Node, aviary: None) -> None:
    page = client.get("/aviary/act/aviary_cage_begin").text
    twice = [send(client, "aviary_cage_begin", page=page, name="west") for _ in range(2)]
    assert twice[0].headers["location"] == twice[1].headers["location"]
    assert [r["name"] for r in rows(node, CAGE.name)].count("west") == 1


def test_who_saw_an_older_row_is_told_and_keeps_what_they_typed(client: TestClient, node: Node, aviary: None) -> None:
    page = client.get("/aviary/act/aviary_cage_change?key=c1").text
    send(client, "aviary_cage_change", "c1", name="meanwhile", area_m2="4.25")
    late = send(client, "aviary_cage_change", "c1", page=page, name="mine", area_m2="4.25")
    assert late.status_code == 422
    assert "Somebody has changed it" in errors(late.text)["aviary_cage_change"]
    assert "stands now: meanwhile" in late.text
    assert 'value="mine"' in late.text
    again = send(client, "aviary_cage_change", "c1", page=late.text, name="mine", area_m2="4.25")
    assert again.status_code == 303
    assert "mine" in {r["name"] for r in rows(node, CAGE.name)}


def test_an_end_is_asked_once_more_and_says_what_hangs_on_it(client: TestClient, node: Node, aviary: None) -> None:
    record = client.get(f"{CAGES}/c1").text
    assert not re.search(r'<form class="act"[^>]*aviary_cage_end', record), "no button that ends it at once"
    assert 'href="/aviary/act/aviary_cage_end?key=c1"' in record
    sure = client.get("/aviary/act/aviary_cage_end?key=c1").text
    assert "<li>birds: 1</li>" in sure
    refused = send(client, "aviary_cage_end", "c1")
    assert refused.status_code == 422
    assert "b1" in errors(refused.text)["aviary_cage_end"]
    assert len(rows(node, CAGE.name)) == 2


def test_an_act_of_ones_own_has_its_form_on_the_row_that_it_is_about(
    client: TestClient, node: Node, aviary: None
) -> None:
    page = client.get(f"{CAGES}/c1").text
    assert send(client, "aviary_move", "c1", page=page, to_cage_id="c2").headers["location"].startswith(f"{CAGES}/c1")
    assert {r["cage_id"] for r in rows(node, BIRD.name)} == {"c2"}
    again = send(client, "aviary_move", "c1", to_cage_id="c2")
    assert errors(again.text) == {"aviary_move": "nobody lives there"}


def test_what_is_typed_is_text_to_the_page(client: TestClient, aviary: None) -> None:
    answer = send(client, "aviary_cage_begin", name="<script>1</script>", area_m2="x")
    assert "<script>1" not in answer.text
    made = send(client, "aviary_cage_begin", name="<script>1</script>")
    assert "<script>1" not in client.get(made.headers["location"]).text


def test_another_site_can_do_nothing_and_leads_nobody_away(client: TestClient, node: Node, aviary: None) -> None:
    address = "/aviary/act/aviary_cage_begin"
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "http://127.0.0.1:9"}):
        assert client.post(address, data={"name": "x"}, headers=headers).status_code == 403
    assert len(rows(node, CAGE.name)) == 2
    for away in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:1"):
        answer = send(client, "aviary_cage_begin", name="y", **{"-back": away})
        assert answer.headers["location"].startswith(CAGES), away
    here = send(client, "aviary_cage_begin", name="y", **{"-back": "/aviary/records/aviary_bird?lang=kk#rows"})
    there = r"/aviary/records/aviary_bird\?lang=kk&did=aviary_cage_begin~1~[0-9a-f]{24}#rows"
    assert re.fullmatch(there, here.headers["location"])


def test_a_reader_may_do_nothing(node: Node, aviary: None) -> None:
    reader = seen_by(node, principal(node, "public"))
    assert reader.get("/aviary/act/aviary_cage_begin").status_code == 403
    assert reader.post("/aviary/act/aviary_cage_begin", data={"name": "x"}).status_code == 403
    assert len(rows(node, CAGE.name)) == 2


def test_a_moment_to_the_microsecond_stays_where_it_was_not_touched(client: TestClient, node: Node) -> None:
    since = "2026-01-01T00:00:00.123456Z"
    client.post("/api/v1/tables/aviary_tenure/rows", json={"cage_id": "c1", "since_time": since, "keeper": "Aida"})
    (row,) = rows(node, "aviary_tenure")
    key = f"c1,{row['since_time'].isoformat()}".replace("+", "%2B")
    assert send(client, "aviary_tenure_change", key, keeper="Bolat").status_code == 303
    (after,) = rows(node, "aviary_tenure")
    assert (after["keeper"], after["since_time"]) == ("Bolat", row["since_time"])


def test_forms_are_in_the_readers_language(client: TestClient, aviary: None) -> None:
    html = client.get("/aviary/act/aviary_cage_begin?lang=kk").text
    assert "<h1>Бастау" in html
    assert "толтырмауға болады" in html
