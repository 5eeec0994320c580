"""How projects and works are sent, run: the how-to's `sh` blocks in their order, on one node."""

from collections.abc import Iterator

import pytest
from tests.docs.test_tutorial import ROOT, Shell, blocks, missing

pytestmark = pytest.mark.timeout(900)
TEXT = ROOT / "docs" / "how-to" / "send-projects-and-works.md"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = Shell(tmp_path_factory.mktemp("registry"))
    try:
        yield made
    finally:
        made.stop()


def test_every_command_prints_what_the_text_shows(shell: Shell) -> None:
    for block in blocks(TEXT.read_text(encoding="utf-8")):
        out = shell.run(block.commands)
        absent = missing(block.shown, out)
        assert absent is None, f"not printed: {absent}\n$ {block.commands}\n{out}"
