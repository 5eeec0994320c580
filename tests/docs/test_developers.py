"""The how-tos for developers, performed literally in a copy of the tree.

A block with a `title` is a file of the tree: `diff` edits it (lines with `+` come, lines with `-` go), any other is
written to it, or to its end where it is there. `sh` blocks are run in their order, and print the `text` below.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.docs.test_tutorial import missing
from tests.support.server import environment

PAGES = ("add-an-indicator", "add-a-source", "add-an-alert-rule")
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
CATALOGUES = "tests/apps/web/test_catalogues.py"


def edited(text: str, diff: str) -> str:
    """`text` with one piece of a diff; the lines that stay and go must be there once."""
    lines = diff.splitlines()
    before = "\n".join(line[1:] for line in lines if not line.startswith("+"))
    after = "\n".join(line[1:] for line in lines if not line.startswith("-"))
    assert text.count(before) == 1, f"these lines stand {text.count(before)} times:\n{before}"
    return text.replace(before, after)


class Tree:
    """A copy of what a developer has, with `birlik` and Python on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        compiled = shutil.ignore_patterns("numba-*", "*.mo")
        for name in ("src", "members", "examples", "tools", "tests", "docs"):
            shutil.copytree(ROOT / name, folder / name, ignore=compiled)
        shutil.copy(ROOT / "pyproject.toml", folder)
        (folder / "bin").mkdir()
        for name, module in (("birlik", "birlik"), ("pytest", "pytest")):
            (folder / "bin" / name).write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
            (folder / "bin" / name).chmod(0o755)

    def write(self, name: str, kind: str, content: str) -> None:
        file = self.folder / name
        there = file.read_text(encoding="utf-8") if file.is_file() else ""
        file.write_text(edited(there, content) if kind == "diff" else there + content, encoding="utf-8")

    def run(self, commands: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in environment().items() if not name.startswith("BIRLIK_")}
        path = f"{self.folder / 'bin'}{os.pathsep}{kept['PATH']}"
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=self.folder,
            # Sixteen rows: to compile the numerics of a new tree takes minutes, to interpret them nothing.
            env={
                **kept,
                "PATH": path,
                "COLUMNS": "200",
                "PYTHONPATH": str(self.folder / "src"),
                "NUMBA_DISABLE_JIT": "1",
            },
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )


def perform(tree: Tree, page: str) -> str | None:
    """Do what a page says; what it says is printed and isn't, or None."""
    blocks = BLOCK.findall((ROOT / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8"))
    printed = ""
    for kind, title, content in blocks:
        if title:
            tree.write(title, kind, content)
        elif kind == "sh":
            ran = tree.run(content)
            assert ran.returncode == 0, f"{content}\n{ran.stdout}{ran.stderr}"
            printed = ran.stdout
        elif kind == "text" and (line := missing(content, printed)) is not None:
            return f"{line!r} is not in what was printed:\n{printed}"
    return None


def test_what_the_pages_for_developers_tell_works(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    for page in PAGES:
        assert perform(tree, page) is None, page
        shutil.rmtree(tree.folder / "node")
    said = tree.run(f"pytest -x {CATALOGUES} tests/architecture/test_no_domain_by_name.py")
    assert said.returncode == 0, said.stdout[-3000:]


def test_an_edit_whose_lines_are_gone_is_noticed() -> None:
    assert edited("a\nb\n", " a\n+x\n b\n") == "a\nx\nb\n"
    with pytest.raises(AssertionError, match="stand 0 times"):
        edited("a\nb\n", " a\n-c\n")


@pytest.mark.parametrize("page", ["add-an-indicator", "add-an-alert-rule"])
def test_a_word_that_was_not_translated_is_noticed(page: str, tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    for kind, title, content in BLOCK.findall((ROOT / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")):
        if title and kind != "po":
            tree.write(title, kind, content)
    said = tree.run(f"pytest -q {CATALOGUES} -k said_in_kazakh")
    assert said.returncode == 1, said.stdout
