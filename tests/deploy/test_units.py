"""The units keep what they promise: little exposure by systemd's own count, and no directive that it doesn't know."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.conftest import ROOT, absent

UNITS = ROOT / "deploy" / "systemd"
MOST_EXPOSED = 1.5


def analysed(*arguments: str, cwd: Path = UNITS) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        absent("no systemd-analyze: apt-get install systemd")
    command = ["systemd-analyze", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("unit", ["birlik.service", "birlik-backup.service"])
def test_a_unit_is_hardly_exposed(unit):
    said = analysed("security", "--offline=true", "--no-pager", unit).stdout
    found = re.search(r"Overall exposure level for .*: (\d+\.\d)", said)
    assert found, said
    assert float(found.group(1)) <= MOST_EXPOSED, said


def test_systemd_knows_every_line_of_the_units(tmp_path):
    # As they stand but for the program, which is not installed here.
    for file in UNITS.glob("birlik*"):
        text = re.sub(r"/opt/birlik/bin/\S+", "/bin/true", file.read_text(encoding="utf-8"))
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    units = sorted(file.name for file in tmp_path.iterdir())
    assert units == ["birlik-backup.service", "birlik-backup.timer", "birlik.service"]
    said = analysed("verify", "--man=no", *(f"./{name}" for name in units), cwd=tmp_path)
    assert (said.returncode, said.stderr) == (0, "")


def test_what_is_compiled_while_the_node_runs_may_be():
    text = (UNITS / "birlik.service").read_text(encoding="utf-8")
    assert not re.search(r"^MemoryDenyWriteExecute=(yes|true|on|1)\b", text, re.MULTILINE)
