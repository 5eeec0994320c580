"""The sources page: how each supplier is, when its records happened, the quarantine, and forms that settle it."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.apps.web.conftest import NOW, domains
from tests.support.traffic import POSITIONS

from birlik import assembly, settings
from birlik.apps.serve import application
from birlik.apps.web import freshness
from birlik.apps.web.ask import Ask
from birlik.apps.web.memo import Memo
from birlik.apps.web.panels import sources
from birlik.apps.web.sight import Sight
from birlik.apps.web.words import words
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.intake import Delivery
from birlik.kernel.node import Node
from birlik.kernel.service import Service
from birlik.settings import Source

HEAD = "object,time,latitude,longitude\n"
PAGE = "/transport/sources"
ACT = "/birlik/act/birlik_quarantine"


def line(at: datetime, latitude: str = "44.2", name: str = "A 1") -> str:
    return f"{name},{at.isoformat()},{latitude},80.4\n"


def send(node: Node, source: str, text: str | bytes, received: datetime) -> None:
    body = text if isinstance(text, bytes) else (HEAD + text).encode()
    pipeline.take(
        node, [Delivery(body=body, media_type=POSITIONS, source_id=source, received_time=received, filename="p.csv")]
    )


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """Four suppliers: one sends each hour, one did until yesterday, one brought a file; and wrong lines of two."""
    settings.write_new(tmp_path / "node", "KAZ")
    made = assembly.open_node(tmp_path / "node", clock=SetClock(NOW), declared=domains())
    for hour in range(60, 0, -1):
        at = NOW - timedelta(hours=hour)
        send(made, "steady", line(at), at)
        if hour >= 24:
            send(made, "gone", line(at, name="B 1"), at)
    week = [NOW - timedelta(days=day) for day in (8, 7, 7)]
    send(made, "archive", "".join(line(at, name=f"C {i}") for i, at in enumerate(week)), NOW)
    wrong = [line(NOW - timedelta(hours=i), latitude=f"{400 + i}", name=f"D {i}") for i in range(3)]
    send(made, "archive", "".join(wrong), NOW - timedelta(minutes=2))
    send(made, "steady", line(NOW, latitude="north"), NOW - timedelta(minutes=1))
    pipeline.follow(made, NOW)
    yield made
    made.close()


@pytest.fixture
def pages(node: Node) -> Iterator[TestClient]:
    app = application(Service(node), start=True)
    with TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000)) as client:
        yield client


def sight_of(node: Node, language: str = "en") -> Sight:
    page = next(p for p in node.domains[0].pages if p.name == "sources")
    folders = [d.catalogue for d in node.domains if d.catalogue is not None]
    ask = Ask(domain=node.domains[0], page=page, language=language)
    return Sight(node=node, principal=node.operator, words=words(language, folders), ask=ask, memo=Memo())


def listed(node: Node) -> dict[str, Any]:
    sight = sight_of(node)
    return {s["name"]: s for s in sources.content(sight.ask.page.panels[0], sight).values["sources"]}


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def panel(pages: TestClient, query: str = "") -> str:
    answer = pages.get(f"{PAGE}/-/panel/quarantine?{query}")
    assert answer.status_code == 200
    return answer.text


def entries(node: Node, **equal: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = node.reader(node.operator).rows("birlik_quarantine").to_pylist()
    return [row for row in found if all(row[name] == value for name, value in equal.items())]


# --- suppliers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "every_s", "state", "since"),
    [
        pytest.param("steady", None, "well", "", id="it sends as it always did"),
        pytest.param("gone", None, "silent", "22 Mar", id="its last word is a day old"),
        pytest.param("archive", None, "irregular", "", id="a file now and then is no rhythm"),
        pytest.param("archive", 60.0, "well", "", id="the settings state one"),
        pytest.param("gone", 40_000.0, "late", "22 Mar", id="by a slower one it is only late"),
        pytest.param("ministry", 3_600.0, "never", "", id="it was expected and never came"),
    ],
)
def test_a_supplier_has_a_state_since_a_moment(
    node: Node, source: str, every_s: float | None, state: str, since: str
) -> None:
    named = {source: Source(every_s=every_s)} if every_s else {}
    told = replace(node, settings=node.settings.model_copy(update={"sources": named}))
    found = listed(told)[source]
    assert found["state"] == state
    assert since in found["since"]


def test_days_are_those_on_which_things_happened(node: Node) -> None:
    marks = [mark["step"] > 0 for mark in listed(node)["archive"]["days"]]
    assert len(marks) == sources.DAYS
    assert [len(marks) - 1 - i for i, there in enumerate(marks) if there] == [8, 7]


def test_the_worst_stand_first_and_are_counted_in_a_sentence(pages: TestClient, node: Node) -> None:
    assert next(iter(listed(node))) == "gone"
    said = plain(pages.get(f"{PAGE}/-/panel/sources").text)
    assert "3 suppliers: 1 silent, 1 no rhythm yet, 1 well." in said


# --- groups and filters ---------------------------------------------------------------------------------------


def test_the_quarantine_is_grouped_by_source_and_reason_with_counts(pages: TestClient) -> None:
    said = plain(panel(pages))
    assert "3 archive latitude … is beyond ±90 Implausible" in said
    assert "1 steady" in said


def test_a_filter_leaves_the_entries_that_are_meant(pages: TestClient) -> None:
    made = panel(pages, "source_id=steady")
    assert "is no number" in plain(made.split("</table>")[-1])
    assert "beyond ±90" not in plain(made.split("</table>")[-1])
    link = re.search(
        r'href="([^"]*about=[^"]*source_id=archive[^"]*|[^"]*source_id=archive[^"]*about=[^"]*)"', panel(pages)
    )
    assert link is not None
    chosen = panel(pages, html.unescape(link[1]).partition("?")[2].partition("#")[0])
    assert chosen.count("<li>\n    <details") == 3


def test_reasons_are_in_the_readers_language(pages: TestClient) -> None:
    said = plain(panel(pages, "lang=kk"))
    assert "… ендігі ±90 шегінен тыс" in said
    assert "402 ендігі ±90 шегінен тыс" in said


# --- forms, without JavaScript --------------------------------------------------------------------------------


def fields(made: str, form: str) -> dict[str, str]:
    found = re.search(rf'<form[^>]*class="{form}".*?</form>', made, re.DOTALL)
    assert found is not None
    return {
        n: html.unescape(v) for n, v in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[0])
    }


def test_a_reader_without_javascript_is_led_to_the_whole_page(pages: TestClient) -> None:
    frame = pages.get(PAGE).text
    address = re.search(r'<noscript><meta http-equiv="refresh" content="0; url=([^"]+)">', frame)
    assert address is not None
    whole = pages.get(html.unescape(address[1]))
    assert "latitude … is beyond ±90" in plain(whole.text)
    assert "hx-get" not in whole.text
    assert "<noscript>" not in whole.text


def test_one_act_settles_a_group(pages: TestClient, node: Node) -> None:
    form = fields(panel(pages), "settle")
    assert form["source_id"] == "archive"
    answer = pages.post(f"{ACT}_dismiss_alike", data=form, follow_redirects=False)
    assert answer.status_code == 303
    assert len(entries(node, source_id="archive", status="dismissed")) == 3
    assert len(entries(node, status="open")) == 1
    assert answer.headers["location"].startswith(PAGE)
    said = plain(pages.get(answer.headers["location"].replace("?", "?whole=1&")).text)
    assert "Dismiss all alike: done. 3 rows were touched." in said


def test_one_entry_is_dismissed(pages: TestClient, node: Node) -> None:
    identity = entries(node, source_id="steady", status="open")[0]["quarantine_id"]
    answer = pages.post(f"{ACT}_dismiss?key={identity}", headers={"accept": "application/json"})
    assert answer.json()["said"] == "Dismiss: done. 1 row was touched."
    assert entries(node, source_id="steady")[0]["status"] == "dismissed"


def test_a_correction_is_taken_and_closes_its_entry(pages: TestClient, node: Node) -> None:
    identity = entries(node, source_id="steady", status="open")[0]["quarantine_id"]
    told = pages.get(f"{PAGE}/-/text/{identity}").json()
    assert told["encoding"] == "utf-8"
    text = told["text"].replace("north", "44.3").replace("\n", "\r\n")  # as browsers send it
    pages.post(f"{ACT}_resend?key={identity}", data={"text": text, "encoding": "utf-8"})
    assert entries(node, source_id="steady")[0]["status"] == "resent"
    record = node.store.database.all("SELECT message_id FROM birlik_message ORDER BY message_no DESC LIMIT 1")[0][0]
    assert b"\r\n" not in node.store.record(node.operator, record, "steady").body


def test_what_is_wrong_again_is_said_at_the_field_and_makes_no_second_entry(pages: TestClient, node: Node) -> None:
    identity = entries(node, source_id="steady", status="open")[0]["quarantine_id"]
    text = HEAD + line(NOW, latitude="south")
    form = {"text": text, "encoding": "utf-8"}
    answer = pages.post(f"{ACT}_resend?key={identity}", data=form)
    assert answer.status_code == 422
    assert "It would be refused again" in plain(answer.text)
    assert "south" in answer.text, "the reader's own words stand in the form"
    assert len(entries(node, source_id="steady")) == 1
    by_script = pages.post(f"{ACT}_resend?key={identity}", data=form, headers={"accept": "application/json"})
    assert (by_script.status_code, "refused again" in by_script.json()["wrong"]) == (422, True)


def test_a_correction_goes_back_in_the_encoding_in_which_it_came(pages: TestClient, node: Node) -> None:
    send(node, "rail", (HEAD + line(NOW, latitude="север", name="Қ 1".replace("Қ", "К"))).encode("cp1251"), NOW)
    (entry,) = entries(node, source_id="rail")
    told = pages.get(f"{PAGE}/-/text/{entry['quarantine_id']}").json()
    assert told["encoding"] == "cp1251"
    assert "север" in told["text"]
    form = {"encoding": "cp1251", "text": told["text"].replace("север", "44,3 ң")}
    answer = pages.post(f"{ACT}_resend?key={entry['quarantine_id']}", data=form)
    assert (answer.status_code, "has no" in plain(answer.text)) == (422, True)


def test_a_binary_message_is_not_edited_but_sent_as_a_file(pages: TestClient, node: Node) -> None:
    send(node, "rail", b"PK\x03\x04\x00\x00broken", NOW)
    (entry,) = entries(node, source_id="rail")
    identity = entry["quarantine_id"]
    assert pages.get(f"{PAGE}/-/text/{identity}").json()["text"] is None
    file = {"-file": ("p.csv", (HEAD + line(NOW, name="E 1")).encode())}
    pages.post(f"{ACT}_resend?key={identity}", data={"text": "", "encoding": ""}, files=file)
    assert entries(node, source_id="rail")[0]["status"] == "resent"


def test_a_form_of_another_site_is_refused(pages: TestClient) -> None:
    answer = pages.post(f"{ACT}_dismiss?key=x", headers={"origin": "https://elsewhere.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("act", "form", "status"),
    [
        ("dismiss?key=none", {}, 404),
        ("burn?key=none", {}, 404),
        ("dismiss_alike", {"source_id": "x", "kind": "y", "about": "z", "until": "soon"}, 422),
    ],
    ids=["no such entry", "no such act", "no time"],
)
def test_a_form_that_cannot_be_meant_says_so(pages: TestClient, act: str, form: dict[str, str], status: int) -> None:
    assert pages.post(f"{ACT}_{act}", data=form).status_code == status


# --- what was left out ----------------------------------------------------------------------------------------


@pytest.fixture
def jumping(node: Node) -> Node:
    """A tracker that goes east by a kilometre each five minutes, and jumps by a hundred once."""
    start = NOW - timedelta(hours=6)
    fixes = [(start + timedelta(minutes=5 * i), 45.0 if i == 7 else 44.2, 80.30 + 0.012 * i) for i in range(15)]
    text = "".join(f"J 1,{at.isoformat()},{latitude},{longitude}\n" for at, latitude, longitude in fixes)
    send(node, "jumper", text, NOW - timedelta(minutes=3))
    assert isinstance(node.clock, SetClock)
    node.clock.advance(timedelta(minutes=1))
    pipeline.follow(node)
    return node


def test_a_supplier_sees_which_of_its_positions_were_left_out_and_why(jumping: Node) -> None:
    with TestClient(
        application(Service(jumping), start=True), base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000)
    ) as pages:
        found = pages.get(f"{PAGE}/-/panel/sources").text
        address = re.search(r'href="([^"]*/left_out/jumper[^"]*)"', found)
        assert address is not None
        frame = pages.get(f"{html.unescape(address[1])}?whole=1")
        said = plain(frame.text)
        assert "1 of 15 records (6.67" in said
        assert "jump Nobody drives so fast" in said
        assert "45" in said
        download = re.search(r'href="(/api/v1/tables/transport_left_out\?[^"]*format=csv[^"]*)"', frame.text)
        assert download is not None
        lines = pages.get(html.unescape(download[1])).text.splitlines()
        assert (len(lines), "spike" in lines[1]) == (2, True)
        assert "Sources › jumper" in said.replace(" Sources jumper", " Sources › jumper")


def test_a_supplier_of_which_nothing_was_left_out_is_told_so(pages: TestClient) -> None:
    assert "None of this supplier's positions was left out." in plain(
        pages.get("/transport/left_out/steady?whole=1").text
    )


def test_what_came_while_the_clock_was_ahead_makes_no_supplier_well_and_no_page_fresh(node: Node) -> None:
    assert isinstance(node.clock, SetClock)
    ahead = timedelta(days=400)
    node.clock.advance(ahead)
    send(node, "steady", line(NOW), node.clock.now())
    pipeline.follow(node)
    node.clock.advance(timedelta(hours=12) - ahead)
    pipeline.follow(node)
    assert listed(node)["steady"]["state"] == "silent"
    sight = sight_of(node)
    by_messages = replace(sight, ask=replace(sight.ask, page=replace(sight.ask.page, fresh=freshness.MESSAGES)))
    fresh = freshness.of(by_messages)
    assert fresh.is_old
    assert fresh.last == NOW
