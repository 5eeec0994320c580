"""The backup that the timer starts: a copy counts when it was restored and read, and only then are old ones let go."""

import os
import subprocess
import sys

import pytest
from tests.conftest import ROOT
from tests.support.nodes import follow, opened, take
from tests.support.traffic import SINCE, positions

MEDIA = "application/vnd.birlik.positions"
BIRLIK = f"""#!/bin/sh
exec {sys.executable} -m birlik "$@"
"""


@pytest.fixture
def installed(tmp_path):
    """(script, node, backups), as the kit lays them: the script beside `birlik` and `python`."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "birlik-backup").write_bytes((ROOT / "deploy" / "backup.sh").read_bytes())
    (bin_ / "birlik").write_text(BIRLIK)
    (bin_ / "python").symlink_to(sys.executable)
    for name in ("birlik-backup", "birlik"):
        (bin_ / name).chmod(0o755)
    node_folder = tmp_path / "node"
    with opened(node_folder, declared=None) as node:
        take(node, positions([f"truck-1,{SINCE.isoformat()},44.2,80.3,1"]), media_type=MEDIA)
        follow(node)
    return bin_ / "birlik-backup", node_folder, tmp_path / "back ups"


def ran(script, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [str(script), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_whole_copy_is_kept_and_the_oldest_beyond_the_number_goes(installed):
    script, node, backups = installed
    for old in ("2026-01-01T020000Z", "2026-01-02T020000Z", "2026-01-03T020000Z.bad"):
        (backups / old).mkdir(parents=True)
    said = ran(script, node, backups, 2)
    assert said.returncode == 0, said.stderr
    names = sorted(p.name for p in backups.iterdir())
    assert names[:2] == ["2026-01-02T020000Z", "2026-01-03T020000Z.bad"]
    assert (backups / names[2] / "birlik.toml").is_file()
    assert len(names) == 3
    assert backups.stat().st_mode & 0o777 == 0o700


def test_a_copy_whose_journal_does_not_read_is_set_aside_and_nothing_is_removed(installed):
    script, node, backups = installed
    (backups / "2026-01-01T020000Z").mkdir(parents=True)
    segment = next((node / "journal").glob("*.journal"))
    content = bytearray(segment.read_bytes())
    content[-8] ^= 0xFF
    segment.write_bytes(content)
    # What would copy it without looking: a node that runs, and has read it at its start.
    copying = f"""#!/bin/sh
if [ "$1" = backup ]; then cp -r "$2" "$3"; else exec {sys.executable} -m birlik "$@"; fi
"""
    (script.parent / "birlik").write_text(copying)
    said = ran(script, node, backups, 1)
    assert said.returncode == 1
    assert "can't be used" in said.stderr
    names = sorted(p.name for p in backups.iterdir())
    assert names[0] == "2026-01-01T020000Z"
    assert len(names) == 2
    assert names[1].endswith(".bad")
