"""What a docstring shows comes out as it says."""

import doctest
import importlib

import pytest
from tests.conftest import ROOT

SRC = ROOT / "src"
MODULES = sorted(
    ".".join(path.relative_to(SRC).with_suffix("").parts)
    for path in SRC.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_what_a_docstring_shows_comes_out(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name.removesuffix(".__init__")))

    assert found.attempted
    assert not found.failed
