"""Who arranges meetings comes with a telephone and no mouse: from the door to the pairs, to an offer, and kept."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.apps.web.test_access_browser import serious
from tests.apps.web.test_browser import Visit, chromium
from tests.apps.web.test_issuers import free_port, running
from tests.domains.cooperation.innovation.conftest import NEED, published
from tests.support.keys import PHONE, Keys, signed_in
from tests.support.people import House
from tests.support.registry import TODAY

from birlik.clock import SetClock
from birlik.domains.cooperation.domain import DOMAIN

__all__ = ["chromium"]
pytestmark = pytest.mark.browser
IN = {
    "en": ("Who is brought to whom", "Compute", "done", "Save", "brought together"),
    "kk": ("Кім кіммен кездестіріледі", "Есептеу", "дайын", "Сақтау", "жұптастырылды"),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("spread") / "node"
    with running(
        folder, free_port(), "https://id.example", name="localhost", declared=(DOMAIN,), clock=SetClock(TODAY)
    ) as made:
        made.does("public_open")
        for name, role in (("sagat", "steward"), ("gulnar", "reader"), ("timur", "reader")):
            made.person(name, role)
        published(made, "gulnar", title="The great fund")
        published(made, "gulnar", title="The small fund", sector="culture", phase="growing", capacity_n="5")
        for title, state in (("Wells", "TUR"), ("Springs", "KAZ"), ("Rain", "KAZ")):
            published(made, "timur", NEED, title=title, from_state=state)
        yield made


@pytest.mark.parametrize("lang", IN)
def test_pairs_are_found_kept_and_opened_by_keyboard_on_a_phone(chromium: Any, house: House, lang: str) -> None:
    title, compute, done, save, column = IN[lang]
    reader = Visit(chromium, house.base, viewport=PHONE, locale=lang)
    signed_in(reader, "gulnar")
    reader.go("/innovation")
    keys = Keys(reader)
    keys.follows(title)
    assert keys.enters == 1, "it stands at its door"
    keys.follows(compute)
    reader.page.locator("#job-rows").wait_for(timeout=30_000)
    assert done in reader.page.locator(".job").inner_text()
    table = reader.page.locator("table")
    assert column in table.inner_text()
    assert table.locator("tbody tr").count() >= 3
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert serious(reader) == []
    here = reader.page.url
    keys.follows("The great fund")
    assert reader.page.locator("h1").inner_text() == "The great fund"
    reader.page.goto(here)
    keys.writes("name", f"Spring fair {lang}")
    keys.follows(save)
    assert f"Spring fair {lang}" in reader.page.locator("main").inner_text()
    reader.context.close()
