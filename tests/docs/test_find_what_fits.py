"""Posting, fitting and being introduced, run: the how-to's `sh` blocks in their order, as the tutorial's are."""

from pathlib import Path

import pytest
from tests.docs.test_access import Closed
from tests.docs.test_tutorial import ROOT, blocks, missing

pytestmark = pytest.mark.timeout(900)


def test_every_command_prints_what_the_text_shows(tmp_path: Path) -> None:
    shell = Closed(tmp_path)
    text = (ROOT / "docs" / "how-to" / "find-what-fits.md").read_text(encoding="utf-8")
    try:
        for block in blocks(text):
            out = shell.run(block.commands)
            absent = missing(block.shown, out)
            assert absent is None, f"not printed: {absent}\n$ {block.commands}\n{out}"
    finally:
        shell.stop()
