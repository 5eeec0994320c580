"""People who come with one thing to do, on a closed node, by keyboard, on a telephone: each begins within two steps of
a door, and is done. (Who comes for promises and for forums is met at those doors.)"""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.apps.web.test_browser import chromium
from tests.apps.web.test_issuers import free_port, running
from tests.support.keys import Keys, signed_in
from tests.support.meanings import Concepts
from tests.support.nodes import delivery
from tests.support.people import House
from tests.support.phones import phones
from tests.support.registry import MEDIA_TYPES, TODAY

from birlik.clock import SetClock
from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel import acting, pipeline
from birlik.kernel.meaning.centring import Means
from birlik.kernel.meaning.texts import Meaning
from birlik.kernel.policy import Labels, Marking

__all__ = ["chromium"]
pytestmark = pytest.mark.browser
PUBLIC = Labels(marking=Marking.CLEAR, audience=("public",))
TURKISH = "Göl suyunun tuzluluğu"
WORKS = f"""@article{{gol2024, title={{{TURKISH}}}, author={{Yıldız, Ayşe}}, year={{2024}}, langid={{turkish}},
  journal={{Su Dergisi}}}}
@article{{steel2023, title={{Steel in figures}}, author={{Smith, Ann}}, year={{2023}}, langid={{english}},
  journal={{Metals}}}}
"""
WAITS = {"entity_id": "com:01", "value": "The summit met at Turkistan", "source": "https://press.example/summit"}


def does(at: House, act: str, **told: Any) -> Any:
    ask = acting.asked(at.node.acts[f"cooperation_{act}"], told, at.node.operator, labels=PUBLIC)
    return at.service.act_now(ask).result


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A closed node of the registry, where everybody may read what is public, and which looks for what words mean."""
    folder = tmp_path_factory.mktemp("tasks") / "node"
    told = {"name": "localhost", "declared": (DOMAIN,), "clock": SetClock(TODAY)}
    meaning = Meaning(Concepts(), Means.none(), (0.4, 0.4))
    with running(folder, free_port(), "https://id.example", meaning=meaning, **told) as made:
        made.person("sagat", "steward")
        made.does("public_open")
        pipeline.take(
            made.node,
            [delivery(WORKS, made.node, media_type=MEDIA_TYPES["bibtex"], labels=PUBLIC, source_id="library")],
        )
        pipeline.follow(made.node)
        while made.node.store.make_meaning():
            pass
        yield made


@pytest.fixture
def comes(chromium: Any, at: House) -> Iterator[Any]:
    with phones(chromium, at.base) as visit:
        yield visit


def test_a_researcher_asks_in_kazakh_finds_the_turkish_work_and_takes_its_bibtex(comes: Any) -> None:
    reader = comes(locale="kk")
    reader.go("/research")
    keys = Keys(reader)
    keys.writes("q", "көл", send=True)
    keys.follows(TURKISH)
    assert keys.enters <= 2
    assert TURKISH in reader.page.locator("h1").inner_text()
    keys.follows("Дәйексөз")
    link = reader.page.get_by_role("link", name="BibTeX").first
    with reader.page.expect_download() as coming:
        link.focus()
        reader.page.keyboard.press("Enter")
    taken = coming.value.path().read_text(encoding="utf-8")
    assert TURKISH in taken
    assert "@article" in taken


def test_a_steward_says_that_two_are_the_same_and_takes_it_back(comes: Any, at: House) -> None:
    for name in ("Qazaq Steppe University", "Qazaq Steppe Univ."):
        does(at, "say", kind="organisation", property="name", value=name, source="https://a.example")
    pipeline.follow(at.node)
    does(at, "link", kind="organisation")
    pipeline.follow(at.node)
    reader = comes()
    signed_in(reader, "sagat")
    reader.go("/declaration")
    keys = Keys(reader)
    keys.follows("What waits")
    assert keys.enters == 1
    assert "Qazaq Steppe" in reader.page.locator("#pairs").inner_text()
    before = at.node.reader(at.node.operator).rows("cooperation_decision").num_rows
    keys.follows("The same")
    assert keys.enters == 2
    assert "2 rows were touched" in reader.page.locator("#pairs .did").inner_text()
    assert at.node.reader(at.node.operator).rows("cooperation_decision").num_rows == before + 1
    keys.follows("Undo")
    assert at.node.reader(at.node.operator).rows("cooperation_decision").num_rows == before
    said = reader.page.locator(".did").all_inner_texts()
    assert [text.split(":")[0] for text in said] == ["Undo"], "it is said where it was done, and not in other queues"
    assert "Qazaq Steppe" in reader.page.locator("#pairs").inner_text()


def test_a_steward_publishes_what_was_sent_and_returns_another_with_a_reason(comes: Any, at: House) -> None:
    visitor = comes()
    said = {"The summit met at Turkistan", "Buy salt"}
    for value in said:
        visitor.go("/cooperation/form/cooperation_evidence?entity_id=com%3A01")
        visitor.page.locator("[name=value]").fill(value)
        visitor.page.locator("[name=source]").fill("https://press.example/summit")
        with visitor.page.expect_navigation():
            visitor.page.locator("form.act button[type=submit]").first.click()
    pipeline.follow(at.node)
    reader = comes()
    signed_in(reader, "sagat")
    reader.go("/declaration")
    keys = Keys(reader)
    keys.follows("What waits")
    keys.follows("Publish")
    assert keys.enters == 2
    (waits,) = (value for value in said if value in reader.page.locator("#held table").inner_text())
    keys.follows("Return")
    reader.page.locator("[name=reason]").focus()
    reader.page.keyboard.type("It is an advertisement.")
    keys.follows("Return")
    pipeline.follow(at.node)
    visitor.go("/cooperation/commitment/com%3A01")
    shown = visitor.page.locator("main").inner_text()
    assert [value in shown for value in (*(said - {waits}), waits)] == [True, False]
