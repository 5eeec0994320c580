"""Each test that the documentation of threats and of ASVS names is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/explanation/threats.md", "docs/reference/asvs.md", "SECURITY.md")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
FILE = re.compile(r"`((?:docs|src|tests|tools)/[\w/.-]+|SECURITY\.md)`")


def named_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, kinds) and node.name.startswith("test_")}


def missing(text: str) -> list[str]:
    """What is named and isn't there."""
    lacking = [f"{file}::{name}" for file, name in sorted(set(TEST.findall(text)))
               if not (ROOT / file).is_file() or name not in named_in(ROOT / file)]  # fmt: skip
    return lacking + [path for path in sorted(set(FILE.findall(text))) if not (ROOT / path).exists()]


@pytest.mark.parametrize("page", PAGES)
def test_each_test_that_is_named_is_there(page: str) -> None:
    assert missing((ROOT / page).read_text(encoding="utf-8")) == []


def test_one_that_is_not_there_would_be_seen() -> None:
    text = "`tests/docs/test_threats.py::test_of_nothing`, `tests/no/such.py::test_x`, `docs/no-such.md`"
    assert len(missing(text)) == 3


def test_each_threat_names_its_test() -> None:
    """Of every row of a table by flow: where it is tried, or which part says it."""
    text = (ROOT / PAGES[0]).read_text(encoding="utf-8")
    rows = re.findall(r"^\| [STRIDE] \| .*$", text, re.M)
    assert len(rows) > 35
    assert [row for row in rows if "`tests/" not in row and "(F)" not in row] == []


def test_each_attack_that_is_tried_is_told(attacks: list[str]) -> None:
    text = (ROOT / PAGES[0]).read_text(encoding="utf-8")
    assert [file for file in attacks if file not in text] == []


@pytest.fixture
def attacks() -> list[str]:
    return [f"tests/attacks/{file.name}" for file in sorted((ROOT / "tests" / "attacks").glob("test_*.py"))]
