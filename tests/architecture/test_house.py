"""The house stays one that can be walked through: no circles, no empty rooms, no function without a word."""

import ast
from collections.abc import Iterator
from functools import cache

import grimp
import pytest
from tests.conftest import LONGEST, ROOT

from birlik.apps.cli.main import COMMANDS, GROUPS

SOURCE = ROOT / "src" / "birlik"
BY_OTHERS = {"birlik.__main__"}
"""Python enters it."""


@cache
def graph() -> grimp.ImportGraph:
    """Every import, also those inside functions and for type checkers."""
    return grimp.build_graph("birlik", cache_dir=None)


def by_the_command_line() -> set[str]:
    """Modules that it imports by name, when their command is given."""
    told = [where for _, where, _ in COMMANDS] + [c for _, _, *commands in GROUPS for _, c in commands]
    return {f"birlik.apps.cli.{where.partition(':')[0]}" for where in told}


def circling(imports: grimp.ImportGraph) -> set[str]:
    """Modules from which a way leads back to themselves."""
    return {
        module
        for module in imports.modules
        for other in imports.find_modules_directly_imported_by(module)
        if module == other or module in imports.find_upstream_modules(other)
    }


def test_no_modules_import_one_another_in_a_circle():
    assert circling(graph()) == set()


def test_a_circle_would_be_seen():
    imports = grimp.build_graph("birlik", cache_dir=None)
    imports.add_import(importer="birlik.errors", imported="birlik.kernel.node")
    assert {"birlik.errors", "birlik.kernel.node"} <= circling(imports)


def test_every_module_is_imported_by_another():
    left = {
        module
        for module in graph().modules
        if not graph().find_modules_that_directly_import(module) and not graph().find_descendants(module)
    }
    assert left - BY_OTHERS - by_the_command_line() == set()


def public(room: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """(where, function) of what other files may call: functions and methods without a leading underscore."""
    for file in sorted((SOURCE / room).rglob("*.py")):
        if file.name.startswith("_") and file.name != "__init__.py":
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        classes = [n for n in tree.body if isinstance(n, ast.ClassDef) and not n.name.startswith("_")]
        for node in [*tree.body, *(inner for c in classes for inner in c.body)]:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
                yield f"{file.relative_to(SOURCE)}:{node.lineno} {node.name}", node


@pytest.mark.parametrize("room", ["standards", "methods", "kernel"])
def test_what_others_may_call_says_what_it_is(room):
    told = list(public(room))
    assert told
    assert [where for where, function in told if not ast.get_docstring(function)] == []


def test_the_files_that_begin_are_there():
    """Else one that was given another name would end the suite by itself, and nobody would know why it takes longer."""
    assert [name for name in LONGEST if not (ROOT / name).is_file()] == []
