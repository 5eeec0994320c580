"""A record, a form and a queue in a real Chromium: with the keyboard, without JavaScript, on a phone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.apps.web.test_browser import SERIOUS, Visit, chromium
from tests.conftest import ROOT
from tests.support.aviary import AVIARY, BIRD, CAGE, MEDIA_TYPE, change, changes
from tests.support.nodes import delivery, opened, rows
from tests.support.server import serving

from birlik.kernel import pipeline
from birlik.kernel.node import Node

__all__ = ["chromium"]
pytestmark = pytest.mark.browser
RECORD = "/aviary/record/aviary_cage/c1"
WIDTHS = (390, 1440)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node", declared=(AVIARY,)) as made:
        items = (
            change(CAGE, cage_id="c1", name="north", area_m2=4.25),
            change(CAGE, cage_id="c2", name="south"),
            change(BIRD, bird_id="b1", name="Bek", species="owl", cage_id="c1"),
        )
        pipeline.take(made, [delivery(changes(items), made, media_type=MEDIA_TYPE, source_id="keeper")])
        yield made


def test_a_row_is_changed_by_its_form_with_and_without_javascript(chromium: Any, node: Node) -> None:
    with serving(node) as base:
        for scripts, name in ((True, "west"), (False, "east")):
            reader = Visit(chromium, base, java_script_enabled=scripts)
            page = reader.page
            page.goto(base + RECORD)
            page.locator(".record-acts summary", has_text="Change").click()
            page.get_by_label("name", exact=True).fill(name)
            page.get_by_label("area, m²").fill("wide")
            page.get_by_role("button", name="Change").click()
            error = page.locator(".field-error:not(:empty)")
            assert "is no number" in error.inner_text()
            assert page.get_by_label("name", exact=True).input_value() == name
            page.get_by_label("area, m²").fill("7,5")
            page.get_by_role("button", name="Change").dblclick()
            page.locator(".did").wait_for(timeout=10_000)
            assert page.locator("h1").inner_text().startswith(name)
            assert [text for text in reader.wrong if "422" not in text] == []
            reader.context.close()
    (cage,) = [row for row in rows(node, CAGE.name) if row["cage_id"] == "c1"]
    assert (cage["name"], cage["area_m2"]) == ("east", 7.5)
    assert len(rows(node, "birlik_act")) == 2, "a double click is one act"


def test_records_lists_and_forms_are_open_to_everyone_and_fit_a_phone(chromium: Any, node: Node) -> None:
    axe = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    with serving(node) as base:
        for width, scheme, language in ((390, "dark", "kk"), (1440, "light", "en")):
            reader = Visit(
                chromium, base, viewport={"width": width, "height": 900}, color_scheme=scheme, locale=language
            )
            for address in (
                RECORD,
                "/aviary/records/aviary_bird",
                "/aviary/records/aviary_bird?filter=species+%3D+%27owl%27",
                "/aviary/records/aviary_bird?filter=nothing",
                "/aviary/act/aviary_bird_begin",
                "/aviary/act/aviary_cage_end?key=c1",
            ):
                page = reader.go(address)
                page.evaluate(axe)
                found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
                said = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in SERIOUS]
                assert (address, said) == (address, [])
                assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert reader.wrong == []
            reader.context.close()
