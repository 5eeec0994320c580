"""How a call is opened, sent to review and decided, run: the how-to's `sh` blocks on a closed node."""

from collections.abc import Iterator

import pytest
from tests.docs.test_code_blind import House
from tests.docs.test_tutorial import ROOT, blocks, missing

pytestmark = pytest.mark.timeout(900)
TEXT = ROOT / "docs" / "how-to" / "open-a-call.md"


class Forum(House):
    people = ("sara", "gulnar", "anar", "baur", "zhibek")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = Forum(tmp_path_factory.mktemp("call"))
    try:
        yield made
    finally:
        made.stop()


def test_every_command_prints_what_the_text_shows(house: House) -> None:
    for block in blocks(TEXT.read_text(encoding="utf-8")):
        out = house.run(block.commands)
        absent = missing(block.shown, out)
        assert absent is None, f"not printed: {absent}\n$ {block.commands}\n{out}"
