"""Behind the door of the Declaration: what was promised, in words and one picture, and three people who come for it."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.apps.web.test_access_browser import serious
from tests.apps.web.test_browser import Visit, chromium
from tests.apps.web.test_issuers import free_port, running
from tests.support.keys import PHONE, Keys, signed_in
from tests.support.nodes import rows
from tests.support.people import House
from tests.support.registry import TODAY

from birlik.clock import SetClock
from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel import pipeline
from birlik.kernel.node import Node

__all__ = ["chromium"]
FIRST = "/cooperation/declaration"


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def panel(client: TestClient, page: str, name: str, query: str = "") -> str:
    answer = client.get(f"/cooperation/{page}/-/panel/{name}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


# --- its first page ----------------------------------------------------------------------------------------------


def test_it_begins_in_words_with_the_numbers_of_the_register(client: TestClient) -> None:
    assert client.get("/declaration", follow_redirects=False).headers["location"] == FIRST
    said = plain(panel(client, "declaration", "known"))
    assert "18 promises are known, second hand: 8 with a date, 3 of them passed" in said
    assert "18 promises are known" in plain(client.get("/-/doors/declaration").text)


def test_the_picture_has_a_hollow_mark_for_each_promise_of_which_nobody_has_said_what_became(
    client: TestClient,
) -> None:
    made = panel(client, "declaration", "progress")
    drawn = made[made.index('class="marks-drawn"') : made.index('class="marks-legend"')]
    assert drawn.count("row-mark-hollow") == 18
    assert drawn.count("row-mark-passed") == 3
    (label,) = re.findall(r'role="img" aria-label="([^"]+)"', made)
    assert "unknown: 18" in label


def test_what_falls_due_next_has_its_owner_its_days_and_its_last_evidence(client: TestClient) -> None:
    said = plain(panel(client, "declaration", "next"))
    assert "Hold a Creative Economy Forum at Almaty" in said
    assert "Kazakhstan" in said
    assert re.search(r"3\d days left", said)
    assert "nothing was shown yet" in said


def test_a_date_that_no_source_has_is_marked_where_it_falls_due(client: TestClient) -> None:
    rows = [plain(row) for row in panel(client, "due", "by_owner", "days_ahead=all").split("<tr>")]
    read, said = next(r for r in rows if "Creative Economy" in r), next(r for r in rows if "our reading" not in r)
    assert read.count("our reading") == 2, read  # the days that are left, and the date
    assert said
    assert "біздің түсінуіміз" in plain(panel(client, "declaration", "next", "lang=kk"))


def test_what_was_only_proposed_or_welcomed_is_not_said_to_be_promised(client: TestClient, node: Node) -> None:
    said = {
        row["entity_id"]: (
            row["legal_status"],
            plain(client.get(f"/cooperation/commitment/{row['entity_id']}?whole=1").text),
        )
        for row in rows(node, "cooperation_commitment")
    }
    assert {"proposed", "welcomed"} & {status for status, _ in said.values()}
    for status, words in said.values():
        bound = status in ("decided", "signed", "in_force")
        assert ("promised this" in words) == (bound and "Who is to do it isn't known" not in words), (status, words)
        assert status != "proposed" or "proposed" in words
        assert status != "welcomed" or "welcomed, and not promised" in words


def test_owners_are_called_as_readers_of_kazakh_call_them(client: TestClient) -> None:
    for page, name in (("declaration", "next"), ("due", "by_owner")):
        said = plain(panel(client, page, name, "lang=kk&days_ahead=all"))
        assert "Қазақстан" in said
        assert "Kazakhstan" not in said.replace("Hold the informal summit of 2026 in Kazakhstan", "")


def test_the_text_says_that_it_is_known_second_hand_only(client: TestClient) -> None:
    said = plain(panel(client, "paragraphs", "text"))
    assert "known second hand" in said
    assert "Adopt a Joint Programme on Water Resources" in said
    assert "Gabala Declaration" in plain(panel(client, "paragraphs", "document"))


def test_it_is_said_in_kazakh_too(client: TestClient) -> None:
    page = client.get(f"{FIRST}?lang=kk").text
    assert "Декларация" in page
    assert "Уәделер қалай тұр" in page
    assert "18 уәде" in plain(panel(client, "declaration", "known", "lang=kk"))
    assert re.search(r"\d+ күн қалды", plain(panel(client, "declaration", "next", "lang=kk")))


def test_entities_queue_and_all_else_of_the_registry_lie_behind_it(client: TestClient) -> None:
    page = client.get(FIRST).text
    side = page[page.index('<nav class="side"') : page.index("<main")]
    for name in (
        "What falls due, by owner",
        "By paragraph",
        "Documents",
        "Who and what is known",
        "Organisations",
        "What waits",
    ):
        assert f">{name}</a>" in side
    assert '<a href="/declaration" aria-current="true">Declaration</a>' in side


# --- three who come for something --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A closed node of the registry, where everybody may read what is public."""
    folder = tmp_path_factory.mktemp("declaration") / "node"
    with running(
        folder, free_port(), "https://id.example", name="localhost", declared=(DOMAIN,), clock=SetClock(TODAY)
    ) as made:
        pipeline.follow(made.node)
        made.person("dana", "reader")
        made.does("public_open")
        yield made


