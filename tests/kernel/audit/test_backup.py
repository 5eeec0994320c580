"""The audit log in a backup, and what a restored node says."""

import pytest
from tests.support.nodes import opened

from birlik.kernel import upkeep
from birlik.kernel.audit import Line
from birlik.kernel.audit.files import KEY, LINES
from birlik.kernel.audit.verifying import verify

PIN = Line(act="birlik_pin", who="person:aya", address="192.0.2.7")


@pytest.fixture
def restored(tmp_path):
    with opened(tmp_path / "node") as node:
        node.audit.write(PIN)
        node.backup(tmp_path / "copy")
        node.audit.write(PIN)
        node.audit.write(PIN)
    upkeep.restore(tmp_path / "copy", tmp_path / "again")
    return tmp_path / "again"


def test_a_backup_has_the_log_as_it_stood_and_not_the_key(restored, tmp_path):
    copy, log = tmp_path / "copy" / "audit", tmp_path / "node" / "audit"
    assert (log / LINES).read_bytes().startswith((copy / LINES).read_bytes())
    assert not (copy / KEY).exists()
    report = verify(copy)
    assert (report.is_whole, report.heads_n) == (True, 1)
    assert report.size == verify(log).size - 2
    assert {path.stat().st_mode & 0o777 for path in copy.iterdir()} == {0o600}


def test_a_restored_node_begins_an_epoch_with_a_key_of_its_own_and_says_so(restored, tmp_path):
    with opened(restored) as node:
        node.audit.begin()
        assert node.audit.epoch == 2
    report = verify(restored / "audit")
    assert report.is_whole
    size = verify(tmp_path / "copy" / "audit").size
    assert report.epochs == {1: 1, 2: size + 1}
    assert (restored / "audit" / KEY).read_bytes() != (tmp_path / "node" / "audit" / KEY).read_bytes()
    with opened(restored) as node:
        node.audit.begin()
        assert node.audit.epoch == 2


def test_against_the_heads_of_the_node_that_was_there_before_what_was_lost_is_named(restored, tmp_path):
    with opened(restored) as node:
        node.audit.begin()
    before = verify(tmp_path / "node" / "audit").size
    report = verify(restored / "audit", [tmp_path / "node" / "audit" / "heads"])
    assert report.first == before - 1
    assert f"lines up to {before} of epoch 1 are lost" in report.faults[0].said
    assert "a backup was restored" in report.faults[0].said


def test_a_backup_without_a_log_is_restored_too_and_its_log_says_that_it_begins(tmp_path):
    with opened(tmp_path / "node") as node:
        node.store.backup(tmp_path / "copy")
    upkeep.restore(tmp_path / "copy", tmp_path / "again")
    with opened(tmp_path / "again") as node:
        node.audit.begin()
    assert verify(tmp_path / "again" / "audit").epochs == {1: 1}
