"""What was acknowledged is there exactly once, whatever happens: kill -9, a full disk, damage, a second process."""

import itertools
import os
import random
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient
from tests.support import disks
from tests.support.kinds import KINDS, WHOLE, stored
from tests.support.nodes import NOON, everything, follow, in_order, opened, rows, take
from tests.support.orchard import ORCHARD, line
from tests.support.server import ROOT, Senders, server

from birlik import settings
from birlik.apps.api.app import create_app
from birlik.clock import SetClock
from birlik.errors import NotANode, StoreUnavailable
from birlik.kernel import pipeline, upkeep
from birlik.kernel.service import Service

# --- kill -9 --------------------------------------------------------------------------------------------------

KILLS = 30
START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.timeout(1800)  # thirty starts, on whatever machine
def test_kill_9_at_any_moment_loses_nothing_and_does_nothing_by_half_of_whatever_was_written(tmp_path):
    folder = tmp_path / "node"
    settings.write_new(folder, "KAZ")
    dice = random.Random(9)
    senders = Senders([kind() for kind in KINDS.values()])
    for _ in range(KILLS):
        with server(folder) as (url, process):
            senders.until_killed(url, process.kill, after=dice.randint(1, 25))
            process.join(30)
    assert len(senders.acknowledged) > 4 * KILLS
    assert {name.partition("/")[0] for name in senders.acknowledged} == set(KINDS)

    clock = SetClock(datetime.now(UTC) + timedelta(minutes=1))
    with opened(folder, declared=None, clock=clock) as node:
        there = stored(node)
        lost = {name for name in senders.acknowledged if not there[name]}
        assert not lost
        assert not set(there) - senders.tried
        assert {n: c for n, c in there.items() if c != WHOLE[n.partition("/")[0]]} == {}
        pipeline.follow(node)
        live = all_of(node)
    with opened(folder, declared=None, clock=clock, store_file="again.duckdb") as again:
        pipeline.follow(again)
        assert all_of(again) == live


MADE_ONCE = ("birlik_alert", "birlik_cap_message")
"""When an alert was opened is told by no journal."""


def all_of(node):
    return everything(node, without=MADE_ONCE)


# --- the disk -------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 24 MB of its own."""
    with disks.small(tmp_path / "disk") as folder:
        yield folder


def pickings(i):
    return [line(f"tree-{i}", (START + timedelta(minutes=k)).isoformat(), i + k / 7) for k in range(400)]


@pytest.mark.parametrize("leaving", [0, 40_000, 150_000, 400_000], ids=lambda n: f"{n} bytes left")
def test_a_full_disk_is_said_and_when_there_is_room_it_goes_on(small_disk, leaving):
    folder = small_disk / "node"
    taken = []
    with opened(folder) as node:
        app = create_app(Service(node), start=True)
        with TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50_000)) as client:

            def send(i):
                query = f"intake=pickings&source=s{i}"
                answer = client.post(f"/api/v1/deliveries?{query}", content="\n".join(pickings(i)))
                if answer.is_success:
                    taken.append(f"tree-{i}")
                return answer

            assert send(0).is_success
            filler = disks.fill(small_disk, leaving)
            refused = next(a for i in itertools.count(1) if not (a := send(i)).is_success)
            assert refused.status_code == 503
            assert refused.headers["content-type"] == "application/problem+json"
            assert any(words in refused.text for words in ("No space left", "the disk is full"))
            assert client.get("/health").status_code == 503
            assert client.get("/api/v1/tables/orchard_picking?limit=1").status_code == 200
            filler.unlink()
            assert all(send(i).is_success for i in (1000, 1001))
            assert client.get("/health").json()["status"] == "ok"
        assert trees(node) == dict.fromkeys(taken, 400)
        follow(node)
        live = all_of(node)
    with opened(folder) as node:
        assert all_of(node) == live


def trees(node):
    return dict(Counter(row["tree_id_orchard"] for row in rows(node, "orchard_picking")))


def test_a_store_that_stopped_itself_opens_again(small_disk):
    with opened(small_disk / "node") as node:
        for i in range(4):
            take(node, pickings(i))
        filler = disks.fill(small_disk, 0)
        with pytest.raises(StoreUnavailable, match="the disk is full"):
            node.store.database.all("CHECKPOINT")
        filler.unlink()
        take(node, pickings(4))
        follow(node)
        assert trees(node) == {f"tree-{i}": 400 for i in range(5)}


def test_a_commit_that_failed_after_it_was_stored_stays_in_the_journal(tmp_path, monkeypatch):
    with opened(tmp_path) as node:
        take(node, pickings(0))
        real = node.store.writer.store

        def fails(*a):
            real(*a)
            raise StoreUnavailable("the disk is full")

        with monkeypatch.context() as patched:
            patched.setattr(node.store.writer, "store", fails)
            with pytest.raises(StoreUnavailable):
                take(node, pickings(1))
        assert take(node, pickings(1)).repeated
        take(node, pickings(2))
    with opened(tmp_path) as node:
        assert trees(node) == {f"tree-{i}": 400 for i in range(3)}


