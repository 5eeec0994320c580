"""The how-to of the audit log, run: every `sh` block in its order, and what it prints against the `text` below."""

import os
import subprocess
from pathlib import Path

from tests.docs.test_tutorial import ROOT, blocks, missing

PAGE = ROOT / "docs" / "how-to" / "audit.md"


def test_every_command_of_the_page_prints_what_it_shows(tmp_path: Path) -> None:
    found = blocks(PAGE.read_text(encoding="utf-8"))
    assert len(found) >= 6
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    for block in found:
        done = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", block.commands],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        printed = done.stdout + done.stderr
        assert missing(block.shown, printed) is None, printed
