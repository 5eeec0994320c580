"""The page on which a file is tried: without JavaScript, nothing is kept, and what was seen can be sent."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.apps.web.conftest import NOW, domains

from birlik import assembly, settings
from birlik.apps.serve import application
from birlik.apps.web.words import words
from birlik.clock import SetClock
from birlik.kernel.node import Node
from birlik.kernel.service import Service

EVENTS = b"""object,time,place,event
plate:KZ 1,2026-03-01T08:00:00+05:00,own:kz-nurzholy,queue
plate:KZ 2,no time,own:kz-nurzholy,queue
"""
OWN = """name: ours
kind: positions
columns: {object_id: car, time: when, latitude: n, longitude: e}
"""
FIXES = b"car,when,n,e\nA1,2026-03-01T08:00:00Z,44.123456,80.4\n"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    settings.write_new(tmp_path / "node", "KAZ")
    node = assembly.open_node(
        tmp_path / "node", clock=SetClock(NOW), declared=domains(), memory_limit="400MB", threads=2
    )
    yield node
    node.close()


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    app = application(Service(node), start=True)
    with TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000)) as client:
        yield client


def kept(node: Node) -> tuple[int, ...]:
    reader = node.reader(node.operator)
    journal = sum(f.stat().st_size for f in (node.store.folder / "journal").iterdir())
    return (journal, *(reader.rows(name).num_rows for name in ("birlik_message", "birlik_quarantine")))


def try_it(client: TestClient, body: bytes, name: str = "events.csv", **fields: str) -> tuple[int, str]:
    answer = client.post("/try", data={"source": "post-7", "act": "try", **fields}, files={"file": (name, body)})
    return answer.status_code, answer.text


def hidden(html: str) -> dict[str, str]:
    """The fields of the form that sends what was tried."""
    form = html[html.index('class="try send"') :].partition("</form>")[0]
    return {n: unescape(v) for n, v in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)}


def test_the_page_asks_for_a_file_a_supplier_and_a_profile(client: TestClient) -> None:
    html = client.get("/try").text
    assert all(word in html for word in ('type="file"', 'name="source"', 'value="border_events/border_events"', "gpx"))


def test_it_shows_the_rows_as_they_would_be_taken_and_what_would_be_refused_where(
    client: TestClient, node: Node
) -> None:
    before = kept(node)
    status, html = try_it(client, EVENTS)
    assert status == 200
    for word in ("1 would be taken, 1 refused", "(border_events)", "line 3, column 2, field time"):
        assert word in html
    assert "phenomenon_time, UTC" in html
    assert "2026-03-01 03:00:00" in html, "the time of the file, on the clock of the heading"
    assert kept(node) == before


def test_what_was_seen_is_sent_without_choosing_it_again(client: TestClient, node: Node) -> None:
    before = kept(node)
    _, html = try_it(client, EVENTS)
    answer = client.post("/try", data={**hidden(html), "act": "send"}, files={"none": ("", b"")})
    assert "1 taken, 0 there already, 1 refused" in answer.text
    assert [now - then for now, then in zip(kept(node)[1:], before[1:], strict=True)] == [1, 1]
    again = client.post("/try", data={**hidden(html), "act": "send"}, files={"none": ("", b"")})
    assert "taken from this source before" in again.text


@pytest.mark.parametrize(
    ("body", "name", "fields", "field", "said"),
    [
        (b"", "", {}, "file", "Choose a file"),
        (EVENTS, "a.csv", {"source": " "}, "source", "Say who sends it"),
        (EVENTS, "a.csv", {"how": "border_events/nix"}, "how", "no profile"),
        (EVENTS, "a.csv", {"how": "nix"}, "how", "no intake"),
        (EVENTS, "a.csv", {"how": "own"}, "own", "Write the profile"),
        (EVENTS, "a.csv", {"own": "name: [x"}, "own", "not YAML"),
        (EVENTS, "a.csv", {"how": "border_events/border_events", "own": OWN}, "how", "leave one of them out"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    client: TestClient, node: Node, body: bytes, name: str, fields: dict[str, str], field: str, said: str
) -> None:
    before = kept(node)
    for act in ("try", "send"):
        status, html = try_it(client, body, name, **{**fields, "act": act})
        assert status == 422
        (error,) = re.findall(rf'id="error-{field}" role="alert">([^<]*)<', html)
        assert said in unescape(error)
        assert kept(node) == before


def test_a_profile_of_ones_own_is_tried_and_stays_in_the_form(client: TestClient, node: Node) -> None:
    before = kept(node)
    status, html = try_it(client, FIXES, "fixes.csv", how="own", own=OWN)
    assert status == 200
    assert "44.123456" in html, "with all its digits"
    assert "name: ours" in html.partition('name="own" rows')[2]
    assert kept(node) == before
    answer = client.post("/try", data={**hidden(html), "act": "send"}, files={"none": ("", b"")})
    assert "1 taken, 0 there already, 0 refused" in answer.text


@pytest.mark.parametrize(
    "body", [b"GIF89a", b"", b"a,b\n1,2\n", b"<gpx", b"PK\x03\x04 broken", "время;x\n".encode("cp1251")]
)
def test_a_file_that_cannot_be_read_is_said_and_not_kept(client: TestClient, node: Node, body: bytes) -> None:
    before = kept(node)
    status, html = try_it(client, body, "odd.bin")
    assert (status, "odd.bin can&#39;t be read" in html) == (200, True)
    assert kept(node) == before


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"file": "no file", "file.name": "a.csv"}, 422),
        ({"held": "%%%", "held.name": "a.csv", "act": "send"}, 422),
        ({f"f{i}": "x" for i in range(25)}, 400),
    ],
    ids=["a file that is a text", "a broken copy", "too many fields"],
)
def test_a_form_that_nobody_was_given_is_refused_and_nothing_is_kept(
    client: TestClient, node: Node, fields: dict[str, str], status: int
) -> None:
    before = kept(node)
    answer = client.post("/try", data={"source": "a", **fields}, files={"none": ("", b"")})
    assert answer.status_code == status
    assert kept(node) == before


def test_what_stands_in_a_file_is_text_to_the_page(client: TestClient) -> None:
    _, html = try_it(client, EVENTS.replace(b"no time", b"<script>1</script>"), "<b>.csv")
    assert "<script>1" not in html
    assert "<b>.csv" not in html


def test_a_long_file_is_sent_by_the_command_that_the_page_tells(client: TestClient) -> None:
    rows = EVENTS + b"".join(b"plate:KZ %d,2026-03-01T08:00:00Z,own:kz-nurzholy,queue\n" % i for i in range(25_000))
    _, html = try_it(client, rows, "many events.csv", source="post 7")
    assert "birlik ingest 'many events.csv' --profile border_events --source 'post 7'" in unescape(html)
    assert 'name="held"' not in html


def test_another_site_can_neither_try_nor_send(client: TestClient, node: Node) -> None:
    before = kept(node)
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "http://127.0.0.1:9"}):
        answer = client.post("/try", data={"source": "x"}, files={"file": ("a.csv", EVENTS)}, headers=headers)
        assert answer.status_code == 403
    assert kept(node) == before


def test_the_public_is_not_shown_it(public_pages: TestClient) -> None:
    assert public_pages.get("/try").status_code == 403
    assert public_pages.post("/try", data={"source": "x"}, files={"file": ("a.csv", EVENTS)}).status_code == 403


def test_reasons_and_words_are_the_readers(client: TestClient) -> None:
    answer = client.post("/try?lang=kk", data={"source": "p"}, files={"file": ("a.csv", EVENTS)})
    assert "3-жол, 2-баған" in answer.text
    assert "would be" not in answer.text


def test_what_is_worth_knowing_is_said_in_the_readers_language_too(client: TestClient) -> None:
    unknown = EVENTS.replace(b"own:kz-nurzholy", b"unlocode:ZZZZZ").rstrip()
    for tag, said in (("en", "count for no crossing: 1 (unlocode:ZZZZZ)"), ("kk", "есептелмейді: 1 (unlocode:ZZZZZ)")):
        answer = client.post(f"/try?lang={tag}", data={"source": "p"}, files={"file": ("a.csv", unknown)})
        assert said in unescape(answer.text)
    assert "the file may have been cut off" not in answer.text


def test_every_way_of_reading_a_file_and_every_table_it_fills_is_named_in_kazakh() -> None:
    known = [d.catalogue for d in domains() if d.catalogue is not None]
    kazakh = words("kk", known)
    intakes = [i for d in domains() for i in d.intakes if i.sniff is not None]
    tables = {t.name: t for d in domains() for t in d.tables}
    said = {i.title for i in intakes} | {title for i in intakes for title in i.profiles.values()}
    said |= {tables[name].title for i in intakes for name in i.tables if not tables[name].beside}
    assert said, "there are forms in which files come"
    assert sorted(text for text in said if kazakh.t(text) == text) == []
