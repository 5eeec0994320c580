"""How two code a promise, run: the how-to's `sh` blocks on a closed node; who has a link gets in as a browser does."""

import json
from collections.abc import Iterator

import httpx
import pytest
from tests.docs.test_access import Closed
from tests.docs.test_tutorial import ROOT, blocks, missing

from birlik.kernel.access import sessions

pytestmark = pytest.mark.timeout(900)
TEXT = ROOT / "docs" / "how-to" / "code-blind.md"


class House(Closed):
    """Once there are links, their people get in and make keys."""

    people = ("sara", "bek", "tomiris")

    def run(self, commands: str) -> str:
        for name in self.people:
            link = self.folder / f"{name}.link"
            if link.is_file() and not (self.folder / f"{name}.key").is_file():
                told = json.loads(link.read_text(encoding="utf-8"))["once"]["link"]
                (self.folder / f"{name}.key").write_text(self.key_by(told), encoding="utf-8")
        return super().run(commands)

    def key_by(self, link: str) -> str:
        with httpx.Client(base_url=self.url, trust_env=False, timeout=60) as browser:
            assert browser.post(link).status_code == 303
            cookie = next(value for name, value in browser.cookies.items() if "birlik-KAZ" in name)
            made = browser.post(
                "/api/v1/acts/birlik_my_key_add",
                json={"label": "commands"},
                headers={"birlik-form": sessions.form_token(cookie)},
            )
        assert made.status_code == 200, made.text
        return str(made.json()["once"]["key"])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("blind"))
    try:
        yield made
    finally:
        made.stop()


def test_every_command_prints_what_the_text_shows(house: House) -> None:
    for block in blocks(TEXT.read_text(encoding="utf-8")):
        out = house.run(block.commands)
        absent = missing(block.shown, out)
        assert absent is None, f"not printed: {absent}\n$ {block.commands}\n{out}"
