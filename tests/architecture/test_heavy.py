"""What is heavy to import is imported where it is used: each command and each worker begins by what is declared."""

import subprocess
import sys

import pytest

DECLARED = "from birlik import assembly; assembly.domains(); import sys; print(*sys.modules)"


@pytest.mark.parametrize("heavy", ["scipy.optimize", "citeproc", "pandas", "highspy", "altair", "matplotlib"])
def test_what_is_declared_is_known_without(heavy: str) -> None:
    said = subprocess.run([sys.executable, "-c", DECLARED], capture_output=True, text=True, check=True)
    assert heavy not in said.stdout.split()
