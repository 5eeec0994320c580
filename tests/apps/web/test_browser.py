"""The pages in a real Chromium: what a reader sees, hears and presses."""

import math
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.apps.web.conftest import CROSSING
from tests.conftest import ROOT, absent

from birlik.apps.web.words import words
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.intake import Delivery
from birlik.kernel.node import Node

playwright_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

PAGES = {
    "overview": "/transport/overview",
    "crossing": f"/transport/crossing/{CROSSING}",
    "sources": "/transport/sources",
    "method": "/method/tfi1",
    "search": "/search?q=khorgos",
    "about": "/about",
    "try": "/try",
}
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTHS = (390, 1440, 2560)
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    executable = os.environ.get("BIRLIK_CHROMIUM", "/usr/bin/chromium")
    if not Path(executable).is_file():
        absent(f"no Chromium at {executable}: set BIRLIK_CHROMIUM, or run tools/system.sh chromium")
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield browser
        browser.close()


class Visit:
    """One reader's browser; it notes what should never happen."""

    def __init__(self, browser: Any, base: str, **options: Any) -> None:
        self.base = base
        self.context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "en", **options})
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda m: self.wrong.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on(
            "request", lambda r: None if r.url.startswith((base, "data:", "blob:")) else self.wrong.append(r.url)
        )

    def go(self, address: str) -> Any:
        self.page.goto(self.base + address)
        self.settled()
        return self.page

    def settled(self) -> None:
        """All panels are there and drawn. Selectors only: the pages' policy forbids evaluated conditions."""
        for waiting in (".panel[aria-busy]", ".chart:not([data-drawn])", ".map:not([data-drawn])"):
            self.page.locator(waiting).first.wait_for(state="detached", timeout=20_000)


@pytest.fixture
def visit(chromium: Any, served: str) -> Iterator[Any]:
    made: list[Visit] = []

    def make(**options: Any) -> Visit:
        made.append(Visit(chromium, served, **options))
        return made[-1]

    yield make
    for one in made:
        one.context.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "kk"])
