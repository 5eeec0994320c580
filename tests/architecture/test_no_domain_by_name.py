"""Kernel and apps iterate over what domains declare: no domain's name, table or indicator occurs in them."""

import re
from pathlib import Path

import pytest
from tests.conftest import ROOT

from birlik import assembly

SOURCE = ROOT / "src" / "birlik"
ROOMS = ("kernel", "apps", "methods", "standards")
WRITTEN = ("*.py", "*.html", "*.js", "*.css")
FILES = sorted(
    file for room in ROOMS for kind in WRITTEN for file in (SOURCE / room).rglob(kind) if "vendor" not in file.parts
)


def names():
    """Names of domains, and of what they declare, that are long enough not to be ordinary words."""
    for domain in assembly.domains():
        yield domain.name
        declared = (*domain.tables, *domain.derived, *domain.indicators, *domain.alert_rules)
        yield from (d.name for d in declared if "_" in d.name or d.name[-1].isdigit())


def words_of(file: Path) -> set[str]:
    """Words in lower case, as names are written: `Transport` with a capital is CAP's own code of a category."""
    return set(re.findall(r"\b[a-z][a-z0-9_]+", file.read_text(encoding="utf-8")))


EXAMPLES = frozenset({"transport_movement", "tfi1", "waiting_now"})
"""Named in docstrings of declarations, to show what such a name looks like."""


def test_there_are_files_to_look_at():
    assert len(FILES) > 80


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SOURCE)))
def test_no_domain_is_named(file):
    assert words_of(file) & set(names()) - EXAMPLES == set() or _only_in_words(file)


def _only_in_words(file: Path) -> bool:
    """In Python a name may stand in a docstring or comment (an example), never in code."""
    if file.suffix != ".py":
        return False
    import ast

    tree = ast.parse(file.read_text(encoding="utf-8"))
    docstrings = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            found |= set(re.findall(r"\b[a-z][a-z0-9_]+", node.value))
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found |= set(node.name.split("."))
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= set(node.module.split("."))
    return not found & set(names())
