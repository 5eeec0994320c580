"""The notebook of the examples runs: against a node with traffic that serves, and what `birlik export` wrote of it."""

import ast
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.apps.web.conftest import CROSSING, served, web_node

from birlik.apps.cli.main import run

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "examples" / "read_an_export.ipynb"
__all__ = ["served", "web_node"]


def executed(cells: list[dict[str, Any]]) -> tuple[dict[str, Any], list[Any]]:
    """The names that the cells leave behind, and what the last expression of each was."""
    names: dict[str, Any] = {}
    shown = []
    for cell in cells:
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, NOTEBOOK.name, "exec"), names)
        if isinstance(last, ast.Expr):
            shown.append(eval(compile(ast.Expression(last.value), NOTEBOOK.name, "eval"), names))
    return names, shown


def test_the_notebook_reads_an_export_and_the_api(served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["export", str(tmp_path / "everything"), "--url", served]) == 0
    monkeypatch.setenv("BIRLIK_EXPORT", str(tmp_path / "everything"))
    monkeypatch.setenv("BIRLIK_URL", served)
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert all(not cell.get("outputs") for cell in notebook["cells"]), "it is kept without answers"
    names, shown = executed([cell for cell in notebook["cells"] if cell["cell_type"] == "code"])
    assert all(len(table) for table in shown if isinstance(table, pd.DataFrame))
    assert len(names["live"]) == len(names["finished"]) > 500
    assert names["metadata"]["unit"] == "h"
    assert names["metadata"]["node"] == "Kazakhstan"
    assert CROSSING in set(names["figures"]["crossing_id"])
    assert set(names["waiting"].columns) >= {"value", "low", "high", "n", "basis"}