def test_a_page_is_clean_and_open_to_everyone(visit: Any, name: str, scheme: str, language: str) -> None:
    """No console error, no foreign request, no serious finding of axe."""
    reader = visit(color_scheme=scheme, locale=language)
    page = reader.go(PAGES[name])
    assert page.locator("html").get_attribute("lang") == language
    page.evaluate((ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    said = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in SERIOUS]
    assert said == []
    assert reader.wrong == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_width(visit: Any, name: str, width: int) -> None:
    page = visit(viewport={"width": width, "height": 900}).go(PAGES[name])
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_figures_on_the_page_are_those_of_the_api(visit: Any) -> None:
    reader = visit()
    page = reader.go(PAGES["crossing"])
    asked = f"crossing_id={CROSSING}&direction=a_to_b"
    days = page.request.get(f"{reader.base}/api/v1/indicators/tfi1_day?{asked}&order=-exit_day").json()["data"]
    last = next(row for row in days if row["value"] is not None)
    now = page.request.get(f"{reader.base}/api/v1/indicators/waiting_now?{asked}").json()["data"][0]
    assert page.locator("#now .figure").inner_text() == words("en", []).duration(now["expected_wait_h"])
    assert words("en", []).duration(last["value"]) in page.locator("#now").inner_text()
    months = page.request.get(f"{reader.base}/api/v1/indicators/tfi1?{asked}&order=-month").json()["data"]
    newest = next(row for row in months if row["value"] is not None)
    page.locator("#months summary").first.click()
    cells = page.locator("#months tbody tr").first.locator("td").all_inner_texts()
    assert str(newest["n"]) in cells
    assert format(newest["value"], ".3g") in cells


def test_a_chart_draws_as_many_points_as_there_are_figures(visit: Any) -> None:
    page = visit().go(PAGES["crossing"])
    for name in ("trend", "months", "week", "causes"):
        box = page.locator(f"#{name} .chart canvas").bounding_box()
        assert box is not None
        assert box["width"] > 200
        assert page.locator(f"#{name} .chart").get_attribute("aria-label")


def test_a_map_item_is_in_the_list_and_leads_on(visit: Any) -> None:
    page = visit().go(PAGES["overview"])
    listed = page.locator(".ranked-table tr[data-key]")
    keys = {row.get_attribute("data-key") for row in listed.all()}
    assert page.locator(".map path.spot").count() == len(keys) > 1
    page.locator(".ranked-table a", has_text="Nur Zholy → Khorgos").first.click()
    page.wait_for_url(re.compile(re.escape(CROSSING)))


def test_circles_stand_apart_and_say_their_lines_in_a_small_table(visit: Any) -> None:
    page = visit().go(PAGES["overview"])
    boxes = [spot.bounding_box() for spot in page.locator(".map path.spot").all()]
    for i, one in enumerate(boxes):
        for other in boxes[i + 1 :]:
            across = math.dist(*((b["x"] + b["width"] / 2, b["y"] + b["height"] / 2) for b in (one, other)))
            assert across >= (one["width"] + other["width"]) / 2 - 1
    page.locator(".map path.spot").first.hover()
    tip = page.locator(".map-tip table")
    assert tip.locator("caption").inner_text()
    assert "waiting" in tip.inner_text()
    assert page.locator(".map [tabindex='0']").count() == 0


def test_a_download_is_chosen_from_a_menu(visit: Any) -> None:
    page = visit().go(PAGES["crossing"])
    assert not page.locator("#trend .menu a").first.is_visible()
    page.locator("#trend .menu summary").click()
    assert [name.split()[0] for name in page.locator("#trend .menu a").all_inner_texts()] == [
        "CSV",
        "XLSX",
        "Parquet",
        "PNG",
        "SVG",
    ]
    page.keyboard.press("Escape")
    assert not page.locator("#trend .menu a").first.is_visible()


def test_the_nearest_day_answers_wherever_the_pointer_is(visit: Any) -> None:
    page = visit().go(PAGES["crossing"])
    chart = page.locator("#trend .chart canvas")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.move(box["x"] + box["width"] / 2 + 3, box["y"] + 44)
    page.locator("#vg-tooltip-element.visible").wait_for(timeout=5_000)
    assert re.search(r"\d+ (min|h|d)", page.locator("#vg-tooltip-element").inner_text())


def test_the_keyboard_reaches_everything(visit: Any) -> None:
    """Skip link first; then search, languages, pages, the ranked list: each with its focus in sight."""
    reader = visit()
    page = reader.go(PAGES["overview"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        reached.add(
            page.evaluate("document.activeElement.closest('.ranked-table, .actions, .crumbs')?.className ?? ''")
        )
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    assert {"ranked-table", "actions"} <= {name.split(" ")[0] for name in reached}


def test_a_theme_that_was_chosen_is_kept_and_the_charts_follow(visit: Any) -> None:
    reader = visit(color_scheme="light")
    page = reader.go(PAGES["crossing"])
    page.locator(".theme-switch").click()
    page.locator("#trend .chart[data-drawn='dark']").wait_for(timeout=10_000)
    page = reader.go(PAGES["crossing"])
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.locator("#trend .chart").get_attribute("data-drawn") == "dark"


def test_the_direction_is_switched_and_stands_in_the_address(visit: Any) -> None:
    reader = visit()
    page = reader.go(PAGES["crossing"])
    before = page.locator("#now .sentence").inner_text()
    page.get_by_role("link", name="Khorgos → Nur Zholy").click()
    page.wait_for_url(re.compile("direction=b_to_a"))
    reader.settled()
    assert page.locator("#now .sentence").inner_text() != before


def test_a_permalink_carries_the_moment_of_its_figures(visit: Any) -> None:
    reader = visit()
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = reader.go(PAGES["crossing"])
    page.locator("#months .permalink").click()
    page.locator("#months .permalink", has_text="Copied").wait_for()
    address = page.evaluate("navigator.clipboard.readText()")
    assert "as_of=" in address
    page.goto(address)
    reader.settled()
    assert "Figures as they stood on" in page.locator(".moment-past").inner_text()
    assert reader.wrong == []


WRONG = b"object,time,place,event\nplate:KZ 9,never,own:kz-nurzholy,queue\n"
RIGHT = WRONG.replace(b"never", b"2026-03-23T11:00:00Z")


def send(node: Node, body: bytes) -> None:
    media_type = next(i.media_type for i in node.intakes.values() if i.name.startswith("border"))
    delivery = Delivery(
        body=body,
        media_type=media_type,
        source_id="customs",
        received_time=node.clock.now(),
        parameters={"profile": "border_events"},
    )
    pipeline.take(node, [delivery])
    assert isinstance(node.clock, SetClock)
    node.clock.advance(timedelta(seconds=1))


def test_a_live_page_takes_new_rows_without_moving_what_is_read(visit: Any, web_node: Node) -> None:
    reader = visit()
    page = reader.go(PAGES["sources"])
    known = page.locator(".quarantine > li").count()
    page.locator(".quarantine summary").first.click()
    page.locator(".quarantine details[open]").wait_for()
    send(web_node, WRONG)
    page.locator(f".quarantine > li:nth-child({known + 1})").wait_for(timeout=10_000)
    assert page.locator(".quarantine details[open]").count() == 1
    assert reader.wrong == []


def test_a_quarantined_message_is_corrected_and_sent_again(visit: Any, web_node: Node) -> None:
    send(web_node, WRONG + b"\n")
    reader = visit()
    page = reader.go(PAGES["sources"])
    entry = page.locator(".quarantine > li", has_text="customs").first
    entry.locator("summary").click()
    field = entry.locator("textarea.filled")
    field.wait_for(timeout=10_000)
    assert field.input_value().encode().strip() == WRONG.strip()
    field.fill(RIGHT.decode())
    entry.get_by_role("button", name="Send again").click()
    entry.locator(".answer", has_text="Send again: done.").wait_for(timeout=10_000)
    assert reader.wrong == []


def test_a_quarantined_message_is_dismissed(visit: Any, web_node: Node) -> None:
    send(web_node, WRONG + b"\n\n")
    reader = visit()
    page = reader.go(PAGES["sources"])
    entry = page.locator(".quarantine > li", has_text="customs").first
    entry.locator("summary").click()
    entry.get_by_role("button", name="Dismiss").click()
    entry.locator(".answer", has_text="Dismiss: done.").wait_for(timeout=10_000)
    assert reader.wrong == []


def test_a_page_prints_as_a_report(visit: Any, tmp_path: Path) -> None:
    page = visit().go(PAGES["crossing"])
    page.emulate_media(media="print")
    assert not page.locator(".side").is_visible()
    assert page.locator("h1").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_the_maps_shapes_are_no_tab_stops(visit: Any) -> None:
    """The list beside it is the keyboard's way; 33 stops without a name stood before it."""
    page = visit().go(PAGES["overview"])
    page.locator(".map .spot").first.wait_for(timeout=10_000)
    focusable = "[...document.querySelectorAll('.map svg, .map svg *')].filter((e) => e.tabIndex >= 0).length"
    assert page.evaluate(focusable) == 0


def test_a_reader_without_javascript_gets_the_panels_and_their_forms(visit: Any, web_node: Node) -> None:
    send(web_node, WRONG + b"\n\n\n")
    page = visit(java_script_enabled=False).page
    page.goto(visit().base + PAGES["sources"])
    page.wait_for_url("**whole=1**")
    entry = page.locator(".quarantine > li", has_text="customs").first
    entry.locator("summary").click()
    entry.locator("textarea").fill(WRONG.decode().replace("never", "ever"))
    entry.get_by_role("button", name="Send again").click()
    error = page.locator(".field-error:not(:empty)")
    assert "refused again" in error.inner_text()
    assert "ever" in page.locator("textarea").input_value(), "what was typed stands in the form"
    page.get_by_role("link", name="Leave it as it is").click()
    entry = page.locator(".quarantine > li", has_text="customs").first
    entry.locator("summary").click()
    entry.get_by_role("button", name="Dismiss").click()
    assert "Dismiss: done." in page.locator(".did").inner_text()
