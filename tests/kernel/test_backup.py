"""A backup: whose fault it is where it can't be made, who may read it, and that it is on the disk."""

import os
import stat
from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from tests.support import disks
from tests.support.nodes import NOON, everything, follow, opened, take
from tests.support.orchard import line

from birlik import settings
from birlik.apps.api.app import create_app
from birlik.apps.cli import examination
from birlik.apps.cli.main import run
from birlik.errors import BadRequest, NotANode, StoreUnavailable
from birlik.kernel import upkeep
from birlik.kernel.service import Service
from birlik.kernel.store import disk


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "node"
    with opened(made) as node:
        take(node, [line(f"ash-{i}", (NOON + timedelta(minutes=i)).isoformat()) for i in range(50)])
        follow(node)
    return made


def open_to_others(folder):
    there = [folder, *folder.rglob("*")]
    return [p for p in there if stat.S_IMODE(p.stat().st_mode) != (0o700 if p.is_dir() else 0o600)]


def a_file(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    return tmp_path / "file"


def full(tmp_path):
    (tmp_path / "full").mkdir()
    a_file(tmp_path / "full")
    return tmp_path / "full"


FAULTS = [
    pytest.param(a_file, id="a file"),
    pytest.param(lambda tmp: a_file(tmp) / "copy", id="below a file"),
    pytest.param(full, id="a folder that holds something"),
    pytest.param(lambda tmp: tmp / "node" / "backups" / "one", id="in the node's own folder"),
    pytest.param(lambda tmp: tmp / "there" / ".." / "node" / "copy", id="in it, by another way"),
    pytest.param(lambda tmp: tmp / ("x" * 300), id="a name too long"),
    pytest.param(lambda tmp: tmp / "\udcff", id="a name that is no text"),
    pytest.param(lambda tmp: tmp / "node" / "copy\nof", id="in it, with a line break"),
]


@pytest.mark.parametrize("target", FAULTS)
def test_what_is_wrong_with_the_path_is_the_callers_and_names_the_way_out(folder, tmp_path, target):
    (tmp_path / "there").mkdir()
    path = target(tmp_path)
    (folder / "spool").mkdir(exist_ok=True)  # a node that serves makes it
    with opened(folder) as node:
        assert node.store.vault.path.exists()  # it is opened by whoever asks first
    before = there(tmp_path)
    with opened(folder) as node:
        with pytest.raises((BadRequest, NotANode), match="name "):
            node.store.backup(path)
        if "\udcff" not in str(path):  # JSON has no such text
            app = create_app(Service(node), start=True)
            with TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50_000)) as client:
                answer = client.post("/api/v1/node/backup", json={"folder": str(path)})
            assert (answer.status_code // 100, answer.headers["content-type"]) == (4, "application/problem+json")
    assert there(tmp_path) == before


def there(folder):
    """All that lies there, but what the audit log says of it."""
    return sorted(path for path in folder.rglob("*") if "audit" not in path.relative_to(folder).parts)


def test_the_command_line_ends_with_2_for_a_path_and_says_the_way_out(folder, tmp_path, capsys):
    settings.write_new(tmp_path / "real", "KAZ")
    assert run(["backup", str(tmp_path / "real"), str(a_file(tmp_path) / "copy")]) == 2
    assert "name a folder that the node's user may read and write" in capsys.readouterr().err
    assert run(["backup", str(tmp_path / "real"), str(tmp_path / "copy")]) == 0
    assert run(["restore", str(tmp_path / "copy"), str(tmp_path / "file" / "new")]) == 2
    assert run(["restore", str(tmp_path / ("x" * 300)), str(tmp_path / "new")]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_read_only_disk_is_the_callers_and_a_full_one_the_worlds_and_nothing_stays(folder, tmp_path):
    with disks.small(tmp_path / "disk", 2) as small, opened(folder) as node:
        filler = disks.fill(small, 200_000)
        with pytest.raises(StoreUnavailable, match="make room"):
            node.store.backup(small / "copy")
        assert list(small.iterdir()) == [filler]
        disks.read_only(small)
        with pytest.raises(BadRequest, match="Read-only file system; name a folder"):
            node.store.backup(small / "copy")


@pytest.mark.parametrize("name", ["o'clock", 'a "copy"', "''; DROP TABLE birlik_message; --", "Ақтау көшірме", "a\nb"])
def test_a_name_may_have_any_letters(folder, tmp_path, name):
    with opened(folder) as node:
        expected = everything(node)
        node.store.backup(tmp_path / name)
    assert open_to_others(tmp_path / name) == []
    upkeep.restore(tmp_path / name, tmp_path / "new")
    with opened(tmp_path / "new") as node:
        assert everything(node) == expected


def test_a_backup_is_on_the_disk_with_its_names_before_it_is_called_done(folder, tmp_path, monkeypatch):
    synced = {}
    real = os.fsync

    def fsync(descriptor):
        real(descriptor)
        status = os.fstat(descriptor)
        synced[status.st_ino] = (status.st_size, status.st_mtime_ns)

    def unsynced(folder):
        there = [folder.parent, folder, *folder.rglob("*")]
        found = [(p, p.stat()) for p in there]
        return [p for p, s in found if synced.get(s.st_ino) != (s.st_size, s.st_mtime_ns)]

    monkeypatch.setattr(os, "fsync", fsync)
    with opened(folder) as node:
        node.store.backup(tmp_path / "copy")
        assert unsynced(tmp_path / "copy") == []
    upkeep.restore(tmp_path / "copy", tmp_path / "new")
    assert unsynced(tmp_path / "new") == []


def test_a_backup_that_a_kill_left_half_made_is_taken_for_none(folder, tmp_path, monkeypatch):
    """The settings, without which a folder is no backup, come when all else is on the disk."""
    copied, settled = [], []
    real_copied, real_sync = disk.copied, disk.sync_tree
    monkeypatch.setattr(disk, "copied", lambda *a: (copied.append(a[1].name), real_copied(*a)))
    monkeypatch.setattr(disk, "sync_tree", lambda *a: (settled.append(list(copied)), real_sync(*a)))
    with opened(folder) as node:
        node.store.backup(tmp_path / "copy")
    assert copied == [*settled[0], "birlik.toml"]
    (tmp_path / "copy" / "birlik.toml").unlink()
    with pytest.raises(NotANode, match="holds no backup"):
        upkeep.restore(tmp_path / "copy", tmp_path / "new")


def test_all_that_a_node_makes_is_its_users_only_whatever_the_mask_was(tmp_path):
    before = os.umask(0o022)
    try:
        folder = tmp_path / "node"
        with opened(folder, segment_bytes=1024) as node:
            for i in range(5):
                take(node, [line(f"ash-{i}", NOON.isoformat())])
            follow(node)
            node.store.database.all("CHECKPOINT")
            take(node, ["no picking"])
            assert open_to_others(folder) == []
            node.store.backup(tmp_path / "copy")
        assert open_to_others(folder) == []
    finally:
        os.umask(before)
    for path in (tmp_path / "copy").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    upkeep.restore(tmp_path / "copy", tmp_path / "new")
    assert open_to_others(tmp_path / "new") == []


def test_what_an_older_release_left_open_is_closed_at_the_start_and_named_by_doctor(folder, capsys):
    (folder / "birlik.toml").chmod(0o644)
    folder.chmod(0o755)
    (found,) = examination._private(folder)
    assert (found.ok, found.mend) == (False, f"Take it from them: chmod -R go= {folder}")
    with opened(folder):
        assert open_to_others(folder) == []
    (found,) = examination._private(folder)
    assert found.ok
