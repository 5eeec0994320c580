"""What the explanation says of the house is so: each word stands where it says, and none of the contract is missing."""

import dataclasses
import importlib
import re

import pytest
from tests.conftest import ROOT

from birlik.kernel import domain
from birlik.kernel.own import OWN

TEXT = (ROOT / "docs" / "explanation" / "the-house.md").read_text(encoding="utf-8")
SOURCE = ROOT / "src" / "birlik"


def section(title: str) -> str:
    return TEXT.split(f"## {title}\n")[1].split("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """The cells of the table of a section, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


WORDS = [(codes(word)[0], codes(where)[0]) for word, _, where in rows("The words")]


@pytest.mark.parametrize(("word", "where"), WORDS)
def test_a_word_stands_where_it_is_said_to(word, where):
    module = importlib.import_module("birlik." + where.removesuffix(".py").replace("/", "."))
    assert getattr(module, word).__module__ == module.__name__


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:kernel|apps|domains)/[\w/.]+|assembly\.py)`", TEXT))))
def test_a_place_that_is_named_is_there(name):
    assert (SOURCE / name).exists()


def test_every_word_that_a_domain_is_made_of_is_told():
    named = set(codes(section("The words")))
    declared = {
        one
        for field in dataclasses.fields(domain.Domain)
        if field.name not in ("name", "title", "catalogue", "settings")
        for one in re.findall(r"tuple\[(\w+), \.\.\.\]", str(field.type))
        or [t.__name__ for t in getattr(field.type, "__args__", ()) if isinstance(t, type) and t is not type(None)]
    }
    assert {"Table", "Derived", "Indicator", "AlertRule", "Page", "Intake", "Act", "Endpoint"} <= declared
    assert declared <= named


def test_every_rule_of_a_source_and_every_word_in_a_row_exists():
    told = {code for _, says, _ in rows("The words") for code in codes(says) if code.isidentifier()}
    from birlik.kernel import acts, intake, kept, panels, policy, tables

    homes = (domain, acts, intake, kept, panels, policy, tables)
    assert {word for word in told if not any(hasattr(home, word) for home in homes)} == set()


def test_all_that_the_kernel_declares_of_its_own_is_told():
    own = section("The words").partition("What belongs to no domain")[2]
    modules = {act.do.__module__.removeprefix("birlik.").replace(".", "/") + ".py" for act in OWN.acts}
    assert modules <= set(codes(own))
