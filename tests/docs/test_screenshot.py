"""The pictures of README and docs show real pages: BIRLIK_SCREENSHOTS=1 makes them of a demo."""

import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT, absent

IMAGES = ROOT / "docs" / "images"
PAGES = {
    "front.png": "/",
    "declaration.png": "/cooperation/declaration",
    "forums.png": "/cooperation/forums",
    "innovation.png": "/cooperation/innovation",
    "industry.png": "/cooperation/industry",
    "research.png": "/cooperation/research",
    "overview.png": "/transport/overview",
    "crossing.png": "/transport/crossing/kz-nurzholy--cn-khorgos--road",
}
WIDTH, HEIGHT = 1280, 960
LARGEST_BYTES = 400_000
SMALLEST_BYTES = 20_000
"""An empty or half-drawn page compresses to less."""
MAKING = os.environ.get("BIRLIK_SCREENSHOTS") == "1"

making = pytest.mark.skipif(not MAKING, reason="makes the pictures only where BIRLIK_SCREENSHOTS=1")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo with 30 days of traffic."""
    folder = tmp_path_factory.mktemp("demo") / "node"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BIRLIK_")}
    command = [sys.executable, "-m", "birlik", "demo", "--data", str(folder), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=clean) as process:
        try:
            assert process.stdout is not None
            found = next(filter(None, (re.search(r"http://[^\"]+", line) for line in process.stdout)), None)
            assert found, "the demo ended without an address"
            yield found.group()
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    executable = os.environ.get("BIRLIK_CHROMIUM", "/usr/bin/chromium")
    if not Path(executable).is_file():
        absent(f"no Chromium at {executable}: set BIRLIK_CHROMIUM, or run tools/system.sh chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@making
@pytest.mark.browser
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", PAGES)
def test_a_picture_is_made_of_a_page_with_all_its_panels(demo: str, chromium: Any, name: str) -> None:
    page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="en", color_scheme="light")
    page.goto(demo + PAGES[name])
    page.wait_for_selector("main")
    for waiting in (".panel[aria-busy]", ".chart:not([data-drawn])", ".map:not([data-drawn])"):
        page.wait_for_selector(waiting, state="detached", timeout=60_000)
    IMAGES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=IMAGES / name)


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height out of a PNG's header (ISO/IEC 15948, 11.2.2)."""
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize("name", PAGES)
def test_a_picture_is_a_whole_page_and_light_enough_to_commit(name: str) -> None:
    png = (IMAGES / name).read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert size_of(png) == (WIDTH, HEIGHT)
    assert SMALLEST_BYTES < len(png) < LARGEST_BYTES


@pytest.mark.parametrize("name", [name for name, at in PAGES.items() if at != "/"])
def test_a_picture_is_of_a_page_that_is_declared(name: str) -> None:
    from birlik import assembly

    declared = {f"/{domain.name}/{page.name}" for domain in assembly.domains() for page in domain.pages}
    assert "/".join(PAGES[name].split("/")[:3]) in declared


def test_readme_shows_a_picture_of_each_door_and_the_start_page_an_overview() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in PAGES if f"docs/images/{name}" not in readme and name != "overview.png"] == []
    assert "images/overview.png" in (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
