"""Behind the door of the forums, by keyboard on a phone: an organiser publishes a programme, and somebody without an
account registers."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.apps.web.test_access_browser import serious
from tests.apps.web.test_browser import Visit, chromium
from tests.apps.web.test_issuers import free_port, running
from tests.support.attending import ANNOUNCED, PURPOSE
from tests.support.keys import PHONE, Keys, signed_in
from tests.support.people import House
from tests.support.registry import TODAY

from birlik.clock import SetClock
from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel import acting, pipeline
from birlik.kernel.policy import Labels, Marking

__all__ = ["chromium"]
pytestmark = pytest.mark.browser
PUBLIC = Labels(marking=Marking.CLEAR, audience=("public",))


def does(at: House, act: str, **told: Any) -> str:
    ask = acting.asked(at.node.acts[f"cooperation_{act}"], told, at.node.operator, labels=PUBLIC)
    made = at.service.act_now(ask).result
    pipeline.follow(at.node)
    return str(next(iter(made["about"].values())))


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A closed node where everybody may read what is public, with an event, its rooms and its talks."""
    folder = tmp_path_factory.mktemp("forums") / "node"
    with running(
        folder, free_port(), "https://id.example", name="localhost", declared=(DOMAIN,), clock=SetClock(TODAY)
    ) as made:
        made.person("sagat", "steward")
        made.does("public_open")
        yield made


@pytest.fixture(scope="module")
def event(at: House) -> str:
    made = does(at, "event_announce", **ANNOUNCED)
    hours = {"opens_time": "2027-03-01T04:00:00Z", "closes_time": "2027-03-01T08:00:00Z", "zone": "Asia/Almaty"}
    does(at, "hall_open", entity_id=made, room="Blue", **hours)
    does(at, "hall_open", entity_id=made, room="Green", **hours)
    for title, speakers in (("On salt", "Aida"), ("On song", "Omar"), ("On sand", "Aida")):
        does(at, "talk_add", entity_id=made, title=title, speakers=speakers, minutes=60)
    does(at, "registration_open", entity_id=made, places_n=1, purpose=PURPOSE, zone="Asia/Almaty")
    return made


@pytest.fixture
def comes(chromium: Any, at: House) -> Iterator[Any]:
    made: list[Visit] = []

    def visit() -> Visit:
        made.append(Visit(chromium, at.base, viewport=PHONE))
        return made[-1]

    yield visit
    for one in made:
        one.context.close()


def types(reader: Visit, **said: str) -> None:
    """Fills in a form by its labels' inputs, as a keyboard does."""
    for name, value in said.items():
        field = reader.page.locator(f'form.act [name="{name}"]')
        field.focus()
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            reader.page.keyboard.type(value)


def sends(reader: Visit) -> None:
    button = reader.page.locator("form.act button[type=submit]").first
    button.focus()
    with reader.page.expect_navigation():
        reader.page.keyboard.press("Enter")
    reader.settled()


def test_an_organiser_has_the_rest_proposed_and_publishes_the_programme(comes: Any, at: House, event: str) -> None:
    reader = comes()
    signed_in(reader, "sagat")
    reader.go("/forums")
    keys = Keys(reader)
    keys.follows("Organise an event")
    keys.follows(ANNOUNCED["name"])
    assert keys.enters == 2
    assert serious(reader) == []
    keys.follows("Propose places")
    sends(reader)
    pipeline.follow(at.node)
    assert "/event_desk/" in reader.page.url
    keys.follows("Publish the programme")
    sends(reader)
    pipeline.follow(at.node)
    assert keys.enters <= 4
    visitor = comes()
    visitor.go(f"/cooperation/event/{event}")
    said = visitor.page.locator("#programme").inner_text()
    assert all(title in said for title in ("On salt", "On song", "On sand"))
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert serious(visitor) == []


def test_who_has_no_account_registers_within_two_steps_of_the_door(comes: Any, at: House, event: str) -> None:
    reader = comes()
    reader.go("/forums")
    keys = Keys(reader)
    keys.follows(ANNOUNCED["name"])
    assert PURPOSE in reader.page.locator("main").inner_text()
    keys.follows("Register")
    assert keys.enters == 2
    assert serious(reader) == []
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    types(reader, name="Aida Bek", mail="aida@example.kz", affiliation="Taraz", may_list="true", may_keep="true")
    sends(reader)
    assert "Whether you have a place" in reader.page.locator("main").inner_text()
    keys.follows("See what was sent")
    said = reader.page.locator("main").inner_text()
    assert "Aida Bek" in said
    assert "placed" in said
    assert serious(reader) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_pages_bar_nobody_in_either_theme(chromium: Any, at: House, event: str, scheme: str) -> None:
    reader = Visit(chromium, at.base, viewport=PHONE, color_scheme=scheme)
    for address in ("/cooperation/forums", f"/cooperation/event/{event}", "/cooperation/events"):
        for lang in ("en", "kk"):
            reader.go(f"{address}?lang={lang}")
            assert serious(reader) == [], address
            assert reader.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    reader.context.close()
