"""An administrator and a supplier at work in a real Chromium, by the keyboard and on a phone; clicks are counted."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.apps.web.test_browser import SERIOUS, Visit, chromium
from tests.apps.web.test_issuers import free_port, running
from tests.apps.web.test_signing_browser import signs_in
from tests.conftest import ROOT
from tests.support.people import House

__all__ = ["chromium"]
pytestmark = pytest.mark.browser
COUNTED = "window.clicks = (+sessionStorage.n || 0); addEventListener('click', e => { if (e.isTrusted) sessionStorage.n = ++window.clicks }, true)"  # noqa: E501
KEY = re.compile(r"birlik_[a-z0-9]{10}_\w{38}")


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    with running(tmp_path / "node", free_port(), "https://id.example", name="localhost") as made:
        yield made


def serious(reader: Visit) -> list[tuple[str, str]]:
    """What axe finds that bars somebody."""
    reader.page.evaluate((ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found = reader.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in SERIOUS]


def test_an_administrator_adds_a_supplier_with_its_key_in_a_few_clicks(chromium: Any, at: House) -> None:
    at.person("aigul", "administrator")
    reader = Visit(chromium, at.base)
    page = reader.page
    page.add_init_script(COUNTED)
    signs_in(page, at.base, "aigul")
    page.get_by_role("link", name="People and machines").wait_for()
    page.evaluate("sessionStorage.n = window.clicks = 0")
    began = time.monotonic()
    page.get_by_role("link", name="People and machines").click()
    page.get_by_role("link", name="Add a supplier").click()
    page.locator("[name=principal_id]").fill("azer.rail")
    page.locator("[name=name]").fill("Azerbaijan Railways")
    page.locator("[name=sources]").fill("azer")
    page.get_by_role("button", name="Add a supplier").click()
    page.locator(".secret").wait_for()
    took = time.monotonic() - began
    assert KEY.fullmatch(page.locator(".secret").inner_text())
    assert int(page.evaluate("sessionStorage.n")) <= 4, "two links and a button"
    assert took < 60
    assert serious(reader) == []
    page.get_by_role("button", name="I have it").or_(page.get_by_role("link", name="I have it")).click()
    assert KEY.search(page.content()) is None, "shown once"


def test_a_supplier_makes_trackers_on_a_phone_and_sees_what_they_are_called(chromium: Any, at: House) -> None:
    at.person("marat")
    at.does("grant_add", principal_id="marat", role="supplier", sources="fleet")
    reader = Visit(chromium, at.base)
    page = reader.page
    page.set_viewport_size({"width": 390, "height": 844})
    signs_in(page, at.base, "marat")
    page.goto(f"{at.base}/birlik/mine")
    page.get_by_role("link", name="Add devices").click()
    page.locator("[name=source_id]").fill("fleet")
    page.locator("[name=devices]").fill("356938035643809,Truck 17\n356938035643810,Truck 18")
    page.get_by_role("button", name="Add devices").click()
    page.locator(".card").first.wait_for()
    assert page.locator(".card svg").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="I have them").click()
    page.get_by_text("Truck 18").first.wait_for()
    assert serious(reader) == []