@pytest.fixture
def comes(chromium: Any, at: House) -> Iterator[Any]:
    made: list[Visit] = []

    def visit() -> Visit:
        made.append(Visit(chromium, at.base, viewport=PHONE))
        return made[-1]

    yield visit
    for one in made:
        one.context.close()


@pytest.mark.browser
def test_a_desk_officer_finds_what_falls_due_in_90_days_by_owner(comes: Any, at: House) -> None:
    reader = comes()
    signed_in(reader, "dana")
    reader.go("/declaration")
    keys = Keys(reader)
    keys.follows("What falls due, by owner")
    assert keys.enters <= 2
    now = at.node.clock.now()
    rows = at.node.reader(at.node.operator).rows("cooperation_commitment").to_pylist()
    ahead = [row for row in rows if row["due_until_time"] and now <= row["due_until_time"] < now + timedelta(days=90)]
    said = reader.page.locator("#by_owner").inner_text()
    assert len(ahead) == 5
    assert all(row["text"] in said for row in ahead)
    owners = {name for row in ahead for name in (row["owners"] or "").split(", ") if name}
    assert set(reader.page.locator(".agenda-whose").all_inner_texts()) == owners
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert serious(reader) == []


@pytest.mark.browser
def test_a_citizen_finds_one_promise_its_words_its_source_and_what_was_done(comes: Any) -> None:
    reader = comes()
    reader.go("/declaration")
    keys = Keys(reader)
    keys.follows("What was promised")
    keys.follows("Adopt a Joint Programme on Water Resources")
    assert keys.enters == 2
    assert "Adopt a Joint Programme on Water Resources" in reader.page.locator("h1").inner_text()
    assert "astanatimes.com" in reader.page.locator("main").inner_text()
    assert reader.page.locator("html").get_attribute("data-accent") == "plum"
    assert serious(reader) == []


@pytest.mark.browser
def test_a_journalist_finds_what_changed_since_a_day_and_cites_it(comes: Any) -> None:
    reader = comes()
    reader.go("/declaration")
    keys = Keys(reader)
    keys.follows("What changed in the promises")
    assert keys.enters <= 2
    reader.go(f"/cooperation/promise_changes?since={datetime(2026, 11, 1, tzinfo=UTC):%Y-%m-%d}")
    assert "Statements on promises" in reader.page.locator("main").inner_text()
    feed = reader.page.get_by_role("link", name="Follow by feed").get_attribute("href")
    assert "/feed" in str(feed)
    keys.follows("Cite this")
    assert keys.enters <= 3
    cited = reader.page.locator("main").inner_text()
    assert "2026-11-01T00" in cited


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_pages_bar_nobody_in_either_theme(chromium: Any, at: House, scheme: str) -> None:
    reader = Visit(chromium, at.base, viewport=PHONE, color_scheme=scheme)
    for address in (FIRST, "/cooperation/due?days_ahead=all", "/cooperation/paragraphs"):
        reader.go(address)
        assert serious(reader) == [], address
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    reader.context.close()
