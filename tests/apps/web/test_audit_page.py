"""The page of what was done: who may open it, its filters, and that it says what isn't known."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient
from tests.conftest import ROOT, absent
from tests.support.nodes import NOON, opened
from tests.support.server import browsing, serving

from birlik.apps.api.app import create_app
from birlik.apps.web.app import mount
from birlik.clock import SetClock
from birlik.kernel.audit import Line
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import PUBLIC, Principal
from birlik.kernel.service import Service

PATH = "/birlik/audit"
ACTS = (
    Line(
        act="birlik_relabel",
        who="person:aya.serikkyzy",
        on="transport_vehicle plate:KZ 123 ABC 02",
        address="192.0.2.7",
    ),
    Line(act="birlik_backup", who="socket", on="/srv/backup/2026-04-01", address="socket"),
    Line(act="birlik_backup", who="socket", on="/srv/backup", address="socket", outcome="failed: StoreUnavailable"),
    Line(
        act="export",
        who="machine:ktz-reader",
        on="/api/v1/tables/transport_movement?format=parquet",
        address="198.51.100.20",
    ),
    Line(act="GET /api/v1/tables/{name}", who="person:b", address="2001:db8::7", outcome="refused: 403"),
    Line(act="POST /osmand", address="203.0.113.9", outcome="refused: 401", said="17 more in the minute before"),
)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    clock = SetClock(NOON)
    with opened(tmp_path_factory.mktemp("audit") / "node", clock=clock, name="Kazakhstan") as node:
        for day in range(20):
            clock.at = NOON + timedelta(days=day)
            node.audit.submit(*ACTS).result()
        yield node


@pytest.fixture(scope="module")
def pages(node: Node) -> Iterator[TestClient]:
    with browsing(node) as client:
        yield client


def rows(html: str) -> list[list[str]]:
    """The cells of the page's table, without their tags."""
    found = re.findall(r"<tr>(.*?)</tr>", html.split("<tbody>")[1].split("</tbody>")[0], re.S)
    return [
        [re.sub(r"<.*?>", "", cell).strip() for cell in re.findall(r"<td.*?>(.*?)</td>", row, re.S)] for row in found
    ]


def test_the_newest_line_comes_first_with_who_what_where_and_how(pages: TestClient) -> None:
    first = rows(pages.get(PATH).text)[0]
    assert first[1:6] == ["", "POST /osmand17 more in the minute before", "", "203.0.113.9", "refused: 401"]
    assert first[0].startswith("20 Apr 2026, 12:00:00")


def test_lines_are_filtered_and_the_filter_stays_in_the_form_and_on_the_next_page(pages: TestClient) -> None:
    html = pages.get(PATH, params={"outcome": "refused", "first": "2026-04-03", "last": "2026-04-04"}).text
    assert [row[5] for row in rows(html)] == ["refused: 401", "refused: 403"] * 2
    assert 'value="2026-04-03"' in html
    assert re.search(r'<option value="refused" selected>', html)
    more = re.search(r'<p class="more"><a href="(.*?)"', pages.get(PATH, params={"act": "birlik_backup"}).text)
    assert more is None
    html = pages.get(PATH, params={"who": "person:b"}).text
    assert len(rows(html)) == 20
    assert "show all" in html


def test_older_lines_are_a_page_further(pages: TestClient) -> None:
    seen, address = [], PATH
    while address:
        html = pages.get(address).text
        seen += [int(row[6]) for row in rows(html)]
        found = re.search(r'<p class="more"><a href="(.*?)"', html)
        address = found[1].replace("&amp;", "&") if found else ""
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == 1


def test_what_fits_nothing_is_said_and_what_is_no_day_too(pages: TestClient) -> None:
    assert "No line fits." in pages.get(PATH, params={"who": "nobody"}).text
    answer = pages.get(PATH, params={"first": "yesterday"})
    assert (answer.status_code, "a day is written as" in answer.text) == (400, True)


def test_it_says_that_no_head_is_kept_elsewhere(pages: TestClient) -> None:
    assert "Set audit_heads" in pages.get(PATH).text


def test_it_is_in_the_navigation_of_who_may_open_it_and_refused_to_others(node: Node, pages: TestClient) -> None:
    assert f'href="{PATH}"' in pages.get("/about").text
    service = Service(node)
    app = create_app(service)

    def reader(request: Request) -> Principal:
        return Principal(name="anyone", role=Role.READER, view=PUBLIC)

    mount(app, service, reader, app.state.described)
    others = TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000))
    answer = others.get(PATH)
    assert answer.status_code == 403
    assert "192.0.2.7" not in answer.text
    assert f'href="{PATH}"' not in others.get("/about").text


def test_it_is_said_in_kazakh(pages: TestClient) -> None:
    html = pages.get(PATH, params={"lang": "kk"}).text
    assert "Не істелді" in html
    assert "бас тартылды: 403" in html


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("language", ["en", "kk"])
def test_it_fits_its_width_and_is_open_to_everyone(node: Node, width: int, language: str) -> None:
    playwright_api = pytest.importorskip("playwright.sync_api")
    executable = os.environ.get("BIRLIK_CHROMIUM", "/usr/bin/chromium")
    if not Path(executable).is_file():
        absent(f"no Chromium at {executable}: set BIRLIK_CHROMIUM, or run tools/system.sh chromium")
    with serving(node) as url, playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        page: Any = browser.new_page(viewport={"width": width, "height": 900}, locale=language)
        page.goto(f"{url}{PATH}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate((ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
        found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        if "BIRLIK_SCREENSHOTS" in os.environ:
            page.screenshot(path=Path(os.environ["BIRLIK_SCREENSHOTS"]) / f"audit-{language}-{width}.png")
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")] == []
        browser.close()
