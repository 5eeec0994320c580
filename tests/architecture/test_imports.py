"""The import contracts hold, and a breach of each habit would be seen."""

import re
import subprocess
import sys

import pytest
from tests.conftest import ROOT

SOURCE = ROOT / "src" / "birlik"


def test_the_import_contracts_hold():
    said = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        pytest.param(
            r"datetime\.now\(|utcnow\(|time\.time\(\)",
            ("clock.py", "apps/cli"),
            id="only the clock asks the time, and who starts one",
        ),
        pytest.param(r"^\s*import duckdb|^\s*from duckdb", ("kernel/store/",), id="only the store knows the database"),
        pytest.param(r"except\s*:", (), id="no bare except"),
        pytest.param(
            # The package itself only says where compiled functions lie; it reads nothing of ours.
            r"os\.environ",
            ("settings.py", "apps/cli", "kernel/store/spark.py", "__init__.py"),
            id="settings are read once",
        ),
    ],
)
def test_a_thing_is_done_in_one_place(pattern, allowed):
    found = {
        str(file.relative_to(SOURCE))
        for file in SOURCE.rglob("*.py")
        if re.search(pattern, file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {name for name in found if not name.startswith(allowed or ("-",))} == set()
