"""`rebuild` and `doctor` where a folder is older, newer or damaged: a sentence, a way out, and the exit code."""

import json

import pytest
from tests.support import data_folder
from tests.support.nodes import follow, opened, take
from tests.support.traffic import SINCE, positions

from birlik.apps.cli.main import run
from birlik.kernel.store import mark

MEDIA = "application/vnd.birlik.positions"


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def folder(tmp_path):
    node_folder = tmp_path / "node"
    with opened(node_folder, declared=None) as node:
        for i in range(3):
            take(node, positions([f"truck-{i},{SINCE.isoformat()},44.2,80.3,1"]), media_type=MEDIA)
        follow(node)
    return node_folder


def test_doctor_says_that_an_older_folder_will_be_made_again_and_changes_nothing(tmp_path, capsys):
    older = data_folder.unpacked(data_folder.release_folders()[0], tmp_path / "node")
    before = contents(older)
    run(["doctor", str(older), "--json"])
    found = {f["check"]: f for f in json.loads(capsys.readouterr().out)["findings"]}
    assert found["store"]["said"] == "an older birlik's; the next start makes it again from the journal"
    assert contents(older) == before


@pytest.mark.parametrize(("command", "code"), [("rebuild", 2), ("doctor", 1), ("serve", 2)])
def test_a_newer_folder_is_refused_by_every_command(folder, command, code, capsys):
    (folder / "journal" / mark.FILE).write_text(json.dumps({"format": 99, "birlik": "9.0.0"}))
    before = contents(folder)
    assert run([command, str(folder)]) == code
    said = capsys.readouterr()
    assert "was written by birlik 9.0.0" in " ".join((said.out + said.err).split())
    assert contents(folder) == before


def test_past_damage_is_named_by_doctor_and_done_by_rebuild(folder, capsys):
    segment = next((folder / "journal").glob("*.journal"))
    content = bytearray(segment.read_bytes())
    content[20] ^= 0xFF
    segment.write_bytes(content)
    assert run(["doctor", str(folder)]) == 1
    assert "--past-damage" in capsys.readouterr().out
    assert run(["rebuild", str(folder)]) == 1
    assert "--past-damage" in capsys.readouterr().err
    assert run(["rebuild", str(folder), "--past-damage"]) == 0
    assert "their rows are kept" in capsys.readouterr().err
    assert segment.read_bytes() == bytes(content)
    run(["doctor", str(folder), "--json"])
    found = {f["check"]: f for f in json.loads(capsys.readouterr().out)["findings"]}
    assert found["journal"]["ok"]
    assert "passed over: bytes 0 to" in found["journal"]["said"]