def test_a_folder_that_may_not_be_written_is_said(small_disk):
    with opened(small_disk / "node") as node:
        take(node, pickings(0))
    disks.read_only(small_disk)
    with pytest.raises(StoreUnavailable, match=r"can't be written: Read-only file system"), opened(small_disk / "node"):
        pass
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    with opened(small_disk / "node") as node:
        assert trees(node) == {"tree-0": 400}


# --- damage ---------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    """A node with three messages, closed."""
    with opened(tmp_path / "node") as node:
        for i in range(3):
            take(node, pickings(i))
        follow(node)
    return tmp_path / "node"


def spoil(file, at, garbage):
    with file.open("r+b") as raw:
        raw.seek(at, os.SEEK_END if at < 0 else os.SEEK_SET)
        raw.write(garbage)


@pytest.mark.parametrize(
    ("harm", "by_itself"),
    [
        pytest.param(lambda file: file.write_bytes(b"this is no store" * 1000), False, id="another file"),
        pytest.param(lambda file: spoil(file, 8, b"\xff" * 20_000), False, id="its head is overwritten"),
        pytest.param(lambda file: os.truncate(file, 5_000), False, id="cut off"),
        pytest.param(lambda file: file.write_bytes(b""), False, id="emptied"),
        pytest.param(lambda file: file.unlink(), True, id="gone"),
    ],
)
def test_a_damaged_store_is_made_again_from_the_journal(folder, harm, by_itself):
    harm(folder / "store.duckdb")
    if not by_itself:
        words = "the store's file is damaged; make it again: birlik rebuild"
        with pytest.raises(StoreUnavailable, match=words), opened(folder):
            pass
        upkeep.rebuild(folder, reopened)
    with opened(folder) as node:
        assert trees(node) == {f"tree-{i}": 400 for i in range(3)}


def reopened(folder, **more):
    from birlik import assembly

    return assembly.open_node(folder, declared=(ORCHARD,), clock=SetClock(NOON + timedelta(hours=1)), **more)


def test_a_torn_end_of_the_journal_is_cut_since_nobody_was_told_of_it(folder):
    file = folder / "journal" / "00000001.journal"
    before = file.read_bytes()
    file.write_bytes(before + before[:1000])
    with opened(folder) as node:
        assert trees(node) == {f"tree-{i}": 400 for i in range(3)}
        take(node, pickings(3))
    assert file.read_bytes().startswith(before)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        pytest.param(lambda f: spoil(f, 300, b"\0" * 20), "is damaged at byte 0", id="in the middle"),
        pytest.param(lambda f: spoil(f, -30, b"\0" * 20), "is damaged at byte", id="in what the store knows of"),
        pytest.param(lambda f: os.truncate(f, 100), "is damaged at byte 0", id="cut below what the store knows"),
        pytest.param(lambda f: f.unlink(), "is damaged at byte 0", id="gone"),
    ],
)
def test_a_damaged_journal_is_refused_and_nothing_of_it_is_cut(folder, harm, words):
    file = folder / "journal" / "00000001.journal"
    harm(file)
    before = file.read_bytes() if file.exists() else b""
    with pytest.raises(StoreUnavailable, match=f"{words}.*: restore it from a backup"), opened(folder):
        pass
    assert (file.read_bytes() if file.exists() else b"") == before


OPEN = """
import sys
from pathlib import Path
from birlik import assembly
from birlik.errors import BirlikError
try:
    assembly.open_node(Path(sys.argv[1]), declared=())
except BirlikError as error:
    print(type(error).__name__, error)
"""


def test_a_second_process_is_refused_and_the_first_goes_on(folder):
    with opened(folder) as node:
        said = subprocess.run(
            [sys.executable, "-c", OPEN, folder], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout.strip()
        assert said == "StoreUnavailable another process holds this node's store; talk to that one, or end it first"
        take(node, pickings(3))
        assert trees(node) == {f"tree-{i}": 400 for i in range(4)}


def test_a_folder_without_a_node_is_said_with_the_way_out(tmp_path):
    from birlik import assembly

    with pytest.raises(NotANode, match=r"birlik init .* --member"):
        assembly.open_node(tmp_path, declared=(ORCHARD,))


def test_what_is_in_the_journal_and_not_in_the_store_is_taken_at_start(folder, tmp_path):
    import shutil

    older = tmp_path / "older"
    shutil.copytree(folder, older, ignore=shutil.ignore_patterns("*.sock"))
    with opened(folder) as node:
        take(node, pickings(3))
        take(node, ["no picking"])
        expected = in_order(rows(node, "birlik_message")), in_order(rows(node, "birlik_quarantine"))
    shutil.copytree(folder / "journal", older / "journal", dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))
    with opened(older) as node:
        assert trees(node) == {f"tree-{i}": 400 for i in range(4)}
        assert (in_order(rows(node, "birlik_message")), in_order(rows(node, "birlik_quarantine"))) == expected
