"""How sheets are sent, run: the how-to's `sh` blocks in their order, on one node; and its profile, which is read."""

import re
from collections.abc import Iterator

import pytest
from tests.docs.test_tutorial import ROOT, Shell, blocks, missing

from birlik.domains.cooperation.wire.profiles import read_profile

pytestmark = pytest.mark.timeout(900)
TEXT = (ROOT / "docs" / "how-to" / "send-a-sheet.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = Shell(tmp_path_factory.mktemp("sheets"))
    try:
        yield made
    finally:
        made.stop()


def test_every_command_prints_what_the_text_shows(shell: Shell) -> None:
    for block in blocks(TEXT):
        out = shell.run(block.commands)
        absent = missing(block.shown, out)
        assert absent is None, f"not printed: {absent}\n$ {block.commands}\n{out}"


def test_the_profile_of_the_text_is_one() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    profile = read_profile(text)
    assert (profile.kind, profile.header_rows, profile.encodings) == ("claims", 2, ("utf-8", "cp1251"))
