"""People who come to industry and innovation with one thing to do, on a closed node, by keyboard, on a telephone."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.apps.web.test_browser import chromium
from tests.apps.web.test_issuers import free_port, running
from tests.domains.cooperation.innovation.conftest import NEED, OFFER, published
from tests.domains.cooperation.test_industry_door import SOLAR, of, sheet
from tests.support.keys import Keys, signed_in
from tests.support.nodes import delivery, follow
from tests.support.people import House
from tests.support.phones import phones
from tests.support.registry import MEDIA_TYPES, TODAY

from birlik.clock import SetClock
from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel import pipeline
from birlik.kernel.policy import Labels, Marking

__all__ = ["chromium"]
pytestmark = pytest.mark.browser
PUBLIC = Labels(marking=Marking.CLEAR, audience=("public",))
PROJECTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "dam": (("name", "A dam"), ("sector", "water"), ("budget", "900000000 USD"), ("passed_idea", "2024-01")),
    "well": (("name", "Ten wells"), ("sector", "water"), ("budget", "3000000 USD"), ("passed_study", "2025-01")),
    "rail": (
        ("name", "A line"),
        ("sector", "transport"),
        ("budget", "4000000 USD"),
        ("passed_study", "2025-01"),
    ),
}


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A closed node where everybody may read what is public."""
    folder = tmp_path_factory.mktemp("doors") / "node"
    told = {"name": "localhost", "declared": (DOMAIN,), "clock": SetClock(TODAY)}
    with running(folder, free_port(), "https://id.example", **told) as made:
        made.does("public_open")
        made.person("sagat", "steward")
        made.person("olzhas", "operator")
        for name in ("gulnar", "timur", "omar"):
            made.person(name, "reader")
        claims = of("solar", SOLAR)
        for own, said in PROJECTS.items():
            claims += of(own, [(name, value, "2026-01-01") for name, value in said])
        sends = delivery(
            sheet(*claims), made.node, media_type=MEDIA_TYPES["sheet"], labels=PUBLIC, source_id="ministry"
        )
        assert not pipeline.take(made.node, [sends])[0].refused
        follow(made.node)
        yield made


@pytest.fixture
def comes(chromium: Any, at: House) -> Iterator[Any]:
    with phones(chromium, at.base) as visit:
        yield visit


def records(at: House) -> int:
    return int(at.node.reader(at.node.operator).count("cooperation_record"))


def test_a_project_s_owner_tries_a_file_and_is_told_what_is_wrong_where(comes: Any, at: House, tmp_path: Path) -> None:
    wrong = {
        "uri": "https://ministry.example/projects.json",
        "version": "0.9",
        "publishedDate": "2026-01-01T00:00:00Z",
        "publisher": {"name": "Ministry"},
        "projects": [{"id": "oc4ids-abc123-1", "title": "A bridge"}, {"title": "No id"}],
    }
    file = tmp_path / "package.json"
    file.write_bytes(orjson.dumps(wrong))
    reader, before = comes(), records(at)
    signed_in(reader, "olzhas")
    reader.go("/")  # the doors, each with its ways
    keys = Keys(reader)
    keys.follows("Try a file")
    assert keys.enters == 1
    reader.page.locator("#try-file").set_input_files(file)  # the picker of the telephone
    keys.writes("source", "ministry", send=True)
    said = reader.page.locator("#outcome").inner_text()
    assert "1 would be taken, 1 refused" in said
    assert "/projects/1/id" in said
    assert records(at) == before, "nothing is kept by trying"
    keys.follows("Send it as ministry")
    assert "refused" in reader.page.locator("#outcome").inner_text()
    assert records(at) == before + 1


def test_a_founder_finds_the_offer_that_fits_why_and_until_when_and_asks_to_be_introduced(
    comes: Any, at: House
) -> None:
    offer = published(at, "gulnar")
    published(at, "omar", title="Money for railways", sector="transport", words="We fund rails and nothing else.")
    need = published(at, "timur", NEED)
    reader = comes()
    signed_in(reader, "timur")
    reader.go("/innovation")
    keys = Keys(reader)
    keys.follows(NEED["title"])
    assert keys.enters == 1
    fits = reader.page.locator("#fits").inner_text()
    assert fits.index(OFFER["title"]) < fits.index("Money for railways"), "what fits better stands first"
    assert re.search(r"\d+ days left", fits)
    assert "sector" in fits.lower()
    keys.follows(OFFER["title"])
    keys.follows("Ask for an introduction")
    keys.writes("message", "Our pilot is the one that you seek.")
    keys.writes("my_address", "timur@wells.example")
    keys.follows("Ask for an introduction")
    (row,) = at.node.reader(at.node.access.of("timur")).mine("cooperation_introduction").to_pylist()
    assert (row["offer_id"], row["state"]) == (offer, "waits")
    assert need != offer


def test_an_investor_finds_projects_by_sector_stage_and_amount(comes: Any) -> None:
    reader = comes()
    reader.go("/")  # the doors, each with its ways
    keys = Keys(reader)
    keys.follows("Who must act next, and since when?")
    assert keys.enters == 1
    keys.writes("by-waiting-sector-is", "water")
    keys.writes("by-waiting-gate-is", "study")
    keys.writes("by-waiting-cost_m-most", "5", send=True)
    shown = reader.page.locator("#waiting").inner_text()
    assert [name in shown for name in ("Ten wells", "A dam", "A line", "A solar park")] == [
        True,
        False,
        False,
        False,
    ]
    assert "cost_m" in reader.page.url, "it can be sent to somebody else as it stands"
